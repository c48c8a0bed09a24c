"""Backups of last resort: for the day on which live copies are of no use, because they are as spoilt.

A copy a day, a longer-lived one a month, both in the other region where there is one. The database goes
into the vault there as files (`components.gcp.database_export`). The Kubernetes cluster, with its secrets
and its volumes, is kept by Backup for GKE, which has a lock of its own: until a backup has its age nobody
deletes it, for 90 days at most. It promises hours, not minutes: after the loss of a region the twins come
first, and after a mistake the database's own recovery to a point in time.

Objects in buckets have no second tier here: their old versions stay in the bucket, under its own rules.

What a backup of the cluster can be restored into is a restore plan: the other region's cluster if there is
one. It adds what is missing there and touches nothing that runs, so a restore can be tried on a working
day. Google starts none by itself: ``gcloud container backup-restore restores create`` does.

Backup for GKE needs its agent (``gcp-sa-gkebackup``) to have the key of the backups' region. With several
plans for a cluster, one backup at a time is made: `NIGHT` keeps them apart.

**A locked plan is for ever**, like a vault: its days cannot be changed any more.

Sources: Backup for GKE, *About locations* (the plan's region is where the backups are, the key must be
there; a restore plan is in its target's region), *About CMEK encryption*, *Monitoring metrics*; the SDK on
``BackupPlanRetentionPolicy`` (90 days of lock, 365 of retention).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import gkebackup

from components.base import Part
from components.gcp.alarm import Metric, alarm, none_for
from components.gcp.backup_vault import Retention
from components.gcp.database_export import MISSING_HOURS, NIGHT, DatabaseExportArgs, export_database
from components.naming import Naming

__all__ = ["Backup", "BackupArgs", "RestoreTarget"]

LOCK_DAYS: Final = 90
RETAIN_DAYS: Final = 365
"""The most that Backup for GKE takes; the database's copies can be kept longer."""
SYSTEM: Final = ("kube-node-lease", "kube-public", "kube-system")
"""Namespaces that every cluster has its own of."""
SOURCE: Final = "gkebackup.googleapis.com/BackupPlan"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreTarget:
    """A cluster that backups can be restored into."""

    cluster_id: pulumi.Input[str]
    """``projects/…/locations/…/clusters/…``"""
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupArgs:
    """What is kept where, for how long, and how it is proved."""

    naming: Naming
    project: str
    region: str
    cluster_id: pulumi.Input[str]
    """``projects/…/locations/…/clusters/…``"""
    instance: pulumi.Input[str]
    """Name of the region's own Cloud SQL instance."""
    instance_email: pulumi.Input[str]
    """The instance's own service account."""
    database_name: pulumi.Input[str]
    backup_region: str
    """Where the backups are: the other region, or this one if there is no other."""
    backup_key: pulumi.Input[str]
    """That region's key of the data."""
    buckets: Mapping[str, pulumi.Input[str]]
    """Of that region's `components.gcp.backup_vault.BackupVault`."""
    retention: Retention
    """The vault's own."""
    restore_into: RestoreTarget | None
    """Where a restore is tried. None: nothing is proved."""
    channels: Sequence[pulumi.Input[str]]
    protect: bool


class Backup(Part):
    """The plans for the cluster, the copies of the database, and the alarms on both."""

    plan_ids: Mapping[str, pulumi.Output[str]]
    """The cluster's backup plans by kind: ``daily``, ``monthly``."""

    def __init__(self, name: str, args: BackupArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        plans = {kind: self._plan(kind, days) for kind, days in args.retention.kinds.items()}
        if args.restore_into is not None:
            self._prove(args.restore_into, plans["daily"])
        for kind, plan in plans.items():
            self._watch(kind, plan)
        export_database(
            self,
            DatabaseExportArgs(
                naming=args.naming,
                project=args.project,
                region=args.region,
                instance=args.instance,
                instance_email=args.instance_email,
                database_name=args.database_name,
                buckets=args.buckets,
                channels=args.channels,
            ),
        )
        self.plan_ids = {kind: plan.id for kind, plan in plans.items()}
        self.finish()

    def _plan(self, kind: str, days: int) -> gkebackup.BackupPlan:
        args, night = self._args, NIGHT[kind]
        return gkebackup.BackupPlan(
            self.named(kind),
            name=args.naming.of("gke-backup-plan", kind, args.region),
            location=args.backup_region,
            cluster=args.cluster_id,
            description=f"The cluster of {args.region}, {kind}",
            backup_config=gkebackup.BackupPlanBackupConfigArgs(
                all_namespaces=True,
                include_secrets=True,
                include_volume_data=True,
                encryption_key=gkebackup.BackupPlanBackupConfigEncryptionKeyArgs(
                    gcp_kms_encryption_key=args.backup_key
                ),
            ),
            backup_schedule=gkebackup.BackupPlanBackupScheduleArgs(cron_schedule=night.cron(night.cluster)),
            retention_policy=gkebackup.BackupPlanRetentionPolicyArgs(
                backup_retain_days=min(days, RETAIN_DAYS),
                backup_delete_lock_days=min(days, LOCK_DAYS) if args.protect else 0,
                locked=args.protect,
            ),
            opts=ResourceOptions(parent=self, protect=args.protect),
        )

    def _prove(self, target: RestoreTarget, plan: gkebackup.BackupPlan) -> None:
        """The cluster's own objects are left out: the target has them from this program."""
        args = self._args
        gkebackup.RestorePlan(
            self.named("proof"),
            name=args.naming.of("gke-backup-plan", "proof", args.region),
            location=target.region,
            backup_plan=plan.id,
            cluster=target.cluster_id,
            description=f"What the cluster of {args.region} had and this one lacks",
            restore_config=gkebackup.RestorePlanRestoreConfigArgs(
                excluded_namespaces=gkebackup.RestorePlanRestoreConfigExcludedNamespacesArgs(
                    namespaces=list(SYSTEM)
                ),
                namespaced_resource_restore_mode="MERGE_SKIP_ON_CONFLICT",
                cluster_resource_restore_scope=gkebackup.RestorePlanRestoreConfigClusterResourceRestoreScopeArgs(
                    no_group_kinds=True
                ),
                volume_data_restore_policy="RESTORE_VOLUME_DATA_FROM_BACKUP",
            ),
            opts=ResourceOptions(parent=self),
        )

    def _watch(self, kind: str, plan: gkebackup.BackupPlan) -> None:
        """A backup that fails; and, daily, one that is never begun, as what is not there fails at nothing."""
        args = self._args
        which: dict[str, pulumi.Input[str]] = {
            "resource.labels.backup_plan_id": plan.name,
            "resource.labels.location": args.backup_region,
        }
        alarm(
            self,
            f"{kind}-failed",
            Metric(
                type="gkebackup.googleapis.com/backup_completion_times",
                resource=SOURCE,
                labels={**which, "metric.labels.state": "FAILED"},
                above=0,
                aligner="ALIGN_PERCENTILE_99",  # of durations: there is one as soon as one backup failed
                seconds=300,
            ),
            naming=args.naming,
            channels=args.channels,
            description=(
                f"The {kind} backup of the cluster of {args.region} failed: Kubernetes Engine > Backup for "
                "GKE says why. The last good one is older; start one by hand before the next is due."
            ),
        )
        if kind != "daily":
            return
        alarm(
            self,
            "daily-missing",
            none_for(
                Metric(
                    type="gkebackup.googleapis.com/backup_created_count",
                    resource=SOURCE,
                    labels=which,
                    below=1,
                ),
                hours=MISSING_HOURS,
            ),
            naming=args.naming,
            channels=args.channels,
            description=(
                f"No backup of the cluster of {args.region} has begun for two days. Is the plan paused, or "
                "the cluster's backup agent off?"
            ),
        )
