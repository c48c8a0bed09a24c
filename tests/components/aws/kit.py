"""An AWS region as the parts of `components.aws` make it, in the shapes of dev and of prod.

Recorded in mode ``up``, so that what a (simulated) cloud answers is in the policy documents too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Final

import pulumi

from components.aws.budget import Budget, BudgetArgs
from components.aws.cluster import Cluster, ClusterArgs
from components.aws.identity import Identity, IdentityArgs
from components.aws.network import Network, NetworkArgs
from components.aws.zones import zone_ids
from components.naming import Naming
from components.providers import aws_provider
from components.tagging import Tags, tag_everything
from config.safety import ClusterRole
from config.sections import NodePool
from plan.record import record_program
from plan.resource import Mode, Plan

ACCOUNT: Final = "111122223333"
REGION: Final = "us-east-1"
CIDR: Final = "10.16.0.0/16"
ADMIN: Final = f"arn:aws:iam::{ACCOUNT}:role/platform-admin"
BUCKET: Final = "arn:aws:s3:::trading-dev-data"
DATABASE: Final = "cluster-EXAMPLE"
OFFICE: Final = "198.51.100.0/24"
CACHE: Final = f"arn:aws:elasticache:{REGION}:{ACCOUNT}:replicationgroup:quotes"
CACHE_USER: Final = f"arn:aws:elasticache:{REGION}:{ACCOUNT}:user:api"
SECRETS: Final = tuple(
    f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-a1b2c3" for name in ("broker", "feed")
)
TOPIC: Final = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
SERVICES: Final = ("api", "worker")
"""The first uses the cache and secrets, the second neither."""
TAGS: Final = Tags("dev", "trading", "desk-1")


def key(data: str) -> str:
    """The ARN of the key for a class of data; only its text tells it from the others."""
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{data}"


@dataclass(frozen=True)
class Shape:
    """What differs between environments, as far as these parts are concerned."""

    zones: int = 2
    nat_per_zone: bool = False
    flow_logs: bool = True
    interface_endpoints: bool = False
    public_access_cidrs: tuple[str, ...] = ()
    admin_roles: tuple[str, ...] = (ADMIN,)
    roles: tuple[tuple[ClusterRole, tuple[str, ...]], ...] = ()
    deploy_role_arn: str | None = None
    zonal_shift: bool = False
    protect: bool = False
    cluster_name: str = "trading-dev"


DEV: Final = Shape()
PROD: Final = Shape(zones=3, nat_per_zone=True, interface_endpoints=True, zonal_shift=True, protect=True)
OFFICE_DEV: Final = replace(DEV, public_access_cidrs=(OFFICE,))
SHAPES: Final = (DEV, PROD, OFFICE_DEV)


def deploy(program: Callable[[pulumi.ResourceOptions], object], mode: Mode = "up") -> Plan:
    """The plan of what the program declares with the options it is given: one explicit provider."""

    def whole() -> None:
        tag_everything(TAGS)
        provider = aws_provider("aws", account=ACCOUNT, region=REGION)
        program(pulumi.ResourceOptions(provider=provider))

    return record_program(whole, mode=mode)


@cache
def region(shape: Shape = DEV, mode: Mode = "up") -> Plan:
    """Network, cluster, identity and budget, wired as a stack wires them. Recorded once a shape."""
    return deploy(lambda opts: _region(shape, opts), mode)


def _region(shape: Shape, opts: pulumi.ResourceOptions) -> None:
    naming = Naming("dev")
    network = Network(
        "network",
        NetworkArgs(
            naming=naming,
            account=ACCOUNT,
            region=REGION,
            zones=zone_ids(REGION, shape.zones),
            cidr=CIDR,
            nat_per_zone=shape.nat_per_zone,
            flow_logs=shape.flow_logs,
            flow_log_days=14,
            log_key_arn=key("logs"),
            interface_endpoints=shape.interface_endpoints,
            cluster_name=shape.cluster_name,
        ),
        opts,
    )
    cluster = Cluster(
        "cluster",
        ClusterArgs(
            naming=naming,
            tags=TAGS,
            account=ACCOUNT,
            region=REGION,
            cluster_name=shape.cluster_name,
            version="1.35",
            subnet_ids=network.private_subnet_ids,
            public_access_cidrs=shape.public_access_cidrs,
            admin_roles=shape.admin_roles,
            roles=dict(shape.roles),
            deploy_role_arn=shape.deploy_role_arn,
            secrets_key_arn=key("secrets"),
            data_key_arn=key("data"),
            log_key_arn=key("logs"),
            log_days=14,
            topic_arn=TOPIC,
            on_demand=machines("m7g.large", low=2, high=4),
            rest_nodes=2,
            zonal_shift=shape.zonal_shift,
            protect=shape.protect,
        ),
        opts,
    )
    Identity(
        "identity",
        IdentityArgs(
            naming=naming,
            account=ACCOUNT,
            region=REGION,
            cluster_name=cluster.cluster_name,
            namespace="trading",
            services=SERVICES,
            database_resource_id=DATABASE,
            cache_resource_id=CACHE,
            cache_user_ids={"api": CACHE_USER},
            data_bucket_arn=BUCKET,
            data_key_arn=key("data"),
            secrets={"api": SECRETS},
            secrets_key_arn=key("secrets"),
        ),
        opts,
    )
    Budget(
        "budget",
        BudgetArgs(naming=naming, tags=TAGS, monthly=Decimal(500), email="sre@example.com"),
        opts,
    )


def machines(*types: str, low: int = 1, high: int = 3) -> NodePool:
    """A node pool's settings."""
    return NodePool(instance_types=types, min=low, max=high, disk_gib=50)
