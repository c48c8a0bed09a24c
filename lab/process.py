"""Run a command that takes long and starts others: hear it line by line, end it whole.

Ended means asked first: an engine that is interrupted writes down what it has done so far. One that
does not listen is killed with its process group; the plugins of ours end with it (`plan.plugin`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

__all__ = ["Finished", "TooLongError", "run"]

GRACE: Final = 10.0
"""Seconds that an interrupted command has to end by itself."""
LISTEN_EVERY: Final = 0.5


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command left behind."""

    code: int
    output: str
    errors: str
    seconds: float


class TooLongError(TimeoutError):
    """A command did not end in its time, and was ended."""


def run(
    command: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str],
    timeout: float,
    hear: Callable[[str], None] = lambda _: None,
    tick: Callable[[float], None] = lambda _: None,
) -> Finished:
    """Run it to its end. ``hear`` gets each line of its output, ``tick`` the seconds so far.

    Raises `TooLongError` after ``timeout`` seconds. On any exception, Ctrl-C too, the command and its
    process group are ended before it goes on.
    """
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    output: list[str] = []
    errors: list[str] = []
    assert process.stdout is not None  # noqa: S101 - for the type checker: both are pipes
    assert process.stderr is not None  # noqa: S101
    readers = [_reader(process.stdout, output, hear), _reader(process.stderr, errors, lambda _: None)]
    try:
        while (seconds := time.monotonic() - started) < timeout:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LISTEN_EVERY)
                break
            tick(seconds)
        else:
            name = f"{Path(command[0]).name} {command[1]}"
            msg = f"`{name}` did not end within {timeout:g} seconds, and was ended"
            raise TooLongError(msg)
    finally:
        _end(process)
        for reader in readers:
            reader.join(GRACE)
    return Finished(process.returncode, "".join(output), "".join(errors), time.monotonic() - started)


def _reader(stream: IO[str], lines: list[str], hear: Callable[[str], None]) -> threading.Thread:
    def read() -> None:
        with stream:
            for line in stream:
                lines.append(line)
                hear(line)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def _end(process: subprocess.Popen[str]) -> None:
    for sent in (signal.SIGINT, signal.SIGKILL):
        if process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sent)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
