"""The one door of a data store: the pods of the cluster come in by one port, and nothing goes out.

A store answers, it does not call; so its security group has one rule, which names a group and no address.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import ec2, vpc

from components.base import Part
from components.naming import Naming

__all__ = ["Door", "door"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where the door is, and for whom."""

    naming: Naming
    store: str
    """What stands behind it, in the group's name: ``database``."""
    speaks: str
    """What comes through, in the group's description: ``PostgreSQL``. EC2 takes no apostrophe there."""
    network_id: pulumi.Input[str]
    client_group_id: pulumi.Input[str]
    """The security group that the cluster's pods carry."""
    port: int


def door(part: Part, args: Door) -> ec2.SecurityGroup:
    """The store's security group with its rule. Who else has to come in adds a rule of its own to it."""
    group = ec2.SecurityGroup(
        part.named("security-group"),
        name=args.naming.of("security-group", args.store),
        description=f"{args.speaks} from the pods of the cluster",
        vpc_id=args.network_id,
        opts=ResourceOptions(parent=part),
    )
    vpc.SecurityGroupIngressRule(
        part.named("from-cluster"),
        security_group_id=group.id,
        referenced_security_group_id=args.client_group_id,
        ip_protocol="tcp",
        from_port=args.port,
        to_port=args.port,
        opts=ResourceOptions(parent=part),
    )
    return group
