"""What the charts are told about measuring: Prometheus, Alertmanager and Grafana, and whose labels count.

The chart's own rules and dashboards are off: every alert that rings has a section in our runbook and a
test. The control plane is the cloud's, so nothing of it is measured but the API server. Dashboards come
from our own namespace, rules and monitors from all of them. The pods keep the ``restricted`` standard by
the charts' own values, all but node-exporter's.

An operator that reports about objects of other namespaces says so in a label ``namespace``. Prometheus
would put the operator's own namespace in its place; where a chart cannot be told otherwise, the label is
put back.

Sources: ``values.yaml`` and templates of kube-prometheus-stack 88.5.3 and of its part grafana 12.11.1;
the charts of KEDA 2.20, Argo Rollouts 2.41, External Secrets 2.9 and cert-manager 1.21.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi

from components.k8s.monitoring.alertmanager import SECRET, Receivers, config, files
from components.k8s.monitoring.grafana import FOLDER_ANNOTATION, LABEL
from components.k8s.operator_pods import resources
from components.k8s.places import MONITORING

__all__ = ["ChartArgs", "Values", "values"]

Values = dict[str, Any]

SHARE_OF_DISK: Final = 0.85
"""Of its volume that Prometheus fills with blocks; the rest is for what it writes before, and for tidying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartArgs:
    """What differs from environment to environment."""

    environment: str
    region: str
    cluster_name: pulumi.Input[str]
    retention_days: int
    disk_gib: int
    """Of each Prometheus."""
    replicas: int
    """Prometheus servers that measure the same; Alertmanagers are as many."""
    storage_class: pulumi.Input[str] | None
    """None: the cluster's default."""
    receivers: Receivers
    pod_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of Prometheus: by which the mesh takes it in."""
    memory: str = "2Gi"
    """Of each Prometheus: about 8 KiB a series."""
    grafana_login: Mapping[str, object] = field(default_factory=dict[str, object])
    """Grafana's section ``auth.generic_oauth``. Empty: whoever the cluster lets forward a port to it may
    look, and change nothing; there is no password."""
    grafana_url: str = ""
    """Where people find it, so that a login comes back there."""


def values(args: ChartArgs) -> dict[str, Values]:
    """By operator, the values for `components.k8s.operators`."""
    return {
        "kube-prometheus-stack": {
            "defaultRules": {"create": False},
            "alertmanager": _alertmanager(args),
            "prometheus": _prometheus(args),
            "grafana": _grafana(args),
            "prometheusOperator": _operator(),
            "kube-state-metrics": _state_metrics(),
            "prometheus-node-exporter": {"resources": resources("20m", "64Mi")},
            **{part: {"enabled": False} for part in (*_CLOUDS_OWN, *_OTHER_ON_SOME_CLOUD)},
        },
        **_HONEST,
    }


_CLOUDS_OWN: Final = ("kubeControllerManager", "kubeEtcd", "kubeProxy", "kubeScheduler")
"""Nobody but the cloud can reach these: an alert that they are down would always ring."""
_OTHER_ON_SOME_CLOUD: Final = ("coreDns",)
"""Google's name server measures itself elsewhere, and would seem to be down for ever."""

_OBJECTS_NAMESPACE: Final = {
    "metricRelabelings": [
        {"sourceLabels": ["exported_namespace"], "regex": "(.+)", "targetLabel": "namespace"},
        {"regex": "exported_namespace", "action": "labeldrop"},
    ]
}

_HONEST: Final[Mapping[str, Values]] = {
    "keda": {"prometheus": {"operator": {"serviceMonitor": _OBJECTS_NAMESPACE}}},
    "argo-rollouts": {"controller": {"metrics": {"serviceMonitor": _OBJECTS_NAMESPACE}}},
    "external-secrets": {"serviceMonitor": {"honorLabels": True}},
    "cert-manager": {"prometheus": {"servicemonitor": {"honorLabels": True}}},
}


def _everywhere(*kinds: str) -> Values:
    """Objects of these kinds count whatever their labels are, not only those of the release."""
    return {
        **{f"{kind}SelectorNilUsesHelmValues": False for kind in kinds},
        **{f"{kind}NamespaceSelector": {} for kind in kinds},
        **{f"{kind}Selector": {} for kind in kinds},
    }


def _prometheus(args: ChartArgs) -> Values:
    return {
        "prometheusSpec": {
            **_everywhere("rule", "serviceMonitor", "podMonitor", "probe", "scrapeConfig"),
            "externalLabels": {
                "environment": args.environment,
                "region": args.region,
                "cluster": args.cluster_name,
            },
            "replicas": args.replicas,
            **({"podMetadata": {"labels": dict(args.pod_labels)}} if args.pod_labels else {}),
            "podAntiAffinity": "hard" if args.replicas > 1 else "soft",
            "podAntiAffinityTopologyKey": "kubernetes.io/hostname",
            "scrapeInterval": "30s",
            "evaluationInterval": "30s",
            "retention": f"{args.retention_days}d",
            "retentionSize": f"{int(args.disk_gib * SHARE_OF_DISK)}GiB",
            "walCompression": True,
            "enableAdminAPI": False,
            "query": {"maxConcurrency": 20, "timeout": "1m", "maxSamples": 50_000_000},
            "resources": resources("200m", args.memory),
            "storageSpec": {"volumeClaimTemplate": _volume(args, args.disk_gib)},
        },
        "podDisruptionBudget": {"enabled": args.replicas > 1},  # one stays
        "serviceAccount": {"name": "prometheus"},
    }


def _alertmanager(args: ChartArgs) -> Values:
    return {
        "config": config(args.receivers),
        "alertmanagerSpec": {
            "replicas": args.replicas,
            "podAntiAffinity": "hard" if args.replicas > 1 else "soft",
            "secrets": [SECRET] if files(args.receivers) else [],
            "resources": resources("20m", "128Mi"),
            # silences must outlive a pod
            "storage": {"volumeClaimTemplate": _volume(args, 1)},
        },
        "podDisruptionBudget": {"enabled": args.replicas > 1},
        "serviceAccount": {"name": "alertmanager", "automountServiceAccountToken": False},
    }


def _volume(args: ChartArgs, gib: int) -> Values:
    chosen = {} if args.storage_class is None else {"storageClassName": args.storage_class}
    return {
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": f"{gib}Gi"}},
            **chosen,
        }
    }


def _grafana(args: ChartArgs) -> Values:
    """Nothing of it is kept: dashboards and data sources come as objects, people from elsewhere."""
    login: Mapping[str, object] = (
        {"enabled": True, **args.grafana_login} if args.grafana_login else {"enabled": False}
    )
    return {
        "defaultDashboardsEnabled": False,
        # No administrator is made: there is no password, in clear or otherwise.
        "env": {"GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION": "true"},
        "rbac": {"namespaced": True},  # or its sidecar may read every secret of the cluster
        "serviceAccount": {"name": "grafana"},
        "sidecar": {
            "dashboards": {
                "label": LABEL,
                "labelValue": "1",
                "searchNamespace": MONITORING,
                "resource": "configmap",
                "folderAnnotation": FOLDER_ANNOTATION,
                "skipReload": True,  # it would need a password; the folder is looked through every 30 s
                "provider": {"allowUiUpdates": False, "foldersFromFilesStructure": True},
            },
            "datasources": {
                "searchNamespace": MONITORING,
                "resource": "configmap",
                "initDatasources": True,
                "skipReload": True,
            },
            "resources": resources("10m", "128Mi"),
        },
        "grafana.ini": {
            "analytics": {"check_for_updates": False, "reporting_enabled": False},
            "auth": {"disable_login_form": True},
            # Without a login of its own, who reaches it at all was let in by the cluster (a forwarded port).
            "auth.anonymous": {"enabled": not args.grafana_login, "org_role": "Viewer"},
            "auth.basic": {"enabled": False},
            "auth.generic_oauth": dict(login),
            "security": {"cookie_secure": True, "disable_gravatar": True, "content_security_policy": True},
            "server": {"root_url": args.grafana_url} if args.grafana_url else {},
            "users": {"viewers_can_edit": False, "allow_sign_up": False},
        },
        "resources": resources("50m", "256Mi"),
        "testFramework": {"enabled": False},
    }


def _operator() -> Values:
    return {
        "resources": resources("50m", "128Mi"),
        "prometheusConfigReloader": {"resources": resources("10m", "50Mi")},
        # Its certificate comes from a job of the chart's, so that alarms do not wait for cert-manager.
        "admissionWebhooks": {
            "failurePolicy": "Fail",
            "patch": {"enabled": True, "resources": resources("10m", "64Mi")},
        },
    }


def _state_metrics() -> Values:
    return {
        "resources": resources("20m", "256Mi"),
        # The names of secrets and the data of ConfigMaps are nobody's measure.
        "collectors": list(_COLLECTORS),
    }


_COLLECTORS: Final[Sequence[str]] = (
    "cronjobs",
    "daemonsets",
    "deployments",
    "horizontalpodautoscalers",
    "jobs",
    "namespaces",
    "nodes",
    "persistentvolumeclaims",
    "persistentvolumes",
    "poddisruptionbudgets",
    "pods",
    "replicasets",
    "resourcequotas",
    "services",
    "statefulsets",
    "storageclasses",
)
