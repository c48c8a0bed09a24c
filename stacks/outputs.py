"""What a stack tells the outside: enough to reach the platform, nothing secret."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from stacks.cloud import Cloud, CloudRegion
from stacks.recovery import RecoveryBudget
from stacks.workloads import Workloads

__all__ = ["export"]


def export(cloud: Cloud, workloads: Mapping[str, Workloads], budget: RecoveryBudget | None) -> None:
    """Export the stack's outputs. Their names are API: scripts and other stacks read them.

    What has no prefix is of the region that works now; ``standby_`` is of the other.
    """
    _region("", cloud.active, workloads[cloud.active.region])
    if cloud.standby:
        _region("standby_", cloud.standby, workloads[cloud.standby.region])
    pulumi.export("name_servers", cloud.dns.name_servers)
    pulumi.export("retained", list(cloud.retained))
    if budget:
        pulumi.export("recovery", budget.as_output())


def _region(prefix: str, region: CloudRegion, workloads: Workloads) -> None:
    pulumi.export(f"{prefix}region", region.region)
    pulumi.export(f"{prefix}network_id", region.network.network_id)
    pulumi.export(f"{prefix}cluster_name", region.cluster.cluster_name)
    pulumi.export(f"{prefix}kubeconfig", region.cluster.kubeconfig)
    pulumi.export(f"{prefix}namespace", workloads.namespace)
    pulumi.export(f"{prefix}database_endpoint", region.database.endpoint)
    pulumi.export(f"{prefix}database_reader_endpoint", region.database.reader_endpoint)
    pulumi.export(f"{prefix}cache_endpoint", region.cache.endpoint)
    pulumi.export(f"{prefix}data_bucket", region.storage.data.name)
    pulumi.export(f"{prefix}entry", region.edge.host_name)
    pulumi.export(f"{prefix}target_group_id", region.edge.target_group_id)
    pulumi.export(f"{prefix}repositories", dict(region.registry.repository_urls))
