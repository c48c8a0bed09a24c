"""Faults on purpose, to see that the platform stands them: a killed worker, a slow way to the database.

Never where customers trade, and never while a market is open: the times are in the quiet minutes of the
platform's own calendars (`components.k8s.quiet_hours`), and prod is refused. Chaos Mesh itself can touch one
namespace alone (`components.k8s.operator_values_watching`).

Each fault has an end of its own. Whoever is in one of the groups may look at them and stop them; nobody is
given the right to make others.

Sources: Chaos Mesh 2.8, *Define scheduling rules*, *Simulate pod faults*, *Simulate network faults*
(``externalTargets``), *Manage user permissions*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.rbac import v1 as rbac

from components.base import Part
from components.k8s.labels import Labels
from components.k8s.objects import custom
from components.k8s.quiet_hours import quiet_cron

__all__ = ["Chaos", "ChaosArgs"]

QUIET_MINUTES: Final = 60
"""The fault, and time to come back from it."""
DELAY_MINUTES: Final = 5
FORBIDDEN: Final = "prod"
KINDS: Final = ("networkchaos", "podchaos", "schedules")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaosArgs:
    """Where, when, and what is hit."""

    environment: str
    """Prod is refused."""
    namespace: pulumi.Input[str]
    labels: Labels
    calendars: Sequence[str]
    """The platform's markets: nothing happens while one of them may be open."""
    worker: str
    """The service of which one pod is killed."""
    clients: Sequence[str]
    """Services whose way to the database is made slow."""
    database_host: pulumi.Input[str]
    groups: Sequence[str]
    """Groups of people who may stop it."""
    after: Sequence[pulumi.Resource] = ()
    """What brings Chaos Mesh's kinds."""


class Chaos(Part):
    """Two schedules, and who may stop them."""

    schedule_names: Sequence[str]

    def __init__(self, name: str, args: ChaosArgs, opts: ResourceOptions | None = None) -> None:
        if args.environment == FORBIDDEN:
            msg = (
                "chaos is on in prod, expected only where no customer trades: a fault on purpose costs as "
                "much as any other. Fix: chaos: {enabled: false} in Pulumi.prod.yaml"
            )
            raise ValueError(msg)
        super().__init__(name, opts)
        self._args = args
        self._schedule(
            "kill-worker",
            "PodChaos",
            quiet_cron(args.calendars, minutes=QUIET_MINUTES),
            {
                "podChaos": {
                    "action": "pod-kill",
                    "mode": "one",
                    "gracePeriod": 0,  # as a machine dies, not as a pod is asked to go
                    "selector": self._pods([args.worker]),
                }
            },
        )
        self._schedule(
            "slow-database",
            "NetworkChaos",
            quiet_cron(args.calendars, minutes=QUIET_MINUTES, skip=2),
            {
                "networkChaos": {
                    "action": "delay",
                    "mode": "all",
                    "direction": "to",
                    "duration": f"{DELAY_MINUTES}m",
                    "delay": {"latency": "100ms", "jitter": "20ms", "correlation": "50"},
                    "selector": self._pods(args.clients),
                    "externalTargets": [args.database_host],
                }
            },
        )
        self._people()
        self.schedule_names = ["kill-worker", "slow-database"]
        self.finish()

    def _pods(self, services: Sequence[str]) -> dict[str, Any]:
        return {
            "namespaces": [self._args.namespace],
            "expressionSelectors": [
                {"key": "app.kubernetes.io/name", "operator": "In", "values": list(services)}
            ],
        }

    def _schedule(self, name: str, kind: str, cron: str, fault: Mapping[str, Any]) -> None:
        custom(
            self.named(name),
            "chaos-mesh.org/v1alpha1/Schedule",
            self._metadata(name),
            {
                "type": kind,
                "schedule": cron,
                "concurrencyPolicy": "Forbid",
                "historyLimit": 5,
                "startingDeadlineSeconds": 300,  # one that was missed is not made up for in market hours
                **fault,
            },
            ResourceOptions(parent=self, depends_on=list(self._args.after)),
        )

    def _people(self) -> None:
        if not self._args.groups:
            return
        role = rbac.Role(
            self.named("operators"),
            metadata=self._metadata("chaos-operators"),
            rules=[
                rbac.PolicyRuleArgs(
                    api_groups=["chaos-mesh.org"],
                    resources=list(KINDS),
                    verbs=["get", "list", "watch", "patch", "delete"],
                )
            ],
            opts=ResourceOptions(parent=self),
        )
        rbac.RoleBinding(
            self.named("operators"),
            metadata=self._metadata("chaos-operators"),
            role_ref=rbac.RoleRefArgs(
                api_group="rbac.authorization.k8s.io", kind="Role", name="chaos-operators"
            ),
            subjects=[
                rbac.SubjectArgs(api_group="rbac.authorization.k8s.io", kind="Group", name=group)
                for group in self._args.groups
            ],
            opts=ResourceOptions(parent=self, depends_on=[role]),
        )

    def _metadata(self, name: str) -> ObjectMetaArgs:
        return ObjectMetaArgs(
            name=name, namespace=self._args.namespace, labels=self._args.labels.of(name, "chaos")
        )
