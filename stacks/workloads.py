"""The platform inside a cluster: the same objects whichever cloud the cluster is in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions

from components.base import Part
from components.k8s.configuration import Configuration, ConfigurationArgs
from components.k8s.labels import Labels
from components.k8s.namespaces import Namespace, NamespaceArgs, Quota
from components.k8s.services import Opening, Service, ServiceArgs
from components.tagging import Tags
from config.sections import Service as ServiceSettings
from config.settings import Settings
from config.types import cpu_cores, memory_bytes
from stacks.cloud import CloudRegion

__all__ = ["NAMESPACE", "Workloads", "WorkloadsArgs"]

NAMESPACE: Final = "trading"
ROLLOUT_FACTOR: Final = 2
"""The quota holds each service twice: the old pods and the new ones, while it is replaced."""
PRIVATE_RANGES: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadsArgs:
    """The environment's wishes, whose it is, and the region whose cluster it is."""

    settings: Settings
    tags: Tags
    region: CloudRegion


class Workloads(Part):
    """Namespace, configuration and services."""

    namespace: pulumi.Output[str]

    def __init__(self, name: str, args: WorkloadsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        settings, region = args.settings, args.region
        replicas = _replicas(settings, active=region.is_active)
        labels = Labels(args.tags)
        inside = Namespace(
            self.named("namespaces"),
            NamespaceArgs(namespace=NAMESPACE, labels=labels, quota=_quota(settings.services.values())),
            ResourceOptions(parent=self),
        )
        self.namespace = inside.namespace
        configuration = Configuration(
            self.named("configuration"),
            ConfigurationArgs(
                namespace=inside.namespace, labels=labels, variables=_variables(settings, region)
            ),
            ResourceOptions(parent=self),
        )
        for service, wishes in settings.services.items():
            Service(
                self.named(service),
                ServiceArgs(
                    service=service,
                    namespace=inside.namespace,
                    labels=labels,
                    image=wishes.image,
                    port=wishes.port,
                    replicas=replicas[service],
                    cpu=wishes.cpu,
                    memory=wishes.memory,
                    config_map_name=configuration.config_map_name,
                    variables={
                        "DATABASE_USER": region.identity.database_users[service],
                        "CACHE_USER": region.cache.user_names[service],
                    },
                    service_account_annotations=region.identity.service_account_annotations[service],
                    openings=_openings(region),
                ),
                ResourceOptions(parent=self, depends_on=[inside]),  # the quota and the closed door come first
            )
        self.finish()


def _replicas(settings: Settings, *, active: bool) -> dict[str, int]:
    """All copies where the platform works; where it stands by, those that the settings keep ready."""
    return {
        name: service.replicas if active else min(service.replicas, settings.recovery.replicas)
        for name, service in settings.services.items()
    }


def _quota(services: Iterable[ServiceSettings]) -> Quota:
    wanted = list(services)
    return Quota(
        cpu=ROLLOUT_FACTOR * sum(service.replicas * cpu_cores(service.cpu) for service in wanted),
        memory_bytes=ROLLOUT_FACTOR
        * sum(service.replicas * memory_bytes(service.memory) for service in wanted),
        pods=ROLLOUT_FACTOR * sum(service.replicas for service in wanted),
    )


def _variables(settings: Settings, region: CloudRegion) -> dict[str, pulumi.Input[str]]:
    """What every service is told. The names are the services' interface: a change is a release."""
    return {
        "TRADING_ENVIRONMENT": settings.environment,
        # How a token for the database and the cache is had differs by cloud.
        "TRADING_CLOUD": settings.cloud.provider,
        "TRADING_DOMAIN": settings.domain,
        "TRADING_REGION": region.region,
        # A service that places orders does so only where it is told to: two regions never trade at once.
        "TRADING_ROLE": "active" if region.is_active else "standby",
        "MARKET_CALENDARS": ",".join(settings.market.calendars),
        "DATABASE_HOST": region.database.endpoint,
        "DATABASE_READER_HOST": region.database.reader_endpoint,
        "DATABASE_PORT": region.database.port.apply(str),
        "DATABASE_NAME": region.database.database_name,
        "DATABASE_CA": region.database.ca_certificate,
        "CACHE_HOST": region.cache.endpoint,
        "CACHE_READER_HOST": region.cache.reader_endpoint,
        "CACHE_PORT": region.cache.port.apply(str),
        "CACHE_CA": region.cache.ca_certificate,
        "DATA_BUCKET": region.storage.data.name,
    }


def _openings(region: CloudRegion) -> list[Opening]:
    """Database, cache and the cloud's APIs within the network, exchanges outside, the pod's identity."""
    return [
        Opening(region.network_cidr, 5432),
        Opening(region.network_cidr, 6379),
        Opening(region.network_cidr, 443),
        Opening("0.0.0.0/0", 443, but=PRIVATE_RANGES),
        *(Opening(cidr, port) for cidr, port in region.identity.token_endpoints),
    ]
