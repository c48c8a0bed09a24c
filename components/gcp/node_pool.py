"""Machines of one kind for a GKE cluster: hardened, private, and in every zone of the cluster.

Pods cannot reach a machine's own credentials (the metadata server answers them as themselves), disks
are encrypted with our key, no machine has a public address, and ill ones are replaced. A pool of
Google's has one machine type: several spot types are several pools, which share the one ceiling.

A pool's name holds a digest of what cannot be changed in it, so that another machine type is another
pool: it is made first, and the old one is drained after it. Arm machines boot from the same image;
Google keeps pods off them with a taint, which is not wanted where all machines are alike.

Settings and reasons: ``docs/architecture.md``; Google, *Harden your cluster*, *Node pools*, *Arm
workloads on GKE* (taint, 1.35.0-gke.2141000 and later), *About disk types*; CIS GKE 5.2.1, 5.5.1 to 5.5.7.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi import CustomTimeouts, ResourceOptions
from pulumi_gcp import container

from components.base import Part
from components.naming import Naming
from components.tagging import Tags
from config.sections import NodePool as NodePoolSettings

__all__ = [
    "CAPACITY_LABEL",
    "IMAGE",
    "METADATA",
    "SCOPES",
    "Capacity",
    "NodePool",
    "NodePoolArgs",
    "disk_type",
    "one_type_each",
]

Capacity = Literal["on-demand", "spot"]

CAPACITY_LABEL: Final = "trading-platform/capacity"
"""Label of every machine and taint of the spot ones: what may be interrupted must say so to run there."""
IMAGE: Final = "COS_CONTAINERD"
METADATA: Final = {"disable-legacy-endpoints": "true", "block-project-ssh-keys": "true"}
SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)
"""What a machine may do is its account's rights; scopes are an older fence, and would hide them."""
ARM_FAMILIES: Final = frozenset({"t2a", "c4a", "n4a"})
HYPERDISK_FAMILIES: Final = frozenset({"c4", "c4a", "c4d", "n4", "n4a", "n4d"})
"""These take no Persistent Disk at all."""
DIGEST: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePoolArgs:
    """Which machines, how many, and in which cluster."""

    naming: Naming
    tags: Tags
    """For machines and disks, which GKE makes and no stack-wide labelling reaches."""
    region: str
    zones: Sequence[str]
    cluster_name: pulumi.Input[str]
    capacity: Capacity
    machines: NodePoolSettings
    """Of one machine type; its least and most are those of all zones together."""
    account_email: pulumi.Input[str]
    """Whom the machines are to Google."""
    disk_key: pulumi.Input[str]
    firewall_tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """Tag values by tag key: what the network's firewall knows the machines by."""
    protect: bool
    """Whether a pool that goes waits for its pods' disruption budgets."""


class NodePool(Part):
    """A managed node pool: one instance group in each zone."""

    pool_name: pulumi.Output[str]
    instance_groups: Sequence[pulumi.Output[str]]

    def __init__(self, name: str, args: NodePoolArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        if len(args.machines.instance_types) != 1:
            msg = (
                f"the {args.capacity} pool has {len(args.machines.instance_types)} machine types "
                f"({', '.join(args.machines.instance_types)}), but a pool of Google's has one. Keep one, for "
                f"example cluster: {{{args.capacity.replace('-', '_')}: {{instance_types: "
                f"[{args.machines.instance_types[0]}]}}}}"
            )
            raise ValueError(msg)
        pool = container.NodePool(
            self.named("pool"),
            name=args.naming.of("node-pool", args.capacity, self._digest()),
            cluster=args.cluster_name,
            location=args.region,
            node_locations=list(args.zones),
            initial_node_count=self._first_count(),
            autoscaling=container.NodePoolAutoscalingArgs(
                total_min_node_count=args.machines.min,
                total_max_node_count=args.machines.max,
                # A spot machine comes from the zone that has one; the others must survive a zone.
                location_policy="ANY" if self._spot else "BALANCED",
            ),
            management=container.NodePoolManagementArgs(auto_repair=True, auto_upgrade=True),
            upgrade_settings=self._upgrades(),
            # Else a pool that is replaced takes all copies of a service down together. Not where all is there
            # to be thrown away: the last machine's own budgets could never be met, and it would wait an hour.
            node_drain_configs=[
                container.NodePoolNodeDrainConfigArgs(respect_pdb_during_node_pool_deletion=True)
            ]
            if args.protect
            else None,
            network_config=container.NodePoolNetworkConfigArgs(enable_private_nodes=True),
            node_config=self._machine(),
            opts=ResourceOptions(
                parent=self,
                ignore_changes=["nodeCount", "initialNodeCount"],  # the autoscaler's, once it runs
                # Machines leave one by one, and each waits up to an hour for its disruption budgets.
                custom_timeouts=CustomTimeouts(create="30m", update="180m", delete="90m"),
            ),
        )
        self.pool_name = pool.name
        # Sorted, which is by zone: Google promises no order, and a reader's index must stay one zone's.
        self.instance_groups = [
            pool.managed_instance_group_urls.apply(lambda urls, index=index: sorted(urls)[index])
            for index in range(len(args.zones))
        ]
        self.finish()

    @property
    def _spot(self) -> bool:
        return self._args.capacity == "spot"

    @property
    def _machine_type(self) -> str:
        return self._args.machines.instance_types[0]

    def _digest(self) -> str:
        """Of what cannot be changed in a pool, as far as settings reach it."""
        fixed = (
            self._machine_type,
            disk_type(self._machine_type),
            str(self._args.machines.disk_gib),
            IMAGE,
            self._args.capacity,
        )
        return hashlib.sha256("|".join(fixed).encode()).hexdigest()[:DIGEST]

    def _first_count(self) -> int:
        """Machines in each zone at birth: the least, if that does not exceed the most."""
        zones = len(self._args.zones)
        return min(-(-self._args.machines.min // zones), self._args.machines.max // zones)

    def _upgrades(self) -> container.NodePoolUpgradeSettingsArgs:
        """One machine of each zone at a time: one more first; for spot, which may find none, one less."""
        surge = 0 if self._spot else 1
        return container.NodePoolUpgradeSettingsArgs(
            strategy="SURGE", max_surge=surge, max_unavailable=1 - surge
        )

    def _machine(self) -> container.NodePoolNodeConfigArgs:
        args = self._args
        return container.NodePoolNodeConfigArgs(
            machine_type=self._machine_type,
            spot=self._spot,
            image_type=IMAGE,
            disk_type=disk_type(self._machine_type),
            disk_size_gb=args.machines.disk_gib,
            boot_disk_kms_key=args.disk_key,
            service_account=args.account_email,
            oauth_scopes=list(SCOPES),
            metadata=METADATA,
            workload_metadata_config=container.NodePoolNodeConfigWorkloadMetadataConfigArgs(
                mode="GKE_METADATA"
            ),
            shielded_instance_config=container.NodePoolNodeConfigShieldedInstanceConfigArgs(
                enable_secure_boot=True, enable_integrity_monitoring=True
            ),
            kubelet_config=container.NodePoolNodeConfigKubeletConfigArgs(
                insecure_kubelet_readonly_port_enabled="FALSE"
            ),
            gvnic=container.NodePoolNodeConfigGvnicArgs(enabled=True),
            labels={CAPACITY_LABEL: args.capacity},
            taints=self._taints(),
            taint_config=self._arm(),
            resource_labels=args.tags.as_map(),
            resource_manager_tags=args.firewall_tags,
        )

    def _taints(self) -> list[container.NodePoolNodeConfigTaintArgs] | None:
        if not self._spot:
            return None
        return [
            container.NodePoolNodeConfigTaintArgs(
                key=CAPACITY_LABEL, value=self._args.capacity, effect="NO_SCHEDULE"
            )
        ]

    def _arm(self) -> container.NodePoolNodeConfigTaintConfigArgs | None:
        if _family(self._machine_type) not in ARM_FAMILIES:
            return None
        return container.NodePoolNodeConfigTaintConfigArgs(architecture_taint_behavior="NONE")


def disk_type(machine_type: str) -> str:
    """The plain solid-state disk that a machine of that type takes."""
    return "hyperdisk-balanced" if _family(machine_type) in HYPERDISK_FAMILIES else "pd-balanced"


def one_type_each(machines: NodePoolSettings) -> list[NodePoolSettings]:
    """A pool's settings for each of its machine types; together they have its least and its most.

    The first choices get what does not divide evenly. A type for which nothing is left has no pool.
    """
    types = list(dict.fromkeys(machines.instance_types))
    return [
        NodePoolSettings(instance_types=(kind,), min=low, max=high, disk_gib=machines.disk_gib)
        for kind, low, high in zip(
            types, _shares(machines.min, len(types)), _shares(machines.max, len(types)), strict=True
        )
        if high
    ]


def _shares(total: int, count: int) -> list[int]:
    even, rest = divmod(total, count)
    return [even + (index < rest) for index in range(count)]


def _family(machine_type: str) -> str:
    return machine_type.partition("-")[0]
