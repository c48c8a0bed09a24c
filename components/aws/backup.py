"""Backups of last resort: for the day on which live copies are of no use, because they are as spoilt.

A backup a day, a longer-lived one a month, a copy of each in the other region's vault, and a restore
every week that proves that they can be read. It promises hours, not minutes: after the loss of a
region the copies of `components.aws.replica` and the database's twin come first, and after a mistake
the database's own recovery to a point in time.

What takes part carries `BACKED_UP` and the environment's tag: the Aurora cluster, the data bucket, the
volumes of the Kubernetes cluster.

Continuous backup is for the bucket alone. An Aurora cluster under AWS Backup's continuous backup has
its retention and its window ruled from here, and RDS refuses the cluster's own settings from then on
(InvalidParameterValue); its own recovery reaches `database.backup_days` back anyway.

AWS Backup turns on the bucket's events for EventBridge. Nothing here declares a bucket's notifications,
and whoever does must leave that on.

Sources: AWS Backup developer guide, *Backup plan options*, *Copying continuous backups* (the copy is a
snapshot), *Amazon S3 backups*, *Restore testing*, *Restore testing inferred metadata*, *AWS Backup
metrics with CloudWatch*, *Service opt-in*; terraform-aws-rds-aurora #411.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import backup, iam

from components.aws.alarm import Metric, alarm
from components.aws.backup_vault import BACKED_UP, Retention
from components.aws.database import BACKUP_WINDOW
from components.aws.trust import reticent_trust
from components.base import Part
from components.naming import Naming

__all__ = ["Backup", "BackupArgs"]

SERVICE: Final = "backup.amazonaws.com"
NAMESPACE: Final = "AWS/Backup"
POLICIES: Final = "arn:aws:iam::aws:policy/"
RIGHTS: Final = {
    "backup": {
        "databases": "service-role/AWSBackupServiceRolePolicyForBackup",
        "objects": "AWSBackupServiceRolePolicyForS3Backup",
    },
    "restore": {
        "databases": "service-role/AWSBackupServiceRolePolicyForRestores",
        "objects": "AWSBackupServiceRolePolicyForS3Restore",
    },
}
"""AWS's own policies: S3 is not in the general ones."""
OPTED_IN: Final = ("Aurora", "EBS", "S3")
"""Where a type is not opted in, AWS Backup passes its resources over and says nothing. Aurora is not."""
START_MINUTES: Final = 60
"""A backup begins at a moment of AWS's choice within so long: all of `BACKUP_WINDOW`."""
COMPLETE_MINUTES: Final = 7 * 24 * 60
"""The first backup of a large bucket takes days, and one that is cut off begins again from nothing."""
COLD_AFTER_DAYS: Final = 30
COLD_AT_LEAST_DAYS: Final = 90
"""AWS charges cold storage for so long, and refuses a retention that ends before."""
RESTORE_SCHEDULE: Final = "cron(0 8 ? * SAT *)"
"""UTC: the day on which no exchange trades, after the database's maintenance."""
RESTORE_WINDOW_DAYS: Final = 7
"""A database whose newest backup is older has another alarm already."""
PROOF_HOURS: Final = 1
"""For so long somebody can look into the restored database before AWS takes it away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupArgs:
    """What is kept where, for how long, and how it is proved."""

    naming: Naming
    account: str
    region: str
    vault_name: pulumi.Input[str]
    vault_arn: pulumi.Input[str]
    """Of the region's own `components.aws.backup_vault.BackupVault`."""
    copy_vault_arn: pulumi.Input[str] | None
    """The other region's vault, which has a copy of every backup. None: there is no other region."""
    retention: Retention
    """The vaults' own: they refuse any other."""
    restore_subnet_group: pulumi.Input[str] | None
    """Where AWS restores the database every week and takes it away again, to prove that it can be:
    without a subnet group it looks for a default network, and fails. None: nothing is proved."""
    topic_arn: pulumi.Input[str]


class Backup(Part):
    """Plans, what they take, who may take it, and the proof that it can be had back."""

    restore_role_arn: pulumi.Output[str]
    """Whom AWS Backup acts as when somebody restores."""

    def __init__(self, name: str, args: BackupArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        backup.RegionSettings(
            self.named("opt-in"),
            resource_type_opt_in_preference=dict.fromkeys(OPTED_IN, True),
            # AWS answers all its types, and adds some: only these are ours to say.
            opts=ResourceOptions(parent=self, ignore_changes=["resourceTypeOptInPreference"]),
        )
        here = f"{args.region}:{args.account}"
        taker, may_take = self._role("backup")
        databases = [f"arn:aws:rds:{here}:cluster:*", f"arn:aws:ec2:{here}:volume/*"]
        self._plan("databases", databases, taker, may_take, continuous=False)
        self._plan("objects", ["arn:aws:s3:::*"], taker, may_take, continuous=True)
        restorer, may_restore = self._role("restore")
        if args.restore_subnet_group is not None:
            self._prove(args.restore_subnet_group, restorer, may_restore)
        self._watch()
        self.restore_role_arn = restorer.arn
        self.finish()

    def _role(self, purpose: str) -> tuple[iam.Role, list[iam.RolePolicyAttachment]]:
        """Who takes backups cannot put one in the place of what runs, and the other way round."""
        args = self._args
        role = iam.Role(
            self.named(purpose),
            name=args.naming.of("iam-role", purpose, args.region),
            assume_role_policy=reticent_trust(SERVICE, account=args.account),
            opts=ResourceOptions(parent=self),
        )
        return role, [
            iam.RolePolicyAttachment(
                self.named(f"{purpose}-{kind}"),
                role=role.name,
                policy_arn=f"{POLICIES}{policy}",
                opts=ResourceOptions(parent=self),
            )
            for kind, policy in RIGHTS[purpose].items()
        ]

    def _plan(
        self,
        kind: str,
        patterns: Sequence[str],
        taker: iam.Role,
        may_take: Sequence[pulumi.Resource],
        *,
        continuous: bool,
    ) -> None:
        """By type and by tag: by tag alone it would take all that AWS Backup may learn to take one day."""
        args = self._args
        plan = backup.Plan(
            self.named(kind),
            name=args.naming.of("backup-plan", kind),
            rules=self._rules(continuous=continuous),
            opts=ResourceOptions(parent=self),
        )
        backup.Selection(
            self.named(kind),
            name=kind,
            plan_id=plan.id,
            iam_role_arn=taker.arn,
            resources=list(patterns),
            conditions=[
                backup.SelectionConditionArgs(
                    string_equals=[
                        backup.SelectionConditionStringEqualArgs(key=key, value=value)
                        for key, value in self._marks().items()
                    ]
                )
            ],
            opts=ResourceOptions(parent=self, depends_on=may_take),
        )

    def _marks(self) -> dict[str, str]:
        """What a resource must be tagged with, all of it, in AWS Backup's spelling."""
        tags = {**BACKED_UP, "environment": self._args.naming.environment}
        return {f"aws:ResourceTag/{key}": value for key, value in tags.items()}

    def _rules(self, *, continuous: bool) -> list[backup.PlanRuleArgs]:
        """On the day of both, AWS takes one backup, and keeps it for as long as the monthly one."""
        retention = self._args.retention
        kept = retention.continuous_days if continuous else retention.days
        daily = self._rule("daily", day="*", kept=kept, copy_kept=retention.days)
        daily.enable_continuous_backup = continuous
        long = retention.monthly_days
        if long is None:
            return [daily]
        cold = long >= COLD_AFTER_DAYS + COLD_AT_LEAST_DAYS
        return [daily, self._rule("monthly", day="1", kept=long, copy_kept=long, cold=cold)]

    def _rule(
        self, name: str, *, day: str, kept: int, copy_kept: int, cold: bool = False
    ) -> backup.PlanRuleArgs:
        hour, minute = BACKUP_WINDOW.partition("-")[0].split(":")
        copy_to = self._args.copy_vault_arn
        return backup.PlanRuleArgs(
            rule_name=name,
            target_vault_name=self._args.vault_name,
            schedule=f"cron({int(minute)} {int(hour)} {day} * ? *)",
            start_window=START_MINUTES,
            completion_window=COMPLETE_MINUTES,
            # AWS ignores the cold for types that have no cold place
            lifecycle=backup.PlanRuleLifecycleArgs(
                delete_after=kept,
                cold_storage_after=COLD_AFTER_DAYS if cold else None,
                opt_in_to_archive_for_supported_resources=cold or None,
            ),
            copy_actions=None
            if copy_to is None
            else [
                backup.PlanRuleCopyActionArgs(
                    destination_vault_arn=copy_to,
                    lifecycle=backup.PlanRuleCopyActionLifecycleArgs(delete_after=copy_kept),
                )
            ],
        )

    def _prove(
        self, subnet_group: pulumi.Input[str], restorer: iam.Role, may_restore: Sequence[pulumi.Resource]
    ) -> None:
        """The database alone: what it holds can be had nowhere else, and a large bucket is dear to restore.

        The copy gets the network's default security group, which lets nobody in.
        """
        args = self._args
        plan = backup.RestoreTestingPlan(
            self.named("proof"),
            # no hyphens: AWS takes none in this name
            name=args.naming.of("restore-test", "weekly").replace("-", "_"),
            schedule_expression=RESTORE_SCHEDULE,
            recovery_point_selection=backup.RestoreTestingPlanRecoveryPointSelectionArgs(
                algorithm="LATEST_WITHIN_WINDOW",
                include_vaults=[args.vault_arn],
                recovery_point_types=["SNAPSHOT"],
                selection_window_days=RESTORE_WINDOW_DAYS,
            ),
            opts=ResourceOptions(parent=self),
        )
        backup.RestoreTestingSelection(
            self.named("proof"),
            name="databases",
            restore_testing_plan_name=plan.name,
            protected_resource_type="Aurora",
            protected_resource_conditions=backup.RestoreTestingSelectionProtectedResourceConditionsArgs(
                string_equals=[
                    backup.RestoreTestingSelectionProtectedResourceConditionsStringEqualArgs(
                        key=key, value=value
                    )
                    for key, value in self._marks().items()
                ]
            ),
            iam_role_arn=restorer.arn,
            restore_metadata_overrides={"dbSubnetGroupName": subnet_group},
            validation_window_hours=PROOF_HOURS,
            opts=ResourceOptions(parent=self, depends_on=may_restore),
        )

    def _watch(self) -> None:
        """A backup that fails; and one that is not made, as a plan that finds nothing fails at nothing."""
        failed, missing = _failed(self._args.vault_name), _missing(self._args.vault_name)
        reasons = {
            "failed": "A backup failed: AWS Backup > Jobs says why. The last good one is a day older; run "
            "the plan by hand before the next window.",
            "missing": "Nothing has been backed up for two days. Do the database and the bucket still carry "
            f"the tag backup={BACKED_UP['backup']}, and has AWS Backup > Settings their types opted in? "
            "(A new environment rings until its first backup.)",
        }
        for (child, description), metric in zip(reasons.items(), (failed, missing), strict=True):
            alarm(
                self,
                child,
                metric,
                naming=self._args.naming,
                topic_arn=self._args.topic_arn,
                description=description,
            )


def _failed(vault_name: pulumi.Input[str]) -> Metric:
    return Metric(
        namespace=NAMESPACE,
        name="NumberOfBackupJobsFailed",
        dimensions={"BackupVaultName": vault_name},
        above=0,
        statistic="Sum",
        seconds=3600,
        silence="notBreaching",
    )


def _missing(vault_name: pulumi.Input[str]) -> Metric:
    return Metric(
        namespace=NAMESPACE,
        name="NumberOfBackupJobsCompleted",
        dimensions={"BackupVaultName": vault_name},
        below=1,
        statistic="Sum",
        seconds=24 * 3600,
        periods=2,  # an early backup and the next day's late one are more than a day apart
        silence="breaching",
    )
