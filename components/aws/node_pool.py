"""Machines of one kind for an EKS cluster: a launch template that hardens them, and a managed group.

Pods cannot reach a machine's own credentials (metadata needs a token that stops at the first hop),
disks are encrypted, no machine has a public address, and unhealthy ones are replaced.

Settings and reasons: ``docs/architecture.md``; AWS, *EKS best practices*; CIS EKS benchmark 5.4.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import ec2, eks

from components.base import Part
from components.naming import Naming
from config.sections import NodePool as NodePoolSettings
from config.size_checks import MIN_SPOT_TYPES, architecture

__all__ = ["CAPACITY_LABEL", "NodePool", "NodePoolArgs", "ami_type"]

Capacity = Literal["on-demand", "spot"]

CAPACITY_LABEL: Final = "trading-platform/capacity"
"""Label of every machine and taint of the spot ones: what may be interrupted must say so to run there."""

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
    capacity: Capacity
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
        if args.capacity == "spot" and len(set(types)) < MIN_SPOT_TYPES:
            msg = (
                f"the spot pool has {len(set(types))} machine type(s) ({', '.join(types)}), expected at "
                f"least {MIN_SPOT_TYPES}: a shortage of one type would take every machine back at once. "
                "Add types of the same size, for example cluster: {spot: {instance_types: "
                "[m7g.large, m6g.large, c7g.large]}}"
            )
            raise ValueError(msg)
        template = self._template()
        group = eks.NodeGroup(
            self.named("group"),
            cluster_name=args.cluster_name,
            # A prefix: a group that must be replaced is made beside the old one, which holds its name.
            node_group_name_prefix=f"{args.naming.of('node-group-prefix', args.capacity)}-",
            node_role_arn=args.node_role_arn,
            subnet_ids=args.subnet_ids,
            ami_type=ami_type(types),
            capacity_type=args.capacity.upper().replace("-", "_"),
            instance_types=list(types),
            launch_template=eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            scaling_config=eks.NodeGroupScalingConfigArgs(
                min_size=args.machines.min, desired_size=args.machines.min, max_size=args.machines.max
            ),
            update_config=eks.NodeGroupUpdateConfigArgs(max_unavailable_percentage=33),
            node_repair_config=eks.NodeGroupNodeRepairConfigArgs(enabled=True),
            labels={CAPACITY_LABEL: args.capacity},
            taints=self._taints(),
            opts=ResourceOptions(
                parent=self,
                depends_on=args.after,
                ignore_changes=["scalingConfig.desiredSize"],  # the autoscaler's, once it runs
            ),
        )
        self.node_group_name = group.node_group_name
        self.finish()

    def _template(self) -> ec2.LaunchTemplate:
        return ec2.LaunchTemplate(
            self.named("template"),
            name=self._args.naming.of("launch-template", self._args.capacity),
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
                    tags={
                        **self._args.tags,
                        "Name": self._args.naming.of("launch-template", self._args.capacity),
                    },
                )
                for kind in ("instance", "volume")
            ],
            opts=ResourceOptions(parent=self),
        )

    def _taints(self) -> list[eks.NodeGroupTaintArgs]:
        if self._args.capacity == "on-demand":
            return []
        return [eks.NodeGroupTaintArgs(key=CAPACITY_LABEL, value=self._args.capacity, effect="NO_SCHEDULE")]


def ami_type(instance_types: Sequence[str]) -> str:
    """The Amazon Linux 2023 image that these machines boot from.

    All are of the first one's architecture: `config.checks` refuses a pool that mixes them.
    """
    return _AMI_TYPES[architecture(instance_types[0])]
