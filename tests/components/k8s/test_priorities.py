from __future__ import annotations

from pulumi import ResourceOptions

from components.k8s.priorities import IMPORTANT, URGENT, Priorities, PrioritiesArgs
from tests.components.k8s.support import LABELS, deploy
from tests.components.k8s.workload import KINDS, planned, pod

SYSTEM = 1_000_000_000
"""Kubernetes keeps the values above this for itself."""


def test_what_answers_customers_comes_before_what_computes_and_both_after_the_cluster_itself() -> None:
    plan = deploy(
        lambda provider: Priorities("p", PrioritiesArgs(labels=LABELS), ResourceOptions(provider=provider))
    )
    classes = {
        found.inputs["metadata"]["name"]: found.inputs  # pyright: ignore[reportIndexIssue, reportArgumentType, reportCallIssue, reportOptionalSubscript]
        for found in plan.of_type("kubernetes:scheduling.k8s.io/v1:PriorityClass")
    }
    assert SYSTEM > classes[URGENT]["value"] > classes[IMPORTANT]["value"] > 0  # pyright: ignore[reportOperatorIssue]
    assert classes[IMPORTANT]["preemptionPolicy"] == "Never", "a burst of tasks pushes nobody off"
    assert not any(found["globalDefault"] for found in classes.values())


def test_each_pod_has_a_class_that_is_made_here() -> None:
    used = {kind: pod(planned(kind), kind)["priorityClassName"] for kind in KINDS}
    assert used == {"web": URGENT, "singleton": URGENT, "worker": IMPORTANT, "observer": IMPORTANT}
