"""The verdict on a terminal: what stops a deployment in full, the rest folded."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from report.check.model import Check
from report.check.text import show
from tests.report.verdicts import check, clean


def shown(found: Check, *, width: int = 110, full: bool = False, quiet: bool = False) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    show(found, console, full=full, quiet=quiet)
    return console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]


def test_it_says_what_was_judged_as_what_and_where_it_is_from() -> None:
    assert shown(check()).splitlines()[0] == (
        "trading-platform · dev · judged as dev   (what the settings come to, nothing deployed)"
    )
    assert "(dev.json, nothing deployed)" in shown(check(source="dev.json"))


def test_what_is_not_mandatory_is_folded_unless_it_is_asked_for() -> None:
    folded, unfolded = shown(check()), shown(check(), full=True)
    assert "advisory   aws-flow-logs ×2 (--full shows them)" in folded
    assert "flow logs are off" not in folded
    assert unfolded.count("flow logs are off") == 2
    assert "--full" not in unfolded


def test_the_gravest_comes_first() -> None:
    lines = [line.split()[0] for line in shown(check(), full=True).splitlines() if line[:1].strip()]
    assert lines[3:] == ["rule", "mandatory", "advisory", "unknown", "exempt", "tidy", "tidy"]


def test_quiet_says_only_what_stops_a_deployment() -> None:
    assert shown(clean(), quiet=True) == ""
    assert shown(check(), quiet=True).splitlines()[3].startswith("mandatory")
    assert "advisory" not in shown(check(), quiet=True)


def test_a_plan_with_nothing_wrong_takes_three_lines() -> None:
    assert len(shown(clean()).splitlines()) == 3


@pytest.mark.parametrize("width", [60, 80, 110])
def test_no_line_of_a_violation_is_wider_than_the_terminal(width: int) -> None:
    for line in shown(check(), width=width, full=True).splitlines()[3:]:
        assert len(line) <= width or "fix: " in line
        assert line == line.rstrip()
