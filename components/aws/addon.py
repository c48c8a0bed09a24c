"""One EKS add-on, and the role of its pods where it calls the cloud's APIs.

Each add-on that needs rights has a role of its own, taken through Pod Identity: rights on the
machines' role would be every pod's rights.

Settings and reasons: ``docs/architecture.md``; AWS, *Best practices for EKS networking*; Amazon EKS user
guide, *Use CSI snapshot controller*; Amazon EC2 user guide, *Permissions for IAM users* (EBS encryption).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import eks, iam

from components.aws.document import Statement, document_of
from components.aws.trust import pod_trust
from components.base import Part
from components.naming import Naming

__all__ = [
    "AFTER_COMPUTE",
    "BEFORE_COMPUTE",
    "EBS_CSI",
    "Addon",
    "AddonArgs",
    "AddonKind",
    "PodRights",
    "disk_key_rights",
]

NAMESPACE: Final = "kube-system"


@dataclass(frozen=True, slots=True)
class PodRights:
    """What an add-on's pods may do, as its vendor advises."""

    service_account: str
    policy_arn: str


@dataclass(frozen=True, slots=True)
class AddonKind:
    """An add-on by its name in EKS; its version is EKS's default for the cluster's version."""

    name: str
    configuration: Mapping[str, object] | None = None
    rights: PodRights | None = None


VPC_CNI: Final = AddonKind(
    "vpc-cni",
    configuration={
        "enableNetworkPolicy": "true",
        "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
    },
    rights=PodRights("aws-node", "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"),
)
"""Gives pods their addresses (sixteen at a time, so that a machine holds more pods) and enforces
NetworkPolicy, which without it is accepted and ignored."""

BEFORE_COMPUTE: Final = (AddonKind("eks-pod-identity-agent"), VPC_CNI, AddonKind("kube-proxy"))
"""A machine that joins before these is not ready, or keeps the defaults that it joined with."""

EBS_CSI: Final = AddonKind(
    "aws-ebs-csi-driver",
    rights=PodRights("ebs-csi-controller-sa", "arn:aws:iam::aws:policy/AmazonEBSCSIDriverPolicyV2"),
)
"""Makes the volumes that pods ask for, and their snapshots. Under a key of ours, with rights over it."""

AFTER_COMPUTE: Final = (
    AddonKind("coredns"),
    EBS_CSI,
    AddonKind("metrics-server"),
    AddonKind("eks-node-monitoring-agent"),
    AddonKind("snapshot-controller"),  # without it nobody asks the driver for the snapshots of a backup
)
"""These are pods that wait for a machine: before there is one they never become healthy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddonArgs:
    """Which add-on, and where."""

    naming: Naming
    account: str
    region: str
    cluster_name: pulumi.Input[str]
    kind: AddonKind
    more: Mapping[str, object] = field(default_factory=dict[str, object])
    """Configuration beside the kind's own: what only the cluster knows."""
    more_rights: Sequence[Statement] = ()
    """Of a kind with rights: what its pods may do beside the vendor's policy, with things of ours."""
    after: Sequence[pulumi.Resource] = ()
    """What must stand before the add-on is installed, and still stands when it is removed."""


class Addon(Part):
    """A managed add-on with its role."""

    addon_name: pulumi.Output[str]

    def __init__(self, name: str, args: AddonArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        role, may = self._role(args.kind.rights) if args.kind.rights else (None, [])
        configuration = {**(args.kind.configuration or {}), **args.more}
        addon = eks.Addon(
            self.named("addon"),
            cluster_name=args.cluster_name,
            addon_name=args.kind.name,
            configuration_values=json.dumps(configuration, sort_keys=True) if configuration else None,
            pod_identity_associations=[
                eks.AddonPodIdentityAssociationArgs(
                    role_arn=role.arn, service_account=args.kind.rights.service_account
                )
            ]
            if role and args.kind.rights
            else None,
            resolve_conflicts_on_create="NONE",  # nothing is there yet: a conflict is worth an error
            resolve_conflicts_on_update="OVERWRITE",  # what this program says, holds
            preserve=True,  # an add-on taken out of the program does not cut running pods off
            opts=ResourceOptions(parent=self, depends_on=[*args.after, *may]),
        )
        self.addon_name = addon.addon_name
        self.finish()

    def _role(self, rights: PodRights) -> tuple[iam.Role, list[pulumi.Resource]]:
        role = iam.Role(
            self.named("role"),
            name=self._args.naming.of("iam-role", self._args.kind.name, self._args.region),
            assume_role_policy=pod_trust(
                account=self._args.account,
                cluster_name=self._args.cluster_name,
                namespace=NAMESPACE,
                service_account=rights.service_account,
            ),
            opts=ResourceOptions(parent=self),
        )
        attachment = iam.RolePolicyAttachment(
            self.named("role-policy"),
            role=role.name,
            policy_arn=rights.policy_arn,
            opts=ResourceOptions(parent=self),
        )
        if not self._args.more_rights:
            return role, [attachment]
        more = iam.RolePolicy(
            self.named("role-more"),
            role=role.id,
            policy=document_of(*self._args.more_rights),
            opts=ResourceOptions(parent=self),
        )
        return role, [attachment, more]


def disk_key_rights(key_arn: pulumi.Input[str], region: str) -> list[Statement]:
    """What who makes disks under a key of ours needs over it: by way of EC2, and grants for EC2 alone."""
    by_way_of_ec2 = {"StringEquals": {"kms:ViaService": f"ec2.{region}.amazonaws.com"}}
    return [
        {
            "Sid": "DiskKey",
            "Effect": "Allow",
            "Action": [
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ],
            "Resource": key_arn,
            "Condition": by_way_of_ec2,
        },
        {
            "Sid": "DiskKeyForEc2",
            "Effect": "Allow",
            "Action": "kms:CreateGrant",
            "Resource": key_arn,
            "Condition": {**by_way_of_ec2, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        },
    ]
