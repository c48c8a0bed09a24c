"""A verdict adds up, is dispatched by type, and survives a rule that breaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from plan.resource import Options, Plan, Resource
from plan.value import UNKNOWN
from policies.configuration import ConfigError
from policies.evaluate import Judge, evaluate
from policies.outcome import Judgement, Outcome, fail_if
from policies.policy import Fix, Policy
from policies.registry import Registry, load
from policies.subject import Body, Stack, Subject, bodies
from policies.truth import Truth

KEY = Resource("urn:key", "aws:kms/key:Key", "key", custom=True, inputs={"enableKeyRotation": False})
EMPTY = Plan("p", "s", "preview", ())


def made(rule: object, **facts: object) -> Policy:
    given = {
        "id": "aws-test",
        "title": "t",
        "violation": "v",
        "severity": "low",
        "category": "security",
        "reads": {"aws:kms/key:Key": ()},
        "fix": Fix("none", "None."),
        "enforcement": "AMD",
        "soc2": (),
        "cis": (),
        "rule": rule,
        "why": "",
    }
    return Policy(**(given | facts))  # type: ignore[arg-type]


def broken(subject: Subject) -> Iterator[Judgement]:
    yield fail_if(Truth.YES, subject.root, "found before it broke", part="one")
    raise KeyError(subject.type)


def test_a_rule_that_breaks_keeps_what_it_found_and_is_unknown_for_the_rest() -> None:
    registry = Registry([made(broken, parts=("one", "two")), *load()])
    found = Judge("staging", registry=registry).resource(KEY)
    mine = {one.part: one for one in found if one.policy == "aws-test"}
    assert mine["one"].outcome is Outcome.FAIL
    assert mine["two"].outcome is Outcome.UNKNOWN
    assert mine["two"].message.startswith("rule error: KeyError")
    assert any(one.policy == "aws-kms-rotation" and one.outcome is Outcome.FAIL for one in found)


def test_a_judgement_of_a_part_that_there_is_not_is_a_rule_error_and_not_lost() -> None:
    def misspelt(subject: Subject) -> Iterator[Judgement]:
        yield fail_if(Truth.YES, subject.root, "lost", part="rotaton")

    found = Judge("staging", registry=Registry([made(misspelt, parts=("rotation",))])).resource(KEY)
    assert [one.outcome for one in found] == [Outcome.UNKNOWN]
    assert found[0].message.startswith("rule error: aws-test has no part rotaton")


def test_a_resource_policy_that_looks_around_is_a_rule_error_that_says_what_to_do() -> None:
    def nosy(subject: Subject) -> Iterator[Judgement]:
        yield fail_if(Truth.NO, subject.stack.bodies[0].root, "")

    found = Judge("staging", registry=Registry([made(nosy)])).resource(KEY)
    assert [one.outcome for one in found] == [Outcome.UNKNOWN]
    with pytest.raises(RuntimeError, match="declare it with scope='stack'"):
        _ = Subject(next(bodies(KEY, {}, None)), Judge("dev").configs["aws-kms-rotation"], "dev").stack


def test_only_policies_of_its_type_are_asked_about_a_resource() -> None:
    asked: list[str] = []

    def ask(subject: Subject) -> Iterator[Judgement]:
        asked.append(subject.type)
        yield from ()

    registry = Registry([made(ask), made(ask, id="aws-any", reads={"aws:kms/*": ()})])
    judge = Judge("dev", registry=registry)
    for token in ("aws:kms/key:Key", "aws:kms/alias:Alias", "aws:s3/bucket:Bucket"):
        judge.resource(Resource("urn:x", token, "x", custom=True, inputs={}))
    assert asked == ["aws:kms/key:Key", "aws:kms/key:Key", "aws:kms/alias:Alias"]


def test_a_policy_with_nothing_to_judge_says_so_once() -> None:
    verdict = evaluate(EMPTY, environment="prod")
    asked = {policy.id for policy in load()} - set(verdict.disabled)
    assert {one.policy for one in verdict.findings} == asked
    assert {one.outcome for one in verdict.findings} == {Outcome.NOT_APPLICABLE}
    assert verdict.counts.not_applicable == len(asked)


def test_the_counts_are_the_findings() -> None:
    verdict = evaluate(Plan("p", "s", "preview", (KEY,)), environment="staging")
    counts = verdict.counts
    total = (
        counts.passed
        + counts.mandatory
        + counts.advisory
        + counts.unknown
        + counts.exempt
        + counts.not_applicable
    )
    assert total == len(verdict.findings)
    violated = {one.policy: one.level for one in verdict.findings if one.outcome is Outcome.FAIL}
    assert violated == {
        "aws-kms-rotation": "mandatory",
        "cost-required-tags": "mandatory",
        "ops-explicit-provider": "advisory",
        "ops-protect-stateful": "advisory",
    }
    assert (counts.mandatory, counts.advisory, counts.exempt) == (2, 2, 0)
    assert {one.policy for one in verdict.blocking} == {"aws-kms-rotation", "cost-required-tags"}


def test_the_environment_decides_what_blocks_and_what_is_not_asked() -> None:
    plan = Plan("p", "s", "preview", (KEY,))
    dev, prod = (evaluate(plan, environment=name) for name in ("dev", "prod"))
    assert "ops-protect-stateful" in dev.disabled
    assert "ops-protect-stateful" not in {one.policy for one in dev.findings}
    assert "ops-protect-stateful" in {one.policy for one in prod.blocking}
    protected = Resource("urn:key", KEY.type, "key", custom=True, inputs={}, options=Options(protect=True))
    verdict = evaluate(Plan("p", "s", "preview", (protected,)), environment="prod")
    assert "ops-protect-stateful" not in {one.policy for one in verdict.blocking}


def test_a_level_can_be_set_for_one_policy() -> None:
    plan = Plan("p", "s", "preview", (KEY,))
    for level, blocking in (
        ("advisory", False),
        ("mandatory", True),
        ("remediate", False),
        ("disabled", False),
    ):
        verdict = evaluate(plan, environment="prod", config={"aws-kms-rotation": {"enforcementLevel": level}})
        assert ("aws-kms-rotation" in {one.policy for one in verdict.blocking}) is blocking
    with pytest.raises(ConfigError, match="enforcementLevel is 'fatal', expected one of advisory"):
        evaluate(plan, environment="prod", config={"aws-kms-rotation": {"enforcementLevel": "fatal"}})
    with pytest.raises(ConfigError, match="there is no policy 'aws-kms' to configure"):
        evaluate(plan, environment="prod", config={"aws-kms": {}})
    with pytest.raises(
        ConfigError, match="the environment is 'production', expected one of dev, staging, prod"
    ):
        evaluate(plan, environment="production")


def stack(*resources: Resource) -> tuple[Stack, list[Body]]:
    found = [next(bodies(resource, resource.inputs, None)) for resource in resources]
    return Stack(found), found


def bucket(name: str, **inputs: object) -> Resource:
    return Resource(f"urn:{name}", "aws:s3/bucket:Bucket", name, custom=True, inputs=inputs)  # type: ignore[arg-type]


def block(name: str, value: object, *sources: str) -> Resource:
    depends = {"bucket": sources} if sources else {}
    inputs = {} if value is None else {"bucket": value}
    token = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    return Resource(f"urn:{name}", token, name, custom=True, inputs=inputs, property_dependencies=depends)  # type: ignore[arg-type]


def test_a_relation_goes_by_dependency_before_it_goes_by_name() -> None:
    around, (one, other, mine) = stack(
        bucket("a", bucket="same"), bucket("b", bucket="same"), block("x", UNKNOWN, "urn:b")
    )
    assert around.refers(mine, "bucket", other, "bucket") == Truth.YES
    assert around.refers(mine, "bucket", one, "bucket") == Truth.NO


def test_a_relation_by_name_is_known_only_if_both_names_are() -> None:
    around, (named, unnamed, later, mine, open_one) = stack(
        bucket("a", bucket="data"),
        bucket("b"),
        bucket("c", bucket=UNKNOWN),
        block("x", "data"),
        block("y", UNKNOWN),
    )
    assert around.refers(mine, "bucket", named, "id", "bucket") == Truth.YES
    assert around.refers(mine, "bucket", unnamed, "id", "bucket") == Truth.NO
    assert around.refers(mine, "bucket", later, "id", "bucket") == Truth.UNKNOWN
    assert around.refers(open_one, "bucket", named, "id", "bucket") == Truth.UNKNOWN


def test_a_value_is_followed_from_resource_to_resource() -> None:
    around, (data, _, last) = stack(bucket("a"), block("x", UNKNOWN, "urn:a"), block("y", UNKNOWN, "urn:x"))
    assert around.refers(last, "bucket", data, "bucket") == Truth.YES


def test_a_circle_of_dependencies_ends() -> None:
    around, (data, one, _) = stack(bucket("a"), block("x", UNKNOWN, "urn:y"), block("y", UNKNOWN, "urn:x"))
    assert around.refers(one, "bucket", data, "bucket") == Truth.NO


def test_a_provider_is_found_by_a_reference_with_or_without_its_id() -> None:
    provider = Resource(
        "urn:pulumi:s::p::pulumi:providers:aws::main",
        "pulumi:providers:aws",
        "main",
        custom=True,
        inputs={
            "defaultTags": '{"tags": {"owner": "o", "environment": "dev", "cost-center": "c", "project": ""}}'
        },
    )
    for reference in (provider.urn, provider.urn + "::04da6b54"):
        queue = Resource("urn:q", "aws:sqs/queue:Queue", "q", custom=True, inputs={}, provider=reference)
        verdict = evaluate(Plan("p", "s", "preview", (provider, queue)), environment="prod")
        tagged = [one for one in verdict.findings if (one.policy, one.urn) == ("cost-required-tags", "urn:q")]
        assert [one.outcome for one in tagged] == [Outcome.PASS]
