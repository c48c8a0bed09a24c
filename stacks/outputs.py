"""What a stack tells the outside: enough to reach the platform, nothing secret."""

from __future__ import annotations

import pulumi

from stacks.cloud import CloudRegion
from stacks.workloads import Workloads

__all__ = ["export"]


def export(region: CloudRegion, workloads: Workloads) -> None:
    """Export the stack's outputs. Their names are API: scripts and other stacks read them."""
    pulumi.export("region", region.region)
    pulumi.export("network_id", region.network.network_id)
    pulumi.export("cluster_name", region.cluster.cluster_name)
    pulumi.export("kubeconfig", region.cluster.kubeconfig)
    pulumi.export("namespace", workloads.namespace)
    pulumi.export("database_endpoint", region.database.endpoint)
    pulumi.export("database_reader_endpoint", region.database.reader_endpoint)
    pulumi.export("data_bucket", region.storage.data.name)
