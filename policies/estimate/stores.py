"""What holds data: databases, caches and disks. Storage that grows by itself counts as it is made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policies.estimate.bill import ONE, OPEN, Line, Meter, Range, amount, of_any, product
from policies.estimate.fleets import disk, kind_of, performance
from policies.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from policies.node import Node

__all__ = ["STORES"]

AURORA: Final = "aws:rds/cluster:Cluster"
GLOBAL_CACHE: Final = "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup"
CLOUD_SQL: Final = "gcp:sql/databaseInstance:DatabaseInstance"
CUSTOM: Final = re.compile(r"db-custom-(\d+)-(\d+)")
PLUS: Final = re.compile(r"db-perf-optimized-n-(\d+)")
PLUS_MEMORY: Final = 8
"""GiB for each vCPU of Enterprise Plus."""


def _twice(truth: Truth) -> Range:
    return Range(1 + (truth == Truth.YES), 1 + (truth != Truth.NO))


def _server(meter: Meter, what: str, named: tuple[Node, ...], dimension: str, *counts: Range) -> Line:
    """A line for a server whose article is made of the texts at these places."""
    service = "redis" if what.startswith("elasticache") else "postgres"
    article = "-".join([what, *(node.text for node in named)])
    rate = OPEN if any(node.is_open for node in named) else meter.rate(service, article, dimension)
    return meter.line(article, rate, *counts)


def _rds(meter: Meter) -> Iterator[Line]:
    servers, size, kind = (
        _twice(meter.at("multiAz").is_true),
        meter.at("instanceClass"),
        meter.at("storageType"),
    )
    engine = meter.at("engine").text.replace("postgres", "postgresql")
    yield _server(meter, f"rds-{engine}", (size,), "on-demand-single-az", servers)
    like_gp3 = kind.test(lambda said: said in ("gp2", "gp3"), absent=Truth.YES) == Truth.YES
    rate = meter.rate("postgres", f"rds-{engine}", "storage-gp3") if like_gp3 else None
    storage = OPEN if kind.is_open else rate
    yield meter.line("storage", storage, amount(meter.at("allocatedStorage")), servers)
    for path in ("iops", "storageThroughput"):
        if not meter.at(path).is_absent:
            yield meter.line(f"storage {path}", None)


def _aurora(meter: Meter) -> Iterator[Line]:
    size, cluster = (
        meter.at("instanceClass"),
        meter.other(AURORA, "clusterIdentifier", "id", "clusterIdentifier"),
    )
    optimized = cluster.key("storageType").equals("aurora-iopt1")
    if size.text == "db.serverless":
        kinds = {Truth.YES: ("io-optimized",), Truth.NO: ("standard",)}.get(
            optimized, ("standard", "io-optimized")
        )
        rate = of_any(meter.rate("postgres", "aurora-serverless-v2", f"acu-{kind}") for kind in kinds)
        limits = cluster.key("serverlessv2ScalingConfiguration")
        units = amount(limits.key("minCapacity"), 0, limits.key("maxCapacity"))
        yield meter.line("Aurora capacity", rate, units)
    elif optimized != Truth.NO or meter.at("engine").text not in {"", "aurora-postgresql"}:
        yield meter.line(f"{meter.at('engine').shown} {size.shown}", None)
    else:
        yield _server(meter, "aurora", (size,), "on-demand")


def _cache(meter: Meter) -> Iterator[Line]:
    size, engine = meter.at("nodeType"), meter.at("engine")
    if not meter.at("replicationGroupId").is_absent and meter.body.type.endswith(":Cluster"):
        return
    if size.is_empty == Truth.YES:
        above = meter.other(GLOBAL_CACHE, "globalReplicationGroupId", "globalReplicationGroupId", "id")
        size, engine = above.key("cacheNodeType"), above.key("engine")
    nodes = product(amount(meter.at("numNodeGroups"), 1), _and_one(meter.at("replicasPerNodeGroup")))
    for path in ("numCacheClusters", "numCacheNodes"):
        nodes = nodes if meter.at(path).is_absent else amount(meter.at(path))
    named = (size,) if engine.is_empty == Truth.YES else (engine, size)
    yield _server(meter, "elasticache" if engine in named else "elasticache-redis", named, "on-demand", nodes)


def _and_one(copies: Node) -> Range:
    return Range(amount(copies).low + 1, amount(copies).high + 1)


def _cloud_sql(meter: Meter) -> Iterator[Line]:
    settings, tier = meter.at("settings"), meter.at("settings.tier")
    size, is_pool = tier.text.lower(), meter.at("instanceType").equals("READ_POOL_INSTANCE") != Truth.NO
    readers = amount(meter.at("nodeCount"), 1) if is_pool else ONE
    regional = settings.key("availabilityType").equals("REGIONAL")
    suffixes = {Truth.YES: ("ha",), Truth.NO: ("zonal",), Truth.UNKNOWN: ("zonal", "ha")}[regional]
    custom, plus = CUSTOM.fullmatch(size), PLUS.fullmatch(size)
    if custom or plus:
        article = "cloudsql-enterprise" if custom else "cloudsql-enterprise-plus-n2"
        cores = int(custom[1] if custom else plus[1] if plus else 0)
        memory = int(custom[2]) / 1024 if custom else cores * PLUS_MEMORY
        for name, count in (("vcpu", cores), ("memory", memory)):
            rate = of_any(meter.rate("postgres", article, f"{name}-{suffix}") for suffix in suffixes)
            yield meter.line(f"{article} {name}", rate, Range(count, count), readers)
    else:
        yield _server(meter, "cloudsql", (tier,), "instance-zonal", readers, _twice(regional))
    gigabytes, primary = settings.key("diskSize"), meter.other(CLOUD_SQL, "masterInstanceName", "name", "id")
    gigabytes = primary.at("settings.diskSize") if gigabytes.is_absent else gigabytes
    fast = settings.key("diskType").test(lambda said: said == "PD_SSD", absent=Truth.YES)
    storage = of_any(meter.rate("postgres", "cloudsql", f"storage-ssd-{suffix}") for suffix in suffixes)
    rate = OPEN if fast == Truth.UNKNOWN else storage if fast == Truth.YES else None
    yield meter.line("storage", rate, amount(gigabytes, 10), readers)


def _memorystore(meter: Meter) -> Iterator[Line]:
    kind = "valkey" if meter.body.type.startswith("gcp:memorystore/") else "redis-cluster"
    size = meter.at("nodeType")
    name = (size.text or "HIGHMEM_MEDIUM").removeprefix("REDIS_").lower().replace("_", "-")
    rate = OPEN if size.is_open else meter.rate("redis", f"memorystore-{kind}-{name}", "node")
    nodes = product(amount(meter.at("shardCount"), 1), _and_one(meter.at("replicaCount")))
    yield meter.line(f"{kind} {name}", rate, nodes)


def _disk(meter: Meter) -> Iterator[Line]:
    size, default = meter.at("size"), "pd-standard" if meter.body.type.startswith("gcp:") else "gp2"
    if size.is_absent:
        yield meter.line("disk of its source's size", None)
    else:
        kind = kind_of(meter.at("type"), default)
        yield disk(meter, kind, amount(size), ONE)
        yield from performance(meter, kind, meter.body.root, ONE)


def _azure_postgres(meter: Meter) -> Iterator[Line]:
    sku, servers = (
        meter.at("sku.name"),
        _twice(meter.at("highAvailability.mode").one_of(("ZoneRedundant", "SameZone"))),
    )
    article = f"pg-flexible-{sku.text.removeprefix('Standard_')}"
    yield meter.line(article, OPEN if sku.is_open else meter.rate("postgres", article, "on-demand"), servers)
    size = amount(meter.at("storage.storageSizeGB"), 32)
    yield meter.line("storage", meter.rate("postgres", "pg-flexible", "storage-premium-ssd"), size, servers)


STORES: Final[Mapping[str, Callable[[Meter], Iterator[Line]]]] = {
    "aws:rds/instance:Instance": _rds,
    "aws:rds/clusterInstance:ClusterInstance": _aurora,
    "aws:elasticache/replicationGroup:ReplicationGroup": _cache,
    "aws:elasticache/cluster:Cluster": _cache,
    "aws:ebs/volume:Volume": _disk,
    CLOUD_SQL: _cloud_sql,
    "gcp:memorystore/instance:Instance": _memorystore,
    "gcp:redis/cluster:Cluster": _memorystore,
    "gcp:compute/disk:Disk": _disk,
    "azure-native:dbforpostgresql:Server": _azure_postgres,
}
"""For each type what its servers and its storage cost."""
