"""Which machines a resource asks for: where each type names them, and what their names say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.node import Node

__all__ = ["MACHINES", "bare", "machines", "places", "vcpus", "zones"]

MACHINES: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:ec2/instance:Instance": ("instanceType",),
    "aws:ec2/launchTemplate:LaunchTemplate": ("instanceType",),
    "aws:autoscaling/group:Group": ("mixedInstancesPolicy.launchTemplate.overrides[*].instanceType",),
    "aws:eks/nodeGroup:NodeGroup": ("instanceTypes[*]",),
    "aws:rds/instance:Instance": ("instanceClass",),
    "aws:rds/clusterInstance:ClusterInstance": ("instanceClass",),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("nodeType",),
    "aws:elasticache/cluster:Cluster": ("nodeType",),
    "gcp:compute/instance:Instance": ("machineType",),
    "gcp:compute/instanceTemplate:InstanceTemplate": ("machineType",),
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate": ("machineType",),
    "gcp:container/nodePool:NodePool": ("nodeConfig.machineType",),
    "gcp:sql/databaseInstance:DatabaseInstance": ("settings.tier",),
    "azure-native:compute:VirtualMachine": ("hardwareProfile.vmSize",),
    "azure-native:compute:VirtualMachineScaleSet": ("sku.name",),
    "azure-native:containerservice:AgentPool": ("vmSize",),
    "azure-native:containerservice:ManagedCluster": ("agentPoolProfiles[*].vmSize",),
}
"""For each type the paths of its machine types."""

AMAZON_OF_TWO: Final = re.compile(r"t[3-9]\w*[.].+|(t2|c1)[.]medium")
"""Of those smaller than large, all others have one."""
AMAZON: Final = re.compile(r"(?:(\d*)x?large|metal-(\d+)xl|(metal)|(nano|micro|small|medium))")
GOOGLE: Final = re.compile(r"(?:^|-)(?:standard|highcpu|\w*mem|custom|perf-optimized-\w+)-(\d+)")
GOOGLE_SHARED: Final[Mapping[str, int]] = {
    "e2-micro": 2,
    "e2-small": 2,
    "e2-medium": 2,
    "f1-micro": 1,
    "g1-small": 1,
}
AZURE: Final = re.compile(r"(?:standard|basic)_([a-z]+)(\d+)(?:-(\d+))?\w*?(?:_v(\d+))?")
AZURE_D: Final = {3: 4, 4: 8, 5: 16, 11: 2, 12: 4, 13: 8, 14: 16, 15: 20}
AZURE_OLD: Final[Mapping[str, tuple[int, Mapping[int, int]]]] = {
    "a": (1, {0: 1, 3: 4, 4: 8, 5: 2, 6: 4, 7: 8, 9: 16, 10: 8, 11: 16}),
    "d": (2, AZURE_D),
    "ds": (2, AZURE_D),
}
"""Where the number of a size is a rank: up to which version, and the vCPUs where they are another number."""
REGIONAL: Final = 3
"""In how many zones Google puts a regional pool that names none."""
ZONE_HYPHENS: Final = 2
METAL: Final = 64
"""A whole server of Amazon's has at least as many."""


def places(root: Node, path: str) -> list[Node]:
    """The places that a path means, where ``[*]`` is each member of a list."""
    found = [root]
    for part in re.split(r"(\[\*\])\.?", path):
        if part == "[*]":
            found = [item for node in found for item in node.items()]
        elif part:
            found = [node.at(part) for node in found]
    return found


def machines(root: Node, token: str) -> list[Node]:
    """Where a resource names its machine types; a place that says nothing is left out."""
    found = [node for path in MACHINES[token] for node in places(root, path)]
    return [node for node in found if not node.is_absent]


def bare(name: object) -> str:
    """A machine type in small letters, without where it stands (a URL) and what it serves (``db.``)."""
    return re.sub(r"^(db[.-]|cache\.)", "", str(name).rpartition("/")[2].lower())


def vcpus(name: str) -> int | None:
    """How many virtual processors a bare machine type has; None where its name does not tell."""
    if name in GOOGLE_SHARED:
        return GOOGLE_SHARED[name]
    family, dot, size = name.partition(".")
    if dot:
        match = AMAZON.match(size)
        return _amazon(family, match) if match else None
    match = AZURE.fullmatch(name)
    if match:
        letters, number, constrained, version = match.groups()
        last, ranks = AZURE_OLD.get(letters, (0, {}))
        is_rank = int(version or 1) <= last
        return int(constrained or (ranks.get(int(number), number) if is_rank else number))
    match = GOOGLE.search(name)
    return int(match[1]) if match else None


def _amazon(family: str, match: re.Match[str]) -> int:
    times, server, metal, small = match.groups()
    if small:
        return 2 if AMAZON_OF_TWO.fullmatch(f"{family}.{small}") else 1
    if metal:
        return METAL
    if server:
        return 4 * int(server)
    return 4 * int(times or 1) if "x" in match[0] else 2


def zones(pool: Node) -> int | None:
    """In how many zones a node pool or a cluster of Google's stands; None where nobody knows yet."""
    named, location = pool.key("nodeLocations"), pool.key("location")
    if named.is_open or location.is_open:
        return None
    if named.items():
        return len(named.items())
    return 1 if location.text.count("-") == ZONE_HYPHENS else REGIONAL
