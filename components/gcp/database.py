"""PostgreSQL on Google Cloud: an instance of Cloud SQL that only this network can reach.

It has no address of its own, neither public nor in the network: an endpoint in the region's subnet
leads to it (`components.gcp.door`). Services log in by their identity, with a token that lives an hour;
no password is made, and none is kept. It stands alone or is one of the two instances of a pair
(`components.gcp.database_members`).

With two instances a standby in another zone takes over; it serves nobody before. Each further one is a
node of a read pool: one name for all readers, however many.

Sources: Cloud SQL for PostgreSQL, *High availability*, *Read pools*, *IAM authentication*, *Use advanced
disaster recovery*, *Customer-managed encryption keys*; the pinned SDK's docstrings for defaults.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import dns, sql

from components.base import Part
from components.contracts import Recovery
from components.gcp.database_alarms import LAG_SECONDS, VISIBLE_SECONDS, Watch, lag, watch, watch_readers
from components.gcp.database_members import SWAPPED, Follower, Member
from components.gcp.database_settings import Machine, Own, disk_limit, settings
from components.gcp.door import Door, door, zone
from components.naming import Naming
from components.tagging import Tags

__all__ = ["DATABASE_NAME", "PORT", "RESTORED", "Database", "DatabaseArgs"]

PORT: Final = 5432
DATABASE_NAME: Final = "trading"
STANDBY: Final = 2
"""With so many instances, one takes over; what is more than these reads."""
GROWN: Final = "settings.diskSize"
"""The disk grows by itself. What it has grown to is no wish to shrink, which would replace the instance."""

PLUS_EXAMPLE: Final = "db-perf-optimized-N-4"

PROMOTION_SECONDS: Final = 300
"""Google: "immediately", and no figure. Assumed, with what the operation may take in minutes."""
RESTORED: Final = Recovery(
    part="database",
    promotion=4 * 3600,
    lag=24 * 3600,
    source="no second region: restored from a daily backup that is kept outside the region; Google gives "
    "no time for a restore, the hours are assumed",
)
"""What the loss of the region costs where there is no copy. It takes a key that is not lost with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseArgs:
    """How large, how safe, and for whom."""

    naming: Naming
    tags: Tags
    project: str
    """The only one from whose networks an endpoint may lead here."""
    region: str
    network_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    """Where the endpoints' addresses are taken from."""
    key: pulumi.Input[str]
    """The key of the data, in the instance's own region: it, its backups and its log are under it."""
    version: str
    """PostgreSQL version. Of 17 and of 17.7 the first part: the rest is Google's choice."""
    machine: str
    """For example db-perf-optimized-N-4 (Enterprise Plus) or db-custom-2-7680 (Enterprise)."""
    disk_gib: int
    """The disk at first. Later changes do nothing but move the limit that it grows to."""
    instances: int
    """One; a standby that takes over; the rest readers."""
    backup_days: int
    """Daily backups, and in Enterprise Plus point-in-time recovery, reach so far back. In Enterprise the
    latter reaches seven days at most."""
    backup_location: str | None
    """Where backups are kept: another region, or ``us``, ``eu``. None: near the instance. A backup is under
    the instance's key, and cannot be opened while that key's region is away."""
    users: Mapping[str, pulumi.Input[str]]
    """By service: its account's address without ``.gserviceaccount.com``. A copy has the founder's."""
    admins: Sequence[str] = ()
    """Addresses of groups whose people give rights and make tables. A copy has the founder's."""
    channels: Sequence[pulumi.Input[str]]
    """Who is woken."""
    protect: bool
    member: Member | None = None
    """The instance's place in a pair; None: it stands alone."""

    def __post_init__(self) -> None:
        """Refuse what Google would refuse after half an hour, or what could not take over."""
        machine = Machine(self.machine)
        if self.instances < 1:
            msg = "instances is 0: an instance of Cloud SQL is its data, there is no copy without one"
            raise ValueError(msg)
        if isinstance(self.member, Follower) and self.instances > STANDBY:
            msg = f"instances is {self.instances}: a copy has one or {STANDBY}, readers are the founder's"
            raise ValueError(msg)
        if not machine.plus and self.member:
            msg = f"machine is {self.machine!r}, expected one of Enterprise Plus for a pair: {PLUS_EXAMPLE}"
            raise ValueError(msg)
        if not machine.plus and self.instances > STANDBY:
            msg = f"machine is {self.machine!r}, expected one of Enterprise Plus for readers: {PLUS_EXAMPLE}"
            raise ValueError(msg)

    @property
    def readers(self) -> int:
        """Nodes of the read pool."""
        return max(0, self.instances - STANDBY)

    @property
    def engine(self) -> str:
        """The version as Google writes it: ``POSTGRES_17``."""
        return f"POSTGRES_{self.version.split('.', maxsplit=1)[0]}"


class Database(Part):
    """Instance, readers, endpoints, users, alarms."""

    endpoint: pulumi.Output[str]
    """Of this instance: of a pair's two, the one that is primary takes writes."""
    reader_endpoint: pulumi.Output[str]
    """Of the readers; where there is none, of the instance."""
    port: pulumi.Output[int]
    database_name: pulumi.Output[str]
    ca_certificate: pulumi.Output[str]
    resource_id: pulumi.Output[str]
    """``projects/…/instances/…``, of the type ``sqladmin.googleapis.com/Instance``."""
    instance_name: pulumi.Output[str]
    """What a switchover or a failover names as its target, and a follower as its original."""
    agent_email: pulumi.Output[str]
    """Who the instance itself is, to write an export somewhere."""

    def __init__(self, name: str, args: DatabaseArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        instance = self._instance()
        names = zone(self, self._door("orders", instance))
        self.endpoint = self._through("database", "orders", instance, names)
        pool = self._pool(instance) if args.readers else None
        self.reader_endpoint = (
            self._through("readers", "readers", pool, names) if pool is not None else self.endpoint
        )
        if not isinstance(args.member, Follower):
            self._contents(instance)
        alarms = self._alarms(instance)
        self._lag = lag(alarms) if args.member else None
        watch(self, alarms, self._lag)
        if pool is not None:
            watch_readers(self, self._alarms(pool))
        self.port = pulumi.Output.from_input(PORT)
        self.database_name = pulumi.Output.from_input(DATABASE_NAME)  # a copy has the founder's
        self.resource_id = pulumi.Output.concat("projects/", args.project, "/instances/", instance.name)
        # the provider takes all that it reads of TLS for a secret; whom to trust is none
        self.ca_certificate = pulumi.Output.unsecret(instance.server_ca_certs).apply(
            lambda found: "\n".join(one.cert for one in found if one.cert)
        )
        self.instance_name = instance.name
        self.agent_email = instance.service_account_email_address
        self.finish()

    @property
    def recovery(self) -> Recovery:
        """What it takes to put this instance in the lost one's place; alone, to restore it elsewhere."""
        if self._lag is None:
            return RESTORED
        return Recovery(
            part="database",
            promotion=PROMOTION_SECONDS,
            lag=LAG_SECONDS + self._lag.notices_after + VISIBLE_SECONDS,
            source="Cloud SQL, Use advanced disaster recovery (a replica failover is immediate; Google gives "
            "no figure, the minutes are assumed: a drill tells the true ones); lag: the alarm on "
            "replication/replica_lag, which sees a sample after 165 s at worst",
        )

    def _instance(self) -> sql.DatabaseInstance:
        args, member = self._args, self._args.member
        follower = member if isinstance(member, Follower) else None
        return sql.DatabaseInstance(
            self.named("instance"),
            name=args.naming.once("sql-instance", "orders", args.region),
            database_version=args.engine,
            # A new version takes the copy along, and the copy's own is not asked for twice.
            include_replicas_for_major_version_upgrade=None if follower else True,
            instance_type="READ_REPLICA_INSTANCE" if follower else "CLOUD_SQL_INSTANCE",
            master_instance_name=follower.original if follower else None,
            # No `replication_cluster`: see `components.gcp.database_members`.
            encryption_key_name=args.key,
            settings=settings(
                Machine(args.machine),
                tags=args.tags,
                project=args.project,
                availability="REGIONAL" if args.instances >= STANDBY else "ZONAL",
                limit_gib=disk_limit(args.disk_gib),
                protect=args.protect,
                own=None if follower else self._own(),
            ),
            deletion_protection=args.protect,
            opts=ResourceOptions(
                parent=self,
                protect=args.protect,
                ignore_changes=[
                    GROWN,
                    *(SWAPPED if member else ()),
                    *(("databaseVersion",) if follower else ()),
                ],
            ),
        )

    def _own(self) -> Own:
        return Own(
            disk_gib=self._args.disk_gib,
            backup_days=self._args.backup_days,
            backup_location=self._args.backup_location,
        )

    def _pool(self, instance: sql.DatabaseInstance) -> sql.DatabaseInstance:
        """Replaced at will: it holds nothing that is not in the instance."""
        args = self._args
        return sql.DatabaseInstance(
            self.named("readers"),
            name=args.naming.once("sql-instance", "readers", args.region),
            database_version=args.engine,
            instance_type="READ_POOL_INSTANCE",
            node_count=args.readers,
            master_instance_name=instance.name,
            encryption_key_name=args.key,
            settings=settings(
                Machine(args.machine),
                tags=args.tags,
                project=args.project,
                availability=None,
                limit_gib=disk_limit(args.disk_gib),
                protect=args.protect,
                own=None,
            ),
            deletion_protection=args.protect,
            opts=ResourceOptions(
                parent=self,
                protect=args.protect,
                ignore_changes=[GROWN, *(SWAPPED if args.member else ()), "databaseVersion"],
            ),
        )

    def _contents(self, instance: sql.DatabaseInstance) -> None:
        """The database, and who may log in: once, by whoever is born as the original.

        After a swap of roles this instance is a copy, which takes no new users; those that it has are left
        alone, and what is not said here any more is left to lie: PostgreSQL lets nobody go who owns
        something, and without its identity nobody comes in.
        """
        sql.Database(
            self.named("trading"),
            name=DATABASE_NAME,
            instance=instance.name,
            deletion_policy="ABANDON",
            opts=ResourceOptions(parent=self, protect=self._args.protect),
        )
        for service, user in self._args.users.items():
            sql.User(
                self.named(f"user-{service}"),
                name=user,
                instance=instance.name,
                type="CLOUD_IAM_SERVICE_ACCOUNT",
                deletion_policy="ABANDON",
                opts=ResourceOptions(parent=self),
            )
        for group in self._args.admins:
            sql.User(
                self.named(f"admin-{group.partition('@')[0]}"),
                name=group,
                instance=instance.name,
                type="CLOUD_IAM_GROUP",
                database_roles=["cloudsqlsuperuser"],
                deletion_policy="ABANDON",
                opts=ResourceOptions(parent=self),
            )

    def _door(self, store: str, instance: sql.DatabaseInstance) -> Door:
        return Door(
            naming=self._args.naming,
            region=self._args.region,
            store=store,
            network_id=self._args.network_id,
            subnet_id=self._args.subnet_id,
            attachment=instance.psc_service_attachment_link,
            host=instance.dns_name,
        )

    def _through(
        self, child: str, store: str, instance: sql.DatabaseInstance, names: dns.ManagedZone
    ) -> pulumi.Output[str]:
        """The name that leads to the instance. Whoever is told it waits until it does."""
        record = door(self, child, self._door(store, instance), names)
        return record.name.apply(lambda host: host.rstrip("."))

    def _alarms(self, instance: sql.DatabaseInstance) -> Watch:
        args = self._args
        return Watch(
            naming=args.naming,
            channels=tuple(args.channels),
            database_id=pulumi.Output.concat(args.project, ":", instance.name),
            disk_limit_gib=disk_limit(args.disk_gib),
            max_connections=Machine(args.machine).connections,
        )
