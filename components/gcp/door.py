"""The one door of a data store: an address of our own in the region's subnet, and the store's name for it.

Private Service Connect carries what comes to the address to the store, and nothing back: the store
has no address in the network and starts no connection into it. Who may come to the address is the
firewall's and the namespaces' affair.

The store's certificate is valid for the name that Google gives it, so the name is made to lead to the
address, in a zone that only this network sees. Google would make endpoint and record itself, but only
with a service connection policy, and at an address that nothing here knows.

Sources: Cloud SQL, *Connect to an instance using Private Service Connect*, *Configure DNS in Private
Service Connect* (manual), read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import compute, dns

from components.base import Part
from components.naming import Naming

__all__ = ["Door", "door", "zone"]

TTL_SECONDS: Final = 60
"""The address stays as long as the door does; a restored store gets another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where the door is, and what stands behind it."""

    naming: Naming
    region: str
    store: str
    """What stands behind it, in names: ``orders``."""
    network_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    """The region's own: the address is one of its range."""
    attachment: pulumi.Input[str]
    """The store's service attachment."""
    host: pulumi.Output[str]
    """The name that the store's certificate is valid for."""


def zone(part: Part, args: Door) -> dns.ManagedZone:
    """The zone of the region's stores, such as ``us-central1.sql.goog.``: one in a region and a network.

    Its name is what follows the store's own two labels: Google has had more than one ending.
    """
    return dns.ManagedZone(
        part.named("zone"),
        name=args.naming.of("dns-zone", "sql", args.region),
        description=f"Names of the databases in {args.region}, for this network alone",
        dns_name=args.host.apply(lambda host: f"{host.rstrip('.').split('.', 2)[-1]}."),
        visibility="private",
        private_visibility_config=dns.ManagedZonePrivateVisibilityConfigArgs(
            networks=[
                dns.ManagedZonePrivateVisibilityConfigNetworkArgs(network_url=args.network_id),
            ]
        ),
        opts=ResourceOptions(parent=part),
    )


def door(part: Part, child: str, args: Door, names: dns.ManagedZone) -> dns.RecordSet:
    """Address, the way behind it, and the name. Who needs the store waits for the name."""
    address = compute.Address(
        part.named(f"{child}-address"),
        name=args.naming.of("compute", args.store, args.region),
        address_type="INTERNAL",
        subnetwork=args.subnet_id,
        opts=ResourceOptions(parent=part),
    )
    way = compute.ForwardingRule(
        part.named(f"{child}-endpoint"),
        name=args.naming.of("compute", args.store, args.region),
        network=args.network_id,
        ip_address=address.self_link,
        target=args.attachment,
        load_balancing_scheme="",  # said, because the SDK's default is a balancer's
        # After a failover people and jobs of one region reach the store of the other.
        allow_psc_global_access=True,
        no_automate_dns_zone=True,  # the name is made here
        opts=ResourceOptions(parent=part),
    )
    return dns.RecordSet(
        part.named(f"{child}-name"),
        managed_zone=names.name,
        name=args.host.apply(lambda host: f"{host.rstrip('.')}."),
        type="A",
        ttl=TTL_SECONDS,
        rrdatas=[address.address],
        opts=ResourceOptions(parent=part, depends_on=[way]),
    )
