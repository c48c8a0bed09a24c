"""What must hold for the sizes of machines and stores, in their cloud's words: as `config.checks`."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Final

from config.base import Json
from config.clouds import Aws, Azure, Gcp
from config.problems import Problem, problem
from config.recovery_checks import ENTERPRISE_PLUS
from config.sections import Cache, Cluster, Database, Network, NodePool
from config.settings import Environment

__all__ = ["CHECKS", "MIN_SPOT_TYPES", "architecture", "cores"]

Found = Iterator[Problem]

MIN_SPOT_TYPES: Final = 3
GOOGLE_POD_BLOCK: Final = 128
"""Addresses that GKE gives a machine of up to 64 pods."""
GOOGLE_CACHE_VERSIONS: Final = ("7.2", "8.0", "9.0")
GOOGLE_CACHE_MACHINES: Final = ("SHARED_CORE_NANO", "STANDARD_SMALL", "HIGHMEM_MEDIUM", "HIGHMEM_XLARGE")
WRITER_AND_STANDBY: Final = 2


def _pools(cluster: Cluster) -> Iterator[tuple[str, NodePool]]:
    yield "on_demand", cluster.on_demand
    if cluster.spot:
        yield "spot", cluster.spot


def pools_can_grow(cluster: Cluster) -> Found:
    """The least is not above the most."""
    for name, pool in _pools(cluster):
        if pool.max < pool.min:
            yield problem(
                ("cluster", name, "max"), pool.max, better=pool.min,
            expected=f"at least {pool.min}, which is min",
                why="a group cannot hold fewer machines at most than at rest",
            )  # fmt: skip


def aws_always_has_a_machine(cloud: Aws | Gcp | Azure, cluster: Cluster) -> Found:
    """Karpenter makes the machines that come and go, and runs on one that stays."""
    if isinstance(cloud, Aws) and cluster.on_demand.min == 0:
        yield problem(
            ("cluster", "on_demand", "min"), 0, expected="1 or more on AWS", better=1,
            why="who makes the other machines runs on one that stands",
        )  # fmt: skip


def architecture(instance_type: str) -> str:
    """``arm64`` for an AWS Graviton type (``m7g.large``: a ``g`` behind the generation), else ``amd64``."""
    family = instance_type.partition(".")[0]
    return "arm64" if re.fullmatch(r"a1|[a-z]+[0-9]+[a-z]*g[a-z]*", family) else "amd64"


def cores(instance_type: str) -> int:
    """CPUs of an AWS machine type: ``m7g.xlarge`` has 4, ``m7g.4xlarge`` 16, a burstable medium 2."""
    family, _, size = instance_type.partition(".")
    many = re.fullmatch(r"([0-9]*)xlarge", size)
    if many:
        return 4 * int(many[1] or 1)
    return 1 if size == "medium" and not family.startswith("t") else 2


def pools_have_one_architecture(cloud: Aws | Gcp | Azure, cluster: Cluster) -> Found:
    """A group's machines boot from one image; on AWS the type's name tells the architecture."""
    if not isinstance(cloud, Aws):
        return
    for name, pool in _pools(cluster):
        path = ("cluster", name, "instance_types")
        given: list[Json] = list(pool.instance_types)
        foreign = [kind for kind in pool.instance_types if "." not in kind]
        if foreign:
            yield problem(
                path, given, expected=f"machine types of AWS, for example m7g.large; {foreign[0]} is none",
                why="a machine type is a word of one cloud",
                better=[kind for kind in pool.instance_types if "." in kind] or ["m7g.large"],
            )  # fmt: skip
            continue
        first = architecture(pool.instance_types[0])
        same: list[Json] = [kind for kind in pool.instance_types if architecture(kind) == first]
        if len(same) < len(given):
            other = next(kind for kind in pool.instance_types if kind not in same)
            yield problem(
                path, given, better=same,
                expected=f"one CPU architecture; {given[0]} is {first}, {other} is not",
                why="all machines of a group boot from one image, which is built for one architecture",
            )  # fmt: skip


def spot_has_alternatives(cloud: Aws | Gcp | Azure, cluster: Cluster) -> Found:
    """AWS takes one type's spot machines back together; with three, one shortage leaves the others."""
    types: list[Json] = list(cluster.spot.instance_types) if cluster.spot else []
    if any(pools_have_one_architecture(cloud, cluster)):
        return  # that comes first: what is alike cannot be told yet
    if isinstance(cloud, Aws) and types and len(set(types)) < MIN_SPOT_TYPES:
        sizes = ("m7g.large", "m6g.large", "c7g.large", "m7i.large", "m6i.large", "c7i.large")
        alike = [kind for kind in sizes if architecture(kind) == architecture(str(types[0]))]
        yield problem(
            ("cluster", "spot", "instance_types"), types,
            expected=f"at least {MIN_SPOT_TYPES} machine types of like size",
            better=list(dict.fromkeys([*types, *alike]))[:MIN_SPOT_TYPES],
            why="a shortage of one type takes every machine of it back at once",
        )  # fmt: skip


_UNITS: Final = {"min_capacity": 0.5, "max_capacity": 4}
_MACHINES: Final[dict[str, dict[str, Json]]] = {
    "gcp": {"node_type": "db-perf-optimized-N-2", "disk_gib": 100},
    "azure": {"node_type": "Standard_D2ds_v5", "disk_gib": 128},
}
_GOOGLE_MACHINE, _AZURE_MACHINE = "db-", "Standard_"


def database_is_sized_in_the_clouds_words(cloud: Aws | Gcp | Azure, database: Database) -> Found:
    """Aurora counts units; the others have machines with disks."""
    machines = _MACHINES.get(cloud.provider, {})
    wanted: dict[str, Json] = {**(machines or _UNITS)}
    for name in (*_UNITS, "node_type", "disk_gib"):
        given = getattr(database, name)
        if given is not None and name not in wanted:
            yield problem(
                ("database", name), given, better=None,
                expected=f"nothing: on {cloud.provider} it has no meaning",
                why="a database has the sizes that its cloud counts in, and no others",
            )  # fmt: skip
        elif given is None and name in wanted:
            yield problem(
                ("database", name), given, better=wanted[name], expected=f"{wanted[name]}, or another size",
                why=f"on {cloud.provider} the database's size is said so",
            )  # fmt: skip
    prefix = {"gcp": _GOOGLE_MACHINE, "azure": _AZURE_MACHINE}.get(cloud.provider)
    if prefix and database.node_type and not database.node_type.startswith(prefix):
        yield problem(
            ("database", "node_type"), database.node_type, better=machines["node_type"],
            expected=f"a machine of {cloud.provider}, for example {machines['node_type']}",
            why="a machine type is a word of one cloud",
        )  # fmt: skip


def database_version_is_as_exact_as_the_clouds(cloud: Aws | Gcp | Azure, database: Database) -> Found:
    """Aurora wants the minor version; the others choose it, and move it in their windows."""
    major, _, minor = database.version.partition(".")
    if isinstance(cloud, Aws) and not minor:
        yield problem(
            ("database", "version"), database.version, better=f"{major}.7",
            expected="major and minor version, as 17.7",
            why="every region's cluster must have the same minor version, so it is not left to AWS",
        )  # fmt: skip
    if not isinstance(cloud, Aws) and minor:
        yield problem(
            ("database", "version"), database.version, better=major,
            expected=f"{major}, without a minor version",
            why=f"on {cloud.provider} the minor version is the cloud's choice",
        )  # fmt: skip


def database_can_grow(database: Database) -> Found:
    """The least is not above the most."""
    if database.min_capacity is None or database.max_capacity is None:
        return
    if database.max_capacity < database.min_capacity:
        yield problem(
            ("database", "max_capacity"), database.max_capacity, better=database.min_capacity,
            expected=f"at least {database.min_capacity:g}, which is min_capacity",
            why="the database cannot have fewer units at its peak than when idle",
        )  # fmt: skip


def prod_database_stands(environment: Environment, database: Database) -> Found:
    """In prod a second instance takes over, and none sleeps."""
    if environment != "prod":
        return
    if database.instances == 1:
        yield problem(
            ("database", "instances"), 1, expected="2 or more in prod", better=2,
            why="a reader takes over in under a minute; a lone writer is rebuilt in about ten",
        )  # fmt: skip
    if database.min_capacity == 0:
        yield problem(
            ("database", "min_capacity"), 0, expected="0.5 or more in prod", better=0.5,
            why="a database that sleeps takes about 15 seconds to wake, with orders waiting",
        )  # fmt: skip


def google_pool_has_one_type(cloud: Aws | Gcp | Azure, cluster: Cluster) -> Found:
    """A pool of GKE has one machine type; several of spot become several pools."""
    types: list[Json] = list(cluster.on_demand.instance_types)
    if isinstance(cloud, Gcp) and len(types) > 1:
        yield problem(
            ("cluster", "on_demand", "instance_types"), types, expected="one machine type", better=types[:1],
            why="a pool of GKE has one, and the machines that stay are one pool",
        )  # fmt: skip
    for name, pool in _pools(cluster):
        foreign = [kind for kind in pool.instance_types if "." in kind or kind.startswith("Standard_")]
        if isinstance(cloud, Gcp) and foreign:
            yield problem(
                ("cluster", name, "instance_types"), list(pool.instance_types), better=["n2-standard-4"],
                expected=f"machine types of Google Cloud, for example n2-standard-4; {foreign[0]} is none",
                why="a machine type is a word of one cloud",
            )  # fmt: skip


def google_pods_find_addresses(cloud: Aws | Gcp | Azure, cluster: Cluster, network: Network) -> Found:
    """Half of a region's range is the pods', and each machine takes a block of it."""
    if not isinstance(cloud, Gcp):
        return
    machines = sum(pool.max for _, pool in _pools(cluster))
    for key, cidr in (("cidr", network.cidr), ("dr_cidr", network.dr_cidr)):
        room = ipaddress.IPv4Network(cidr).num_addresses // 2 // GOOGLE_POD_BLOCK
        if machines > room:
            yield problem(
                ("network", key), cidr, better=str(ipaddress.IPv4Network(cidr).supernet(new_prefix=16)),
                expected=f"a range with room for the pods of {machines} machines; it has room for {room}",
                why="a machine of GKE takes a block of 128 addresses for its pods, and the range cannot grow",
            )  # fmt: skip


def google_has_the_cache(cloud: Aws | Gcp | Azure, cache: Cache) -> Found:
    """Memorystore makes the versions and machines that it has."""
    if not isinstance(cloud, Gcp):
        return
    if cache.version not in GOOGLE_CACHE_VERSIONS:
        yield problem(
            ("cache", "version"), cache.version, better=GOOGLE_CACHE_VERSIONS[-2],
            expected=f"one of {', '.join(GOOGLE_CACHE_VERSIONS)}", why="Memorystore for Valkey has no other",
        )  # fmt: skip
    if cache.node_type not in GOOGLE_CACHE_MACHINES:
        yield problem(
            ("cache", "node_type"), cache.node_type, better="STANDARD_SMALL",
            expected=f"one of {', '.join(GOOGLE_CACHE_MACHINES)}", why="Memorystore for Valkey has no other",
        )  # fmt: skip


def google_readers_need_the_better_edition(cloud: Aws | Gcp | Azure, database: Database) -> Found:
    """In the edition Enterprise there is one instance, and one that takes over."""
    plus = (database.node_type or "").startswith(ENTERPRISE_PLUS)
    if isinstance(cloud, Gcp) and database.instances > WRITER_AND_STANDBY and not plus:
        yield problem(
            ("database", "instances"), database.instances, better=WRITER_AND_STANDBY,
            expected=f"2 at most, or a machine of Enterprise Plus ({ENTERPRISE_PLUS}…)",
            why="a pool of readers is had in that edition only",
        )  # fmt: skip


CHECKS: Final[tuple[Callable[..., Found], ...]] = (
    aws_always_has_a_machine,
    pools_can_grow,
    pools_have_one_architecture,
    spot_has_alternatives,
    database_is_sized_in_the_clouds_words,
    database_version_is_as_exact_as_the_clouds,
    database_can_grow,
    prod_database_stands,
    google_pool_has_one_type,
    google_pods_find_addresses,
    google_has_the_cache,
    google_readers_need_the_better_edition,
)
