"""Build a part once, into a cache outside the tree, and find it there ever after.

The address of a build is everything that decides its content: ``go.mod``, ``go.sum``, what source
there is beside them, the Go version and the flags. It appears under that address whole or not at all,
so a build that was interrupted, or two that ran side by side, leave nothing to distrust.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final

from lab.toolchain.parts import Part

__all__ = ["Progress", "Unavailable", "build", "built", "cache", "key"]

Progress = Callable[[str], None]
"""Takes one short line about what is going on, some times a second at most."""

TELL_EVERY: Final = 1.0
"""Seconds between two progress lines."""
END_OF_OUTPUT: Final = 12
"""Lines of a failed build that are worth showing."""


class Unavailable(Exception):  # noqa: N818 - it is a finding about the machine rather than an error
    """A real part cannot be had on this machine. The message is the reason, and what would help."""


def cache() -> Path:
    """Where builds are kept: ``$TRADING_LAB_CACHE``, else the user's cache folder."""
    if own := os.environ.get("TRADING_LAB_CACHE"):
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "trading-platform" / "toolchain"


def key(part: Part, go_version: str) -> str:
    """The address of a build: 16 hexadecimal digits over all that decides what comes out."""
    digest = hashlib.sha256()
    sources = sorted(file for file in part.folder.glob("*.go") if not file.name.endswith("_test.go"))
    for file in (part.folder / "go.mod", part.folder / "go.sum", *sources):
        digest.update(file.read_bytes())
    for text in (go_version, *part.packages, *part.flags):
        digest.update(b"\0" + text.encode())
    return digest.hexdigest()[:16]


def built(part: Part) -> Path | None:
    """The folder with the part's executables, when a build of exactly these sources is there."""
    with contextlib.suppress(Unavailable):
        folder = _address(part, _go_version(_go()))
        return folder if _is_complete(part, folder) else None
    # Without Go the exact address cannot be told; a build of the same sources serves as well.
    found = sorted(cache().glob(f"{part.name}-{part.version}-*"))
    return next((folder for folder in found if _is_complete(part, folder)), None)


def build(part: Part, progress: Progress | None = None) -> Path:
    """The folder with the part's executables, built first where it is missing.

    Raises `Unavailable` when Go is missing, its modules cannot be had, or the build fails.
    """
    if found := built(part):
        return found
    go = _go()
    folder = _address(part, _go_version(go))
    tell = progress or _silence
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(folder, tell):
        if _is_complete(part, folder):  # the one we waited for has built it
            return folder
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as room:
            _compile(part, go, Path(room), tell)
            if not _is_complete(part, Path(room)):
                given = ", ".join(sorted(file.name for file in Path(room).iterdir())) or "nothing"
                msg = (
                    f"{part.name} {part.version}: `go build` gave {given}, not {', '.join(part.executables)}"
                )
                raise Unavailable(msg)
            shutil.rmtree(folder, ignore_errors=True)
            Path(room).rename(folder)
            Path(room).mkdir()  # for the context manager to remove
    return folder


def _silence(_: str) -> None:
    """Nobody waits for progress."""


def _address(part: Part, go_version: str) -> Path:
    return cache() / f"{part.name}-{part.version}-{key(part, go_version)}"


def _is_complete(part: Part, folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in part.executables)


def _go() -> str:
    if go := shutil.which("go"):
        return go
    msg = (
        "`go` is not on PATH: the real engine is built from Go modules. "
        "Install Go 1.26 or newer, or pulumi itself."
    )
    raise Unavailable(msg)


def _environment() -> dict[str, str]:
    own = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off"}
    return {**os.environ, **own}


def _go_version(go: str) -> str:
    asked = [go, "env", "GOVERSION", "GOOS", "GOARCH"]
    try:
        answer = subprocess.run(
            asked, capture_output=True, text=True, check=True, env=_environment(), timeout=60
        )
    except (OSError, subprocess.SubprocessError) as error:
        msg = f"`{' '.join(asked)}` does not answer ({error}): the Go installation at {go} is broken."
        raise Unavailable(msg) from error
    return "-".join(answer.stdout.split())


@contextlib.contextmanager
def _one_at_a_time(folder: Path, tell: Progress) -> Generator[None]:
    """Hold the address while it is built. The kernel lets go of the lock when its holder dies."""
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell(f"{folder.name}: another process is building it; waiting")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _compile(part: Part, go: str, room: Path, tell: Progress) -> None:
    command = [go, "build", "-v", *part.flags, "-o", f"{room}{os.sep}", *part.packages]
    process = subprocess.Popen(
        command,
        cwd=part.folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    lines: list[str] = []
    reader = threading.Thread(target=_collect, args=(process, lines), daemon=True)
    reader.start()
    started = time.monotonic()
    try:
        while reader.is_alive():
            reader.join(TELL_EVERY)
            tell(_line(part, lines, time.monotonic() - started))
        code = process.wait()
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if code:
        raise Unavailable(_why(part, lines))


def _collect(process: subprocess.Popen[str], lines: list[str]) -> None:
    if process.stderr is None:
        return
    with process.stderr as stream:
        for line in stream:
            lines.append(line.rstrip())  # noqa: PERF401 - the progress line counts them while they come


def _line(part: Part, lines: list[str], seconds: float) -> str:
    fetched = sum(line.startswith("go: downloading") for line in lines)
    compiled = len(lines) - fetched
    doing = (
        f"{compiled} packages compiled"
        if compiled
        else f"{fetched} modules fetched"
        if fetched
        else "at work"
    )
    cold = f"; from cold {part.cold_build}" if part.cold_build else ""
    return f"building {part.name} {part.version}: {doing}, {int(seconds) // 60}:{int(seconds) % 60:02d}{cold}"


def _why(part: Part, lines: list[str]) -> str:
    told = [line for line in lines if not line.startswith("go: downloading")][-END_OF_OUTPUT:]
    said = "\n  ".join(told) or "(it said nothing)"
    return (
        f"{part.name} {part.version} cannot be built from Go modules; `go build` said:\n  {said}\n"
        "Needed: Go 1.26 or newer and a module proxy (see `go env GOPROXY`) or a filled module cache."
    )
