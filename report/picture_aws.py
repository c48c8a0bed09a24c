"""How AWS's rooms are read for the picture."""

from __future__ import annotations

from typing import Final

from report.look import dig, span, words
from report.scene import Inside, Pool, Sight, Subnet, Zone

__all__ = ["AWS"]

_POOL: Final = "aws:eks/nodeGroup:NodeGroup"
_STORE: Final = "aws:rds/cluster:Cluster"


def _zones(inside: Inside) -> tuple[Zone, ...]:
    subnets: dict[str, list[Subnet]] = {}
    homes: dict[str, str] = {}
    for resource in inside:
        if resource.type == "aws:ec2/subnet:Subnet":
            zone = words(dig(resource, "availabilityZone") or dig(resource, "availabilityZoneId"))
            homes[resource.urn] = zone
            tier = words(dig(resource, "tags", "tier"))
            subnets.setdefault(zone, []).append(Subnet(tier, words(dig(resource, "cidrBlock"))))
    ways_out = {
        homes.get(urn)
        for resource in inside
        if resource.type == "aws:ec2/natGateway:NatGateway"
        for urn in resource.property_dependencies.get("subnetId", ())
    }
    return tuple(Zone(f"zone {name}", tuple(found), name in ways_out) for name, found in subnets.items())


def _edges(inside: Inside) -> tuple[str, ...]:
    gateways = ["internet gateway" for r in inside if r.type == "aws:ec2/internetGateway:InternetGateway"]
    endpoints = sum(r.type == "aws:ec2/vpcEndpoint:VpcEndpoint" for r in inside)
    return (*gateways, *((f"{endpoints} private endpoints",) if endpoints else ()))


def _version(inside: Inside) -> str:
    return next((words(dig(r, "version")) for r in inside if r.type == "aws:eks/cluster:Cluster"), "?")


def _pools(inside: Inside) -> tuple[Pool, ...]:
    return tuple(
        Pool(
            "spot" if dig(pool, "capacityType") == "SPOT" else "on demand",
            span(dig(pool, "scalingConfig", "minSize"), dig(pool, "scalingConfig", "maxSize")),
            _listed(dig(pool, "instanceTypes")),
        )
        for pool in inside
        if pool.type == _POOL
    )


def _instances(inside: Inside) -> tuple[str, ...]:
    count = sum(resource.type == "aws:rds/clusterInstance:ClusterInstance" for resource in inside)
    follows = any(r.type == _STORE and dig(r, "databaseName") is None for r in inside)
    first = "copy" if follows else "writer"
    return (first, *(f"reader {number}" for number in range(1, count)))[:count]


def _door(inside: Inside) -> str:
    for rule in inside:
        if rule.type == "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
            return f"{words(dig(rule, 'ipProtocol')).upper()} {words(dig(rule, 'fromPort'))}"
    return ""


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "?"


AWS: Final = Sight(
    network="aws:ec2/vpc:Vpc",
    cluster="aws:eks/cluster:Cluster",
    store=_STORE,
    zones=_zones,
    edges=_edges,
    version=_version,
    pools=_pools,
    instances=_instances,
    door=_door,
    headlines=frozenset({"aws:iam/role:Role", "aws:kms/key:Key", "aws:s3/bucket:Bucket"}),
)
