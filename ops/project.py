"""Where the project is and which environments it has, found without the working directory's help."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Final

from ops.errors import ExitCode, UsageError

__all__ = ["ROOT", "environments", "stack_file", "stack_name"]

ROOT: Final = Path(__file__).resolve().parent.parent
"""The checkout: this package lives in it."""


def environments() -> list[str]:
    """The names that a stack file stands behind: ``dev`` for ``Pulumi.dev.yaml``."""
    return sorted(
        path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in ROOT.glob("Pulumi.*.yaml")
    )


def stack_file(environment: str) -> Path:
    """The stack file of an environment, or the file itself where a path to one is given.

    Raises `UsageError` (code 6) for a name without a file, with the nearest one that has.
    """
    if environment.endswith((".yaml", ".yml")):
        given = Path(environment)
        if given.is_file():
            return given
        msg = f"there is no stack file {environment}"
        raise UsageError(
            msg, fix="tradectl preview ENV, or a path to a file that exists", code=ExitCode.STACK_NOT_FOUND
        )
    known = environments()
    if environment in known:
        return ROOT / f"Pulumi.{environment}.yaml"
    near = get_close_matches(environment, known, n=1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    msg = f"there is no environment {environment!r}{meant} Known: {', '.join(known) or 'none'}"
    raise UsageError(
        msg, fix=f"write Pulumi.{environment}.yaml, or name a known one", code=ExitCode.STACK_NOT_FOUND
    )


def stack_name(file: Path) -> str:
    """The stack that a file is for: ``dev`` in ``Pulumi.dev.yaml``."""
    return file.name.removeprefix("Pulumi.").removesuffix(".yaml").removesuffix(".yml")
