"""The report as JSON: an interface, so a golden file holds its names."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from plan.diff import diff
from report.document import document
from report.model import Report
from tests.report.sample import CLUSTER, SECRET, VPC, changed, issue, judgement, plan, replaces
from tests.support import ROOT

GOLDEN = ROOT / "tests" / "golden" / "report.json"
UPDATE = (
    "pytest tests/report --update-golden, then read `git diff tests/golden`; docs/preview-json.md says it too"
)


def full() -> Report:
    """A report with one of everything."""
    old = changed(changed(plan(), VPC, cidrBlock="10.20.0.0/16"), CLUSTER, engine="aurora-mysql")
    exempt = issue(VPC, outcome="exempt", policy="aws-vpc-default-closed")
    found = judgement(
        issue(VPC), issue(CLUSTER, enforcement="mandatory"), issue(VPC, outcome="unknown"), exempt
    )
    return Report(plan(), found, diff(old, plan(), replaces=replaces), "saved.json")


def test_every_name_is_where_scripts_look_for_it(request: pytest.FixtureRequest) -> None:
    text = json.dumps(document(full()), indent=2, ensure_ascii=False) + "\n"
    if request.config.getoption("--update-golden"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8"), f"the JSON changed; if that is wanted: {UPDATE}"


def test_every_name_is_documented() -> None:
    described = (ROOT / "docs" / "preview-json.md").read_text(encoding="utf-8")
    found = document(full())
    found["counts"].pop("byType")
    missing = {name for name in _names(found) if f"`{name}`" not in described}
    assert not missing


def _names(found: object) -> set[str]:
    """Every key, but those that the program chose (properties, options)."""
    if isinstance(found, list):
        return {name for item in found for name in _names(item)}
    if not isinstance(found, dict):
        return set()
    chosen = {"inputs", "outputs", "propertyDependencies", "options", "old", "new", "id"}
    inner = {name for key, item in found.items() if key not in chosen for name in _names(item)}
    return set(found) | inner


def test_no_secret_is_in_it_whichever_side_of_a_change_it_was_on() -> None:
    clear = changed(plan(), CLUSTER, masterPassword="was-in-the-clear")
    for old, new in ((clear, plan()), (plan(), clear), (plan(), plan())):
        found = document(Report(new, judgement(), diff(old, new, replaces=replaces)))
        text = json.dumps(found["changes"])
        assert SECRET not in text
        assert "was-in-the-clear" not in text
    assert SECRET not in json.dumps(document(full()))


def test_what_was_not_compared_is_null() -> None:
    assert document(replace(full(), changes=None))["changes"] is None


def test_the_numbers_agree_with_each_other() -> None:
    found = document(full())
    counts = found["counts"]
    assert counts["resources"] == sum(counts["byType"].values()) == sum(b["resources"] for b in found["tree"])
    made = counts["resources"] + counts["components"] + counts["providers"]
    assert made + 1 == len(found["plan"]["resources"])
