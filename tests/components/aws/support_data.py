"""What holds data in an AWS region, as its parts make it: keys, buckets and database, in two shapes.

Recorded in mode ``up``, like `tests.components.aws.kit`, so that simulated answers can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, Literal

import pulumi

from components.aws.database import Database, DatabaseArgs
from components.aws.keys import Keys, KeysArgs
from components.aws.network import Network, NetworkArgs
from components.aws.storage import Storage, StorageArgs
from components.aws.zones import zone_ids
from components.naming import Naming
from config.settings import Environment
from plan.resource import Plan, Resource
from tests.components.aws.kit import ACCOUNT, CIDR, REGION, deploy
from tests.support import policy_documents, statements

CLIENTS: Final = "sg-0123456789abcdef0"
TOPIC: Final = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"


@dataclass(frozen=True)
class Shape:
    """What differs between environments, as far as these parts are concerned."""

    environment: Environment = "dev"
    zones: int = 2
    replicated: bool = False
    version: str = "17.5"
    min_capacity: float = 0
    instances: int = 1
    protect: bool = False


DEV: Final = Shape()
PROD: Final = Shape("prod", zones=3, replicated=True, min_capacity=2, instances=3, protect=True)
NEXT_MAJOR: Final = replace(PROD, version="18.1")
SHAPES: Final = (DEV, PROD)
ROTATION_DAYS, DELETION_DAYS, NONCURRENT_DAYS, AUDIT_DAYS, BACKUP_DAYS, LOG_DAYS = 180, 14, 30, 365, 9, 90
"""All different, so that one in another's place is seen."""


@cache
def data_region(shape: Shape) -> Plan:
    """Keys, network, buckets and database, wired as a stack wires them. Recorded once a shape."""
    return deploy(lambda opts: _region(shape, opts))


def _region(shape: Shape, opts: pulumi.ResourceOptions) -> None:
    naming = Naming(shape.environment)
    keys = Keys(
        "keys",
        KeysArgs(
            naming=naming,
            account=ACCOUNT,
            region=REGION,
            rotation_days=ROTATION_DAYS,
            deletion_days=DELETION_DAYS,
            protect=shape.protect,
        ),
        opts,
    )
    network = Network(
        "network",
        NetworkArgs(
            naming=naming,
            account=ACCOUNT,
            region=REGION,
            zones=zone_ids(REGION, shape.zones),
            cidr=CIDR,
            nat_per_zone=False,
            flow_logs=False,
            flow_log_days=LOG_DAYS,
            log_key_arn=keys.logs,
            interface_endpoints=False,
            cluster_name="trading",
        ),
        opts,
    )
    Storage(
        "storage",
        StorageArgs(
            naming=naming,
            account=ACCOUNT,
            region=REGION,
            data_key_arn=keys.data,
            log_key_arn=keys.logs,
            noncurrent_days=NONCURRENT_DAYS,
            audit_days=AUDIT_DAYS,
            replicated=shape.replicated,
            protect=shape.protect,
        ),
        opts,
    )
    Database(
        "database",
        DatabaseArgs(
            naming=naming,
            account=ACCOUNT,
            region=REGION,
            network_id=network.network_id,
            subnet_ids=network.database_subnet_ids,
            client_group_id=CLIENTS,
            data_key_arn=keys.data,
            secrets_key_arn=keys.secrets,
            log_key_arn=keys.logs,
            version=shape.version,
            min_capacity=shape.min_capacity,
            max_capacity=16,
            instances=shape.instances,
            backup_days=BACKUP_DAYS,
            log_days=LOG_DAYS,
            topic_arn=TOPIC,
            protect=shape.protect,
        ),
        opts,
    )


def part(plan: Plan, kind: Literal["Keys", "Storage", "Database"]) -> Resource:
    """The component itself: what it gives to the outside is in its outputs."""
    (found,) = plan.of_type(f"trading-platform:aws:{kind}")
    return found


def address(kind: type[pulumi.Resource], name: str) -> tuple[str, str]:
    """Type and name, as `tests.components.aws.kit.before` gives them."""
    return str(vars(kind)["pulumi_type"]), name


def document(plan: Plan, kind: type[pulumi.Resource], name: str) -> list[dict[str, Any]]:
    """The statements of the one policy that the resource of that SDK class and name carries."""
    (found,) = (
        one for owner, one in policy_documents(plan) if (owner.type, owner.name) == address(kind, name)
    )
    return statements(found)


def allowed(plan: Plan) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Every statement in the plan that allows something, with the resource that carries it."""
    for resource, found in policy_documents(plan):
        for statement in statements(found):
            if statement["Effect"] == "Allow":
                yield resource, statement
