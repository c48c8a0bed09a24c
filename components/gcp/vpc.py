"""The one network of both regions: Google's networks are global, so it is made once, with home.

No subnet comes by itself, and of the routes that Google would make, only one is made again: to the
internet, which NAT and the private way to Google's own services need. It has the best priority there is:
a company network that offered itself as the way to everywhere would not be taken up on it.

Names of Google's services resolve to four addresses that are reached without leaving Google's network
(private.googleapis.com), so that a pod's policy can name them, and nothing of it is paid as NAT's traffic.
Not to restricted.googleapis.com: that is the door of VPC Service Controls, which belong to an organisation.

Every question to DNS is logged: who looks for a name that nobody should look for is found there first.

Settings and reasons: ``docs/architecture.md``; Google Cloud, *VPC networks*, *Routes* (a static route wins
over a learned one of the same priority), *Configure Private Google Access*, *DNS server policies*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import compute, dns

from components.base import Part
from components.gcp.firewall import Exit, Firewall, FirewallArgs
from components.naming import Naming

__all__ = ["GOOGLE_ADDRESSES", "GOOGLE_RANGE", "PRIVATE_DOMAINS", "Vpc", "VpcArgs"]

PRIVATE_DOMAINS: Final = ("gcr.io", "googleapis.com", "pkg.dev")
"""Whose names resolve to `GOOGLE_ADDRESSES`: the APIs, and where images are."""
GOOGLE_RANGE: Final = "199.36.153.8/30"
"""private.googleapis.com. Announced to nobody on the internet: reachable from inside alone."""
GOOGLE_ADDRESSES: Final = ("199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11")
BEST: Final = 0
TTL_SECONDS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcArgs:
    """Whose network, and who may talk in it."""

    naming: Naming
    project: str
    number: str
    """The project's number, which its agents' addresses are made of."""
    networks: Mapping[str, str]
    """By region, its range; home first."""
    gateway_port: int
    """Where the cluster's machines take what the entry lets in (`components.gcp.edge.GATEWAY_PORT`)."""
    people: bool
    """Whether `components.gcp.access` lets named people to the gateway."""
    office: bool
    """Whether the company's own network asks names here: it is given an address in each subnet to ask."""
    exits: Sequence[Exit] = ()
    """Ports on the internet beside HTTPS."""


class Vpc(Part):
    """Network, its one route, its firewall, and how names are found in it."""

    network_id: pulumi.Output[str]
    """``projects/…/global/networks/…``; known when there is a way out."""
    network_name: pulumi.Output[str]
    machine_tags: pulumi.Output[Mapping[str, str]]
    """What makes a machine one of the cluster's to the firewall: tag value by tag key."""

    def __init__(self, name: str, args: VpcArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._network = compute.Network(
            self.named("network"),
            name=args.naming.of("network"),
            auto_create_subnetworks=False,
            delete_default_routes_on_create=True,
            routing_mode="GLOBAL",
            network_firewall_policy_enforcement_order="BEFORE_CLASSIC_FIREWALL",
            opts=ResourceOptions(parent=self),
        )
        route = compute.Route(
            self.named("internet"),
            name=args.naming.of("compute", "internet"),
            network=self._network.id,
            dest_range="0.0.0.0/0",
            next_hop_gateway="default-internet-gateway",
            priority=BEST,
            opts=ResourceOptions(parent=self),
        )
        self._names()
        firewall = Firewall(
            self.named("firewall"),
            FirewallArgs(
                naming=args.naming,
                project=args.project,
                number=args.number,
                network_id=self._network.id,
                network_name=self._network.name,
                networks=args.networks,
                gateway_port=args.gateway_port,
                people=args.people,
                exits=args.exits,
            ),
            ResourceOptions(parent=self),
        )
        self.network_id = pulumi.Output.all(self._network.id, route.dest_range).apply(lambda known: known[0])
        self.network_name = self._network.name
        self.machine_tags = firewall.machine_tags
        self.finish()

    def _names(self) -> None:
        args = self._args
        dns.Policy(
            self.named("names"),
            name=args.naming.of("dns-zone", "names"),
            description="Every question is logged",
            enable_logging=True,
            enable_inbound_forwarding=args.office,
            networks=[dns.PolicyNetworkArgs(network_url=self._network.id)],
            opts=ResourceOptions(parent=self),
        )
        for domain in PRIVATE_DOMAINS:
            self._private_domain(domain)

    def _private_domain(self, domain: str) -> None:
        """The domain itself and all names under it: the same four addresses."""
        label = domain.replace(".", "-")
        zone = dns.ManagedZone(
            self.named(label),
            name=self._args.naming.of("dns-zone", label),
            description=f"{domain}, without leaving Google's network",
            dns_name=f"{domain}.",
            visibility="private",
            private_visibility_config=dns.ManagedZonePrivateVisibilityConfigArgs(
                networks=[dns.ManagedZonePrivateVisibilityConfigNetworkArgs(network_url=self._network.id)]
            ),
            opts=ResourceOptions(parent=self),
        )
        for child, name in ((label, domain), (f"{label}-all", f"*.{domain}")):
            dns.RecordSet(
                self.named(child),
                managed_zone=zone.name,
                name=f"{name}.",
                type="A",
                ttl=TTL_SECONDS,
                rrdatas=list(GOOGLE_ADDRESSES),
                opts=ResourceOptions(parent=self),
            )
