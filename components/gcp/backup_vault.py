"""Where copies of the database are kept in one region, so that nobody can take them away before their time.

A bucket a kind of copy, daily and monthly, each under a retention lock: until an object has its age, nobody
deletes or overwrites it, not the project's owner and not Google. What is older goes by itself. Where the
platform is not protected there is no lock: even one that opens would stop the end of a test environment.

**Why not Google's Backup and DR vault:** Cloud SQL refuses a backup plan of that service for an instance
that has a twin for disaster recovery, and for the twin itself, and the other way round. Where it can be had
it takes the instance's own recovery to a point in time over, and the provider cannot change the instance
any more (400, *Backup configuration cannot be changed*). A copy in a locked bucket asks nothing of the
instance, and can be read without Google.

**A lock is for ever.** Its days can be made more, never fewer, and the bucket goes only when it is empty.
So the days are chosen before the first deployment, not after: see `Retention`.

Sources: Cloud SQL, *Choose your backup option*, Limitations; terraform-provider-google #24932; Cloud
Storage, *Bucket Lock*, *Storage classes* (shortest time that is charged), *Soft delete*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import storage

from components.base import Part
from components.naming import Naming

__all__ = ["BackupVault", "BackupVaultArgs", "Retention"]

DAY_SECONDS: Final = 24 * 3600
MULTIPART_DAYS: Final = 7
"""Parts of an upload that nobody finished are paid for, and seen in no listing."""
NO_OTHER: Final = "FullyRestricted"
CLASSES: Final = ((365, "ARCHIVE"), (90, "COLDLINE"), (30, "NEARLINE"))
"""From so many days on: Google charges a colder class for at least as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long copies are kept, and so how long a vault's lock lets nobody delete them."""

    days: int
    """Daily ones."""
    monthly_days: int | None = None
    """Monthly ones. None: there are none."""

    @property
    def kinds(self) -> Mapping[str, int]:
        """Days by kind of copy: ``daily``, and ``monthly`` if there are any."""
        return {"daily": self.days} | ({"monthly": self.monthly_days} if self.monthly_days else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupVaultArgs:
    """Where the vault is, and what it is locked with."""

    naming: Naming
    project: str
    region: str
    key: pulumi.Input[str]
    """The region's key of the data."""
    retention: Retention
    protect: bool


class BackupVault(Part):
    """A locked bucket a kind of copy."""

    buckets: Mapping[str, pulumi.Output[str]]
    """Names by kind: ``daily``, ``monthly``."""

    def __init__(self, name: str, args: BackupVaultArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self.buckets = {kind: self._bucket(kind, days) for kind, days in args.retention.kinds.items()}
        self.finish()

    def _bucket(self, kind: str, days: int) -> pulumi.Output[str]:
        args = self._args
        return storage.Bucket(
            self.named(kind),
            # A locked bucket outlives its stack, and bucket names are unique in the world.
            name=args.naming.once("bucket", "vault", kind, args.project, args.region),
            location=args.region,
            storage_class=_storage_class(days),
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            encryption=_encryption(args.key),
            retention_policy=(
                storage.BucketRetentionPolicyArgs(retention_period=str(days * DAY_SECONDS), is_locked=True)
                if args.protect
                else None
            ),
            # Nothing can go before its time, so nothing has to be kept after it.
            soft_delete_policy=storage.BucketSoftDeletePolicyArgs(retention_duration_seconds=0),
            lifecycle_rules=[
                _rule("Delete", age=days),
                _rule("AbortIncompleteMultipartUpload", age=MULTIPART_DAYS),
            ],
            force_destroy=not args.protect,
            opts=ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.protect),
        ).name


def _encryption(key: pulumi.Input[str]) -> storage.BucketEncryptionArgs:
    """Ours, and no other: a key that a caller brings is a key that a caller can hold to ransom."""
    return storage.BucketEncryptionArgs(
        default_kms_key_name=key,
        customer_supplied_encryption_enforcement_config=(
            storage.BucketEncryptionCustomerSuppliedEncryptionEnforcementConfigArgs(restriction_mode=NO_OTHER)
        ),
        google_managed_encryption_enforcement_config=(
            storage.BucketEncryptionGoogleManagedEncryptionEnforcementConfigArgs(restriction_mode=NO_OTHER)
        ),
    )


def _storage_class(days: int) -> str:
    return next((name for least, name in CLASSES if days >= least), "STANDARD")


def _rule(action: str, *, age: int) -> storage.BucketLifecycleRuleArgs:
    return storage.BucketLifecycleRuleArgs(
        action=storage.BucketLifecycleRuleActionArgs(type=action),
        condition=storage.BucketLifecycleRuleConditionArgs(age=age),
    )
