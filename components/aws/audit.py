"""The record of what was done in the account: one trail of all regions, kept where nobody can rewrite it.

The trail is made in the home region and writes to the audit bucket there, under its lock; each file
carries the digest of the one before it. A copy goes to a log group, where `components.aws.audit_alarms`
watches it. Nobody is told by a file in a bucket.

What it costs: the first copy of management events is free, a second trail in the same account is not.
Reads and writes of objects (data events) and the search for unusual call rates (insights) are paid by
the event, so only our own buckets are watched. Reading a secret is a management event and is in it.

A trail is refused before the bucket's policy lets it in (`bucket_statements`, which the storage room
takes): pass that room as ``after``.

Sources: CloudTrail user guide, *Amazon S3 bucket policy for CloudTrail*, *Role policy document for
CloudTrail to use CloudWatch Logs*, *Logging data events*; CIS AWS Foundations Benchmark v3.0.0, 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudtrail, cloudwatch, iam

from components.aws.audit_alarms import watch_calls
from components.aws.document import Statement, document
from components.aws.trust import reticent_trust
from components.base import Part
from components.naming import Naming

__all__ = ["Audit", "AuditArgs", "bucket_statements"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditArgs:
    """Where the trail lives, what it looks at closely, and who hears of what it sees."""

    naming: Naming
    account: str
    region: str
    """The trail's home; it records every region."""
    bucket_name: pulumi.Input[str]
    """Takes the files. Under an object lock, so that they stay as they were written."""
    audit_bucket_arns: Sequence[pulumi.Input[str]]
    """Whose reads and deletions are recorded: the audit buckets of both regions."""
    data_bucket_arns: Sequence[pulumi.Input[str]]
    """Whose every access is recorded: the data buckets of both regions."""
    log_key_arn: pulumi.Input[str]
    log_days: int
    """For so many days a question can be asked of the log group; the bucket keeps what is older."""
    topic_arn: pulumi.Input[str]
    protect: bool
    after: Sequence[pulumi.Resource]
    """What lets the trail into its bucket: the storage room."""


class Audit(Part):
    """The trail, its log group, and the alarms on what it records."""

    trail_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AuditArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        group = cloudwatch.LogGroup(
            self.named("trail"),
            name=f"/{args.naming.of('log-group', 'audit')}",
            retention_in_days=args.log_days,
            kms_key_id=args.log_key_arn,
            deletion_protection_enabled=args.protect,
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        role, rights = self._writer()
        trail = cloudtrail.Trail(
            self.named("trail"),
            name=_trail_name(args.naming),
            s3_bucket_name=args.bucket_name,
            kms_key_id=args.log_key_arn,
            enable_logging=True,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            cloud_watch_logs_group_arn=pulumi.Output.concat(group.arn, ":*"),
            cloud_watch_logs_role_arn=role.arn,
            advanced_event_selectors=_selectors(args),
            insight_selectors=[
                cloudtrail.TrailInsightSelectorArgs(insight_type="ApiCallRateInsight"),
                cloudtrail.TrailInsightSelectorArgs(insight_type="ApiErrorRateInsight"),
            ],
            opts=ResourceOptions(parent=self, protect=args.protect, depends_on=[rights, *args.after]),
        )
        watch_calls(self, naming=args.naming, log_group_name=group.name, topic_arn=args.topic_arn)
        self.trail_arn = trail.arn
        self.finish()

    def _writer(self) -> tuple[iam.Role, iam.RolePolicy]:
        """The trail's own role: it may write its own streams in its own log group, nothing else."""
        args = self._args
        role = iam.Role(
            self.named("trail"),
            name=args.naming.of("iam-role", "audit", args.region),
            # CloudTrail names no source when it takes this role: a condition on one would refuse it
            assume_role_policy=reticent_trust("cloudtrail.amazonaws.com", account=args.account),
            opts=ResourceOptions(parent=self),
        )
        group = f"log-group:/{args.naming.of('log-group', 'audit')}"
        streams = f"log-stream:{args.account}_CloudTrail_{args.region}*"
        rights = iam.RolePolicy(
            self.named("trail"),
            role=role.id,
            policy=document(
                {
                    "Sid": "OwnStreams",
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": f"arn:aws:logs:{args.region}:{args.account}:{group}:{streams}",
                }
            ),
            opts=ResourceOptions(parent=self),
        )
        return role, rights


def bucket_statements(*, naming: Naming, account: str, region: str, bucket_arn: str) -> list[Statement]:
    """What lets the trail of that home region, and no other trail, write to that bucket of ours.

    Made from names alone, because the bucket is made before the trail.
    """
    source = {"aws:SourceArn": _trail_arn(naming, account=account, region=region)}
    service = {"Service": "cloudtrail.amazonaws.com"}
    return [
        {
            "Sid": "TrailLooks",
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:GetBucketAcl",
            "Resource": bucket_arn,
            "Condition": {"StringEquals": source},
        },
        {
            "Sid": "TrailWrites",
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:PutObject",
            "Resource": f"{bucket_arn}/AWSLogs/{account}/*",
            "Condition": {"StringEquals": {**source, "s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]


def _trail_name(naming: Naming) -> str:
    return naming.of("trail", "account")


def _trail_arn(naming: Naming, *, account: str, region: str) -> str:
    return f"arn:aws:cloudtrail:{region}:{account}:trail/{_trail_name(naming)}"


def _selectors(args: AuditArgs) -> list[cloudtrail.TrailAdvancedEventSelectorArgs]:
    return [
        _selector("Management events", _equals("eventCategory", "Management")),
        _selector("Every access to data", *_objects(args.data_bucket_arns)),
        # Not the writing: the trail's own files arrive there, and each would be an event in the next.
        # Nothing can be overwritten there, and the bucket's access log names who writes.
        _selector(
            "Reading and deleting of audit records",
            *_objects(args.audit_bucket_arns),
            cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs(
                field="eventName", not_equals=["PutObject"]
            ),
        ),
    ]


def _selector(
    name: str, *fields: cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs
) -> cloudtrail.TrailAdvancedEventSelectorArgs:
    return cloudtrail.TrailAdvancedEventSelectorArgs(name=name, field_selectors=list(fields))


def _objects(
    bucket_arns: Sequence[pulumi.Input[str]],
) -> list[cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs]:
    """The objects of these buckets. With the slash: else a longer name would be meant too."""
    return [
        _equals("eventCategory", "Data"),
        _equals("resources.type", "AWS::S3::Object"),
        cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs(
            field="resources.ARN", starts_withs=[pulumi.Output.concat(arn, "/") for arn in bucket_arns]
        ),
    ]


def _equals(field: str, value: str) -> cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs:
    return cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs(field=field, equals=[value])
