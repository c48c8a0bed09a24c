"""How Google Cloud's rooms are read for the picture. Its subnets span the zones: one column for all."""

from __future__ import annotations

from typing import Final

from plan.resource import Resource
from report.look import dig, many, span, words
from report.scene import Inside, Pool, Sight, Subnet, Zone

__all__ = ["GCP"]

_NETWORK: Final = "gcp:compute/subnetwork:Subnetwork"
_STORE: Final = "gcp:sql/databaseInstance:DatabaseInstance"
_TIERS: Final = {"machines": "private", "stores": "database", "entry": "public"}
"""By the end of the subnet's logical name: the tier that the picture draws it in."""


def _zones(inside: Inside) -> tuple[Zone, ...]:
    subnets = [
        Subnet(tier, words(dig(found, "ipCidrRange")))
        for found in inside
        if found.type == _NETWORK and (tier := _TIERS.get(found.name.rpartition("-")[2]))
    ]
    ways_out = any(found.type == "gcp:compute/routerNat:RouterNat" for found in inside)
    return (Zone("all zones", tuple(subnets), ways_out),) if subnets else ()


def _edges(inside: Inside) -> tuple[str, ...]:
    addresses = sum(found.type == "gcp:compute/address:Address" for found in inside)
    return (many(addresses, "NAT address", "NAT addresses"),) if addresses else ()


def _version(inside: Inside) -> str:
    return next(
        (words(dig(r, "minMasterVersion")) for r in inside if r.type == "gcp:container/cluster:Cluster"), "?"
    )


def _pools(inside: Inside) -> tuple[Pool, ...]:
    return tuple(
        Pool(
            "spot" if dig(pool, "nodeConfig", "spot") is True else "on demand",
            span(
                dig(pool, "autoscaling", "totalMinNodeCount"), dig(pool, "autoscaling", "totalMaxNodeCount")
            ),
            words(dig(pool, "nodeConfig", "machineType")),
        )
        for pool in inside
        if pool.type == "gcp:container/nodePool:NodePool"
    )


def _instances(inside: Inside) -> tuple[str, ...]:
    found: list[str] = []
    for instance in inside:
        if instance.type != _STORE:
            continue
        if dig(instance, "instanceType") == "READ_POOL_INSTANCE":
            found.append(_readers(instance))
            continue
        follows = dig(instance, "masterInstanceName") is not None
        found.append("copy" if follows else "writer")
        if dig(instance, "settings", "availabilityType") == "REGIONAL":
            found.append("standby")
    return tuple(found)


def _readers(pool: Resource) -> str:
    count = dig(pool, "nodeCount")
    return many(int(count), "reader") if isinstance(count, int | float) else "readers"


def _door(inside: Inside) -> str:
    endpoint = any(found.type == "gcp:compute/forwardingRule:ForwardingRule" for found in inside)
    return "TCP 5432" if endpoint else ""


GCP: Final = Sight(
    network=_NETWORK,
    cluster="gcp:container/cluster:Cluster",
    store=_STORE,
    zones=_zones,
    edges=_edges,
    version=_version,
    pools=_pools,
    instances=_instances,
    door=_door,
    headlines=frozenset(
        {"gcp:kms/cryptoKey:CryptoKey", "gcp:serviceaccount/account:Account", "gcp:storage/bucket:Bucket"}
    ),
)
