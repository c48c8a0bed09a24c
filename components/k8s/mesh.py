"""The mesh, by switch: everything between pods is encrypted and says who it is (Istio, ambient mode).

A small proxy on every machine (ztunnel) does it, the pods know nothing of it. `AMBIENT` on a namespace,
or on a pod, puts it in; a pod's identity is its service account,
``cluster.local/ns/<namespace>/sa/<account>``.

**Nothing without identity.** In the services' namespace plain traffic is refused (``STRICT``). The
gateway's pods take plain traffic on the one port that the entry comes to: it speaks TLS, but not the
mesh's.

**Nobody calls whom he has no business with.** In both namespaces everything is denied but what is named
here, by identity and port. ztunnel looks at connections, not at requests: a rule with a path or a method
would deny everything, so there is none. The network policies cannot see this, because the mesh carries
all ports in one.

**Prometheus is in the mesh**, by a label on its pod. The services have their metrics on the port that
customers' requests come to, so a port that takes plain traffic for Prometheus would take it from
everybody. Its own namespace stays plain: whoever asks Prometheus need not be in the mesh, and
node-exporter cannot be.

**Probes** pass by: the mesh lets a machine's own probes through, from an address that
`components.k8s.network_policy.mesh` admits.

**What goes out** of the cluster is not the mesh's: ztunnel hands on what is no pod as it is, to the
addresses that the services' network policies list.

Sources: Istio 1.30, *Ambient: Layer 4 policy*, *PeerAuthentication* (a port of its own needs a selector;
``DISABLE`` is not supported), *Ambient and Kubernetes NetworkPolicy*, *Add workloads to the mesh*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.base import Part
from components.k8s import entry
from components.k8s.labels import Labels
from components.k8s.objects import custom
from components.k8s.places import GATEWAY_PORT, MONITORING

__all__ = ["AMBIENT", "Mesh", "MeshArgs", "MeshService", "marks", "principal"]

AMBIENT: Final = {"istio.io/dataplane-mode": "ambient"}
TRUST_DOMAIN: Final = "cluster.local"
PEERS: Final = "security.istio.io/v1/PeerAuthentication"
CALLS: Final = "security.istio.io/v1/AuthorizationPolicy"


def marks(*, on: bool) -> dict[str, str]:
    """Labels of a namespace, or of Prometheus's pod, that is in the mesh when it is switched on."""
    return dict(AMBIENT) if on else {}


def principal(namespace: str, account: str) -> str:
    """Who the pods of a service account are."""
    return f"{TRUST_DOMAIN}/ns/{namespace}/sa/{account}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshService:
    """One service, and who may call it."""

    port: int
    """Of its pods."""
    callers: Sequence[str]
    """Names of other services."""
    from_gateway: bool
    """Customers' requests come to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshArgs:
    """Who is in it, and who calls whom."""

    labels: Labels
    services_namespace: str
    gateway_namespace: str
    services: Mapping[str, MeshService]
    """By name, which is also the service account's."""
    gateway_account: str
    """Service account of the gateway's pods."""
    gateway_metrics_port: int
    prometheus_account: str
    after: Sequence[pulumi.Resource] = ()
    """What brings the kinds of objects."""

    def __post_init__(self) -> None:
        """Refuse callers that are not there: a misspelt one would be shut out in silence."""
        for service, wishes in self.services.items():
            for caller in wishes.callers:
                if caller not in self.services:
                    msg = (
                        f"{service} may be called by {caller}, which is no service: "
                        f"expected some of {', '.join(sorted(self.services))}"
                    )
                    raise ValueError(msg)


class Mesh(Part):
    """What is refused without identity, and who may call whom."""

    def __init__(self, name: str, args: MeshArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        services, gateway = args.services_namespace, args.gateway_namespace
        self._object("strict", PEERS, services, "default", {"mtls": {"mode": "STRICT"}})
        self._object("gateway-strict", PEERS, gateway, "gateway", _but_from_the_entry())
        for child, namespace in (("deny", services), ("gateway-deny", gateway)):
            self._object(child, CALLS, namespace, "deny-all", {})  # a policy without a rule lets nothing in
        for service, wishes in args.services.items():
            self._object(f"calls-{service}", CALLS, services, service, self._calls(service, wishes))
        self._object("gateway-calls", CALLS, gateway, "gateway", self._calls_of_the_gateway())
        self.finish()

    def _object(self, child: str, kind: str, namespace: str, called: str, spec: dict[str, Any]) -> None:
        custom(
            self.named(child),
            kind,
            ObjectMetaArgs(name=called, namespace=namespace, labels=self._args.labels.of(called, "mesh")),
            spec,
            ResourceOptions(parent=self, depends_on=self._args.after),
        )

    def _calls(self, service: str, wishes: MeshService) -> dict[str, Any]:
        args = self._args
        callers = [principal(args.services_namespace, caller) for caller in sorted(wishes.callers)]
        if wishes.from_gateway:
            callers.append(principal(args.gateway_namespace, args.gateway_account))
        callers.append(self._prometheus)
        return {
            "selector": {"matchLabels": args.labels.selector(service)},
            "action": "ALLOW",
            "rules": [_rule(wishes.port, callers)],
        }

    def _calls_of_the_gateway(self) -> dict[str, Any]:
        """The entry has no identity: who it is the network policy says, by its addresses."""
        return {
            "selector": {"matchLabels": entry.pods()},
            "action": "ALLOW",
            "rules": [_rule(GATEWAY_PORT, []), _rule(self._args.gateway_metrics_port, [self._prometheus])],
        }

    @property
    def _prometheus(self) -> str:
        return principal(MONITORING, self._args.prometheus_account)


def _but_from_the_entry() -> dict[str, Any]:
    return {
        "selector": {"matchLabels": entry.pods()},
        "mtls": {"mode": "STRICT"},
        "portLevelMtls": {str(GATEWAY_PORT): {"mode": "PERMISSIVE"}},
    }


def _rule(port: int, callers: Sequence[str]) -> dict[str, Any]:
    whom: dict[str, Any] = {"to": [{"operation": {"ports": [str(port)]}}]}
    if callers:
        whom["from"] = [{"source": {"principals": list(callers)}}]
    return whom
