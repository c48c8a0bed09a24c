"""How people reach what is private in one Google region. Google sells no VPN for people's machines.

- *The cluster's API* needs nothing of this part: it has a name that asks IAM who somebody is
  (`components.gcp.cluster`), and through it `kubectl port-forward` reaches any pod.
- *An internal entry, for named groups*: Identity-Aware Proxy asks who somebody is and brings the gateway's
  port on the cluster's machines to theirs, from wherever they are (``gcloud compute start-iap-tunnel
  MACHINE-ADDRESS PORT --network NETWORK --region REGION --dest-group GROUP``). It is known to reach a
  machine's own address; that it reaches a balancer's or a store's endpoint is written nowhere, so nothing
  here builds on it. The gateway's own log-in still asks; the web application firewall is not on this way.
- *An internal entry, for an office*: two tunnels to the company's own gateway (`components.gcp.office`),
  with which colleagues use the entry by its name as anybody would.

Databases are on neither way. A store's private endpoint obeys no firewall rule for what comes in, so the
office does not learn the way to it.

Sources: Google Cloud, *IAP TCP forwarding with an IP address or hostname*, *Overview of TCP forwarding*,
*Conditions for IAP* (``destination.port``), read 2026-11.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import iap

from components.base import Part
from components.gcp.office import Company, Office, OfficeArgs
from components.gcp.ranges import Ranges
from components.naming import Naming

__all__ = ["Access", "AccessArgs"]

ROLE: Final = "roles/iap.tunnelResourceAccessor"
_READABLE: Final = 30
"""Characters of a group that its right is called by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessArgs:
    """Who may come, and to what."""

    naming: Naming
    region: str
    cidr: str
    """The region's range, cut by `components.gcp.ranges`."""
    network_id: pulumi.Input[str]
    groups: Sequence[str]
    """Google groups, by their address; none: nobody comes through the proxy. The network's firewall must
    know the same (`components.gcp.vpc.VpcArgs.people`)."""
    gateway_port: int
    """Where the cluster's machines take what is for the gateway: the one port that the groups reach."""
    office: Company | None
    """None builds no VPN."""
    channels: Sequence[pulumi.Input[str]]


class Access(Part):
    """The door for groups, and the tunnels to the office."""

    group_name: pulumi.Output[str] | None
    """What people call the door by, as ``--dest-group``; None where no group has one."""
    vpn_addresses: pulumi.Output[Sequence[str]] | None
    """Where the office's gateway finds ours: two addresses. None without an office."""

    def __init__(self, name: str, args: AccessArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        if not args.groups and args.office is None:
            msg = (
                "a door that is for nobody was asked for: expected a group, an office or both. "
                'For example access: {groups: ["desk@example.com"]}'
            )
            raise ValueError(msg)
        self._args = args
        self.group_name = self._door() if args.groups else None
        self.vpn_addresses = self._office(args.office) if args.office else None
        self.finish()

    def _door(self) -> pulumi.Output[str]:
        args = self._args
        door = iap.TunnelDestGroup(
            self.named("gateway"),
            group_name=args.naming.of("tunnel-group", "gateway"),
            region=args.region,
            cidrs=[Ranges(args.cidr).machines],
            opts=ResourceOptions(parent=self),
        )
        for group in dict.fromkeys(args.groups):
            iap.TunnelDestGroupIamMember(
                self.named(_label(group)),
                dest_group=door.group_name,
                region=args.region,
                role=ROLE,
                member=f"group:{group}",
                condition=iap.TunnelDestGroupIamMemberConditionArgs(
                    title="gateway",
                    description="The gateway's port and no other",
                    expression=f"destination.port == {args.gateway_port}",
                ),
                opts=ResourceOptions(parent=self),
            )
        return door.group_name

    def _office(self, company: Company) -> pulumi.Output[Sequence[str]]:
        args = self._args
        office = Office(
            self.named("office"),
            OfficeArgs(
                naming=args.naming,
                region=args.region,
                network_id=args.network_id,
                company=company,
                advertised=[Ranges(args.cidr).entry],
                channels=args.channels,
            ),
            ResourceOptions(parent=self),
        )
        return office.addresses


def _label(group: str) -> str:
    """A group in a logical name. What had to be changed for it keeps a digest, so that no two are one."""
    clean = re.sub(r"[^a-z0-9]+", "-", group.lower()).strip("-")[:_READABLE]
    return f"{clean}-{hashlib.sha256(group.encode()).hexdigest()[:7]}"
