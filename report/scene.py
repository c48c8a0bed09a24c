"""What the architecture picture is made of: boxes inside boxes, before anything is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from plan.resource import Resource

__all__ = [
    "Cluster",
    "Namespace",
    "Picture",
    "Pool",
    "Region",
    "Sight",
    "Store",
    "Subnet",
    "Tile",
    "Workload",
    "Zone",
]

Inside = Sequence[Resource]
"""All resources below a room."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A room in a line or two."""

    title: str
    summary: str
    items: tuple[str, ...] = ()
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Subnet:
    """A range of addresses of one tier in one zone."""

    tier: str
    cidr: str


@dataclass(frozen=True, slots=True)
class Zone:
    """One availability zone."""

    name: str
    subnets: tuple[Subnet, ...]
    nat: bool
    """Whether a way out stands in it."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Machines of one kind."""

    title: str
    size: str
    machines: str


@dataclass(frozen=True, slots=True)
class Workload:
    """A service in the cluster."""

    name: str
    replicas: str
    detail: str


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace and what runs in it."""

    name: str
    workloads: tuple[Workload, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """The Kubernetes cluster."""

    title: str
    pools: tuple[Pool, ...]
    namespaces: tuple[Namespace, ...]
    protected: bool


@dataclass(frozen=True, slots=True)
class Store:
    """The database."""

    title: str
    summary: str
    instances: tuple[str, ...]
    door: str
    """What lets the cluster in, as ``TCP 5432``; empty where no rule does."""
    protected: bool


@dataclass(frozen=True, slots=True)
class Region:
    """One region of one cloud."""

    title: str
    network: str
    """Its summary; empty where this file does not know the cloud's network."""
    edges: tuple[str, ...]
    """What the network touches the outside with."""
    zones: tuple[Zone, ...]
    cluster: Cluster | None
    store: Store | None
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole."""

    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """How the rooms of one cloud are recognised and read."""

    network: str
    """A type that only the network has; likewise below."""
    cluster: str
    store: str
    zones: Callable[[Inside], tuple[Zone, ...]]
    edges: Callable[[Inside], tuple[str, ...]]
    version: Callable[[Inside], str]
    """Of Kubernetes."""
    pools: Callable[[Inside], tuple[Pool, ...]]
    instances: Callable[[Inside], tuple[str, ...]]
    """The database's servers, by what they do."""
    door: Callable[[Inside], str]
    """What lets the cluster in to the database."""
    headlines: frozenset[str]
    """Types whose single resources a tile names; the rest of a room only supports them."""
