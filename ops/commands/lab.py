"""``tradectl lab``: the real parts of the field on this machine, and a cluster made of them."""

from __future__ import annotations

from typing import Annotated

import typer

from ops import services
from ops.commands.options import AsJson, Quiet

__all__ = ["app"]

app = typer.Typer(
    help="A real Kubernetes cluster with simulated machines, and the real parts that `make e2e` runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[
    str, typer.Option("--name", "-n", metavar="NAME", help="Which lab: several stand side by side.")
]


@app.command()
def up(
    *,
    name: Name = "lab",
    bare: Annotated[
        bool, typer.Option("--bare", help="Only the cluster: no KEDA, no Argo Rollouts, no Prometheus.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Start a cluster in the background: real control plane and controllers, simulated machines."""
    services.lab.up(name, bare=bare, quiet=quiet)


@app.command()
def down(
    *,
    name: Name = "lab",
    every: Annotated[bool, typer.Option("--all", help="All labs of yours.")] = False,
) -> None:
    """End it, and remove everything that it wrote."""
    services.lab.down(None if every else name)


@app.command()
def status(*, json: AsJson = False) -> None:
    """Say which parts are here, which can be built, and which labs stand."""
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
