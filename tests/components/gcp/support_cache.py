"""A cache alone, and one in two regions, as their parts make them. Recorded in mode ``up``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import pulumi
from pulumi_gcp import memorystore, networkconnectivity

from components.gcp.cache import Cache, CacheArgs, Follower, Founder, Member
from components.naming import Naming
from components.providers import gcp_provider
from config.settings import Environment
from plan.resource import Plan, Resource
from tests.components.gcp.kit import CHANNELS, ELSEWHERE, PROJECT, REGION, SERVICES, deploy, key
from tests.components.kit import the

SNAPSHOT_DAYS: Final = 5
NETWORK: Final = f"projects/{PROJECT}/global/networks/trading-prod"


@dataclass(frozen=True)
class Shape:
    """What differs between environments, as far as the cache is concerned."""

    environment: Environment = "dev"
    version: str = "8.0"
    node_type: str = "SHARED_CORE_NANO"
    replicas: int = 0
    snapshot_days: int = 0
    second_region: bool = False
    protect: bool = False


DEV: Final = Shape()
PROD: Final = Shape(
    "prod",
    node_type="HIGHMEM_MEDIUM",
    replicas=2,
    snapshot_days=SNAPSHOT_DAYS,
    second_region=True,
    protect=True,
)
FIRST_REPLICA: Final = replace(DEV, replicas=1)


def args(
    shape: Shape,
    region: str = REGION,
    member: Member | None = None,
    after: tuple[pulumi.Resource, ...] = (),
) -> CacheArgs:
    """The arguments of the cache of that region; no two values are alike."""
    return CacheArgs(
        naming=Naming(shape.environment),
        project=PROJECT,
        region=region,
        network_id=NETWORK,
        after=after,
        data_key=key("data", region),
        channels=CHANNELS,
        services=SERVICES,
        version=shape.version,
        node_type=shape.node_type,
        replicas=shape.replicas,
        snapshot_days=shape.snapshot_days,
        protect=shape.protect,
        member=member,
    )


@cache
def caches(shape: Shape) -> Plan:
    """The home region's cache; and, with a second region, the one that follows it."""

    def program(opts: pulumi.ResourceOptions) -> None:
        policy = _policy("door", REGION, opts)
        member = Founder() if shape.second_region else None
        home = Cache("cache", args(shape, member=member, after=(policy,)), opts)
        if not shape.second_region:
            return
        there = gcp_provider("there", project=PROJECT, region=ELSEWHERE)
        elsewhere = pulumi.ResourceOptions(provider=there)
        far = _policy("far-door", ELSEWHERE, elsewhere)
        follower = Follower(primary_id=home.resource_id)
        Cache("twin", args(shape, ELSEWHERE, follower, (far,)), elsewhere)

    return deploy(program)


def _policy(
    name: str, region: str, opts: pulumi.ResourceOptions
) -> networkconnectivity.ServiceConnectionPolicy:
    """What the network's room makes; only its existence matters here."""
    return networkconnectivity.ServiceConnectionPolicy(
        name, location=region, network=NETWORK, service_class="gcp-memorystore", opts=opts
    )


def instance(shape: Shape, part: str = "cache") -> Resource:
    """The instance of that part."""
    return the(caches(shape), memorystore.Instance, f"{part}-instance")
