"""Valkey on Google Cloud: a Memorystore instance that only our network reaches, through its own endpoints.

One shard, cluster mode off, so that a client which knows one host fits: Google gives an endpoint to write
to and one to read from, both addresses in our subnet. There is no password: whoever connects shows a
token of IAM, and TLS is the only way in. All services are one user to the engine; which of them may be it
is IAM's to say (``roles/memorystore.dbConnectionUser``, on this instance). What holds no time to live is
never evicted, because a queue that drops what it holds is no queue.

The instance stands alone, or is one half of two that copy each other: the *founder* is born as the
primary, the *follower* as its secondary. Which half is written to is nobody's input after that, so that a
switchover changes nothing in a plan. Nor is the follower's size: Google scales it with the primary.

Nodes are always spread over zones, a lone one too: the spread cannot be changed later, and a first replica
would otherwise replace the cache.

What a node loses, its replica has. The hourly snapshot is for the hour in which all nodes are gone; a
journal of every write would slow each of them, for data that can be had again.

Sources, read 2026-11: Memorystore for Valkey, *About cross-region replication*, *High availability and
replicas*, *Supported versions*; the API's own description (``google.cloud.memorystore.v1``: what is
immutable, what connections there are); the pinned SDK's docstrings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import memorystore
from pulumi_gcp.memorystore import outputs

from components.base import Part
from components.contracts import Recovery
from components.gcp.cache_alarms import ACROSS_SECONDS, CacheAlarms, watch
from components.naming import Naming
from config.size_checks import GOOGLE_CACHE_VERSIONS

__all__ = [
    "PORT",
    "PROMOTION_SECONDS",
    "Cache",
    "CacheArgs",
    "Connection",
    "Follower",
    "Founder",
    "Member",
    "connection",
]

PORT: Final = 6379
EVICTION: Final = "volatile-lfu"
"""Full, the cache drops what has a time to live, the least used first. A queue has none and stays: when
nothing is left to drop, writers get an error, which is better than a lost message."""
DAY: Final = 24 * 3600
BACKUP_HOUR: Final = 21
MAINTENANCE_DAY, MAINTENANCE_HOUR = "SATURDAY", 6
"""In UTC, as on the other clouds: after the last close, and on a day without trading."""
ONE_USER: Final = "default"
"""Whose token it is, IAM knows; the engine has one user for all."""
PROMOTION_SECONDS: Final = 180
CREATION_SECONDS: Final = 1800
"""Google gives no time for either: both are assumed."""
WRITER, READER = "CONNECTION_TYPE_PRIMARY", "CONNECTION_TYPE_READER"


@dataclass(frozen=True, slots=True)
class Founder:
    """The place of the instance that is born as the primary, before there is anything to join."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """The place of the instance that is born as its secondary."""

    primary_id: pulumi.Input[str]
    """`Cache.resource_id` of the founder."""


Member: TypeAlias = Founder | Follower


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheArgs:
    """How large, how safe, and where it can be reached."""

    naming: Naming
    project: str
    region: str
    network_id: pulumi.Input[str]
    """The network in which Google makes the endpoints: ``projects/…/global/networks/…``."""
    after: Sequence[pulumi.Resource]
    """The region's service connection policy for ``gcp-memorystore``: without it there are no endpoints."""
    data_key: pulumi.Input[str]
    """In the instance's own region; also what its backups are encrypted with."""
    channels: Sequence[pulumi.Input[str]]
    services: Sequence[str]
    """Who logs in."""
    version: str
    """Valkey's version, for example 8.0. Google chooses the patch."""
    node_type: str
    """For example STANDARD_SMALL. The same in both halves."""
    replicas: int
    """Nodes besides the one that is written to; with one or more, another zone takes over by itself."""
    snapshot_days: int
    protect: bool
    member: Member | None = None
    """The instance's place among two that copy each other; None: it stands alone."""

    def __post_init__(self) -> None:
        """Refuse what Google refuses, before a quarter of an hour of `pulumi up` has passed.

        Raises:
            ValueError: a version that Memorystore does not have.
        """
        if self.version not in GOOGLE_CACHE_VERSIONS:
            msg = (
                f"cache.version {self.version} is none of Memorystore's, expected "
                f"{', '.join(GOOGLE_CACHE_VERSIONS)}\n"
                "  fix: trading-platform:cache: {version: '8.0'}"
            )
            raise ValueError(msg)

    @property
    def instance_id(self) -> str:
        """What Memorystore calls the instance. It tells the region, as alarms tell instances by it."""
        return self.naming.of("memorystore", "cache", self.region)


class Cache(Part):
    """The instance, its endpoints and its alarms."""

    endpoint: pulumi.Output[str]
    reader_endpoint: pulumi.Output[str]
    port: pulumi.Output[int]
    resource_id: pulumi.Output[str]
    user_ids: Mapping[str, pulumi.Output[str]]
    user_names: Mapping[str, pulumi.Output[str]]
    ca_certificate: pulumi.Output[str]
    """PEM: who signs the instance's certificate. Each instance has an authority of its own, which no client
    knows by itself."""

    def __init__(self, name: str, args: CacheArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        instance = self._instance()
        watch(
            self,
            CacheAlarms(
                naming=args.naming,
                channels=args.channels,
                instance_id=instance.instance_id,
                replicated=args.replicas > 0,
                copied=args.member is not None,
            ),
        )
        self.endpoint = instance.endpoints.apply(lambda found: connection(found, WRITER).address)
        self.reader_endpoint = instance.endpoints.apply(lambda found: connection(found, READER).address)
        self.port = instance.endpoints.apply(lambda found: connection(found, WRITER).port)
        self.resource_id = instance.id
        self.user_ids = {}  # to the engine all services are one user
        self.user_names = {service: pulumi.Output.from_input(ONE_USER) for service in args.services}
        self.ca_certificate = instance.managed_server_cas.apply(_certificates)
        self.finish()

    @property
    def recovery(self) -> Recovery:
        """What it takes to put this one in the lost one's place, warm at once; alone, to make another."""
        if self._args.member is None:
            return Recovery(
                part="cache",
                promotion=CREATION_SECONDS,
                source="no second region: made anew and empty, which loses nothing that cannot be had again; "
                "Google gives no time for a new instance, the half hour is assumed",
            )
        return Recovery(
            part="cache",
            promotion=PROMOTION_SECONDS,
            beside="database",
            lag=ACROSS_SECONDS,
            source="Google gives no figure for either: three minutes for the detachment are assumed; lag: "
            "the alarm on the distance between regions, which counts bytes, and a minute that is assumed",
        )

    def _instance(self) -> memorystore.Instance:
        args = self._args
        return memorystore.Instance(
            self.named("instance"),
            instance_id=args.instance_id,
            location=args.region,
            mode="CLUSTER_DISABLED",
            shard_count=1,
            replica_count=args.replicas,
            node_type=args.node_type,
            engine_version=f"VALKEY_{args.version.replace('.', '_')}",
            engine_configs={"maxmemory-policy": EVICTION},
            authorization_mode="IAM_AUTH",
            transit_encryption_mode="SERVER_AUTHENTICATION",
            server_ca_mode="GOOGLE_MANAGED_PER_INSTANCE_CA",
            kms_key=args.data_key,
            zone_distribution_config=memorystore.InstanceZoneDistributionConfigArgs(mode="MULTI_ZONE"),
            desired_auto_created_endpoints=[
                memorystore.InstanceDesiredAutoCreatedEndpointArgs(
                    network=args.network_id, project_id=args.project
                )
            ],
            cross_instance_replication_config=_joins(args.member),
            persistence_config=_persistence(args),
            automated_backup_config=_backups(args.snapshot_days),
            maintenance_policy=_maintenance(),
            deletion_protection_enabled=args.protect,
            opts=ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=list(args.after),
                ignore_changes=_ignored(args.member),
            ),
        )


@dataclass(frozen=True, slots=True)
class Connection:
    """An endpoint in our subnet."""

    address: str
    port: int


def connection(found: Sequence[outputs.InstanceEndpoint], kind: str) -> Connection:
    """The endpoint of that kind; where Google makes none for readers, they read where the writers write.

    Raises:
        LookupError: there is not even one to write to.
    """
    by_kind = {
        auto.connection_type: Connection(auto.ip_address, auto.port or PORT)
        for endpoint in found
        for one in endpoint.connections or ()
        if (auto := one.psc_auto_connection) and auto.ip_address
    }
    if WRITER not in by_kind:
        msg = (
            "Memorystore has made no endpoint to write to, expected one in the network\n"
            "  fix: see that the region's service connection policy for gcp-memorystore is there, and that "
            "its subnet has free addresses"
        )
        raise LookupError(msg)
    return by_kind.get(kind, by_kind[WRITER])


def _certificates(found: Sequence[outputs.InstanceManagedServerCa]) -> str:
    return "\n".join(
        text for authority in found for one in authority.ca_certs or () for text in one.certificates or ()
    )


def _joins(member: Member | None) -> memorystore.InstanceCrossInstanceReplicationConfigArgs | None:
    """Said by the follower alone: Google tells the founder that it has become a primary."""
    if not isinstance(member, Follower):
        return None
    return memorystore.InstanceCrossInstanceReplicationConfigArgs(
        instance_role="SECONDARY",
        primary_instance=memorystore.InstanceCrossInstanceReplicationConfigPrimaryInstanceArgs(
            instance=member.primary_id
        ),
    )


def _ignored(member: Member | None) -> list[str]:
    """What is not this instance's to change: who leads, and on the follower what it takes from the leader.

    A follower that had to be cut loose when the other region was lost holds the only copy. To join it
    again means to empty it, which is for people to decide.
    """
    if member is None:
        return []
    return ["crossInstanceReplicationConfig", *(["nodeType"] if isinstance(member, Follower) else [])]


def _persistence(args: CacheArgs) -> memorystore.InstancePersistenceConfigArgs:
    if not args.protect:
        return memorystore.InstancePersistenceConfigArgs(mode="DISABLED")
    return memorystore.InstancePersistenceConfigArgs(
        mode="RDB",
        rdb_config=memorystore.InstancePersistenceConfigRdbConfigArgs(rdb_snapshot_period="ONE_HOUR"),
    )


def _backups(days: int) -> memorystore.InstanceAutomatedBackupConfigArgs | None:
    if not days:
        return None
    start = memorystore.InstanceAutomatedBackupConfigFixedFrequencyScheduleStartTimeArgs(hours=BACKUP_HOUR)
    return memorystore.InstanceAutomatedBackupConfigArgs(
        fixed_frequency_schedule=memorystore.InstanceAutomatedBackupConfigFixedFrequencyScheduleArgs(
            start_time=start
        ),
        retention=f"{days * DAY}s",
    )


def _maintenance() -> memorystore.InstanceMaintenancePolicyArgs:
    start = memorystore.InstanceMaintenancePolicyWeeklyMaintenanceWindowStartTimeArgs(
        hours=MAINTENANCE_HOUR, minutes=0, seconds=0, nanos=0
    )
    return memorystore.InstanceMaintenancePolicyArgs(
        weekly_maintenance_windows=[
            memorystore.InstanceMaintenancePolicyWeeklyMaintenanceWindowArgs(
                day=MAINTENANCE_DAY, start_time=start
            )
        ]
    )
