"""One cache in two regions: ElastiCache copies what is written, typically in under a second.

The *founder* is the group that is born as the primary, the *follower* the one that joins it. A
switchover makes the other one the primary, in AWS and in no plan: nothing here says which of the two is
written to now, and a plan that took the new primary for a change of ours would tear both down.

Version, node type, parameters and failover are decided here, for both halves at once: AWS refuses to
change them on one. It copies the parameters for each half and keeps the copies, so another value of a
parameter reaches them only with another major version, or by hand.

Tearing down takes the follower first, then the bond, then the founder. AWS lets go of a primary only
last of all: after a switchover, switch back before you destroy.

Sources: ElastiCache user guide, *Replication across AWS Regions using global datastores*, *Prerequisites
and limitations*; the pinned SDK's docstrings; terraform-provider-aws, issue 46121 (a switchover would
replace) and pull request 42636 (versions are managed here).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import elasticache

from components.base import Part
from components.naming import Naming

__all__ = [
    "ENGINE",
    "Follower",
    "Founder",
    "GlobalCache",
    "GlobalCacheArgs",
    "Member",
    "family",
    "parameter_group_name",
]

ENGINE: Final = "valkey"


def family(version: str) -> str:
    """What AWS calls the parameters of that version, for example valkey8."""
    return f"{ENGINE}{version.split('.', maxsplit=1)[0]}"


def parameter_group_name(naming: Naming, version: str) -> str:
    """The parameters' physical name. By major version: the next one's are made beside those in use."""
    return naming.of("parameter-group", "cache", family(version))


@dataclass(frozen=True, slots=True)
class Founder:
    """The place of the group that is born as the primary, before there is anything to join."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """The place of the group that joins: it inherits engine, version, node type, parameters and TLS."""

    global_id: pulumi.Input[str]


Member: TypeAlias = Founder | Follower


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalCacheArgs:
    """What both groups have in common."""

    naming: Naming
    founder_id: pulumi.Input[str]
    """`Cache.group_id` of the founder."""
    version: str
    """Valkey's version in both regions, for example 8.1. A new one is put in at once and without regard to
    the maintenance window: raise it on a day without trading."""
    node_type: str
    protect: bool


class GlobalCache(Part):
    """The bond alone: each region's `components.aws.cache.Cache` is its own part."""

    global_id: pulumi.Output[str]
    """What the follower joins."""

    def __init__(self, name: str, args: GlobalCacheArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        datastore = elasticache.GlobalReplicationGroup(
            self.named("datastore"),
            global_replication_group_id_suffix=args.naming.of("cache", "cache"),
            global_replication_group_description="The cache in two regions",
            primary_replication_group_id=args.founder_id,
            engine=ENGINE,
            engine_version=args.version,
            cache_node_type=args.node_type,
            # Another major version asks for them. The founder has them, so they stand before this.
            parameter_group_name=parameter_group_name(args.naming, args.version),
            automatic_failover_enabled=True,
            opts=ResourceOptions(
                parent=self, protect=args.protect, ignore_changes=["primaryReplicationGroupId"]
            ),
        )
        self.global_id = datastore.global_replication_group_id
        self.finish()
