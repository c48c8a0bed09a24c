"""What ``tradectl lab`` does: say, build and remove the real parts on this machine; start and end a lab."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import Final

import typer
from rich.table import Table

import lab
from lab import standing
from ops.adapters import console
from ops.errors import ExitCode, UsageError

__all__ = ["build", "clean", "down", "status", "up"]

API_VERSION: Final = "tradectl/v1"


def status(*, json: bool) -> None:
    """Which parts are here, and which labs stand."""
    parts, labs = lab.status(), standing.standing()
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
        document = {"parts": rows, "labs": [_row(one) for one in labs]}
        console.write_json({"apiVersion": API_VERSION, "kind": "LabStatus", **document})
        return
    _table(parts)
    for one in labs:
        console.write(f"\n{_headline(one)}")
        if one.processes:
            _processes(one)


def up(name: str, *, bare: bool, quiet: bool) -> None:
    """Start a lab, building first what is missing; say how it is used and ended. Leaves nothing on Ctrl-C."""
    before = _find(name)
    try:
        one = standing.up(name, _silent if quiet else _tell, bare=bare)
    except standing.LabError as error:
        raise UsageError(str(error), code=ExitCode.RESOURCE) from error
    if before and before.state == "standing":
        console.write(f"the lab {name!r} stands already")
    elif quiet:
        return
    console.write(_use(one))


def down(name: str | None) -> None:
    """End one lab, or with None all of them."""
    names = [name] if name else [one.name for one in standing.standing()]
    ended = [one for one in names if _find(one) and standing.down(one)]
    console.write(
        "\n".join(f"the lab {one!r} is ended and removed" for one in ended) or "there was no lab to end"
    )


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
    if there := [one.name for one in standing.standing() if one.state != "gone"]:
        msg = f"the lab {there[0]!r} is at work with what would be removed"
        raise UsageError(msg, fix="tradectl lab down --all")
    if not yes:
        _ask(names)
    removed = lab.clean()
    console.write("\n".join(f"removed {folder}" for folder in removed) or "there was nothing to remove")


def _find(name: str) -> standing.Lab | None:
    try:
        return standing.find(name)
    except standing.LabError as error:
        raise UsageError(str(error)) from error


def _use(one: standing.Lab) -> str:
    own = "" if one.name == standing.NAME else f" --name {one.name}"
    places = [f"  {process.name:24} {process.address}" for process in one.processes if process.address]
    return "\n".join(
        (
            _headline(one),
            *places,
            "",
            "use   " + f"export KUBECONFIG={shlex.quote(str(one.kubeconfig))}",
            "      kubectl get nodes",
            *_load(one),
            f"logs  {one.room}/*.log",
            f"end   tradectl lab down{own}",
        )
    )


def _load(one: standing.Lab) -> list[str]:
    """How the simulated platform is given something to do, where there is one."""
    metrics = [process.address for process in one.processes if process.address.endswith("/metrics")]
    wish = """'{"metric": "trading_volume_total", "value": 900}'"""
    return [f"load  curl -d {wish} {address.removesuffix('/metrics')}/set" for address in metrics]


def _headline(one: standing.Lab) -> str:
    if one.state == "gone":
        return f"lab {one.name!r}: gone; it was killed, or the machine was restarted. {one.room} was left"
    if one.state == "starting":
        return f"lab {one.name!r}: starting"
    return f"lab {one.name!r}: a real Kubernetes control plane at {one.address}, simulated machines"


def _row(one: standing.Lab) -> dict[str, object]:
    return {
        "name": one.name,
        "state": one.state,
        "well": one.is_well,
        "address": one.address,
        "kubeconfig": str(one.kubeconfig),
        "processes": [
            {
                "name": process.name,
                "pid": process.pid,
                "trouble": process.trouble,
                "address": process.address,
                "log": process.log,
            }
            for process in one.processes
        ],
    }


def _processes(one: standing.Lab) -> None:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for heading in ("process", "pid", "address", "health"):
        table.add_column(heading, overflow="fold")
    for process in one.processes:
        health = "ended with its lab" if one.state == "gone" else process.trouble or "well"
        table.add_row(process.name, str(process.pid or ""), process.address, health)
    console.output().print(table)


def _ask(names: str) -> None:
    if not sys.stdin.isatty():
        msg = "removing needs a yes, and nobody is at the terminal to give it"
        raise UsageError(msg, fix="tradectl lab clean --yes")
    typer.confirm(f"Remove {names}, and what older versions left?", abort=True)


def _silent(_: str) -> None:
    """Nobody is to be told."""


def _tell(line: str) -> None:
    typer.echo(line, err=True)


def _table(parts: Sequence[lab.PartStatus]) -> None:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for heading in ("part", "version", "state", "where"):
        table.add_column(heading, overflow="fold")
    for part in parts:
        table.add_row(part.name, part.version, part.state, str(part.where or part.note))
    console.output().print(table)
