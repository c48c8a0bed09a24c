"""What ``tradectl charts`` does: say what is pinned, fetch it, and hold what was fetched to the lock."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Literal

from rich.table import Table

from components.k8s import charts
from components.k8s.charts import Chart
from ops.adapters import chart_source, console
from ops.errors import ExitCode, UsageError

__all__ = ["list_all", "vendor", "verify"]

API_VERSION: Final = "tradectl/v1"
State = Literal["absent", "unknown", "verified", "wrong"]
"""Of a vendored archive: not there; there, but the lock says no digest; as the lock says; another one."""


def list_all(*, json: bool) -> None:
    """Every chart of the lock."""
    lock = _lock()
    if json:
        console.write_json(
            {
                "apiVersion": API_VERSION,
                "kind": "ChartList",
                "charts": [{**_facts(chart), "vendored": _state(chart)} for chart in lock.values()],
            }
        )
        return
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for heading in ("chart", "version", "app", "digest", "vendored", "new kinds by hand"):
        table.add_column(heading, no_wrap=heading == "chart", overflow="fold")
    for chart in lock.values():
        known = "known" if chart.sha256 else ("manifest" if chart.manifest else "-")
        by_hand = "" if chart.upgrades_crds or not chart.crds else "yes"
        table.add_row(
            chart.name,
            chart.version,
            chart.app_version,
            known,
            _state(chart),
            by_hand,
        )
    console.output().print(table)


def vendor(names: Sequence[str], *, update_lock: bool, dry_run: bool, quiet: bool) -> None:
    """Fetch archives into the project's folder. Raises `UsageError` (code 4) with all that went wrong."""
    wanted = [chart for chart in _chosen(names) if _state(chart) != "verified"]
    if dry_run:
        lines = [f"would fetch {chart.reference} {chart.version} to {_path(chart)}" for chart in wanted]
        console.write("\n".join(lines) or "everything is there")
        return
    folder = charts.ROOT / charts.FOLDER
    folder.mkdir(exist_ok=True)
    problems: list[str] = []
    with console.progress(quiet=quiet) as tell:
        for chart in wanted:
            tell(f"fetching {chart.name} {chart.version}")
            try:
                console.write(_fetch(chart, folder, update_lock=update_lock))
            except UsageError as problem:
                problems.append(str(problem))
    if problems:
        raise UsageError("\n".join(problems), code=ExitCode.RESOURCE)
    if not wanted:
        console.write("everything is there")


def verify(names: Sequence[str], *, json: bool) -> None:
    """Hold what was vendored to the lock. Raises `UsageError` (code 4) for what is not as it says."""
    states: dict[str, State] = {chart.name: _state(chart) for chart in _chosen(names)}
    if json:
        console.write_json(
            {
                "apiVersion": API_VERSION,
                "kind": "ChartVerification",
                "charts": [{"name": name, "state": state} for name, state in states.items()],
            }
        )
    else:
        there = [f"{name} {state}" for name, state in states.items() if state != "absent"]
        console.write("\n".join(there) or "none is vendored: the program takes each from its repository")
    bad: dict[str, State] = {name: state for name, state in states.items() if state in {"unknown", "wrong"}}
    if bad:
        _refuse(bad)


def _fetch(chart: Chart, folder: Path, *, update_lock: bool) -> str:
    """One archive, in place only when it is the right one."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as temporary:
        path = chart_source.fetch(chart, Path(temporary))
        digest = charts.digest_of(path)
        if digest != chart.sha256 and not update_lock:
            said = f"charts.lock says {chart.sha256}" if chart.sha256 else "charts.lock says none"
            msg = f"{chart.archive} has sha256 {digest}, {said}: it was thrown away"
            fix = (
                "find out who changed it before you use it"
                if chart.sha256
                else f"look at the chart, then tradectl charts vendor {chart.name} --update-lock"
            )
            raise UsageError(msg, fix=fix, code=ExitCode.RESOURCE)
        path.replace(folder / chart.archive)
    if digest == chart.sha256:
        return f"{_path(chart)} verified"
    lock = charts.LOCK
    lock.write_text(_recorded(lock.read_text(encoding="utf-8"), chart, digest), encoding="utf-8")
    return f"{_path(chart)} sha256 {digest} recorded in charts.lock (was {chart.sha256 or 'unknown'})"


def _recorded(text: str, chart: Chart, digest: str) -> str:
    """The lock with that digest: the one line, and where it comes from; everything else as it was."""
    head = f"[chart.{chart.name}]\n"
    before, _, rest = text.partition(head)
    table, nothing, after = rest.partition("\n[")
    table = re.sub(r'^sha256 = "[0-9a-f]*"\n', "", table, flags=re.MULTILINE)
    table = re.sub(
        r'^source = ".*"$',
        f'sha256 = "{digest}"\nsource = "of the archive that tradectl fetched from {chart.reference}"',
        table,
        count=1,
        flags=re.MULTILINE,
    )
    return f"{before}{head}{table}{nothing}{after}"


def _lock() -> dict[str, Chart]:
    try:
        return charts.read_lock(charts.LOCK)
    except charts.LockError as error:
        raise UsageError(str(error)) from None


def _chosen(names: Sequence[str]) -> list[Chart]:
    lock = _lock()
    for name in names:
        if name not in lock:
            near = get_close_matches(name, lock, n=1, cutoff=0.4)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            msg = f"charts.lock has no chart {name!r}{meant}"
            raise UsageError(msg, fix="tradectl charts list")
    return [lock[name] for name in names] or list(lock.values())


def _state(chart: Chart) -> State:
    path = charts.ROOT / charts.FOLDER / chart.archive
    if not path.is_file():
        return "absent"
    if chart.sha256 is None:
        return "unknown"
    return "verified" if charts.digest_of(path) == chart.sha256 else "wrong"


def _refuse(bad: Mapping[str, State]) -> None:
    said = {"unknown": "charts.lock does not say its digest", "wrong": "it is not the archive of the lock"}
    msg = "\n".join(f"{name}: {said[state]}" for name, state in bad.items())
    fix = f"rm the archive, then tradectl charts vendor {' '.join(bad)}"
    raise UsageError(msg, fix=fix, code=ExitCode.RESOURCE)


def _path(chart: Chart) -> str:
    return f"./{charts.FOLDER}/{chart.archive}"


def _facts(chart: Chart) -> dict[str, object]:
    return {
        "name": chart.name,
        "version": chart.version,
        "appVersion": chart.app_version,
        "reference": chart.reference,
        "sha256": chart.sha256,
        "manifest": chart.manifest,
        "source": chart.source,
        "upgradesCrds": chart.upgrades_crds,
        "crds": list(chart.crds),
    }
