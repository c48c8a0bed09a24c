"""``tradectl charts``: what is installed into the cluster from outside, pinned and, if wanted, kept here."""

from __future__ import annotations

from typing import Annotated

import typer

from ops import services
from ops.commands.options import AsJson, Quiet

__all__ = ["app"]

app = typer.Typer(
    help="Say which charts are pinned, fetch them into ./charts, and hold them to charts.lock.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Names = Annotated[list[str] | None, typer.Argument(metavar="[CHART]...", help="None: all of them.")]


@app.command(name="list")
def list_all(*, json: AsJson = False) -> None:
    """Say which charts are pinned, and which of them are here."""
    services.charts.list_all(json=json)


@app.command()
def vendor(
    names: Names = None,
    *,
    update_lock: Annotated[
        bool, typer.Option("--update-lock", help="Write the digest of what came into charts.lock.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be fetched, and stop.")] = False,
    quiet: Quiet = False,
) -> None:
    """Fetch charts, so that a deployment needs no repository."""
    services.charts.vendor(names or [], update_lock=update_lock, dry_run=dry_run, quiet=quiet)


@app.command()
def verify(names: Names = None, *, json: AsJson = False) -> None:
    """Hold what was fetched to charts.lock."""
    services.charts.verify(names or [], json=json)
