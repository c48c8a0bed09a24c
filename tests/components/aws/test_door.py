"""What the door of a data store promises: one way in, for one group, and no way out."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, vpc

from components.aws.door import Door, door
from components.base import Part
from components.naming import Naming
from plan.resource import Plan
from tests.components.aws.kit import deploy
from tests.components.kit import every, said, sources, the


@dataclass(frozen=True)
class Args:
    port: int


class Store(Part):
    def __init__(self, name: str, args: Args, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        door(
            self,
            Door(
                naming=Naming("dev"),
                store="ledger",
                speaks="Words",
                network_id="vpc-1",
                client_group_id="sg-pods",
                port=args.port,
            ),
        )
        self.finish()


def stored() -> Plan:
    return deploy(lambda opts: Store("store", Args(4711), opts))


def test_one_group_comes_in_by_one_port() -> None:
    plan = stored()
    rule = the(plan, vpc.SecurityGroupIngressRule)
    assert sources(plan, rule, "securityGroupId") == {"store-security-group"}
    assert said(rule, "referencedSecurityGroupId") == "sg-pods"
    assert (said(rule, "fromPort"), said(rule, "toPort"), said(rule, "ipProtocol")) == (4711, 4711, "tcp")
    assert said(rule, "cidrIpv4") is None, "a group, not an address"


def test_nothing_goes_out() -> None:
    plan = stored()
    assert not every(plan, vpc.SecurityGroupEgressRule)
    group = the(plan, ec2.SecurityGroup)
    assert said(group, "egress") is None
    assert said(group, "ingress") is None, "rules stand alone, one resource each"


def test_the_group_says_where_and_for_what_it_is() -> None:
    group = the(stored(), ec2.SecurityGroup)
    assert said(group, "name") == "trading-dev-ledger"
    assert said(group, "vpcId") == "vpc-1"
    assert str(said(group, "description")).startswith("Words")
