"""A cluster, the services' identities, and their rights over the stores of two regions."""

from __future__ import annotations

from functools import cache
from typing import Final

import pulumi

from components.gcp.identity import Identity, IdentityArgs
from components.gcp.store_access import StoreAccess, StoreAccessArgs
from plan.resource import Mode, Plan
from tests.components.gcp.kit import ELSEWHERE, NAMING, PROJECT, REGION, SERVICES, deploy
from tests.components.gcp.support_cluster import DEV, build

BUCKET: Final = "trading-dev-data-x7"
BROKER: Final = f"projects/{PROJECT}/secrets/trading-dev-broker"


def database(region: str) -> str:
    """What IAM calls a region's database."""
    return f"projects/{PROJECT}/instances/trading-dev-{region}"


def store(region: str) -> str:
    """What IAM calls a region's cache."""
    return f"projects/{PROJECT}/locations/{region}/instances/trading-dev-{region}"


@cache
def platform(mode: Mode = "up") -> Plan:
    """A cluster, the services' identities, and their rights over the stores of two regions."""

    def program(opts: pulumi.ResourceOptions) -> None:
        cluster = build(DEV, opts)
        identity = Identity(
            "identity",
            IdentityArgs(
                naming=NAMING,
                workload_pool=cluster.workload_pool,
                namespace="trading",
                services=SERVICES,
                data_bucket=BUCKET,
                secrets={"api": {"broker": BROKER}},
            ),
            opts,
        )
        for region in (REGION, ELSEWHERE):
            StoreAccess(
                f"stores-{region}",
                StoreAccessArgs(
                    project=PROJECT,
                    members=identity.members,
                    database_resource_id=database(region),
                    cache_resource_id=store(region),
                    cache_services=("api",),
                ),
                opts,
            )

    return deploy(program, mode)


def email(service: str) -> str:
    """A service's account."""
    return f"trading-dev-svc-{service}@{PROJECT}.iam.gserviceaccount.com"
