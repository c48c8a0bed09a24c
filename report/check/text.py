"""The verdict for a terminal: a line a violation, grouped by policy, what is advisory folded."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from report.check import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.outcome import Finding
    from policies.policy import Policy
    from report.check.model import Check, Group

__all__ = ["is_ours", "render", "show"]

MARGIN: Final = 11
"""Width of the headings on the left, as in the report of a preview."""
WIDTH: Final = 110
"""Columns of a file."""
STYLES: Final = {
    "mandatory": "bold red",
    "advisory": "yellow",
    "unknown": "cyan",
    "exempt": "dim",
    "rule broke": "bold red",
}


def render(check: Check) -> str:
    """Everything, as text for a file."""
    console = Console(file=io.StringIO(), width=WIDTH, no_color=True, force_terminal=False)
    with console.capture() as captured:
        show(check, console, full=True)
    return captured.get()


def is_ours(text: str) -> bool:
    """Whether `render` wrote it."""
    return text.partition("\n")[0].endswith(")") and "\npolicies   " in text


def show(check: Check, console: Console, *, full: bool = False, quiet: bool = False) -> None:
    """Write it; ``quiet`` leaves what stops a deployment, ``full`` unfolds everything."""
    if not quiet:
        _line(console, Text(words.headline(check), "bold"), Text(f"   ({words.origin(check)})", "dim"))
        style = "bold red" if check.mandatory else "yellow" if check.advisory else "green"
        _line(console, _heading("policies"), Text(words.numbers(check), style))
        _line(console, _heading("exemptions"), Text(words.exemptions(check)))
        for line in words.remedied(check):
            _wrapped(console, _heading("remedied"), Text(line))
    _groups(check, console, "rule broke", check.broken)
    _groups(check, console, "mandatory", check.mandatory)
    if quiet:
        return
    for weight, groups in (
        ("advisory", check.advisory),
        ("unknown", check.unknown),
        ("exempt", check.exempt),
    ):
        if full:
            _groups(check, console, weight, groups)
        elif groups:
            _folded(console, weight, groups)
    for line in words.tidy(check):
        _wrapped(console, _heading("tidy up"), Text(line))


def _groups(check: Check, console: Console, weight: str, groups: Sequence[Group]) -> None:
    for group in groups:
        policy = group.policy
        _line(
            console,
            Text(weight.ljust(MARGIN), STYLES[weight]),
            Text(policy.id, "bold"),
            Text(f"  {policy.severity}: {policy.title}", "dim"),
        )
        shown: tuple[str, ...] = ()
        for finding in group.findings:
            _finding(check, console, policy, finding)
            fixes = words.fixes(policy, finding)
            if weight in {"mandatory", "advisory"} and finding.edits:
                _fixes(console, fixes)
            else:
                shown = fixes
        if shown and weight in {"mandatory", "advisory"}:
            _fixes(console, shown)
        _line(console, Text(f"{' ' * MARGIN}why: {policy.url}", "dim"))


def _finding(check: Check, console: Console, policy: Policy, finding: Finding) -> None:
    line = Text.assemble((words.where(check, finding), "bold"), f": {words.said(policy, finding)}")
    if finding.exemption:
        line.append(f" (exempt {words.excuse(finding.exemption)})", "dim")
    _wrapped(console, Text(" " * MARGIN), line)


def _fixes(console: Console, fixes: Sequence[str]) -> None:
    for fix in fixes:
        _line(console, Text(f"{' ' * MARGIN}fix: {fix}", "green"))


def _folded(console: Console, weight: str, groups: Sequence[Group]) -> None:
    named = ", ".join(
        group.policy.id + (f" ×{len(group.findings)}" if len(group.findings) > 1 else "") for group in groups
    )
    _wrapped(console, Text(weight.ljust(MARGIN), STYLES[weight]), Text(f"{named} (--full shows them)"))


def _heading(text: str) -> Text:
    return Text(text.ljust(MARGIN), "bold")


def _wrapped(console: Console, lead: Text, text: Text) -> None:
    """The text beside its heading, broken where words end, each line under the first."""
    for line in text.wrap(console, max(console.width - MARGIN, MARGIN)):
        _line(console, lead, line)
        lead = Text(" " * MARGIN)


def _line(console: Console, *parts: Text) -> None:
    line = Text.assemble(*parts)
    line.rstrip()
    console.print(line, soft_wrap=True, highlight=False)
