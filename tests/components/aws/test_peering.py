"""What a peering promises: a way from each network to the other's API, and to nothing else."""

from __future__ import annotations

from functools import cache

import pulumi
from pulumi_aws import ec2, vpc

from components.aws.peering import Peering, PeeringArgs, Side
from components.providers import aws_provider
from plan.record import record_program
from plan.resource import Plan
from tests.components.aws.kit import ACCOUNT
from tests.components.kit import every, said, sources, the

HOME, DR = ("us-east-1", "10.1.0.0/16", 3), ("us-west-2", "10.2.0.0/16", 2)


def side(place: tuple[str, str, int]) -> Side:
    region, cidr, zones = place
    return Side(
        region=region,
        provider=aws_provider(region, account=ACCOUNT, region=region),
        network_id=f"vpc-{region}",
        cidr=cidr,
        route_table_ids=[f"rtb-{region}-{zone}" for zone in range(zones)],
        cluster_group_id=f"sg-{region}",
    )


@cache
def joined() -> Plan:
    return record_program(lambda: Peering("peering", PeeringArgs(home=side(HOME), dr=side(DR))), mode="up")


def where(name: str, kind: type[pulumi.Resource]) -> str:
    plan = joined()
    return str(said(plan[the(plan, kind, name).provider], "region"))


def test_one_region_asks_and_the_other_accepts() -> None:
    assert where("peering-asked", ec2.VpcPeeringConnection) == HOME[0]
    assert where("peering-accepted", ec2.VpcPeeringConnectionAccepter) == DR[0]
    asked = the(joined(), ec2.VpcPeeringConnection)
    assert (said(asked, "vpcId"), said(asked, "peerVpcId")) == ("vpc-us-east-1", "vpc-us-west-2")
    assert said(asked, "peerRegion") == DR[0]
    assert not said(asked, "autoAccept"), "AWS refuses it across regions"


def test_each_private_table_leads_to_the_other_network_once_both_sides_agreed() -> None:
    plan = joined()
    ways = {
        (said(route, "routeTableId"), said(route, "destinationCidrBlock")) for route in every(plan, ec2.Route)
    }
    assert ways == {(f"rtb-us-east-1-{zone}", DR[1]) for zone in range(3)} | {
        (f"rtb-us-west-2-{zone}", HOME[1]) for zone in range(2)
    }
    for route in every(plan, ec2.Route):
        assert sources(plan, route, "vpcPeeringConnectionId") == {"peering-accepted"}
        assert where(route.name, ec2.Route) in str(said(route, "routeTableId"))


def test_the_api_and_nothing_else_is_open_to_the_other_network() -> None:
    rules = every(joined(), vpc.SecurityGroupIngressRule)
    assert {(said(rule, "securityGroupId"), said(rule, "cidrIpv4")) for rule in rules} == {
        ("sg-us-east-1", DR[1]),
        ("sg-us-west-2", HOME[1]),
    }
    assert {(said(rule, "fromPort"), said(rule, "toPort"), said(rule, "ipProtocol")) for rule in rules} == {
        (443, 443, "tcp")
    }
    for rule in rules:
        assert where(rule.name, vpc.SecurityGroupIngressRule) in str(said(rule, "securityGroupId"))
