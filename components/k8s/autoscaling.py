"""How many pods of one service there are: a KEDA ScaledObject, which keeps a HorizontalPodAutoscaler.

Up at once, doubling or ten more each half minute, whichever is more: from 3 to 100 in two minutes. Down only
after ten minutes in which nothing asked for more, and then a tenth a minute: a spike that comes back finds
its pods.

When Prometheus is away or answers nothing, the first failures forbid the autoscaler to take pods away, and
after them KEDA says "as many as there are, but not fewer than the fallback" for each trigger that is blind.
So pods are not lost, the window of ten minutes stays filled with true numbers for the first wrong ones after
the outage, and triggers that do see (the clock) can still ask for more.

Never set beside it: ``spec.replicas`` of the service (it would fight), ``pollingInterval`` and
``cooldownPeriod`` (they only matter to a minimum of none, and KEDA's admission warns), a minimum of none (the
fallback does not lift a service from zero, keda#7239).

Sources: KEDA 2.20 ``scaledobject_webhook.go``, ``fallback.go``; Kubernetes 1.36 ``horizontal.go``.
`lab.scaling` runs the same rules in virtual time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.base import Part
from components.k8s.labels import Labels
from components.k8s.objects import custom
from components.k8s.triggers import Trigger, autoscaler_of

__all__ = ["Autoscaling", "AutoscalingArgs", "Pace", "scaled_object"]

API_VERSIONS: Final = {"Deployment": "apps/v1", "Rollout": "argoproj.io/v1alpha1"}
FAILURES: Final = 3
"""Answers that may be missing before the fallback: under a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How quickly the number may change."""

    up_percent: int = 100
    up_pods: int = 10
    up_seconds: int = 30
    """Within so long it rises by the percentage or by the pods, whichever is more."""
    down_percent: int = 10
    down_seconds: int = 60
    """Within so long it falls by the percentage at most (by one pod at least)."""
    down_after_seconds: int = 600
    """It falls to the most that was asked for within so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoscalingArgs:
    """Which service, within what bounds, for what reasons."""

    service: str
    namespace: pulumi.Input[str]
    labels: Labels
    kind: Literal["Deployment", "Rollout"]
    """Of the object with the service's name."""
    minimum: int
    maximum: int
    fallback: int
    """Pods that there are at least while a trigger is blind; more where there already are more."""
    triggers: Sequence[Trigger]
    pace: Pace = field(default_factory=Pace)
    after: Sequence[pulumi.Resource] = ()
    """What must be there first: KEDA, and the service."""

    def __post_init__(self) -> None:
        if not 1 <= self.minimum <= self.fallback <= self.maximum:
            message = (
                f"autoscaling of {self.service}: minimum {self.minimum}, fallback {self.fallback}, maximum "
                f"{self.maximum}; wanted 1 <= minimum <= fallback <= maximum, for example 3, 10, 100: from "
                "zero no fallback lifts a service, and beyond the maximum none has an effect"
            )
            raise ValueError(message)
        names = [trigger.name for trigger in self.triggers]
        if not names or len(set(names)) < len(names):
            message = f"autoscaling of {self.service}: triggers {names}; wanted at least one, each name once"
            raise ValueError(message)


class Autoscaling(Part):
    """The ScaledObject of one service."""

    autoscaler_name: pulumi.Output[str]
    """The HorizontalPodAutoscaler that KEDA makes of it, as metrics and alerts call it."""

    def __init__(self, name: str, args: AutoscalingArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        custom(
            self.named("scaled-object"),
            "keda.sh/v1alpha1/ScaledObject",
            ObjectMetaArgs(
                name=args.service,
                namespace=args.namespace,
                labels=args.labels.of(args.service, "autoscaling"),
            ),
            scaled_object(args),
            ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.autoscaler_name = pulumi.Output.from_input(autoscaler_of(args.service))
        self.finish()


def scaled_object(args: AutoscalingArgs) -> dict[str, Any]:
    """Its ``spec``: what `lab.scaling` simulates is what the cluster gets."""
    return {
        "scaleTargetRef": {
            "apiVersion": API_VERSIONS[args.kind],  # without it KEDA takes any target for a Deployment
            "kind": args.kind,
            "name": args.service,
        },
        "minReplicaCount": args.minimum,
        "maxReplicaCount": args.maximum,
        "fallback": {
            "failureThreshold": FAILURES,
            "replicas": args.fallback,
            "behavior": "currentReplicasIfHigher",
        },
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behavior(args.pace)}},
        "triggers": [trigger.as_keda() for trigger in args.triggers],
    }


def _behavior(pace: Pace) -> dict[str, Any]:
    return {
        "scaleUp": {
            "stabilizationWindowSeconds": 0,
            "selectPolicy": "Max",
            "policies": [
                {"type": "Percent", "value": pace.up_percent, "periodSeconds": pace.up_seconds},
                {"type": "Pods", "value": pace.up_pods, "periodSeconds": pace.up_seconds},
            ],
        },
        "scaleDown": {
            "stabilizationWindowSeconds": pace.down_after_seconds,
            "selectPolicy": "Max",
            "policies": [{"type": "Percent", "value": pace.down_percent, "periodSeconds": pace.down_seconds}],
        },
    }
