"""Helm values of the operators that watch: metrics, logs, costs, sizes, and faults put in on purpose.

Prometheus, Alertmanager and Grafana are told the rest by `components.k8s.monitoring`, over what is here.

Sources: each chart's own ``values.yaml`` and templates at the version of ``charts.lock``; Elastic, *Telemetry
in ECK*; Chaos Mesh, *Namespaced mode*.
"""

from __future__ import annotations

from typing import Final

from components.k8s.operator_pods import (
    CONTAINER,
    KEEP,
    POD,
    Situation,
    Values,
    budget,
    monitored,
    resources,
    spread,
)
from components.k8s.places import LOGGING, PROMETHEUS_URL, TRADING

__all__ = [
    "blackbox_exporter",
    "chaos_mesh",
    "eck_operator",
    "kube_prometheus_stack",
    "opencost",
    "prometheus_operator_crds",
    "vpa",
]

OPENCOST_USER: Final = 1001
ECK_METRICS: Final = "9090"


def prometheus_operator_crds(_: Situation) -> Values:
    """The kinds, in a chart of their own: every other operator's metrics are found by one of them."""
    return {"crds": {"annotations": KEEP}}


def kube_prometheus_stack(_: Situation) -> Values:
    """Its kinds come from a chart of their own."""
    return {"crds": {"enabled": False}}


def blackbox_exporter(situation: Situation) -> Values:
    """Looks at the platform from the side of who calls it: name, certificate, answer."""

    def module(**http: object) -> Values:
        return {
            "prober": "http",
            "timeout": "5s",
            "http": {
                "valid_http_versions": ["HTTP/1.1", "HTTP/2.0"],
                "preferred_ip_protocol": "ip4",
                "fail_if_not_ssl": True,
                "follow_redirects": False,
                **http,
            },
        }

    return {
        "fullnameOverride": "blackbox-exporter",
        "replicas": situation.replicas,
        "podDisruptionBudget": {"maxUnavailable": 1} if situation.highly_available else {},
        "config": {
            "modules": {
                "https_2xx": module(),
                # the door is there and shut: what answers without a token is a hole
                "https_401": module(valid_status_codes=[401, 403]),
            }
        },
        "podSecurityContext": POD,
        "resources": resources("20m", "64Mi"),
        "topologySpreadConstraints": spread({"app.kubernetes.io/name": "prometheus-blackbox-exporter"}),
        "serviceAccount": {"name": "blackbox-exporter"},
        "serviceMonitor": {"selfMonitor": {"enabled": True}},
    }


def eck_operator(situation: Situation) -> Values:
    """Elasticsearch and what belongs to it, in one namespace. It tells its vendor nothing."""
    return {
        "replicaCount": situation.replicas,
        "managedNamespaces": [LOGGING],
        "telemetry": {"disabled": True},
        "webhook": {"port": 10250},
        "config": {"metrics": {"port": ECK_METRICS}},
        "podMonitor": {"enabled": True, "interval": "1m"},
        # the chart's own "one must stay" would stand beside ours
        "podDisruptionBudget": {**budget(situation), "minAvailable": 0},
        "podSecurityContext": POD,
        "resources": resources("100m", "512Mi"),
        "serviceAccount": {"name": "eck-operator"},
    }


def opencost(situation: Situation) -> Values:
    """What it costs, by namespace. No page and no door for language models: Grafana asks Prometheus."""
    return {
        "clusterName": "cluster.local",
        "podSecurityContext": {**POD, "runAsUser": OPENCOST_USER},
        "serviceAccount": {"name": "opencost"},
        "opencost": {
            "exporter": {
                "defaultClusterId": situation.cluster_name,
                "resources": resources("50m", "512Mi"),
                "securityContext": {**CONTAINER, "readOnlyRootFilesystem": False},
            },
            "prometheus": {
                "internal": {"enabled": False},
                "external": {"enabled": True, "url": PROMETHEUS_URL},
            },
            "metrics": {
                **monitored(),
                # kube-state-metrics says these already
                "kubeStateMetrics": {"emitKsmV1Metrics": False, "emitKsmV1MetricsOnly": False},
            },
            "ui": {"enabled": False},
            "mcp": {"enabled": False},
        },
    }


def vpa(situation: Situation) -> Values:
    """Recommends sizes. What would act on them is not installed."""
    return {
        "admissionController": {"enabled": False},
        "updater": {"enabled": False},
        "recommender": {
            "replicas": situation.replicas,
            "resources": resources("50m", "512Mi"),
            "podDisruptionBudget": {"enabled": situation.highly_available},
            "extraArgs": ["--memory-saver=true"],  # it follows those pods only that somebody asks about
        },
        "podSecurityContext": {**POD, "runAsUser": 65534},
        "containerSecurityContext": CONTAINER,
    }


def chaos_mesh(_: Situation) -> Values:
    """Faults on purpose, in one namespace and nowhere else. Without a page, and without a name server."""
    return {
        "clusterScoped": False,
        "timezone": "UTC",
        "enableProfiling": False,
        "controllerManager": {
            "replicaCount": 1,
            "targetNamespace": TRADING,
            "resources": resources("25m", "256Mi"),
        },
        "chaosDaemon": {
            "runtime": "containerd",
            "socketPath": "/run/containerd/containerd.sock",
            "resources": resources("25m", "256Mi"),
        },
        "dashboard": {"create": False},
        "dnsServer": {"create": False},
    }
