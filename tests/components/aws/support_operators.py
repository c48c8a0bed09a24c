"""The operators of one AWS region: every value another one, so that a swap is seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pulumi

from components.aws.operators import Operators, OperatorsArgs
from components.contracts import BucketOutputs
from components.naming import Naming
from plan.resource import Mode, Plan
from plan.value import plain
from tests.components.aws.kit import ACCOUNT, BUCKET, REGION, SECRETS, TAGS, TOPIC, deploy, key
from tests.support import policy_documents, statements

CLUSTER: Final = "trading-dev"
TWIN: Final = "trading-dev-us-west-2"
DOMAIN: Final = "trade.example.com"
ZONE: Final = "Z0123456789ABCDEFGHIJ"
SUBNETS: Final = ("subnet-0aaaaaaaaaaaaaaa1", "subnet-0aaaaaaaaaaaaaaa2")
MACHINES: Final = "sg-0123456789abcdef0"
NODE_ROLE: Final = "trading-dev-nodes-us-east-1"
NODE_ROLE_ARN: Final = f"arn:aws:iam::{ACCOUNT}:role/{NODE_ROLE}"
TARGETS: Final = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/gateway/0123456789abcdef"
NETWORK: Final = "vpc-0123456789abcdef0"
CIDR: Final = "10.16.0.0/16"
HEALTH_PATH: Final = "/healthz/ready"
NAMESPACES: Final = {
    "aws-load-balancer-controller": "balancers",
    "external-dns": "names",
    "external-secrets": "secrets",
    "karpenter": "machines",
    "velero": "backups",
}


@dataclass(frozen=True)
class Shape:
    """What differs between environments, as far as operators are concerned."""

    secrets: tuple[str, ...] = SECRETS
    twin: str | None = None
    standing: int = 1
    zonal_shift: bool = False
    cluster_name: str = CLUSTER


DEV: Final = Shape()
PROD: Final = Shape(twin=TWIN, standing=3, zonal_shift=True)
SHAPES: Final = (DEV, PROD)


@cache
def operators(shape: Shape = DEV, mode: Mode = "up") -> Plan:
    """The plan of the part, recorded once a shape."""
    return deploy(lambda opts: _build(shape, opts), mode)


def _build(shape: Shape, opts: pulumi.ResourceOptions) -> None:
    Operators(
        "operators",
        OperatorsArgs(
            naming=Naming("dev"),
            tags=TAGS.as_map(),
            account=ACCOUNT,
            region=REGION,
            cluster_name=shape.cluster_name,
            cluster=pulumi.Output.from_input(shape.cluster_name),
            namespaces=NAMESPACES,
            network_id=NETWORK,
            front_ends=[CIDR],
            subnet_ids=SUBNETS,
            cluster_group_id=MACHINES,
            node_role_name=NODE_ROLE,
            node_role_arn=NODE_ROLE_ARN,
            architecture="arm64",
            disk_gib=50,
            standing=shape.standing,
            zonal_shift=shape.zonal_shift,
            secret_arns=shape.secrets,
            secret_keys={"broker": "trading-dev/broker"},
            secrets_key_arn=key("secrets"),
            zone_id=ZONE,
            domain=DOMAIN,
            bucket=BucketOutputs(
                pulumi.Output.from_input(BUCKET.rpartition(":")[2]), pulumi.Output.from_input(BUCKET)
            ),
            twin_cluster_name=shape.twin,
            data_key_arn=key("data"),
            target_group_arn=TARGETS,
            health_path=HEALTH_PATH,
            topic_arn=TOPIC,
        ),
        opts,
    )


def told(shape: Shape = DEV) -> dict[str, Any]:
    """What the part gives to the outside."""
    (part,) = [one for one in operators(shape) if one.type == "trading-platform:aws:Operators"]
    found = plain(dict(part.outputs))
    assert isinstance(found, dict)
    return found


def rights(operator: str, shape: Shape = DEV) -> list[dict[str, Any]]:
    """The statements of an operator's rights."""
    return _documents(operator, "RolePolicy", shape)


def trust(operator: str, shape: Shape = DEV) -> dict[str, Any]:
    """The one statement that says who may be the operator."""
    (found,) = _documents(operator, "Role", shape)
    return found


def _documents(operator: str, kind: str, shape: Shape) -> list[dict[str, Any]]:
    return [
        statement
        for one, document in policy_documents(operators(shape))
        if one.name == f"operators-{operator}" and one.type.endswith(f":{kind}")
        for statement in statements(document)
    ]


def many(value: str | list[str]) -> list[str]:
    """A policy's one or many, as many."""
    return value if isinstance(value, list) else [value]
