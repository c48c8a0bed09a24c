"""What may be said about each room. A stack file says little; the profile says the rest.

No field here has a default of its own where environments differ: `config.environments` gives them,
so that one file shows what dev, staging and prod mean.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.base import Section, because, immutable
from config.types import (
    CacheNodeType,
    CacheVersion,
    CalendarCode,
    Cidr,
    DatabaseNodeType,
    InstanceType,
    KubernetesVersion,
    PostgresVersion,
    TagValue,
)

__all__ = [
    "Cache",
    "Cluster",
    "Database",
    "Keys",
    "Market",
    "Network",
    "NodePool",
    "Ownership",
    "Storage",
]


class Ownership(Section):
    """Who answers for the platform and who pays: on every resource as tags or labels."""

    owner: TagValue = Field(
        description="Team that answers at night.",
        json_schema_extra=because(
            "It becomes a tag or label everywhere; Google Cloud's alphabet is the narrowest."
        ),
    )
    cost_center: TagValue = Field(
        description="Where the bill goes.",
        json_schema_extra=because(
            "It becomes a tag or label everywhere; Google Cloud's alphabet is the narrowest."
        ),
    )


class Network(Section):
    """The address plan and the way out."""

    cidr: Cidr = immutable(
        description="The network's range: /16 to /20.",
        replaces="the network and all that is in it, the database too",
        why="Subnets of three tiers are cut from it, and it cannot be changed later.",
    )
    dr_cidr: Cidr = immutable(
        description="The second region's range: /16 to /20.",
        replaces="the second region's network and all that is in it, the replicas too",
        why="The two networks are apart, so that people and partners can reach both at once.",
    )
    zones: Annotated[int, Field(ge=2, le=3)] = immutable(
        description="Availability zones in use.",
        replaces="the cluster and the database: both keep the zones that they were made in",
        why="One zone is one fire; every region of the list has three.",
    )
    nat: Literal["single", "per-zone"] = Field(
        description="One way out in all, or one in each zone.",
        json_schema_extra=because("A single one is cheaper and is lost with its zone."),
    )
    flow_logs: bool = Field(description="Record every accepted and rejected connection.")
    interface_endpoints: bool = Field(description="Reach the cloud's APIs without leaving the network.")


class NodePool(Section):
    """Machines that the cluster runs on."""

    instance_types: Annotated[tuple[InstanceType, ...], Field(min_length=1)] = Field(
        description="Machine types, the first choice first; all of one CPU architecture.",
        json_schema_extra=because("The cloud makes only the machine types that it has."),
    )
    min: Annotated[int, Field(ge=0, le=1000)] = Field(
        description="Machines at rest.", json_schema_extra=because("A group has at most 1000 machines.")
    )
    max: Annotated[int, Field(ge=1, le=1000)] = Field(
        description="Machines at most; the bill's ceiling.",
        json_schema_extra=because("A group has at most 1000 machines."),
    )
    disk_gib: Annotated[int, Field(ge=20, le=16384)] = Field(
        description="Root disk, GiB.",
        json_schema_extra=because("Less does not hold the system's images; more is no gp3 volume."),
    )


class Cluster(Section):
    """The Kubernetes cluster."""

    version: KubernetesVersion = Field(
        description="Kubernetes minor version, for example 1.35.",
        json_schema_extra=because("YAML reads 1.30 without quotes as the number 1.3."),
    )
    public_access_cidrs: tuple[Cidr, ...] = Field(
        description="Networks that may reach the API from outside; none makes it private.",
        json_schema_extra=because("Who is not in one of these networks does not even see the API."),
    )
    on_demand: NodePool = Field(description="Machines that stay.")
    spot: NodePool | None = Field(description="Cheap machines that the cloud may take back.")
    log_retention_days: Literal[7, 14, 30, 90, 180, 365, 400] = Field(
        description="Control-plane and flow logs are kept so long.",
        json_schema_extra=because("The cloud's log store keeps these periods and no others."),
    )


class Database(Section):
    """The PostgreSQL that holds orders, fills and the journal."""

    version: PostgresVersion = Field(
        description="PostgreSQL version, for example 17.5.",
        json_schema_extra=because("YAML reads 16.10 without quotes as the number 16.1."),
    )
    min_capacity: Annotated[float, Field(ge=0, le=256, multiple_of=0.5)] | None = Field(
        None,
        description="On AWS: Aurora units (2 GiB of memory each), idle; 0 lets it sleep.",
        json_schema_extra=because("Aurora Serverless v2 scales from 0 to 256 units in steps of a half."),
    )
    max_capacity: Annotated[float, Field(ge=1, le=256, multiple_of=0.5)] | None = Field(
        None,
        description="On AWS: Aurora units (2 GiB of memory each), peak.",
        json_schema_extra=because("Aurora Serverless v2 scales from 0 to 256 units in steps of a half."),
    )
    node_type: DatabaseNodeType | None = Field(
        None,
        description="On Google Cloud and Azure: the machine of each instance, in the cloud's words.",
        json_schema_extra=because("The cloud makes only the machines that it has; Aurora has units instead."),
    )
    disk_gib: Annotated[int, Field(ge=10, le=65536)] | None = Field(
        None,
        description="On Google Cloud and Azure: the disk at first, GiB; it grows by itself.",
        json_schema_extra=because("A disk can grow and never shrinks; Aurora has none of its own."),
    )
    instances: Annotated[int, Field(ge=1, le=15)] = Field(
        description="One writer, then who takes over, then readers (on AWS, who takes over also reads).",
        json_schema_extra=because("A cluster has one writer and 15 readers at most; one place is left free."),
    )
    backup_days: Annotated[int, Field(ge=1, le=35)] = Field(
        description="Point-in-time recovery reaches so far back.",
        json_schema_extra=because("Aurora keeps a continuous backup for 1 to 35 days."),
    )
    password_version: Annotated[int, Field(ge=1, le=9999)] = Field(
        1,
        description="Raise it to give the master of a global database a new password.",
        json_schema_extra=because("The password itself is made by the program and known to nobody."),
    )

    @property
    def units(self) -> tuple[float, float]:
        """Aurora units, idle and at the peak. On AWS only, where the checks see to it that they are said."""
        assert self.min_capacity is not None  # noqa: S101 - config.size_checks
        assert self.max_capacity is not None  # noqa: S101 - config.size_checks
        return self.min_capacity, self.max_capacity

    @property
    def machine(self) -> tuple[str, int]:
        """Machine and disk in GiB. Where the cloud is not AWS, and the checks see to it as above."""
        assert self.node_type is not None  # noqa: S101 - config.size_checks
        assert self.disk_gib is not None  # noqa: S101 - config.size_checks
        return self.node_type, self.disk_gib


class Cache(Section):
    """The Valkey that holds quotes, sessions and queues."""

    version: CacheVersion = Field(
        description="Valkey version, for example 8.1.",
        json_schema_extra=because("YAML reads 8.0 without quotes as a number."),
    )
    node_type: CacheNodeType = Field(
        description="Machine of each node, in the cloud's words.",
        json_schema_extra=because("The cloud makes only the machines that it has."),
    )
    replicas: Annotated[int, Field(ge=0, le=5)] = Field(
        description="Copies in other zones; the first takes over.",
        json_schema_extra=because("A shard has one primary and five replicas at most."),
    )
    snapshot_days: Annotated[int, Field(ge=0, le=35)] = Field(
        description="Daily snapshots are kept so long; 0 takes none.",
        json_schema_extra=because("ElastiCache keeps snapshots for 35 days at most."),
    )


class Storage(Section):
    """Object storage: market data, model artefacts, audit logs."""

    noncurrent_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        description="Overwritten objects are kept so long.",
        json_schema_extra=because(
            "An overwritten object that is kept for no day, or for ever, is a mistake."
        ),
    )
    audit_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        description="Audit logs cannot be deleted for so long.",
        json_schema_extra=because("The lock cannot be shortened afterwards, not even by the account's root."),
    )


class Keys(Section):
    """Encryption keys, one a class of data."""

    rotation_days: Annotated[int, Field(ge=90, le=2560)] = Field(
        description="A new key every so often.",
        json_schema_extra=because("KMS rotates every 90 to 2560 days."),
    )
    deletion_days: Annotated[int, Field(ge=7, le=30)] = Field(
        description="A deleted key can be had back for so long.",
        json_schema_extra=because("KMS waits 7 to 30 days before it deletes a key."),
    )


class Market(Section):
    """When there is trading."""

    calendars: Annotated[tuple[CalendarCode, ...], Field(min_length=1)] = Field(
        description="Exchanges traded on.",
        json_schema_extra=because(
            "Scaling before the open and freezing changes during it follow these calendars."
        ),
    )
