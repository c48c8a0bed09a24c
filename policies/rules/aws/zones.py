"""What answers on AWS stands in more than one zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["GROUP"]

GROUP: Final = "aws:autoscaling/group:Group"
NODES: Final = "aws:eks/nodeGroup:NodeGroup"
BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
CACHE: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
PLACES: Final = {
    GROUP: ("vpcZoneIdentifiers", "availabilityZones"),
    NODES: ("subnetIds",),
    BALANCER: ("subnets", "subnetMappings"),
}
"""Where each says in which subnets or zones it stands."""
BEHIND: Final = ("targetGroupArns", "loadBalancers")
LEAST: Final = 2


@policy(
    id="aws-asg-multi-az",
    title="Compute spans at least two zones",
    violation="fewer than two subnets or zones; healthCheckType not ELB on a group behind a load balancer; a "
    "cache without automaticFailoverEnabled, or with neither multiAzEnabled nor two preferred zones",
    severity="medium",
    category="reliability",
    reads={
        GROUP: (
            "vpcZoneIdentifiers[*]",
            "availabilityZones[*]",
            "healthCheckType",
            *(f"{path}[*]" for path in BEHIND),
        ),
        NODES: ("subnetIds[*]",),
        BALANCER: ("subnets[*]", "subnetMappings[*].subnetId"),
        CACHE: ("automaticFailoverEnabled", "multiAzEnabled", "preferredCacheClusterAzs[*]"),
    },
    fix=Fix(
        "none",
        "Give it a subnet in each zone, and let it notice what has stopped to answer.",
        "vpc_zone_identifiers=[subnet.id for subnet in private_subnets], health_check_type='ELB'",
    ),
    enforcement="DAM",
    soc2=("A1.2",),
    cis=(),
)
def asg_multi_az(subject: Subject) -> Iterator[Judgement]:
    """A zone fails now and then; what stands in one alone is gone with it.

    A group replaces a machine that stopped by default, but not one that runs and no longer answers. A cache
    has neither failover nor a second zone by default.
    """
    if subject.type == CACHE:
        failover, zones = subject.at("automaticFailoverEnabled"), subject.at("multiAzEnabled")
        spread = zones.is_true | _several(subject.at("preferredCacheClusterAzs"))
        yield fail_if(~failover.is_true, failover, "no replica takes over from a cache that fails")
        yield fail_if(~spread, zones, "the cache's replicas may stand in one zone")
        return
    spread = Truth.NO
    for path in PLACES[subject.type]:
        spread |= _several(subject.at(path))
    first = subject.at(PLACES[subject.type][0])
    yield fail_if(~spread, first, "it stands in fewer than two zones")
    if subject.type == GROUP:
        behind = Truth.NO
        for path in BEHIND:
            behind |= ~subject.at(path).is_empty
        check = subject.at("healthCheckType")
        blind = ~check.equals("ELB")
        yield fail_if(
            blind & behind, check, "a machine that the load balancer cannot reach is kept in service"
        )


def _several(places: Node) -> Truth:
    """Whether a list names two different places. Two that nobody knows yet may be one."""
    named = [item if item.value.__class__ is not dict else item.key("subnetId") for item in places.items()]
    if len({node.text for node in named if node.text}) >= LEAST:
        return Truth.YES
    unclear = len(named) >= LEAST and any(not node.text for node in named)
    return Truth.UNKNOWN if places.is_open or unclear else Truth.NO
