"""The three dashboards in Grafana: a ConfigMap each, which Grafana's sidecar finds by its label.

A dashboard is code here and cannot be edited there: who changes it changes these files, and the next
deployment brings it everywhere. Each keeps its address, so that links in tickets lead somewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.core.v1 import ConfigMap
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.base import Part
from components.k8s.labels import Labels
from components.k8s.monitoring.dashboards.executive import executive
from components.k8s.monitoring.dashboards.panels import render
from components.k8s.monitoring.dashboards.security import security
from components.k8s.monitoring.dashboards.technical import technical
from components.k8s.monitoring.limits import Limits

__all__ = ["FOLDER_ANNOTATION", "LABEL", "Dashboards", "Grafana", "GrafanaArgs"]

LABEL: Final = "grafana_dashboard"
"""By which the sidecar finds them; its value is ``"1"``."""
FOLDER_ANNOTATION: Final = "grafana_folder"
"""By which it puts them in a folder."""
FOLDER: Final = "Trading platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboards:
    """Whose they are, and what they measure by."""

    environment: str
    region: str
    limits: Limits
    latency_seconds: float
    """95 of a hundred requests are answered within so long, or pods are added."""
    runbooks: str
    """Address of the alerts' runbooks, with a section for each."""
    karpenter: bool
    """Karpenter makes the machines, not the cloud."""
    mesh: bool
    """Pods speak to each other through Istio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrafanaArgs:
    """Where they are put, and what is on them."""

    namespace: pulumi.Input[str]
    labels: Labels
    dashboards: Dashboards


class Grafana(Part):
    """The ConfigMaps."""

    def __init__(self, name: str, args: GrafanaArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for dashboard, content in rendered(args.dashboards).items():
            ConfigMap(
                self.named(dashboard),
                metadata=ObjectMetaArgs(
                    name=f"dashboard-{dashboard}",
                    namespace=args.namespace,
                    labels={**args.labels.of("grafana", "dashboard"), LABEL: "1"},
                    annotations={FOLDER_ANNOTATION: FOLDER},
                ),
                data={f"{dashboard}.json": content},
                opts=ResourceOptions(parent=self),
            )
        self.finish()


def rendered(dashboards: Dashboards) -> dict[str, str]:
    """The JSON of each, by name."""
    boards = {
        "executive": executive(dashboards.limits, dashboards.runbooks),
        "technical": technical(
            dashboards.limits, dashboards.latency_seconds, dashboards.runbooks, karpenter=dashboards.karpenter
        ),
        "security": security(dashboards.limits, dashboards.runbooks, mesh=dashboards.mesh),
    }
    # Two windows side by side look alike but for their titles.
    where = f"{dashboards.environment} {dashboards.region}"
    return {name: render(board, where) for name, board in boards.items()}
