"""Who gives way when machines are short: two classes of the platform's own, below the cluster's.

A pod of a higher class may take the place of one of a lower. What answers customers and what places orders
comes before what computes; what computes comes before everything that says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.scheduling.v1 import PriorityClass

from components.base import Part
from components.k8s.labels import Labels

__all__ = ["IMPORTANT", "URGENT", "Priorities", "PrioritiesArgs"]

URGENT: Final = "trading-urgent"
"""Places orders, or answers who waits."""
IMPORTANT: Final = "trading-important"
"""Takes tasks from a queue, where they also wait safely."""

CLASSES: Final = {
    URGENT: (1_000_000, "PreemptLowerPriority", "Places orders or answers customers."),
    # Waits for a machine instead of pushing others off: a burst of tasks must not shake everything else.
    IMPORTANT: (100_000, "Never", "Takes tasks from a queue."),
}
"""By name: value, preemption, description. A class's value can never be changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrioritiesArgs:
    """Whose they are."""

    labels: Labels


class Priorities(Part):
    """The PriorityClasses, which belong to no namespace."""

    class_names: list[pulumi.Output[str]]

    def __init__(self, name: str, args: PrioritiesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        made = [
            PriorityClass(
                self.named(called),
                metadata=ObjectMetaArgs(name=called, labels=args.labels.of(called, "priority")),
                value=value,
                preemption_policy=preemption,
                global_default=False,
                description=description,
                opts=ResourceOptions(parent=self),
            )
            for called, (value, preemption, description) in CLASSES.items()
        ]
        self.class_names = [one.metadata.apply(lambda metadata: metadata.name or "") for one in made]
        self.finish()
