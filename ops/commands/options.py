"""Arguments and options that several commands take, said once."""

from __future__ import annotations

from typing import Annotated

import typer

from ops import project

__all__ = ["AsJson", "Environment", "Quiet"]


def _complete(incomplete: str) -> list[str]:
    return [name for name in project.environments() if name.startswith(incomplete)]


Environment = Annotated[
    str,
    typer.Argument(
        metavar="ENV",
        help="An environment (dev, staging, prod …), or a path to a stack file.",
        autocompletion=_complete,
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Write JSON to stdout: stable names, see docs/preview-json.md.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what is wrong.")]
