"""The services and what they need around them: the settings as the rooms' arguments, a function a room.

`stacks.workloads` calls them in the order in which the rooms need each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import pulumi
from pulumi import ResourceOptions

from components.k8s.configuration import Configuration, ConfigurationArgs
from components.k8s.delivery import Delivery
from components.k8s.mesh import marks
from components.k8s.namespaces import Namespace, NamespaceArgs, Quota
from components.k8s.places import TRADING
from components.k8s.services import Opening, Service, ServiceArgs
from config.services import Service as ServiceSettings
from config.settings import Settings
from config.types import cpu_cores, memory_bytes
from stacks.cloud import CloudRegion
from stacks.cluster_place import ClusterPlace

__all__ = ["callers", "configuration", "namespace", "replicas", "service"]

ROLLOUT_FACTOR: Final = 2
"""The quota holds each service twice: the old pods and the new ones, while it is replaced."""
CALENDAR_KEEPER: Final = "market-calendar"
"""Tells everybody when there is trading."""
CALENDARS_PATH: Final = "/etc/trading/calendars"
PRIVATE_RANGES: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16")


def namespace(at: ClusterPlace) -> Namespace:
    """Closed until something is let in."""
    return Namespace(
        at.named("namespaces"),
        NamespaceArgs(
            namespace=TRADING,
            labels=at.labels,
            quota=_quota(at.settings.services.values()),
            marks=marks(on=at.settings.addons.mesh),
        ),
        at.inside,
    )


def configuration(at: ClusterPlace) -> Configuration:
    """What all services are told."""
    return Configuration(
        at.named("configuration"),
        ConfigurationArgs(
            namespace=at.namespace, labels=at.labels, variables=_variables(at.settings, at.region)
        ),
        at.inside,
    )


def service(at: ClusterPlace, name: str, before: Sequence[pulumi.Resource]) -> Service:
    """One workload, when the quota, the closed door and the priorities stand."""
    wishes, region = at.settings.services[name], at.region
    return Service(
        at.named(name),
        ServiceArgs(
            service=name,
            kind=wishes.kind,
            namespace=at.namespace,
            labels=at.labels,
            image=wishes.image,
            port=wishes.port,
            replicas=None if wishes.max_replicas else replicas(at, wishes),
            cpu=wishes.cpu,
            memory=wishes.memory,
            config_map_name=at.config_map_name,
            variables={
                "DATABASE_USER": region.identity.database_users[name],
                "CACHE_USER": region.cache.user_names[name],
            },
            service_account_annotations=region.identity.service_account_annotations[name],
            openings=_openings(region),
            callers=callers(at, name),
            secret_name=at.secret_names.get(name),
            files={CALENDARS_PATH: at.calendars_name} if name == CALENDAR_KEEPER else {},
            interruptible=wishes.interruptible,
            delivery=Delivery(
                strategy=wishes.strategy or at.settings.delivery.strategy,
                percent=at.settings.delivery.percent,
                watch_minutes=at.settings.delivery.watch_minutes,
            ),
            after=at.after("argoproj.io/Rollout"),
        ),
        ResourceOptions(parent=at, depends_on=list(before)),
    )


def callers(at: ClusterPlace, name: str) -> list[str]:
    """The services that may call it, as far as they are there."""
    return [caller for caller in at.settings.services[name].callers if caller in at.settings.services]


def replicas(at: ClusterPlace, service: ServiceSettings) -> int:
    """All copies where the platform works; where it stands by, those that the settings keep ready."""
    return service.replicas if at.region.is_active else min(service.replicas, at.settings.recovery.replicas)


def _quota(services: Iterable[ServiceSettings]) -> Quota:
    """For every service at its most."""
    wanted = [(service.max_replicas or service.replicas, service) for service in services]
    return Quota(
        cpu=ROLLOUT_FACTOR * sum(copies * cpu_cores(service.cpu) for copies, service in wanted),
        memory_bytes=ROLLOUT_FACTOR
        * sum(copies * memory_bytes(service.memory) for copies, service in wanted),
        pods=ROLLOUT_FACTOR * sum(copies for copies, _ in wanted),
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
