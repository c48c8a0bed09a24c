from __future__ import annotations

from pulumi import ResourceOptions

from components.k8s.right_sizing import RightSizing, RightSizingArgs
from tests.components.k8s.support import LABELS, deploy, the

ARGS = RightSizingArgs(
    namespace="trading",
    labels=LABELS,
    workloads={"api": "argoproj.io/v1alpha1/Rollout", "worker": "apps/v1/Deployment"},
)
PLAN = deploy(lambda provider: RightSizing("sizes", ARGS, ResourceOptions(provider=provider)))


def test_a_recommendation_changes_nothing() -> None:
    for workload in ARGS.workloads:
        spec = the(PLAN, "VerticalPodAutoscaler", workload)["spec"]
        assert spec["updatePolicy"] == {"updateMode": "Off"}


def test_it_looks_at_the_workload_whatever_its_kind() -> None:
    assert the(PLAN, "VerticalPodAutoscaler", "api")["spec"]["targetRef"] == {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "name": "api",
    }
    assert the(PLAN, "VerticalPodAutoscaler", "worker")["spec"]["targetRef"]["apiVersion"] == "apps/v1"


def test_all_containers_are_looked_at() -> None:
    (policy,) = the(PLAN, "VerticalPodAutoscaler", "api")["spec"]["resourcePolicy"]["containerPolicies"]
    assert policy == {"containerName": "*", "controlledResources": ["cpu", "memory"]}
