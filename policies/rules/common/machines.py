"""Which machines an environment may ask for: what is big, dear or old is somebody's decision."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth
from policies.views.machines import MACHINES, bare, machines, vcpus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["OLD"]

TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
SERVERLESS: Final = "serverless"
"""Aurora's class for capacity by the second: a limit of its cluster, not a machine."""
SIZES: Final = re.compile(r"custom-\d+-\d+|f1-micro|g1-small")
"""Tiers of Cloud SQL that say how large, and nothing of a family."""
CLOUD_SQL: Final = "gcp:sql/databaseInstance:DatabaseInstance"
WANTED: Final = "instanceRequirements"


@policy(
    id="cost-instance-family",
    title="Only allowed instance families and sizes per environment",
    violation="a machine type outside the environment's families (globs), or with more vCPUs than it allows; "
    "a launch template that takes any machine which fulfils its requirements, where they allow more",
    severity="medium",
    category="cost",
    reads=dict(MACHINES)
    | {
        TEMPLATE: (*MACHINES[TEMPLATE], f"{WANTED}.allowedInstanceTypes[*]", f"{WANTED}.vcpuCount.max"),
    },
    defaults={
        "families": {
            "dev": ["t3*", "t4g*", "e2-*", "Standard_B*"],
            "staging": ["t3*", "t4g*", "m7g*", "e2-*", "n2-*", "Standard_B*", "Standard_D2*"],
            "prod": ["*"],
        },
        "maxVcpu": {"dev": 4, "staging": 8},
    },
    fix=Fix("none", "Take a machine that the environment allows.", 'instance_types=["t4g.large"]'),
    enforcement="MMA",
    soc2=("A1.1",),
    cis=(),
)
def instance_family(subject: Subject) -> Iterator[Judgement]:
    """One large machine in a test environment costs as much as the rest, and nobody sees it for a month.

    A place that names no machine has the provider's default, a small one, or that of its launch template.
    Aurora's serverless class is no machine: its cluster says how far it grows. A custom or shared-core tier
    of Cloud SQL has a size, but no family.
    """
    families = subject.config.table("families").get(subject.environment, ())
    limit = subject.config.table("maxVcpu").get(subject.environment)
    named = [node for node in machines(subject.root, subject.type) if bare(node.value) != SERVERLESS]
    for node in named:
        sized = subject.type == CLOUD_SQL and SIZES.fullmatch(bare(node.value))
        strange = node.test(lambda name: not _fits(name, families)) if not sized else Truth.NO
        allowed = ", ".join(map(str, families))
        yield fail_if(strange, node, f"machine type {node.shown} is none of {allowed}")
        if limit is not None:
            large = _larger(node, limit)
            yield fail_if(large, node, f"machine type {node.shown} has more than {limit} vCPUs")
    wanted = subject.at(WANTED)
    if not wanted.is_absent:
        yield from _by_requirement(wanted, families, limit)
    elif not named:
        yield not_applicable("it names no machine of its own")


def _fits(name: object, families: object) -> bool:
    globs = families if isinstance(families, (list, tuple)) else ()
    said = {bare(name), str(name).lower()}
    return any(fnmatchcase(one, str(glob).lower()) for glob in globs for one in said)


def _larger(node: Node, limit: float) -> Truth:
    count = vcpus(bare(node.value)) if node.is_known else None
    return Truth.UNKNOWN if count is None else Truth.YES if count > limit else Truth.NO


def _by_requirement(wanted: Node, families: object, limit: float | None) -> Iterator[Judgement]:
    """Of machines that are chosen by what they can do: which may be chosen, and how large."""
    allowed = wanted.key("allowedInstanceTypes")
    names = allowed.items()
    if not names:
        yield fail_if(
            wanted.test(lambda _: not _fits("any.machine", families)), wanted, "any family fulfils it"
        )
    for name in names:
        strange = name.test(lambda said: not _fits(said, families))
        yield fail_if(strange, name, f"machine type {name.shown} is outside the environment's families")
    most = wanted.at("vcpuCount.max")
    if limit is not None:
        large = most.test(lambda _: most.number is None or most.number > limit, absent=Truth.YES)
        yield fail_if(large, most, f"it takes more than {limit} vCPUs")


OLD: Final = (
    re.compile(r"(t[12]|m[1-4]|c[1-4]|cc2|r[34]|i2|d2|hs1|cr1|hi1|g2)\..+"),
    re.compile(r"n1-.+|f1-micro|g1-small"),
    re.compile(r"(basic|standard)_a\d+.*"),
    re.compile(r"standard_(d|ds|dc|g|gs|ls|l|h|nc|nv|m)\d+[a-z]*(-\d+[a-z]*)?(_promo)?"),
    re.compile(r"standard_(d|ds|l|nc|nv)\d+[a-z]*(-\d+[a-z]*)?_v2(_promo)?"),
)
"""Generations that their cloud has replaced twice, as bare machine types."""
JUDGED: Final = (
    "aws:ec2/instance:Instance",
    TEMPLATE,
    "aws:autoscaling/group:Group",
    "aws:eks/nodeGroup:NodeGroup",
    "aws:rds/instance:Instance",
    "aws:rds/clusterInstance:ClusterInstance",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:elasticache/cluster:Cluster",
    "gcp:compute/instance:Instance",
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:container/nodePool:NodePool",
    "azure-native:compute:VirtualMachine",
    "azure-native:compute:VirtualMachineScaleSet",
    "azure-native:containerservice:AgentPool",
    "azure-native:containerservice:ManagedCluster",
)


@policy(
    id="cost-no-previous-generation",
    title="No previous-generation instance or disk types",
    violation="Amazon's t1, t2, m1 to m4, c1 to c4, r3, r4, i2, d2 (also as db. and cache.), Google's n1 and "
    "its shared-core f1 and g1, Azure's A sizes, and its D, DS, L, NC and NV of the second version or before",
    severity="low",
    category="cost",
    reads={token: MACHINES[token] for token in JUDGED},
    fix=Fix("suggest", "Take the same size of the newest generation.", 'instance_types=["m7g.large"]'),
    enforcement="AAA",
    soc2=("A1.1",),
    cis=(),
)
def no_previous_generation(subject: Subject) -> Iterator[Judgement]:
    """An old generation costs more for less work, and is the first that a cloud takes away."""
    named = machines(subject.root, subject.type)
    for node in named:
        old = node.test(lambda name: any(one.fullmatch(bare(name)) for one in OLD))
        yield fail_if(old, node, f"machine type {node.shown} is of a generation that has been replaced")
    if not named:
        yield not_applicable("it names no machine of its own")
