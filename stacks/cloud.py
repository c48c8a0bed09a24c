"""What a cloud must offer for the platform to live in it: the contracts, gathered.

`stacks.workloads` reads this and nothing of a cloud, so that a cloud is added by filling it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pulumi

from components.contracts import (
    ClusterOutputs,
    DatabaseOutputs,
    IdentityOutputs,
    KeysOutputs,
    NetworkOutputs,
    StorageOutputs,
)

__all__ = ["CloudRegion", "WorkloadNames"]


@dataclass(frozen=True, slots=True)
class WorkloadNames:
    """The workloads that need an identity in the cloud, and the namespace that they live in."""

    namespace: str
    services: Sequence[str]


class CloudRegion(Protocol):
    """One region of one cloud, ready for the platform's workloads."""

    region: str
    network_cidr: str
    keys: KeysOutputs
    network: NetworkOutputs
    storage: StorageOutputs
    cluster: ClusterOutputs
    database: DatabaseOutputs
    identity: IdentityOutputs
    kubernetes: pulumi.ProviderResource
    """The provider through which objects reach the region's cluster."""
