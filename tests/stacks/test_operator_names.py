"""The operators of each region, as a stack composes them: who they are, and what they are let near."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.k8s.charts import read_lock
from components.k8s.operator_table import OPERATORS
from plan.record import record
from plan.resource import Plan, Resource
from plan.value import plain
from policies.families import WORKLOADS
from stacks.operator_names import IMAGES, NAMESPACES
from tests.components.k8s.chart_values import strangers
from tests.components.kit import before, sources
from tests.stacks.moves import config, regions
from tests.support import AWS_STACKS, STACKS, TWO_REGIONS, planned, said

ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
RELEASE = "kubernetes:helm.sh/v3:Release"


def of_operators(plan: Plan, kind: str, place: str = "") -> list[Resource]:
    """The operators' resources of a type, in the region that is ``home`` or ``dr``, or in all."""
    return [one for one in plan.of_type(kind) if f"{place}-operators-" in one.name]


@pytest.mark.parametrize("stack", AWS_STACKS)
def test_each_region_has_its_own_operators_where_the_cluster_will_look_for_them(stack: str) -> None:
    plan = planned(stack)
    for cluster in plan.of_type("aws:eks/cluster:Cluster"):
        mine = [
            said(one)
            for one in of_operators(plan, ASSOCIATION)
            if said(one)["clusterName"] == said(cluster)["name"]
        ]
        found = {one["serviceAccount"]: one["namespace"] for one in mine}
        assert found.items() <= NAMESPACES.items()
        assert {name for name in NAMESPACES if name not in found} <= {"external-secrets"}, (
            "no secret, no role"
        )


@pytest.mark.parametrize("stack", AWS_STACKS)
def test_no_pod_starts_before_its_role_is_its_own(stack: str) -> None:
    """A pod that starts earlier never has it: EKS gives it when the pod is made."""
    plan = planned(stack)
    pods = [one for kind in (*WORKLOADS, RELEASE) for one in plan.of_type(kind)]
    for association in plan.of_type(ASSOCIATION):
        inside = "kubernetes-dr-" if association.name.startswith("aws-dr-") else "kubernetes-"
        account = said(association)["serviceAccount"]
        names = {f"{inside}{account}-{kind}" for kind in ("rollout", "deployment", "stateful-set")}
        users = [one for one in pods if one.name in {*names, f"{inside}operators-{account}"}]
        assert users, account
        for user in users:
            assert (ASSOCIATION, association.name) in before(plan, user), user.name


@pytest.mark.parametrize("stack", STACKS)
def test_every_value_that_a_stack_gives_an_operator_is_one_that_its_chart_knows(stack: str) -> None:
    lock, releases = read_lock(), planned(stack).of_type(RELEASE)
    assert releases
    for one in releases:
        pinned = lock[OPERATORS[str(said(one)["name"])].chart]
        assert strangers(pinned.name, pinned.version, plain(said(one)["values"])) == [], one.name


@pytest.mark.parametrize("place", ["home", "dr"])
def test_an_operator_works_on_its_own_regions_things(place: str) -> None:
    plan = planned("prod")
    found = {
        one.name.partition("-operators-")[2]: sources(plan, one, "policy")
        for one in of_operators(plan, "aws:iam/rolePolicy:RolePolicy", place)
    }
    assert f"aws-{place}-edge-gateway" in found["aws-load-balancer-controller"]
    assert f"aws-{place}-storage-data" in found["velero"]
    assert {f"aws-{place}-network-private-{zone}" for zone in "abc"} <= found["karpenter"]
    other = "dr" if place == "home" else "home"
    shared = {"aws-home-dns-zone", "aws-home-keys-data", "aws-home-keys-secrets"}
    foreign = {name for names in found.values() for name in names if name.startswith(f"aws-{other}-")}
    assert foreign <= shared


@pytest.mark.parametrize("stack", ["prod", "prod-gcp"])
def test_who_is_told_by_alarms_has_a_secret_that_is_brought_into_the_cluster(stack: str) -> None:
    told = {"pager": "pager-key", "chat": "chat-address", "heartbeat": "heartbeat-address"}
    plan = record(config(stack, monitoring=told), stack=stack, mode="up")
    kinds = ("aws:secretsmanager/secret:Secret", "gcp:secretmanager/secret:Secret")
    names = {str(said(one).get("name", said(one).get("secretId"))) for one in plan.of_type(*kinds)}
    for secret in told.values():
        (name,) = [one for one in names if one.endswith(secret)]
        assert name in json.dumps([_read(one) for one in plan if "operator" in one.name]), secret


def _read(resource: Resource) -> Any:
    inputs = said(resource)
    return inputs.get("policy") or inputs.get("secretId")


@pytest.mark.parametrize("stack", [stack for stack in TWO_REGIONS if "gcp" not in stack])
def test_each_region_keeps_its_clusters_backups_apart_and_reads_the_others(stack: str) -> None:
    plan = planned(stack)
    clusters = {str(said(one)["name"]) for one in plan.of_type("aws:eks/cluster:Cluster")}
    assert len(clusters) == len(regions(stack))
    for right in of_operators(plan, "aws:iam/rolePolicy:RolePolicy"):
        if right.name.endswith("-velero"):
            document = json.loads(str(said(right)["policy"]))
            by_sid = {one["Sid"]: str(one["Resource"]) for one in document["Statement"]}
            own = {name for name in clusters if by_sid["Backups"].endswith(f"/{name}/*")}
            others = {name for name in clusters if f"/{name}/*" in by_sid["BackupsOfOthers"]}
            assert len(own) == 1
            assert others == clusters - own


def test_where_named_images_alone_are_admitted_the_operators_are_named() -> None:
    (policy,) = planned("prod-gcp").of_type("gcp:binaryauthorization/policy:Policy")
    patterns = {found["namePattern"] for found in said(policy)["admissionWhitelistPatterns"]}
    assert patterns.issuperset(IMAGES)
