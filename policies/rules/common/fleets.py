"""How many machines, and on which terms: spot where nobody minds, and never more than was foreseen."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, known, some
from policies.views.machines import places, zones

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.edit import Edit
    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["MAXIMA"]

GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
SCALING: Final = "aws:autoscaling/group:Group"
POOL: Final = "gcp:container/nodePool:NodePool"
INSTANCE: Final = "gcp:compute/instance:Instance"
AGENTS: Final = "azure-native:containerservice:AgentPool"
MANAGED: Final = "azure-native:containerservice:ManagedCluster"
SCALE_SET: Final = "azure-native:compute:VirtualMachineScaleSet"
MIXED: Final = "mixedInstancesPolicy"
SHARE: Final = f"{MIXED}.instancesDistribution.onDemandPercentageAboveBaseCapacity"
MARKET: Final = "instanceMarketOptions.marketType"
RESERVED: Final = "a reserved block of capacity is paid for already"
TAINTS: Final[Mapping[str, str]] = {GROUP: "taints[*].key", POOL: "nodeConfig.taints[*].key"}
SYSTEM_TAINTS: Final = ("CriticalAddonsOnly", "components.gke.io/gke-managed-components")
"""What keeps a cluster's own pods apart from everybody else's."""


@policy(
    id="cost-spot-in-dev",
    title="Non-production node pools use spot capacity",
    violation="a node group whose capacityType is not SPOT, a launch template whose market is not spot, a "
    "group of mixed instances with machines on demand above its base, a node pool or instance of Google's "
    "that is neither spot nor preemptible, an agent pool or scale set of Azure's whose priority is not Spot; "
    "what holds a cluster's own pods (mode System, a CriticalAddonsOnly taint, a name in systemPools) may be "
    "on demand",
    severity="medium",
    category="cost",
    scope="stack",
    reads={
        GROUP: ("capacityType", "taints[*].key"),
        TEMPLATE: (MARKET,),
        SCALING: (SHARE,),
        POOL: ("nodeConfig.spot", "nodeConfig.preemptible", "nodeConfig.taints[*].key"),
        INSTANCE: ("scheduling",),
        AGENTS: ("scaleSetPriority", "mode", "nodeTaints[*]"),
        SCALE_SET: ("virtualMachineProfile.priority",),
    },
    related={
        GROUP: ("launchTemplate.id", "launchTemplate.name"),
        SCALING: (
            f"{MIXED}.launchTemplate.launchTemplateSpecification.launchTemplateId",
            f"{MIXED}.launchTemplate.launchTemplateSpecification.launchTemplateName",
        ),
        TEMPLATE: ("name",),
    },
    defaults={"systemPools": list[str]()},
    fix=Fix("auto", "Let machines outside production be spot.", 'capacity_type="SPOT"'),
    enforcement="MAD",
    soc2=("A1.1",),
    cis=(),
)
def spot_in_dev(subject: Subject) -> Iterator[Judgement]:
    """Spot machines cost a third, and where nobody trades an hour without one is no loss.

    On demand is every provider's default. A launch template that a node group or a group of mixed instances
    uses is not judged: there the group decides, and EKS takes no template with a market of its own.
    """
    name = subject.body.resource.name
    if any(fnmatchcase(name, glob) for glob in subject.config.texts("systemPools")):
        yield not_applicable("systemPools names it: it holds what has to stay")
        return
    yield from JUDGES[subject.type](subject)


def _judged(place: Node, spot: Truth, system: Truth, mend: tuple[Edit, ...]) -> Judgement:
    return fail_if(~spot & ~system, place, f"the machines are on demand ({place.shown})", mend=mend)


def _group(subject: Subject) -> Iterator[Judgement]:
    place = subject.at("capacityType")
    if place.text == "CAPACITY_BLOCK":
        yield not_applicable(RESERVED)
        return
    yield _judged(place, place.equals("SPOT"), _tainted(subject), (place.becomes("SPOT"),))


def _template(subject: Subject) -> Iterator[Judgement]:
    place = subject.at(MARKET)
    if place.text == "capacity-block":
        yield not_applicable(RESERVED)
        return
    used = some(
        subject.stack.refers(body, path, subject.body, name)
        for token, paths in USED_BY.items()
        for body in subject.stack.of(token)
        for path, name in paths
    )
    if used == Truth.YES:
        yield not_applicable("the group that uses it says on which terms")
        return
    yield _judged(place, place.equals("spot"), used, (place.becomes("spot"),))


USED_BY: Final = {
    GROUP: (("launchTemplate.id", "id"), ("launchTemplate.name", "name")),
    SCALING: (
        (f"{MIXED}.launchTemplate.launchTemplateSpecification.launchTemplateId", "id"),
        (f"{MIXED}.launchTemplate.launchTemplateSpecification.launchTemplateName", "name"),
    ),
}


def _scaling(subject: Subject) -> Iterator[Judgement]:
    if subject.at(MIXED).is_absent:
        yield not_applicable("its launch template says on which terms")
        return
    place = subject.at(SHARE)
    all_spot = place.test(lambda _: place.number == 0)
    yield _judged(place, all_spot, Truth.NO, (place.becomes(0),))


def _pool(subject: Subject) -> Iterator[Judgement]:
    place = subject.at("nodeConfig.spot")
    spot = place.is_true | subject.at("nodeConfig.preemptible").is_true
    yield _judged(place, spot, _tainted(subject), (place.becomes(value=True),))


def _instance(subject: Subject) -> Iterator[Judgement]:
    terms = subject.at("scheduling")
    place = terms.key("provisioningModel")
    spot = place.equals("SPOT") | terms.key("preemptible").is_true
    mend = (
        place.becomes("SPOT"),
        terms.key("preemptible").becomes(value=True),
        terms.key("automaticRestart").becomes(value=False),
        terms.key("onHostMaintenance").becomes("TERMINATE"),
    )
    if place.text == "RESERVATION_BOUND":
        yield not_applicable(RESERVED)
    else:
        yield _judged(place, spot, Truth.NO, mend)


def _agents(subject: Subject) -> Iterator[Judgement]:
    place = subject.at("scaleSetPriority")
    kept = some(
        taint.test(lambda said: str(said).partition("=")[0] in SYSTEM_TAINTS)
        for taint in subject.at("nodeTaints").items()
    )
    system = subject.at("mode").equals("System") | kept
    yield _judged(place, place.equals("Spot"), system, (place.becomes("Spot"),))


def _scale_set(subject: Subject) -> Iterator[Judgement]:
    place = subject.at("virtualMachineProfile.priority")
    yield _judged(place, place.one_of(("Spot", "Low")), Truth.NO, (place.becomes("Spot"),))


def _tainted(subject: Subject) -> Truth:
    return some(place.one_of(SYSTEM_TAINTS) for place in places(subject.root, TAINTS[subject.type]))


JUDGES: Final = {
    GROUP: _group,
    TEMPLATE: _template,
    SCALING: _scaling,
    POOL: _pool,
    INSTANCE: _instance,
    AGENTS: _agents,
    SCALE_SET: _scale_set,
}

MAXIMA: Final = {GROUP: "scalingConfig.maxSize", SCALING: "maxSize"}
AUTOSCALING: Final = "autoscaling"
POOL_COUNTS: Final = ("nodeCount", "initialNodeCount")
AGENT_READS: Final = ("enableAutoScaling", "maxCount", "count")


@policy(
    id="cost-max-nodes",
    title="Node counts are capped",
    violation="a group or pool that may grow to more machines, in all its zones, than the environment allows",
    severity="medium",
    category="cost",
    reads={
        **{token: (path,) for token, path in MAXIMA.items()},
        POOL: (
            "autoscaling.maxNodeCount",
            "autoscaling.totalMaxNodeCount",
            *POOL_COUNTS,
            "location",
            "nodeLocations[*]",
        ),
        AGENTS: AGENT_READS,
        MANAGED: tuple(f"agentPoolProfiles[*].{path}" for path in AGENT_READS),
    },
    defaults={"maxNodes": {"dev": 3, "staging": 6, "prod": 30}},
    fix=Fix("none", "Say how far it may grow.", 'scaling_config={"min_size": 1, "max_size": 3}'),
    enforcement="MMM",
    soc2=("A1.1",),
    cis=(),
)
def max_nodes(subject: Subject) -> Iterator[Judgement]:
    """A pod that asks for too much, in a loop, buys machines all night; the cap is what ends it.

    A pool of Google's counts per zone, three where it is regional and names none; a pool that says no number
    has one machine in each zone, an agent pool of Azure's one.
    """
    limit = subject.config.table("maxNodes").get(subject.environment)
    if not isinstance(limit, (int, float)):
        yield not_applicable("the environment has no limit")
        return
    pools = subject.at("agentPoolProfiles").items() if subject.type == MANAGED else [subject.root]
    for pool in pools:
        place, times = _most(pool, subject.type)
        if times is None or (place.is_known and place.number is None):
            over = Truth.UNKNOWN
        else:
            most = (place.number or 0) * times
            over = place.test(lambda _, most=most: most > limit, absent=known(value=times > limit))
        count = f"{place.shown}{f' in each of {times} zones' if times != 1 else ''}"
        yield fail_if(over, place, f"it may grow to {count} machines, at most {limit}")
    if not pools:
        yield not_applicable("it has no pool of its own")


def _most(pool: Node, token: str) -> tuple[Node, int | None]:
    """Where the largest number of machines stands, and how often it counts."""
    if token in MAXIMA:
        return pool.at(MAXIMA[token]), 1
    if token != POOL:
        scales = pool.key("enableAutoScaling").is_true
        place = pool.key("maxCount" if scales == Truth.YES else "count")
        return place, None if scales == Truth.UNKNOWN else 1
    grows = pool.key(AUTOSCALING)
    total = grows.key("totalMaxNodeCount")
    if not total.is_absent:
        return total, 1
    named = [grows.key("maxNodeCount"), *(pool.key(path) for path in POOL_COUNTS)]
    return next((place for place in named if not place.is_absent), named[-1]), zones(pool)
