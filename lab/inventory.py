"""What people are told about the lab, and what they can do to it: status, build, clean."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lab import installation
from lab.toolchain import PARTS, PULUMI, Part, Unavailable, built, cache
from lab.toolchain import build as build_part
from lab.toolchain.build import Progress

__all__ = ["PartStatus", "build", "clean", "status"]


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One real part on this machine."""

    name: str
    version: str
    state: Literal["found", "built", "missing", "unavailable"]
    """``found``: installed by somebody else; ``built``: by us; ``missing``: can be built;
    ``unavailable``: building was tried and failed."""
    where: Path | None = None
    note: str = ""
    """Why it is missing or unavailable, or why an installed one is not used."""


def status() -> list[PartStatus]:
    """Every part, where it comes from, or why it is not there. Builds nothing; under a second."""
    return [_status(part) for part in PARTS]


def build(progress: Progress | None = None) -> list[PartStatus]:
    """Build what is missing. ``progress`` gets one line about once a second.

    A part that cannot be had is in the answer with its reason; the others are built all the same.
    """
    return [_built(part, progress) for part in PARTS]


def clean() -> list[Path]:
    """Remove all that was built, of any version; the folders that were removed."""
    folders = [folder for part in PARTS for folder in cache().glob(f"{part.name}-v*") if folder.is_dir()]
    for folder in folders:
        shutil.rmtree(folder)
    for part in PARTS:
        for lock in cache().glob(f"{part.name}-v*.lock"):
            lock.unlink()
    return folders


def _status(part: Part) -> PartStatus:
    note = ""
    if part is PULUMI and (pulumi := shutil.which("pulumi")):
        note = installation.unfit_reason(Path(pulumi))
        found = installation.find()
        if found and found.complete:
            return PartStatus(part.name, found.version, "found", found.pulumi)
    version = part.version.removeprefix("v")
    if folder := built(part):
        return PartStatus(part.name, version, "built", folder / part.executables[0], note)
    building = f"builds in {part.cold_build}" if part.cold_build else "not built yet"
    return PartStatus(part.name, version, "missing", None, f"{note}; {building}" if note else building)


def _built(part: Part, progress: Progress | None) -> PartStatus:
    before = _status(part)
    if before.state != "missing":
        return before
    try:
        build_part(part, progress)
    except Unavailable as reason:
        return PartStatus(part.name, before.version, "unavailable", None, str(reason))
    return _status(part)
