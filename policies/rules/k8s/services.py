"""Workloads that keep running, and that take no more than their share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, every, some
from policies.views.namespace import together
from policies.views.pod import MAIN, container_reads, pod_reads, see_pod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["DEPLOYMENT", "STATEFUL_SET"]

DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
STATEFUL_SET: Final = "kubernetes:apps/v1:StatefulSet"
DISRUPTION_BUDGET: Final = "kubernetes:policy/v1:PodDisruptionBudget"
AUTOSCALER: Final = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
LONG_RUNNING: Final = (DEPLOYMENT, STATEFUL_SET, "kubernetes:apps/v1:DaemonSet", "kubernetes:core/v1:Pod")
PROBES: Final = {"liveness": "livenessProbe", "readiness": "readinessProbe"}
RESOURCES: Final = {
    "cpu-request": "requests.cpu",
    "memory-request": "requests.memory",
    "memory-limit": "limits.memory",
    "cpu-limit": "limits.cpu",
}
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
    defaults={"requireCpuLimit": False},
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
    asked = [part for part in RESOURCES if part != "cpu-limit" or subject.config.flag("requireCpuLimit")]
    if "cpu-limit" not in asked:
        yield not_applicable("a CPU limit is not asked for: requireCpuLimit is false", part="cpu-limit")
    for container in pod.containers:
        for part in asked if container.kind in KINDS else ():
            own = container.node.at(f"resources.{RESOURCES[part]}")
            shared = pod.spec.at(f"resources.{RESOURCES[part]}")
            name = part.replace("-", " ")
            yield fail_if(
                own.is_empty & shared.is_empty, own, f"container {container.name} has no {name}", part=part
            )


@policy(
    id="k8s-pdb-required",
    title="Each Deployment and StatefulSet with more than one replica has a PodDisruptionBudget",
    violation="replicas (or the HorizontalPodAutoscaler's minReplicas) over 1 and no PodDisruptionBudget in "
    "the namespace whose selector matches the labels of the pod template",
    severity="high",
    category="reliability",
    scope="stack",
    reads=dict.fromkeys(
        (DEPLOYMENT, STATEFUL_SET),
        ("metadata.name", "metadata.namespace", "spec.replicas", "spec.template.metadata.labels[*]"),
    ),
    related={
        DISRUPTION_BUDGET: (
            "metadata.namespace",
            "spec.selector.matchLabels[*]",
            "spec.selector.matchExpressions[*].operator",
        ),
        AUTOSCALER: (
            "metadata.namespace",
            "spec.minReplicas",
            "spec.scaleTargetRef.name",
            "spec.scaleTargetRef.kind",
        ),
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
    """A drain takes all replicas of a service at once unless something says how many may be away."""
    several = _several(subject)
    if several == Truth.NO:
        yield not_applicable("there is one replica: nothing to hold back")
        return
    labels = subject.at("spec.template.metadata.labels")
    guarded = some(
        together(subject.stack, subject.body, budget) & _selects(budget.root.at("spec.selector"), labels)
        for budget in subject.stack.of(DISRUPTION_BUDGET)
    )
    yield fail_if(several & ~guarded, subject.at("spec.replicas"), "no PodDisruptionBudget selects its pods")


def _several(subject: Subject) -> Truth:
    """Whether it always runs more than one replica."""
    answers: list[Truth] = []
    kind = subject.type.rpartition(":")[2]
    for scaler in subject.stack.of(AUTOSCALER):
        target = scaler.root.at("spec.scaleTargetRef")
        named = subject.stack.refers(scaler, "spec.scaleTargetRef.name", subject.body, "metadata.name")
        aims = target.key("kind").equals(kind) & named & together(subject.stack, subject.body, scaler)
        least = scaler.root.at("spec.minReplicas")
        answers.append(aims & least.test(lambda _, least=least: (least.number or 1) > 1))
    replicas = subject.at("spec.replicas")
    return some([*answers, replicas.test(lambda _: (replicas.number or 0) > 1)])


def _selects(selector: Node, labels: Node) -> Truth:
    """Whether a label selector matches these labels. An empty selector matches all pods (policy/v1)."""
    pairs = [
        labels.key(key).equals(value.value) if value.is_known else Truth.UNKNOWN
        for key, value in selector.key("matchLabels").entries()
    ]
    rules = [_fulfils(rule, labels) for rule in selector.key("matchExpressions").items()]
    return every([selector.exists, *pairs, *rules])


def _fulfils(rule: Node, labels: Node) -> Truth:
    label = labels.key(rule.key("key").text)
    wanted = rule.key("values")
    if rule.key("key").is_open or wanted.is_open:
        return Truth.UNKNOWN
    values = [item.text for item in wanted.items()]
    is_in = label.one_of(values)
    answers = {"In": is_in, "NotIn": ~is_in, "Exists": label.exists, "DoesNotExist": ~label.exists}
    return answers.get(rule.key("operator").text, Truth.UNKNOWN)
