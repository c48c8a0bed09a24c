"""Object storage in one AWS region: data, an audit trail that nobody can rewrite, and who read what.

One shape makes all three buckets: closed to the public four ways, reached by TLS alone, owned by the
account whoever writes, versioned, encrypted, swept by lifecycle rules. What differs is in `_Shape`.

What the other region has of them, `components.aws.replica` copies.

Sources: Amazon S3 user guide, *Security best practices*, *Enabling server access logging* (its target
takes SSE-S3 and no default retention), *Object Lock considerations*, *S3 Replication Time Control*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import s3

from components.aws.backup_vault import BACKED_UP
from components.aws.document import Statement, document
from components.base import Part
from components.contracts import BucketOutputs, Recovery
from components.naming import Naming

__all__ = ["ACCESS_LOG_DAYS", "Purpose", "Storage", "StorageArgs", "bucket_arn", "bucket_name"]

ACCESS_LOG_DAYS: Final = 400
"""An auditor looks back over a year, and needs a month to look."""
MULTIPART_DAYS: Final = 7
"""Parts of an upload that nobody finished are paid for, and seen in no listing."""
REPLICATION_SECONDS: Final = 900
"""AWS: 99.99 % of objects arrive within 15 minutes, most within seconds."""
EVERYTHING_SECONDS: Final = 100 * 365 * 24 * 3600
"""How much is lost where there is no copy: all that was ever written."""

Purpose: TypeAlias = Literal["data", "audit", "access-logs"]


def bucket_name(naming: Naming, purpose: Purpose, *, account: str, region: str) -> str:
    """Bucket names are unique in the world: an account and its region make them so."""
    return naming.of("bucket", purpose, account, region)


def bucket_arn(naming: Naming, purpose: Purpose, *, account: str, region: str) -> str:
    """The ARN follows from the name, so policies are known, and judged, before anything is made."""
    return f"arn:aws:s3:::{bucket_name(naming, purpose, account=account, region=region)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageArgs:
    """How long things are kept, and under which keys."""

    naming: Naming
    account: str
    region: str
    data_key_arn: pulumi.Input[str]
    log_key_arn: pulumi.Input[str]
    noncurrent_days: int
    """Overwritten and deleted objects can be had back for so many days."""
    audit_days: int
    """The audit trail cannot be deleted for so many days."""
    replicated: bool
    """Whether a `components.aws.replica.Replica` keeps a copy in the other region."""
    protect: bool
    """Also decides who can end the audit trail's retention: nobody, or whoever IAM lets bypass it."""
    audit_statements: Sequence[Statement] = ()
    """Who else may write the audit trail, in statements about `bucket_arn` of ``audit``."""
    access_log_statements: Sequence[Statement] = ()
    """Who else may write access logs, in statements about `bucket_arn` of ``access-logs``."""

    def bucket_arn(self, purpose: Purpose) -> str:
        """The ARN of one of these buckets."""
        return bucket_arn(self.naming, purpose, account=self.account, region=self.region)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What tells one bucket from another."""

    purpose: Purpose
    key_arn: pulumi.Input[str] | None
    """None: keys that S3 itself holds."""
    noncurrent_days: int
    rules: Sequence[s3.BucketLifecycleConfigurationRuleArgs] = ()
    statements: Sequence[Statement] = ()
    tags: Mapping[str, str] | None = None
    locked_days: int | None = None
    retain: bool = False
    """Whether the bucket stays in the cloud after it has left the stack, and as closed as it was."""


class Storage(Part):
    """Buckets for data, for the audit trail, and for the log of access to both."""

    data: BucketOutputs
    audit: BucketOutputs
    access_logs: BucketOutputs

    def __init__(self, name: str, args: StorageArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        access_logs, delivery = self._bucket(
            _Shape(
                purpose="access-logs",
                key_arn=None,
                noncurrent_days=1,
                rules=[_expire(ACCESS_LOG_DAYS)],
                statements=[
                    _log_delivery(args, "data"),
                    _log_delivery(args, "audit"),
                    *args.access_log_statements,
                ],
                retain=args.protect,
            )
        )
        data, _ = self._bucket(
            _Shape(
                purpose="data",
                key_arn=args.data_key_arn,
                noncurrent_days=args.noncurrent_days,
                rules=[_tier_by_use()],
                tags=BACKED_UP,
            )
        )
        audit, _ = self._bucket(
            _Shape(
                purpose="audit",
                key_arn=args.log_key_arn,
                noncurrent_days=args.audit_days,
                rules=[_tier_by_use()],
                statements=args.audit_statements,
                locked_days=args.audit_days,
                retain=args.protect,
            )
        )
        self._log_access(data, "data", access_logs, delivery)
        self._log_access(audit, "audit", access_logs, delivery)
        self.data, self.audit, self.access_logs = (
            BucketOutputs(bucket.bucket, bucket.arn) for bucket in (data, audit, access_logs)
        )
        self.finish()

    @property
    def recovery(self) -> Recovery:
        """The other region's bucket is always there to be written to; what it lacks is the last minutes."""
        if not self._args.replicated:
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
            source="S3 Replication Time Control: 99.99 % of objects within 15 minutes; no cloud guarantees "
            "less, so what must not be lost belongs in the database",
        )

    def _bucket(self, shape: _Shape) -> tuple[s3.Bucket, s3.BucketPolicy]:
        bucket = s3.Bucket(
            self.named(shape.purpose),
            bucket=bucket_name(
                self._args.naming, shape.purpose, account=self._args.account, region=self._args.region
            ),
            object_lock_enabled=shape.locked_days is not None,
            force_destroy=not self._args.protect,
            tags=shape.tags,
            opts=ResourceOptions(parent=self, protect=self._args.protect, retain_on_delete=shape.retain),
        )
        self._encrypt(bucket, shape)
        self._keep(bucket, shape)
        return bucket, self._close(bucket, shape)

    def _close(self, bucket: s3.Bucket, shape: _Shape) -> s3.BucketPolicy:
        """One after the other: S3 answers concurrent changes of who may enter a bucket with a conflict."""
        block = s3.BucketPublicAccessBlock(
            self.named(shape.purpose),
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=ResourceOptions(parent=self, retain_on_delete=shape.retain),
        )
        ownership = s3.BucketOwnershipControls(
            self.named(shape.purpose),
            bucket=bucket.id,
            rule=s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=ResourceOptions(parent=self, retain_on_delete=shape.retain, depends_on=[block]),
        )
        statements = [_tls_only(self._args.bucket_arn(shape.purpose)), *shape.statements]
        return s3.BucketPolicy(
            self.named(shape.purpose),
            bucket=bucket.id,
            policy=document(*statements),
            opts=ResourceOptions(parent=self, retain_on_delete=shape.retain, depends_on=[ownership]),
        )

    def _encrypt(self, bucket: s3.Bucket, shape: _Shape) -> None:
        default = s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="AES256" if shape.key_arn is None else "aws:kms",
            kms_master_key_id=shape.key_arn,
        )
        s3.BucketServerSideEncryptionConfiguration(
            self.named(shape.purpose),
            bucket=bucket.id,
            rules=[
                s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=default,
                    # one call to the key service for many objects instead of one for each
                    bucket_key_enabled=shape.key_arn is not None,
                    # a key that a caller brings is a key that a caller can hold to ransom
                    blocked_encryption_types=["SSE-C"],
                )
            ],
            opts=ResourceOptions(parent=self, retain_on_delete=shape.retain),
        )

    def _keep(self, bucket: s3.Bucket, shape: _Shape) -> None:
        """Versions, how long they live, and for how long nobody can end their life."""
        versioning = s3.BucketVersioning(
            self.named(shape.purpose),
            bucket=bucket.id,
            versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=ResourceOptions(parent=self, retain_on_delete=shape.retain),
        )
        s3.BucketLifecycleConfiguration(
            self.named(shape.purpose),
            bucket=bucket.id,
            rules=[*_sweep(shape.noncurrent_days), *shape.rules],
            opts=ResourceOptions(parent=self, retain_on_delete=shape.retain, depends_on=[versioning]),
        )
        if shape.locked_days is not None:
            retention = s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                # COMPLIANCE binds the root user too: a mistake there is paid for until it ends
                mode="COMPLIANCE" if self._args.protect else "GOVERNANCE",
                days=shape.locked_days,
            )
            s3.BucketObjectLockConfiguration(
                self.named(shape.purpose),
                bucket=bucket.id,
                rule=s3.BucketObjectLockConfigurationRuleArgs(default_retention=retention),
                opts=ResourceOptions(parent=self, retain_on_delete=shape.retain, depends_on=[versioning]),
            )

    def _log_access(
        self, bucket: s3.Bucket, purpose: Purpose, target: s3.Bucket, delivery: s3.BucketPolicy
    ) -> None:
        by_day = s3.BucketLoggingTargetObjectKeyFormatPartitionedPrefixArgs(partition_date_source="EventTime")
        s3.BucketLogging(
            self.named(purpose),
            bucket=bucket.id,
            target_bucket=target.id,
            target_prefix=f"{purpose}/",
            target_object_key_format=s3.BucketLoggingTargetObjectKeyFormatArgs(partitioned_prefix=by_day),
            opts=ResourceOptions(parent=self, depends_on=[delivery]),
        )


def _tls_only(bucket_arn: str) -> Statement:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _log_delivery(args: StorageArgs, source: Purpose) -> Statement:
    """Let S3 write the access log of that bucket, under its prefix, and of no bucket but ours."""
    return {
        "Sid": f"AccessLogOf{source.title()}",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{args.bucket_arn('access-logs')}/{source}/*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": args.bucket_arn(source)},
            "StringEquals": {"aws:SourceAccount": args.account},
        },
    }


def _rule(rule_id: str) -> s3.BucketLifecycleConfigurationRuleArgs:
    """An enabled rule over the whole bucket, which an empty filter says."""
    return s3.BucketLifecycleConfigurationRuleArgs(
        id=rule_id, status="Enabled", filter=s3.BucketLifecycleConfigurationRuleFilterArgs()
    )


def _sweep(noncurrent_days: int) -> list[s3.BucketLifecycleConfigurationRuleArgs]:
    """What every bucket loses: uploads that were never finished, and old versions."""
    uploads = _rule("abandoned-uploads")
    uploads.abort_incomplete_multipart_upload = (
        s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=MULTIPART_DAYS
        )
    )
    versions = _rule("old-versions")
    versions.expiration = s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True)
    versions.noncurrent_version_expiration = (
        s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(noncurrent_days=noncurrent_days)
    )
    return [uploads, versions]


def _expire(days: int) -> s3.BucketLifecycleConfigurationRuleArgs:
    rule = _rule("expire")
    rule.expiration = s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days)
    return rule


def _tier_by_use() -> s3.BucketLifecycleConfigurationRuleArgs:
    """Objects that nobody reads get cheaper by themselves, and none is slower to read."""
    rule = _rule("tier-by-use")
    rule.transitions = [
        s3.BucketLifecycleConfigurationRuleTransitionArgs(days=0, storage_class="INTELLIGENT_TIERING")
    ]
    return rule
