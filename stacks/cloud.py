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

    @property
    def region(self) -> str:
        """The cloud's name for it."""
        ...

    @property
    def network_cidr(self) -> str:
        """The range that the network and the database are in."""
        ...

    @property
    def keys(self) -> KeysOutputs:
        """One key a class of data."""
        ...

    @property
    def network(self) -> NetworkOutputs:
        """Subnets in tiers."""
        ...

    @property
    def storage(self) -> StorageOutputs:
        """Buckets."""
        ...

    @property
    def cluster(self) -> ClusterOutputs:
        """Where the workloads run."""
        ...

    @property
    def database(self) -> DatabaseOutputs:
        """Where the orders are."""
        ...

    @property
    def identity(self) -> IdentityOutputs:
        """Who each workload is."""
        ...

    @property
    def kubernetes(self) -> pulumi.ProviderResource:
        """The provider through which objects reach the region's cluster."""
        ...
