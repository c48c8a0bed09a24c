"""What tests ask about the processes of this machine."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

__all__ = ["about", "alive", "gone_within", "pid_in"]


def alive(pid: int) -> bool:
    """Whether it runs; one that has ended and was not asked about yet does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def gone_within(pid: int, seconds: float) -> bool:
    """Wait until it has ended; whether it did."""
    deadline = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


def pid_in(file: Path) -> int:
    """The number that a process writes into a file, waited for."""
    deadline = time.monotonic() + 20
    while not (file.exists() and file.read_text(encoding="ascii").strip()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return int(file.read_text(encoding="ascii"))


def about(text: str) -> list[int]:
    """Every running process whose command line holds the text, but for this one."""
    found: list[int] = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdigit() and text in (folder / "cmdline").read_bytes().decode(errors="replace"):
                found.append(int(folder.name))
    return [pid for pid in found if pid != os.getpid()]
