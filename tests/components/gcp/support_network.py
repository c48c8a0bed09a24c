"""The network of two regions, as its parts make it: once, and each region's part; and who gets through."""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Address, IPv4Network
from typing import Final, cast

import pulumi
from pulumi_gcp import compute

from components.gcp.firewall import Exit
from components.gcp.network import Network, NetworkArgs
from components.gcp.vpc import Vpc, VpcArgs
from plan.resource import Plan, Resource
from tests.components.gcp.kit import CHANNELS, CIDR, ELSEWHERE, NAMING, NUMBER, PROJECT, REGION, deploy
from tests.components.kit import every, said

ELSEWHERES: Final = "10.17.0.0/16"
NETWORKS: Final = {REGION: CIDR, ELSEWHERE: ELSEWHERES}
GATEWAY: Final = 30443
FIX: Final = Exit(name="fix", cidr="203.0.113.0/28", port=4198)
VPC: Final = VpcArgs(
    naming=NAMING,
    project=PROJECT,
    number=NUMBER,
    networks=NETWORKS,
    gateway_port=GATEWAY,
    people=False,
    office=False,
)


def network_args(network_id: pulumi.Input[str]) -> NetworkArgs:
    """Home's part, as prod has it."""
    return NetworkArgs(
        naming=NAMING,
        region=REGION,
        cidr=CIDR,
        network_id=network_id,
        nat_addresses=3,
        flow_logs=True,
        channels=CHANNELS,
        protect=True,
    )


@cache
def vpc(*, people: bool = False, office: bool = False, exits: tuple[Exit, ...] = ()) -> Plan:
    """The network of both regions."""
    args = VpcArgs(
        naming=NAMING,
        project=PROJECT,
        number=NUMBER,
        networks=NETWORKS,
        gateway_port=GATEWAY,
        people=people,
        office=office,
        exits=exits,
    )
    return deploy(lambda opts: Vpc("vpc", args, opts))


@cache
def both() -> Plan:
    """The network and home's part of it, wired as a stack wires them."""

    def program(opts: pulumi.ResourceOptions) -> None:
        network = Vpc("vpc", VPC, opts)
        Network("network", network_args(network.network_id), opts)

    return deploy(program)


def rules(plan: Plan) -> list[Resource]:
    """The firewall's list, in the order in which it is read."""
    return sorted(
        every(plan, compute.NetworkFirewallPolicyRule), key=lambda rule: cast("int", said(rule, "priority"))
    )


def verdict(
    plan: Plan,
    direction: str,
    *,
    source: str,
    to: str,
    port: int = 443,
    protocol: str = "tcp",
    tagged: bool = True,
) -> Resource:
    """The rule that decides about a packet, as Google reads the list: the first one that fits."""
    for rule in rules(plan):
        if said(rule, "direction") != direction or (said(rule, "targetSecureTags") and not tagged):
            continue
        if not _among(source, said(rule, "match", "srcIpRanges")):
            continue
        if not _among(to, said(rule, "match", "destIpRanges")):
            continue
        wanted, ports = (
            said(rule, "match", "layer4Configs", 0, "ipProtocol"),
            said(rule, "match", "layer4Configs", 0, "ports"),
        )
        if wanted == "all" or (wanted == protocol and ports == [str(port)]):
            return rule
    msg = f"no rule is about {direction} {source} -> {to}:{port}"
    raise AssertionError(msg)


def let_in(plan: Plan, source: str, to: str, port: int = 443, *, tagged: bool = True) -> bool:
    """Whether a machine at an address takes a packet."""
    rule = verdict(plan, "INGRESS", source=source, to=to, port=port, tagged=tagged)
    return said(rule, "action") == "allow"


def let_out(plan: Plan, source: str, to: str, port: int = 443, protocol: str = "tcp") -> bool:
    """Whether a machine at an address may send a packet."""
    rule = verdict(plan, "EGRESS", source=source, to=to, port=port, protocol=protocol)
    return said(rule, "action") == "allow"


def at(cidr: str, number: int = 9) -> str:
    """An address of a range."""
    return str(IPv4Network(cidr)[number])


def _among(address: str, ranges: object) -> bool:
    if not ranges:
        return True
    return any(IPv4Address(address) in IPv4Network(str(one)) for one in cast("list[object]", ranges))
