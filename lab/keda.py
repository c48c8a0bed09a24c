"""What KEDA 2.20 makes of a ScaledObject, and what it tells the autoscaler when a trigger fails.

Followed: ``prometheus_scaler.go`` (values have three decimals, none below zero), ``cron_scaler.go``,
``hpa.go`` and ``fallback.go``. A failure is counted by the metrics adapter (each sync of the autoscaler) and
by the operator's own look (each polling interval), both on one count in the object's status.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lab.hpa import Pods, Spec, Target, rules_down, rules_up

__all__ = ["POLLING_SECONDS", "Keda", "compressed", "metric_names"]

POLLING_SECONDS: Final = 30
"""Where ``pollingInterval`` is not said."""
LONGEST_PERIOD, LONGEST_WINDOW = 1800, 3600
"""Seconds that the API takes for a policy's period and for a stabilisation window."""


@dataclass(slots=True)
class Keda:
    """One ``ScaledObject.spec``, and how often each of its triggers failed in a row."""

    scaled_object: Mapping[str, Any]
    failures: dict[str, int] = field(default_factory=dict[str, int])
    targets: list[Target] = field(init=False)
    """One a trigger, by the trigger's name."""

    def __post_init__(self) -> None:
        names = metric_names(self.scaled_object)
        self.targets = [
            Target(name, trigger.get("metricType", "AverageValue"), _threshold(trigger))
            for name, trigger in zip(names, self.scaled_object["triggers"], strict=True)
        ]

    @property
    def spec(self) -> Spec:
        """The HorizontalPodAutoscaler that KEDA makes."""
        said = self.scaled_object
        behavior = said.get("advanced", {}).get("horizontalPodAutoscalerConfig", {}).get("behavior")
        return Spec(
            minimum=max(said.get("minReplicaCount", 0), 1),
            maximum=said.get("maxReplicaCount", 100),
            targets=self.targets,
            up=None if behavior is None else rules_up(behavior.get("scaleUp", {})),
            down=None if behavior is None else rules_down(behavior.get("scaleDown", {})),
        )

    @property
    def polling_seconds(self) -> int:
        """How often the operator looks by itself."""
        return self.scaled_object.get("pollingInterval", POLLING_SECONDS)

    def answers(self, values: Mapping[str, float | None], pods: Pods) -> dict[str, int | None]:
        """What the autoscaler is told, in thousandths, when the triggers' sources say ``values``."""
        return {target.name: self._answer(target, values[target.name], pods) for target in self.targets}

    def _answer(self, target: Target, value: float | None, pods: Pods) -> int | None:
        if value is not None:
            self.failures[target.name] = 0
            return round(max(value, 0) * 1000)
        fallback = self.scaled_object.get("fallback")
        if fallback is None:
            return None
        self.failures[target.name] = self.failures.get(target.name, 0) + 1
        if self.failures[target.name] <= fallback["failureThreshold"]:
            return None
        wanted: float = _wanted(fallback.get("behavior", "static"), pods.wanted, fallback["replicas"])
        if target.kind == "Value":
            if not pods.ready:
                return None
            wanted /= pods.ready
        return int(target.milli * wanted)


def _wanted(behavior: str, current: int, fallback: int) -> int:
    return {
        "static": fallback,
        "currentReplicas": current,
        "currentReplicasIfHigher": max(current, fallback),
        "currentReplicasIfLower": min(current, fallback),
    }[behavior]


def metric_names(scaled_object: Mapping[str, Any]) -> list[str]:
    """The triggers' names; of one without, KEDA's own (``s0-prometheus``)."""
    return [
        trigger.get("name") or f"s{index}-{trigger['type']}"
        for index, trigger in enumerate(scaled_object["triggers"])
    ]


def compressed(
    scaled_object: Mapping[str, Any], factor: float, *, prometheus: str | None = None
) -> dict[str, Any]:
    """The same behaviour, ``factor`` times as fast: periods, windows, and the ranges within queries.

    Run it with an autoscaler that syncs more often by the same factor (``15 / factor`` s), or its steps are
    as far apart as the syncs. Nothing gets shorter than a second. ``prometheus`` is asked instead of the
    cluster's.
    """
    fast = copy.deepcopy(dict(scaled_object))
    behavior = fast.get("advanced", {}).get("horizontalPodAutoscalerConfig", {}).get("behavior", {})
    for rules in behavior.values():
        if "stabilizationWindowSeconds" in rules:
            window = round(rules["stabilizationWindowSeconds"] / factor)
            rules["stabilizationWindowSeconds"] = min(window, LONGEST_WINDOW)
        for policy in rules.get("policies", ()):
            policy["periodSeconds"] = min(max(round(policy["periodSeconds"] / factor), 1), LONGEST_PERIOD)
    for trigger in fast["triggers"]:
        told = trigger["metadata"]
        if "query" in told:
            told["query"] = re.sub(r"\[(\d+)([smh])\]", lambda found: _shorter(found, factor), told["query"])
        if prometheus and "serverAddress" in told:
            told["serverAddress"] = prometheus
    return fast


def _shorter(found: re.Match[str], factor: float) -> str:
    seconds = int(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]
    return f"[{max(round(seconds / factor), 1)}s]"


def _threshold(trigger: Mapping[str, Any]) -> int:
    """Thousandths. A cron trigger's value is the pods themselves."""
    return 1000 if trigger["type"] == "cron" else round(float(trigger["metadata"]["threshold"]) * 1000)
