"""Where backups are kept in one AWS region, so that nobody can take them away before their time.

Three things hold them: Pulumi's protection of the vault, the vault's policy, which denies deletion to
everybody, and its lock. Where data counts the lock is of the kind that not even AWS opens again.

**A compliance lock is for ever.** For `GRACE_DAYS` after it was made it can still be taken off; from
then on neither root nor AWS shortens what it says, and the vault goes only when it is empty. So the
days are chosen before the first deployment, not after: see `Retention`.

Sources: AWS Backup developer guide, *AWS Backup Vault Lock*, *Vault access policies*, *Notification
options*; AWS Config rule *backup-recovery-point-manual-deletion-disabled*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import backup

from components.aws.document import document
from components.base import Part
from components.naming import Naming

__all__ = ["BACKED_UP", "CONTINUOUS_DAYS", "BackupVault", "BackupVaultArgs", "Retention"]

BACKED_UP: Final[Mapping[str, str]] = {"backup": "daily"}
"""The tag with which a resource asks to be kept here (`components.aws.backup` looks for it)."""
CONTINUOUS_DAYS: Final = 35
"""No point in time further back can be had: AWS keeps a continuous backup no longer."""
GRACE_DAYS: Final = 3
"""The fewest that AWS takes."""
EVENTS: Final = (
    # The failure of a backup is an alarm on a metric: AWS takes BACKUP_JOB_FAILED here, and sends
    # nothing for it any more; BACKUP_JOB_COMPLETED comes for every success too.
    "COPY_JOB_FAILED",
    "RECOVERY_POINT_MODIFIED",
    "RESTORE_JOB_COMPLETED",
    "S3_BACKUP_OBJECT_FAILED",
    "S3_RESTORE_OBJECT_FAILED",
)
"""A copy that is missing, a backup that somebody touched, a restore that somebody or the weekly test made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long backups are kept, and so how long a vault's lock lets nobody delete them."""

    days: int
    """Daily ones."""
    monthly_days: int | None = None
    """Monthly ones. None: there are none."""

    @property
    def continuous_days(self) -> int:
        """How far back a point in time can be had."""
        return min(self.days, CONTINUOUS_DAYS)

    @property
    def shortest(self) -> int:
        """A backup that is kept for less is refused."""
        return min(self.continuous_days, self.monthly_days or self.continuous_days)

    @property
    def longest(self) -> int:
        """A backup that is kept for longer is refused: what nobody can delete, somebody pays for."""
        return max(self.days, self.monthly_days or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupVaultArgs:
    """What the vault is locked with."""

    naming: Naming
    key_arn: pulumi.Input[str]
    """The region's key of the data."""
    retention: Retention
    topic_arn: pulumi.Input[str]
    """The region's topic for alarms."""
    protect: bool
    """Also decides who can open the lock: nobody after `GRACE_DAYS`, or whoever IAM lets."""


class BackupVault(Part):
    """The vault, its lock, its policy and its notices."""

    vault_name: pulumi.Output[str]
    vault_arn: pulumi.Output[str]

    def __init__(self, name: str, args: BackupVaultArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        vault = backup.Vault(
            self.named("vault"),
            name=args.naming.of("backup-vault", "backups"),
            kms_key_arn=args.key_arn,
            force_destroy=not args.protect,
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        backup.VaultLockConfiguration(
            self.named("lock"),
            backup_vault_name=vault.name,
            min_retention_days=args.retention.shortest,
            max_retention_days=args.retention.longest,
            # Given, the lock is of compliance and closes for ever after so many days; left out, it is
            # of governance.
            changeable_for_days=GRACE_DAYS if args.protect else None,
            # Every change of it is a replacement, which a closed lock refuses: Pulumi says so before.
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        backup.VaultPolicy(
            self.named("policy"),
            backup_vault_name=vault.name,
            policy=_nobody_deletes(),
            # It denies its own change in place, so a new one is made after the old one has gone.
            opts=ResourceOptions(parent=self, replace_on_changes=["policy"], delete_before_replace=True),
        )
        backup.VaultNotifications(
            self.named("notices"),
            backup_vault_name=vault.name,
            sns_topic_arn=args.topic_arn,
            backup_vault_events=list(EVENTS),
            opts=ResourceOptions(parent=self),
        )
        self.vault_name = vault.name
        self.vault_arn = vault.arn
        self.finish()


def _nobody_deletes() -> str:
    """Root included. Taking the policy itself away stays possible, or nobody could mend it."""
    return document(
        {
            "Sid": "NobodyDeletes",
            "Effect": "Deny",
            "Principal": "*",
            "Action": [
                "backup:DeleteBackupVault",
                "backup:DeleteRecoveryPoint",
                "backup:DisassociateRecoveryPoint",
                "backup:PutBackupVaultAccessPolicy",
                "backup:UpdateRecoveryPointLifecycle",
            ],
            "Resource": "*",  # in a vault's policy: this vault and what is in it
        }
    )
