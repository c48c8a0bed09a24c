"""What takes pods away on purpose: drains, new versions, and a zone that is lost with all that was in it."""

from __future__ import annotations

import json
from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, known, some
from policies.views.namespace import together
from policies.views.scaling import SCALED, STEERING, fewest, least_of, steered
from policies.views.selector import selects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from plan.value import Value
    from policies.edit import Edit
    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Body, Stack, Subject

__all__ = ["DISRUPTION_BUDGET"]

DISRUPTION_BUDGET: Final = "kubernetes:policy/v1:PodDisruptionBudget"
DEPLOYMENT, STATEFUL_SET, ROLLOUT = SCALED
POD: Final = "spec.template.spec"
CONSTRAINTS: Final = f"{POD}.topologySpreadConstraints"
ANTI_AFFINITY: Final = f"{POD}.affinity.podAntiAffinity"
TERMS: Final = (
    "requiredDuringSchedulingIgnoredDuringExecution",
    "preferredDuringSchedulingIgnoredDuringExecution",
)
ZONE: Final = "topology.kubernetes.io/zone"
ZONES: Final = (ZONE, "failure-domain.beta.kubernetes.io/zone")
WHOLE: Final = 100
"""Per cent."""


class Amount(NamedTuple):
    """So many pods, or so many per cent of them."""

    number: float
    is_share: bool

    def of(self, pods: float) -> float:
        """How many that is of so many. A budget rounds up."""
        return ceil(self.number * pods / WHOLE) if self.is_share else self.number


def _amount(node: Node) -> Amount | None:
    """What a number or a percentage says; None if that is not known."""
    if node.number is not None:
        return Amount(node.number, is_share=False)
    share = node.text.removesuffix("%")
    return Amount(int(share), is_share=True) if share != node.text and share.isdecimal() else None


@policy(
    id="k8s-pdb-allows-eviction",
    title="A PodDisruptionBudget leaves room for eviction",
    violation="maxUnavailable is 0 or 0%, or minAvailable is 100% or no less than the pods that the "
    "budget is for (the autoscaler's minimum, if one steers them)",
    severity="high",
    category="reliability",
    scope="stack",
    reads={
        DISRUPTION_BUDGET: (
            "metadata.namespace",
            "spec.maxUnavailable",
            "spec.minAvailable",
            "spec.selector.matchLabels[*]",
            "spec.selector.matchExpressions[*].operator",
        )
    },
    related={
        **dict.fromkeys(
            SCALED,
            ("metadata.name", "metadata.namespace", "spec.replicas", "spec.template.metadata.labels[*]"),
        ),
        **STEERING,
    },
    fix=Fix("suggest", "Let one pod go at a time.", "spec: {maxUnavailable: 1}"),
    enforcement="AMM",
    soc2=("A1.2",),
    cis=(),
)
def pdb_allows_eviction(subject: Subject) -> Iterator[Judgement]:
    """A budget that lets no pod go stops every drain: machines are not repaired, the cluster not upgraded."""
    most, least = subject.at("spec.maxUnavailable"), subject.at("spec.minAvailable")
    for node, blocks in ((most, _lets_none_go(most)), (least, _keeps_all(subject, least))):
        yield fail_if(blocks, node, f"{node.path.rpartition('.')[2]} is {node.shown}: no pod may be evicted")


def _lets_none_go(most: Node) -> Truth:
    amount = _amount(most)
    if most.is_absent:
        return Truth.NO
    return Truth.UNKNOWN if amount is None else known(value=amount.number <= 0)


def _keeps_all(subject: Subject, least: Node) -> Truth:
    amount = _amount(least)
    if least.is_absent:
        return Truth.NO
    if amount is None:
        return Truth.UNKNOWN
    if amount.is_share and amount.number >= WHOLE:
        return Truth.YES
    total, is_sure = 0.0, True
    for chosen, pods in _guarded(subject):
        if chosen == Truth.YES and pods is not None:
            total += pods
        elif chosen != Truth.NO:
            is_sure = False
    if amount.of(total) < total:
        return Truth.NO  # and more pods leave more room
    return known(value=total > 0) if is_sure else Truth.UNKNOWN


def _guarded(subject: Subject) -> Iterator[tuple[Truth, float | None]]:
    """The workloads of the stack: whether the budget is for them, and how many pods they have at least."""
    around, selector = subject.stack, subject.at("spec.selector")
    for workload in around.of(*SCALED):
        labels = workload.root.at("spec.template.metadata.labels")
        near = together(around, subject.body, workload)
        yield near & selects(selector, labels), _pods(around, workload)


def _pods(around: Stack, workload: Body) -> float | None:
    aims = [(scaler, truth) for scaler, truth in steered(around, workload) if truth != Truth.NO]
    if any(truth == Truth.UNKNOWN for _, truth in aims):
        return None
    number, unsaid = least_of(aims[0][0]) if aims else (workload.root.at("spec.replicas"), 1)
    return unsaid if number.is_absent else number.number


@policy(
    id="k8s-spread",
    title="Replicas spread over zones",
    violation="two replicas or more (always, by the workload or its autoscaler), and neither a topology "
    "spread constraint over zones nor a pod anti-affinity",
    severity="medium",
    category="reliability",
    scope="stack",
    reads=dict.fromkeys(
        SCALED,
        (
            "metadata.name",
            "metadata.namespace",
            "spec.replicas",
            "spec.selector.matchLabels",
            CONSTRAINTS,
            f"{CONSTRAINTS}[*].topologyKey",
            *(f"{ANTI_AFFINITY}.{terms}" for terms in TERMS),
        ),
    ),
    related=STEERING,
    fix=Fix(
        "auto",
        "Spread the pods over zones.",
        "topologySpreadConstraints: [{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, "
        "whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app.kubernetes.io/name: api}}}]",
    ),
    enforcement="DAM",
    soc2=("A1.2",),
    cis=(),
)
def spread(subject: Subject) -> Iterator[Judgement]:
    """Replicas that share a zone are lost with it, however many there are."""
    several = fewest(subject.stack, subject.body, 2)
    if several == Truth.NO:
        yield not_applicable("there is one replica: nothing to spread")
        return
    constraints = subject.at(CONSTRAINTS)
    over_zones = some(one.key("topologyKey").one_of(ZONES) for one in constraints.items())
    apart = some(~subject.at(f"{ANTI_AFFINITY}.{terms}").is_empty for terms in TERMS)
    yield fail_if(
        several & ~over_zones & ~apart,
        constraints,
        "nothing spreads its pods over zones",
        mend=_spreading(constraints, subject.at("spec.selector.matchLabels")),
    )


def _spreading(constraints: Node, labels: Node) -> list[Edit]:
    """The edit that adds a constraint; none where it cannot be said to the letter what to spread."""
    own = {"maxSkew": 1, "topologyKey": ZONE, "whenUnsatisfiable": "ScheduleAnyway"}
    added: list[Value] = [item.value for item in constraints.items()]
    added.append({**own, "labelSelector": {"matchLabels": labels.value}})
    try:
        json.dumps(added)
    except TypeError:
        return []
    return [constraints.becomes(added)]


@policy(
    id="k8s-rolling-update",
    title="Rollouts keep capacity",
    violation="strategy Recreate, or maxUnavailable of 100% or of all replicas that it says; outside "
    "production also a workload without minReadySeconds (advice: a pod then counts as soon as it answers)",
    severity="low",
    category="reliability",
    reads={
        DEPLOYMENT: (
            "spec.replicas",
            "spec.minReadySeconds",
            "spec.strategy.type",
            "spec.strategy.rollingUpdate.maxUnavailable",
        ),
        STATEFUL_SET: (
            "spec.replicas",
            "spec.minReadySeconds",
            "spec.updateStrategy.rollingUpdate.maxUnavailable",
        ),
        ROLLOUT: ("spec.replicas", "spec.minReadySeconds", "spec.strategy.canary.maxUnavailable"),
    },
    fix=Fix(
        "suggest",
        "Replace the pods one after the other, each after the new one has held.",
        "spec: {minReadySeconds: 5, strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0}}}",
    ),
    enforcement="DAM",
    soc2=("A1.2", "CC8.1"),
    cis=(),
)
def rolling_update(subject: Subject) -> Iterator[Judgement]:
    """A version that takes all pods away first is an outage each time, and long if it does not start."""
    how = {
        DEPLOYMENT: "spec.strategy.rollingUpdate",
        STATEFUL_SET: "spec.updateStrategy.rollingUpdate",
        ROLLOUT: "spec.strategy.canary",
    }[subject.type]
    kind, away = subject.at("spec.strategy.type"), subject.at(how).key("maxUnavailable")
    if subject.type == DEPLOYMENT:
        yield fail_if(kind.equals("Recreate"), kind, "a new version ends all pods first")
    yield fail_if(_takes_all(away, subject.at("spec.replicas")), away, f"a new version may end {away.shown}")
    if subject.environment != "prod":
        pause = subject.at("spec.minReadySeconds")
        yield fail_if(
            pause.test(lambda value: value == 0, absent=Truth.YES), pause, "a new pod counts at once"
        )


def _takes_all(away: Node, replicas: Node) -> Truth:
    """Whether so many may be away that none is left, as far as the workload itself says its number."""
    amount = _amount(away)
    if away.is_absent:
        return Truth.NO
    if amount is None:
        return Truth.UNKNOWN
    if amount.is_share:
        return known(value=amount.number >= WHOLE)
    return replicas.test(lambda _: 0 < (replicas.number or 0) <= amount.number)
