"""What the lab builds. One part, one folder of that name beside this file, one ``go.mod``.

Source of versions, packages and flags: the modules' own release builds.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["PARTS", "PULUMI", "Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """One Go module of the field and the executables that are built from it."""

    name: str
    """Name of the part and of its folder here."""
    module: str
    """The Go module that is built."""
    version: str
    """Version of that module; the same as in ``go.mod`` (a test holds them together)."""
    packages: tuple[str, ...]
    """Main packages; each becomes an executable named by the last element of its path."""
    tags: tuple[str, ...] = ()
    """Go build tags."""
    variables: tuple[tuple[str, str], ...] = ()
    """Variables that the linker sets (``-X``): most programs get their version this way."""
    cold_build: str = ""
    """How long a first build takes on two cores, in words, so that nobody waits in doubt."""

    @property
    def folder(self) -> Path:
        """Where the part's ``go.mod`` and ``go.sum`` are."""
        return Path(__file__).parent / self.name

    @property
    def executables(self) -> tuple[str, ...]:
        """Names of the files that a build gives."""
        return tuple(package.rpartition("/")[2] for package in self.packages)

    @property
    def flags(self) -> tuple[str, ...]:
        """Arguments of ``go build`` that decide what comes out."""
        linker = " ".join(("-s", "-w", *(f"-X {name}={value}" for name, value in self.variables)))
        tags = ("-tags", ",".join(self.tags)) if self.tags else ()
        return ("-trimpath", "-buildvcs=false", "-mod=readonly", *tags, "-ldflags", linker)


PULUMI: Final = Part(
    name="pulumi",
    module="github.com/pulumi/pulumi/pkg/v3",
    version="v3.259.0",
    packages=("github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",),
    tags=("osusergo", "grpcnotrace"),
    variables=(("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version", "v3.259.0"),),
    cold_build="about 6 minutes",
)
"""The Pulumi CLI, which holds the engine. Its Python language host is ours (`lab.language_host`)."""

PARTS: Final = (PULUMI,)
