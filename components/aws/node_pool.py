"""The machines of an EKS cluster that always stand: a launch template that hardens them, a managed group.

Karpenter and what a cluster cannot be without run here; Karpenter makes all other machines, and none of
these (`components.aws.karpenter`). So nobody but this program says how many they are. The group may hold
more, up to the settings' most: for people, on the day on which Karpenter is ill.

Pods cannot reach a machine's own credentials (metadata needs a token that stops at the first hop),
disks are encrypted, no machine has a public address, and unhealthy ones are replaced.

Settings and reasons: ``docs/architecture.md``; AWS, *EKS best practices*; CIS EKS benchmark 5.4.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import ec2, eks

from components.base import Part
from components.naming import Naming
from config.sections import NodePool as NodePoolSettings
from config.size_checks import architecture

__all__ = ["CAPACITY_LABEL", "NodePool", "NodePoolArgs", "ami_type"]

CAPACITY: Final = "on-demand"
CAPACITY_LABEL: Final = "trading-platform/capacity"
"""Label of every machine: whether it stays, or may be taken back."""

_AMI_TYPES: Final = {"arm64": "AL2023_ARM_64_STANDARD", "amd64": "AL2023_x86_64_STANDARD"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePoolArgs:
    """Which machines, how many, and in which cluster."""

    naming: Naming
    cluster_name: pulumi.Input[str]
    cluster_group_id: pulumi.Input[str]
    """The cluster's own security group: the machines' only one (with two that name the cluster, load
    balancers cannot tell which to open)."""
    node_role_arn: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private ones."""
    machines: NodePoolSettings
    tags: Mapping[str, str]
    """For machines and disks, which EC2 makes and no stack-wide tagging reaches."""
    after: Sequence[pulumi.Resource]
    """What a machine needs to become ready and, on the way out, to give its addresses back."""


class NodePool(Part):
    """A launch template and a managed node group."""

    node_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: NodePoolArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        types = args.machines.instance_types
        if args.machines.min < 1:
            msg = (
                "no machine stands in the cluster, expected at least one: Karpenter, which makes the others, "
                "has to run somewhere. Set cluster: {on_demand: {min: 1}}"
            )
            raise ValueError(msg)
        template = self._template()
        group = eks.NodeGroup(
            self.named("group"),
            cluster_name=args.cluster_name,
            # A prefix: a group that must be replaced is made beside the old one, which holds its name.
            node_group_name_prefix=f"{args.naming.of('node-group-prefix', CAPACITY)}-",
            node_role_arn=args.node_role_arn,
            subnet_ids=args.subnet_ids,
            ami_type=ami_type(types),
            capacity_type="ON_DEMAND",
            instance_types=list(types),
            launch_template=eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            scaling_config=eks.NodeGroupScalingConfigArgs(
                min_size=args.machines.min, desired_size=args.machines.min, max_size=args.machines.max
            ),
            update_config=eks.NodeGroupUpdateConfigArgs(max_unavailable_percentage=33),
            node_repair_config=eks.NodeGroupNodeRepairConfigArgs(enabled=True),
            labels={CAPACITY_LABEL: CAPACITY},
            opts=ResourceOptions(parent=self, depends_on=args.after),
        )
        self.node_group_name = group.node_group_name
        self.finish()

    def _template(self) -> ec2.LaunchTemplate:
        return ec2.LaunchTemplate(
            self.named("template"),
            name=self._args.naming.of("launch-template", CAPACITY),
            update_default_version=True,
            metadata_options=ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            block_device_mappings=[
                ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name="/dev/xvda",
                    ebs=ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        volume_type="gp3",
                        volume_size=self._args.machines.disk_gib,
                        # By the account's EBS key: a key of ours would have to be granted to the
                        # Auto Scaling service, and a machine's root disk holds no data of ours.
                        encrypted="true",
                        delete_on_termination="true",
                    ),
                )
            ],
            network_interfaces=[
                ec2.LaunchTemplateNetworkInterfaceArgs(
                    device_index=0,
                    associate_public_ip_address="false",
                    security_groups=[self._args.cluster_group_id],
                    delete_on_termination="true",
                )
            ],
            tag_specifications=[
                ec2.LaunchTemplateTagSpecificationArgs(
                    resource_type=kind,
                    tags={**self._args.tags, "Name": self._args.naming.of("launch-template", CAPACITY)},
                )
                for kind in ("instance", "volume")
            ],
            opts=ResourceOptions(parent=self),
        )


def ami_type(instance_types: Sequence[str]) -> str:
    """The Amazon Linux 2023 image that these machines boot from.

    All are of the first one's architecture: `config.checks` refuses a pool that mixes them.
    """
    return _AMI_TYPES[architecture(instance_types[0])]
