"""Object storage on Google Cloud: data, an audit trail that nobody can rewrite, and who read what.

One shape makes all three buckets: closed to the public, entered by IAM alone, encrypted, swept by
lifecycle rules. What differs is in `_Shape`. With a second region each bucket is one dual-region bucket
with turbo replication: it has the same name in both, nothing is to be turned round when one is lost, and
`components.gcp.replica` watches that it keeps its promise.

Data keep their old versions. The audit trail keeps none: under a retention policy an object can be
neither overwritten nor deleted, so it never has one. Where the platform is protected the policy is
locked: it can be made longer, and never shorter or removed. Elsewhere there is none at all, as even an
unlocked one would stop the end of a test environment for as long.

Access is logged twice over. Google writes the usage logs of Cloud Storage hourly into the third bucket,
requests that were refused or had no name among them. The data-access audit logs of the project say who
it was: Google recommends those, and still writes these.

Sources, read 2026-11: Cloud Storage, *Bucket locations*, *Turbo replication*, *Bucket Lock*, *Autoclass*,
*Usage logs and storage logs* (its writer, ``cloud-storage-analytics``), *Soft delete*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import storage

from components.base import Part
from components.contracts import BucketOutputs, Recovery
from components.naming import Naming
from config.dual_region import Place

__all__ = [
    "ACCESS_LOG_DAYS",
    "MULTIPART_DAYS",
    "REPLICATION_SECONDS",
    "Purpose",
    "Storage",
    "StorageArgs",
    "bucket_name",
    "bucket_resource",
]

ACCESS_LOG_DAYS: Final = 400
"""An auditor looks back over a year, and needs a month to look."""
MULTIPART_DAYS: Final = 7
"""Parts of an upload that nobody finished are paid for, and seen in no listing."""
REPLICATION_SECONDS: Final = 900
"""Google: turbo replication is made to copy every object within 15 minutes."""
EVERYTHING_SECONDS: Final = 100 * 365 * 24 * 3600
"""How much is lost where there is no copy: all that was ever written."""
DAY: Final = 24 * 3600
SOFT_DELETE_SECONDS: Final = 7 * DAY
"""What was deleted for good can still be had back for so long, a bucket too; Google's shortest."""
LOG_WRITER: Final = "group:cloud-storage-analytics@google.com"
"""Who Google is when it delivers usage logs."""
NO_OTHER: Final = "FullyRestricted"

Purpose: TypeAlias = Literal["data", "audit", "access-logs"]


def bucket_name(naming: Naming, purpose: Purpose, *, project: str) -> str:
    """Bucket names are unique in the world, and so are projects; a locked bucket outlives its stack."""
    return naming.once("bucket", purpose, project)


def bucket_resource(naming: Naming, purpose: Purpose, *, project: str) -> str:
    """What IAM conditions call the bucket: known, and judged, before anything is made."""
    return f"projects/_/buckets/{bucket_name(naming, purpose, project=project)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageArgs:
    """Where things are, how long they are kept, and under which keys."""

    naming: Naming
    project: str
    place: Place
    """`config.dual_region.place` of the regions."""
    data_key: pulumi.Input[str]
    """In the place's key location, as the next one."""
    log_key: pulumi.Input[str]
    noncurrent_days: int
    """Overwritten and deleted objects can be had back for so many days."""
    audit_days: int
    """The audit trail cannot be deleted for so many days, and is deleted after them."""
    protect: bool
    """Also decides whether the audit trail's retention is locked, for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What tells one bucket from another."""

    purpose: Purpose
    key: pulumi.Input[str] | None
    """None: keys that Google itself holds."""
    rules: Sequence[storage.BucketLifecycleRuleArgs]
    versions: bool = False
    tiered: bool = False
    locked_days: int | None = None
    retain: bool = False
    """Whether the bucket stays in the cloud after it has left the stack."""
    after: Sequence[pulumi.Resource] = ()
    logs_to: storage.Bucket | None = None


class Storage(Part):
    """Buckets for data, for the audit trail, and for the log of access to both."""

    data: BucketOutputs
    audit: BucketOutputs
    access_logs: BucketOutputs

    def __init__(self, name: str, args: StorageArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        access_logs = self._bucket(
            _Shape(purpose="access-logs", key=None, rules=[_expire(ACCESS_LOG_DAYS)], retain=args.protect)
        )
        delivery = storage.BucketIAMMember(
            self.named("access-logs-writer"),
            bucket=access_logs.name,
            role="roles/storage.objectCreator",
            member=LOG_WRITER,
            opts=ResourceOptions(parent=self),
        )
        data = self._bucket(
            _Shape(
                purpose="data",
                key=args.data_key,
                rules=[_expire_versions(args.noncurrent_days)],
                versions=True,
                tiered=True,
                after=[delivery],
                logs_to=access_logs,
            )
        )
        audit = self._bucket(
            _Shape(
                purpose="audit",
                key=args.log_key,
                rules=[_expire(args.audit_days)],
                tiered=True,
                locked_days=args.audit_days if args.protect else None,
                retain=args.protect,
                after=[delivery],
                logs_to=access_logs,
            )
        )
        self.data, self.audit, self.access_logs = map(_outputs, (data, audit, access_logs))
        self.finish()

    @property
    def recovery(self) -> Recovery:
        """The same bucket answers in the other region at once; what it lacks is the last minutes."""
        if not self._args.place.dual:
            return Recovery(
                part="object storage",
                lag=EVERYTHING_SECONDS,
                promised=False,
                source="no copy in a second region: what its region loses is lost",
            )
        return Recovery(
            part="object storage",
            lag=REPLICATION_SECONDS,
            promised=False,
            source="Cloud Storage, turbo replication: made for 15 minutes, recovery time zero; no cloud "
            "guarantees less, so what must not be lost belongs in the database",
        )

    def _bucket(self, shape: _Shape) -> storage.Bucket:
        args, where = self._args, self._args.place
        return storage.Bucket(
            self.named(shape.purpose),
            name=bucket_name(args.naming, shape.purpose, project=args.project),
            location=where.bucket_location,
            custom_placement_config=(
                storage.BucketCustomPlacementConfigArgs(data_locations=list(where.data_locations))
                if where.data_locations
                else None
            ),
            rpo="ASYNC_TURBO" if where.dual else None,  # a bucket of one region refuses the word
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            encryption=_encryption(shape.key),
            versioning=storage.BucketVersioningArgs(enabled=shape.versions),
            # what nobody reads gets cheaper by itself, and none is slower to read
            autoclass=storage.BucketAutoclassArgs(enabled=True) if shape.tiered else None,
            soft_delete_policy=storage.BucketSoftDeletePolicyArgs(
                retention_duration_seconds=SOFT_DELETE_SECONDS
            ),
            retention_policy=_locked(shape.locked_days) if shape.locked_days is not None else None,
            lifecycle_rules=[_abandoned_uploads(), *shape.rules],
            logging=(
                storage.BucketLoggingArgs(
                    log_bucket=shape.logs_to.name, log_object_prefix=f"{shape.purpose}/"
                )
                if shape.logs_to
                else None
            ),
            force_destroy=not args.protect,
            opts=ResourceOptions(
                parent=self,
                protect=args.protect,
                retain_on_delete=shape.retain,
                depends_on=list(shape.after),
            ),
        )


def _outputs(bucket: storage.Bucket) -> BucketOutputs:
    return BucketOutputs(bucket.name, pulumi.Output.concat("projects/_/buckets/", bucket.name))


def _encryption(key: pulumi.Input[str] | None) -> storage.BucketEncryptionArgs:
    """A key that a caller brings is a key that a caller can hold to ransom; and ours, where there is one."""
    no_callers = storage.BucketEncryptionCustomerSuppliedEncryptionEnforcementConfigArgs(
        restriction_mode=NO_OTHER
    )
    if key is None:
        return storage.BucketEncryptionArgs(customer_supplied_encryption_enforcement_config=no_callers)
    return storage.BucketEncryptionArgs(
        default_kms_key_name=key,
        customer_supplied_encryption_enforcement_config=no_callers,
        google_managed_encryption_enforcement_config=(
            storage.BucketEncryptionGoogleManagedEncryptionEnforcementConfigArgs(restriction_mode=NO_OTHER)
        ),
    )


def _locked(days: int) -> storage.BucketRetentionPolicyArgs:
    """For ever: a mistake in the number is paid for until it ends."""
    return storage.BucketRetentionPolicyArgs(retention_period=str(days * DAY), is_locked=True)


def _rule(
    action: str, condition: storage.BucketLifecycleRuleConditionArgs
) -> storage.BucketLifecycleRuleArgs:
    return storage.BucketLifecycleRuleArgs(
        action=storage.BucketLifecycleRuleActionArgs(type=action), condition=condition
    )


def _abandoned_uploads() -> storage.BucketLifecycleRuleArgs:
    return _rule(
        "AbortIncompleteMultipartUpload", storage.BucketLifecycleRuleConditionArgs(age=MULTIPART_DAYS)
    )


def _expire(days: int) -> storage.BucketLifecycleRuleArgs:
    return _rule("Delete", storage.BucketLifecycleRuleConditionArgs(age=days))


def _expire_versions(days: int) -> storage.BucketLifecycleRuleArgs:
    """``ARCHIVED`` is Google's word for what is no longer current."""
    return _rule(
        "Delete",
        storage.BucketLifecycleRuleConditionArgs(days_since_noncurrent_time=days, with_state="ARCHIVED"),
    )
