"""The verdict on a terminal: what stops a deployment in full, the rest folded."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from plan.resource import Plan, Resource
from policies.evaluate import evaluate
from policies.registry import load
from report.check import document, junit, markdown, sarif
from report.check.model import Check
from report.check.text import show
from tests.report.verdicts import TODAY, check, clean


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


def test_what_a_policy_put_right_is_said_in_every_form() -> None:
    key = Resource(
        "urn:pulumi:dev::p::aws:kms/key:Key::key", "aws:kms/key:Key", "key", custom=True, inputs={}
    )
    plan = Plan("p", "dev", "preview", (key,))
    told = {"aws-kms-rotation": {"enforcementLevel": "remediate"}}
    verdict = evaluate(plan, environment="dev", config=told)
    found = Check(plan, verdict, load(), TODAY, "")
    line = "enableKeyRotation = true (aws-kms-rotation)"
    assert "remedied" in shown(found)
    for text in (shown(found), markdown.render(found), junit.render(found)):
        assert line in text
    (note, *_) = json.loads(sarif.render(found))["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert line in note["message"]["text"]
    (told_to,) = json.loads(document.render(found))["remedied"]
    assert told_to["edits"] == [
        {"steps": ["enableKeyRotation"], "path": "enableKeyRotation", "action": "set", "value": True}
    ]
