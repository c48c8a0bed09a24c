"""All that a stack file can say, resolved: the one value that the rest of the program reads."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from config.base import Section, because, immutable
from config.clouds import Cloud
from config.in_cluster import Addons, Delivery, Gateway, Logs, Monitoring, Objectives, Scaling
from config.safety import Access, Alerts, Audit, Backup, Budget, Edge, Pipeline, Recovery
from config.sections import (
    Cache,
    Cluster,
    Database,
    Keys,
    Market,
    Network,
    Ownership,
    Storage,
)
from config.services import Service
from config.types import Hostname, ServiceName

__all__ = ["Environment", "Settings"]

Environment = Literal["dev", "staging", "prod"]


class Settings(Section):
    """One environment of the platform. `config.loader` makes it, after `config.checks` found nothing."""

    environment: Environment = immutable(
        description="Picks the profile that fills what is not said.",
        replaces="everything: names, ranges and protection follow from it",
        why="The names, the sizes and the rules of an environment come from its profile.",
    )
    cloud: Cloud = Field(description="The cloud, the account and the regions.")
    domain: Hostname = Field(
        description="DNS name under which the platform is reached.",
        json_schema_extra=because("Records and certificates are made for it."),
    )
    ownership: Ownership = Field(description="Who answers and who pays.")
    protect: bool = Field(description="Refuse to delete what holds data, in Pulumi and in the cloud.")
    network: Network = Field(description="The address plan and the way out.")
    cluster: Cluster = Field(description="The Kubernetes cluster.")
    database: Database = Field(description="PostgreSQL.")
    cache: Cache = Field(description="Valkey.")
    storage: Storage = Field(description="Object storage.")
    keys: Keys = Field(description="Encryption keys.")
    market: Market = Field(description="When there is trading.")
    edge: Edge = Field(description="The one way in.")
    access: Access = Field(description="How people reach what is private.")
    pipeline: Pipeline | None = Field(description="The repository that deploys; none builds no way in.")
    audit: Audit = Field(description="What is recorded about the account itself.")
    backup: Backup = Field(description="Copies that nobody can delete.")
    recovery: Recovery = Field(description="What stands ready in the second region.")
    scaling: Scaling = Field(description="When pods are added.")
    delivery: Delivery = Field(description="How a new version takes over.")
    gateway: Gateway = Field(description="What stands before the web services.")
    objectives: Objectives = Field(description="What is promised to those who use the platform.")
    monitoring: Monitoring = Field(description="Prometheus, and who is told by it.")
    logs: Logs | None = Field(description="Elasticsearch and Kibana; none: the cloud's log store has all.")
    addons: Addons = Field(description="What can be switched on beside the rest.")
    services: dict[ServiceName, Service] = Field(description="The workloads, by name.", min_length=1)
    budget: Budget = Field(description="What the environment may cost.")
    alerts: Alerts = Field(description="Who is told.")

    @field_validator("services")
    @classmethod
    def _in_one_order(cls, services: dict[str, Service]) -> dict[str, Service]:
        """By name: the engine hands the program its keys sorted, a file has them as somebody wrote them."""
        return dict(sorted(services.items()))
