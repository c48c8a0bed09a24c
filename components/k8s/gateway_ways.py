"""The openings of the gateway's namespace: who comes in, and to whom the gateway itself may talk.

`components.k8s.gateway` says why each is as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.contracts import GatewayDoor
from components.k8s import entry, envoy_pods, gateway_nginx
from components.k8s.labels import Labels
from components.k8s.network_policy import Block, Peer, Way, mesh
from components.k8s.operator_table import NGINX
from components.k8s.places import ENVOY, GATEWAY_PORT, MONITORING

__all__ = ["Surroundings", "ways"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the gateway is between."""

    namespace: pulumi.Input[str]
    labels: Labels
    implementation: entry.Implementation
    door: GatewayDoor
    services_namespace: str
    backends: Mapping[str, int]
    """By web service, the port of its pods."""
    login: entry.Login | None
    waf: entry.Waf | None
    mesh: bool


def ways(args: Surroundings) -> list[Way]:
    """Everything that the gateway needs, and nothing else."""
    of_pods = entry.pods()
    nginx = args.implementation == "nginx"
    by_machines = args.door.node_port is not None
    controller = Peer(NGINX if nginx else ENVOY)
    control_ports = [gateway_nginx.CONTROL_PORT] if nginx else envoy_pods.CONTROL_PORTS
    found = [
        Way(
            name="from-entry",
            direction="in",
            pods=of_pods,
            peers=[] if by_machines else [Block(cidr) for cidr in args.door.front_ends],
            ports=[GATEWAY_PORT],
        ),
        Way(
            name="metrics",
            direction="in",
            pods=of_pods,
            peers=[Peer(MONITORING)],
            ports=[entry.metrics_port(args.implementation)],
        ),
        Way(
            name="to-controller",
            direction="out",
            pods=of_pods,
            peers=[controller],
            ports=control_ports,
        ),
        *_to_services(args),
    ]
    if args.login is not None:
        peers = [Block(cidr, _but(cidr)) for cidr in args.login.networks]
        found.append(Way(name="to-issuer", direction="out", pods=of_pods, peers=peers, ports=[443]))
    if args.waf is not None:
        found += _firewall(args.namespace, args.waf)
    if nginx:
        found += _health(args.namespace)
    if args.mesh:
        probed = [gateway_nginx.HEALTH_PORT] if nginx else envoy_pods.PROBED_PORTS
        found += mesh([args.namespace, args.services_namespace, MONITORING], probed=probed)
    return found


def _to_services(args: Surroundings) -> list[Way]:
    return [
        Way(
            name=f"to-{service}",
            direction="out",
            pods=entry.pods(),
            peers=[Peer(args.services_namespace, args.labels.selector(service))],
            ports=[port],
        )
        for service, port in args.backends.items()
    ]


def _firewall(namespace: pulumi.Input[str], waf: entry.Waf) -> list[Way]:
    its_pods = {"app.kubernetes.io/name": waf.service}
    return [
        Way(
            name="to-firewall",
            direction="out",
            pods=entry.pods(),
            peers=[Peer(namespace, its_pods)],
            ports=[waf.port],
        ),
        Way(
            name="into-firewall",
            direction="in",
            pods=its_pods,
            peers=[Peer(namespace, entry.pods())],
            ports=[waf.port],
        ),
    ]


def _health(namespace: pulumi.Input[str]) -> list[Way]:
    """NGINX answers for its health by asking a pod of the gateway, which may be another one."""
    itself = [Peer(namespace, entry.pods())]
    ports = [gateway_nginx.HEALTH_PORT]
    return [
        Way(name="health-out", direction="out", pods=entry.pods(), peers=itself, ports=ports),
        Way(name="health-in", direction="in", pods=entry.pods(), peers=itself, ports=ports),
    ]


def _but(cidr: str) -> Sequence[str]:
    return entry.NOT_INTERNET if cidr == entry.INTERNET else ()
