"""A lab's supervisor whose ground is one `sleep`: what `lab.standing` does is tried on it.

How it behaves is said by ``$GROUND``: ``fails`` does not come up, ``hangs`` never gets ready, ``deaf``
does not listen to anybody either.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from lab import supervisor
from lab.daemon import Daemon, DaemonError
from lab.standing import Process


class Ground:
    def __init__(self, room: Path, *, bare: bool) -> None:
        self.daemon = Daemon("etcd", ["/bin/sleep", "60"], room=room)
        self.bare = bare
        self.cluster = SimpleNamespace(address="https://127.0.0.1:6443")

    def start(self, tell: Callable[[str], None]) -> None:
        self.daemon.start()
        if os.environ.get("GROUND") == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        tell(f"etcd is {self.daemon.pid}")
        if os.environ.get("GROUND") == "fails":
            msg = "kube-apiserver ended with exit code 1; the end of its log:\n  no space left"
            raise DaemonError(msg)
        if os.environ.get("GROUND") in {"hangs", "deaf"}:
            time.sleep(60)

    def stop(self) -> None:
        self.daemon.stop()

    def processes(self) -> tuple[Process, ...]:
        name = "etcd, bare" if self.bare else "etcd"
        return (Process(name, self.daemon.pid, self.daemon.trouble, str(self.daemon.log)),)


if __name__ == "__main__":
    supervisor.Ground = Ground  # pyright: ignore[reportAttributeAccessIssue]
    supervisor.LOOK_EVERY = 0.1  # pyright: ignore[reportAttributeAccessIssue]
    sys.exit(supervisor.main(sys.argv[1:]))
