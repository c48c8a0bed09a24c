"""What the pods of all operators have in common, in the words of Helm values, and the situation they are in.

Memory's request is its limit, and we bound no CPU: as for the platform's own services (`components.k8s.pod`).
KEDA's chart and ECK's bound theirs at one core, which they do not come near.
No operator tolerates the taint of machines that may be taken back: they run on those that stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

__all__ = [
    "CONTAINER",
    "CRITICAL",
    "KEEP",
    "POD",
    "Situation",
    "budget",
    "monitored",
    "resources",
    "spread",
]

CRITICAL: Final = "system-cluster-critical"
"""For what the cluster cannot do without: without it nothing scales, starts, or gets a certificate."""
KEEP: Final = {"helm.sh/resource-policy": "keep"}
"""On kinds of object: with them go all objects of them, so a removed release leaves them."""
POD: Final[Mapping[str, Any]] = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
"""The ``restricted`` standard, where a chart does not keep it by itself: for the pod …"""
CONTAINER: Final[Mapping[str, Any]] = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""… and for its containers."""

Values = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a chart's values depend on."""

    cluster_name: pulumi.Input[str]
    domain: str
    """The platform's."""
    highly_available: bool
    """Whether an operator outlives the machine that it runs on without a pause."""
    velero_plugin: str
    """Image by which Velero speaks to this cloud's storage."""

    @property
    def replicas(self) -> int:
        """Copies of an operator: one works, the other stands by."""
        return 2 if self.highly_available else 1


def resources(cpu: str, memory: str) -> Values:
    """What a container asks for, and all the memory that it gets."""
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}


def spread(labels: Mapping[str, str]) -> list[Values]:
    """Copies go to different zones and machines, as far as there are any."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(labels)},
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


def budget(situation: Situation) -> Values:
    """One copy may go at a time. A single one has no budget: it would hold up every machine's end."""
    if not situation.highly_available:
        return {"enabled": False}
    return {"enabled": True, "maxUnavailable": 1}


def monitored() -> Values:
    """A chart's switch for the object by which Prometheus finds its metrics."""
    return {"serviceMonitor": {"enabled": True}}
