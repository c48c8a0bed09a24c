"""The report for a terminal: tree, policies, changes, and what to do next.

Only a `rich.console.Console` decides about colour and width, so the same lines go to a screen, a
pipe and a log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.text import Text

from plan.diff import Change, Diff
from report.judgement import Group, Judgement
from report.model import Report
from report.recovery import Recovery
from report.tree import Branch
from report.words import ACTIONS, both_sides, changes_line, fate

__all__ = ["render"]

MARGIN: Final = 10
"""Width of the headings on the left: ``policies``, ``changes``, ``next``."""
INDENT: Final = " " * 12
"""Before what belongs to the line above."""
FEW: Final = 3
"""Addresses shown of one finding before the rest is counted."""
STYLE: Final = {"mandatory": "bold red", "advisory": "yellow"}
ACTION_STYLE: Final = {"create": "green", "update": "yellow", "replace": "magenta", "delete": "red"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the tree before its columns are known."""

    lead: str
    label: str
    summary: str
    count: str


def render(
    report: Report, console: Console, *, full: bool = False, tree: bool = True, quiet: bool = False
) -> None:
    """Write the report; ``quiet`` leaves only what somebody must act on."""
    if not quiet:
        _header(report, console)
        if tree:
            _tree(report, console, full=full)
    if report.changes is not None and not (quiet and not report.changes.losses):
        _changes(report.changes, report.against, console, full=full)
    _policies(report.judgement, console, full=full, quiet=quiet)
    if report.recovery and not quiet:
        _recovery(report.recovery, console)
    for warning in report.plan.warnings:
        _line(console, Text("note".ljust(MARGIN), "bold yellow"), Text(warning))
    if not quiet:
        _next(report, console)


def _header(report: Report, console: Console) -> None:
    plan = report.plan
    places = ", ".join(map(str, report.places))
    title = " · ".join(part for part in (plan.project, plan.stack, places) if part)
    _line(console, Text(title, "bold"), Text("   "), Text(report.origin, "dim"))


def _tree(report: Report, console: Console, *, full: bool) -> None:
    roots = [root for root in report.roots if full or not root.resource.custom]
    rows = list(_rows(roots, "", full=full, top=True))
    if not rows:
        _line(console, Text("nothing is planned"))
        return
    left = max(len(row.lead) + len(row.label) for row in rows) + 2
    right = max(len(row.count) for row in rows)
    widest = left + max(len(row.summary) for row in rows) + 2 + right
    room = max(min(widest, console.width) - left - right - 2, 0)
    for row in rows:
        summary = row.summary if len(row.summary) <= room else f"{row.summary[: max(room - 1, 0)]}…"
        _line(
            console,
            Text(row.lead, "dim"),
            Text(row.label.ljust(left - len(row.lead)), "bold" if not row.lead else ""),
            Text(summary.ljust(room)),
            Text(f"  {row.count.rjust(right)}", "cyan"),
        )


def _rows(branches: Sequence[Branch], lead: str, *, full: bool, top: bool = False) -> Iterator[Row]:
    for branch in branches:
        last = branch is branches[-1]
        elbow = "" if top else ("└─ " if last else "├─ ")
        count = "" if branch.resource.custom else str(branch.count)
        yield Row(
            lead + elbow, branch.label, branch.summary, f"{count} resources" if top and count else count
        )
        below = "" if top else ("   " if last else "│  ")
        yield from _rows(branch.children if full else branch.rooms, lead + below, full=full)


def _policies(judgement: Judgement, console: Console, *, full: bool, quiet: bool) -> None:
    mandatory, advisory = (judgement.count(enforcement=weight) for weight in ("mandatory", "advisory"))
    if not quiet:
        style = "bold red" if mandatory else "yellow" if advisory else "green"
        exempt = f", {judgement.exempt} exempt" if judgement.exempt else ""
        numbers = (
            f"{judgement.rules} rules: {judgement.passed} pass, {mandatory} mandatory, {advisory} advisory, "
            f"{judgement.unknown} unknown until deployed{exempt}"
        )
        _line(console, Text("policies".ljust(MARGIN), "bold"), Text(numbers, style))
    for group in judgement.groups():
        if not quiet or group.issue.enforcement == "mandatory":
            _finding(group, console, full=full)
    for note in () if quiet else judgement.notes:
        _line(console, Text("  tidy up  ", "dim"), Text(note))
    if full and not quiet:
        for group in (*judgement.groups("unknown"), *judgement.groups("exempt")):
            _finding(group, console, full=True)


def _finding(group: Group, console: Console, *, full: bool) -> None:
    issue = group.issue
    weight = issue.enforcement if issue.outcome == "fail" else issue.outcome
    shown = group.addresses if full else group.addresses[:FEW]
    lead = f"  {weight}  {issue.policy}  "
    _line(
        console,
        Text(f"  {weight}  ", STYLE.get(weight, "dim")),
        Text(f"{issue.policy}  ", "bold"),
        Text(shown[0]),
    )
    for address in shown[1:]:
        _line(console, Text(" " * len(lead) + address))
    if len(group.addresses) > len(shown):
        _line(console, Text(f"{' ' * len(lead)}and {len(group.addresses) - len(shown)} more (--full)", "dim"))
    _line(console, Text(INDENT + issue.message))
    if issue.fix:
        _line(console, Text(f"{INDENT}fix: {issue.fix}", "green"))
    if issue.doc:
        _line(console, Text(f"{INDENT}why: {issue.doc}", "dim"))


def _changes(changes: Diff, against: str, console: Console, *, full: bool) -> None:
    for loss in changes.losses:
        _line(
            console,
            Text("  DATA LOSS ", "bold white on red"),
            Text(f" {loss.address} "),
            Text(fate(loss), "bold red"),
        )
    source = f" (against {against})" if against else ""
    _line(console, Text("changes".ljust(MARGIN), "bold"), Text(changes_line(changes)), Text(source, "dim"))
    for change in changes.changes:
        _change(change, console, full=full)


def _change(change: Change, console: Console, *, full: bool) -> None:
    style = ACTION_STYLE[change.action]
    _line(
        console,
        Text(f"  {ACTIONS[change.action]} {change.action.ljust(8)}", style),
        Text(change.address),
        Text(f"  {change.resource.type}", "dim"),
    )
    if change.because:
        _line(console, Text(f"{INDENT}forced by {', '.join(change.because)}", style))
    shown = change.properties if full else change.properties[: FEW * 4]
    for found in shown:
        old, new = both_sides(found)
        _line(console, Text(f"{INDENT}{found.path}  "), Text(old, "red"), Text(" → "), Text(new, "green"))
    if len(change.properties) > len(shown):
        _line(console, Text(f"{INDENT}and {len(change.properties) - len(shown)} more (--full)", "dim"))


def _recovery(recovery: Recovery, console: Console) -> None:
    style = "green" if recovery.kept else "yellow"
    _line(console, Text("recovery".ljust(MARGIN), "bold"), Text(recovery.line, style))
    for exception in recovery.exceptions:
        _line(console, Text(INDENT + exception, "dim"))


def _next(report: Report, console: Console) -> None:
    stack = report.plan.stack
    if report.obstacle:
        hint = f"not to be deployed, {report.obstacle}: mend it, then tradectl preview {stack}"
    else:
        hint = f"make e2e (real engine, simulated clouds) · pulumi up -s {stack} (your account)"
    _line(console, Text("next".ljust(MARGIN), "bold"), Text(hint))


def _line(console: Console, *parts: Text) -> None:
    line = Text.assemble(*parts)
    line.rstrip()
    console.print(line, soft_wrap=True, highlight=False)
