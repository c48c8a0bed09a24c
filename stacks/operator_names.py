"""The operators that have business with a cloud: where each lives, and which secrets one of them brings in.

An operator's name is also its service account's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.k8s import places
from config.settings import Settings

__all__ = ["IMAGES", "NAMESPACES", "secret_names"]

NAMESPACES: Final[Mapping[str, str]] = {
    "aws-load-balancer-controller": places.KUBE_SYSTEM,
    "external-dns": places.EXTERNAL_DNS,
    "external-secrets": places.EXTERNAL_SECRETS,
    "karpenter": places.KUBE_SYSTEM,
    "velero": places.VELERO,
}
"""By operator; a cloud takes those that it needs."""
IMAGES: Final = (
    "docker.elastic.co/beats/*",
    "docker.elastic.co/eck/*",
    "docker.elastic.co/elasticsearch/*",
    "docker.elastic.co/kibana/*",
    "docker.io/envoyproxy/*",
    "docker.io/grafana/*",
    "docker.io/istio/*",
    "docker.io/velero/*",
    "ecr-public.aws.com/docker/library/*",  # Argo CD's Redis
    "ghcr.io/argoproj-labs/*",  # the plugin by which Argo Rollouts moves HTTPRoutes
    "ghcr.io/chaos-mesh/*",
    "ghcr.io/external-secrets/*",
    "ghcr.io/jkroepke/*",  # the hook that makes the Prometheus operator's certificate
    "ghcr.io/kedacore/*",
    "ghcr.io/nginx/**",
    "ghcr.io/opencost/*",
    "quay.io/argoproj/*",
    "quay.io/jetstack/*",
    "quay.io/kiwigrid/*",  # what brings dashboards into Grafana
    "quay.io/prometheus-operator/*",
    "quay.io/prometheus/*",
    "registry.k8s.io/autoscaling/*",
    "registry.k8s.io/external-dns/*",
    "registry.k8s.io/kube-state-metrics/*",
    "registry.k8s.io/kubectl",
)
"""Whose images the operators' charts run, for a cloud that admits named images alone."""


def secret_names(settings: Settings) -> list[str]:
    """Every secret that the settings name, the services' and those of who is told by alarms."""
    told = settings.monitoring
    services = {name for service in settings.services.values() for name in service.secrets}
    mail = told.mail.secret if told.mail else None
    return sorted(services | {name for name in (told.pager, told.chat, told.heartbeat, mail) if name})
