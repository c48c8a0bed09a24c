"""What each operator in the cluster may do on AWS: a function each, and a module for Karpenter.

No action is a wildcard. ``Resource: *`` stands where IAM knows no other: for listing zones, and for looking
at balancers and networks, held to the one region.

Sources: Route 53 developer guide, *Using IAM policy conditions for fine-grained access control*; Velero's
plugin for AWS 1.14, *Set permissions*; the sources of the AWS Load Balancer Controller 3.5 (what a
TargetGroupBinding without networking calls); the sources of Kopia (it asks whether the bucket is there).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi

from components.aws.document import Statement
from components.contracts import BucketOutputs

__all__ = ["BACKUPS", "RECORD_TYPES", "balancer", "names", "objects", "secrets"]

BACKUPS: Final = "cluster-backups"
"""Folder of the data bucket: what Velero keeps of the clusters, Kubernetes' secrets among it. No service
reads it (`components.aws.identity`)."""
RECORD_TYPES: Final = ("A", "AAAA", "CNAME", "TXT")
"""Addresses and names, and the texts in which external-dns writes whose a record is."""


def secrets(*, arns: Sequence[pulumi.Input[str]], key_arn: pulumi.Input[str], region: str) -> list[Statement]:
    """External Secrets: read these secrets, by way of the store that they are in. None: nothing."""
    if not arns:
        return []
    return [
        {
            "Sid": "SecretRead",
            "Effect": "Allow",
            "Action": ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
            "Resource": list(arns),
        },
        {
            "Sid": "SecretKey",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": key_arn,
            "Condition": _by_way_of("secretsmanager", region),
        },
    ]


def names(*, zone_id: pulumi.Input[str], domain: str) -> list[Statement]:
    """external-dns: write names below this domain, and read the zone that it is in.

    Below, and not the domain's own name: what customers call, what leads to a region and what proves the
    certificate are all above, out of its reach.
    """
    zone = pulumi.Output.concat("arn:aws:route53:::hostedzone/", zone_id)
    return [
        {
            "Sid": "NamesBelow",
            "Effect": "Allow",
            "Action": "route53:ChangeResourceRecordSets",
            "Resource": zone,
            "Condition": {
                "ForAllValues:StringLike": {
                    "route53:ChangeResourceRecordSetsNormalizedRecordNames": [f"*.{domain}"]
                },
                "ForAllValues:StringEquals": {
                    "route53:ChangeResourceRecordSetsRecordTypes": list(RECORD_TYPES)
                },
            },
        },
        {
            "Sid": "NamesOfTheZone",
            "Effect": "Allow",
            "Action": "route53:ListResourceRecordSets",
            "Resource": zone,
        },
        {"Sid": "Zones", "Effect": "Allow", "Action": "route53:ListHostedZones", "Resource": "*"},
    ]


def objects(
    *, bucket: BucketOutputs, own: str, others: Sequence[str], key_arn: pulumi.Input[str], region: str
) -> list[Statement]:
    """Velero: all in its own folder, reading in the others'. Disks are the CSI driver's to copy.

    Names are listed in the whole bucket: whether it is there is asked without a folder.
    """

    def under(folder: str) -> pulumi.Output[str]:
        return pulumi.Output.concat(bucket.resource_id, f"/{folder}/*")

    reading: Statement = {
        "Sid": "BackupsOfOthers",
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": [under(folder) for folder in others],
    }
    return [
        {
            "Sid": "BackupList",
            "Effect": "Allow",
            "Action": ["s3:GetBucketLocation", "s3:ListBucket"],
            "Resource": bucket.resource_id,
        },
        {
            "Sid": "Backups",
            "Effect": "Allow",
            "Action": [
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            ],
            "Resource": under(own),
        },
        *([reading] if others else []),
        {
            "Sid": "BackupKey",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": key_arn,
            "Condition": _by_way_of("s3", region),
        },
    ]


def balancer(*, target_group_arn: pulumi.Input[str], region: str) -> list[Statement]:
    """The load balancer controller: put pods into this one target group and take them out again.

    It makes no balancer, no security group and no rule: those are this program's.
    """
    return [
        {
            "Sid": "Targets",
            "Effect": "Allow",
            "Action": ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"],
            "Resource": target_group_arn,
        },
        {
            "Sid": "LookAtTargets",
            "Effect": "Allow",
            "Action": [
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeVpcs",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetHealth",
            ],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": region}},
        },
    ]


def _by_way_of(service: str, region: str) -> dict[str, dict[str, str]]:
    return {"StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}}
