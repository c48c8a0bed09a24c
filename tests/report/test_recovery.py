"""What a report says of the loss of the region: the sums, whose they are, and what is outside the promise."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any, cast

import pytest
from rich.console import Console

from components.contracts import Recovery
from plan.resource import Plan
from plan.value import Value
from report.document import document
from report.html.page import render as page
from report.model import Report
from report.recovery import recovery_of
from report.terminal import render
from stacks.recovery import RecoveryBudget
from tests.report.sample import judgement, plan

DATABASE = Recovery(part="database", promotion=300, lag=120, source="the vendor's guide")
OBJECTS = Recovery(part="object storage", lag=900, promised=False, source="the vendor's promise")


def planned(*parts: Recovery, minutes: int = 3) -> Plan:
    """The sample, as a stack with that budget would export it."""
    said = RecoveryBudget.of(parts, decision_minutes=minutes).as_output()
    return replace(plan(), outputs={"recovery": cast("Value", said)})


def report(*parts: Recovery, minutes: int = 3) -> Report:
    return Report(planned(*parts, minutes=minutes), judgement())


def text(found: Report, **look: Any) -> str:
    console = Console(file=io.StringIO(), width=160, force_terminal=False)
    render(found, console, **look)
    return cast("io.StringIO", console.file).getvalue()


def test_what_the_stack_counted_is_what_the_report_says() -> None:
    budget = RecoveryBudget.of((DATABASE, OBJECTS), decision_minutes=3)
    found = recovery_of(planned(DATABASE, OBJECTS))
    assert found
    assert (found.rto, found.rpo, found.slowest) == (budget.time, budget.lag, "database")
    assert [(part.part, part.time, part.lag) for part in found.parts] == [
        (part.part, part.time, part.lag) for part in budget.parts
    ]


@pytest.mark.parametrize("outputs", [{}, {"recovery": None}, {"recovery": "soon"}])
def test_a_plan_without_a_second_region_says_nothing_of_it(outputs: dict[str, Value]) -> None:
    found = Report(replace(plan(), outputs=outputs), judgement())
    assert found.recovery is None
    assert "recovery" not in text(found)
    assert document(found)["recovery"] is None
    assert "After the loss" not in page(found)


def test_the_terminal_says_both_sums_their_limits_and_the_slowest_part() -> None:
    said = text(report(DATABASE, OBJECTS))
    assert "recovery  back within 10 min (limit 15 min), at most 2 min of writes lost (limit 5 min)" in said
    assert "slowest: database" in said


def test_what_no_cloud_guarantees_is_said_where_the_sums_are() -> None:
    lines = text(report(DATABASE, OBJECTS)).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("recovery"))
    assert lines[at + 1].strip() == "object storage: up to 15 min, not promised (the vendor's promise)"


def test_who_wants_only_what_to_act_on_is_not_told() -> None:
    assert "recovery" not in text(report(DATABASE), quiet=True)


def test_scripts_find_seconds() -> None:
    found = cast("dict[str, Any]", document(report(DATABASE, OBJECTS))["recovery"])
    assert (found["rtoSeconds"], found["rtoLimitSeconds"], found["rpoSeconds"]) == (600, 900, 120)
    assert found["parts"][1] == {
        "part": "object storage",
        "seconds": 0,
        "lagSeconds": 900,
        "promised": False,
        "source": "the vendor's promise",
    }


def test_the_page_draws_each_share_and_what_is_left() -> None:
    said = page(report(DATABASE, OBJECTS))
    assert "flex-grow: 300" in said
    assert "left 5 min" in said
    assert "not promised" in said


def test_a_budget_that_is_spent_has_nothing_left() -> None:
    found = report(DATABASE, minutes=20)
    assert found.recovery
    assert not found.recovery.kept
    assert "left " not in page(found).partition("After the loss")[2].partition("</section>")[0]
