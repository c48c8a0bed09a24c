"""What may be said about one workload, and what the known ones are if nothing is said."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from config.base import Json, Section, because
from config.in_cluster import Strategy
from config.types import CpuQuantity, Image, MemoryQuantity, SecretName, ServiceName

__all__ = ["KNOWN", "Kind", "Service"]

Kind = Literal["web", "worker", "singleton", "observer"]
"""``web`` answers customers and is rolled out by weight; ``worker`` takes tasks from a queue; of a
``singleton`` one copy acts and the others wait; an ``observer`` tells Prometheus something."""


class Service(Section):
    """One workload in the cluster."""

    kind: Kind = Field(
        "web",
        description="What it does: answer requests, take tasks, act alone, or tell.",
        json_schema_extra=because("It decides how the workload is scaled, replaced and reached."),
    )
    image: Image = Field(
        description="The container image, by digest.",
        json_schema_extra=because("A tag can be moved after it was tested, a digest cannot."),
    )
    port: Annotated[int, Field(ge=1024, le=65535)] = Field(
        8080,
        description="Port that it serves HTTP on.",
        json_schema_extra=because("Containers run without root, and ports below 1024 need it."),
    )
    replicas: Annotated[int, Field(ge=1, le=100)] = Field(
        2,
        description="Copies that run at rest.",
        json_schema_extra=because("No copy is no service; more than 100 is a typing error."),
    )
    max_replicas: Annotated[int, Field(ge=1, le=500)] | None = Field(
        None,
        description="Copies at most, of a service that scales; none: it has always the same number.",
        json_schema_extra=because("It is also a limit of machines, addresses and database connections."),
    )
    cpu: CpuQuantity = Field(
        "250m",
        description="CPU that each copy is sure of.",
        json_schema_extra=because("Kubernetes quantities are text; a number without quotes is none."),
    )
    memory: MemoryQuantity = Field(
        "256Mi",
        description="Memory of each copy, request and limit alike.",
        json_schema_extra=because("Without a unit it would be bytes, and the copy would be killed at once."),
    )
    connections: Annotated[int, Field(ge=0, le=1000)] = Field(
        2,
        description="Database connections that each copy holds at most.",
        json_schema_extra=because("All copies together must leave the database a fifth of its connections."),
    )
    secrets: tuple[SecretName, ...] = Field(
        (),
        description="Secrets that it may read, by name; people put the values into the cloud's store.",
        json_schema_extra=because("Each service reads its own secrets and no other's."),
    )
    strategy: Strategy | None = Field(
        None,
        description="How a new version takes over; none: as `delivery` says.",
        json_schema_extra=because("What answers customers may be rolled out by weight, nothing else."),
    )
    callers: tuple[ServiceName, ...] = Field(
        (),
        description="Services that may call it, beside the gateway and who measures.",
        json_schema_extra=because("Whoever has no business with it finds a closed door."),
    )
    interruptible: bool = Field(
        False,
        description="May run on machines that the cloud takes back.",
        json_schema_extra=because("What is interrupted must be able to begin again."),
    )


_ORDERS: Final[list[Json]] = ["api", "dashboard", "worker"]
_BOTH: Final[list[Json]] = ["orchestrator", "worker"]
_ALL: Final[list[Json]] = ["orchestrator", "api", "dashboard", "worker", "forecaster"]

# fmt: off
KNOWN: Final[dict[str, dict[str, tuple[Json, Json, Json]]]] = {
    #                    dev            staging        prod
    "orchestrator": {
        "kind":         ("singleton",   "singleton",   "singleton"),
        "replicas":     (1,             2,             2),
        "connections":  (10,            10,            20),
        "callers":      (_ORDERS,       _ORDERS,       _ORDERS),
    },
    "api": {
        "kind":         ("web",         "web",         "web"),
        "replicas":     (1,             2,             3),
        "max_replicas": (10,            20,            100),
        "callers":      (["dashboard"], ["dashboard"], ["dashboard"]),
    },
    "dashboard": {
        "kind":         ("web",         "web",         "web"),
        "replicas":     (1,             2,             3),
        "max_replicas": (5,             10,            30),
        "connections":  (1,             1,             1),
    },
    "worker": {
        "kind":          ("worker",     "worker",      "worker"),
        "replicas":      (1,            2,             3),
        "max_replicas":  (10,           30,            100),
        "connections":   (1,            1,             1),
        "interruptible": (True,         True,          True),
    },
    "market-calendar": {
        "kind":         ("observer",    "observer",    "observer"),
        "replicas":     (1,             2,             2),
        "cpu":          ("50m",         "50m",         "50m"),
        "memory":       ("128Mi",       "128Mi",       "128Mi"),
        "connections":  (0,             0,             0),
        "callers":      (_ALL,          _ALL,          _ALL),
    },
    "forecaster": {
        "kind":         ("observer",    "observer",    "observer"),
        "replicas":     (1,             2,             2),
        "connections":  (1,             1,             1),
        "callers":      (_BOTH,         _BOTH,         _BOTH),
    },
}
# fmt: on
"""The platform's own workloads: what an entry of this name means if it says nothing else. A service of
any other name is a ``web`` one of fixed size until its entry says more."""
