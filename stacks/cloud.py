"""What a cloud must offer for the platform to live in it: the contracts, gathered.

`stacks.workloads` and `stacks.platform` read this and nothing of a cloud, so that a cloud is added by
filling it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pulumi

from components.contracts import (
    CacheOutputs,
    ClusterOutputs,
    DatabaseOutputs,
    DnsOutputs,
    EdgeOutputs,
    IdentityOutputs,
    KeysOutputs,
    NetworkOutputs,
    OperatorsOutputs,
    Recovery,
    RegistryOutputs,
    SecretStoreOutputs,
    StorageOutputs,
)
from config.safety import ClusterRole

__all__ = ["Cloud", "CloudRegion", "WorkloadNames"]


@dataclass(frozen=True, slots=True)
class WorkloadNames:
    """The workloads that need an identity in the cloud, and the namespace that they live in."""

    namespace: str
    services: Mapping[str, Sequence[str]]
    """By name: the secrets that each may read."""


class CloudRegion(Protocol):
    """One region of one cloud, ready for the platform's workloads."""

    @property
    def region(self) -> str:
        """The cloud's name for it."""
        ...

    @property
    def is_active(self) -> bool:
        """Whether the platform works here now; else it stands by."""
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
    def registry(self) -> RegistryOutputs:
        """Images."""
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
    def cache(self) -> CacheOutputs:
        """Where quotes, sessions and queues are."""
        ...

    @property
    def identity(self) -> IdentityOutputs:
        """Who each workload is."""
        ...

    @property
    def edge(self) -> EdgeOutputs:
        """The way in."""
        ...

    @property
    def operators(self) -> OperatorsOutputs:
        """Who the operators inside the cluster are, and what they work on."""
        ...

    @property
    def groups(self) -> Mapping[ClusterRole, Sequence[str]]:
        """By role in the cluster, as which groups its API server knows those who have it."""
        ...

    @property
    def kubernetes(self) -> pulumi.ProviderResource:
        """The provider through which objects reach the region's cluster."""
        ...


class Cloud(Protocol):
    """One cloud: the region that works, the one that stands by, and what they have in common."""

    @property
    def active(self) -> CloudRegion:
        """Where the platform works now."""
        ...

    @property
    def standby(self) -> CloudRegion | None:
        """Where it would work after the loss of the active region."""
        ...

    @property
    def regions(self) -> Sequence[CloudRegion]:
        """Both, or the one: where the platform was born comes first, wherever it works now."""
        ...

    @property
    def dns(self) -> DnsOutputs:
        """The zone of the platform's domain."""
        ...

    @property
    def secret_store(self) -> SecretStoreOutputs:
        """Secrets that people gave."""
        ...

    @property
    def retained(self) -> Sequence[pulumi.Output[str]]:
        """What stays in the cloud when the stack is destroyed, and is then in no state: remember it."""
        ...

    @property
    def recoveries(self) -> Sequence[Recovery]:
        """How long each part takes to come back in the other region."""
        ...
