"""``tradectl config``: what the settings come to, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops import services
from ops.commands.options import AsJson, Environment, Quiet

__all__ = ["app"]

Deployed = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The stack file as last deployed: refuse what would replace something that holds data.",
        show_default=False,
    ),
]

app = typer.Typer(
    help="Show and check the settings of an environment.", no_args_is_help=True, rich_markup_mode=None
)


@app.command()
def show(environment: Environment, *, json: AsJson = False) -> None:
    """Print every setting, its value and its origin."""
    services.settings.show(environment, json=json)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Stack files.", show_default=False)],
    *,
    deployed: Deployed = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Judge any number of stack files at once."""
    raise typer.Exit(services.settings.check(files, deployed=deployed, json=json, quiet=quiet))


@app.command()
def schema() -> None:
    """Print the JSON schema of a stack file, for editors."""
    services.settings.print_schema()
