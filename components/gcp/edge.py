"""One region's half of the way in: the port of its machines, and the address that leads to it.

The balancer (`components.gcp.balancer`) is one for both regions, as Google's are. What it finds in a
region is made here, from the region's own provider.

**Machines, not pods.** Google's way to the pods themselves are endpoint groups, which only the cluster's
own controller can fill, and a plan that has to name what a controller makes later is no plan
(kubernetes/ingress-gce #1497). So the balancer knows the machine groups of the on-demand pool, and the
gateway's Service has the same port on every machine. Each machine passes what comes there on to any of
the region's gateway pods (``externalTrafficPolicy: Cluster``), so the health of a machine says how its
region is. With ``Local`` a machine without such a pod would count as ill, and each machine that joins a
growing pool would bring its region nearer to losing its customers.

Who has to be let in to the port: Google's health checks and front ends, and for an internal entry the
subnets for proxies of both regions, each to the machines of both.

A machine may be in one balanced group alone: no Service of the cluster may be of the type LoadBalancer,
unless GKE makes it of endpoint groups (subsetting).

**Addresses.** A public entry has one for both regions, announced by all of Google's edge: home reserves it,
the other region is handed it. An internal entry has one in each region's network. Customers put either
into their own firewalls, so no swap and no setting but ``open_to`` ever changes one.

Sources: Cloud Load Balancing, *Instance groups and named ports*, *Backend services overview* (an instance
is in one balanced group), *Internal Application Load Balancer overview*.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import compute

from components.base import Part
from components.naming import Naming

__all__ = ["GATEWAY_PORT", "GATEWAY_PORT_NAME", "Edge", "EdgeArgs", "Side", "active_side"]

GATEWAY_PORT: Final = 30443
"""Where every machine takes what is for the gateway, by TLS: a NodePort of the cluster."""
GATEWAY_PORT_NAME: Final = "gateway"
GROUP: Final = re.compile(r"/zones/(?P<zone>[^/]+)/instanceGroups/(?P<name>[^/]+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeArgs:
    """What the balancer finds in the region."""

    naming: Naming
    region: str
    machine_groups: Sequence[pulumi.Input[str]]
    """Of the pool that stays: one a zone, always in the same order, by the address of its instance group."""
    subnet_id: pulumi.Input[str]
    """Where an internal entry has its address: an ordinary subnet, not the one for proxies."""
    public: bool
    """Whether anybody outside may reach the entry."""
    address: pulumi.Input[str] | None
    """A public entry's, which the other region has reserved. None reserves one."""
    protect: bool


class Edge(Part):
    """Ports and address of one region."""

    host_name: pulumi.Output[str]
    """The address: Google's entries have no names of their own."""
    target_group_id: pulumi.Output[str]
    """The port that the gateway's Service must have on every machine."""
    groups: Sequence[pulumi.Output[str]]
    """The machine groups, once their port has its name."""

    def __init__(self, name: str, args: EdgeArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self.subnet_id = args.subnet_id
        self.groups = [self._port(*each) for each in enumerate(args.machine_groups)]
        self.host_name = self._address()
        self.target_group_id = pulumi.Output.from_input(str(GATEWAY_PORT))
        self.finish()

    def _port(self, index: int, group: pulumi.Input[str]) -> pulumi.Output[str]:
        """The group, known when it has the port: a balancer finds nothing in one that has not."""
        url = pulumi.Output.from_input(group)
        named = compute.InstanceGroupNamedPort(
            self.named(f"gateway-{index}"),
            group=url.apply(lambda text: _part(text, "name")),
            zone=url.apply(lambda text: _part(text, "zone")),
            name=GATEWAY_PORT_NAME,
            port=GATEWAY_PORT,
            opts=ResourceOptions(parent=self),
        )
        return pulumi.Output.all(url, named.id).apply(lambda both: str(both[0]))

    def _address(self) -> pulumi.Output[str]:
        args = self._args
        if not args.public:
            return compute.Address(
                self.named("internal"),
                name=args.naming.of("compute", "edge", args.region),
                description=f"The entry from inside, in {args.region}",
                address_type="INTERNAL",
                purpose="GCE_ENDPOINT",
                subnetwork=args.subnet_id,
                opts=ResourceOptions(parent=self, protect=args.protect),
            ).address
        if args.address is not None:
            return pulumi.Output.from_input(args.address)
        return compute.GlobalAddress(
            self.named("public"),
            name=args.naming.of("compute", "edge"),
            description="The entry of both regions",
            address_type="EXTERNAL",
            ip_version="IPV4",
            opts=ResourceOptions(parent=self, protect=args.protect),
        ).address


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A region as the entry sees it."""

    region: str
    edge: Edge
    active: bool
    """Whether the platform works here now."""


def active_side(sides: Sequence[Side]) -> Side:
    """The one that works. Raises ``ValueError`` unless exactly one does."""
    active = [side for side in sides if side.active]
    if len(active) != 1:
        names = ", ".join(side.region for side in sides)
        msg = f"{len(active)} of the regions {names} are active: expected exactly one"
        raise ValueError(msg)
    return active[0]


def _part(url: str, which: str) -> str:
    """Zone or name out of an instance group's address."""
    found = GROUP.search(url)
    if found is None:
        msg = f"no instance group of a zone: {url!r}, expected …/zones/<zone>/instanceGroups/<name>"
        raise ValueError(msg)
    return found[which]
