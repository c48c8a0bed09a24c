"""Helm values of the operators that the cluster leans on: certificates, secrets, names, machines, backup.

Sources: each chart's own ``values.yaml`` and templates at the version of ``charts.lock``; cert-manager, *Best
practice*; External Secrets, *Security best practices*; Velero, *CSI snapshot data movement*.
"""

from __future__ import annotations

from typing import Final

from components.k8s.operator_pods import (
    CONTAINER,
    CRITICAL,
    KEEP,
    POD,
    Situation,
    Values,
    budget,
    monitored,
    resources,
    spread,
)

__all__ = [
    "PUBLISHED",
    "aws_load_balancer_controller",
    "cert_manager",
    "external_dns",
    "external_secrets",
    "istio_cni",
    "istiod",
    "karpenter",
    "karpenter_crd",
    "metrics_server",
    "velero",
    "ztunnel",
]

PUBLISHED: Final = ("trading-platform/published", "true")
"""Label of the routes whose names external-dns writes. A route without it has no name outside."""
_VELERO_USER: Final = 65532


def cert_manager(situation: Situation) -> Values:
    """Certificates. Its webhook has three copies: while none answers, no certificate can be changed."""
    available = situation.highly_available

    def part(component: str, replicas: int) -> Values:
        labels = {
            "app.kubernetes.io/instance": "cert-manager",
            "app.kubernetes.io/component": component,
        }
        return {
            "replicaCount": replicas if available else 1,
            "podDisruptionBudget": budget(situation),
            "topologySpreadConstraints": spread(labels),
            "resources": resources("50m", "256Mi"),
        }

    return {
        **part("controller", 2),
        "global": {"priorityClassName": CRITICAL, "leaderElection": {"namespace": "cert-manager"}},
        "crds": {"enabled": True, "keep": True},
        "webhook": part("webhook", 3),
        "cainjector": part("cainjector", 2),
        "startupapicheck": {"resources": resources("10m", "64Mi")},
        "prometheus": {"servicemonitor": {"enabled": True}},
        "serviceAccount": {"name": "cert-manager"},
    }


def external_secrets(situation: Situation) -> Values:
    """Brings secrets in, and none out. It cannot make tokens of other accounts: it is somebody itself."""

    def part(name: str) -> Values:
        return {
            "replicaCount": situation.replicas,
            "podDisruptionBudget": budget(situation),
            "topologySpreadConstraints": spread({"app.kubernetes.io/name": name}),
            "resources": resources("50m", "256Mi"),
            "priorityClassName": CRITICAL,
        }

    unused = ("ClusterExternalSecret", "ClusterGenerator", "ClusterPushSecret", "PushSecret")
    return {
        **part("external-secrets"),
        "leaderElect": situation.highly_available,
        "crds": {"annotations": KEEP, **{f"create{kind}": False for kind in unused}},
        **{f"process{kind}": False for kind in unused},
        "rbac": {"serviceAccountTokenCreate": False},
        "serviceAccount": {"name": "external-secrets"},
        "livenessProbe": {"enabled": True},
        "readinessProbe": {"enabled": True},
        **monitored(),
        "webhook": part("external-secrets-webhook"),
        "certController": part("external-secrets-cert-controller"),
    }


def external_dns(situation: Situation) -> Values:
    """Writes the names of published routes, and takes none away: a name lost by mistake is an outage."""
    return {
        "sources": ["gateway-httproute"],
        "labelFilter": "=".join(PUBLISHED),
        "gatewayNamespace": "gateway",
        "policy": "upsert-only",
        "registry": "txt",
        "txtOwnerId": situation.cluster_name,
        "domainFilters": [situation.domain],
        "triggerLoopOnEvent": True,
        "logFormat": "json",
        "resources": resources("20m", "128Mi"),
        "serviceAccount": {"name": "external-dns"},
        **monitored(),
    }


def velero(situation: Situation) -> Values:
    """Backup. Where to and when is said by `components.k8s.backup`; the cloud's identity opens the bucket.

    Who restores roles must have every right that a role can give, so it is an administrator.
    """
    user = {"runAsUser": _VELERO_USER}
    sized = resources("100m", "512Mi")
    return {
        "initContainers": [
            {
                "name": "plugin",
                "image": situation.velero_plugin,
                "securityContext": {**CONTAINER, **user},
                "resources": resources("10m", "64Mi"),
                "volumeMounts": [{"name": "plugins", "mountPath": "/target"}],
            }
        ],
        "podSecurityContext": {**POD, **user, "fsGroup": _VELERO_USER},
        "containerSecurityContext": CONTAINER,
        "resources": sized,
        "upgradeJobResources": resources("10m", "128Mi"),
        "configuration": {
            "backupStorageLocation": [],
            "volumeSnapshotLocation": [],
            "features": "EnableCSI",
            "defaultSnapshotMoveData": True,
            "defaultBackupStorageLocation": "default",
            "logFormat": "json",
        },
        "backupsEnabled": False,
        "snapshotsEnabled": False,
        "credentials": {"useSecret": False},
        "deployNodeAgent": True,
        "nodeAgent": {"disableHostPath": True, "resources": resources("50m", "512Mi")},
        "serviceAccount": {"server": {"name": "velero"}},
        "metrics": {**monitored(), "nodeAgentPodMonitor": {"enabled": True}},
    }


def karpenter_crd(_: Situation) -> Values:
    """The kinds, in a chart that replaces them with each version."""
    return {"additionalAnnotations": KEEP}


def karpenter(situation: Situation) -> Values:
    """Makes machines. It runs on none that it made."""
    return {
        "replicas": situation.replicas,
        "serviceAccount": {"name": "karpenter"},
        "controller": {"resources": resources("250m", "1Gi")},
        **monitored(),
    }


def aws_load_balancer_controller(situation: Situation) -> Values:
    """Registers the gateway's pods with the entry; makes no balancer of its own."""
    return {
        "replicaCount": situation.replicas,
        "webhookBindPort": 10250,
        "podDisruptionBudget": {"maxUnavailable": 1} if situation.highly_available else {},
        "topologySpreadConstraints": spread({"app.kubernetes.io/name": "aws-load-balancer-controller"}),
        "resources": resources("100m", "256Mi"),
        "serviceAccount": {"name": "aws-load-balancer-controller"},
        **monitored(),
    }


def metrics_server(situation: Situation) -> Values:
    """What pods and machines use now. The API server checks its certificate: the chart would not."""
    return {
        "replicas": situation.replicas,
        "podDisruptionBudget": budget(situation),
        "topologySpreadConstraints": spread({"app.kubernetes.io/name": "metrics-server"}),
        "resources": resources("100m", "256Mi"),
        "tls": {"type": "cert-manager"},
        "apiService": {"insecureSkipTLSVerify": False},
        "metrics": {"enabled": True},
        **monitored(),
    }


def istiod(situation: Situation) -> Values:
    """The mesh's control plane, without sidecars."""
    return {
        "profile": "ambient",
        "autoscaleEnabled": False,
        "replicaCount": situation.replicas,
        "resources": resources("250m", "1Gi"),
        "topologySpreadConstraints": spread({"app": "istiod"}),
        "global": {
            "priorityClassName": CRITICAL,
            "logAsJson": True,
            # a single copy with a budget would hold up every machine's end
            "defaultPodDisruptionBudget": {"enabled": situation.highly_available},
        },
    }


def istio_cni(_: Situation) -> Values:
    """Leads pods' traffic into the mesh, on each machine."""
    return {
        "profile": "ambient",
        "resources": resources("50m", "256Mi"),
        "global": {"logAsJson": True},
    }


def ztunnel(_: Situation) -> Values:
    """Speaks mutual TLS for the pods of its machine."""
    return {"profile": "ambient", "resources": resources("100m", "512Mi"), "logAsJson": True}
