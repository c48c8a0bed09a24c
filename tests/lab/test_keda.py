"""What KEDA makes of a ScaledObject and of triggers that fail. Source: KEDA 2.20 ``fallback.go``,
``hpa.go``."""

from __future__ import annotations

from typing import Any

import pytest

from lab.hpa import Pods, Target
from lab.keda import Keda, compressed

NOW = Pods(wanted=20, there=20, ready=16)


def scaled_object(*triggers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "minReplicaCount": 3,
        "maxReplicaCount": 50,
        "triggers": list(triggers) or [trigger()],
        **more,
    }


def trigger(threshold: str = "50", **more: Any) -> dict[str, Any]:
    told = {
        "serverAddress": "http://prometheus",
        "query": "sum(rate(x[5m])) + rate(y[20s])",
        "threshold": threshold,
    }
    return {"type": "prometheus", "name": "load", "metadata": told, **more}


def fallback(behavior: str = "currentReplicasIfHigher", replicas: int = 10, **more: Any) -> dict[str, Any]:
    return {"fallback": {"failureThreshold": 3, "replicas": replicas, "behavior": behavior}, **more}


def blind(told: dict[str, Any], pods: Pods = NOW, *, looks: int = 4) -> list[int | None]:
    keda = Keda(told)
    return [keda.answers({"load": None}, pods)["load"] for _ in range(looks)]


def test_a_trigger_becomes_a_target_in_thousandths_under_its_name() -> None:
    cron = {"type": "cron", "name": "hours", "metadata": {"desiredReplicas": "10"}}
    unnamed = {**trigger("0.3", metricType="Value"), "name": ""}
    assert Keda(scaled_object(trigger(), cron, unnamed)).targets == [
        Target("load", "AverageValue", 50_000),
        Target("hours", "AverageValue", 1000),
        Target("s2-prometheus", "Value", 300),
    ]


def test_a_value_has_three_decimals_and_is_never_below_zero() -> None:
    keda = Keda(scaled_object())
    assert keda.answers({"load": 1.23456}, NOW) == {"load": 1235}
    assert keda.answers({"load": -5}, NOW) == {"load": 0}


@pytest.mark.parametrize(
    ("behavior", "replicas", "pods"),
    [
        ("currentReplicasIfHigher", 10, 20),
        ("currentReplicasIfHigher", 30, 30),
        ("currentReplicasIfLower", 10, 10),
        ("currentReplicas", 10, 20),
        ("static", 10, 10),
    ],
)
def test_after_some_failures_the_autoscaler_is_told_what_it_makes_so_many_pods_of(
    behavior: str, replicas: int, pods: int
) -> None:
    assert blind(scaled_object(**fallback(behavior, replicas))) == [None, None, None, pods * 50_000]


def test_a_fallback_of_a_value_is_told_for_the_pods_that_are_ready() -> None:
    told = scaled_object(trigger("2", metricType="Value"), **fallback())
    assert blind(told)[-1] == 2000 * 20 / 16
    assert blind(told, Pods(wanted=20, there=20, ready=0))[-1] is None


def test_without_a_fallback_a_failure_stays_one() -> None:
    assert blind(scaled_object(), looks=9) == [None] * 9


def test_one_answer_ends_the_failures() -> None:
    keda = Keda(scaled_object(**fallback()))
    for _ in range(4):
        keda.answers({"load": None}, NOW)
    assert keda.answers({"load": 7}, NOW) == {"load": 7000}
    assert keda.answers({"load": None}, NOW) == {"load": None}


def test_the_same_behaviour_runs_faster_and_keeps_the_limits_of_the_api() -> None:
    rules = {
        "stabilizationWindowSeconds": 600,
        "policies": [{"type": "Percent", "value": 10, "periodSeconds": 60}],
    }
    told = scaled_object(
        advanced={"horizontalPodAutoscalerConfig": {"behavior": {"scaleDown": rules, "scaleUp": {}}}}
    )
    fast = compressed(told, 30, prometheus="http://127.0.0.1:9090")
    down = Keda(fast).spec.down
    assert down
    assert (down.window, down.policies[0].seconds, down.policies[0].value) == (20, 2, 10)
    metadata = fast["triggers"][0]["metadata"]
    assert metadata["query"] == "sum(rate(x[10s])) + rate(y[1s])"
    assert (metadata["serverAddress"], metadata["threshold"]) == ("http://127.0.0.1:9090", "50")
    fastest = Keda(compressed(told, 1000)).spec.down
    assert fastest
    assert fastest.policies[0].seconds == 1
    slow = Keda(compressed(told, 0.01)).spec.down
    assert slow
    assert (slow.window, slow.policies[0].seconds) == (3600, 1800)
    assert rules["stabilizationWindowSeconds"] == 600, "the cluster's own object is left as it is"
