"""What each workload should ask for: a VerticalPodAutoscaler that only says so.

It changes nothing (``Off``): a size that changes by itself fights the number of pods that changes by itself,
and what a service asks for is a setting that somebody decides. ``tradectl`` reads the recommendations.

Sources: Kubernetes autoscaler, *Vertical Pod Autoscaler*, *Known limitations* (with an autoscaler on CPU or
memory).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.base import Part
from components.k8s.labels import Labels
from components.k8s.objects import custom

__all__ = ["RightSizing", "RightSizingArgs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RightSizingArgs:
    """Whose sizes."""

    namespace: pulumi.Input[str]
    labels: Labels
    workloads: Mapping[str, str]
    """By name: ``group/version/Kind``, for example ``apps/v1/Deployment``."""
    after: Sequence[pulumi.Resource] = ()
    """What brings the kind."""


class RightSizing(Part):
    """One object a workload."""

    def __init__(self, name: str, args: RightSizingArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for workload, kind in args.workloads.items():
            api_version, _, plain = kind.rpartition("/")
            custom(
                self.named(workload),
                "autoscaling.k8s.io/v1/VerticalPodAutoscaler",
                ObjectMetaArgs(
                    name=workload,
                    namespace=args.namespace,
                    labels=args.labels.of(workload, "right-sizing"),
                ),
                {
                    "targetRef": {"apiVersion": api_version, "kind": plain, "name": workload},
                    "updatePolicy": {"updateMode": "Off"},
                    "resourcePolicy": {
                        "containerPolicies": [
                            {"containerName": "*", "controlledResources": ["cpu", "memory"]}
                        ]
                    },
                },
                ResourceOptions(parent=self, depends_on=list(args.after)),
            )
        self.finish()
