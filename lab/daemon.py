"""A program that works in the background until it is stopped, and never longer than its owner.

::

    etcd = Daemon("etcd", [binary, "--data-dir", room / "etcd"], room=room, ready=listens(2379))
    with etcd:              # started and ready, or a `DaemonError` with its last words
        ...                 # stopped here, whatever happens

What it writes goes to ``<room>/<name>.log``. It sees none of the caller's environment but the path
and the language, and its home is the room, so no setting and no credential of a person reaches it.
It has a session of its own, so Ctrl-C at the terminal is heard by its owner alone, who stops it; and
when the owner is killed the kernel ends it too (`lab.tied`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Final, Self

__all__ = ["Daemon", "DaemonError", "Ready", "answers", "last_lines", "listens", "stop_all"]

Ready = Callable[[], str]
"""Why the program is not ready yet, in words; empty when it is. Asked some times a second."""

HANDED_ON: Final = ("LANG", "LC_ALL", "PATH", "TZ")
"""Variables of the caller that a daemon sees."""
GRACE: Final = 10.0
"""Seconds that a daemon has to end by itself after it was asked to."""
LOOK_EVERY: Final = 0.1
SHOWN: Final = 15
"""Lines of a log that are worth showing."""
LINE: Final = 400
"""Characters of such a line."""
_TIED: Final = Path(__file__).with_name("tied.py")
_SPAWNER: Final = ThreadPoolExecutor(1, "lab-spawner")
"""The kernel ties a child to the *thread* that started it; this one lives as long as the process."""


class DaemonError(Exception):
    """A program did not come up, or ended by itself. Says its name, its exit code and its last lines."""


class Daemon:
    """One program in the background. May be started again after it was stopped."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        room: Path,
        ready: Ready = lambda: "",
        timeout: float = 60.0,
        environment: Mapping[str, str] | None = None,
        address: str = "",
    ) -> None:
        """Nothing is started here.

        ``command[0]`` is a whole path. ``room``: an existing folder, where the log goes and where the
        program works. ``timeout``: seconds until it must be ready. ``environment``: added to what
        every daemon sees. ``address``: where people reach it, if they do.
        """
        self.name, self.room, self.address = name, room, address
        self.command = [str(word) for word in command]
        self.environment = dict(environment or {})
        self._ready, self._timeout = ready, timeout
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What the program writes, of all its lives."""
        return self.room / f"{self.name}.log"

    @property
    def pid(self) -> int | None:
        """The running program's, which is its process group's too."""
        return self._process.pid if self._process and self.is_running else None

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def trouble(self) -> str:
        """What is wrong with it now, in a line; empty when it is running and ready."""
        try:
            self.check()
        except DaemonError as error:
            return str(error).partition("\n")[0].partition("; the end of")[0]
        return self._ready()

    def start(self) -> Self:
        """Start it and wait until it is ready. Raises `DaemonError`; then nothing of it is left."""
        self.launch()
        self.wait()
        return self

    def launch(self) -> None:
        """Start it without waiting, so that several can come up side by side."""
        if self.is_running:
            return
        command = [sys.executable, "-I", "-S", str(_TIED), str(os.getpid()), *self.command]
        with _private(self.log) as log:
            self._process = _SPAWNER.submit(
                subprocess.Popen[bytes],
                command,
                cwd=self.room,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ).result()

    def wait(self) -> None:
        """Wait until a launched program is ready. Raises `DaemonError`; then nothing of it is left."""
        try:
            self._wait(time.monotonic() + self._timeout)
        except BaseException:
            self.stop()
            raise

    def _wait(self, deadline: float) -> None:
        while True:
            self.check()
            if not (reason := self._ready()):
                return
            if time.monotonic() > deadline:
                msg = f"{self.name} was not ready within {self._timeout:g} seconds: {reason}"
                raise DaemonError(self._with_log(msg))
            time.sleep(LOOK_EVERY)

    def check(self) -> None:
        """Raise `DaemonError` when it is not running."""
        if self._process is None:
            msg = f"{self.name} was not started"
            raise DaemonError(msg)
        if (code := self._process.poll()) is not None:
            how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
            raise DaemonError(self._with_log(f"{self.name} ({self.command[0]}) {how}"))

    def stop(self) -> None:
        """Ask it to end, then end it and what it has started. Does nothing when it is not running."""
        stop_all([self])

    def ask_to_end(self) -> None:
        """Ask it to end by itself. `end` makes sure."""
        if self._process and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)

    def end(self, deadline: float) -> None:
        """End it, with what it has started: by force when the (monotonic) time has come."""
        if not (process := self._process):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):  # it, or a child that it has left behind
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._process = None

    def _environment(self) -> dict[str, str]:
        seen = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
        return {**seen, "HOME": str(self.room), "TMPDIR": str(self.room), **self.environment}

    def _with_log(self, text: str) -> str:
        lines = last_lines(self.log) or ["(it said nothing)"]
        return "\n  ".join((f"{text}; the end of {self.log}:", *lines))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def stop_all(daemons: Sequence[Daemon], *, grace: float = GRACE) -> None:
    """Ask all to end at once, then end what has not within ``grace`` seconds, in the order given."""
    for daemon in daemons:
        daemon.ask_to_end()
    deadline = time.monotonic() + grace
    for daemon in daemons:
        daemon.end(deadline)


def listens(port: int, host: str = "127.0.0.1") -> Ready:
    """Ready when somebody takes connections there."""

    def why_not() -> str:
        try:
            socket.create_connection((host, port), timeout=1.0).close()
        except OSError as error:
            return f"nobody answers at {host}:{port} ({error})"
        return ""

    return why_not


def answers(url: str, *, context: ssl.SSLContext | None = None) -> Ready:
    """Ready when a GET of the address is answered with 200. ``context``: whom to trust, and who asks."""

    def why_not() -> str:
        try:
            with urllib.request.urlopen(url, timeout=2.0, context=context):  # noqa: S310 - our own address
                return ""
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(LINE).decode(errors="replace").strip()
            return f"{url} answers {error.code}: {said}"
        except OSError as error:
            return f"{url} does not answer ({error})"

    return why_not


def last_lines(file: Path, count: int = SHOWN) -> list[str]:
    """The end of a log, without empty lines; long lines are cut."""
    if not file.exists():
        return []
    lines = [line for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return [line if len(line) <= LINE else f"{line[:LINE]} …" for line in lines[-count:]]


def _private(file: Path) -> IO[bytes]:
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
