"""The lists of requirements are whole, policies name what is in them, and a verdict adds up."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from policies.controls.coverage import Control, Status, cover
from policies.controls.frameworks import Framework, bridges, frameworks
from policies.evaluate import Verdict
from policies.exemption import Exemption
from policies.outcome import Finding, Outcome
from policies.policy import Fix, Policy
from policies.registry import Registry, load

FRAMEWORKS = {framework.key: framework for framework in frameworks()}
COUNTS = {
    "soc2": 61,
    "cis-aws": 70,
    "cis-gcp": 93,
    "cis-azure": 127,
    "cis-kubernetes": 131,
    "dora": 23,
}
GRAMMAR = {
    "soc2": r"(CC\d|A1|C1|PI1|P\d)\.\d",
    "dora": r"Art\. \d+",
}
EXEMPTION = Exemption("one", "*", "a scratch store of a test", "data@example.com", date(2026, 12, 1))
AWS, OTHER, KUBERNETES = (
    f"urn:pulumi:dev::p::{lineage}::{name}"
    for lineage, name in (
        ("p:x:Part$aws:kms/key:Key", "key"),
        ("aws:kms/key:Key", "other"),
        ("kubernetes:core/v1:Pod", "pod"),
    )
)


# -------------------------------------------------------------------------------- the lists


@pytest.mark.parametrize("key", COUNTS)
def test_a_list_has_all_requirements_and_says_where_it_is_from(key: str) -> None:
    found = FRAMEWORKS[key]
    ids = [requirement.id for requirement in found.requirements]
    assert len(ids) == len(set(ids)) == COUNTS[key]
    assert all(re.fullmatch(GRAMMAR.get(key, r"\d+(\.\d+)+"), name) for name in ids)
    assert all(3 < len(requirement.area) < 45 for requirement in found.requirements)
    assert found.source
    assert found.note
    assert date.fromisoformat(found.read) <= date(2026, 11, 23)


def test_the_part_of_kubernetes_that_can_be_planned_has_34_requirements() -> None:
    parts = Counter(found.id.partition(".")[0] for found in FRAMEWORKS["cis-kubernetes"].requirements)
    assert parts == {"1": 60, "2": 7, "3": 5, "4": 25, "5": 34}


@pytest.mark.parametrize("framework", frameworks(), ids=lambda found: found.key)
def test_every_requirement_that_a_policy_names_is_in_its_list(framework: Framework) -> None:
    known = {requirement.id for requirement in framework.requirements}
    named = {name for policy in load() for name in framework.answered(policy)}
    assert named <= known


def test_each_way_from_soc_2_to_dora_leads_from_something_to_something_and_says_why() -> None:
    articles = {requirement.id for requirement in FRAMEWORKS["dora"].requirements}
    criteria = {requirement.id for requirement in FRAMEWORKS["soc2"].requirements}
    assert len({(bridge.article, bridge.criterion) for bridge in bridges()}) == len(bridges())
    for bridge in bridges():
        assert bridge.article in articles
        assert bridge.criterion in criteria
        assert set(bridge.categories) <= {"any", "security", "reliability", "cost", "operations"}
        assert len(bridge.why) > 10


# ------------------------------------------------------------------------------- a verdict


def policy(name: str, *, soc2: tuple[str, ...] = ("CC6.1",), cis: tuple[str, ...] = ()) -> Policy:
    return Policy(
        id=name,
        title="t",
        violation="v",
        severity="low",
        category="security",
        reads={"aws:kms/key:Key": ()},
        fix=Fix("none", "None.", "x"),
        enforcement="AAA",
        soc2=soc2,
        cis=cis,
        rule=lambda _: (),
        why="",
    )


def told(
    *findings: tuple[str, str, Outcome], disabled: tuple[str, ...] = (), exempt: tuple[str, ...] = ()
) -> Verdict:
    made = tuple(
        Finding(name, "", urn, outcome, "advisory", exemption=EXEMPTION if urn in exempt else None)
        for name, urn, outcome in findings
    )
    return Verdict("dev", made, disabled, (), ())


def control(verdict: Verdict, *policies: Policy, key: str = "soc2", name: str = "CC6.1") -> Control:
    (coverage,) = cover(verdict, Registry(policies), [FRAMEWORKS[key]])
    return next(found for found in coverage.controls if found.requirement.id == name)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ((Outcome.PASS, Outcome.PASS), Status.PASS),
        ((Outcome.PASS, Outcome.UNKNOWN), Status.UNKNOWN),
        ((Outcome.UNKNOWN, Outcome.FAIL), Status.FAIL),
        ((Outcome.PASS, Outcome.NOT_APPLICABLE), Status.PASS),
        ((Outcome.NOT_APPLICABLE, Outcome.NOT_APPLICABLE), Status.NOTHING),
    ],
)
def test_the_strongest_answer_is_the_requirement_s(
    outcomes: tuple[Outcome, Outcome], expected: Status
) -> None:
    first, second = outcomes
    verdict = told(("one", AWS, first), ("two", OTHER, second))
    assert control(verdict, policy("one"), policy("two")).status is expected


def test_an_exempt_violation_is_no_pass_and_hides_no_other() -> None:
    exempt = told(("one", AWS, Outcome.FAIL), ("one", OTHER, Outcome.PASS), exempt=(AWS,))
    assert control(exempt, policy("one")).status is Status.EXEMPT
    both = told(("one", AWS, Outcome.FAIL), ("one", OTHER, Outcome.FAIL), exempt=(AWS,))
    assert control(both, policy("one")).status is Status.FAIL


def test_no_policy_one_that_is_off_and_one_with_nothing_to_judge_are_three_answers() -> None:
    nothing = told(("one", "", Outcome.NOT_APPLICABLE))
    assert control(nothing, policy("one")).status is Status.NOTHING
    assert control(told(disabled=("one",)), policy("one")).status is Status.NOT_ASKED
    assert control(nothing, policy("one"), name="CC1.1").status is Status.NOT_COVERED


def test_a_resource_is_counted_once_with_its_strongest_answer() -> None:
    verdict = told(("one", AWS, Outcome.PASS), ("two", AWS, Outcome.FAIL), ("two", OTHER, Outcome.PASS))
    found = control(verdict, policy("one"), policy("two"))
    assert found.resources == {Status.FAIL: 1, Status.UNKNOWN: 0, Status.EXEMPT: 0, Status.PASS: 1}
    assert found.judged == 2
    assert found.decisive == ("two",)


def test_what_one_cloud_does_shows_nothing_of_another_s_benchmark() -> None:
    both = policy("one", cis=("A4.6", "Z6.2"))
    verdict = told(("one", AWS, Outcome.PASS), ("one", KUBERNETES, Outcome.PASS))
    assert control(verdict, both, key="cis-aws", name="4.6").resources[Status.PASS] == 1
    assert control(verdict, both, key="cis-azure", name="6.2").status is Status.NOTHING


def test_the_answers_of_a_framework_add_up_to_its_requirements() -> None:
    for coverage in cover(told(("aws-kms-rotation", AWS, Outcome.PASS)), load()):
        assert sum(coverage.count(status) for status in Status) == COUNTS[coverage.framework.key]
        assert coverage.covered == len(coverage.controls) - coverage.count(Status.NOT_COVERED)
