"""The HorizontalPodAutoscaler of Kubernetes 1.36 in virtual time: what the controller decides at one sync.

Followed line by line: ``horizontal.go`` (the most that any metric wants; a metric that fails forbids to scale
down and lets the others scale up; stabilisation; policies) and ``replica_calculator.go`` (tolerance;
``AverageValue`` is divided by its target whatever the pods are, ``Value`` multiplies the pods that are
ready). External metrics only, which is all that KEDA makes of its triggers, and never zero pods.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

__all__ = [
    "SYNC_SECONDS",
    "Autoscaler",
    "Pods",
    "Policy",
    "Rules",
    "Spec",
    "Target",
    "rules_down",
    "rules_up",
]

SYNC_SECONDS: Final = 15
"""``--horizontal-pod-autoscaler-sync-period``."""
TOLERANCE: Final = 0.1
DEFAULT_WINDOW: Final = 300
"""``--horizontal-pod-autoscaler-downscale-stabilization``: where scaleDown says no window of its own."""
LEAST_LIMIT: Final = 4
"""Without a behavior, so many pods at least may be asked for at once."""

Select = Literal["Max", "Min", "Disabled"]


@dataclass(frozen=True, slots=True)
class Target:
    """What one metric is held to."""

    name: str
    kind: Literal["AverageValue", "Value"]
    milli: int
    """Thousandths, as all numbers of the API."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How much the number may change within a period."""

    kind: Literal["Pods", "Percent"]
    value: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One direction of ``spec.behavior``."""

    window: int
    select: Select
    policies: Sequence[Policy]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """The autoscaler's object. Without a behavior (None both) the controller's old limits hold."""

    minimum: int
    maximum: int
    targets: Sequence[Target]
    up: Rules | None
    down: Rules | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pods:
    """What the scale subresource and the pods' conditions say."""

    wanted: int
    """``spec.replicas``."""
    there: int
    """``status.replicas``; of a Rollout, those of both versions."""
    ready: int
    """Ready pods under the selector; of a Rollout, of both versions."""


@dataclass(frozen=True, slots=True)
class _Change:
    second: float
    pods: int


@dataclass(slots=True)
class Autoscaler:
    """The controller's memory of one autoscaler, and its decision."""

    spec: Spec
    _wanted: list[_Change] = field(default_factory=list[_Change])
    """What was recommended, before any limit."""
    _ups: list[_Change] = field(default_factory=list[_Change])
    _downs: list[_Change] = field(default_factory=list[_Change])

    def sync(self, second: float, pods: Pods, metrics: Mapping[str, int | None]) -> tuple[int | None, int]:
        """What the metrics want (None: nothing can be told), and how many pods there are to be.

        ``metrics`` are thousandths by the target's name; None is an error.
        """
        if not self._wanted:
            self._wanted.append(_Change(second, pods.wanted))
        spec, wanted = self.spec, None
        if pods.wanted > spec.maximum:
            decided = spec.maximum
        elif pods.wanted < spec.minimum:
            decided = spec.minimum
        else:
            wanted = self._by_metrics(pods, metrics)
            if wanted is None:
                return None, pods.wanted
            decided = self._limited(second, pods.wanted, wanted)
        if decided > pods.wanted:
            self._ups.append(_Change(second, decided - pods.wanted))
        elif decided < pods.wanted:
            self._downs.append(_Change(second, pods.wanted - decided))
        return wanted, decided

    def _by_metrics(self, pods: Pods, metrics: Mapping[str, int | None]) -> int | None:
        found = [(target, metrics[target.name]) for target in self.spec.targets]
        proposals = [_proposal(target, pods, value) for target, value in found if value is not None]
        if not proposals or (len(proposals) < len(found) and max(proposals) < pods.wanted):
            return None
        return max(proposals)

    def _limited(self, second: float, current: int, wanted: int) -> int:
        """``normalizeDesiredReplicas``, with behaviors or without."""
        up, down = self.spec.up, self.spec.down
        if up is None or down is None:
            recent = [one.pods for one in self._wanted if one.second >= second - DEFAULT_WINDOW]
            self._wanted.append(_Change(second, wanted))
            most = min(self.spec.maximum, max(2 * current, LEAST_LIMIT))
            return min(max(wanted, *recent, self.spec.minimum), most)
        stable = self._stabilised(second, current, wanted, up.window, down.window)
        if stable > current:
            limit = max(self._limit(second, current, up, direction=1), current)
            return min(stable, self.spec.maximum, limit)
        if stable < current:
            limit = min(self._limit(second, current, down, direction=-1), current)
            return max(stable, self.spec.minimum, limit)
        return stable

    def _stabilised(self, second: float, current: int, wanted: int, up: int, down: int) -> int:
        """The lowest recommendation of the window upwards, the highest of the window downwards."""
        lowest = min([wanted, *(one.pods for one in self._wanted if one.second > second - up)])
        highest = max([wanted, *(one.pods for one in self._wanted if one.second > second - down)])
        self._wanted = [one for one in self._wanted if one.second > second - max(up, down)]
        self._wanted.append(_Change(second, wanted))
        return min(max(current, lowest), highest)

    def _limit(self, second: float, current: int, rules: Rules, *, direction: Literal[1, -1]) -> int:
        """As far as the policies go, from what the number was when their period began."""
        if rules.select == "Disabled":
            return current
        proposals = [
            _allowed(policy, current - self._added(second, policy.seconds), direction)
            for policy in rules.policies
        ]
        furthest = max if (rules.select == "Max") == (direction > 0) else min
        return furthest(proposals)

    def _added(self, second: float, period: int) -> int:
        """Pods more (or, below zero, fewer) than a period ago."""
        return sum(one.pods for one in self._ups if one.second > second - period) - sum(
            one.pods for one in self._downs if one.second > second - period
        )


def rules_up(said: Mapping[str, Any]) -> Rules:
    """``behavior.scaleUp`` with the API's defaults for what it leaves out."""
    policies = (Policy("Pods", 4, 15), Policy("Percent", 100, 15))
    return _rules(said, window=0, policies=policies)


def rules_down(said: Mapping[str, Any]) -> Rules:
    """``behavior.scaleDown`` with the API's defaults for what it leaves out."""
    return _rules(said, window=DEFAULT_WINDOW, policies=(Policy("Percent", 100, 15),))


def _rules(said: Mapping[str, Any], *, window: int, policies: Sequence[Policy]) -> Rules:
    if "tolerance" in said:
        message = f"behavior.tolerance is {said['tolerance']}: this simulation knows {TOLERANCE} alone"
        raise ValueError(message)
    given = said.get("policies")
    return Rules(
        window=said.get("stabilizationWindowSeconds", window),
        select=said.get("selectPolicy", "Max"),
        policies=policies
        if given is None
        else [Policy(one["type"], one["value"], one["periodSeconds"]) for one in given],
    )


def _proposal(target: Target, pods: Pods, value: int) -> int:
    """``GetExternalPerPodMetricReplicas`` and ``GetExternalMetricReplicas``."""
    if target.kind == "AverageValue":
        if pods.there and _tolerated(value / (target.milli * pods.there)):
            return pods.there
        return math.ceil(value / target.milli)
    ratio = value / target.milli
    return pods.wanted if _tolerated(ratio) else math.ceil(ratio * pods.ready)


def _tolerated(ratio: float) -> bool:
    return 1 - TOLERANCE <= ratio <= 1 + TOLERANCE


def _allowed(policy: Policy, before: int, direction: Literal[1, -1]) -> int:
    """The number that a policy allows. Percentages are rounded away from what was: some change is always."""
    if policy.kind == "Pods":
        return before + direction * policy.value
    exact = before * (1 + direction * policy.value / 100)
    return math.ceil(exact) if direction > 0 else math.trunc(exact)
