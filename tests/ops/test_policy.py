"""``tradectl policy``: the rules, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable

from policies.registry import load
from tests.ops.conftest import Ended

Call = Callable[..., Ended]


def test_list_has_a_line_for_every_policy(tradectl: Call) -> None:
    ended = tradectl("policy", "list")
    assert ended.code == 0
    assert {policy.id for policy in load()} <= {line.split(" ")[0] for line in ended.out.splitlines()}


def test_list_as_json_says_what_each_does_in_each_environment(tradectl: Call) -> None:
    found = json.loads(tradectl("policy", "list", "--json").out)["policies"]
    assert len(found) == len(load())
    assert all(set(policy["enforcement"]) == {"dev", "staging", "prod"} for policy in found)


def test_show_says_why_and_how_to_mend_it(tradectl: Call) -> None:
    policy = load()["aws-vpc-flow-logs"]
    ended = tradectl("policy", "show", policy.id)
    said = " ".join(ended.out.split())
    assert ended.code == 0
    for words in (policy.title, policy.why, policy.violation, policy.fix.steps, policy.url):
        assert " ".join(words.split()) in said
    assert json.loads(tradectl("policy", "show", policy.id, "--json").out)["why"] == policy.why


def test_show_of_an_unknown_policy_names_the_one_that_was_meant(tradectl: Call) -> None:
    ended = tradectl("policy", "show", "aws-vpc-flowlog")
    assert ended.code == 2
    assert "did you mean 'aws-vpc-flow-logs'?" in ended.err
