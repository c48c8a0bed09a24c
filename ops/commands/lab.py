"""``tradectl lab``: the real engine and its simulated clouds, on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from ops import services
from ops.commands.options import AsJson, Quiet

__all__ = ["app"]

app = typer.Typer(
    help="Find, build or remove the real parts that `make e2e` runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def status(*, json: AsJson = False) -> None:
    """Say which parts are here and which can be built."""
    services.lab.status(json=json)


@app.command()
def build(*, quiet: Quiet = False) -> None:
    """Build what is missing: minutes from cold, seconds after that."""
    services.lab.build(quiet=quiet)


@app.command()
def clean(
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and stop.")] = False,
) -> None:
    """Remove what was built."""
    services.lab.clean(yes=yes, dry_run=dry_run)
