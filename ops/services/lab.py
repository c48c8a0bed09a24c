"""What ``tradectl lab`` does: say, build and remove the real parts on this machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

import typer
from rich.table import Table

import lab
from ops.adapters import console
from ops.errors import ExitCode, UsageError

__all__ = ["build", "clean", "status"]

API_VERSION: Final = "tradectl/v1"


def status(*, json: bool) -> None:
    """Which parts are here."""
    parts = lab.status()
    if json:
        rows = [
            {
                "name": part.name,
                "version": part.version,
                "state": part.state,
                "where": str(part.where or ""),
                "note": part.note,
            }
            for part in parts
        ]
        console.write_json({"apiVersion": API_VERSION, "kind": "LabStatus", "parts": rows})
        return
    _table(parts)


def build(*, quiet: bool) -> None:
    """Build what is missing. Raises `UsageError` (code 4) when a part cannot be had."""
    parts = lab.build(None if quiet else _tell)
    if not quiet:
        _table(parts)
    missing = [part for part in parts if part.state in {"missing", "unavailable"}]
    if missing:
        msg = "\n".join(f"{part.name} cannot be had here: {part.note}" for part in missing)
        raise UsageError(msg, code=ExitCode.RESOURCE)


def clean(*, yes: bool, dry_run: bool) -> None:
    """Remove what was built, after asking; without a terminal only with ``--yes``."""
    built = [part for part in lab.status() if part.state == "built"]
    names = (
        ", ".join(f"{part.name} {part.version} ({part.where})" for part in built) or "nothing of this version"
    )
    if dry_run:
        console.write(f"would remove {names}, and what older versions left")
        return
    if not yes:
        _ask(names)
    removed = lab.clean()
    console.write("\n".join(f"removed {folder}" for folder in removed) or "there was nothing to remove")


def _ask(names: str) -> None:
    if not sys.stdin.isatty():
        msg = "removing needs a yes, and nobody is at the terminal to give it"
        raise UsageError(msg, fix="tradectl lab clean --yes")
    typer.confirm(f"Remove {names}, and what older versions left?", abort=True)


def _tell(line: str) -> None:
    typer.echo(line, err=True)


def _table(parts: Sequence[lab.PartStatus]) -> None:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for heading in ("part", "version", "state", "where"):
        table.add_column(heading, overflow="fold")
    for part in parts:
        table.add_row(part.name, part.version, part.state, str(part.where or part.note))
    console.output().print(table)
