"""The small executables by which the engine finds what is written in Python.

The engine looks for a language host on PATH and for providers in its own home, by file name. Each
file here is two lines of shell that become the Python of this environment.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

__all__ = ["ROOT", "Wheel", "wheels", "write_language_host", "write_providers"]

ROOT: Final = Path(__file__).parent.parent
"""The root of this project: what ``plan`` and ``lab`` are imported from."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A Pulumi SDK in this environment, and the provider that it talks to."""

    module: str
    """Python package, such as ``pulumi_aws``."""
    provider: str
    """Provider's name, such as ``aws``."""
    version: str
    """Exact version that the SDK asks the engine for."""


@cache
def wheels() -> tuple[Wheel, ...]:
    """The SDKs beside the Pulumi one that need a provider, found by the file that names it.

    The file is looked for directly: asking the package metadata would read the list of all files of
    each SDK, of which one has tens of thousands.
    """
    return tuple(_wheels())


def _wheels() -> Iterator[Wheel]:
    seen: set[str] = set()
    for entry in sys.path:
        for file in sorted(Path(entry).glob("pulumi_*/pulumi-plugin.json")) if entry else ():
            said = json.loads(file.read_text(encoding="utf-8"))
            module = file.parent.name
            if said.get("resource") and module not in seen:
                seen.add(module)
                yield Wheel(module, str(said["name"]), str(said["version"]).removeprefix("v"))


def write_language_host(folder: Path) -> None:
    """Put ``pulumi-language-python`` into a folder that will be first on PATH."""
    _write(folder / "pulumi-language-python", "lab.language_host")


def write_providers(home: Path) -> None:
    """Put a simulated provider for each installed SDK where the engine looks for exactly its version.

    The one of Kubernetes forwards to a real API server where it is given one (`lab.kubernetes_provider`).
    """
    for wheel in wheels():
        folder = home / "plugins" / f"resource-{wheel.provider}-v{wheel.version}"
        module = "lab.kubernetes_provider" if wheel.provider == "kubernetes" else "plan.provider"
        _write(folder / f"pulumi-resource-{wheel.provider}", module, wheel.provider, wheel.version)


def _write(file: Path, module: str, *arguments: str) -> None:
    """``-P`` keeps the caller's working folder off the import path; this project's root goes on it."""
    command = shlex.join([sys.executable, "-P", "-m", module, *arguments])
    file.parent.mkdir(parents=True, exist_ok=True)
    root = shlex.quote(str(ROOT))
    file.write_text(f'#!/bin/sh\nPYTHONPATH={root} exec {command} "$@"\n', encoding="utf-8")
    file.chmod(0o755)
