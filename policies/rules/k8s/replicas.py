"""How many pods there are: enough to lose one, few enough to pay for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, some
from policies.views.scaling import (
    SCALED,
    SCALERS,
    STEERING,
    above,
    asked,
    at_least,
    bound,
    least_of,
    minimum_of,
    most_of,
    steered,
    twins,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.edit import Edit
    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__: list[str] = []


@policy(
    id="k8s-min-replicas",
    title="Deployments run enough replicas",
    violation="fewer replicas than the environment asks for; of a workload that an autoscaler steers "
    "(HorizontalPodAutoscaler, KEDA ScaledObject) the autoscaler's minimum counts, and is judged there",
    severity="medium",
    category="reliability",
    scope="stack",
    reads={**dict.fromkeys(SCALED, ("metadata.name", "metadata.namespace", "spec.replicas")), **SCALERS},
    related=STEERING,
    defaults={"minReplicas": {"dev": 1, "staging": 2, "prod": 3}, "fewer": {}, "standby": 0},
    fix=Fix("auto", "Run as many as the environment asks for.", "spec: {replicas: 3}"),
    enforcement="DAM",
    soc2=("A1.2",),
    cis=(),
)
def min_replicas(subject: Subject) -> Iterator[Judgement]:
    """With one replica each deployment, drain and crash is an outage; with three a zone may be lost.

    ``standby``: so many are enough of what another cluster of the stack runs in full number; 0: nothing is
    let off.
    """
    wanted = asked(subject, "minReplicas")
    standby = subject.config.number("standby")
    if subject.type in SCALERS:
        number, unsaid = least_of(subject.body)
        few = ~at_least(number, wanted, unsaid) & ~_stands_by(subject, number, unsaid, standby, wanted)
        yield fail_if(
            few, number, f"it keeps {number.shown} pods, expected {wanted}", mend=_raised(subject, wanted)
        )
        return
    by_scaler = some(aims for _, aims in steered(subject.stack, subject.body))
    if by_scaler == Truth.YES:
        yield not_applicable("an autoscaler says how many there are, and is judged itself")
        return
    replicas = subject.at("spec.replicas")
    few = ~at_least(replicas, wanted, 1) & ~by_scaler & ~_stands_by(subject, replicas, 1, standby, wanted)
    message = f"replicas: {replicas.shown}, expected {wanted}"
    yield fail_if(few, replicas, message, mend=[replicas.becomes(wanted)])


def _stands_by(subject: Subject, number: Node, unsaid: float, standby: float, wanted: float) -> Truth:
    """Whether it is the smaller twin of what runs in another cluster in full number."""
    if not standby:
        return Truth.NO
    numbers = (
        least_of(twin) if twin.type in SCALERS else (twin.root.at("spec.replicas"), 1)
        for twin in twins(subject.stack, subject.body)
    )
    return at_least(number, standby, unsaid) & some(at_least(one, wanted, zero) for one, zero in numbers)


def _raised(subject: Subject, wanted: float) -> list[Edit]:
    """The edits that give an autoscaler this minimum, and a maximum that is no less."""
    idle = [subject.at(path) for path in SCALERS[subject.type][2:]]
    resting = [place.removed() for place in idle if not place.is_absent]
    bounds = (minimum_of(subject.body), most_of(subject.body))
    low = [place for place, unsaid in bounds if at_least(place, wanted, unsaid) == Truth.NO]
    return [*resting, *(place.becomes(wanted) for place in low)]


@policy(
    id="k8s-hpa-bounds",
    title="HPA bounds are sane",
    violation="an autoscaler (HorizontalPodAutoscaler, KEDA ScaledObject) whose minimum is below the "
    "environment's, whose maximum is not above its minimum, or is above the environment's ceiling",
    severity="medium",
    category="reliability",
    reads=SCALERS,
    defaults={
        "min": {"prod": 2},
        "ceiling": {"dev": 3, "staging": 6, "prod": 50},
        "fewer": {},
    },
    fix=Fix(
        "suggest",
        "Give it room between what is always needed and what may be paid for.",
        "spec: {minReplicas: 3, maxReplicas: 10}",
    ),
    enforcement="AAM",
    soc2=("A1.1", "A1.2"),
    cis=(),
)
def hpa_bounds(subject: Subject) -> Iterator[Judgement]:
    """Bounds that meet scale nothing, and a ceiling that nobody set is found on the bill."""
    least, unsaid_least = minimum_of(subject.body)
    most, unsaid_most = most_of(subject.body)
    floor = asked(subject, "min")
    ceiling = bound(subject, "ceiling")
    few = ~at_least(least, floor, unsaid_least)
    yield fail_if(few, least, f"the minimum is {least.shown}, expected {floor} or more")
    if most.is_absent and not unsaid_most:
        return
    lowest = unsaid_least if least.is_absent else least.number
    fixed = Truth.UNKNOWN if lowest is None else ~above(most, lowest, unsaid_most)
    yield fail_if(
        fixed, most, f"the maximum is {most.shown} and the minimum {least.shown}: nothing is scaled"
    )
    if ceiling is not None:
        high = above(most, ceiling, unsaid_most)
        yield fail_if(high, most, f"the maximum is {most.shown}, expected {ceiling} or less")


@policy(
    id="k8s-replica-ceiling",
    title="Dev replica counts are capped",
    violation="replicas of a workload, or the minimum or maximum of an autoscaler, above the environment's "
    "ceiling",
    severity="low",
    category="cost",
    reads={**dict.fromkeys(SCALED, ("spec.replicas",)), **SCALERS},
    defaults={"ceiling": {"dev": 2, "staging": 4}},
    fix=Fix("auto", "Run no more than the environment needs.", "spec: {replicas: 2}"),
    enforcement="RMA",
    soc2=("A1.1",),
    cis=(),
)
def replica_ceiling(subject: Subject) -> Iterator[Judgement]:
    """What is copied from production with its numbers costs as much, and serves nobody."""
    ceiling = bound(subject, "ceiling")
    if ceiling is None:
        yield not_applicable(f"there is no ceiling in {subject.environment}")
        return
    numbers = [(subject.at("spec.replicas"), 1)]
    if subject.type in SCALERS:
        numbers = [minimum_of(subject.body), most_of(subject.body)]
    for number, unsaid in numbers:
        message = f"it may run {number.shown} pods, expected {ceiling} or less"
        yield fail_if(above(number, ceiling, unsaid), number, message, mend=[number.becomes(ceiling)])
