"""The process behind a standing lab: ``python -m lab.supervisor NAME [bare]``, started by `lab.standing.up`.

It tells whoever started it what it does, a JSON list a line: ``["tell", text]`` or ``["failed", reason]``.
When the lab stands it closes its output, and from then on notes down every two seconds how each
program is. SIGTERM ends the lab and removes its room; so does a starter that is gone when
there is more to tell it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from lab.daemon import DaemonError
from lab.ground import Ground
from lab.standing import Lab, LabError, Process, hold, room_of, write
from lab.toolchain import Unavailable

__all__ = ["main"]

LOOK_EVERY: Final = 2.0


class _Ended(BaseException):
    """SIGTERM came. Not an `Exception`: nothing on the way may take it for a failure of its own."""


def main(arguments: list[str]) -> int:
    """Start the lab of that name and look after it."""
    name, *how = arguments
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, _end)
    try:
        _live(name, room_of(name), bare="bare" in how)
    except (DaemonError, LabError, OSError, Unavailable) as error:
        _say("failed", str(error))
        return 1
    except _Ended:
        return 0


def _live(name: str, room: Path, *, bare: bool) -> NoReturn:
    with hold(room):
        write(Lab(name, room, "starting", os.getpid()))
        ground = Ground(room, bare=bare)
        try:
            ground.start(_tell)
            _watch(Lab(name, room, "standing", os.getpid(), ground.cluster.address), ground)
        finally:
            ground.stop()


def _watch(lab: Lab, ground: Ground) -> NoReturn:
    noted: tuple[Process, ...] = ()
    while True:
        if (now := ground.processes()) != noted:
            write(Lab(lab.name, lab.room, lab.state, lab.pid, lab.address, now))
            if not noted:
                _fall_silent(lab.room)
            noted = now
        time.sleep(LOOK_EVERY)


def _tell(line: str) -> None:
    _say("tell", line)


def _say(word: str, text: str) -> None:
    sys.stdout.write(f"{json.dumps([word, text])}\n")
    sys.stdout.flush()


def _fall_silent(room: Path) -> None:
    """Let go of the starter's pipe; what is still said goes to a log."""
    sys.stdout.flush()
    log = os.open(room / "supervisor.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    for wanted in (signal.SIGTERM, signal.SIGINT):  # once is enough: the end must not be broken off
        signal.signal(wanted, signal.SIG_IGN)
    raise _Ended


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
