"""One AWS region: the rooms in the order in which they need each other."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from components.aws.budget import Budget, BudgetArgs
from components.aws.cluster import Cluster, ClusterArgs
from components.aws.database import Database, DatabaseArgs
from components.aws.identity import Identity, IdentityArgs
from components.aws.keys import Keys, KeysArgs
from components.aws.network import Network, NetworkArgs
from components.aws.storage import Storage, StorageArgs
from components.aws.zones import zone_ids
from components.base import Part
from components.naming import Naming
from components.providers import aws_provider, kubernetes_provider
from components.tagging import Tags
from config.clouds import Aws
from config.settings import Settings
from stacks.cloud import WorkloadNames

__all__ = ["AwsRegion", "AwsRegionArgs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsRegionArgs:
    """The environment's wishes, the account and region, and who will live there."""

    settings: Settings
    cloud: Aws
    tags: Tags
    workloads: WorkloadNames


class AwsRegion(Part):
    """The platform's cloud in one region; satisfies `stacks.cloud.CloudRegion`."""

    region: str
    network_cidr: str

    def __init__(self, name: str, args: AwsRegionArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        settings, cloud, tags, workloads = args.settings, args.cloud, args.tags, args.workloads
        naming = Naming(settings.environment)
        cluster_name = naming.of("eks-cluster")
        provider = aws_provider(
            self.named("provider"),
            account=cloud.account,
            region=cloud.region,
            opts=ResourceOptions(parent=self),
        )
        inside = ResourceOptions(parent=self, provider=provider)
        if cloud.dr_region:
            pulumi.log.warn(
                f"cloud.dr_region {cloud.dr_region} is checked, and keys are made for it, but this version "
                "builds no replica there: the loss of the region is not survived yet"
            )
        self.region = cloud.region
        self.network_cidr = settings.network.cidr

        self.keys = Keys(
            self.named("keys"),
            KeysArgs(
                naming=naming,
                account=cloud.account,
                region=cloud.region,
                rotation_days=settings.keys.rotation_days,
                deletion_days=settings.keys.deletion_days,
                multi_region=cloud.dr_region is not None,
                protect=settings.protect,
            ),
            inside,
        )
        self.network = Network(
            self.named("network"),
            NetworkArgs(
                naming=naming,
                region=cloud.region,
                zones=zone_ids(cloud.region, settings.network.zones),
                cidr=settings.network.cidr,
                nat_per_zone=settings.network.nat == "per-zone",
                flow_logs=settings.network.flow_logs,
                flow_log_days=settings.cluster.log_retention_days,
                log_key_arn=self.keys.logs,
                interface_endpoints=settings.network.interface_endpoints,
                cluster_name=cluster_name,
            ),
            inside,
        )
        self.storage = Storage(
            self.named("storage"),
            StorageArgs(
                naming=naming,
                account=cloud.account,
                region=cloud.region,
                data_key_arn=self.keys.data,
                log_key_arn=self.keys.logs,
                noncurrent_days=settings.storage.noncurrent_days,
                audit_days=settings.storage.audit_days,
                protect=settings.protect,
            ),
            inside,
        )
        self.cluster = Cluster(
            self.named("cluster"),
            ClusterArgs(
                naming=naming,
                tags=tags,
                account=cloud.account,
                region=cloud.region,
                cluster_name=cluster_name,
                version=settings.cluster.version,
                subnet_ids=self.network.private_subnet_ids,
                public_access_cidrs=settings.cluster.public_access_cidrs,
                admin_roles=cloud.admin_roles,
                secrets_key_arn=self.keys.secrets,
                log_key_arn=self.keys.logs,
                log_days=settings.cluster.log_retention_days,
                on_demand=settings.cluster.on_demand,
                spot=settings.cluster.spot,
                zonal_shift=settings.network.zones > 2,  # noqa: PLR2004 - of two zones, one that is left is too few
                protect=settings.protect,
            ),
            inside,
        )
        self.database = Database(
            self.named("database"),
            DatabaseArgs(
                naming=naming,
                account=cloud.account,
                region=cloud.region,
                network_id=self.network.network_id,
                subnet_ids=self.network.database_subnet_ids,
                client_group_id=self.cluster.client_group_id,
                version=settings.database.version,
                min_capacity=settings.database.min_capacity,
                max_capacity=settings.database.max_capacity,
                instances=settings.database.instances,
                backup_days=settings.database.backup_days,
                data_key_arn=self.keys.data,
                secrets_key_arn=self.keys.secrets,
                log_key_arn=self.keys.logs,
                log_days=settings.cluster.log_retention_days,
                protect=settings.protect,
            ),
            inside,
        )
        self.identity = Identity(
            self.named("identity"),
            IdentityArgs(
                naming=naming,
                account=cloud.account,
                region=cloud.region,
                cluster_name=self.cluster.cluster_name,
                namespace=workloads.namespace,
                services=workloads.services,
                database_resource_id=self.database.resource_id,
                data_bucket_arn=self.storage.data.resource_id,
                data_key_arn=self.keys.data,
            ),
            inside,
        )
        Budget(
            self.named("budget"),
            BudgetArgs(
                naming=naming, tags=tags, monthly=settings.budget.monthly, email=settings.alerts.email
            ),
            inside,
        )
        self.kubernetes = kubernetes_provider(
            self.named("kubernetes"),
            cluster_name=self.cluster.cluster_name,
            kubeconfig=self.cluster.kubeconfig,
            # not only its address: who may enter, and machines to run on
            opts=ResourceOptions(parent=self, depends_on=[self.cluster]),
        )
        self.finish()
