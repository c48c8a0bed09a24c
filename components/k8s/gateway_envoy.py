"""The gateway by Envoy: what its pods are, whom they believe, and that they let nobody in by themselves.

**Closed unless a route opens itself.** The policy of the Gateway denies everything. A route that has one
of its own (`components.k8s.routes`) is judged by that alone; one that was added and forgotten answers
403. No origin is allowed but its own: a browser is told nothing of others (CORS).

**Whose address a client has.** The entry appends to ``X-Forwarded-For``: Amazon's balancer the client's
address, Google's the client's and then its own. So the client is the first or the second from the right,
and what is further left was said by the client itself and is believed by nobody. Without this, limits for
one client would be limits for whoever can type a header.

**Nothing is repeated.** Envoy repeats a request when the request asks it to, in headers; those are thrown
away before anything looks at them, together with those that the services take for the token's word.

**Idle connections** stay longer than the entry keeps them (Google's 600 s), else the gateway would close
one that the entry is just about to use, and an order would be lost with it. To the services it is the
other way round: the gateway gives up first.

The pods run in the Gateway's own namespace (``GatewayNamespace``), under ``restricted`` with a root
filesystem that cannot be written; `controller_values` is what the operator's chart has to be told for
that. Labels of cost are not on them: Envoy Gateway 1.9 makes each label part of the Service's selector,
and a new team's name would cut off every pod. The longest header is Envoy's own bound, 60 KiB: there is
no setting.

Sources: Envoy Gateway 1.9 API reference and its source (proxy infrastructure, listener translation);
Elastic Load Balancing, *X-Forwarded-For*; Cloud Load Balancing, *X-Forwarded-For header* (two addresses
are appended), *Backend services overview* (keep-alive of 600 s).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.base import Part
from components.k8s import entry
from components.k8s.envoy_pods import proxy
from components.k8s.labels import Labels
from components.k8s.objects import custom

__all__ = [
    "GROUP",
    "PROXY",
    "REQUEST_SECONDS",
    "EnvoyGateway",
    "EnvoyGatewayArgs",
    "controller_values",
    "traffic_policy",
]

GROUP: Final = "gateway.envoyproxy.io/v1alpha1"
CONTROLLER: Final = "gateway.envoyproxy.io/gatewayclass-controller"
PROXY: Final = "gateway"
"""Name of the EnvoyProxy that the Gateway names for its pods."""

IDLE_SECONDS: Final = 650
SERVICE_IDLE_SECONDS: Final = 4
"""Servers of many languages close an idle connection after 5 s."""
CONNECTION_SECONDS: Final = 900
"""Then the entry has to connect anew, and finds pods that were added meanwhile."""
HEADERS_SECONDS: Final = 10
REQUEST_SECONDS: Final = 30
"""An order is answered within so long, or it is not."""
GROUPS: Final = ("X25519MLKEM768", "X25519", "P-256")
"""For the key: the first is not opened by a quantum computer either."""
ENVOYS_OWN: Final = "x-envoy-"
"""Headers that tell Envoy what to do: to repeat the request, to wait longer, to answer otherwise."""


def controller_values(*namespaces: str) -> dict[str, Any]:
    """Values of the operator's chart: whose objects it reads, and that pods are made beside their Gateway.

    It then sees no other namespace's secrets. The namespaces must be there before it.
    """
    kubernetes = {
        "deploy": {"type": "GatewayNamespace"},
        "watch": {"type": "Namespaces", "namespaces": list(namespaces)},
    }
    return {"config": {"envoyGateway": {"provider": {"type": "Kubernetes", "kubernetes": kubernetes}}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvoyGatewayArgs:
    """How large, behind which entry, on which terms."""

    namespace: pulumi.Input[str]
    labels: Labels
    size: entry.Size
    limits: entry.Limits
    node_port: int | None
    """The port of every machine that leads here; None: the pods are reached by their own addresses."""
    trusted_hops: int
    """So many addresses at the right end of ``X-Forwarded-For`` are the entry's word; the leftmost of them is
    the client."""
    health_path: str
    thrown_away: Sequence[str]
    """Headers that only the gateway may set."""
    waf: entry.Waf | None = None
    marks: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the pods that never change."""
    after: Sequence[pulumi.Resource] = ()


class EnvoyGateway(Part):
    """GatewayClass, EnvoyProxy, and the policies of the Gateway."""

    def __init__(self, name: str, args: EnvoyGatewayArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        custom(
            self.named("class"),
            "gateway.networking.k8s.io/v1/GatewayClass",
            ObjectMetaArgs(name=entry.CLASSES["envoy"], labels=args.labels.of("gateway", "gateway")),
            {"controllerName": CONTROLLER},
            ResourceOptions(parent=self, depends_on=args.after),
        )
        pods = proxy(args.size, node_port=args.node_port, marks=args.marks)
        self._object("proxy", "EnvoyProxy", pods, called=PROXY)
        self._object("client-traffic", "ClientTrafficPolicy", {**_target(), **_client_traffic(args)})
        self._object("backend-traffic", "BackendTrafficPolicy", {**_target(), **traffic_policy(args.limits)})
        self._object("closed", "SecurityPolicy", {**_target(), "authorization": {"defaultAction": "Deny"}})
        if args.waf is not None:
            self._object("waf", "EnvoyExtensionPolicy", {**_target(), "extProc": [_inspection(args.waf)]})
        self.finish()

    def _object(self, child: str, kind: str, spec: dict[str, Any], *, called: str = "") -> CustomResource:
        return custom(
            self.named(child),
            f"{GROUP}/{kind}",
            ObjectMetaArgs(
                name=called or child,
                namespace=self._args.namespace,
                labels=self._args.labels.of("gateway", "gateway"),
            ),
            spec,
            ResourceOptions(parent=self, depends_on=self._args.after),
        )


def traffic_policy(
    limits: entry.Limits, *, repeats: bool = False, upgrades: bool = False, seconds: int = REQUEST_SECONDS
) -> dict[str, Any]:
    """What a BackendTrafficPolicy says beside its targets: how a request goes on to a service.

    ``repeats``: a request that was not answered is sent once more; only ever for what changes nothing.
    ``upgrades``: WebSockets, which cannot be held back until they are complete, so that nothing bounds
    the body.
    """
    spec: dict[str, Any] = {
        "timeout": {
            "tcp": {"connectTimeout": "2s"},
            "http": {
                "requestTimeout": f"{seconds}s",
                "connectionIdleTimeout": f"{SERVICE_IDLE_SECONDS}s",
            },
        },
        "circuitBreaker": {
            "maxConnections": 2048,
            # who has to wait longer than this for its turn is better told so at once
            "maxPendingRequests": 256,
            "maxParallelRequests": 2048,
            "maxParallelRetries": 32,
        },
        "rateLimit": {
            "local": {
                "rules": [
                    {"limit": {"requests": limits.requests_per_second, "unit": "Second"}},
                    {
                        "clientSelectors": [{"sourceCIDR": {"type": "Distinct", "value": entry.INTERNET}}],
                        "limit": {"requests": limits.client_requests_per_minute, "unit": "Minute"},
                    },
                ]
            }
        },
    }
    if not upgrades:
        spec["requestBuffer"] = {"limit": f"{limits.body_kib}Ki"}
    if repeats:
        spec["retry"] = {
            "numRetries": 1,
            "retryOn": {
                "triggers": ["connect-failure", "refused-stream", "reset", "retriable-status-codes"],
                "httpStatusCodes": [503],
            },
            "perRetry": {"backOff": {"baseInterval": "25ms", "maxInterval": "250ms"}},
        }
    return spec


def _target() -> dict[str, Any]:
    reference = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": entry.NAME}
    return {"targetRefs": [reference]}


def _client_traffic(args: EnvoyGatewayArgs) -> dict[str, Any]:
    return {
        "clientIPDetection": {"xForwardedFor": {"numTrustedHops": args.trusted_hops}},
        "tls": {
            "minVersion": "1.2",
            "ecdhCurves": list(GROUPS),
            "alpnProtocols": ["h2", "http/1.1"],
        },
        "path": {"escapedSlashesAction": "RejectRequest", "disableMergeSlashes": False},
        "headers": {
            "earlyRequestHeaders": {
                "removeOnMatch": [
                    {"type": "Prefix", "value": ENVOYS_OWN},
                    *({"type": "Exact", "value": header} for header in args.thrown_away),
                ]
            },
            "withUnderscoresAction": "RejectRequest",
        },
        "timeout": {
            "tcp": {"tlsHandshakeTimeout": f"{HEADERS_SECONDS}s"},
            "http": {
                "requestHeadersReceivedTimeout": f"{HEADERS_SECONDS}s",
                "requestReceivedTimeout": f"{REQUEST_SECONDS}s",
                "idleTimeout": f"{IDLE_SECONDS}s",
            },
        },
        "connection": {
            "connectionLimit": {
                "value": args.limits.connections,
                "maxConnectionDuration": f"{CONNECTION_SECONDS}s",
            }
        },
        "healthCheck": {"path": args.health_path},
    }


def _inspection(waf: entry.Waf) -> dict[str, Any]:
    return {
        "backendRefs": [{"group": "", "kind": "Service", "name": waf.service, "port": waf.port}],
        "failOpen": False,
        "messageTimeout": f"{waf.timeout_milliseconds}ms",
        "statusOnError": 503,
        "processingMode": {"request": {"body": "Buffered"}, "allowModeOverride": False},
    }
