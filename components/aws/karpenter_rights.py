"""What Karpenter may do: make machines for its own cluster, out of our parts alone, and end those again.

As its vendor lists it (v1.14, *CloudFormation reference*), and narrower. A machine stands in the subnets
and the security group that are named here, and boots as the one role that may be passed. Whatever is made
carries the cluster's tag from its first moment; only what carries it can be changed or ended. No instance
profile is made or changed: there is one, and the program owns it.

``Resource: *`` stands where IAM knows no other: for looking at EC2, prices, instance profiles and shifts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from components.aws.document import Statement

__all__ = ["KarpenterRights", "statements"]

_LOOKS: Final = (
    "ec2:DescribeCapacityReservations",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribePlacementGroups",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSpotPriceHistory",
    "ec2:DescribeSubnets",
)
_MADE: Final = (
    "fleet",
    "instance",
    "launch-template",
    "network-interface",
    "spot-instances-request",
    "volume",
)
_NODE_POOL: Final = "karpenter.sh/nodepool"
_LATER_TAGS: Final = ("Name", "eks:eks-cluster-name", "karpenter.sh/nodeclaim")
"""What Karpenter writes on a machine once its node has a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KarpenterRights:
    """Whose machines, and what they are made of."""

    account: str
    region: str
    cluster_name: str
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    node_role_arn: pulumi.Input[str]
    queue_arn: pulumi.Input[str]
    zonal_shift: bool
    """Whether the cluster can be moved away from an ill zone: then Karpenter makes no machine there."""

    @property
    def cluster_arn(self) -> str:
        """What EKS calls the cluster."""
        return f"arn:aws:eks:{self.region}:{self.account}:cluster/{self.cluster_name}"

    @property
    def cluster_tag(self) -> str:
        """What says whose a machine is; its value is ``owned``."""
        return f"kubernetes.io/cluster/{self.cluster_name}"

    def ours(self, kind: str, resource_id: pulumi.Input[str] = "*") -> pulumi.Output[str]:
        """One thing of EC2's in this account and region, or all of a kind."""
        return pulumi.Output.concat(f"arn:aws:ec2:{self.region}:{self.account}:{kind}/", resource_id)

    def amazons(self, kind: str) -> str:
        """Things of a kind that belong to no account of ours: images, and what they are copied from."""
        return f"arn:aws:ec2:{self.region}::{kind}/*"

    @property
    def asked_for(self) -> dict[str, dict[str, str]]:
        """Under the condition that the call itself writes the cluster's tags."""
        return {
            "StringEquals": {
                f"aws:RequestTag/{self.cluster_tag}": "owned",
                "aws:RequestTag/eks:eks-cluster-name": self.cluster_name,
            },
            "StringLike": {f"aws:RequestTag/{_NODE_POOL}": "*"},
        }

    @property
    def owned(self) -> dict[str, dict[str, str]]:
        """Under the condition that the thing carries the cluster's tag already."""
        return {
            "StringEquals": {f"aws:ResourceTag/{self.cluster_tag}": "owned"},
            "StringLike": {f"aws:ResourceTag/{_NODE_POOL}": "*"},
        }


def statements(rights: KarpenterRights) -> list[Statement]:
    """Making, marking, ending; passing the role; looking; and hearing of interruptions."""
    return [*_making(rights), *_marking(rights), *_passing(rights), *_looking(rights), *_hearing(rights)]


def _making(rights: KarpenterRights) -> list[Statement]:
    launch = ["ec2:CreateFleet", "ec2:RunInstances"]
    return [
        {
            "Sid": "MachinesOfTheseParts",
            "Effect": "Allow",
            "Action": launch,
            "Resource": [
                rights.amazons("image"),
                rights.amazons("snapshot"),
                rights.ours("security-group", rights.security_group_id),
                *(rights.ours("subnet", subnet) for subnet in rights.subnet_ids),
            ],
        },
        {
            "Sid": "MachinesByOurTemplates",
            "Effect": "Allow",
            "Action": launch,
            "Resource": rights.ours("launch-template"),
            "Condition": rights.owned,
        },
        {
            "Sid": "MachinesOfThisCluster",
            "Effect": "Allow",
            "Action": ["ec2:CreateLaunchTemplate", *launch],
            "Resource": [rights.ours(kind) for kind in _MADE],
            "Condition": rights.asked_for,
        },
        {
            "Sid": "EndOurOwn",
            "Effect": "Allow",
            "Action": ["ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"],
            "Resource": [rights.ours("instance"), rights.ours("launch-template")],
            "Condition": rights.owned,
        },
    ]


def _marking(rights: KarpenterRights) -> list[Statement]:
    """At birth with the cluster's tags; later only a machine of ours, and only with its node's name."""
    born, owned = rights.asked_for, rights.owned
    creation = {"ec2:CreateAction": ["CreateFleet", "CreateLaunchTemplate", "RunInstances"]}
    return [
        {
            "Sid": "MarkAtBirth",
            "Effect": "Allow",
            "Action": "ec2:CreateTags",
            "Resource": [rights.ours(kind) for kind in _MADE],
            "Condition": {**born, "StringEquals": {**born["StringEquals"], **creation}},
        },
        {
            "Sid": "NameOurOwn",
            "Effect": "Allow",
            "Action": "ec2:CreateTags",
            "Resource": rights.ours("instance"),
            "Condition": {
                **owned,
                "StringEqualsIfExists": {"aws:RequestTag/eks:eks-cluster-name": rights.cluster_name},
                "ForAllValues:StringEquals": {"aws:TagKeys": list(_LATER_TAGS)},
            },
        },
    ]


def _passing(rights: KarpenterRights) -> list[Statement]:
    return [
        {
            "Sid": "MachinesAreThisRole",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": rights.node_role_arn,
            "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        }
    ]


def _looking(rights: KarpenterRights) -> list[Statement]:
    """Instance profiles too: Karpenter looks for ones of its own making, and finds none."""
    looks: list[Statement] = [
        {
            "Sid": "LookAtMachines",
            "Effect": "Allow",
            "Action": list(_LOOKS),
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": rights.region}},
        },
        {
            "Sid": "LookAtPricesAndProfiles",
            "Effect": "Allow",
            "Action": ["iam:ListInstanceProfiles", "pricing:GetProducts"],
            "Resource": "*",
        },
        {
            "Sid": "LookAtProfile",
            "Effect": "Allow",
            "Action": "iam:GetInstanceProfile",
            "Resource": f"arn:aws:iam::{rights.account}:instance-profile/*",
        },
        {
            "Sid": "LookAtImages",
            "Effect": "Allow",
            "Action": "ssm:GetParameter",
            "Resource": f"arn:aws:ssm:{rights.region}::parameter/aws/service/*",
        },
        {
            "Sid": "LookAtCluster",
            "Effect": "Allow",
            "Action": "eks:DescribeCluster",
            "Resource": rights.cluster_arn,
        },
    ]
    shift: Statement = {
        "Sid": "LookAtZonalShift",
        "Effect": "Allow",
        "Action": "arc-zonal-shift:GetManagedResource",
        "Resource": "*",
        "Condition": {"StringEquals": {"arc-zonal-shift:ResourceIdentifier": rights.cluster_arn}},
    }
    return [*looks, *([shift] if rights.zonal_shift else [])]


def _hearing(rights: KarpenterRights) -> list[Statement]:
    return [
        {
            "Sid": "Interruptions",
            "Effect": "Allow",
            "Action": ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
            "Resource": rights.queue_arn,
        }
    ]
