"""What an AWS account has once in each region: watchmen, a record of the configuration, safe defaults.

Made by one stack of the account, or by none, for the reason in `components.aws.account_baseline`; the
second region has its own. In an account that an organisation's administrator governs, most of this is
the administrator's, and the setting stays off.

* GuardDuty looks at logs and, through an agent that it installs itself, into the cluster's machines.
* AWS Config records every change of every resource; Security Hub judges the record by two standards.
* Inspector looks for known holes in images and machines; the access analyzer for doors to strangers.
* What is serious goes to the region's topic (`components.aws.findings`).

The agent is GuardDuty's add-on ``aws-guardduty-agent``, and with it come an endpoint and a security
group in the network. All three are GuardDuty's: neither the cluster room nor the network room may make
one of that name or that service. The provider takes endpoint and group away when the network goes.

AWS Config cannot deliver to a bucket whose lock has a default retention, as the audit bucket's has: it
delivers to the bucket of the access logs (`bucket_statements`, which the storage room takes).

Sources: GuardDuty user guide, *Runtime Monitoring*; AWS Config developer guide, *Managing the delivery
channel*, *Permissions for the S3 bucket*; Security Hub user guide, *Configuring AWS Config*; CIS AWS
Foundations Benchmark v3.0.0, 1.20, 2.2.1, 3.3, 4.16, 5.6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import accessanalyzer, cfg, ebs, ec2, guardduty, inspector2, securityhub

from components.aws.document import Statement
from components.aws.findings import tell
from components.base import Part
from components.naming import Naming

__all__ = ["RegionBaseline", "RegionBaselineArgs", "bucket_statements"]

WATCHED_BY_GUARDDUTY: Final = (
    "EBS_MALWARE_PROTECTION",
    "EKS_AUDIT_LOGS",
    "LAMBDA_NETWORK_LOGS",
    "RDS_LOGIN_EVENTS",
    "S3_DATA_EVENTS",
)
AGENTS: Final = (
    ("EKS_ADDON_MANAGEMENT", "ENABLED"),
    ("ECS_FARGATE_AGENT_MANAGEMENT", "DISABLED"),
    ("EC2_AGENT_MANAGEMENT", "DISABLED"),
)
"""Every machine here is the cluster's. All three are said, as GuardDuty answers with all three."""
STANDARDS: Final = {
    "cis": "cis-aws-foundations-benchmark/v/3.0.0",
    "best-practices": "aws-foundational-security-best-practices/v/1.0.0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionBaselineArgs:
    """Which region, and where the record and the alarms go."""

    naming: Naming
    account: str
    region: str
    home: bool
    """Whether what belongs to no region (IAM) is recorded here. In one region only: each record costs."""
    config_role_arn: pulumi.Input[str]
    bucket_name: pulumi.Input[str]
    """Takes the record. A bucket without a default retention."""
    topic_arn: pulumi.Input[str]
    protect: bool
    after: Sequence[pulumi.Resource]
    """What lets AWS Config into its bucket: the storage room."""


class RegionBaseline(Part):
    """Detection, the record of the configuration, and the region's defaults."""

    detector_id: pulumi.Output[str]

    def __init__(self, name: str, args: RegionBaselineArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._defaults()
        recording = self._record()
        self.detector_id = self._detect()
        self._judge(recording)
        self._search()
        tell(self, naming=args.naming, topic_arn=args.topic_arn)
        self.finish()

    def _defaults(self) -> None:
        """What holds where somebody says nothing. What this program makes says it all the same."""
        here = ResourceOptions(parent=self)
        ebs.EncryptionByDefault(self.named("disks"), enabled=True, opts=here)
        ebs.SnapshotBlockPublicAccess(self.named("snapshots"), state="block-all-sharing", opts=here)
        ec2.ImageBlockPublicAccess(self.named("images"), state="block-new-sharing", opts=here)
        ec2.InstanceMetadataDefaults(
            self.named("metadata"), http_tokens="required", http_put_response_hop_limit=1, opts=here
        )

    def _record(self) -> cfg.RecorderStatus:
        """Recorder, then channel, then the start: in another order AWS refuses the next."""
        args, name = self._args, self._args.naming.of("config-recorder")
        recorder = cfg.Recorder(
            self.named("recorder"),
            name=name,
            role_arn=args.config_role_arn,
            recording_group=cfg.RecorderRecordingGroupArgs(
                all_supported=True, include_global_resource_types=args.home
            ),
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        channel = cfg.DeliveryChannel(
            self.named("recorder"),
            name=name,
            s3_bucket_name=args.bucket_name,
            snapshot_delivery_properties=cfg.DeliveryChannelSnapshotDeliveryPropertiesArgs(
                delivery_frequency="TwentyFour_Hours"
            ),
            opts=ResourceOptions(parent=self, depends_on=[recorder, *args.after]),
        )
        return cfg.RecorderStatus(
            self.named("recorder"),
            name=recorder.name,
            is_enabled=True,
            opts=ResourceOptions(parent=self, depends_on=[channel]),
        )

    def _detect(self) -> pulumi.Output[str]:
        detector = guardduty.Detector(
            self.named("detector"),
            enable=True,
            finding_publishing_frequency="FIFTEEN_MINUTES",
            opts=ResourceOptions(parent=self, protect=self._args.protect),
        )
        for feature in WATCHED_BY_GUARDDUTY:
            guardduty.DetectorFeature(
                self.named(feature.lower().replace("_", "-")),
                detector_id=detector.id,
                name=feature,
                status="ENABLED",
                opts=ResourceOptions(parent=self),
            )
        guardduty.DetectorFeature(
            self.named("runtime-monitoring"),
            detector_id=detector.id,
            name="RUNTIME_MONITORING",
            status="ENABLED",
            additional_configurations=[
                guardduty.DetectorFeatureAdditionalConfigurationArgs(name=agent, status=status)
                for agent, status in AGENTS
            ],
            opts=ResourceOptions(parent=self),
        )
        return detector.id

    def _judge(self, recording: cfg.RecorderStatus) -> None:
        """Standards read what Config has recorded: without it they judge nothing, and say so at length."""
        hub = securityhub.Account(
            self.named("hub"),
            enable_default_standards=False,  # among them is the benchmark of 2018
            auto_enable_controls=True,
            control_finding_generator="SECURITY_CONTROL",  # one finding, however many standards ask
            opts=ResourceOptions(parent=self, protect=self._args.protect),
        )
        for name, standard in STANDARDS.items():
            securityhub.StandardsSubscription(
                self.named(name),
                standards_arn=f"arn:aws:securityhub:{self._args.region}::standards/{standard}",
                opts=ResourceOptions(parent=self, depends_on=[hub, recording]),
            )

    def _search(self) -> None:
        args = self._args
        inspector2.Enabler(
            self.named("inspector"),
            account_ids=[args.account],
            resource_types=["EC2", "ECR"],
            opts=ResourceOptions(parent=self),
        )
        accessanalyzer.Analyzer(
            self.named("analyzer"),
            analyzer_name=args.naming.of("analyzer", "account"),
            type="ACCOUNT",
            opts=ResourceOptions(parent=self),
        )


def bucket_statements(*, account: str, bucket_arn: str) -> list[Statement]:
    """What lets AWS Config, on this account's behalf alone, deliver its record to that bucket of ours.

    Its service-linked role has no rights to a bucket: it delivers in the service's own name.
    """
    service = {"Service": "config.amazonaws.com"}
    ours = {"aws:SourceAccount": account}
    return [
        {
            "Sid": "ConfigurationLooks",
            "Effect": "Allow",
            "Principal": service,
            "Action": ["s3:GetBucketAcl", "s3:ListBucket"],
            "Resource": bucket_arn,
            "Condition": {"StringEquals": ours},
        },
        {
            "Sid": "ConfigurationWrites",
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:PutObject",
            "Resource": f"{bucket_arn}/AWSLogs/{account}/Config/*",
            "Condition": {"StringEquals": {**ours, "s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]
