"""Where a command speaks: data on stdout, progress on stderr, colour only where it is wanted.

``NO_COLOR`` and ``CLICOLOR=0`` end colour, ``CLICOLOR_FORCE`` and ``FORCE_COLOR`` keep it in a pipe.
Progress shows after two seconds: moving on a terminal, one line in a log.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.status import Status

__all__ = ["PATIENCE", "Progress", "output", "progress", "write", "write_json"]

PATIENCE: Final = 2.0
"""Seconds that a person waits without being told what for."""
PIPE_WIDTH: Final = 110
"""Columns of a pipe or a log, which have none of their own."""


def output() -> Console:
    """The console of stdout."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(file=sys.stdout, width=width, no_color=_colourless(), force_terminal=_forced())


def write(text: str) -> None:
    """Data to stdout, as it is."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def write_json(document: Mapping[str, object]) -> None:
    """A document to stdout."""
    write(json.dumps(document, indent=2, ensure_ascii=False))


class Progress:
    """Says what is going on, if it goes on for long."""

    def __init__(self, *, quiet: bool = False, patience: float = PATIENCE) -> None:
        self._console = Console(file=sys.stderr, no_color=_colourless())
        self._text, self._status = "", None if quiet else Status("", console=self._console)
        self._timer = threading.Timer(patience, self._show)
        self._timer.daemon = True
        self._lock, self._shown = threading.Lock(), False

    def __call__(self, text: str) -> None:
        """What is done from now on, as ``recording the plan``."""
        with self._lock:
            self._text = text
            if self._shown and self._status is not None and self._console.is_terminal:
                self._status.update(f"{text} …")

    def start(self) -> None:
        """Begin to be patient."""
        if self._status is not None:
            self._timer.start()

    def stop(self) -> None:
        """Leave the terminal as it was."""
        self._timer.cancel()
        with self._lock:
            self._shown = True  # a timer that fires just now finds nothing to do
            if self._status is not None:
                self._status.stop()

    def _show(self) -> None:
        with self._lock:
            if self._shown or self._status is None:
                return
            self._shown = True
            if self._console.is_terminal:
                self._status.update(f"{self._text} …")
                self._status.start()
            else:
                self._console.print(f"{self._text} …", highlight=False)


@contextmanager
def progress(*, quiet: bool = False) -> Generator[Progress]:
    """Progress of the block; gone when it ends, however it ends."""
    shown = Progress(quiet=quiet)
    shown.start()
    try:
        yield shown
    finally:
        shown.stop()


def _colourless() -> bool | None:
    """True where ``CLICOLOR`` forbids colour; else it is rich's to say, which knows ``NO_COLOR``."""
    return True if os.environ.get("CLICOLOR") == "0" else None


def _forced() -> bool | None:
    return True if os.environ.get("CLICOLOR_FORCE", "0") != "0" else None
