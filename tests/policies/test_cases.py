"""Every policy against its own cases, each of which goes over the wire first."""

from __future__ import annotations

from collections import Counter

import pytest

from policies.outcome import Finding, Outcome
from policies.registry import load
from policies.testing import Case, cases, judge

LEAST = {"good": 2, "bad": 2, "unknown": 1, "not applicable": 1}
NEVER_UNKNOWN = {  # a resource's name, type, provider and options are always known
    policy.id
    for policy in load()
    if all(path.startswith("@") for paths in policy.reads.values() for path in paths)
    and any(paths for paths in policy.reads.values())
}


def findings(case: Case) -> list[Finding]:
    return [
        finding
        for finding in judge(case).findings
        if finding.policy == case.policy and finding.urn in (case.subject.urn, "")
    ]


def of_kind(kind: str) -> list[Case]:
    return [case for case in cases() if case.kind == kind]


@pytest.mark.parametrize("case", of_kind("good"), ids=str)
def test_a_good_case_passes(case: Case) -> None:
    outcomes = {finding.outcome for finding in findings(case)}
    assert Outcome.PASS in outcomes, findings(case)
    assert outcomes <= {Outcome.PASS, Outcome.NOT_APPLICABLE}, findings(case)


@pytest.mark.parametrize("case", of_kind("bad"), ids=str)
def test_a_bad_case_breaks_exactly_one_thing(case: Case) -> None:
    failed = [finding for finding in findings(case) if finding.outcome is Outcome.FAIL]
    assert len(failed) == 1, findings(case)
    if case.part:
        assert failed[0].part == case.part
    assert failed[0].message


@pytest.mark.parametrize("case", of_kind("unknown"), ids=str)
def test_what_nobody_knows_yet_is_unknown(case: Case) -> None:
    outcomes = {finding.outcome for finding in findings(case)}
    assert Outcome.UNKNOWN in outcomes, findings(case)
    assert Outcome.FAIL not in outcomes, findings(case)


@pytest.mark.parametrize("case", of_kind("not applicable"), ids=str)
def test_a_policy_says_when_it_does_not_apply(case: Case) -> None:
    assert {finding.outcome for finding in findings(case)} <= {Outcome.NOT_APPLICABLE}, findings(case)


def test_no_rule_breaks_on_any_case() -> None:
    broken = {str(case): judge(case).rule_errors for case in cases()}
    assert not any(broken.values()), broken


def test_every_policy_has_cases_of_every_kind_and_no_case_is_an_orphan() -> None:
    counts = Counter((case.policy, case.kind) for case in cases())
    for policy in load():
        for kind, least in LEAST.items():
            wanted = 0 if kind == "unknown" and policy.id in NEVER_UNKNOWN else least
            assert counts[policy.id, kind] >= wanted, (
                f"{policy.id} has {counts[policy.id, kind]} {kind} cases"
            )
    assert {case.policy for case in cases()} == {policy.id for policy in load()}


def test_every_part_of_a_composite_policy_has_a_case_that_breaks_it() -> None:
    broken = {(case.policy, case.part) for case in of_kind("bad")}
    for policy in load():
        assert {part for part in policy.parts if (policy.id, part) not in broken} == set(), policy.id
