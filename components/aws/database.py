"""PostgreSQL on AWS: an Aurora Serverless v2 cluster that only the Kubernetes cluster can reach.

Its subnets have no way out, its security group lets in one port from one group, and no password of
it is in the program, a setting or a state: RDS makes the master's and keeps it in Secrets Manager,
the services log in by their IAM identity.

Sources: Aurora user guide, *Limitations for Secrets Manager integration*, *Serverless v2 capacity*,
*Failover priority*, *Using pgAudit*; the pinned SDK's docstrings for defaults.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch, ec2, iam, rds, vpc

from components.aws.trust import service_trust
from components.base import Part
from components.naming import Naming

__all__ = ["BACKUP_WINDOW", "DATABASE_NAME", "MAINTENANCE_WINDOW", "PORT", "Database", "DatabaseArgs"]

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
    """One writer, the rest readers."""
    backup_days: int
    log_days: int
    protect: bool

    @property
    def major(self) -> str:
        """The major version: it chooses the parameters' family."""
        return self.version.split(".", maxsplit=1)[0]

    @property
    def identifier(self) -> str:
        """What RDS calls the cluster."""
        return self.naming.of("database", "orders")


class Database(Part):
    """Cluster, instances, parameters, log, and who may connect."""

    endpoint: pulumi.Output[str]
    reader_endpoint: pulumi.Output[str]
    port: pulumi.Output[int]
    database_name: pulumi.Output[str]
    resource_id: pulumi.Output[str]

    def __init__(self, name: str, args: DatabaseArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        cluster = self._cluster()
        self._instances(cluster)
        self.endpoint = cluster.endpoint
        self.reader_endpoint = cluster.reader_endpoint
        self.port = cluster.port
        self.database_name = cluster.database_name
        self.resource_id = cluster.cluster_resource_id
        self.finish()

    def _cluster(self) -> rds.Cluster:
        args = self._args
        return rds.Cluster(
            self.named("cluster"),
            cluster_identifier=args.identifier,
            engine=ENGINE,
            engine_version=args.version,
            # By default AWS keeps an outdated version alive, at a price that grows every year.
            engine_lifecycle_support="open-source-rds-extended-support-disabled",
            database_name=DATABASE_NAME,
            port=PORT,
            # No `availability_zones`: AWS answers three whatever it is given, and the difference
            # would replace the cluster. The subnet group says enough.
            db_subnet_group_name=self._subnet_group().name,
            vpc_security_group_ids=[self._security_group().id],
            db_cluster_parameter_group_name=self._parameters().name,
            storage_encrypted=True,
            kms_key_id=args.data_key_arn,
            # RDS makes the password, rotates it and shows it to nobody. AWS refuses that in a global
            # database: the primary of one takes `master_password_wo` and
            # `master_password_wo_version` here instead (write-only: no state holds it), from a secret
            # that is replicated to its other region, and its secondary takes no password at all.
            master_username=MASTER,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=args.secrets_key_arn,
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
            final_snapshot_identifier=args.naming.of("database", "orders", "final") if args.protect else None,
            # RDS would make the log group itself: unencrypted, and kept for ever.
            opts=ResourceOptions(parent=self, protect=args.protect, depends_on=[self._log_group()]),
        )

    def _instances(self, cluster: rds.Cluster) -> None:
        args = self._args
        role, permission = self._monitoring_role()
        for index in range(args.instances):
            rds.ClusterInstance(
                self.named(f"instance-{index}"),
                identifier=args.naming.of("database", "orders", str(index)),
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

    def _subnet_group(self) -> rds.SubnetGroup:
        return rds.SubnetGroup(
            self.named("subnets"),
            name=self._args.naming.of("subnet-group", "orders"),
            description="Subnets that no route leads out of",
            subnet_ids=list(self._args.subnet_ids),
            opts=ResourceOptions(parent=self),
        )

    def _security_group(self) -> ec2.SecurityGroup:
        """No rule lets anything out: a database answers, it does not call."""
        group = ec2.SecurityGroup(
            self.named("security-group"),
            name=self._args.naming.of("security-group", "database"),
            description="PostgreSQL from the cluster's pods",
            vpc_id=self._args.network_id,
            opts=ResourceOptions(parent=self),
        )
        vpc.SecurityGroupIngressRule(
            self.named("from-cluster"),
            security_group_id=group.id,
            referenced_security_group_id=self._args.client_group_id,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            opts=ResourceOptions(parent=self),
        )
        return group

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
