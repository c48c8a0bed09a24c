"""Valkey on AWS: an ElastiCache replication group that only the Kubernetes cluster can reach.

One shard: one node is written to, the others are read from and take over. There is no password: each
service has a user of its own, logs in by its IAM identity, and may work on the data and not on the
engine. What holds no time to live is never evicted, because a queue that drops what it holds is no
queue.

The group stands alone or is one half of a `components.aws.global_cache`. AWS then decides version, node
type, parameters and failover for both halves at once, and refuses them on one: the follower does not
say them, and the founder says them once, at its birth. Which half is written to is nobody's input, so
that a switchover changes nothing in a plan.

ElastiCache has no deletion protection of its own: Pulumi's, and the last snapshot, are all there is.

Sources: ElastiCache user guide, *Prerequisites and limitations* and *Using global datastores (CLI)*
(what a follower inherits), *Engine specific parameters* (families), *Role-Based Access Control*,
*Authenticating with IAM*; terraform-provider-aws, issues 38919 (the same id in both regions) and 47644
(what a member does not change by itself); AWS disaster recovery workshop, *ElastiCache - Global
Datastore* (times).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch, elasticache

from components.aws.cache_alarms import LAG_SECONDS, NodeAlarms, watch
from components.aws.database import BACKUP_WINDOW, MAINTENANCE_WINDOW
from components.aws.door import Door, door
from components.aws.global_cache import ENGINE, Follower, Member, family, parameter_group_name
from components.base import Part
from components.contracts import Recovery
from components.naming import Naming

__all__ = ["ACCESS", "PORT", "PROMOTION_SECONDS", "Cache", "CacheArgs"]

PORT: Final = 6379
ACCESS: Final = (
    "on ~* &* -@all +@read +@write +@transaction +@scripting +@pubsub +@connection -@admin -@dangerous"
)
"""All keys and channels, and every command on data. Not ``CONFIG``, ``FLUSHALL``, ``KEYS``, ``MONITOR`` …

The last two come last because order decides: ``FLUSHALL`` is a write as well. ``-@all`` is said because
AWS adds it where it is missing, and the difference would show in every preview.
"""
EVICTION: Final = "volatile-lfu"
"""Full, the cache drops what has a time to live, the least used first. A queue has none and stays: when
nothing is left to drop, writers get an error, which is better than a lost message."""
LOGS: Final = ("slow-log", "engine-log")
PROMOTION_SECONDS: Final = 60
"""AWS: "RTO: 1 minute"."""
CREATION_SECONDS: Final = 1800
"""AWS gives no time for a new group: assumed."""

COPIED: Final = re.compile(r"cache\.[cmr]([5-9]|\d{2,})[a-z]*\.(\d*x)?large")
"""Node types that AWS copies to another region: no burstable ones, no older ones, none below large."""
DECIDED_GLOBALLY: Final = (
    "automaticFailoverEnabled",
    "engine",
    "engineVersion",
    "nodeType",
    "parameterGroupName",
)
"""What `components.aws.global_cache` changes for both halves, and AWS refuses to change on one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheArgs:
    """How large, how safe, and for whom."""

    naming: Naming
    region: str
    network_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    """The network's database subnets."""
    client_group_id: pulumi.Input[str]
    """The security group that the cluster's pods carry: the only one that gets in."""
    data_key_arn: pulumi.Input[str]
    log_key_arn: pulumi.Input[str]
    topic_arn: pulumi.Input[str]
    """Where the alarms go."""
    services: Sequence[str]
    version: str
    """Valkey's major and minor version, for example 8.1. AWS chooses the patch."""
    node_type: str
    """For example cache.m7g.large."""
    replicas: int
    """Nodes besides the one that is written to; with one or more, another zone takes over by itself."""
    snapshot_days: int
    log_days: int
    protect: bool
    member: Member | None = None
    """The group's place in a global datastore; None: it stands alone."""

    def __post_init__(self) -> None:
        """Refuse what AWS refuses, before an hour of `pulumi up` has passed.

        Raises:
            ValueError: half of a global datastore on nodes that AWS does not copy, or without a replica.
        """
        if self.member is None:
            return
        if not COPIED.fullmatch(self.node_type):
            msg = (
                f"cache.node_type {self.node_type} cannot be copied to another region, expected class c, m "
                "or r of generation 5 or later, in size large or more (AWS, global datastores: limitations)\n"
                "  fix: trading-platform:cache: {node_type: cache.m7g.large}"
            )
            raise ValueError(msg)
        if self.replicas < 1:
            msg = (
                f"cache.replicas {self.replicas} leaves nobody to take over in either region, expected 1 or "
                "more where dr_region is set (a follower inherits its primary's failover: two nodes)\n"
                "  fix: trading-platform:cache: {replicas: 1}"
            )
            raise ValueError(msg)

    @property
    def group_id(self) -> str:
        """What ElastiCache calls the group. The same id in both regions would hang the end of either."""
        return self.naming.of("cache", "cache", self.region)


class Cache(Part):
    """Replication group, users, logs, alarms, and who may connect."""

    endpoint: pulumi.Output[str]
    reader_endpoint: pulumi.Output[str]
    port: pulumi.Output[int]
    resource_id: pulumi.Output[str]
    ca_certificate: pulumi.Output[str]
    user_ids: Mapping[str, pulumi.Output[str]]
    user_names: Mapping[str, pulumi.Output[str]]
    group_id: pulumi.Output[str]
    """What the global datastore calls its primary by."""

    def __init__(self, name: str, args: CacheArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        users = {service: self._user(service) for service in args.services}
        group = self._group(self._user_group(users))
        watch(
            self,
            NodeAlarms(
                naming=args.naming,
                topic_arn=args.topic_arn,
                group_id=group.id,
                nodes=1 + args.replicas,
                copied=args.member is not None,
            ),
        )
        self.endpoint = group.primary_endpoint_address
        self.reader_endpoint = group.reader_endpoint_address
        self.port = group.port.apply(lambda port: port or PORT)
        self.resource_id = group.arn
        self.user_ids = {service: user.arn for service, user in users.items()}
        self.ca_certificate = pulumi.Output.from_input("")  # Amazon's own, which every client knows
        self.user_names = {service: user.user_name for service, user in users.items()}
        self.group_id = group.id
        self.finish()

    @property
    def recovery(self) -> Recovery:
        """What it takes to put this group in the lost one's place, warm at once; alone, to make another."""
        if self._args.member is None:
            return Recovery(
                part="cache",
                promotion=CREATION_SECONDS,
                source="no second region: made anew and empty, which loses nothing that cannot be had again; "
                "AWS gives no time for a new group, the half hour is assumed",
            )
        return Recovery(
            part="cache",
            promotion=PROMOTION_SECONDS,
            beside="database",
            lag=LAG_SECONDS,
            source="AWS disaster recovery workshop, ElastiCache - Global Datastore (RTO 1 minute); lag: the "
            "alarm on GlobalDatastoreReplicationLag",
        )

    def _group(self, user_group: elasticache.UserGroup) -> elasticache.ReplicationGroup:
        args = self._args
        follower = args.member if isinstance(args.member, Follower) else None
        own = follower is None  # a follower inherits what it does not say
        several = args.replicas > 0
        return elasticache.ReplicationGroup(
            self.named("group"),
            replication_group_id=args.group_id,
            description="Quotes, sessions, queues: nothing that cannot be had again",
            global_replication_group_id=follower.global_id if follower else None,
            engine=ENGINE if own else None,
            engine_version=args.version if own else None,
            node_type=args.node_type if own else None,
            parameter_group_name=self._parameters().name if own else None,
            at_rest_encryption_enabled=True if own else None,
            transit_encryption_enabled=True if own else None,
            transit_encryption_mode="required" if own else None,
            kms_key_id=args.data_key_arn,  # not inherited: each region has its own
            num_cache_clusters=1 + args.replicas,
            automatic_failover_enabled=several,
            multi_az_enabled=several,
            port=PORT,
            subnet_group_name=self._subnet_group().name,
            security_group_ids=[door(self, self._door()).id],
            user_group_ids=[user_group.user_group_id],
            log_delivery_configurations=[self._log(kind) for kind in LOGS],
            snapshot_retention_limit=args.snapshot_days,
            snapshot_window=BACKUP_WINDOW,
            maintenance_window=MAINTENANCE_WINDOW,
            # The settings pin the version; and half of a global datastore answers false in any case.
            auto_minor_version_upgrade=False,
            apply_immediately=not args.protect,  # where it counts, changes wait for the window
            final_snapshot_identifier=(
                args.naming.of("cache-snapshot", "cache", args.region, "final") if args.protect else None
            ),
            opts=ResourceOptions(parent=self, protect=args.protect, ignore_changes=_ignored(args.member)),
        )

    def _user(self, service: str) -> elasticache.User:
        """Id and name are one: AWS asks it of users without a password."""
        name = self._args.naming.of("cache-user", service)
        return elasticache.User(
            self.named(f"user-{service}"),
            user_id=name,
            user_name=name,
            engine=ENGINE,
            access_string=ACCESS,
            authentication_mode=elasticache.UserAuthenticationModeArgs(type="iam"),
            opts=ResourceOptions(parent=self),
        )

    def _user_group(self, users: Mapping[str, elasticache.User]) -> elasticache.UserGroup:
        """Of Valkey's own kind, which takes nobody in who need not say who he is, `default` included."""
        return elasticache.UserGroup(
            self.named("users"),
            user_group_id=self._args.naming.of("cache-user", "services"),
            engine=ENGINE,
            user_ids=[user.user_id for user in users.values()],
            opts=ResourceOptions(parent=self),
        )

    def _subnet_group(self) -> elasticache.SubnetGroup:
        return elasticache.SubnetGroup(
            self.named("subnets"),
            name=self._args.naming.of("subnet-group", "cache"),
            description="Subnets that no route leads out of",
            subnet_ids=list(self._args.subnet_ids),
            opts=ResourceOptions(parent=self),
        )

    def _door(self) -> Door:
        return Door(
            naming=self._args.naming,
            store="cache",
            speaks="Valkey",
            network_id=self._args.network_id,
            client_group_id=self._args.client_group_id,
            port=PORT,
        )

    def _parameters(self) -> elasticache.ParameterGroup:
        """A global datastore copies these when it is made, and does not look at them again."""
        return elasticache.ParameterGroup(
            self.named("parameters"),
            name=parameter_group_name(self._args.naming, self._args.version),
            family=family(self._args.version),
            description="Only what has a time to live is evicted",
            parameters=[elasticache.ParameterGroupParameterArgs(name="maxmemory-policy", value=EVICTION)],
            opts=ResourceOptions(parent=self),
        )

    def _log(self, kind: str) -> elasticache.ReplicationGroupLogDeliveryConfigurationArgs:
        group = cloudwatch.LogGroup(
            self.named(kind),
            name=f"/aws/elasticache/{self._args.group_id}/{kind}",
            retention_in_days=self._args.log_days,
            kms_key_id=self._args.log_key_arn,
            opts=ResourceOptions(parent=self),
        )
        return elasticache.ReplicationGroupLogDeliveryConfigurationArgs(
            destination=group.name,
            destination_type="cloudwatch-logs",
            log_format="json",
            log_type=kind,
        )


def _ignored(member: Member | None) -> list[str]:
    """What is not this group's to change; all of it is said at birth, and only then."""
    if member is None:
        return []
    if isinstance(member, Follower):
        # A follower that had to be cut loose when the other region was lost holds the only copy: to join
        # it again means to make it anew, which is for people to decide.
        return ["automaticFailoverEnabled", "globalReplicationGroupId"]
    return list(DECIDED_GLOBALLY)
