"""The logs of the platform in a plan of its own."""

from __future__ import annotations

from typing import Any

from pulumi import ResourceOptions

from components.k8s.monitoring.elk import Elk, ElkArgs
from plan.resource import Plan
from plan.value import plain
from tests.components.k8s.support import LABELS, deploy


def elk_args(**changes: Any) -> ElkArgs:
    """Of a large environment, but for what is said."""
    usual: dict[str, Any] = {
        "namespace": "logging",
        "labels": LABELS,
        "nodes": 6,
        "disk_gib": 200,
        "cpu": "500m",
        "memory": "4Gi",
        "storage_class": "fast",
        "kibana_replicas": 2,
        "hot_days": 7,
        "keep_days": 30,
        "audit_days": 365,
        "priority": "system-node-critical",
    }
    return ElkArgs(**(usual | changes))


def logs(**changes: Any) -> Plan:
    """The plan of these."""
    args = elk_args(**changes)
    return deploy(lambda provider: Elk("elk", args, ResourceOptions(provider=provider)))


def one(plan: Plan, name: str) -> dict[str, Any]:
    """The inputs of the object of that logical name, as plain values."""
    (found,) = [
        resource for resource in plan if resource.name == name and resource.type.startswith("kubernetes:")
    ]
    return dict(plain(dict(found.inputs)))  # pyright: ignore[reportArgumentType]


def template_of(made: dict[str, Any]) -> list[dict[str, Any]]:
    """The pod templates of what ECK is asked for."""
    spec = made["spec"]
    if "nodeSets" in spec:
        return [node_set["podTemplate"] for node_set in spec["nodeSets"]]
    return [spec.get("podTemplate") or spec["daemonSet"]["podTemplate"]]


def applications(peers: list[dict[str, Any]]) -> set[str]:
    """Who is meant, by application; of others the namespace."""
    return {
        peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
        if "podSelector" in peer
        else peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for peer in peers
    }
