"""Google Cloud whole: one region, or two of which one works and the other stands by, and what they share.

As on AWS (`stacks.aws`) the settings say which region is active, and nothing that holds data reads it (ADR
7). Other than there the way in is one for both regions: Google's network, balancer and names are global.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from components.base import Part
from components.contracts import Recovery
from components.gcp.audit import Audit, AuditArgs
from components.gcp.backup import Backup, BackupArgs, RestoreTarget
from components.gcp.balancer import Balancer, BalancerArgs
from components.gcp.budget import Budget, BudgetArgs
from components.gcp.certificate import Certificate, CertificateArgs
from components.gcp.edge import Side
from components.gcp.failover import Failover, FailoverArgs
from components.gcp.project_baseline import ProjectBaseline, ProjectBaselineArgs
from components.gcp.replica import Replica, ReplicaArgs
from components.naming import Naming
from components.tagging import Tags
from config.clouds import Gcp
from config.settings import Settings
from stacks.cloud import WorkloadNames
from stacks.gcp_entry import DRAIN_SECONDS, HEALTH_PATH
from stacks.gcp_place import GcpPlace
from stacks.gcp_project import GcpProject, GcpProjectArgs
from stacks.gcp_region import GcpRegion, GcpRegionArgs
from stacks.gcp_rooms import retention
from stacks.place import Birth
from stacks.recovery import standby_parts

__all__ = ["GcpCloud", "GcpCloudArgs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GcpCloudArgs:
    """The environment's wishes, the project and its regions, and who will live there."""

    settings: Settings
    cloud: Gcp
    tags: Tags
    workloads: WorkloadNames


class GcpCloud(Part):
    """The platform's cloud; satisfies `stacks.cloud.Cloud`."""

    def __init__(self, name: str, args: GcpCloudArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._settings, self._cloud = args.settings, args.cloud
        self._naming = Naming(args.settings.environment, args.cloud.generation)
        self._project = GcpProject(
            self.named("project"),
            GcpProjectArgs(
                settings=args.settings, cloud=args.cloud, naming=self._naming, workloads=args.workloads
            ),
            ResourceOptions(parent=self),
        )
        self._home = self._region("home", Birth[GcpPlace].at_home(args.settings))
        twin = Birth[GcpPlace].elsewhere(args.settings, self._home)
        self._dr = self._region("dr", twin) if twin else None
        self.regions: Sequence[GcpRegion] = [self._home, *([self._dr] if self._dr else [])]
        self.active = next(region for region in self.regions if region.is_active)
        self.standby = next((region for region in self.regions if not region.is_active), None)
        self.dns, self.secret_store = self._project.dns, self._project.secret_store

        self._failover = self._name_that_follows(self._balancer())
        self._watch_copies()
        self._record()
        self._back_up()
        self._budget()
        if args.settings.audit.manage_account_baseline:
            self._baseline()
        self.finish()

    @property
    def recoveries(self) -> list[Recovery]:
        """The parts of the region that stands by, and the name that leads to it."""
        return standby_parts(self.standby, self._failover.recovery)

    @property
    def retained(self) -> list[pulumi.Output[str]]:
        """Keys, the audit trail, the access logs and the vaults, where data counts."""
        if not self._settings.protect:
            return []
        project = self._project
        regional = [key for keys in project.keys.values() for key in (keys.data, keys.secrets, keys.logs)]
        shared = {id(keys): keys for keys in (project.storage_keys, project.image_keys)}
        return [
            *regional,
            *(key for keys in shared.values() for key in (keys.data, keys.logs)),
            project.storage.audit.name,
            project.storage.access_logs.name,
            *(bucket for region in self.regions if region.vault for bucket in region.vault.buckets.values()),
        ]

    @property
    def _inside(self) -> ResourceOptions:
        """For what is of no region, and is asked of none."""
        return ResourceOptions(parent=self, provider=self._project.provider)

    def _in(self, region: GcpRegion) -> ResourceOptions:
        return ResourceOptions(parent=self, provider=region.provider)

    def _region(self, child: str, birth: Birth[GcpPlace]) -> GcpRegion:
        return GcpRegion(
            self.named(child),
            GcpRegionArgs(
                settings=self._settings,
                cloud=self._cloud,
                tags=self._args.tags,
                workloads=self._args.workloads,
                birth=birth,
                naming=self._naming,
                project=self._project,
            ),
            ResourceOptions(parent=self),
        )

    # -- the way in ------------------------------------------------------------------------------------

    def _balancer(self) -> Balancer:
        settings, project = self._settings, self._project
        certificate = Certificate(
            self.named("certificate"),
            CertificateArgs(
                naming=self._naming,
                domain=settings.domain,
                zone_name=project.dns.zone_name,
                public=bool(settings.edge.open_to),
            ),
            self._inside,
        )
        return Balancer(
            self.named("balancer"),
            BalancerArgs(
                naming=self._naming,
                project=self._cloud.project,
                domain=settings.domain,
                sides=[
                    Side(region=region.region, edge=region.edge, active=region.is_active)
                    for region in self.regions
                ],
                network_id=project.vpc.network_id,
                open_to=settings.edge.open_to,
                certificate_id=certificate.certificate_id,
                health_path=HEALTH_PATH,
                drain_seconds=DRAIN_SECONDS,
                rate_limit=settings.edge.requests_per_five_minutes,
                blocking=settings.edge.blocking,
                ddos_advanced=settings.edge.ddos_advanced is not None,
                channels=project.alerts.channels,
                after=[resource for region in self.regions for resource in region.network.before_entry],
            ),
            self._inside,
        )

    def _name_that_follows(self, balancer: Balancer) -> Failover:
        dns, public = self._project.dns, bool(self._settings.edge.open_to)
        return Failover(
            self.named("failover"),
            FailoverArgs(
                project=self._cloud.project,
                domain=self._settings.domain,
                zone_name=dns.private_zone_name or dns.zone_name,
                public=public,
                network_id=self._project.vpc.network_id,
                entries=balancer.entries,
                active_region=self.active.region,
            ),
            self._inside,
        )

    # -- what is watched and kept ----------------------------------------------------------------------

    def _watch_copies(self) -> None:
        """A bucket in one region has no copy to be late."""
        storage = self._project.storage
        if self._dr is None:
            return
        Replica(
            self.named("replica"),
            ReplicaArgs(
                naming=self._naming,
                channels=self._project.alerts.channels,
                data=storage.data,
                audit=storage.audit,
            ),
            self._inside,
        )

    def _record(self) -> None:
        settings, project = self._settings, self._project
        Audit(
            self.named("audit"),
            AuditArgs(
                naming=self._naming,
                project=self._cloud.project,
                region=project.place.log_location,
                bucket_name=project.storage.audit.name,
                data_access=settings.protect,
                log_days=settings.cluster.log_retention_days,
                channels=project.alerts.channels,
                protect=settings.protect,
            ),
            self._inside,
        )

    def _back_up(self) -> None:
        """Each region's own things, into the other region where there is one."""
        settings = self._settings
        for region in self.regions:
            other = next((found for found in self.regions if found is not region), region)
            if other.vault is None:
                continue
            proof = RestoreTarget(cluster_id=other.cluster.cluster_id, region=other.region)
            Backup(
                f"{region.name}-backup",
                BackupArgs(
                    naming=self._naming,
                    project=self._cloud.project,
                    region=region.region,
                    cluster_id=region.cluster.cluster_id,
                    instance=region.database.instance_name,
                    instance_email=region.database.agent_email,
                    database_name=region.database.database_name,
                    backup_region=other.region,
                    backup_key=other.keys.data,
                    buckets=other.vault.buckets,
                    retention=retention(settings),
                    restore_into=proof if settings.backup.restore_tests and region is self._home else None,
                    channels=self._project.alerts.channels,
                    protect=settings.protect,
                ),
                self._in(region),
            )

    def _budget(self) -> None:
        project = self._project
        Budget(
            self.named("budget"),
            BudgetArgs(
                naming=self._naming,
                billing_account=self._cloud.billing_account,
                number=self._cloud.project_number,
                monthly=self._settings.budget.monthly,
                channels=[project.alerts.email_channel_id],
                key=project.image_keys.logs,
                regions=project.regions,
            ),
            self._inside,
        )

    def _baseline(self) -> None:
        project = self._project
        ProjectBaseline(
            self.named("project-baseline"),
            ProjectBaselineArgs(
                naming=self._naming,
                project=self._cloud.project,
                email=self._settings.alerts.email,
                organization=self._cloud.organization,
                key=project.image_keys.logs,
                channels=project.alerts.channels,
                regions=project.regions,
                multi_region=project.place.registry_location if project.place.dual else None,
                protect=self._settings.protect,
            ),
            self._inside,
        )
