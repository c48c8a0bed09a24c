"""What copies objects between the buckets of two AWS regions, within 15 minutes, and says when it does not.

The data go both ways, always: whichever region works, what it writes arrives in the other, so that
nothing here changes when the other one takes over, and nothing that was written there is missing when
the first one is back. S3 does not copy a copy, so nothing goes round in a circle.

The audit trail goes one way, from home. It is written there alone, and who gets into the other region
must be able neither to add to it nor to hide anything of it: no marker of a deletion travels, and what
arrives is locked for as long as its original.

What was in a bucket before is not copied; S3 Batch Replication does that once, by hand. A deletion of
a *version* is never copied either: it protects the copy from whoever deletes on purpose.

Sources: Amazon S3 user guide, *What does Amazon S3 replicate?*, *Setting up permissions for live
replication*, *Replicating encrypted objects* (a bucket key makes the bucket the encryption context and
needs Decrypt on the replica's key; S3 treats multi-Region keys as any others), *Using Object Lock with
S3 Replication* (locked source, locked destination; no token any more), *Using S3 Replication metrics*
(latency is published in the destination's region, failures in the source's).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import iam, s3

from components.aws.alarm import Metric, alarm
from components.aws.document import Statement, document_of
from components.aws.storage import REPLICATION_SECONDS
from components.aws.trust import reticent_trust
from components.base import Part
from components.contracts import BucketOutputs
from components.naming import Naming

__all__ = ["Replica", "ReplicaArgs", "Side"]

SERVICE: Final = "s3.amazonaws.com"
ON, OFF = "Enabled", "Disabled"
MINUTES: Final = REPLICATION_SECONDS // 60
"""The only time that S3 offers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One region's buckets, and how to reach that region."""

    region: str
    provider: pulumi.ProviderResource
    data: BucketOutputs
    audit: BucketOutputs
    data_key_arn: pulumi.Input[str]
    log_key_arn: pulumi.Input[str]
    """What the audit trail is encrypted with."""
    after: pulumi.Resource
    """The region's `components.aws.storage.Storage`: S3 refuses to copy from or to a bucket that does
    not keep versions yet."""
    topic_arn: pulumi.Input[str]
    """The region's topic for alarms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaArgs:
    """The two regions. Which of them works now makes no difference here."""

    naming: Naming
    account: str
    home: Side
    """Where the audit trail is written."""
    dr: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """From one bucket to its twin."""

    child: str
    purpose: Literal["data", "audit"]
    source: Side
    target: Side
    two_way: bool
    """Whether the other bucket's objects come the other way."""

    @property
    def buckets(self) -> tuple[BucketOutputs, BucketOutputs]:
        if self.purpose == "audit":
            return self.source.audit, self.target.audit
        return self.source.data, self.target.data

    @property
    def keys(self) -> tuple[pulumi.Input[str], pulumi.Input[str]]:
        if self.purpose == "audit":
            return self.source.log_key_arn, self.target.log_key_arn
        return self.source.data_key_arn, self.target.data_key_arn


class Replica(Part):
    """A rule, a role and two alarms for each way."""

    def __init__(self, name: str, args: ReplicaArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        home, dr = args.home, args.dr
        for way in (
            _Way(child="data-from-home", purpose="data", source=home, target=dr, two_way=True),
            _Way(child="data-from-dr", purpose="data", source=dr, target=home, two_way=True),
            _Way(child="audit-from-home", purpose="audit", source=home, target=dr, two_way=False),
        ):
            self._copy(way)
            self._watch(way)
        self.finish()

    def _copy(self, way: _Way) -> None:
        source, target = way.buckets
        role = iam.Role(
            self.named(way.child),
            name=self._args.naming.of("iam-role", "replica", way.purpose, way.source.region),
            assume_role_policy=reticent_trust(
                SERVICE, account=self._args.account, source_arn=source.resource_id
            ),
            opts=ResourceOptions(parent=self, provider=way.source.provider),
        )
        rights = iam.RolePolicy(
            self.named(way.child),
            role=role.id,
            policy=document_of(*_statements(way)),
            opts=ResourceOptions(parent=self, provider=way.source.provider),
        )
        s3.BucketReplicationConfig(
            self.named(way.child),
            bucket=source.name,
            role=role.arn,
            rules=[_rule(way, target)],
            opts=ResourceOptions(
                parent=self,
                provider=way.source.provider,
                # without its rights every object would fail, once and for good
                depends_on=[way.source.after, way.target.after, rights],
            ),
        )

    def _watch(self, way: _Way) -> None:
        source, target = way.buckets
        dimensions = {"SourceBucket": source.name, "DestinationBucket": target.name, "RuleId": way.child}
        late = Metric(
            namespace="AWS/S3",
            name="ReplicationLatency",
            dimensions=dimensions,
            above=REPLICATION_SECONDS,
            seconds=300,
            silence="ignore",  # S3's metrics come as it can; one that is lost changes nothing
        )
        failed = Metric(
            namespace="AWS/S3",
            name="OperationsFailedReplication",
            dimensions=dimensions,
            above=0,
            statistic="Sum",
            seconds=300,
            silence="notBreaching",  # nothing is published where nothing fails
        )
        what = f"{way.purpose} bucket from {way.source.region} to {way.target.region}"
        self._alarm(
            f"{way.child}-late",
            late,
            way.target,
            f"The copy of the {what} is more than {MINUTES} minutes behind: so much would be lost with "
            f"{way.source.region}. Look for a bulk load, or at AWS's health page.",
        )
        self._alarm(
            f"{way.child}-failed",
            failed,
            way.source,
            f"Objects of the {what} were not copied, and S3 does not try again. Mend the cause (role, key, "
            "lock), then run S3 Batch Replication over what has the status FAILED.",
        )

    def _alarm(self, child: str, metric: Metric, side: Side, description: str) -> None:
        """In the region where S3 publishes the metric."""
        alarm(
            self,
            child,
            metric,
            naming=self._args.naming,
            topic_arn=side.topic_arn,
            description=description,
            provider=side.provider,
        )


def _rule(way: _Way, target: BucketOutputs) -> s3.BucketReplicationConfigRuleArgs:
    """The whole bucket, which an empty filter says."""
    _, target_key = way.keys
    time = s3.BucketReplicationConfigRuleDestinationReplicationTimeTimeArgs(minutes=MINUTES)
    threshold = s3.BucketReplicationConfigRuleDestinationMetricsEventThresholdArgs(minutes=MINUTES)
    return s3.BucketReplicationConfigRuleArgs(
        id=way.child,
        status=ON,
        priority=1,
        filter=s3.BucketReplicationConfigRuleFilterArgs(),
        delete_marker_replication=s3.BucketReplicationConfigRuleDeleteMarkerReplicationArgs(
            status=ON if way.two_way else OFF
        ),
        source_selection_criteria=s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs(
            sse_kms_encrypted_objects=_encrypted(),
            # a tag that is changed on a copy goes back to its original
            replica_modifications=_modified() if way.two_way else None,
        ),
        destination=s3.BucketReplicationConfigRuleDestinationArgs(
            bucket=target.resource_id,
            encryption_configuration=s3.BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs(
                replica_kms_key_id=target_key
            ),
            replication_time=s3.BucketReplicationConfigRuleDestinationReplicationTimeArgs(
                status=ON, time=time
            ),
            metrics=s3.BucketReplicationConfigRuleDestinationMetricsArgs(
                status=ON, event_threshold=threshold
            ),
        ),
    )


def _encrypted() -> s3.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs:
    """By default S3 leaves out whatever is under a key of ours, and that is everything."""
    return s3.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs(status=ON)


def _modified() -> s3.BucketReplicationConfigRuleSourceSelectionCriteriaReplicaModificationsArgs:
    return s3.BucketReplicationConfigRuleSourceSelectionCriteriaReplicaModificationsArgs(status=ON)


def _statements(way: _Way) -> list[Statement]:
    """Read here, write there, with either key by way of S3 and for these buckets alone."""
    (source, target), (source_key, target_key) = way.buckets, way.keys
    locks = ["s3:GetObjectRetention", "s3:GetObjectLegalHold"] if way.purpose == "audit" else []
    deletes = ["s3:ReplicateDelete"] if way.two_way else []
    return [
        {
            "Sid": "SourceBucket",
            "Effect": "Allow",
            "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"],
            "Resource": source.resource_id,
        },
        {
            "Sid": "SourceObjects",
            "Effect": "Allow",
            "Action": [
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionTagging",
                *locks,
            ],
            "Resource": _objects(source),
        },
        {
            "Sid": "TargetObjects",
            "Effect": "Allow",
            "Action": ["s3:ReplicateObject", "s3:ReplicateTags", *deletes],
            "Resource": _objects(target),
        },
        _key("SourceKey", ["kms:Decrypt"], source_key, way.source, source),
        _key(
            "TargetKey", ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], target_key, way.target, target
        ),
    ]


def _objects(bucket: BucketOutputs) -> pulumi.Output[str]:
    return pulumi.Output.concat(bucket.resource_id, "/*")


def _key(
    sid: str, actions: list[str], key_arn: pulumi.Input[str], side: Side, bucket: BucketOutputs
) -> Statement:
    """The context is the bucket with a bucket key, and the object for whoever uploads without one."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": actions,
        "Resource": key_arn,
        "Condition": {
            "StringEquals": {"kms:ViaService": f"s3.{side.region}.amazonaws.com"},
            "StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket.resource_id, _objects(bucket)]},
        },
    }
