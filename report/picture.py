"""What the architecture picture shows: the plan's rooms as boxes inside boxes, before anything is drawn.

Only what the plan says is in it. A room that no cloud's sight knows still gets a tile, with the line that
`report.rooms` has for it, so a new room is never missing from the picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from plan.resource import Plan, Resource
from report.look import below, dig, of, words
from report.picture_aws import AWS
from report.picture_gcp import GCP
from report.rooms import describe
from report.rooms_kubernetes import RUNS
from report.scene import Cluster, Namespace, Picture, Region, Sight, Store, Tile, Workload

__all__ = ["see"]

SIGHTS: Final[Mapping[str, Sight]] = {"aws": AWS, "gcp": GCP}
"""By SDK."""


def see(plan: Plan) -> Picture:
    """The picture of a plan: one region for each part that holds a cloud's provider."""
    homes: dict[str, Resource] = {}
    for resource in plan:
        home = plan.get(resource.parent)
        if resource.is_provider and resource.package != "kubernetes" and home is not None and not home.custom:
            homes.setdefault(home.urn, resource)
    # where parts say that they are a region, another part with a provider of its own is none
    homes = {urn: found for urn, found in homes.items() if plan[urn].outputs.get("region")} or homes
    regions = [_region(plan, plan[urn], provider) for urn, provider in homes.items()]
    clouds = {plan[urn].parent: provider.package for urn, provider in homes.items()}
    common = [
        _common(plan, plan[urn], package, set(homes)) for urn, package in clouds.items() if plan.get(urn)
    ]
    return Picture((*regions, *(found for found in common if found.tiles)))


def _common(plan: Plan, cloud: Resource, package: str, homes: set[str]) -> Region:
    """What a cloud's part holds beside its regions: of no region, or of both."""
    parts = [child for child in plan.children(cloud.urn) if not child.custom and child.urn not in homes]
    rooms = [room for part in parts for room in _rooms(plan, part)]
    tiles = (
        tuple(_tile(plan, room, SIGHTS.get(package)) for room in rooms)
        if cloud.type.endswith("Cloud")
        else ()
    )
    return Region(f"{package} in common", "", (), (), None, None, tiles)


def _rooms(plan: Plan, part: Resource) -> list[Resource]:
    """The part itself; of one that only gathers others, those."""
    inside = [child for child in plan.children(part.urn) if not child.custom]
    return inside if part.type.endswith("Project") and inside else [part]


def _region(plan: Plan, home: Resource, provider: Resource) -> Region:
    rooms = [child for child in plan.children(home.urn) if not child.custom]
    sight = SIGHTS.get(provider.package)
    network = _room(plan, rooms, sight.network) if sight else None
    region = words(dig(provider, "region"))
    waits = ("stands by",) if home.outputs.get("role") == "standby" else ()
    title = " · ".join((f"{provider.package} {region}" if region != "?" else provider.package, *waits))
    if sight is None or network is None:
        return Region(title, "", (), (), None, None, tuple(_tile(plan, room, sight) for room in rooms))
    cluster, store = _room(plan, rooms, sight.cluster), _room(plan, rooms, sight.store)
    inside = below(plan, network)
    return Region(
        title=title,
        network=describe(plan, network),
        edges=sight.edges(inside),
        zones=sight.zones(inside),
        cluster=_cluster(plan, cluster, home, sight) if cluster else None,
        store=_store(plan, store, sight) if store else None,
        tiles=tuple(_tile(plan, room, sight) for room in rooms if room not in (network, cluster, store)),
    )


def _room(plan: Plan, rooms: Sequence[Resource], type_token: str) -> Resource | None:
    return next((room for room in rooms if any(r.type == type_token for r in below(plan, room))), None)


def _cluster(plan: Plan, room: Resource, home: Resource, sight: Sight) -> Cluster:
    inside = below(plan, room)
    title = f"Kubernetes {sight.version(inside)}"
    return Cluster(title, sight.pools(inside), _namespaces(plan, home), _protected(inside))


def _namespaces(plan: Plan, home: Resource) -> tuple[Namespace, ...]:
    """What runs through the Kubernetes providers that belong to this region."""
    doors = {r.urn for r in plan.children(home.urn) if r.is_provider and r.package == "kubernetes"}
    inside = [resource for resource in plan if resource.provider in doors]
    names = {
        r.urn: words(dig(r, "metadata", "name")) for r in inside if r.type == "kubernetes:core/v1:Namespace"
    }
    scaled = _scaled(inside)
    found: dict[str, list[Workload]] = {name: [] for name in names.values()}
    for resource in inside:
        if resource.type in RUNS:
            given = words(dig(resource, "metadata", "namespace"))
            known = [names[urn] for urn in resource.dependencies if urn in names]
            found.setdefault(given if given != "?" else next(iter(known), "default"), []).append(
                _workload(resource, scaled.get(words(dig(resource, "metadata", "name")), ""))
            )
    # the operators' namespaces hold what their charts hold, which the plan does not know
    return tuple(Namespace(name, tuple(workloads)) for name, workloads in found.items() if workloads)


def _scaled(inside: Sequence[Resource]) -> dict[str, str]:
    """By workload, from how many pods to how many its autoscaler goes."""
    return {
        words(dig(r, "metadata", "name")): (
            f"{words(dig(r, 'spec', 'minReplicaCount'))}-{words(dig(r, 'spec', 'maxReplicaCount'))}"
        )
        for r in of(inside, "kubernetes:keda.sh/v1alpha1:ScaledObject")
    }


def _workload(resource: Resource, scaled: str) -> Workload:
    container = ("spec", "template", "spec", "containers", 0, "resources", "requests")
    cpu, memory = (words(dig(resource, *container, what)) for what in ("cpu", "memory"))
    name = words(dig(resource, "metadata", "name"))
    return Workload(name, scaled or words(dig(resource, "spec", "replicas")), f"{cpu} CPU · {memory}")


def _store(plan: Plan, room: Resource, sight: Sight) -> Store:
    inside = below(plan, room)
    title, _, rest = describe(plan, room).partition(", ")
    return Store(title, rest, sight.instances(inside), sight.door(inside), _protected(inside))


def _tile(plan: Plan, room: Resource, sight: Sight | None) -> Tile:
    inside = below(plan, room)
    headlines = sight.headlines if sight else frozenset[str]()
    items = tuple(r.name.removeprefix(f"{room.name}-") for r in inside if r.type in headlines)
    return Tile(plan.label(room), describe(plan, room), items, _protected(inside))


def _protected(inside: Sequence[Resource]) -> bool:
    return any(resource.options.protect for resource in inside)
