"""The operators of two Google regions, by the accounts of one project: every value another one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pulumi

from components.gcp.operator_accounts import OperatorAccounts, OperatorAccountsArgs
from components.gcp.operators import Operators, OperatorsArgs
from plan.resource import Mode, Plan
from plan.value import plain
from tests.components.gcp.kit import CIDR, ELSEWHERE, NAMING, PROJECT, REGION, TAGS, deploy, key
from tests.components.gcp.support_cluster import DEV, build

BUCKET: Final = "trading-dev-data-x7"
BROKER: Final = f"projects/{PROJECT}/secrets/trading-dev-broker"
PAGER: Final = f"projects/{PROJECT}/secrets/trading-dev-pager"
ZONE: Final = "trading-dev-public"
DOMAIN: Final = "trade.example.com"
OTHER_CIDR: Final = "10.17.0.0/16"
HEALTH_PATH: Final = "/healthz/ready"
CLUSTERS: Final = {REGION: "trading-dev-us-central1", ELSEWHERE: "trading-dev-us-east1"}
NAMESPACES: Final = {
    "aws-load-balancer-controller": "balancers",
    "external-dns": "names",
    "external-secrets": "secrets",
    "velero": "backups",
}


@dataclass(frozen=True)
class Shape:
    """What differs between environments, as far as operators are concerned."""

    two: bool = False
    people: bool = False
    machine_type: str = "n2-standard-4"
    visibility: str = "public"


ONE: Final = Shape()
TWO: Final = Shape(two=True, people=True)


@cache
def operators(shape: Shape = ONE, mode: Mode = "up") -> Plan:
    """The accounts, and the operators of each region."""

    def program(opts: pulumi.ResourceOptions) -> None:
        accounts = OperatorAccounts(
            "accounts",
            OperatorAccountsArgs(
                naming=NAMING,
                project=PROJECT,
                workload_pool=build(DEV, opts).workload_pool,
                namespaces=NAMESPACES,
                secrets={"broker": BROKER, "pager": PAGER},
                zone_name=ZONE,
                data_bucket=BUCKET,
            ),
            opts,
        )
        regions = (REGION, ELSEWHERE) if shape.two else (REGION,)
        cidrs = (CIDR, OTHER_CIDR)[: len(regions)]
        for region, cidr in zip(regions, cidrs, strict=True):
            twin = next((CLUSTERS[other] for other in regions if other != region), None)
            Operators(
                f"operators-{region}",
                OperatorsArgs(
                    project=PROJECT,
                    region=region,
                    cluster_name=CLUSTERS[region],
                    twin_cluster_name=twin,
                    accounts=accounts,
                    secret_keys={"broker": "trading-dev-broker"},
                    zone_name=ZONE,
                    zone_visibility=shape.visibility,
                    domain=DOMAIN,
                    data_bucket=BUCKET,
                    machine_type=shape.machine_type,
                    disk_key=key("data", region),
                    labels=TAGS.as_map(),
                    cidr=cidr,
                    networks=cidrs,
                    people=shape.people,
                    health_path=HEALTH_PATH,
                ),
                opts,
            )

    return deploy(program, mode)


def told(shape: Shape = ONE, region: str = REGION) -> dict[str, Any]:
    """What a region's part gives to the outside."""
    return _outputs(shape, f"operators-{region}")


def accounts(shape: Shape = ONE) -> dict[str, Any]:
    """What the accounts' part gives to the outside."""
    return _outputs(shape, "accounts")


def _outputs(shape: Shape, name: str) -> dict[str, Any]:
    (part,) = [one for one in operators(shape) if one.name == name and not one.custom]
    found = plain(dict(part.outputs))
    assert isinstance(found, dict)
    return found
