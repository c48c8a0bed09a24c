"""A service of each kind in a plan of its own."""

from __future__ import annotations

from typing import Any, Final

from pulumi import ResourceOptions

from components.k8s.delivery import Delivery
from components.k8s.services import Kind, Opening, Service, ServiceArgs
from plan.resource import Plan
from tests.components.k8s.support import LABELS, deploy

IMAGE: Final = "registry.example.com/trading/api@sha256:" + "0" * 64
KINDS: Final[tuple[Kind, ...]] = ("web", "worker", "singleton", "observer")
RUNS: Final[dict[Kind, str]] = {
    "web": "kubernetes:argoproj.io/v1alpha1:Rollout",
    "worker": "kubernetes:apps/v1:Deployment",
    "singleton": "kubernetes:apps/v1:StatefulSet",
    "observer": "kubernetes:apps/v1:Deployment",
}


def planned(kind: Kind, **changes: Any) -> Plan:
    """The service ``api`` of that kind, on port 9000, with two copies."""
    wishes: dict[str, Any] = {
        "service": "api",
        "kind": kind,
        "namespace": "trading",
        "labels": LABELS,
        "image": IMAGE,
        "port": 9000,
        "replicas": 2,
        "cpu": "250m",
        "memory": "256Mi",
        "config_map_name": "platform",
        "variables": {"DATABASE_USER": "api"},
        "service_account_annotations": {"cloud/role": "api"},
        "openings": [Opening("10.16.0.0/16", 5432), Opening("0.0.0.0/0", 443, but=["10.0.0.0/8"])],
        "delivery": Delivery(strategy="canary"),
    }
    args = ServiceArgs(**(wishes | changes))
    return deploy(lambda provider: Service("api", args, ResourceOptions(provider=provider)))


def workload(plan: Plan, kind: Kind) -> dict[str, Any]:
    """The spec of what runs the pods."""
    (found,) = plan.of_type(RUNS[kind])
    spec = found.inputs["spec"]
    assert isinstance(spec, dict)
    return spec


def pod(plan: Plan, kind: Kind) -> dict[str, Any]:
    """The spec of the pods."""
    return workload(plan, kind)["template"]["spec"]
