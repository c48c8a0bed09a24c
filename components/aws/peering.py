"""The two regions' networks, joined: who deploys from one reaches the cluster of the other.

Each cluster's API is private. A runner, or a person on the VPN, stands in one network, and a deployment
puts objects into both clusters. Only private subnets get a route, and only the API's port is opened:
databases and caches are copied by AWS and need no way between the networks.

Source: Amazon VPC peering guide, *Inter-Region VPC peering* (no group of the other region can be named
in a rule, so the rule names its range).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import ec2, vpc

from components.base import Part

__all__ = ["Peering", "PeeringArgs", "Side"]

HTTPS: Final = 443
LETTERS: Final = "abc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One region's network, and how to reach that region."""

    region: str
    provider: pulumi.ProviderResource
    network_id: pulumi.Input[str]
    cidr: str
    route_table_ids: Sequence[pulumi.Input[str]]
    """Of the private subnets, one a zone."""
    cluster_group_id: pulumi.Input[str]
    """The security group that the cluster's API answers under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeeringArgs:
    """The two networks; their ranges are apart."""

    home: Side
    dr: Side


class Peering(Part):
    """A connection that both sides want, a route a zone and side, and a rule before each API."""

    connection_id: pulumi.Output[str]

    def __init__(self, name: str, args: PeeringArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        home, dr = args.home, args.dr
        asked = ec2.VpcPeeringConnection(
            self.named("asked"),
            vpc_id=home.network_id,
            peer_vpc_id=dr.network_id,
            peer_region=dr.region,
            opts=ResourceOptions(parent=self, provider=home.provider),
        )
        # Another region does not accept by itself, not even within one account.
        accepted = ec2.VpcPeeringConnectionAccepter(
            self.named("accepted"),
            vpc_peering_connection_id=asked.id,
            auto_accept=True,
            opts=ResourceOptions(parent=self, provider=dr.provider),
        )
        self._open(home, dr, accepted, "home")
        self._open(dr, home, accepted, "dr")
        self.connection_id = accepted.vpc_peering_connection_id
        self.finish()

    def _open(self, side: Side, other: Side, accepted: ec2.VpcPeeringConnectionAccepter, place: str) -> None:
        """From this side to the other, and from the other to this side's cluster."""
        for index, table in enumerate(side.route_table_ids):
            ec2.Route(
                self.named(f"{place}-{LETTERS[index]}"),
                route_table_id=table,
                destination_cidr_block=other.cidr,
                vpc_peering_connection_id=accepted.id,
                opts=ResourceOptions(parent=self, provider=side.provider),
            )
        vpc.SecurityGroupIngressRule(
            self.named(f"{place}-api"),
            security_group_id=side.cluster_group_id,
            description="Deployments that come from the other region",
            cidr_ipv4=other.cidr,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            opts=ResourceOptions(parent=self, provider=side.provider),
        )
