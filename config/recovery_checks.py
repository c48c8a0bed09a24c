"""What must hold so that the platform survives its region: rules in the form of `config.checks`."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from typing import Final, get_args

from config.clouds import Aws, Azure, Gcp, GcpRegion
from config.dual_region import dual_region
from config.problems import Problem, problem
from config.safety import Recovery
from config.sections import Cache, Database, Network
from config.settings import Environment

__all__ = ["CHECKS"]

Found = Iterator[Problem]

ENTERPRISE_PLUS: Final = "db-perf-optimized-"
"""What the machines of Cloud SQL's better edition are called by."""
_COPY_AND_STANDBY: Final = 2
_DR_OF: Final[dict[str, str]] = {
    "us-east-1": "us-west-2", "us-east-2": "us-west-2", "us-west-2": "us-east-1", "ca-central-1": "us-east-2",
    "eu-west-1": "eu-central-1", "eu-central-1": "eu-west-1", "ap-northeast-1": "ap-northeast-3",
    "us-central1": "us-east1", "europe-west1": "europe-west4",
    "eastus": "westus2", "westeurope": "northeurope",
}  # fmt: skip
"""A usual second region in the same jurisdiction or continent, for the line that an error proposes."""


def _second_region(cloud: Aws | Gcp | Azure) -> str:
    field = type(cloud).model_fields["region"].annotation
    return _DR_OF.get(cloud.region) or next(name for name in get_args(field) if name != cloud.region)


def prod_has_a_second_region(environment: Environment, cloud: Aws | Gcp | Azure) -> Found:
    """Prod is rebuilt elsewhere when its region is lost."""
    if environment == "prod" and cloud.dr_region is None:
        yield problem(
            ("cloud", "dr_region"), None, expected="a second region in prod", better=_second_region(cloud),
            why="what must be back in 15 minutes needs its data in another region beforehand",
        )  # fmt: skip


def second_region_is_elsewhere(cloud: Aws | Gcp | Azure) -> Found:
    """A copy beside the original is lost with it."""
    if cloud.dr_region == cloud.region:
        yield problem(
            ("cloud", "dr_region"), cloud.dr_region, expected=f"another region than {cloud.region}",
            better=_second_region(cloud), why="a copy in the same region is lost with it",
        )  # fmt: skip


def active_region_is_one_of_the_two(cloud: Aws | Gcp | Azure) -> Found:
    """The platform works where it is built."""
    if cloud.active_region not in {None, cloud.region, cloud.dr_region}:
        built = " or ".join(name for name in (cloud.region, cloud.dr_region) if name)
        yield problem(
            ("cloud", "active_region"), cloud.active_region, expected=built, better=cloud.region,
            why="the platform can only work in a region in which it is built",
        )  # fmt: skip


def networks_are_apart(cloud: Aws | Gcp | Azure, network: Network) -> Found:
    """An address must mean one machine to whoever reaches both regions."""
    first, second = ipaddress.IPv4Network(network.cidr), ipaddress.IPv4Network(network.dr_cidr)
    if cloud.dr_region and first.overlaps(second):
        better = (
            "10.17.0.0/16" if not first.overlaps(ipaddress.IPv4Network("10.17.0.0/16")) else "10.18.0.0/16"
        )
        yield problem(
            ("network", "dr_cidr"), network.dr_cidr, better=better,
            expected=f"a range that does not overlap {network.cidr}, the first region's",
            why="people and partners reach both regions at once, and an address must mean one machine",
        )  # fmt: skip


def cache_can_have_a_twin(cloud: Aws | Gcp | Azure, cache: Cache) -> Found:
    """ElastiCache copies no cache of a burstable machine, and no lone node, to another region."""
    if isinstance(cloud, Aws) and cloud.dr_region and cache.node_type.startswith("cache.t"):
        yield problem(
            ("cache", "node_type"), cache.node_type, better="cache.m7g.large",
            expected="a machine of the m or r families where there is a second region",
            why="a global datastore takes no T family, so the cache would have no twin",
        )  # fmt: skip
    if isinstance(cloud, Aws) and cloud.dr_region and cache.replicas == 0:
        yield problem(
            ("cache", "replicas"), 0, better=1, expected="1 or more where there is a second region",
            why="a global datastore takes only caches that another node can take over by itself",
        )  # fmt: skip


def google_pairs_the_regions(cloud: Aws | Gcp | Azure) -> Found:
    """One bucket holds the objects of both regions."""
    if not isinstance(cloud, Gcp) or cloud.dr_region in {None, cloud.region}:
        return
    if dual_region(cloud.region, str(cloud.dr_region)) is None:
        partners = [other for other in get_args(GcpRegion) if dual_region(cloud.region, other)]
        yield problem(
            ("cloud", "dr_region"), cloud.dr_region, better=partners[0] if partners else None,
            expected=f"one of {', '.join(partners)}" if partners else f"none: {cloud.region} has no partner",
            why="Cloud Storage keeps objects in two regions at once for these pairs only",
        )  # fmt: skip


def database_can_have_a_twin(cloud: Aws | Gcp | Azure, database: Database) -> Found:
    """Google lets a copy elsewhere take over, and go back, in the edition Enterprise Plus only."""
    machine = database.node_type or ""
    if isinstance(cloud, Gcp) and cloud.dr_region and not machine.startswith(ENTERPRISE_PLUS):
        yield problem(
            ("database", "node_type"), database.node_type, better="db-perf-optimized-N-2",
            expected=f"a machine of Enterprise Plus ({ENTERPRISE_PLUS}…) where there is a second region",
            why="in the edition Enterprise a copy is promoted for good, and the way back is a new copy",
        )  # fmt: skip


def a_copy_is_a_server(cloud: Aws | Gcp | Azure, recovery: Recovery) -> Found:
    """Cloud SQL keeps no data without an instance, and a copy has one standby at most."""
    if (
        isinstance(cloud, Gcp)
        and cloud.dr_region
        and not 1 <= recovery.database_instances <= _COPY_AND_STANDBY
    ):
        yield problem(
            ("recovery", "database_instances"), recovery.database_instances, better=_COPY_AND_STANDBY,
            expected="1, or 2 with a standby in another zone",
            why="on Google Cloud a copy is an instance; its readers are the original's",
        )  # fmt: skip


CHECKS: Final[tuple[Callable[..., Found], ...]] = (
    prod_has_a_second_region,
    second_region_is_elsewhere,
    active_region_is_one_of_the_two,
    networks_are_apart,
    cache_can_have_a_twin,
    google_pairs_the_regions,
    a_copy_is_a_server,
    database_can_have_a_twin,
)
