"""What is not known yet is never a pass, and hides nothing: for every policy, every path that it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plan.resource import Plan, Resource
from plan.value import UNKNOWN, Secret, Value
from policies.evaluate import Verdict, evaluate
from policies.families import canonical
from policies.outcome import Outcome
from policies.policy import Policy
from policies.registry import load
from policies.testing import STEP, Case, cases, judge, over_the_wire, replaced

BAD = [case for case in cases() if case.kind == "bad"]
OPEN = {Outcome.FAIL, Outcome.UNKNOWN}


def concrete(tree: Any, path: str) -> Iterator[str]:
    """The places of a value tree that a declared path means, and every place above them."""
    if path == "*":
        yield from everywhere(tree)
        return
    head, star, rest = path.partition("[*]")
    words = head.split(".")
    yield from (".".join(words[: count + 1]) for count in range(len(words)))
    for word in words:
        tree = tree.get(word) if isinstance(tree, dict) else None
    if not star:
        return
    if isinstance(tree, list):
        keys = [(f"[{index}]", item) for index, item in enumerate(tree)]
    else:
        keys = [(f'["{key}"]', item) for key, item in tree.items()] if isinstance(tree, dict) else []
    for key, item in keys:
        yield f"{head}{key}"
        if rest:
            yield from (f"{head}{key}.{below}" for below in concrete(item, rest.removeprefix(".")))


def everywhere(tree: Any, above: str = "") -> Iterator[str]:
    """Every place of a value tree."""
    if isinstance(tree, dict):
        below = [(f'{above}["{key}"]', item) for key, item in tree.items()]
    else:
        below = (
            [(f"{above}[{index}]", item) for index, item in enumerate(tree)] if isinstance(tree, list) else []
        )
    for path, item in below:
        yield path
        yield from everywhere(item, path)


def steps(path: str) -> list[str]:
    """A path taken apart, whichever way its keys are written."""
    return [key or index or word for key, index, word in STEP.findall(path)]


def declared(policy: Policy, resource: Resource) -> list[str]:
    """The paths that a policy says it reads of a resource, as they are in it."""
    token = canonical(resource.type).token
    paths = [
        *policy.reads.get(token, ()),
        *policy.reads.get(token.split(":")[0] + ":*", ()),
        *policy.reads.get("*", ()),
        *policy.related.get(token, ()),
    ]
    found = (
        place for path in paths if not path.startswith("@") for place in concrete(dict(resource.inputs), path)
    )
    return list(dict.fromkeys(found))


def failures(verdict: Verdict) -> dict[tuple[str, str, str], Outcome]:
    return {
        (one.policy, one.part, one.urn): one.outcome
        for one in verdict.findings
        if one.outcome is Outcome.FAIL
    }


@pytest.mark.parametrize("case", BAD, ids=str)
def test_an_unknown_in_place_of_what_a_policy_reads_never_makes_a_violation_a_pass(case: Case) -> None:
    policy = load()[case.policy]
    before = judge(case)
    reads = {other.id: other for other in load()}
    for resource in case.plan:
        for path in declared(policy, resource):
            after = judge(replaced(case, resource.urn, path, UNKNOWN))
            assert not after.rule_errors, (path, after.rule_errors)
            now = {(one.policy, one.part, one.urn): one.outcome for one in after.findings}
            for name, urn in {(key[0], key[2]) for key in failures(before)}:
                outcomes = {
                    outcome for (policy_id, _, its), outcome in now.items() if (policy_id, its) == (name, urn)
                }
                assert outcomes & OPEN, f"{path}: {name} failed on {urn}, and now says {outcomes}"
            for key in failures(before):
                touched = map(steps, declared(reads[key[0]], resource))
                if not any(place[: len(steps(path))] == steps(path) for place in touched):
                    assert now[key] is Outcome.FAIL, (
                        f"{path} is not read by {key[0]}, and yet hid its violation"
                    )


def test_every_policy_that_reads_properties_has_a_path_whose_unknown_makes_it_unknown() -> None:
    alive: set[str] = set()
    for case in BAD:
        if case.policy in alive:
            continue
        policy = load()[case.policy]
        for resource in case.plan:
            for path in declared(policy, resource):
                verdict = judge(replaced(case, resource.urn, path, UNKNOWN))
                if any(
                    one.policy == case.policy and one.outcome is Outcome.UNKNOWN for one in verdict.findings
                ):
                    alive.add(case.policy)
                    break
    of_properties = {
        policy.id
        for policy in load()
        if not all(path.startswith("@") for paths in policy.reads.values() for path in paths)
        or not any(paths for paths in policy.reads.values())
    }
    assert of_properties - alive == set()


def test_an_unknown_in_one_container_hides_nothing_in_another() -> None:
    containers: list[Value] = [
        {"name": "a", "securityContext": UNKNOWN},
        {"name": "b", "securityContext": {"privileged": True}},
    ]
    resource = Resource(
        "urn:pod", "kubernetes:core/v1:Pod", "pod", custom=True, inputs={"spec": {"containers": containers}}
    )
    verdict = evaluate(Plan("p", "s", "preview", (resource,)), environment="prod")
    finding = next(one for one in verdict.findings if one.policy == "k8s-no-privileged")
    assert finding.outcome is Outcome.FAIL
    assert finding.message == "container b runs privileged (spec.containers[1].securityContext.privileged)"


def test_an_unknown_in_one_resource_hides_nothing_in_another_of_the_stack() -> None:
    token = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    flags = dict.fromkeys(
        ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
    )
    unknown = Resource("urn:a", token, "a", custom=True, inputs=flags | {"blockPublicAcls": UNKNOWN})
    public = Resource("urn:b", token, "b", custom=True, inputs=flags | {"blockPublicAcls": False})
    verdict = evaluate(Plan("p", "s", "preview", (unknown, public)), environment="prod")
    found = {
        one.urn: one.outcome
        for one in verdict.findings
        if one.name == "aws-s3-block-public-access#blockPublicAcls"
    }
    assert found == {"urn:a": Outcome.UNKNOWN, "urn:b": Outcome.FAIL}


def test_an_input_that_the_engine_left_out_is_unknown_and_not_missing() -> None:
    """While its source does not exist, a property that depends on it is absent (pulumi/pulumi#7854)."""
    deployment = Resource(
        "urn:d",
        "kubernetes:apps/v1:Deployment",
        "d",
        custom=True,
        inputs={"metadata": {"name": "d", "namespace": "trading"}, "spec": {"replicas": 2}},
    )
    budget = Resource(
        "urn:b",
        "kubernetes:policy/v1:PodDisruptionBudget",
        "b",
        custom=True,
        inputs={"metadata": {"namespace": "trading"}},
        property_dependencies={"spec": ("urn:elsewhere",)},
    )
    verdict = evaluate(Plan("p", "s", "preview", (deployment, budget)), environment="prod")
    assert [one.outcome for one in verdict.findings if one.policy == "k8s-pdb-required"] == [Outcome.UNKNOWN]


def words() -> list[str]:
    """The keys that rules look for, so that random trees lead them somewhere."""
    found = {
        word
        for policy in load()
        for reads in (policy.reads, policy.related)
        for paths in reads.values()
        for path in paths
        for word in re.findall(r"\w+", path)
    }
    return sorted(found - {"protect"})


LEAF = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 70000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", "*", "true", "ALL", "0.0.0.0/0", "-1", "restricted", '{"Statement": [1, {"Effect": {}}]}', "["]
    ),
    st.just(UNKNOWN),
    st.just(Secret("word")),
)
TREE = st.recursive(
    LEAF,
    lambda below: st.one_of(
        st.lists(below, max_size=3),
        st.dictionaries(st.sampled_from(words()), below, max_size=5),
        below.map(Secret),
    ),
    max_leaves=30,
)
TOKENS = sorted(
    {token for policy in load() for token in [*policy.types, *policy.related] if not token.endswith("*")}
    | {
        "kubernetes:apps/v1:DeploymentList",
        "kubernetes:core/v1:PodPatch",
        "gcp:storage/bucket:Bucket",
        "aws:ec2/eip:Eip",
    }
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.dictionaries(st.sampled_from(words()), TREE, max_size=6))
def test_no_tree_of_properties_breaks_a_rule(tree: dict[str, Any]) -> None:
    inputs = over_the_wire(tree)
    resources = tuple(
        Resource(
            f"urn:{token}", token, "x", custom=True, inputs=inputs, property_dependencies={"spec": ("urn:x",)}
        )
        for token in TOKENS
    )
    verdict = evaluate(Plan("p", "s", "preview", resources), environment="prod")
    assert verdict.rule_errors == ()
    assert "word" not in {part for one in verdict.findings for part in re.findall(r"\w+", one.message)} - {
        "word?"
    }
