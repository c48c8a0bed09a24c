"""Helm values of the operators that scale, roll out and let traffic in.

Sources: each chart's own ``values.yaml`` and templates at the version of ``charts.lock``; KEDA, *Cluster*;
Argo Rollouts, *Gateway API plugin*; Envoy Gateway, *Gateway namespace mode*.
"""

from __future__ import annotations

from typing import Final

from components.k8s.operator_pods import (
    CONTAINER,
    CRITICAL,
    KEEP,
    Situation,
    Values,
    budget,
    monitored,
    resources,
    spread,
)

__all__ = ["argo_cd", "argo_rollouts", "envoy_gateway", "keda", "nginx_gateway_fabric"]

ROLLOUTS_TAG: Final = "v1.9.1"
"""The chart's own is 1.9.0."""
PLUGIN: Final = "argoproj-labs/gatewayAPI"
PLUGIN_IMAGE: Final = "ghcr.io/argoproj-labs/rollouts-plugin-trafficrouter-gatewayapi:v0.15.0"
"""Brings the plugin for the machine's own architecture. The other way, a download each time that the
controller starts, would end all deliveries whenever that site is away."""
PLUGIN_FILE: Final = "rollouts-plugin-trafficrouter-gatewayapi"
PLUGINS: Final = "/plugins"
QUERY_MILLISECONDS: Final = 5000
"""KEDA waits so long for Prometheus: a slow answer is not yet a lost one. It asks every 15 s."""


def keda(situation: Situation) -> Values:
    """Scales by what Prometheus knows. Reads no secrets, and scales nothing but workloads and rollouts."""
    parts = {"operator": "keda-operator", "metricsServer": "keda-operator-metrics-apiserver"}
    parts["webhooks"] = "keda-admission-webhooks"
    sized = resources("100m", "512Mi")
    budgeted = {"maxUnavailable": 1} if situation.highly_available else {}
    return {
        "clusterName": situation.cluster_name,
        "image": {"pullPolicy": "IfNotPresent"},
        "crds": {"additionalAnnotations": KEEP},
        "operator": {"replicaCount": situation.replicas},
        "metricsServer": {"replicaCount": situation.replicas},
        "webhooks": {"replicaCount": situation.replicas, "port": 10250, "failurePolicy": "Fail"},
        "service": {"portHttpsTarget": 10250},
        "serviceAccount": {"operator": {"name": "keda"}},
        "rbac": {
            "enabledCustomScaledRefKinds": True,
            # "kind" becomes the resource's name in the role, which is the plural
            "scaledRefKinds": [{"apiGroup": "argoproj.io", "kind": "rollouts"}],
        },
        "permissions": {
            "operator": {"restrict": {"secret": True}},
            "metricServer": {"restrict": {"secret": True}},
        },
        "http": {"timeout": QUERY_MILLISECONDS},
        "logging": {"operator": {"format": "json"}, "webhooks": {"format": "json"}},
        "prometheus": {
            part: {"enabled": True, **monitored()} for part in ("operator", "metricServer", "webhooks")
        },
        "podDisruptionBudget": dict.fromkeys(("operator", "metricServer", "webhooks"), budgeted),
        "topologySpreadConstraints": {part: spread({"app": app}) for part, app in parts.items()},
        "resources": dict.fromkeys(("operator", "metricServer", "webhooks"), sized),
        "priorityClassName": CRITICAL,
        "enableServiceLinks": False,
    }


def argo_rollouts(situation: Situation) -> Values:
    """Shifts traffic by the weights of HTTPRoutes, and by no other means."""
    mounted = {"name": "plugin", "mountPath": PLUGINS}
    others = (
        "istio",
        "smi",
        "ambassador",
        "awsLoadBalancerController",
        "awsAppMesh",
        "traefik",
        "apisix",
        "contour",
        "glooPlatform",
    )
    return {
        "controller": {
            "replicas": situation.replicas,
            "image": {"tag": ROLLOUTS_TAG},
            "logging": {"format": "json"},
            "metrics": {"enabled": True, **monitored()},
            "pdb": budget(situation),
            "priorityClassName": CRITICAL,
            "resources": resources("100m", "512Mi"),
            "topologySpreadConstraints": spread({"app.kubernetes.io/name": "argo-rollouts"}),
            "trafficRouterPlugins": [{"name": PLUGIN, "location": f"file://{PLUGINS}/{PLUGIN_FILE}"}],
            "initContainers": [
                {
                    "name": "plugin",
                    "image": PLUGIN_IMAGE,
                    "command": ["cp", f"/bin/{PLUGIN_FILE}", PLUGINS],
                    "securityContext": CONTAINER,
                    "resources": resources("10m", "64Mi"),
                    "volumeMounts": [mounted],
                }
            ],
            "volumes": [{"name": "plugin", "emptyDir": {"sizeLimit": "256Mi"}}],
            "volumeMounts": [{**mounted, "readOnly": True}],
        },
        "providerRBAC": {"providers": {**dict.fromkeys(others, False), "gatewayAPI": True}},
        "dashboard": {"enabled": False},
        "serviceAccount": {"name": "argo-rollouts"},
    }


def envoy_gateway(situation: Situation) -> Values:
    """Makes the gateway's pods in the Gateway's own namespace (`components.k8s.gateway_envoy` says which)."""
    return {
        "deployment": {
            "replicas": situation.replicas,
            "priorityClassName": CRITICAL,
            "envoyGateway": {"resources": resources("100m", "512Mi")},
            "pod": {"topologySpreadConstraints": spread({"control-plane": "envoy-gateway"})},
        },
        "podDisruptionBudget": {"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"}
        if situation.highly_available
        else {"minAvailable": 0},
        "config": {"envoyGateway": {"provider": {"kubernetes": {"deploy": {"type": "GatewayNamespace"}}}}},
        "certgen": {"job": {"resources": resources("10m", "128Mi")}},
        # It would change each pod on its way to a machine, for the sake of routing within a zone.
        "topologyInjector": {"enabled": False},
    }


def nginx_gateway_fabric(situation: Situation) -> Values:
    """The gateway for who has to have NGINX. It tells its vendor nothing."""
    return {
        "nginxGateway": {
            "replicas": situation.replicas,
            "productTelemetry": {"enable": False},
            "priorityClassName": CRITICAL,
            "resources": resources("100m", "256Mi"),
            "topologySpreadConstraints": spread({"app.kubernetes.io/name": "nginx-gateway-fabric"}),
            "serviceAccount": {"name": "nginx-gateway-fabric"},
        },
        # What leads to it is the region's own entry; a balancer of its own would be a second one.
        "nginx": {"service": {"type": "ClusterIP"}},
    }


def argo_cd(situation: Situation) -> Values:
    """Follows a repository. It reads the cluster, and changes it only as an account that has few rights.

    Nobody logs in: there is no server and no password. People look with ``argocd --core``, by the rights that
    they have in the cluster.
    """
    reads = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}
    acts = {
        "apiGroups": [""],
        "resources": ["serviceaccounts"],
        "resourceNames": ["gitops"],
        "verbs": ["impersonate"],
    }
    part = {**monitored(), "enabled": True}
    return {
        "global": {"logging": {"format": "json"}, "networkPolicy": {"create": False}},
        "crds": {"keep": True},
        "configs": {
            "cm": {
                "admin.enabled": False,
                "exec.enabled": False,
                "application.sync.impersonation.enabled": True,
                "resource.respectRBAC": "normal",
            },
            "params": {"controller.diff.server.side": "true"},
        },
        "controller": {
            "resources": resources("250m", "1Gi"),
            "metrics": part,
            "clusterRoleRules": {"enabled": True, "rules": [reads, acts]},
        },
        "repoServer": {
            "replicas": situation.replicas,
            "resources": resources("100m", "512Mi"),
            "metrics": part,
            "pdb": budget(situation),
        },
        "applicationSet": {"resources": resources("50m", "256Mi"), "metrics": part},
        "redis": {"resources": resources("50m", "128Mi")},
        "redisSecretInit": {"resources": resources("10m", "128Mi")},
        "server": {"replicas": 0, "clusterRoleRules": {"enabled": True, "rules": [reads]}},
        "dex": {"enabled": False},
        "notifications": {"enabled": False},
    }
