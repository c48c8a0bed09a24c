"""An automatic fix is proved: it mends, touches only what the policy reads, and has nothing to do twice."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from plan.value import UNKNOWN, Secret
from policies.edit import mended
from policies.families import canonical
from policies.node import Node
from policies.outcome import Finding, Outcome
from policies.registry import load
from policies.testing import Case, cases, judge

AUTO = [case for case in cases() if case.kind == "bad" and load()[case.policy].fix.kind == "auto"]


def failing(case: Case) -> list[Finding]:
    """The case's own violations on the judged resource."""
    return [
        one
        for one in judge(case).findings
        if (one.policy, one.urn, one.outcome) == (case.policy, case.subject.urn, Outcome.FAIL)
    ]


def after(case: Case) -> Case:
    """The case once all its edits are made."""
    edits = [edit for one in failing(case) for edit in one.edits]
    first, *others = case.plan
    fixed = replace(first, inputs=mended(first.inputs, edits))
    return replace(case, plan=replace(case.plan, resources=(fixed, *others)))


def pattern(path: str) -> str:
    """A concrete path as a policy declares it: any index is ``[*]``."""
    return re.sub(r"\[(\d+|\*)\]", "[*]", path)


@pytest.mark.parametrize("case", AUTO, ids=str)
def test_after_its_edits_a_policy_finds_nothing_more_to_mend(case: Case) -> None:
    assert failing(case), "a bad case fails"
    assert all(one.edits for one in failing(case)), "an automatic fix is said to the letter"
    assert failing(after(case)) == []


@pytest.mark.parametrize("case", AUTO, ids=str)
def test_an_edit_stands_where_the_policy_reads(case: Case) -> None:
    reads = load()[case.policy].reads[canonical(case.subject.type).token]
    for one in failing(case):
        for edit in one.edits:
            path = re.sub(r"^items\[\*\]\.", "", pattern(edit.path))
            assert any(
                re.fullmatch(re.escape(read).replace(r"\[\*\]", r'\[("[^"]*"|\*)\]') + ".*", path)
                for read in reads
            ), path


def node(tree: dict[str, Any], path: str) -> Node:
    return Node(tree).at(path)


def test_an_edit_leaves_neighbours_secrets_and_the_original_alone() -> None:
    tree: dict[str, Any] = {"a": Secret({"b": 1, "c": Secret("x")}), "d": [{"e": 1}, {"e": UNKNOWN}]}
    found = mended(tree, [node(tree, "a.b").becomes(2), node(tree, "d").items()[0].key("e").removed()])
    assert found == {"a": Secret({"b": 2, "c": Secret("x")}), "d": [{}, {"e": UNKNOWN}]}
    assert tree["d"][0] == {"e": 1}


def test_an_edit_makes_the_way_to_its_place_and_none_to_take_something_away() -> None:
    tree: dict[str, Any] = {}
    assert mended(tree, [node(tree, "a.b.c").becomes(value=True)]) == {"a": {"b": {"c": True}}}
    assert mended(tree, [node(tree, "a.b.c").removed()]) == {}


@pytest.mark.parametrize("barred", [UNKNOWN, "text", 1, [], True])
def test_an_edit_whose_way_is_barred_changes_nothing(barred: Any) -> None:
    tree = {"a": barred}
    below = node({"a": {"b": {"c": 0}}}, "a.b.c")
    assert mended(tree, [below.becomes(1), node({}, "a.b").removed()]) == tree


def test_an_edit_reads_as_a_line() -> None:
    assert str(Node({"a": {"x/y": 1}}).at("a").key("x/y").becomes([1])) == 'a["x/y"] = [1]'
    assert str(Node({"a": 1}).key("a").removed()) == "remove a"
    assert str(Node({"a": 1}).key("a").becomes([Secret("x"), UNKNOWN])) == 'a = ["[secret]", "[unknown]"]'
