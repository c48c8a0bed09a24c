"""``tradectl preview``: what an environment comes to, with no account, engine or network."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ops import services
from ops.commands.options import AsJson, Environment, Quiet

__all__ = ["Mode", "preview"]


class Mode(StrEnum):
    """What of a cloud's answers is known."""

    PREVIEW = "preview"
    UP = "up"


def preview(  # noqa: PLR0913 - a command's options
    environment: Environment,
    *,
    save: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep the plan, for --against.")] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Show what changes since a saved plan, or a `pulumi stack export`."
        ),
    ] = None,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the deployment as `pulumi stack export` would.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page: picture, tree, findings.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Show every resource in the tree.")] = False,
    tree: Annotated[bool, typer.Option("--tree/--no-tree", help="Show the tree.")] = True,
    mode: Annotated[
        Mode, typer.Option(help="Leave a cloud's answers unknown, or simulate them.")
    ] = Mode.PREVIEW,
    expect_changes: Annotated[
        bool, typer.Option("--expect-changes", help="With --against: exit with 7 when nothing changes.")
    ] = False,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Show what an environment comes to. Nothing is deployed."""
    request = services.preview.Request(environment, mode.value, against, save, export, html)
    look = services.preview.Look(full=full, tree=tree, quiet=quiet, json=json)
    raise typer.Exit(services.preview.run(request, look, expect_changes=expect_changes))
