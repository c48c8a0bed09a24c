"""How many pods there are at least: by the workload's own number, or by the autoscaler that steers it.

An autoscaler is a HorizontalPodAutoscaler or KEDA's ScaledObject, which keeps one. What it leaves unsaid:
the first starts at 1, the second at none, and has 100 at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final

from policies.node import Node
from policies.subject import Body, Stack, Subject
from policies.truth import Truth, every, known, some
from policies.views.namespace import in_one_cluster, together

__all__ = [
    "AUTOSCALER",
    "SCALED",
    "SCALED_OBJECT",
    "SCALERS",
    "STEERING",
    "above",
    "asked",
    "at_least",
    "bound",
    "fewest",
    "least_of",
    "minimum_of",
    "most_of",
    "steered",
    "twins",
]

AUTOSCALER: Final = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
SCALED_OBJECT: Final = "kubernetes:keda.sh/v1alpha1:ScaledObject"
SCALED: Final = (
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:argoproj.io/v1alpha1:Rollout",
)
"""Workloads that have a number of replicas, and that somebody else may set it for."""
IDLE: Final = "spec.idleReplicaCount"
SCALERS: Final[Mapping[str, tuple[str, ...]]] = {
    AUTOSCALER: ("spec.minReplicas", "spec.maxReplicas"),
    SCALED_OBJECT: ("spec.minReplicaCount", "spec.maxReplicaCount", IDLE),
}
"""Where each kind of autoscaler says its bounds."""
UNSAID: Final = {AUTOSCALER: (1, 0), SCALED_OBJECT: (0, 100)}
"""What holds where it does not; 0 at the upper end: it has to be said."""
STEERING: Final[Mapping[str, tuple[str, ...]]] = {
    token: ("metadata.namespace", "spec.scaleTargetRef.name", "spec.scaleTargetRef.kind", *paths)
    for token, paths in SCALERS.items()
}
"""What is read of an autoscaler to know whom it steers, and how far."""


def least_of(scaler: Body) -> tuple[Node, int]:
    """Where an autoscaler says the fewest pods that it ever keeps, and what holds unsaid."""
    least, unsaid = minimum_of(scaler)
    idle = scaler.root.at(IDLE)
    if scaler.type == SCALED_OBJECT and not idle.is_absent:
        least = idle
    return least, unsaid


def minimum_of(scaler: Body) -> tuple[Node, int]:
    """Where an autoscaler says its minimum while there is work, and what holds unsaid."""
    return scaler.root.at(SCALERS[scaler.type][0]), UNSAID[scaler.type][0]


def most_of(scaler: Body) -> tuple[Node, int]:
    """Where an autoscaler says its maximum, and what holds unsaid."""
    return scaler.root.at(SCALERS[scaler.type][1]), UNSAID[scaler.type][1]


def at_least(number: Node, limit: float, unsaid: float) -> Truth:
    """Whether a number is that or more."""
    said = unsaid if number.is_absent else number.number
    return Truth.UNKNOWN if said is None else known(value=said >= limit)


def above(number: Node, limit: float, unsaid: float) -> Truth:
    """Whether a number is more."""
    said = unsaid if number.is_absent else number.number
    return Truth.UNKNOWN if said is None else known(value=said > limit)


def steered(stack: Stack, workload: Body) -> Iterator[tuple[Body, Truth]]:
    """The autoscalers of the stack, each with whether it steers this workload."""
    kind = workload.type.rpartition(":")[2]
    for scaler in stack.of(*SCALERS):
        target = scaler.root.at("spec.scaleTargetRef.kind")
        unsaid = known(value=scaler.type == SCALED_OBJECT and kind == "Deployment")
        aims = [
            target.test(lambda value: value == kind, absent=unsaid),
            stack.refers(scaler, "spec.scaleTargetRef.name", workload, "metadata.name"),
            together(stack, scaler, workload),
        ]
        yield scaler, every(aims)


def twins(stack: Stack, body: Body) -> Iterator[Body]:
    """The same object in the stack's other clusters: its kind, its namespace and its name."""
    name, space = body.root.at("metadata.name").text, body.root.at("metadata.namespace").text
    for other in stack.of(body.type):
        called = (other.root.at("metadata.name").text, other.root.at("metadata.namespace").text)
        if name and called == (name, space) and in_one_cluster(body, other) == Truth.NO:
            yield other


def fewest(stack: Stack, workload: Body, count: float) -> Truth:
    """Whether it never runs fewer pods than that."""
    scalers = list(steered(stack, workload))
    by_scaler = some(aims & _never_fewer(scaler, count) for scaler, aims in scalers)
    own = at_least(workload.root.at("spec.replicas"), count, 1)
    return by_scaler | own & ~some(aims for _, aims in scalers)


def _never_fewer(scaler: Body, count: float) -> Truth:
    number, unsaid = least_of(scaler)
    return at_least(number, count, unsaid)


def bound(subject: Subject, key: str) -> float | None:
    """What a table of the policy's settings says for this environment; None: nothing."""
    value = subject.config.table(key).get(subject.environment)
    return value if isinstance(value, int | float) else None


def asked(subject: Subject, key: str) -> float:
    """How many pods the environment asks for, or fewer where the setting ``fewer`` lets one like this."""
    name = subject.body.resource.name
    wanted = bound(subject, key) or 0
    enough = [
        number
        for pattern, number in subject.config.table("fewer").items()
        if fnmatchcase(name, pattern) and isinstance(number, int | float)
    ]
    return min([wanted, *enough])
