"""Workloads that keep running, and that take no more than their share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.node import Node
from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, some
from policies.views.namespace import together
from policies.views.pod import MAIN, container_reads, pod_reads, see_pod
from policies.views.quantity import exceeds
from policies.views.scaling import SCALED, STEERING, fewest
from policies.views.selector import selects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.edit import Edit
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["DEPLOYMENT", "STATEFUL_SET"]

DISRUPTION_BUDGET: Final = "kubernetes:policy/v1:PodDisruptionBudget"
DEPLOYMENT, STATEFUL_SET, ROLLOUT = SCALED
LONG_RUNNING: Final = (DEPLOYMENT, STATEFUL_SET, "kubernetes:apps/v1:DaemonSet", "kubernetes:core/v1:Pod")
PROBES: Final = {"liveness": "livenessProbe", "readiness": "readinessProbe"}
RESOURCES: Final = {
    "cpu-request": "requests.cpu",
    "memory-request": "requests.memory",
    "memory-limit": "limits.memory",
    "cpu-limit": "limits.cpu",
}
STANDING_IN: Final = {
    "cpu-request": ("limits.cpu", "cpu"),
    "memory-request": ("limits.memory", "memory"),
    "memory-limit": ("requests.memory", "memoryLimit"),
    "cpu-limit": ("requests.cpu", "cpu"),
}
"""What is said where one of them is missing: its counterpart, else this of the configured defaults."""
KINDS: Final = ("containers", "initContainers")


@policy(
    id="k8s-probes",
    title="Long-running containers have liveness and readiness probes",
    violation="a main container without livenessProbe or readinessProbe (init and job containers skipped)",
    severity="medium",
    category="reliability",
    reads={
        token: paths
        for token, paths in pod_reads(*container_reads(*PROBES.values(), kinds=(MAIN,))).items()
        if token in LONG_RUNNING
    },
    parts=tuple(PROBES),
    fix=Fix(
        "suggest", "Say how to ask the container.", "readinessProbe: {httpGet: {path: /ready, port: http}}"
    ),
    enforcement="AAM",
    soc2=("A1.2",),
    cis=(),
)
def probes(subject: Subject) -> Iterator[Judgement]:
    """Without probes a hung container stays, and gets traffic before it can answer."""
    for container in subject.view(see_pod).main:
        for part, field in PROBES.items():
            probe = container.node.key(field)
            yield fail_if(~probe.exists, probe, f"container {container.name} has no {part} probe", part=part)


@policy(
    id="k8s-resources-set",
    title="Containers set CPU and memory requests and a memory limit",
    violation="missing requests.cpu, requests.memory or limits.memory (limits.cpu by configuration)",
    severity="medium",
    category="cost",
    reads=pod_reads(
        *(f"spec.resources.{path}" for path in RESOURCES.values()),
        *container_reads(*(f"resources.{path}" for path in RESOURCES.values()), kinds=KINDS),
    ),
    parts=tuple(RESOURCES),
    defaults={
        "requireCpuLimit": False,
        "defaults": {"cpu": "50m", "memory": "64Mi", "memoryLimit": "128Mi"},
    },
    fix=Fix(
        "auto",
        "Say what the container needs.",
        "resources: {requests: {cpu: 50m, memory: 64Mi}, limits: {memory: 128Mi}}",
    ),
    enforcement="AMM",
    soc2=("A1.1",),
    cis=(),
)
def resources_set(subject: Subject) -> Iterator[Judgement]:
    """Without requests the scheduler packs blindly; without a memory limit one leak takes the node down."""
    pod = subject.view(see_pod)
    containers = [container for container in pod.containers if container.kind in KINDS]
    for part, path in RESOURCES.items():
        if part == "cpu-limit" and not subject.config.flag("requireCpuLimit"):
            yield not_applicable("a CPU limit is not asked for: requireCpuLimit is false", part=part)
            continue
        for container in containers:
            own, shared = (holder.at(f"resources.{path}") for holder in (container.node, pod.spec))
            message = f"container {container.name} has no {part.replace('-', ' ')}"
            missing = own.is_empty & shared.is_empty
            mend = _said(subject, part, own, (own, container.node), (shared, pod.spec))
            yield fail_if(missing, own, message, part=part, mend=mend)


def _said(subject: Subject, part: str, own: Node, *places: tuple[Node, Node]) -> list[Edit]:
    """What to say where nothing is said: what its counterpart says in one of these places, else the default.

    A place is where the edit goes, and the container or the pod that is asked. To the cluster a request
    that is missing beside a limit is that limit, and a default might be over it.
    """
    counterpart, default = STANDING_IN[part]
    for place, holder in places:
        given = holder.at(f"resources.{counterpart}")
        if given.is_open or given.secret:
            return []
        if given.text or given.number is not None:
            return [place.becomes(given.value)]
    value = subject.config.table("defaults").get(default)
    return [own.becomes(value)] if value else []


@policy(
    id="k8s-right-size",
    title="Requests and limits are right-sized",
    violation="a limit over maxRatio times its request, a request over maxPerContainer of the environment, "
    "or a request over its own limit",
    severity="medium",
    category="cost",
    reads=pod_reads(
        *(f"spec.resources.{path}" for path in RESOURCES.values()),
        *container_reads(*(f"resources.{path}" for path in RESOURCES.values()), kinds=KINDS),
    ),
    defaults={"maxRatio": 4, "maxPerContainer": {"dev": {"cpu": "1", "memory": "2Gi"}}},
    fix=Fix(
        "suggest",
        "Ask for what the container was seen to use, and limit it to a small multiple of that.",
        "resources: {requests: {cpu: 250m, memory: 256Mi}, limits: {memory: 512Mi}}",
    ),
    enforcement="AAM",
    soc2=("A1.1",),
    cis=(),
)
def right_size(subject: Subject) -> Iterator[Judgement]:
    """A limit far over its request is paid for by a neighbour on the day that it is used.

    A request that is not said is the limit to the cluster. A request over its limit is refused by it.
    """
    pod = subject.view(see_pod)
    ratio = subject.config.number("maxRatio")
    most = Node(subject.config.table("maxPerContainer").get(subject.environment))
    sized = [
        (f"container {container.name}", container.node, most)
        for container in pod.containers
        if container.kind in KINDS
    ]
    for name, holder, ceilings in [*sized, ("the pod", pod.spec, Node(None))]:
        for kind in ("cpu", "memory"):
            request, limit = (holder.at(f"resources.{said}.{kind}") for said in ("requests", "limits"))
            asked = limit if request.is_empty == Truth.YES else request
            ceiling = ceilings.key(kind)
            yield fail_if(
                exceeds(request, limit),
                request,
                f"{name} asks for {request.shown} of {kind}, over its limit of {limit.shown}",
            )
            yield fail_if(
                exceeds(limit, request, ratio),
                limit,
                f"{name} has a {kind} limit of {limit.shown}, over {ratio} times its request {request.shown}",
            )
            yield fail_if(
                exceeds(asked, ceiling),
                asked,
                f"{name} asks for {asked.shown} of {kind}, over the {ceiling.shown} of {subject.environment}",
            )


@policy(
    id="k8s-pdb-required",
    title="Each Deployment, StatefulSet and Rollout with more than one replica has a PodDisruptionBudget",
    violation="replicas (or the minimum of the autoscaler that steers it: HorizontalPodAutoscaler, KEDA "
    "ScaledObject) over 1 and no PodDisruptionBudget in the namespace whose selector matches the labels of "
    "the pod template",
    severity="high",
    category="reliability",
    scope="stack",
    reads={
        token: (
            "metadata.name",
            "metadata.namespace",
            "spec.replicas",
            "spec.template.metadata.labels[*]",
            *(("spec.workloadRef",) if token == ROLLOUT else ()),
        )
        for token in SCALED
    },
    related={
        DISRUPTION_BUDGET: (
            "metadata.namespace",
            "spec.selector.matchLabels[*]",
            "spec.selector.matchExpressions[*].operator",
        ),
        **STEERING,
    },
    fix=Fix(
        "suggest",
        "Say how many replicas may be away at once.",
        "spec: {maxUnavailable: 1, selector: {matchLabels: {app.kubernetes.io/name: api}}}",
    ),
    enforcement="DAM",
    soc2=("A1.2",),
    cis=(),
)
def pdb_required(subject: Subject) -> Iterator[Judgement]:
    """A drain takes all replicas of a service at once unless something says how many may be away.

    Of a Rollout that takes its pods from another workload (``workloadRef``) nobody sees the labels here.
    """
    around, body = subject.stack, subject.body
    several = fewest(around, body, 2)
    if several == Truth.NO:
        yield not_applicable("there is one replica: nothing to hold back")
        return
    labels = subject.at("spec.template.metadata.labels")
    guarded = some(
        together(around, body, budget) & selects(budget.root.at("spec.selector"), labels)
        for budget in around.of(DISRUPTION_BUDGET)
    )
    unseen = subject.at("spec.workloadRef").exists & Truth.UNKNOWN
    yield fail_if(
        several & ~guarded & ~unseen, subject.at("spec.replicas"), "no PodDisruptionBudget selects its pods"
    )
