"""Where things are inside a cluster: the namespaces, and the addresses that parts know each other by."""

from __future__ import annotations

from typing import Final

__all__ = [
    "ALERTMANAGER_URL",
    "ARGOCD",
    "CANARY_SUFFIX",
    "CERT_MANAGER",
    "CHAOS",
    "ELASTIC",
    "ENVOY",
    "EXTERNAL_DNS",
    "EXTERNAL_SECRETS",
    "GATEWAY",
    "GATEWAY_PORT",
    "ISTIO",
    "KEDA",
    "KUBE_SYSTEM",
    "LOGGING",
    "MONITORING",
    "OPENCOST",
    "PROMETHEUS_URL",
    "ROLLOUTS",
    "TRADING",
    "VELERO",
    "VPA",
]

TRADING: Final = "trading"
"""The services. The only namespace that customers' requests reach."""
GATEWAY: Final = "gateway"
"""The Gateway, its certificate and the pods that it runs in."""
MONITORING: Final = "monitoring"
LOGGING: Final = "logging"

ENVOY: Final = "envoy-gateway-system"
KEDA: Final = "keda"
ROLLOUTS: Final = "argo-rollouts"
CERT_MANAGER: Final = "cert-manager"
EXTERNAL_SECRETS: Final = "external-secrets"
EXTERNAL_DNS: Final = "external-dns"
VELERO: Final = "velero"
ELASTIC: Final = "elastic-system"
OPENCOST: Final = "opencost"
VPA: Final = "vpa"
ARGOCD: Final = "argocd"
ISTIO: Final = "istio-system"
CHAOS: Final = "chaos-mesh"
KUBE_SYSTEM: Final = "kube-system"

GATEWAY_PORT: Final = 8443
"""Where the gateway's pods speak TLS. Below 1024 they would need a right that they should not have."""
PROMETHEUS_URL: Final = f"http://prometheus-operated.{MONITORING}.svc:9090"
"""The service that the operator makes for every Prometheus, whatever its release is called."""
ALERTMANAGER_URL: Final = f"http://alertmanager-operated.{MONITORING}.svc:9093"
CANARY_SUFFIX: Final = "-canary"
"""A service that is rolled out by weight has a second Service of this name, for the new pods."""
