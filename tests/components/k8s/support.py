"""A Kubernetes room in a plan of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pulumi_kubernetes import Provider

from components.k8s.labels import Labels
from components.tagging import Tags
from plan.record import record_program
from plan.resource import Plan

LABELS = Labels(Tags(environment="dev", owner="trading-platform", cost_center="trading"))


def deploy(room: Callable[[Provider], object]) -> Plan:
    """Record a room on an explicit provider."""
    return record_program(lambda: room(Provider("cluster", kubeconfig="{}")), mode="up")


def the(plan: Plan, kind: str, name: str = "") -> dict[str, Any]:
    """The inputs of the only object of that kind (and name)."""
    found = [
        resource
        for resource in plan
        if resource.type.endswith(f":{kind}")
        and resource.type.startswith("kubernetes:")
        and resource.name.endswith(name)
    ]
    assert len(found) == 1, f"{len(found)} objects of kind {kind}"
    return dict(found[0].inputs)
