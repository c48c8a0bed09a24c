"""What the architecture picture shows: the plan's rooms as boxes inside boxes, before anything is drawn.

Only what the plan says is in it. A room that this file does not know still gets a tile, with the
line that `report.rooms` has for it, so a new room is never missing from the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plan.resource import Plan, Resource
from report.look import below, dig, span, words
from report.rooms import describe

__all__ = [
    "Cluster",
    "Namespace",
    "Picture",
    "Pool",
    "Region",
    "Store",
    "Subnet",
    "Tile",
    "Workload",
    "Zone",
    "see",
]

HEADLINES = frozenset(
    {
        "aws:iam/role:Role",
        "aws:kms/key:Key",
        "aws:s3/bucket:Bucket",
    }
)
"""Types whose single resources a tile names; the rest of a room only supports them."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A room in a line or two."""

    title: str
    summary: str
    items: tuple[str, ...] = ()
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Subnet:
    """A range of addresses of one tier in one zone."""

    tier: str
    cidr: str


@dataclass(frozen=True, slots=True)
class Zone:
    """One availability zone."""

    name: str
    subnets: tuple[Subnet, ...]
    nat: bool
    """Whether a way out stands in it."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Machines of one kind."""

    title: str
    size: str
    machines: str


@dataclass(frozen=True, slots=True)
class Workload:
    """A service in the cluster."""

    name: str
    replicas: str
    detail: str


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace and what runs in it."""

    name: str
    workloads: tuple[Workload, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """The Kubernetes cluster."""

    title: str
    pools: tuple[Pool, ...]
    namespaces: tuple[Namespace, ...]
    protected: bool


@dataclass(frozen=True, slots=True)
class Store:
    """The database."""

    title: str
    summary: str
    instances: tuple[str, ...]
    door: str
    """What lets the cluster in, as ``TCP 5432``; empty where no rule does."""
    protected: bool


@dataclass(frozen=True, slots=True)
class Region:
    """One region of one cloud."""

    title: str
    network: str
    """Its summary; empty where this file does not know the cloud's network."""
    edges: tuple[str, ...]
    """What the network touches the outside with."""
    zones: tuple[Zone, ...]
    cluster: Cluster | None
    store: Store | None
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole."""

    regions: tuple[Region, ...]


def see(plan: Plan) -> Picture:
    """The picture of a plan: one region for each part that holds a cloud's provider."""
    homes: dict[str, Resource] = {}
    for resource in plan:
        home = plan.get(resource.parent)
        if resource.is_provider and resource.package != "kubernetes" and home is not None and not home.custom:
            homes.setdefault(home.urn, resource)
    regions = [_region(plan, plan[urn], provider) for urn, provider in homes.items()]
    clouds = {plan[urn].parent: provider.package for urn, provider in homes.items()}
    common = [
        _common(plan, plan[urn], package, set(homes)) for urn, package in clouds.items() if plan.get(urn)
    ]
    return Picture((*regions, *(found for found in common if found.tiles)))


def _common(plan: Plan, cloud: Resource, package: str, homes: set[str]) -> Region:
    """What a cloud's part holds beside its regions: of no region, or of both."""
    rooms = [child for child in plan.children(cloud.urn) if not child.custom and child.urn not in homes]
    tiles = tuple(_tile(plan, room) for room in rooms) if cloud.type.endswith("Cloud") else ()
    return Region(f"{package} in common", "", (), (), None, None, tiles)


def _region(plan: Plan, home: Resource, provider: Resource) -> Region:
    rooms = [child for child in plan.children(home.urn) if not child.custom]
    network = _room(plan, rooms, "aws:ec2/vpc:Vpc")
    cluster = _room(plan, rooms, "aws:eks/cluster:Cluster")
    store = _room(plan, rooms, "aws:rds/cluster:Cluster")
    drawn = (network, cluster, store) if network else ()
    region = words(dig(provider, "region"))
    waits = ("stands by",) if home.outputs.get("role") == "standby" else ()
    return Region(
        title=" · ".join((f"{provider.package} {region}" if region != "?" else provider.package, *waits)),
        network=describe(plan, network) if network else "",
        edges=_edges(below(plan, network)) if network else (),
        zones=_zones(below(plan, network)) if network else (),
        cluster=_cluster(plan, cluster, home) if network and cluster else None,
        store=_store(plan, store) if network and store else None,
        tiles=tuple(_tile(plan, room) for room in rooms if room not in drawn),
    )


def _room(plan: Plan, rooms: Sequence[Resource], type_token: str) -> Resource | None:
    return next((room for room in rooms if any(r.type == type_token for r in below(plan, room))), None)


def _zones(inside: Sequence[Resource]) -> tuple[Zone, ...]:
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
    return tuple(Zone(name, tuple(found), name in ways_out) for name, found in subnets.items())


def _edges(inside: Sequence[Resource]) -> tuple[str, ...]:
    gateways = ["internet gateway" for r in inside if r.type == "aws:ec2/internetGateway:InternetGateway"]
    endpoints = sum(r.type == "aws:ec2/vpcEndpoint:VpcEndpoint" for r in inside)
    return (*gateways, *((f"{endpoints} private endpoints",) if endpoints else ()))


def _cluster(plan: Plan, room: Resource, home: Resource) -> Cluster:
    inside = below(plan, room)
    pools = [
        Pool(
            "spot" if dig(pool, "capacityType") == "SPOT" else "on demand",
            span(dig(pool, "scalingConfig", "minSize"), dig(pool, "scalingConfig", "maxSize")),
            _listed(dig(pool, "instanceTypes")),
        )
        for pool in inside
        if pool.type == "aws:eks/nodeGroup:NodeGroup"
    ]
    version = next(
        (words(dig(found, "version")) for found in inside if found.type == "aws:eks/cluster:Cluster"), "?"
    )
    return Cluster(f"Kubernetes {version}", tuple(pools), _namespaces(plan, home), _protected(inside))


def _namespaces(plan: Plan, home: Resource) -> tuple[Namespace, ...]:
    """What runs through the Kubernetes providers that belong to this region."""
    doors = {r.urn for r in plan.children(home.urn) if r.is_provider and r.package == "kubernetes"}
    inside = [resource for resource in plan if resource.provider in doors]
    names = {
        r.urn: words(dig(r, "metadata", "name")) for r in inside if r.type == "kubernetes:core/v1:Namespace"
    }
    found: dict[str, list[Workload]] = {name: [] for name in names.values()}
    for resource in inside:
        if resource.type == "kubernetes:apps/v1:Deployment":
            given = words(dig(resource, "metadata", "namespace"))
            known = [names[urn] for urn in resource.dependencies if urn in names]
            found.setdefault(given if given != "?" else next(iter(known), "default"), []).append(
                _workload(resource)
            )
    return tuple(Namespace(name, tuple(workloads)) for name, workloads in found.items())


def _workload(resource: Resource) -> Workload:
    container = ("spec", "template", "spec", "containers", 0, "resources", "requests")
    cpu, memory = (words(dig(resource, *container, what)) for what in ("cpu", "memory"))
    name = words(dig(resource, "metadata", "name"))
    return Workload(name, words(dig(resource, "spec", "replicas")), f"{cpu} CPU · {memory}")


def _store(plan: Plan, room: Resource) -> Store:
    inside = below(plan, room)
    count = sum(resource.type == "aws:rds/clusterInstance:ClusterInstance" for resource in inside)
    follows = any(r.type == "aws:rds/cluster:Cluster" and dig(r, "databaseName") is None for r in inside)
    first = "copy" if follows else "writer"
    names = (first, *(f"reader {number}" for number in range(1, count)))[:count]
    title, _, rest = describe(plan, room).partition(", ")
    return Store(title, rest, names, _door(inside), _protected(inside))


def _door(inside: Sequence[Resource]) -> str:
    for rule in inside:
        if rule.type == "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
            return f"{words(dig(rule, 'ipProtocol')).upper()} {words(dig(rule, 'fromPort'))}"
    return ""


def _tile(plan: Plan, room: Resource) -> Tile:
    inside = below(plan, room)
    items = tuple(r.name.removeprefix(f"{room.name}-") for r in inside if r.type in HEADLINES)
    return Tile(plan.label(room), describe(plan, room), items, _protected(inside))


def _protected(inside: Sequence[Resource]) -> bool:
    return any(resource.options.protect for resource in inside)


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "?"
