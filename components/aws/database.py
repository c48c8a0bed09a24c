"""PostgreSQL on AWS: an Aurora Serverless v2 cluster that only the Kubernetes cluster can reach.

Its subnets have no way out, its security group lets in one port from one group, and the services
log in by their IAM identity. It stands alone (RDS makes the master's password, keeps it in Secrets
Manager and renews it) or is one of the two clusters of a `components.aws.global_database`, where
AWS refuses that: see `components.aws.master_secret`.

Sources: Aurora user guide, *Limitations for Secrets Manager integration*, *Serverless v2 capacity*,
*Failover priority*, *Using pgAudit*, *Using switchover or failover in Aurora Global Database*; the
pinned SDK's docstrings for defaults.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch, ec2, iam, rds

from components.aws.backup_vault import BACKED_UP
from components.aws.database_alarms import LAG_SECONDS, Watch, lag, watch
from components.aws.door import Door, door
from components.aws.global_database import Follower, Founder, Member
from components.aws.trust import service_trust
from components.base import Part
from components.contracts import Recovery
from components.naming import Naming

__all__ = [
    "BACKUP_WINDOW",
    "DATABASE_NAME",
    "MAINTENANCE_WINDOW",
    "MASTER",
    "PORT",
    "Database",
    "DatabaseArgs",
]

ENGINE: Final = rds.EngineType.AURORA_POSTGRESQL
PORT: Final = 5432
DATABASE_NAME: Final = "trading"
MASTER: Final = "platform"
BACKUP_WINDOW: Final = "21:30-22:30"
"""UTC: New York has closed, Sydney has not opened, in summer and in winter."""
MAINTENANCE_WINDOW: Final = "sat:06:00-sat:07:00"
"""UTC: the day on which no exchange trades."""
AUTO_PAUSE_SECONDS: Final = 3600
"""Idle for so long, a cluster that may go down to nothing does."""
METRICS_SECONDS: Final = 60
INSIGHTS_DAYS: Final = 7
"""As long as query statistics are kept without a charge."""

PROMOTION_SECONDS: Final = 300
"""AWS: "typically, the chosen secondary cluster assumes the primary role within a few minutes"."""
INSTANCE_SECONDS: Final = 900
"""A copy without an instance needs one before it can be promoted. AWS gives no time: assumed."""
RESTORE_SECONDS: Final = 4 * 3600
"""AWS gives no time for a restore: it depends on what is in it. Hours, not minutes: assumed."""
BACKUP_SECONDS: Final = 24 * 3600
"""A backup outside the region is a day old at worst."""

DETACHING: Final = ("globalClusterIdentifier", "replicationSourceIdentifier")
"""Who copies from whom, which a switchover turns round. The provider does not always read them back,
and takes what is missing for a wish to leave: the next deployment would cut the cluster off."""

NOW, AT_REBOOT = "immediate", "pending-reboot"
PARAMETERS: Final = (
    # AWS answers `pending-reboot` for what equals its own default, as this does since version 15:
    # anything else would show as a change in every preview
    ("rds.force_ssl", "1", AT_REBOOT),
    ("shared_preload_libraries", "pg_stat_statements,pgaudit", AT_REBOOT),
    ("log_connections", "1", NOW),
    ("log_disconnections", "1", NOW),
    ("log_statement", "ddl", NOW),
    ("pgaudit.log", "ddl,role", NOW),
    # No `rds.global_db_rpo`: while the other region is further behind than it allows, it stops every
    # commit. With two regions that turns the loss of the copy, or a failover to it, into an outage.
)
"""TLS or nothing; and who came, who went, who changed a table or a right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseArgs:
    """How large, how safe, and for whom."""

    naming: Naming
    account: str
    region: str
    network_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    """The network's database subnets: at least two zones, or AWS refuses the group."""
    client_group_id: pulumi.Input[str]
    """The security group that the cluster's pods carry: the only one that gets in."""
    data_key_arn: pulumi.Input[str]
    secrets_key_arn: pulumi.Input[str]
    log_key_arn: pulumi.Input[str]
    version: str
    """PostgreSQL version, for example 17.5."""
    min_capacity: float
    """Aurora units (about 2 GiB each) when idle; 0 lets the cluster pause."""
    max_capacity: float
    instances: int
    """One writer, the rest readers. A copy may have none, and takes longer to promote."""
    backup_days: int
    log_days: int
    topic_arn: pulumi.Input[str]
    """Who is woken."""
    protect: bool
    member: Member | None = None
    """The cluster's place in a global database; None: it stands alone."""

    def __post_init__(self) -> None:
        """Refuse a cluster that nobody could write to."""
        if self.instances < 1 and not isinstance(self.member, Follower):
            msg = "instances is 0: only a copy in another region can do without, any other needs a writer"
            raise ValueError(msg)

    @property
    def major(self) -> str:
        """The major version: it chooses the parameters' family."""
        return self.version.split(".", maxsplit=1)[0]

    @property
    def identifier(self) -> str:
        """What RDS calls the cluster. It names the region: a global database shows both."""
        return self.naming.of("database", "orders", self.region)


class Database(Part):
    """Cluster, instances, parameters, log, alarms, and who may connect."""

    endpoint: pulumi.Output[str]
    """Of this cluster: of a global database's two, the one in the primary region takes writes."""
    reader_endpoint: pulumi.Output[str]
    port: pulumi.Output[int]
    database_name: pulumi.Output[str]
    resource_id: pulumi.Output[str]
    ca_certificate: pulumi.Output[str]
    cluster_arn: pulumi.Output[str]
    """What a switchover or a failover names as its target."""
    security_group_id: pulumi.Output[str]
    """Who else has to get in adds a rule to it."""
    subnet_group_name: pulumi.Output[str]
    """Where a backup can be restored beside it."""

    def __init__(self, name: str, args: DatabaseArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        group = door(self, self._door())
        subnets = self._subnet_group()
        cluster = self._cluster(group, subnets)
        self.instances = self._instances(cluster)
        """For what has to wait until the database answers."""
        self.identifier = args.identifier
        self._lag = lag(cluster.id, args.member.peer_region) if args.member else None
        self._watch(cluster)
        self.endpoint = cluster.endpoint
        self.reader_endpoint = cluster.reader_endpoint
        self.port = cluster.port
        self.database_name = pulumi.Output.from_input(DATABASE_NAME)  # a copy has the founder's
        self.ca_certificate = pulumi.Output.from_input("")  # in Amazon's bundle for RDS, which images carry
        self.resource_id = cluster.cluster_resource_id
        self.cluster_arn = cluster.arn
        self.security_group_id = group.id
        self.subnet_group_name = subnets.name
        self.finish()

    @property
    def recovery(self) -> Recovery:
        """What it takes to put this cluster in the lost one's place; alone, to restore it elsewhere."""
        if self._lag is None:
            return Recovery(
                part="database",
                promotion=RESTORE_SECONDS,
                lag=BACKUP_SECONDS,
                source="no second region: restored from a daily backup, if one is kept outside the region; "
                "AWS gives no time for a restore, the hours are assumed",
            )
        return Recovery(
            part="database",
            promotion=PROMOTION_SECONDS,
            warm_up=0 if self._args.instances else INSTANCE_SECONDS,
            lag=LAG_SECONDS + self._lag.notices_after,
            source="Aurora user guide, Using switchover or failover in Aurora Global Database (failover "
            "within a few minutes; a copy without an instance needs one first, for which it gives no time); "
            "lag: the alarm on AuroraGlobalDBRPOLag",
        )

    def _cluster(self, group: ec2.SecurityGroup, subnets: rds.SubnetGroup) -> rds.Cluster:
        args, member = self._args, self._args.member
        founder = member if isinstance(member, Founder) else None
        follower = member if isinstance(member, Follower) else None
        return rds.Cluster(
            self.named("cluster"),
            cluster_identifier=args.identifier,
            tags=BACKED_UP,
            global_cluster_identifier=member.global_cluster_id if member else None,
            # Without it AWS does not sign the request for the key that the original is encrypted with.
            source_region=follower.peer_region if follower else None,
            engine=ENGINE,
            engine_version=args.version,
            # By default AWS keeps an outdated version alive, at a price that grows every year.
            engine_lifecycle_support="open-source-rds-extended-support-disabled",
            database_name=None if follower else DATABASE_NAME,
            port=PORT,
            # No `availability_zones`: AWS answers three whatever it is given, and the difference
            # would replace the cluster. The subnet group says enough.
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[group.id],
            db_cluster_parameter_group_name=self._parameters().name,
            storage_encrypted=True,
            kms_key_id=args.data_key_arn,
            # Alone, RDS makes the password, rotates it and shows it to nobody. AWS refuses that in a
            # global database: there the founder takes one that no state keeps in clear, and that its
            # secret's rotation voids within minutes; the follower has the founder's users.
            master_username=None if follower else MASTER,
            manage_master_user_password=None if member else True,
            master_user_secret_kms_key_id=None if member else args.secrets_key_arn,
            master_password_wo=founder.password if founder else None,
            master_password_wo_version=founder.password_version if founder else None,
            iam_database_authentication_enabled=True,
            enabled_cloudwatch_logs_exports=["postgresql"],
            serverlessv2_scaling_configuration=_scaling(args),
            backup_retention_period=args.backup_days,
            preferred_backup_window=BACKUP_WINDOW,
            preferred_maintenance_window=MAINTENANCE_WINDOW,
            apply_immediately=not args.protect,  # where it counts, changes wait for the window
            copy_tags_to_snapshot=True,
            delete_automated_backups=False,  # AWS's default would take the backups with the cluster
            deletion_protection=args.protect,
            skip_final_snapshot=not args.protect,
            final_snapshot_identifier=(
                args.naming.of("database", "orders", args.region, "final") if args.protect else None
            ),
            opts=ResourceOptions(
                parent=self,
                protect=args.protect,
                # A new version is put into the frame, which takes its members with it, the copy first.
                ignore_changes=[*DETACHING, "engineVersion"] if member else None,
                # RDS would make the log group itself: unencrypted, and kept for ever.
                depends_on=[self._log_group(), *(follower.after if follower else ())],
            ),
        )

    def _instances(self, cluster: rds.Cluster) -> list[rds.ClusterInstance]:
        args = self._args
        role, permission = self._monitoring_role()
        return [
            rds.ClusterInstance(
                self.named(f"instance-{index}"),
                identifier=args.naming.of("database", "orders", args.region, str(index)),
                cluster_identifier=cluster.id,
                engine=ENGINE,
                engine_version=cluster.engine_version,
                instance_class="db.serverless",
                # Readers in tiers 0 and 1 stay as large as the writer: the first takes over at full
                # size, the others are as large as their readers make them.
                promotion_tier=index,
                publicly_accessible=False,
                # The settings pin the version; an upgrade of AWS's own choosing would make them
                # untrue, and restart the database on a day that nobody chose.
                auto_minor_version_upgrade=False,
                preferred_maintenance_window=MAINTENANCE_WINDOW,
                apply_immediately=not args.protect,
                performance_insights_enabled=True,
                performance_insights_kms_key_id=args.data_key_arn,  # it shows the text of queries
                performance_insights_retention_period=INSIGHTS_DAYS,
                monitoring_interval=METRICS_SECONDS,
                monitoring_role_arn=role.arn,
                opts=ResourceOptions(parent=self, protect=args.protect, depends_on=[permission]),
            )
            for index in range(args.instances)
        ]

    def _watch(self, cluster: rds.Cluster) -> None:
        args = self._args
        alarms = Watch(
            naming=args.naming,
            topic_arn=args.topic_arn,
            cluster_id=cluster.id,
            min_capacity=args.min_capacity,
            max_capacity=args.max_capacity,
        )
        watch(self, alarms, self._lag)

    def _subnet_group(self) -> rds.SubnetGroup:
        return rds.SubnetGroup(
            self.named("subnets"),
            name=self._args.naming.of("subnet-group", "orders"),
            description="Subnets that no route leads out of",
            subnet_ids=list(self._args.subnet_ids),
            opts=ResourceOptions(parent=self),
        )

    def _door(self) -> Door:
        return Door(
            naming=self._args.naming,
            store="database",
            speaks="PostgreSQL",
            network_id=self._args.network_id,
            client_group_id=self._args.client_group_id,
            port=PORT,
        )

    def _parameters(self) -> rds.ClusterParameterGroup:
        """Named by major version: the next one's group is made while the cluster still uses this one."""
        family = f"{ENGINE.value}{self._args.major}"
        return rds.ClusterParameterGroup(
            self.named("parameters"),
            name=self._args.naming.of("parameter-group", "orders", f"postgres{self._args.major}"),
            family=family,
            description="TLS only; connections, changes of tables and of rights are logged",
            parameters=[
                rds.ClusterParameterGroupParameterArgs(name=name, value=value, apply_method=method)
                for name, value, method in PARAMETERS
            ],
            opts=ResourceOptions(parent=self),
        )

    def _log_group(self) -> cloudwatch.LogGroup:
        return cloudwatch.LogGroup(
            self.named("log"),
            name=f"/aws/rds/cluster/{self._args.identifier}/postgresql",
            retention_in_days=self._args.log_days,
            kms_key_id=self._args.log_key_arn,
            opts=ResourceOptions(parent=self),
        )

    def _monitoring_role(self) -> tuple[iam.Role, iam.RolePolicyAttachment]:
        role = iam.Role(
            self.named("monitoring"),
            name=self._args.naming.of("iam-role", "database-monitoring", self._args.region),
            assume_role_policy=service_trust(
                "monitoring.rds.amazonaws.com",
                account=self._args.account,
                source_arn=f"arn:aws:rds:{self._args.region}:{self._args.account}:db:{self._args.identifier}-*",
            ),
            opts=ResourceOptions(parent=self),
        )
        permission = iam.RolePolicyAttachment(
            self.named("monitoring"),
            role=role.name,
            policy_arn="arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
            opts=ResourceOptions(parent=self),
        )
        return role, permission


def _scaling(args: DatabaseArgs) -> rds.ClusterServerlessv2ScalingConfigurationArgs:
    return rds.ClusterServerlessv2ScalingConfigurationArgs(
        min_capacity=args.min_capacity,
        max_capacity=args.max_capacity,
        # AWS takes this only where the cluster may go down to nothing.
        seconds_until_auto_pause=None if args.min_capacity else AUTO_PAUSE_SECONDS,
    )
