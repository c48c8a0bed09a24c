"""What rings about the nodes of a cache: load, memory, evictions, and copies that lag behind.

AWS measures each node by itself and names it after its group and a number, so there is one alarm a node.
Numbers stay when roles change: which node is written to is nobody's input here, and neither is which
region is.

Source: ElastiCache user guide, *Metrics for Valkey and Redis OSS*, *Which metrics should I monitor*.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import pulumi

from components.aws.alarm import Metric, alarm
from components.base import Part
from components.naming import Naming

__all__ = ["GLOBAL_LAG", "LAG_SECONDS", "NodeAlarms", "watch"]

NAMESPACE: Final = "AWS/ElastiCache"


@dataclass(frozen=True, slots=True)
class _Watched:
    """A metric of a node, and what to tell the person whom it wakes."""

    child: str
    metric: Metric
    description: str


LOAD: Final = (
    _Watched(
        "cpu",
        # AWS names 90; a little before, there is time to act
        Metric(namespace=NAMESPACE, name="EngineCPUUtilization", dimensions={}, above=80, periods=5),
        "The cache's engine works at more than 80 % of one core, which is all it has. Look for slow commands "
        "in its slow-log; more replicas help readers, a larger cache.node_type helps writers.",
    ),
    _Watched(
        "memory",
        Metric(namespace=NAMESPACE, name="DatabaseMemoryUsagePercentage", dimensions={}, above=80, periods=5),
        "The cache's memory is more than 80 % full. At 100 % it drops what has a time to live, and when "
        "nothing such is left, writers get errors. Look for a queue that nobody empties; then take a larger "
        "cache.node_type.",
    ),
    _Watched(
        "evictions",
        Metric(namespace=NAMESPACE, name="Evictions", dimensions={}, statistic="Sum", above=0, seconds=300),
        "The cache is full and drops entries that have a time to live. Nothing is lost yet: what was dropped "
        "is read from its source again, which is slower. A larger cache.node_type ends it.",
    ),
)

REPLICA_LAG: Final = _Watched(
    "replica-lag",
    # the node that is written to says nothing of itself
    Metric(
        namespace=NAMESPACE, name="ReplicationLag", dimensions={}, above=5, periods=3, silence="notBreaching"
    ),
    "A replica of the cache is more than 5 s behind: readers see old quotes, and a takeover would lose as "
    "much. Look at the load of the node that is written to, and at its network.",
)

_TOLERATED: Final = 10
GLOBAL_LAG: Final = Metric(
    namespace=NAMESPACE,
    name="GlobalDatastoreReplicationLag",
    dimensions={},
    above=_TOLERATED,
    periods=2,
    # in a global datastore one node speaks: the first of the region that follows
    silence="notBreaching",
)
LAG_SECONDS: Final = _TOLERATED + GLOBAL_LAG.notices_after
"""How much the other region may lack before anybody hears of it: the budget of `Cache.recovery` is this."""

ACROSS: Final = _Watched(
    "global-lag",
    GLOBAL_LAG,
    f"The cache's copy in the other region is more than {_TOLERATED} s behind: a switchover would lose as "
    "much. Look at the write load, and at AWS's health page for both regions, before you switch over.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAlarms:
    """Which nodes are watched, and who hears."""

    naming: Naming
    topic_arn: pulumi.Input[str]
    group_id: pulumi.Output[str]
    nodes: int
    copied: bool
    """Whether the group is one of two that copy each other: either may follow, after a switchover."""


def watch(part: Part, args: NodeAlarms) -> None:
    """The part's alarms, for each node."""
    for node in range(1, args.nodes + 1):
        dimensions = {"CacheClusterId": pulumi.Output.concat(args.group_id, f"-{node:03d}")}
        for watched in _watched(args):
            alarm(
                part,
                f"{watched.child}-{node}",
                replace(watched.metric, dimensions=dimensions),
                naming=args.naming,
                topic_arn=args.topic_arn,
                description=watched.description,
            )


def _watched(args: NodeAlarms) -> Iterator[_Watched]:
    yield from LOAD
    if args.nodes > 1:
        yield REPLICA_LAG
    if args.copied:
        yield ACROSS
