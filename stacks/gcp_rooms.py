"""What each room of a Google region is told: the settings' words as the rooms' arguments, a function a room.

`stacks.gcp_region` calls them in the order in which the rooms need each other.
"""

from __future__ import annotations

from components.gcp.backup_vault import BackupVault, BackupVaultArgs, Retention
from components.gcp.cache import Cache, CacheArgs
from components.gcp.cache import Follower as CacheFollower
from components.gcp.cache import Founder as CacheFounder
from components.gcp.cache import Member as CacheMember
from components.gcp.cluster import Cluster, ClusterArgs
from components.gcp.database import Database, DatabaseArgs
from components.gcp.database_members import Follower, Founder, Member
from components.gcp.identity import Identity, IdentityArgs
from components.gcp.network import Network, NetworkArgs
from components.gcp.store_access import StoreAccess, StoreAccessArgs
from components.gcp.zones import zone_names
from config.settings import Settings
from stacks.gcp_place import GcpPlace

__all__ = ["cache", "cluster", "database", "identity", "network", "retention", "store_access", "vault"]


def network(at: GcpPlace) -> Network:
    """Each region has a range of its own in the one network."""
    settings = at.args.settings
    return Network(
        at.named("network"),
        NetworkArgs(
            naming=at.naming,
            region=at.region,
            cidr=at.network_cidr,
            network_id=at.project.vpc.network_id,
            # Cloud NAT is the region's: more addresses are more connections, not more safety
            nat_addresses=settings.network.zones if settings.network.nat == "per-zone" else 1,
            flow_logs=settings.network.flow_logs,
            channels=at.project.alerts.channels,
            protect=settings.protect,
        ),
        at.inside,
    )


def cluster(at: GcpPlace) -> Cluster:
    """In the second region fewer machines may stand ready; the pods that move there call for the rest."""
    settings, cloud, project = at.args.settings, at.args.cloud, at.project
    machines = settings.cluster.on_demand
    if at.home:
        machines = machines.model_copy(update={"min": min(settings.recovery.nodes, machines.max)})
    return Cluster(
        at.named("cluster"),
        ClusterArgs(
            naming=at.naming,
            tags=at.args.tags,
            project=cloud.project,
            region=at.region,
            zones=zone_names(at.region, settings.network.zones),
            cluster_name=at.cluster_name,
            version=settings.cluster.version,
            network_id=at.network.network_id,
            subnet_id=at.network.private_subnet_ids[0],
            pods_range_name=at.network.pods_range_name,
            services_range_name=at.network.services_range_name,
            firewall_tags=project.vpc.machine_tags,
            public_access_cidrs=settings.cluster.public_access_cidrs,
            administrators=cloud.administrators,
            deploy_member=project.pipeline.deploy_member if project.pipeline else None,
            secrets_key=at.keys.secrets,
            disk_key=at.keys.data,
            image_repository=project.registry.repository_name,
            topic_id=project.alerts.topic_id,
            channels=project.alerts.channels,
            on_demand=machines,
            spot=settings.cluster.spot,
            rest_nodes=settings.cluster.on_demand.min,
            protect=settings.protect,
        ),
        at.inside,
    )


def identity(at: GcpPlace) -> Identity:
    """Of the project, not of a region: made with home, as soon as there is a cluster."""
    services = at.args.workloads.services
    return Identity(
        at.named("identity"),
        IdentityArgs(
            naming=at.naming,
            workload_pool=at.cluster.workload_pool,
            namespace=at.args.workloads.namespace,
            services=tuple(services),
            data_bucket=at.project.storage.data.name,
            secrets={
                service: {name: at.project.secret_store.secret_ids[name] for name in names}
                for service, names in services.items()
            },
        ),
        at.inside,
    )


def _member(at: GcpPlace) -> Member | None:
    peer = at.args.birth.peer
    if peer is None:
        return None
    if at.home:
        return Follower(peer_region=peer, original=at.home.database.instance_name)
    return Founder(peer_region=peer)


def database(at: GcpPlace) -> Database:
    """Its size is of the region's birth: a swap must not take an instance away."""
    settings = at.args.settings
    machine, disk_gib = settings.database.machine
    return Database(
        at.named("database"),
        DatabaseArgs(
            naming=at.naming,
            tags=at.args.tags,
            project=at.args.cloud.project,
            region=at.region,
            network_id=at.network.network_id,
            subnet_id=at.network.database_subnet_ids[0],
            key=at.keys.data,
            version=settings.database.version,
            machine=machine,
            disk_gib=disk_gib,
            instances=at.args.birth.database_instances,
            backup_days=settings.database.backup_days,
            backup_location=None,
            users=at.identity.database_users,
            admins=at.args.cloud.administrators,
            channels=at.project.alerts.channels,
            protect=settings.protect,
            member=_member(at),
        ),
        at.inside,
    )


def _half(at: GcpPlace) -> CacheMember | None:
    if at.args.birth.peer is None:
        return None
    return CacheFollower(primary_id=at.home.cache.resource_id) if at.home else CacheFounder()


def cache(at: GcpPlace) -> Cache:
    """The same in both regions."""
    settings = at.args.settings
    return Cache(
        at.named("cache"),
        CacheArgs(
            naming=at.naming,
            project=at.args.cloud.project,
            region=at.region,
            network_id=at.network.network_id,
            after=at.network.before_cache,
            data_key=at.keys.data,
            channels=at.project.alerts.channels,
            services=tuple(at.args.workloads.services),
            version=settings.cache.version,
            node_type=settings.cache.node_type,
            replicas=settings.cache.replicas,
            snapshot_days=settings.cache.snapshot_days,
            protect=settings.protect,
            member=_half(at),
        ),
        at.inside,
    )


def store_access(at: GcpPlace) -> StoreAccess:
    """Each region's own stores, for the services of both."""
    return StoreAccess(
        at.named("store-access"),
        StoreAccessArgs(
            project=at.args.cloud.project,
            members=at.identity.members,
            database_resource_id=at.database.resource_id,
            cache_resource_id=at.cache.resource_id,
            cache_services=tuple(at.args.workloads.services),
        ),
        at.inside,
    )


def vault(at: GcpPlace) -> BackupVault | None:
    """Where the other region's backups are kept; with one region, its own.

    None where nothing is protected: Google deletes no backup plan that has made a backup, so an
    environment that is there to be thrown away could not be (terraform-provider-google #15309).
    """
    if not at.args.settings.protect:
        return None
    return BackupVault(
        at.named("backup-vault"),
        BackupVaultArgs(
            naming=at.naming,
            project=at.args.cloud.project,
            region=at.region,
            key=at.keys.data,
            retention=retention(at.args.settings),
            protect=at.args.settings.protect,
        ),
        at.inside,
    )


def retention(settings: Settings) -> Retention:
    """How long the vaults keep what: both of them, and the plans that fill them."""
    return Retention(days=settings.backup.daily_days, monthly_days=settings.backup.monthly_days or None)
