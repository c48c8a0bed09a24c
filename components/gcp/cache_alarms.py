"""What rings about a cache on Google Cloud: load, memory, evictions, silence, and copies that lag behind.

Google measures an instance as a whole, with the worst of its nodes in one number, so there is one alarm a
metric and none a node. A node that is lost shows as a copy that falls behind; an instance that is lost
says nothing at all, and that rings as well.

How far a copy is behind, Google says in bytes. Half of what a primary keeps for its copies is where an
alarm rings: beyond the whole, a copy starts again from nothing. A metric is seen up to five minutes after
it was taken, which no alarm can mend.

Sources, read 2026-11: Memorystore for Valkey, *Supported monitoring metrics* and *Troubleshoot issues*
(64 MB up to the larger nodes); Google Cloud metrics, ``redis.googleapis.com/cluster/…``, whose words
Valkey's metrics follow (delay; the distance between regions is published by the primary instance).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pulumi

from components.base import Part
from components.gcp.alarm import Metric, Severity, alarm
from components.naming import Naming

__all__ = ["ACROSS_SECONDS", "CacheAlarms", "watch"]

PREFIX: Final = "memorystore.googleapis.com/instance"
RESOURCE: Final = "memorystore.googleapis.com/Instance"
BEHIND_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Watched:
    """A metric of an instance, and what to tell the person whom it wakes."""

    child: str
    metric: Metric
    description: str
    severity: Severity = "ERROR"


LOAD: Final = (
    _Watched(
        "cpu",
        Metric(
            type=f"{PREFIX}/cpu/maximum_utilization",
            resource=RESOURCE,
            labels={},
            above=0.8,
            periods=5,
            silence="active",
        ),
        "A node of the cache uses more than 80 % of its processor; or the cache says nothing any more, and "
        "is gone. Look first whether it is there (`gcloud memorystore instances describe`). Then look for "
        "slow commands; more replicas help readers, a larger cache.node_type helps writers.",
        "CRITICAL",
    ),
    _Watched(
        "memory",
        Metric(
            type=f"{PREFIX}/memory/maximum_utilization", resource=RESOURCE, labels={}, above=0.8, periods=5
        ),
        "The cache's memory is more than 80 % full. At 100 % it drops what has a time to live, and when "
        "nothing such is left, writers get errors. Look for a queue that nobody empties; then take a larger "
        "cache.node_type.",
    ),
    _Watched(
        "evictions",
        Metric(
            type=f"{PREFIX}/stats/total_evicted_keys_count",
            resource=RESOURCE,
            labels={},
            above=0,
            aligner="ALIGN_DELTA",
            seconds=300,
        ),
        "The cache is full and drops entries that have a time to live. Nothing is lost yet: what was dropped "
        "is read from its source again, which is slower. A larger cache.node_type ends it.",
        "WARNING",
    ),
)

REPLICA_BEHIND: Final = _Watched(
    "replica-behind",
    Metric(
        type=f"{PREFIX}/replication/maximum_offset_diff",
        resource=RESOURCE,
        labels={},
        above=BEHIND_BYTES,
        periods=3,
    ),
    f"A replica of the cache is more than {BEHIND_BYTES // 2**20} MiB behind, or gone: readers see old "
    "quotes, and a takeover would lose as much. Look at the write load, and at Google's health page.",
)

_BETWEEN: Final = Metric(
    type=f"{PREFIX}/cross_instance_replication/secondary_maximum_replication_offset_diff",
    resource=RESOURCE,
    labels={},
    above=BEHIND_BYTES,
    periods=2,
    # only the instance that is written to speaks
    silence="inactive",
    listed=False,  # named as Redis Cluster's of the same meaning; Google's list has no page for Valkey's
)
ACROSS: Final = _Watched(
    "across-behind",
    _BETWEEN,
    f"The cache's copy in the other region is more than {BEHIND_BYTES // 2**20} MiB behind: to promote it "
    "now would lose as much. Look at the write load, and at Google's health page for both regions, before "
    "you switch over.",
)

_ASSUMED: Final = 60
ACROSS_SECONDS: Final = _ASSUMED + _BETWEEN.notices_after
"""How much the other region may lack, as `Cache.recovery` counts it. Google counts bytes and gives no time:
a minute is assumed for what is on its way, and the alarm's own time is added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheAlarms:
    """Which instance is watched, and who hears."""

    naming: Naming
    channels: Sequence[pulumi.Input[str]]
    instance_id: pulumi.Input[str]
    replicated: bool
    """Whether it has replicas of its own."""
    copied: bool
    """Whether it is one of two that copy each other: either may follow, after a switchover."""


def watch(part: Part, args: CacheAlarms) -> None:
    """The part's alarms."""
    for watched in _watched(args):
        alarm(
            part,
            watched.child,
            replace(watched.metric, labels={"resource.labels.instance_id": args.instance_id}),
            naming=args.naming,
            channels=args.channels,
            description=watched.description,
            severity=watched.severity,
        )


def _watched(args: CacheAlarms) -> Iterator[_Watched]:
    yield from LOAD
    if args.replicated:
        yield REPLICA_BEHIND
    if args.copied:
        yield ACROSS
