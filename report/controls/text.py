"""The control report for a terminal: a line a framework, then the requirements that want a person."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from policies.controls.coverage import Status
from report.check import words as check_words
from report.controls import words

if TYPE_CHECKING:
    from policies.controls.coverage import Control, Coverage
    from report.check.model import Check

__all__ = ["is_ours", "render", "show"]

WIDTH: Final = 110
AREA: Final = 30
"""Columns for what a requirement is about."""
STYLES: Final = {
    Status.FAIL: "bold red",
    Status.UNKNOWN: "cyan",
    Status.EXEMPT: "yellow",
    Status.PASS: "green",
}
WANTED: Final = (Status.FAIL, Status.UNKNOWN, Status.EXEMPT)
HEADINGS: Final = {
    Status.NOTHING: "nothing\nto judge",
    Status.NOT_ASKED: "not\nasked",
    Status.NOT_COVERED: "no\npolicy",
}


def render(check: Check, coverages: Sequence[Coverage]) -> str:
    """Everything, as text for a file."""
    console = Console(file=io.StringIO(), width=WIDTH, no_color=True, force_terminal=False)
    with console.capture() as captured:
        show(check, coverages, console, full=True)
    return captured.get()


def is_ours(text: str) -> bool:
    """Whether `render` wrote it."""
    return text.partition("\n")[0].endswith(")") and "\nexemptions " in text and "requirements" in text


def show(check: Check, coverages: Sequence[Coverage], console: Console, *, full: bool = False) -> None:
    """Write it; ``full`` lists every requirement, also those that are kept and those that nobody looks at."""
    _line(
        console, Text(check_words.headline(check), "bold"), Text(f"   ({check_words.origin(check)})", "dim")
    )
    _line(console, Text("policies   ", "bold"), Text(check_words.numbers(check)))
    _line(console, Text("exemptions ", "bold"), Text(check_words.exemptions(check)))
    _line(console)
    _print(console, _summary(coverages))
    for coverage in coverages:
        shown = [c for c in coverage.controls if c.status in (words.WITH_A_POLICY if full else WANTED)]
        if shown or full:
            _line(console)
            _wrapped(console, Text.assemble((words.line(coverage), "bold"), f" ({coverage.framework.key})"))
            _print(console, _controls(shown))
        if full:
            _absent(coverage, console)
    _line(console)
    _wrapped(console, Text(words.MEANING, "dim"))
    if not full:
        _line(console, Text("--full lists every requirement, --framework KEY one framework", "dim"))


def _summary(coverages: Sequence[Coverage]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("framework", overflow="fold")
    table.add_column("of", justify="right")
    for status in words.COLUMNS:
        table.add_column(HEADINGS.get(status, str(status)), justify="right")
    for coverage in coverages:
        counts = [coverage.count(status) for status in words.COLUMNS]
        cells = [
            Text(str(count), STYLES.get(status, "") if count else "dim")
            for status, count in zip(words.COLUMNS, counts, strict=True)
        ]
        table.add_row(coverage.framework.name, str(len(coverage.controls)), *cells)
    return table


def _controls(controls: Sequence[Control]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", max_width=AREA)
    table.add_column(overflow="fold", ratio=1)
    for control in controls:
        found = words.resources(control)
        said = Text.assemble((f"{found}: " if found else "", ""), (words.in_brief(control), "dim"))
        table.add_row(
            Text(control.status, STYLES.get(control.status, "dim")),
            control.requirement.id,
            control.requirement.area,
            said,
        )
    return table


def _absent(coverage: Coverage, console: Console) -> None:
    """The requirements without a policy, by number; and what of the framework no plan can show."""
    absent = [c.requirement.id for c in coverage.controls if c.status is Status.NOT_COVERED]
    lead = f"no policy for {len(absent)}: "
    text = Text.assemble((lead, "bold"), (", ".join(absent), "dim")) if absent else Text("")
    _wrapped(console, text)
    _wrapped(console, Text(coverage.framework.note, "dim"))


def _print(console: Console, table: Table) -> None:
    """A table without the blanks that fill its lines."""
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        console.print(Text.from_ansi(line.rstrip()), soft_wrap=True, highlight=False)


def _wrapped(console: Console, text: Text) -> None:
    """A text broken where words end, without the blanks that would fill its lines."""
    for line in text.wrap(console, console.width):
        _line(console, line)


def _line(console: Console, *parts: Text) -> None:
    line = Text.assemble(*parts)
    line.rstrip()
    console.print(line, soft_wrap=True, highlight=False)
