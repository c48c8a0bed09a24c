"""Which Pulumi engine this machine has: a complete installation on PATH, or one that we build.

Complete means that ``pulumi`` brings its own Python language host beside it. What is built from Go
modules is the CLI with the engine in it; its language host is then ours (`lab.language_host`).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab.toolchain import PULUMI, Unavailable, build, built
from lab.toolchain.build import Progress

__all__ = ["NEWEST_UNFIT", "OLDEST_FIT", "Installation", "find", "obtain", "unfit_reason"]

OLDEST_FIT: Final = (3, 249, 0)
"""The first version whose ``policy analyze`` reads a file."""
NEWEST_UNFIT: Final = (4, 0, 0)
"""Another major version speaks another protocol until somebody has tried it."""
LANGUAGE_HOST: Final = "pulumi-language-python"


@dataclass(frozen=True, slots=True)
class Installation:
    """A CLI with the engine in it."""

    pulumi: Path
    version: str
    """As the CLI says it, without the ``v``."""
    complete: bool
    """Whether its own Python language host stands beside it."""


def find() -> Installation | None:
    """A complete installation on PATH whose version fits, else what was built before; never builds."""
    pulumi = shutil.which("pulumi")
    if pulumi and not unfit_reason(Path(pulumi)):
        return Installation(Path(pulumi).resolve(), _version(Path(pulumi)), complete=True)
    folder = built(PULUMI)
    return _own(folder) if folder else None


def obtain(progress: Progress | None = None) -> Installation:
    """The same, built first where there is none. Raises `Unavailable` with the reason."""
    return find() or _own(build(PULUMI, progress))


def unfit_reason(pulumi: Path) -> str:
    """Why an installation on PATH is not used; empty when it is."""
    real = pulumi.resolve()
    if not os.access(real.parent / LANGUAGE_HOST, os.X_OK):
        return f"{real} has no {LANGUAGE_HOST} beside it"
    try:
        version = _version(real)
    except Unavailable as reason:
        return str(reason)
    if not OLDEST_FIT <= _parsed(version) < NEWEST_UNFIT:
        wanted = f"{_text(OLDEST_FIT)} or newer, below {_text(NEWEST_UNFIT)}"
        return f"{real} has version {version}; {wanted}, is needed"
    return ""


def _own(folder: Path) -> Installation:
    pulumi = folder / "pulumi"
    return Installation(pulumi, PULUMI.version.removeprefix("v"), complete=False)


def _version(pulumi: Path) -> str:
    quiet = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(
            [pulumi, "version"], capture_output=True, text=True, check=True, timeout=60, env=quiet
        )
    except (OSError, subprocess.SubprocessError) as error:
        msg = f"`{pulumi} version` does not answer ({error})"
        raise Unavailable(msg) from error
    return answer.stdout.strip().removeprefix("v")


def _parsed(version: str) -> tuple[int, ...]:
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    return tuple(int(number) for number in found.groups()) if found else (0,)


def _text(version: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in version)
