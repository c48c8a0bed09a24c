"""Labs that stand: started by a person, at work in the background until they are ended.

Each has a name and a room, ``labs/<name>`` beside the cache of built parts. A process of ours
(`lab.supervisor`) starts everything in it, watches it, and holds a lock on the room for as long as it
lives; so whether a lab stands is asked of the kernel, and a room that a restart of the machine or a
``kill -9`` left behind is told from one that is in use.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Final, Literal, cast

from lab.toolchain import cache

__all__ = ["NAME", "Lab", "LabError", "Process", "down", "find", "hold", "room_of", "standing", "up", "write"]

Tell = Callable[[str], None]

NAME: Final = "lab"
"""Of the lab that is meant where none is named."""
END_WITHIN: Final = 40.0
"""Seconds that a supervisor has to end everything; then it is killed, and the kernel ends the rest."""
PATIENCE: Final = 1.0
"""Seconds after which a room that is held is taken for used."""
_STATE: Final = "state.json"
_LOCK: Final = "lock"
_SUPERVISOR: Final = ("-m", "lab.supervisor")
_ROOT: Final = Path(__file__).parent.parent


class LabError(Exception):
    """A lab did not come up, or cannot be ended. The message is the reason."""


@dataclass(frozen=True, slots=True)
class Process:
    """One program of a lab."""

    name: str
    pid: int | None
    trouble: str
    """What is wrong with it; empty when it is well."""
    log: str
    address: str = ""
    """Where it is reached, if people do."""


@dataclass(frozen=True, slots=True)
class Lab:
    """What is known of one lab."""

    name: str
    room: Path
    state: Literal["starting", "standing", "gone"]
    """``gone``: its supervisor does not live any more, and only the room was left behind."""
    pid: int = 0
    """The supervisor's."""
    address: str = ""
    """The API server's."""
    processes: tuple[Process, ...] = field(default=())

    @property
    def kubeconfig(self) -> Path:
        """What kubectl is told."""
        return self.room / "kubeconfig"

    @property
    def is_well(self) -> bool:
        """Whether it stands and nothing in it is in trouble."""
        return self.state == "standing" and not any(process.trouble for process in self.processes)


def room_of(name: str) -> Path:
    """Where a lab keeps what it writes. Raises `LabError` when that is no name."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?", name):
        msg = f"{name!r} is no name for a lab: small letters, digits and hyphens, at most 30, like `lab-2`"
        raise LabError(msg)
    return cache().parent / "labs" / name


def standing() -> list[Lab]:
    """Every lab of this user, by name, those that are gone too."""
    rooms = sorted((cache().parent / "labs").glob("*/"))
    return [lab for room in rooms if (lab := _look(room)) is not None]


def find(name: str) -> Lab | None:
    """One lab, or None when there is nothing of that name."""
    return _look(room_of(name))


def up(name: str = NAME, tell: Tell = lambda _: None, *, bare: bool = False) -> Lab:
    """Start a lab and leave it standing; ``bare``: only its cluster. One that stands already is left alone.

    Raises `LabError` with the reason when it does not come up; then, and after Ctrl-C, nothing of it is
    left. ``tell`` gets a line a step.
    """
    there, room = find(name), room_of(name)
    if there and there.state == "standing":
        return there
    room.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    supervisor = subprocess.Popen(
        [sys.executable, "-P", *_SUPERVISOR, name, *(["bare"] if bare else [])],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        reason = _follow(cast("IO[str]", supervisor.stdout), tell)
        if not reason and (lab := find(name)) is not None:
            supervisor.returncode = 0  # not asked about any more: it is meant to outlive this process
            return lab
    except BaseException:
        _end(supervisor.pid, supervisor.wait)
        _clear(room)
        raise
    supervisor.wait()
    raise LabError(reason or "the lab's supervisor ended without a word")


def down(name: str = NAME) -> bool:
    """End a lab and remove its room; False when there is none of that name. Raises `LabError`."""
    there = find(name)
    if there is None:
        return False
    if there.pid and there.state != "gone":
        _end(there.pid, lambda timeout: _await_lock(there.room, timeout))
    _clear(there.room)
    return True


# For the supervisor --------------------------------------------------------------------------------


@contextlib.contextmanager
def hold(room: Path) -> Generator[None]:
    """Make the room, empty, and hold it; remove it at the end. Raises `LabError` when somebody holds it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        room.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(room) as mine:
            if mine:
                try:
                    _empty(room)
                    yield
                finally:
                    shutil.rmtree(room, ignore_errors=True)
                return
        if time.monotonic() > deadline:
            msg = f"a lab of that name is starting or standing already, in {room}"
            raise LabError(msg)
        time.sleep(0.1)  # somebody may only have looked, or be removing it


def write(lab: Lab) -> None:
    """Note down how a lab is."""
    document = {**asdict(lab), "room": str(lab.room)}
    new = lab.room / f".{_STATE}.new"
    new.write_text(json.dumps(document, indent=2), encoding="utf-8")
    new.replace(lab.room / _STATE)


# ---------------------------------------------------------------------------------------------------


def _look(room: Path) -> Lab | None:
    if not room.is_dir():
        return None
    said = _read(room / _STATE)
    processes = tuple(Process(**process) for process in said.get("processes", ()))
    pid, address = int(said.get("pid", 0)), str(said.get("address", ""))
    if not _is_held(room):
        return Lab(room.name, room, "gone", pid, address, processes)
    state = "standing" if said.get("state") == "standing" else "starting"
    return Lab(room.name, room, state, pid, address, processes)


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return cast("Mapping[str, Any]", json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


@contextlib.contextmanager
def _locked(room: Path) -> Generator[bool]:
    """Try to lock a room that is there: whether it was free, and is still the one that was locked."""
    file = room / _LOCK
    try:
        opened = os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    except FileNotFoundError:
        yield False
        return
    with opened:
        free = False
        with contextlib.suppress(BlockingIOError, FileNotFoundError):
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = os.path.samestat(os.fstat(opened.fileno()), file.stat())
        yield free


def _is_held(room: Path) -> bool:
    try:
        with (room / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _empty(room: Path) -> None:
    for entry in room.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != _LOCK:
            entry.unlink()


def _clear(room: Path) -> None:
    """Remove a room, unless somebody is in it."""
    if room.is_dir():
        with _locked(room) as free:
            if free:
                shutil.rmtree(room, ignore_errors=True)


def _follow(stream: IO[str], tell: Tell) -> str:
    """Hear a supervisor until it has no more to say: why it failed, or nothing when it did not."""
    reason, said = "", list[str]()
    with stream:
        for line in stream:
            try:
                word, text = json.loads(line)
            except ValueError:  # no word of ours: the interpreter's
                said.append(line.rstrip())
                continue
            if word == "failed":
                reason = text
            else:
                tell(text)
    return reason or "\n".join(said)


def _end(pid: int, wait: Callable[[float], object]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    try:
        wait(END_WITHIN)
    except (subprocess.TimeoutExpired, TimeoutError):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        wait(END_WITHIN)


def _await_lock(room: Path, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while _is_held(room):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.1)
