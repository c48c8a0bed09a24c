"""The way in: behind the region's entry, before the services.

The entry (`components.aws.edge`, `components.gcp.balancer`) ends the customers' TLS and begins it anew;
here it ends, with a certificate that nobody checks (`components.k8s.certificates`). So the listener has
no host name: a balancer says none when it begins TLS, and one that is expected would shut it out. Which
host is served is the routes' to say; another one is answered with 404.

**How the entry gets here** differs by cloud. Amazon's balancer is told every pod's address, by a
TargetGroupBinding; a new pod counts as ready when the balancer has found it well (`marks` tells the
controller to see to that), so that a rollout leaves no gap. Google's knows machines, so every machine has
the one port.

**Who may come in** follows from that. From Amazon's balancer a pod hears addresses of the balancer's own
subnets, and those alone are let in. On Google's a machine passes on what another one's pod is to answer,
and where Cilium decides no address block means a machine (`components.k8s.network_policy`): so the port
is open there to whoever reaches it, and who does is the network's firewall to say, which admits the entry
alone. Between the pods it is the closed namespaces, out of which no other port leads here.

**What it may do itself**: send on to the web services, ask its controller, fetch the issuer's keys, ask
the firewall. Nothing else.

Sources: AWS Load Balancer Controller, *TargetGroupBinding*, *Pod readiness gate*; Gateway API 1.6,
*Gateway*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.base import Part
from components.contracts import GatewayDoor
from components.k8s import entry, gateway_envoy, gateway_nginx
from components.k8s.certificates import SECRET, Certificates, CertificatesArgs
from components.k8s.gateway_ways import Surroundings, ways
from components.k8s.labels import Labels
from components.k8s.namespaces import Quota
from components.k8s.network_policy import NetworkPolicies, NetworkPoliciesArgs
from components.k8s.objects import custom
from components.k8s.places import GATEWAY_PORT

__all__ = ["Gateway", "GatewayArgs", "marks", "quota"]

BINDING: Final = "elbv2.k8s.aws/v1beta1/TargetGroupBinding"
READINESS_GATE: Final = {"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"}
SIDE_MEMORY_MIB: Final = 64
"""What a pod's second container may take at most."""
ROLLOUT_FACTOR: Final = 2
"""The quota holds all pods twice: the old ones drain while the new ones serve."""


def marks(door: GatewayDoor) -> dict[str, str]:
    """Labels that the gateway's namespace must carry, for the way that the entry takes."""
    return {} if door.target_group_id is None else dict(READINESS_GATE)


def quota(size: entry.Size, door: GatewayDoor, implementation: entry.Implementation, waf: Quota) -> Quota:
    """The most that the gateway's namespace may take, ``waf`` (which may be nothing) included."""
    pods = ROLLOUT_FACTOR * size.max_replicas
    ports = 2 if implementation == "nginx" else 1  # NGINX has its health on a port of its own
    return Quota(
        cpu=pods * size.cpu_millis / 1000 + waf.cpu,
        memory_bytes=pods * (size.memory_mib + SIDE_MEMORY_MIB) * 2**20 + waf.memory_bytes,
        pods=pods + waf.pods,
        node_ports=0 if door.node_port is None else ports,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayArgs:
    """Behind which entry, before which services, on which terms."""

    namespace: pulumi.Input[str]
    labels: Labels
    implementation: entry.Implementation
    domain: str
    door: GatewayDoor
    trusted_hops: int
    """So many addresses at the right end of ``X-Forwarded-For`` are the entry's word: of Amazon's balancer 1,
    of Google's 2."""
    entry_addresses: Sequence[pulumi.Input[str]]
    """Networks (CIDR) of the machines that pass on, and the entry's own address where it appends that: what
    NGINX needs beside ``door.front_ends`` to find the client. Envoy counts."""
    services_namespace: str
    """The only namespace whose routes are taken."""
    backends: Mapping[str, int]
    """By web service, the port of its pods."""
    login: entry.Login | None
    size: entry.Size = field(default_factory=entry.Size)
    limits: entry.Limits = field(default_factory=entry.Limits)
    waf: entry.Waf | None = None
    mesh: bool = False
    after: Sequence[pulumi.Resource] = ()
    """What brings the kinds of objects: the gateway's operator, cert-manager, on AWS the load balancers'."""

    def __post_init__(self) -> None:
        """Refuse a gateway without a way to it, and what NGINX cannot do."""
        if (self.door.target_group_id is None) == (self.door.node_port is None):
            msg = "the door has a target group and a port of the machines, or neither: expected exactly one"
            raise ValueError(msg)
        if self.trusted_hops < 1:
            msg = (
                f"trusted_hops is {self.trusted_hops}, expected 1 behind Amazon's balancer, 2 behind "
                "Google's: with none every client would be the entry, and all would share one limit"
            )
            raise ValueError(msg)
        if self.implementation == "nginx" and (self.login or self.waf):
            what = "login" if self.login else "waf"
            msg = (
                f"{what} is set and the gateway is NGINX, which looks at no token and asks no firewall "
                f"without NGINX Plus: expected the implementation envoy, or no {what}"
            )
            raise ValueError(msg)


class Gateway(Part):
    """Certificate, Gateway, its pods' terms, the way from the entry, the openings."""

    service_name: pulumi.Output[str]

    def __init__(self, name: str, args: GatewayArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        Certificates(
            self.named("certificates"),
            CertificatesArgs(
                namespace=args.namespace,
                labels=args.labels,
                dns_names=[args.domain, f"*.{args.domain}"],
                after=args.after,
            ),
            ResourceOptions(parent=self),
        )
        # The pods' terms first: a Gateway that names a proxy which is not there is refused.
        pods = self._pods()
        self._gateway([*args.after, pods])
        if args.door.target_group_id is not None:
            self._binding(args.door.target_group_id)
        NetworkPolicies(
            self.named("openings"),
            NetworkPoliciesArgs(
                namespace=args.namespace, labels=args.labels, ways=ways(self._surroundings())
            ),
            ResourceOptions(parent=self),
        )
        self.service_name = pulumi.Output.from_input(entry.service_name(args.implementation))
        self.finish()

    def _pods(self) -> gateway_envoy.EnvoyGateway | gateway_nginx.NginxGateway:
        args = self._args
        if args.implementation == "nginx":
            return gateway_nginx.NginxGateway(
                self.named("nginx"),
                gateway_nginx.NginxGatewayArgs(
                    namespace=args.namespace,
                    labels=args.labels,
                    size=args.size,
                    limits=args.limits,
                    node_port=args.door.node_port,
                    trusted=[*args.door.front_ends, *args.entry_addresses],
                    health_path=args.door.health_path,
                    after=args.after,
                ),
                ResourceOptions(parent=self),
            )
        return gateway_envoy.EnvoyGateway(
            self.named("envoy"),
            gateway_envoy.EnvoyGatewayArgs(
                namespace=args.namespace,
                labels=args.labels,
                size=args.size,
                limits=args.limits,
                node_port=args.door.node_port,
                trusted_hops=args.trusted_hops,
                health_path=args.door.health_path,
                thrown_away=sorted(args.login.claims) if args.login else [],
                waf=args.waf,
                marks={"app.kubernetes.io/part-of": args.labels.tags.project},
                after=args.after,
            ),
            ResourceOptions(parent=self),
        )

    def _surroundings(self) -> Surroundings:
        args = self._args
        return Surroundings(
            namespace=args.namespace,
            labels=args.labels,
            implementation=args.implementation,
            door=args.door,
            services_namespace=args.services_namespace,
            backends=args.backends,
            login=args.login,
            waf=args.waf,
            mesh=args.mesh,
        )

    def _metadata(self, called: str) -> ObjectMetaArgs:
        return ObjectMetaArgs(
            name=called,
            namespace=self._args.namespace,
            labels=self._args.labels.of("gateway", "gateway"),
        )

    def _gateway(self, before: Sequence[pulumi.Resource]) -> None:
        args = self._args
        custom(
            self.named("gateway"),
            "gateway.networking.k8s.io/v1/Gateway",
            self._metadata(entry.NAME),
            {
                "gatewayClassName": entry.CLASSES[args.implementation],
                "infrastructure": {"parametersRef": _parameters(args.implementation)},
                "listeners": [
                    {
                        "name": entry.LISTENER,
                        "port": GATEWAY_PORT,
                        "protocol": "HTTPS",
                        "tls": {"mode": "Terminate", "certificateRefs": [{"kind": "Secret", "name": SECRET}]},
                        "allowedRoutes": {
                            "kinds": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute"}],
                            "namespaces": {"from": "Selector", "selector": _routes_from(args)},
                        },
                    }
                ],
            },
            ResourceOptions(parent=self, depends_on=before),
        )

    def _binding(self, target_group_id: pulumi.Input[str]) -> None:
        """No rules for the network: the security groups are the entry's."""
        custom(
            self.named("binding"),
            BINDING,
            self._metadata("gateway"),
            {
                "serviceRef": {
                    "name": entry.service_name(self._args.implementation),
                    "port": GATEWAY_PORT,
                },
                "targetGroupARN": target_group_id,
                "targetType": "ip",
            },
            ResourceOptions(parent=self, depends_on=self._args.after),
        )


def _parameters(implementation: entry.Implementation) -> dict[str, str]:
    if implementation == "nginx":
        return {"group": gateway_nginx.GROUP, "kind": "NginxProxy", "name": gateway_nginx.PROXY}
    return {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": gateway_envoy.PROXY}


def _routes_from(args: GatewayArgs) -> dict[str, Any]:
    """The services' namespace; where NGINX answers for its health by a route, its own too."""
    own = [args.namespace] if args.implementation == "nginx" else []
    name = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": [args.services_namespace, *own]}
    return {"matchExpressions": [name]}
