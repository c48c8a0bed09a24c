"""Which machines Karpenter may make: one pool that stands by its word, one whose machines may be taken back.

Both are labelled, and the second tainted, as the managed group's are: what may be interrupted has to say so
to run there. Through market hours no machine is taken away to save money or to renew it; an empty one goes at
any time. What the cloud takes back or what is ill goes too: budgets do not hold that up.

**No machine expires.** Expiry ends a machine whatever the budgets say and whatever the hour. A machine is
renewed because its image is no longer the one that its class names, and that waits for the budgets; so a new
image in the class, which is a change of the program, is what keeps machines young.

What the class itself says is the cloud's (`components.contracts.Machines`).

Sources: Karpenter 1.14, *NodePools*, *Disruption* (expiration is forceful; of all active budgets the smallest
counts; schedules are in UTC).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.base import Part
from components.contracts import Machines as CloudMachines
from components.k8s.labels import Labels
from components.k8s.objects import custom
from components.k8s.quiet_hours import Window

__all__ = ["CAPACITY", "NODE_CLASS", "Machines", "MachinesArgs", "Pool"]

CAPACITY: Final = "trading-platform/capacity"
"""Label of every machine and taint of those that may be taken back: as the managed group's."""
NODE_CLASS: Final = "karpenter.k8s.aws/v1/EC2NodeClass"
"""The kind of the cloud's class. Another cloud's Karpenter has another."""
CLASS_NAME: Final = "default"
SETTLE: Final = "10m"
"""A machine that nothing was put on or taken from for so long may be looked at for savings."""
LAST_WORD: Final = "1h"
"""A machine that shall go waits so long for pods that do not."""

Capacity = Literal["on-demand", "spot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Machines of one kind."""

    instance_types: Sequence[str]
    machines: int
    """At most so many, those that stand without Karpenter included."""
    cores: int
    """Of the largest of the types: so many times the machines is what the pool may have in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinesArgs:
    """What may be made, and when it is left alone."""

    labels: Labels
    cloud: CloudMachines
    on_demand: Pool
    spot: Pool | None
    busy: Sequence[Window]
    """Stretches of the week through which machines are kept: `components.k8s.quiet_hours.busy_windows`."""
    node_class: str = NODE_CLASS
    after: Sequence[pulumi.Resource] = ()
    """What brings Karpenter's kinds."""


class Machines(Part):
    """A node class and its pools."""

    pool_names: Sequence[str]

    def __init__(self, name: str, args: MachinesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._class = custom(
            self.named("class"),
            args.node_class,
            ObjectMetaArgs(name=CLASS_NAME, labels=args.labels.of(CLASS_NAME, "machines")),
            dict(args.cloud.node_class),
            ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        pools: dict[Capacity, int] = {"on-demand": args.on_demand.machines - args.cloud.standing}
        if args.spot:
            pools["spot"] = args.spot.machines
        made: dict[Capacity, int] = {capacity: most for capacity, most in pools.items() if most > 0}
        for capacity, most in made.items():
            self._pool(capacity, most)
        self.pool_names = list(made)
        self.finish()

    def _pool(self, capacity: Capacity, most: int) -> None:
        args = self._args
        pool = args.spot if capacity == "spot" and args.spot else args.on_demand
        custom(
            self.named(capacity),
            "karpenter.sh/v1/NodePool",
            ObjectMetaArgs(name=capacity, labels=args.labels.of(capacity, "machines")),
            {
                "template": {
                    "metadata": {"labels": {CAPACITY: capacity}},
                    "spec": self._template(capacity, pool),
                },
                "limits": {"nodes": str(most), "cpu": str(most * pool.cores)},
                "disruption": {
                    "consolidationPolicy": "WhenEmptyOrUnderutilized",
                    "consolidateAfter": SETTLE,
                    "budgets": self._budgets(),
                },
            },
            ResourceOptions(parent=self, depends_on=[*args.after, self._class]),
        )

    def _template(self, capacity: Capacity, pool: Pool) -> dict[str, Any]:
        args = self._args
        group, _, kind = args.node_class.partition("/")
        told: dict[str, Any] = {
            "nodeClassRef": {"group": group, "kind": kind.rpartition("/")[2], "name": CLASS_NAME},
            "requirements": [
                _is("karpenter.sh/capacity-type", [capacity]),
                _is("node.kubernetes.io/instance-type", pool.instance_types),
                _is("kubernetes.io/arch", [args.cloud.architecture]),
                _is("kubernetes.io/os", ["linux"]),
            ],
            "expireAfter": "Never",
            "terminationGracePeriod": LAST_WORD,
        }
        if capacity == "spot":
            told["taints"] = [{"key": CAPACITY, "value": capacity, "effect": "NoSchedule"}]
        return told

    def _budgets(self) -> list[dict[str, Any]]:
        kept = [
            {
                "nodes": "0",
                "reasons": ["Drifted", "Underutilized"],
                "schedule": window.schedule,
                "duration": window.duration,
            }
            for window in self._args.busy
        ]
        return [{"nodes": "10%"}, *kept]


def _is(key: str, values: Sequence[str]) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": list(values)}
