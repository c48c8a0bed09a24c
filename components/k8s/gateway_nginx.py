"""The gateway by NGINX: the option for who has to have it (NGINX Gateway Fabric, without NGINX Plus).

It ends TLS, sends on by weight, bounds requests by client and by size. It looks at no token: NGINX does
that in NGINX Plus alone, so `components.k8s.routes` refuses a route that wants one. What is not
idempotent it never sends twice; that is NGINX's own rule. Its retired namesake, ingress-nginx, has no
part in this.

Its health is asked by the entry on the port of the traffic, by TLS, where NGINX has nothing to say by
itself: a route leads from there to the readiness port of the gateway's pods, which NGINX answers when it
has its configuration.

Whom it believes about a client's address differs from Envoy: not so many from the right, but the first
from the right that is none of ``trusted``. Google's entry appends its own address, so that has to be one
of them.

Its GatewayClass comes with its chart (``gatewayClassName: nginx``), its pods are in the Gateway's
namespace without being told, and its Service has a name that cannot be chosen
(`components.k8s.entry.service_name`).

Sources: NGINX Gateway Fabric 2.6 API reference and its source (provisioner); NGINX,
``proxy_next_upstream``, ``set_real_ip_from``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.policy import v1 as policy

from components.base import Part
from components.k8s import entry
from components.k8s.labels import Labels
from components.k8s.objects import custom
from components.k8s.places import GATEWAY_PORT
from components.k8s.priorities import URGENT

__all__ = [
    "CONTROL_PORT",
    "GROUP",
    "HEALTH_PORT",
    "PROXY",
    "NginxGateway",
    "NginxGatewayArgs",
]

GROUP: Final = "gateway.nginx.org"
PROXY: Final = "gateway"
"""Name of the NginxProxy that the Gateway names for its pods."""
CONTROL_PORT: Final = 8443
"""Where the pods get their configuration."""
HEALTH_PORT, HEALTH_PATH = 8081, "/readyz"
DRAIN_SECONDS: Final = 20
GRACE_SECONDS: Final = 90
IDLE_SECONDS: Final = 650
BURST_SECONDS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class NginxGatewayArgs:
    """How large, behind which entry, on which terms."""

    namespace: pulumi.Input[str]
    labels: Labels
    size: entry.Size
    limits: entry.Limits
    node_port: int | None
    """The port of every machine that leads here; None: the pods are reached by their own addresses."""
    trusted: Sequence[pulumi.Input[str]]
    """Networks (CIDR) whose word about the client's address is believed: the entry, and what passes on."""
    health_path: str
    after: Sequence[pulumi.Resource] = ()


class NginxGateway(Part):
    """NginxProxy, the policies of the Gateway, its health, its disruption budget."""

    def __init__(self, name: str, args: NginxGatewayArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._object("proxy", f"{GROUP}/v1alpha2/NginxProxy", _proxy(args), called=PROXY)
        self._object(
            "client-settings",
            f"{GROUP}/v1alpha1/ClientSettingsPolicy",
            {
                "targetRef": _gateway(),
                "body": {"maxSize": f"{args.limits.body_kib}k", "timeout": "10s"},
                "keepAlive": {"timeout": {"server": f"{IDLE_SECONDS}s"}},
            },
        )
        self._object(
            "rate-limit",
            f"{GROUP}/v1alpha1/RateLimitPolicy",
            {"targetRefs": [_gateway()], "rateLimit": _rate_limit(args.limits)},
        )
        self._object("health", entry.HTTPROUTE, _health(args.health_path))
        self._disruption_budget()
        self.finish()

    def _metadata(self, called: str) -> ObjectMetaArgs:
        return ObjectMetaArgs(
            name=called,
            namespace=self._args.namespace,
            labels=self._args.labels.of("gateway", "gateway"),
        )

    def _object(self, child: str, kind: str, spec: dict[str, Any], *, called: str = "") -> CustomResource:
        return custom(
            self.named(child),
            kind,
            self._metadata(called or child),
            spec,
            ResourceOptions(parent=self, depends_on=self._args.after),
        )

    def _disruption_budget(self) -> None:
        policy.PodDisruptionBudget(
            self.named("disruption-budget"),
            metadata=self._metadata("gateway"),
            spec=policy.PodDisruptionBudgetSpecArgs(
                max_unavailable=1,
                selector=LabelSelectorArgs(match_labels=entry.pods()),
                unhealthy_pod_eviction_policy="AlwaysAllow",
            ),
            opts=ResourceOptions(parent=self),
        )


def _gateway() -> dict[str, str]:
    return {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": entry.NAME}


def _proxy(args: NginxGatewayArgs) -> dict[str, Any]:
    return {
        "ipFamily": "ipv4",
        "metrics": {"port": entry.metrics_port("nginx")},
        "logging": {"errorLevel": "warn", "agentLevel": "error"},
        # the entry says no name when it begins TLS, and asks for health by address
        "disableSNIHostValidation": True,
        "workerConnections": min(args.limits.connections, 65535),
        "rewriteClientIP": {
            "mode": "XForwardedFor",
            "setIPRecursively": True,
            "trustedAddresses": [{"type": "CIDR", "value": cidr} for cidr in args.trusted],
        },
        "kubernetes": {"deployment": _deployment(args.size), "service": _service(args.node_port)},
    }


def _deployment(size: entry.Size) -> dict[str, Any]:
    return {
        "autoscaling": {
            "enable": True,
            "minReplicas": size.min_replicas,
            "maxReplicas": size.max_replicas,
            "targetCPUUtilizationPercentage": 60,
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 600}},
        },
        "pod": {
            "terminationGracePeriodSeconds": GRACE_SECONDS,
            "topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": key,
                    "whenUnsatisfiable": "ScheduleAnyway",
                    "labelSelector": {"matchLabels": entry.pods()},
                }
                for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
            ],
        },
        "container": {
            "resources": {
                "requests": {"cpu": f"{size.cpu_millis}m", "memory": f"{size.memory_mib}Mi"},
                "limits": {"memory": f"{size.memory_mib}Mi"},
            },
            "lifecycle": {"preStop": {"sleep": {"seconds": DRAIN_SECONDS}}},
            "readinessProbe": {"port": HEALTH_PORT, "path": HEALTH_PATH, "expose": True},
        },
        "patches": [
            {
                "type": "StrategicMerge",
                "value": {
                    "spec": {
                        "strategy": {
                            "type": "RollingUpdate",
                            "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0},
                        },
                        "template": {"spec": {"priorityClassName": URGENT}},
                    }
                },
            }
        ],
    }


def _service(node_port: int | None) -> dict[str, Any]:
    if node_port is None:
        return {"type": "ClusterIP"}
    return {
        "type": "NodePort",
        "externalTrafficPolicy": "Cluster",
        "nodePorts": [{"port": node_port, "listenerPort": GATEWAY_PORT}],
    }


def _rate_limit(limits: entry.Limits) -> dict[str, Any]:
    """A burst of ten seconds' worth is served at once; what comes on top is told 429."""
    burst = max(1, limits.client_requests_per_minute * BURST_SECONDS // 60)
    return {
        "rejectCode": 429,
        "local": {
            "rules": [
                {
                    "zoneSize": "10m",
                    "key": "$binary_remote_addr",
                    "rate": f"{limits.client_requests_per_minute}r/m",
                    "burst": burst,
                    "noDelay": True,
                }
            ]
        },
    }


def _health(path: str) -> dict[str, Any]:
    rewrite = {"path": {"type": "ReplaceFullPath", "replaceFullPath": HEALTH_PATH}}
    return {
        "parentRefs": [{"name": entry.NAME, "sectionName": entry.LISTENER}],
        "rules": [
            {
                "matches": [{"path": {"type": "Exact", "value": path}, "method": "GET"}],
                "filters": [{"type": "URLRewrite", "urlRewrite": rewrite}],
                "backendRefs": [{"name": entry.service_name("nginx"), "port": HEALTH_PORT}],
            }
        ],
    }
