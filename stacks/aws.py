"""AWS whole: one region, or two of which one works and the other stands by, and what they have in common.

The settings name the two regions and say which is active. Nothing that holds data reads the latter: the
regions know their birth, not their rank (ADR 7), so that a swap after a failover replaces nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions

from components.aws import edge_alarms
from components.aws.account_baseline import AccountBaseline, AccountBaselineArgs
from components.aws.audit import Audit, AuditArgs
from components.aws.backup import Backup, BackupArgs
from components.aws.budget import Budget, BudgetArgs
from components.aws.failover import ALARM_REGION, Bell, Failover, FailoverArgs, Side
from components.aws.region_baseline import RegionBaseline, RegionBaselineArgs
from components.aws.secret_store import SecretStore, SecretStoreArgs
from components.base import Part
from components.contracts import Recovery
from components.naming import Naming
from components.tagging import Tags
from config.clouds import Aws
from config.settings import Settings
from stacks.aws_bonds import AwsBonds, AwsBondsArgs
from stacks.aws_entry import HEALTH_PATH
from stacks.aws_place import AwsPlace
from stacks.aws_region import AwsRegion
from stacks.aws_rooms import retention
from stacks.cloud import WorkloadNames
from stacks.operator_names import secret_names
from stacks.place import Birth, RegionArgs
from stacks.recovery import standby_parts

__all__ = ["AwsCloud", "AwsCloudArgs"]

MAX_SECRET_AGE_DAYS: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsCloudArgs:
    """The environment's wishes, the account and its regions, and who will live there."""

    settings: Settings
    cloud: Aws
    tags: Tags
    workloads: WorkloadNames


class AwsCloud(Part):
    """The platform's cloud; satisfies `stacks.cloud.Cloud`."""

    def __init__(self, name: str, args: AwsCloudArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._settings, self._cloud = args.settings, args.cloud
        self._naming = Naming(args.settings.environment)
        self._home, self._dr = self._both()
        self.regions: Sequence[AwsRegion] = [self._home, *([self._dr] if self._dr else [])]
        self.active = next(region for region in self.regions if region.is_active)
        self.standby = next((region for region in self.regions if not region.is_active), None)
        self.dns = self._home.dns

        self.secret_store = self._secret_store()
        self._failover = self._name_that_follows()
        self._record()
        self._back_up()
        self._budget()
        if args.settings.audit.manage_account_baseline:
            self._baselines()
        self.finish()

    @property
    def recoveries(self) -> list[Recovery]:
        """The parts of the region that stands by, and the name that leads to it."""
        return standby_parts(self.standby, self._failover.recovery)

    @property
    def retained(self) -> list[pulumi.Output[str]]:
        """Keys, the audit trail and the access logs, where data counts."""
        if not self._settings.protect:
            return []
        return [
            arn
            for region in self.regions
            for arn in (
                region.keys.data,
                region.keys.secrets,
                region.keys.logs,
                region.storage.audit.resource_id,
                region.storage.access_logs.resource_id,
            )
        ]

    def _in(self, region: AwsRegion) -> ResourceOptions:
        return ResourceOptions(parent=self, provider=region.provider)

    # -- the regions -----------------------------------------------------------------------------------

    def _both(self) -> tuple[AwsRegion, AwsRegion | None]:
        settings, cloud = self._settings, self._cloud
        home = self._region("home", Birth[AwsPlace].at_home(settings))
        twin = Birth[AwsPlace].elsewhere(settings, home)
        if twin is None:
            return home, None
        dr = self._region("dr", twin)
        bonds = AwsBondsArgs(settings=settings, naming=self._naming, account=cloud.account, home=home, dr=dr)
        AwsBonds(self.named("bonds"), bonds, ResourceOptions(parent=self))
        return home, dr

    def _region(self, child: str, birth: Birth[AwsPlace]) -> AwsRegion:
        args = RegionArgs[Aws, AwsPlace](
            settings=self._settings,
            cloud=self._cloud,
            tags=self._args.tags,
            workloads=self._args.workloads,
            birth=birth,
        )
        return AwsRegion(self.named(child), args, ResourceOptions(parent=self))

    # -- what they have in common ----------------------------------------------------------------------

    def _secret_store(self) -> SecretStore:
        return SecretStore(
            self.named("secret-store"),
            SecretStoreArgs(
                naming=self._naming,
                account=self._cloud.account,
                names=secret_names(self._settings),
                key_arn=self._home.keys.secrets,
                replica_region=self._cloud.dr_region,
                replica_key_arn=self._dr.keys.secrets if self._dr else None,
                max_age_days=MAX_SECRET_AGE_DAYS,
                protect=self._settings.protect,
            ),
            self._in(self._home),
        )

    def _name_that_follows(self) -> Failover:
        watcher = next((region for region in self.regions if region.region == ALARM_REGION), None)
        return Failover(
            self.named("failover"),
            FailoverArgs(
                naming=self._naming,
                domain=self._settings.domain,
                zone_id=self.dns.zone_id,
                home=self._side(self._home),
                dr=self._side(self._dr) if self._dr else None,
                active_region=self.active.region,
                health_path=HEALTH_PATH,
                bell=Bell(provider=watcher.provider, topic_arn=watcher.alerts.topic_id) if watcher else None,
            ),
            # not home's: what has to be changed when home is lost is not asked of home
            self._in(self._dr or self._home),
        )

    def _side(self, region: AwsRegion) -> Side:
        return Side(
            region=region.region,
            edge=region.edge,
            reached_by_checkers=region.edge.open_to_anybody,
            unserved_alarm=region.edge.unserved_alarm,
            alarm_seconds=edge_alarms.UNSERVED_SECONDS,
            hold=region.edge.hold,
        )

    def _record(self) -> None:
        Audit(
            self.named("audit"),
            AuditArgs(
                naming=self._naming,
                account=self._cloud.account,
                region=self._home.region,
                bucket_name=self._home.storage.audit.name,
                audit_bucket_arns=[region.storage.audit.resource_id for region in self.regions],
                data_bucket_arns=[region.storage.data.resource_id for region in self.regions],
                log_key_arn=self._home.keys.logs,
                log_days=self._settings.cluster.log_retention_days,
                topic_arn=self._home.alerts.topic_id,
                protect=self._settings.protect,
                after=[self._home.storage],
            ),
            self._in(self._home),
        )

    def _baselines(self) -> None:
        account = AccountBaseline(
            self.named("account-baseline"),
            AccountBaselineArgs(account=self._cloud.account, protect=self._settings.protect),
            self._in(self._home),
        )
        for region in self.regions:
            RegionBaseline(
                f"{region.name}-baseline",
                RegionBaselineArgs(
                    naming=self._naming,
                    account=self._cloud.account,
                    region=region.region,
                    home=region is self._home,
                    config_role_arn=account.config_role_arn,
                    bucket_name=region.storage.access_logs.name,
                    topic_arn=region.alerts.topic_id,
                    protect=self._settings.protect,
                    after=[region.storage],
                ),
                self._in(region),
            )

    def _back_up(self) -> None:
        """Each region backs up what it has, into the other's vault too: a plan sees only its own region."""
        tested = self._settings.backup.restore_tests
        for region in self.regions:
            other = next((found for found in self.regions if found is not region), None)
            proof = region.database.subnet_group_name if tested and region is self._home else None
            Backup(
                f"{region.name}-backup",
                BackupArgs(
                    naming=self._naming,
                    account=self._cloud.account,
                    region=region.region,
                    vault_name=region.vault.vault_name,
                    vault_arn=region.vault.vault_arn,
                    copy_vault_arn=other.vault.vault_arn if other else None,
                    retention=retention(self._settings),
                    restore_subnet_group=proof,
                    topic_arn=region.alerts.topic_id,
                ),
                self._in(region),
            )

    def _budget(self) -> None:
        Budget(
            self.named("budget"),
            BudgetArgs(
                naming=self._naming,
                tags=self._args.tags,
                monthly=self._settings.budget.monthly,
                email=self._settings.alerts.email,
                anomalies=self._settings.budget.anomalies,
            ),
            self._in(self._home),
        )
