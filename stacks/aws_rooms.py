"""What each room of an AWS region is told: the settings' words as the rooms' arguments, a function a room.

`stacks.aws_region` calls them in the order in which the rooms need each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.aws import audit, edge, region_baseline
from components.aws.alerts import Alerts, AlertsArgs
from components.aws.backup_vault import BackupVault, BackupVaultArgs, Retention
from components.aws.cache import Cache, CacheArgs
from components.aws.cluster import Cluster, ClusterArgs
from components.aws.database import Database, DatabaseArgs
from components.aws.dns import QUERY_LOG_REGION, Dns, DnsArgs, QueryLog
from components.aws.global_cache import Follower as CacheFollower
from components.aws.global_cache import Founder as CacheFounder
from components.aws.global_cache import GlobalCache, GlobalCacheArgs
from components.aws.global_cache import Member as CacheMember
from components.aws.global_database import Follower, Founder, GlobalDatabase, GlobalDatabaseArgs, Member
from components.aws.identity import Identity, IdentityArgs
from components.aws.keys import Keys, KeysArgs
from components.aws.network import Network, NetworkArgs
from components.aws.pipeline import Pipeline, PipelineArgs
from components.aws.registry import Registry, RegistryArgs
from components.aws.secret_store import secret_arn_pattern, secret_name
from components.aws.storage import Purpose, Storage, StorageArgs, bucket_arn
from components.aws.zones import zone_ids
from config.settings import Settings
from stacks.aws_place import AwsPlace

KEEP_IMAGES: Final = 50
"""Newest images of each service that the registry keeps."""


def keys(at: AwsPlace) -> Keys:
    """The home region's own, and replicas of them in the other."""
    settings = at.args.settings
    return Keys(
        at.named("keys"),
        KeysArgs(
            naming=at.naming,
            account=at.args.cloud.account,
            region=at.region,
            rotation_days=settings.keys.rotation_days,
            deletion_days=settings.keys.deletion_days,
            protect=settings.protect,
            primary=at.home.keys if at.home else None,
        ),
        at.inside,
    )


def alerts(at: AwsPlace) -> Alerts:
    """The region's topic: an alarm cannot ring in another region."""
    return Alerts(
        at.named("alerts"),
        AlertsArgs(
            naming=at.naming,
            account=at.args.cloud.account,
            region=at.region,
            log_key_arn=at.keys.logs,
            email=at.args.settings.alerts.email,
        ),
        at.inside,
    )


def dns(at: AwsPlace) -> Dns:
    """One zone for both regions. Its queries are logged where AWS can, which is in one region only."""
    settings = at.args.settings
    log = QueryLog(log_key_arn=at.keys.logs, days=settings.cluster.log_retention_days)
    return Dns(
        at.named("dns"),
        DnsArgs(
            account=at.args.cloud.account,
            domain=settings.domain,
            accelerated_recovery=at.args.cloud.dr_region is not None,
            query_log=log if at.region == QUERY_LOG_REGION else None,
            protect=settings.protect,
        ),
        at.inside,
    )


def network(at: AwsPlace) -> Network:
    """Each region has a range of its own."""
    settings = at.args.settings
    return Network(
        at.named("network"),
        NetworkArgs(
            naming=at.naming,
            account=at.args.cloud.account,
            region=at.region,
            zones=zone_ids(at.region, settings.network.zones),
            cidr=at.network_cidr,
            nat_per_zone=settings.network.nat == "per-zone",
            flow_logs=settings.network.flow_logs,
            flow_log_days=settings.cluster.log_retention_days,
            log_key_arn=at.keys.logs,
            interface_endpoints=settings.network.interface_endpoints,
            cluster_name=at.cluster_name,
        ),
        at.inside,
    )


def storage(at: AwsPlace) -> Storage:
    """Who writes logs into the buckets is known by name: the trail of the home region, our balancers."""
    settings, account = at.args.settings, at.args.cloud.account

    def arn(purpose: Purpose) -> str:
        return bucket_arn(at.naming, purpose, account=account, region=at.region)

    trail = audit.bucket_statements(
        naming=at.naming, account=account, region=at.region, bucket_arn=arn("audit")
    )
    logs = arn("access-logs")
    configuration = region_baseline.bucket_statements(account=account, bucket_arn=logs)
    return Storage(
        at.named("storage"),
        StorageArgs(
            naming=at.naming,
            account=account,
            region=at.region,
            data_key_arn=at.keys.data,
            log_key_arn=at.keys.logs,
            noncurrent_days=settings.storage.noncurrent_days,
            audit_days=settings.storage.audit_days,
            replicated=at.args.birth.peer is not None,
            protect=settings.protect,
            audit_statements=() if at.home else trail,
            access_log_statements=[
                edge.log_delivery(bucket_arn=logs, account=account, region=at.region),
                *(configuration if settings.audit.manage_account_baseline else ()),
            ],
        ),
        at.inside,
    )


def pipeline(at: AwsPlace) -> Pipeline | None:
    """Of the account, not of a region: made with home, before the clusters that it deploys to."""
    wishes = at.args.settings.pipeline
    if wishes is None:
        return None
    return Pipeline(
        at.named("pipeline"),
        PipelineArgs(
            naming=at.naming,
            issuer=wishes.issuer,
            repository=wishes.repository,
            deploy_policy_arns=at.args.cloud.deploy_policies,
            state_bucket=None,
            state_key_arn=None,
            provider_arn=None,
        ),
        at.inside,
    )


def cluster(at: AwsPlace) -> Cluster:
    """In the second region fewer machines may stand ready; the pods that move there call for the rest.

    Born so, not switched: a move at night is no moment to make a group larger. One stands in any case:
    Karpenter runs on it, and without Karpenter nothing makes the rest.
    """
    settings = at.args.settings
    machines = settings.cluster.on_demand
    standing = min(settings.recovery.nodes, machines.max) if at.home else machines.min
    machines = machines.model_copy(update={"min": max(standing, 1)})
    return Cluster(
        at.named("cluster"),
        ClusterArgs(
            naming=at.naming,
            tags=at.args.tags,
            account=at.args.cloud.account,
            region=at.region,
            cluster_name=at.cluster_name,
            version=settings.cluster.version,
            subnet_ids=at.network.private_subnet_ids,
            public_access_cidrs=settings.cluster.public_access_cidrs,
            admin_roles=at.args.cloud.admin_roles,
            roles=settings.access.roles,
            deploy_role_arn=at.pipeline.deploy_role_arn if at.pipeline else None,
            secrets_key_arn=at.keys.secrets,
            data_key_arn=at.keys.data,
            log_key_arn=at.keys.logs,
            log_days=settings.cluster.log_retention_days,
            topic_arn=at.alerts.topic_id,
            on_demand=machines,
            rest_nodes=settings.cluster.on_demand.min,
            zonal_shift=at.zonal_shift,
            protect=settings.protect,
        ),
        at.inside,
    )


def global_database(at: AwsPlace) -> GlobalDatabase | None:
    """The frame that both regions' clusters stand in: it is born with the home region."""
    if at.args.birth.peer is None:
        return None
    settings = at.args.settings
    return GlobalDatabase(
        at.named("global-database"),
        GlobalDatabaseArgs(naming=at.naming, version=settings.database.version, protect=settings.protect),
        at.inside,
    )


def _member(at: AwsPlace) -> Member | None:
    peer = at.args.birth.peer
    if at.frame is None or peer is None:
        return None
    if at.home:
        return Follower(
            global_cluster_id=at.frame.global_cluster_id,
            peer_region=peer,
            after=at.home.database.instances,
        )
    return Founder(
        global_cluster_id=at.frame.global_cluster_id,
        peer_region=peer,
        password=at.frame.master_password,
        password_version=at.args.settings.database.password_version,
    )


def database(at: AwsPlace) -> Database:
    """Its size is of the region's birth: a swap must not take an instance away."""
    settings = at.args.settings
    least, most = settings.database.units
    return Database(
        at.named("database"),
        DatabaseArgs(
            naming=at.naming,
            account=at.args.cloud.account,
            region=at.region,
            network_id=at.network.network_id,
            subnet_ids=at.network.database_subnet_ids,
            client_group_id=at.cluster.client_group_id,
            data_key_arn=at.keys.data,
            secrets_key_arn=at.keys.secrets,
            log_key_arn=at.keys.logs,
            version=settings.database.version,
            min_capacity=least,
            max_capacity=most,
            instances=at.args.birth.database_instances,
            backup_days=settings.database.backup_days,
            log_days=settings.cluster.log_retention_days,
            topic_arn=at.alerts.topic_id,
            protect=settings.protect,
            member=_member(at),
        ),
        at.inside,
    )


def cache(at: AwsPlace) -> Cache:
    """The same in both regions, as a global datastore demands."""
    settings = at.args.settings
    return Cache(
        at.named("cache"),
        CacheArgs(
            naming=at.naming,
            region=at.region,
            network_id=at.network.network_id,
            subnet_ids=at.network.database_subnet_ids,
            client_group_id=at.cluster.client_group_id,
            data_key_arn=at.keys.data,
            log_key_arn=at.keys.logs,
            topic_arn=at.alerts.topic_id,
            services=tuple(at.args.workloads.services),
            version=settings.cache.version,
            node_type=settings.cache.node_type,
            replicas=settings.cache.replicas,
            snapshot_days=settings.cache.snapshot_days,
            log_days=settings.cluster.log_retention_days,
            member=_half(at),
            protect=settings.protect,
        ),
        at.inside,
    )


def _half(at: AwsPlace) -> CacheMember | None:
    if at.args.birth.peer is None:
        return None
    if at.home and at.home.copies:
        return CacheFollower(global_id=at.home.copies.global_id)
    return CacheFounder()


def global_cache(at: AwsPlace) -> GlobalCache | None:
    """The bond of the two caches: it is born with the home region's."""
    if at.args.birth.peer is None:
        return None
    settings = at.args.settings
    return GlobalCache(
        at.named("global-cache"),
        GlobalCacheArgs(
            naming=at.naming,
            founder_id=at.cache.group_id,
            version=settings.cache.version,
            node_type=settings.cache.node_type,
            protect=settings.protect,
        ),
        at.inside,
    )


def registry(at: AwsPlace) -> Registry:
    """The same repositories in both regions."""
    settings = at.args.settings
    return Registry(
        at.named("registry"),
        RegistryArgs(
            naming=at.naming,
            key_arn=at.keys.data,
            services=tuple(at.args.workloads.services),
            keep_images=KEEP_IMAGES,
            manage_account_baseline=settings.audit.manage_account_baseline,
            protect=settings.protect,
        ),
        at.inside,
    )


def identity(at: AwsPlace) -> Identity:
    """A role a service and region."""
    account, services = at.args.cloud.account, at.args.workloads.services
    return Identity(
        at.named("identity"),
        IdentityArgs(
            naming=at.naming,
            account=account,
            region=at.region,
            cluster_name=at.cluster.cluster_name,
            namespace=at.args.workloads.namespace,
            services=tuple(services),
            database_resource_id=at.database.resource_id,
            cache_resource_id=at.cache.resource_id,
            cache_user_ids=at.cache.user_ids,
            data_bucket_arn=at.storage.data.resource_id,
            data_key_arn=at.keys.data,
            secrets={service: _secret_arns(at, names) for service, names in services.items()},
            secrets_key_arn=at.keys.secrets,
        ),
        at.inside,
    )


def _secret_arns(at: AwsPlace, names: Sequence[str]) -> list[str]:
    """Known by name in either region: a replica has its original's name, and an ARN of its own."""
    return [
        secret_arn_pattern(account=at.args.cloud.account, region=at.region, name=secret_name(at.naming, name))
        for name in names
    ]


def vault(at: AwsPlace) -> BackupVault:
    """Where the region's backups are kept, and the copies of the other's."""
    return BackupVault(
        at.named("backup-vault"),
        BackupVaultArgs(
            naming=at.naming,
            key_arn=at.keys.data,
            retention=retention(at.args.settings),
            topic_arn=at.alerts.topic_id,
            protect=at.args.settings.protect,
        ),
        at.inside,
    )


def retention(settings: Settings) -> Retention:
    """How long the vaults keep what: both of them, and the plan that fills them."""
    return Retention(days=settings.backup.daily_days, monthly_days=settings.backup.monthly_days or None)
