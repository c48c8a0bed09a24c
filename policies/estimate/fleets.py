"""Machines: single, in groups from a minimum to a maximum, and behind a managed cluster, with their disks.

A spot machine counts from nothing to its price on demand: what it costs is up to a market.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from policies.estimate.bill import ONE, OPEN, Line, Meter, Range, amount, of_any, product
from policies.truth import Truth, some
from policies.views.machines import bare, machines, zones

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policies.node import Node

__all__ = ["FLEETS", "disk", "fleet", "kind_of", "performance"]


class Fleet(NamedTuple):
    """Where a type says how many machines there are, and that they are spot."""

    spot: tuple[str, ...]
    least: str = ""
    most: str = ""
    default: str = ""
    """The provider's machine, if none is named."""


TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
CLUSTER: Final = "gcp:container/cluster:Cluster"
POOL: Final = "gcp:container/nodePool:NodePool"
MANAGED: Final = "azure-native:containerservice:ManagedCluster"
AGENTS: Final = "azure-native:containerservice:AgentPool"
NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
TEMPLATES: Final = (
    "launchTemplate.id",
    "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId",
)
SPOT: Final = ("spot", "true")
FLEETS: Final[Mapping[str, Fleet]] = {
    "aws:ec2/instance:Instance": Fleet(("instanceMarketOptions.marketType",)),
    "aws:autoscaling/group:Group": Fleet(("mixedInstancesPolicy",), "minSize", "maxSize"),
    NODE_GROUP: Fleet(("capacityType",), "scalingConfig.minSize", "scalingConfig.maxSize", "t3.medium"),
    "gcp:compute/instance:Instance": Fleet(("scheduling.preemptible", "scheduling.provisioningModel")),
    POOL: Fleet(("nodeConfig.spot", "nodeConfig.preemptible"), default="e2-medium"),
    CLUSTER: Fleet(("nodeConfig.spot", "nodeConfig.preemptible"), default="e2-medium"),
    "azure-native:compute:VirtualMachine": Fleet(("priority",)),
    "azure-native:compute:VirtualMachineScaleSet": Fleet(
        ("virtualMachineProfile.priority",), "sku.capacity", "sku.capacity"
    ),
    AGENTS: Fleet(("scaleSetPriority",)),
    MANAGED: Fleet(("scaleSetPriority",)),
}
INCLUDED: Final[Mapping[str, Mapping[str, int]]] = {
    "ebs-gp3": {"iops": 3000, "throughput": 125},
    "hyperdisk-balanced": {"iops": 3000, "throughput": 140},
}
"""What a kind of disk does without being asked, or paid, for more."""


def fleet(meter: Meter) -> Iterator[Line]:
    """The lines of whatever has machines."""
    token, root, terms = meter.body.type, meter.body.root, FLEETS[meter.body.type]
    if token == MANAGED:
        for pool in root.key("agentPoolProfiles").items():
            yield from _azure(meter, pool, terms)
    elif token == AGENTS:
        yield from _azure(meter, root, terms)
    elif token in {POOL, CLUSTER}:
        yield from _google(meter, root)
    else:
        count = amount(root.at(terms.least), 1, root.at(terms.most)) if terms.least else ONE
        templates = (meter.other(TEMPLATE, path, "id") for path in TEMPLATES)
        template = next((one for one in templates if not one.is_absent), None)
        named = machines(root, token)
        if template is not None and not named:
            named = [one for one in [template.key("instanceType")] if not one.is_absent]
        yield _machines(meter, named, root, count, terms)
        yield from _disks(meter, template, count)


def _disks(meter: Meter, template: Node | None, count: Range) -> Iterator[Line]:
    """The disks of machines. The system's has its image's size, which no plan shows, unless one is said."""
    root = meter.body.root
    mapped = template.key("blockDeviceMappings").items() if template is not None else []
    system, boot = [root.key("rootBlockDevice"), *(one.key("ebs") for one in mapped)], root.key("bootDisk")
    size = boot.at("initializeParams.size")
    if not size.is_absent:
        yield disk(meter, kind_of(boot.at("initializeParams.type"), "pd-standard"), amount(size), count)
    elif meter.body.type == NODE_GROUP and root.key("launchTemplate").is_absent:
        yield disk(meter, "ebs-gp3", amount(root.key("diskSize"), 20), count)
    elif all(one.key("volumeSize").is_absent for one in system) and boot.key("source").is_absent:
        yield meter.line("system disk of a size that is not said", None, count)
    for device in (*system, *root.key("ebsBlockDevices").items()):
        if not device.key("volumeSize").is_absent:
            kind = kind_of(device.key("volumeType"), "gp2")
            yield disk(meter, kind, amount(device.key("volumeSize")), count)
            yield from performance(meter, kind, device, count)


def performance(meter: Meter, kind: str, place: Node, count: Range) -> Iterator[Line]:
    """Lines for what is asked of disks beyond what their kind does anyway."""
    for name, of_google in (("iops", "provisionedIops"), ("throughput", "provisionedThroughput")):
        asked = amount(place.key(name if place.key(of_google).is_absent else of_google))
        included = INCLUDED.get(kind, {}).get(name, 0)
        if asked.high > included:
            more = Range(max(0, asked.low - included), asked.high - included)
            yield meter.line(
                f"disk {kind} {name}", meter.rate("block-storage", kind, f"provisioned-{name}"), more, count
            )


def disk(meter: Meter, kind: str, size: Range, count: Range) -> Line:
    """A line for disks of a size that the plan says; empty: of any kind."""
    return meter.line(
        f"disk {kind}", meter.rate("block-storage", kind, "storage") if kind else OPEN, size, count
    )


def kind_of(node: Node, default: str) -> str:
    """A disk's kind as the list of prices has it; empty where nobody knows yet."""
    if node.is_open:
        return ""
    kind = bare(node.value) if node.is_known else default
    return kind if "-" in kind else f"ebs-{kind}"


def _machines(meter: Meter, named: Iterable[Node], where: Node, count: Range, terms: Fleet) -> Line:
    """A line for machines of one of several types."""
    nodes = [node for node in named if not node.is_absent]
    names = [bare(node.value) for node in nodes if node.is_known] or [terms.default]
    rate = of_any(meter.rate("compute", name, "on-demand") for name in names)
    spot = some(
        where.at(path).test(lambda said: isinstance(said, (dict, list)) or str(said).lower() in SPOT)
        for path in terms.spot
    )
    sure = count if spot == Truth.NO else Range(0, count.high)
    is_open = any(node.is_open for node in nodes)
    return meter.line("machines " + ", ".join(names), OPEN if is_open else rate, sure)


def _azure(meter: Meter, pool: Node, terms: Fleet) -> Iterator[Line]:
    count = _agents(pool)
    yield _machines(meter, [pool.key("vmSize")], pool, count, terms)
    if pool.key("osDiskType").text != "Ephemeral":
        yield meter.line("system disk", None, count)


def _agents(pool: Node) -> Range:
    if pool.key("enableAutoScaling").is_true == Truth.NO:
        return amount(pool.key("count"), 1)
    return amount(pool.key("minCount"), 0, pool.key("maxCount"))


def _google(meter: Meter, root: Node) -> Iterator[Line]:
    """A node pool, or a cluster's first pool and those that it names inline."""
    terms, cluster = FLEETS[meter.body.type], root
    pools = root.key("nodePools").items()
    if meter.body.type == POOL:
        cluster, pools = meter.other(CLUSTER, "cluster", "name", "id"), [root]
    elif not pools:
        first = ~root.key("removeDefaultNodePool").is_true & ~root.key("enableAutopilot").is_true
        pools = [root] if first != Truth.NO else []
    for pool in pools:
        spread = cluster if pool.key("nodeLocations").is_absent and not cluster.is_absent else pool
        each = zones(spread)
        times = OPEN if each is None else Range(each, each)
        grows = pool.key("autoscaling")
        if not grows.key("totalMaxNodeCount").is_absent:
            count = amount(grows.key("totalMinNodeCount"), 0, grows.key("totalMaxNodeCount"))
        elif not grows.is_absent:
            count = product(amount(grows.key("minNodeCount"), 0, grows.key("maxNodeCount")), times)
        else:
            said = pool.key("initialNodeCount" if pool.key("nodeCount").is_absent else "nodeCount")
            count = product(amount(said, 1), times)
        node = pool.key("nodeConfig")
        yield _machines(meter, [node.key("machineType")], pool, count, terms)
        kind = kind_of(node.key("diskType"), "pd-balanced")
        yield disk(meter, kind, amount(node.key("diskSizeGb"), 100), count)
        if node.key("guestAccelerators").items():
            yield meter.line("accelerators", None, count)
