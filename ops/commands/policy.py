"""``tradectl policy``: the rules that every plan is held against."""

from __future__ import annotations

from typing import Annotated

import typer

from ops import services
from ops.commands.options import AsJson

__all__ = ["app"]

app = typer.Typer(
    help="Read the rules that a plan is held against.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def list_(*, json: AsJson = False) -> None:
    """Print all policies, one a line."""
    services.policies.list_all(json=json)


@app.command()
def show(
    policy: Annotated[str, typer.Argument(metavar="ID", help="A policy, such as aws-vpc-flow-logs.")],
    *,
    json: AsJson = False,
) -> None:
    """Print what a policy asks for, why, and how to keep it."""
    services.policies.show(policy, json=json)
