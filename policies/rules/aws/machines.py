"""Machines on AWS, and what gives them an address in the internet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["SUBNET"]

SUBNET: Final = "aws:ec2/subnet:Subnet"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
FLEET: Final = "aws:ec2/spotFleetRequest:SpotFleetRequest"
FLAG: Final = "associatePublicIpAddress"
LISTS: Final = {TEMPLATE: "networkInterfaces", FLEET: "launchSpecifications"}
"""Where a type has one flag for each of several things."""
TIER: Final = "tier"
BALANCERS: Final = "kubernetes.io/role/elb"
"""The tag by which Kubernetes finds the subnets for load balancers that face the internet."""


@policy(
    id="aws-ec2-no-public-ip",
    title="Instances have no public IP",
    violation="associatePublicIpAddress true on a machine, or on what machines are made from; "
    "mapPublicIpOnLaunch true on a subnet that no tag (tier: public, kubernetes.io/role/elb) calls public",
    severity="high",
    category="security",
    reads={
        "aws:ec2/instance:Instance": (FLAG,),
        "aws:ec2/spotInstanceRequest:SpotInstanceRequest": (FLAG,),
        "aws:ec2/launchConfiguration:LaunchConfiguration": (FLAG,),
        TEMPLATE: (f"networkInterfaces[*].{FLAG}",),
        FLEET: (f"launchSpecifications[*].{FLAG}",),
        SUBNET: ("mapPublicIpOnLaunch", "tags[*]"),
    },
    fix=Fix(
        "auto", "Take the address away; what must be reached stands behind a load balancer.", f"{FLAG}=False"
    ),
    enforcement="AMM",
    soc2=("CC6.6",),
    cis=(),
)
def ec2_no_public_ip(subject: Subject) -> Iterator[Judgement]:
    """A machine with an address of its own is reached by everybody whom one security group forgets.

    A machine that says nothing follows its subnet; a subnet that says nothing gives out no address.
    """
    if subject.type == SUBNET:
        tags = subject.at("tags")
        public = tags.key(TIER).equals("public") | tags.key(BALANCERS).test(lambda value: str(value) == "1")
        if public == Truth.YES:
            yield not_applicable("it is a public subnet")
            return
        flag = subject.at("mapPublicIpOnLaunch")
        message = "whatever starts in the subnet gets a public address"
        yield fail_if(flag.is_true & ~public, flag, message, mend=[flag.becomes(value=False)])
        return
    listed = LISTS.get(subject.type)
    for holder in subject.at(listed).items() if listed else [subject.root]:
        flag = holder.key(FLAG)
        # A launch template takes the word, the others the value.
        off = "false" if flag.text else False
        yield fail_if(flag.is_true, flag, "it gets a public address", mend=[flag.becomes(off)])
