"""A cache alone, and one in two regions, as their parts make them. Recorded in mode ``up``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import pulumi
from pulumi_aws import elasticache

from components.aws.cache import Cache, CacheArgs
from components.aws.global_cache import Follower, Founder, GlobalCache, GlobalCacheArgs, Member
from components.naming import Naming
from components.providers import aws_provider
from config.settings import Environment
from plan.resource import Plan, Resource
from tests.components.aws.kit import ACCOUNT, REGION, deploy
from tests.components.kit import the

THERE: Final = "us-west-2"
"""The other region."""
SERVICES: Final = ("api", "worker")
SNAPSHOT_DAYS, LOG_DAYS = 5, 60
SUBNETS: Final = ("subnet-0aaaaaaaaaaaaaaaa", "subnet-0bbbbbbbbbbbbbbbb")
CLIENTS: Final = "sg-0123456789abcdef0"
NETWORK: Final = "vpc-0cccccccccccccccc"


@dataclass(frozen=True)
class Shape:
    """What differs between environments, as far as the cache is concerned."""

    environment: Environment = "dev"
    version: str = "8.1"
    node_type: str = "cache.t4g.micro"
    replicas: int = 0
    second_region: bool = False
    protect: bool = False


DEV: Final = Shape()
PROD: Final = Shape("prod", node_type="cache.m7g.large", replicas=2, second_region=True, protect=True)
NEXT_MAJOR: Final = replace(DEV, version="9.0")


def arn(service: str, region: str, name: str) -> str:
    """An ARN that tells by its text what it is of."""
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{name}"


def args(shape: Shape, region: str = REGION, member: Member | None = None) -> CacheArgs:
    """The arguments of the cache of that region; no two values are alike."""
    return CacheArgs(
        naming=Naming(shape.environment),
        region=region,
        network_id=NETWORK,
        subnet_ids=SUBNETS,
        client_group_id=CLIENTS,
        data_key_arn=arn("kms", region, "key/data"),
        log_key_arn=arn("kms", region, "key/logs"),
        topic_arn=arn("sns", region, "alerts"),
        services=SERVICES,
        version=shape.version,
        node_type=shape.node_type,
        replicas=shape.replicas,
        snapshot_days=SNAPSHOT_DAYS,
        log_days=LOG_DAYS,
        protect=shape.protect,
        member=member,
    )


@cache
def caches(shape: Shape) -> Plan:
    """The home region's cache; and, with a second region, the datastore and that region's cache."""

    def program(opts: pulumi.ResourceOptions) -> None:
        home = Cache("cache", args(shape, member=Founder() if shape.second_region else None), opts)
        if not shape.second_region:
            return
        bond = GlobalCache(
            "bond",
            GlobalCacheArgs(
                naming=Naming(shape.environment),
                founder_id=home.group_id,
                version=shape.version,
                node_type=shape.node_type,
                protect=shape.protect,
            ),
            opts,
        )
        there = aws_provider("there", account=ACCOUNT, region=THERE)
        twin = args(shape, THERE, Follower(global_id=bond.global_id))
        Cache("twin", twin, pulumi.ResourceOptions(provider=there))

    return deploy(program)


def group(shape: Shape, part: str = "cache") -> Resource:
    """The replication group of that part."""
    return the(caches(shape), elasticache.ReplicationGroup, f"{part}-group")
