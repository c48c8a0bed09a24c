from __future__ import annotations

import re
from typing import Any

import pytest

from components.k8s.delivery import TRAFFIC_PLUGIN, Delivery, Strategy, analysis_template, rollout_strategy
from components.k8s.places import CANARY_SUFFIX, PROMETHEUS_URL

BY_WEIGHT: tuple[Strategy, ...] = ("canary", "blue-green")


def canary(delivery: Delivery) -> dict[str, Any]:
    return rollout_strategy("api", "trading", delivery)["canary"]


def kinds(steps: list[dict[str, Any]]) -> list[str]:
    return [next(iter(step)) for step in steps]


def metrics() -> dict[str, dict[str, Any]]:
    spec = analysis_template("api", Delivery(strategy="canary", watch_minutes=10))
    return {metric["name"]: metric for metric in spec["metrics"]}


@pytest.mark.parametrize("strategy", BY_WEIGHT)
def test_no_share_of_the_traffic_grows_before_the_last_one_was_judged(strategy: Strategy) -> None:
    steps = canary(Delivery(strategy=strategy, percent=10))["steps"]
    grew = False
    for step in steps:
        if "setWeight" in step:
            assert not grew, "two shares in a row, and nobody looked"
            grew = True
        elif "analysis" in step or "pause" in step:
            grew = False
    assert steps[kinds(steps).index("setWeight")] == {"setWeight": 10}


def test_a_canary_ends_with_a_judgement_after_which_all_of_the_traffic_follows() -> None:
    steps = canary(Delivery(strategy="canary", percent=5))["steps"]
    assert [step["setWeight"] for step in steps if "setWeight" in step] == [5, 50]
    assert kinds(steps)[-1] == "analysis"


def test_a_canary_that_begins_with_half_has_no_step_that_would_be_the_same_again() -> None:
    assert kinds(canary(Delivery(strategy="canary", percent=50))["steps"]) == ["setWeight", "analysis"]


def test_blue_green_has_the_whole_second_set_before_the_first_request_and_keeps_the_old_one_after() -> None:
    steps = canary(Delivery(strategy="blue-green", percent=20))["steps"]
    assert steps[0] == {"setCanaryScale": {"weight": 100}}
    assert {"pause": {}} in steps, "a person turns over"
    assert [step["setWeight"] for step in steps if "setWeight" in step] == [20, 100]
    assert steps[-1] == {"pause": {"duration": "5m"}}


@pytest.mark.parametrize("strategy", BY_WEIGHT)
def test_the_weights_are_moved_between_the_two_services_of_the_route(strategy: Strategy) -> None:
    spec = canary(Delivery(strategy=strategy))
    assert (spec["stableService"], spec["canaryService"]) == ("api", f"api{CANARY_SUFFIX}")
    told = spec["trafficRouting"]["plugins"][TRAFFIC_PLUGIN]
    assert (told["httpRoute"], told["namespace"]) == ("api", "trading")
    assert told["disableInProgressLabel"], "the label would be a difference to every deployment"


@pytest.mark.parametrize("strategy", BY_WEIGHT)
def test_the_way_back_is_always_whole_and_no_request_meets_a_pod_that_is_gone(strategy: Strategy) -> None:
    spec = canary(Delivery(strategy=strategy))
    assert spec["dynamicStableScale"] is False, "else an abort could leave traffic there (argo-rollouts#4841)"
    assert spec["abortScaleDownDelaySeconds"] >= 30
    assert spec["maxUnavailable"] == 0


def test_without_traffic_to_judge_by_pods_are_simply_replaced_one_after_the_other() -> None:
    spec = canary(Delivery(strategy="rolling"))
    assert not {"steps", "trafficRouting", "canaryService", "stableService"} & spec.keys()


def test_every_question_is_asked_of_the_new_pods_alone_or_against_those_of_today() -> None:
    for name, metric in metrics().items():
        hashes = set(re.findall(r"\{\{args\.(\w+)-hash\}\}", metric["provider"]["prometheus"]["query"]))
        assert hashes == ({"canary", "stable"} if name == "latency-against-stable" else {"canary"})
        assert metric["provider"]["prometheus"]["address"] == PROMETHEUS_URL


def test_no_answer_is_neither_good_nor_bad_and_nobody_is_paused_for_it() -> None:
    """An inconclusive analysis would pause the rollout, and one that is paused so is not scaled."""
    for metric in metrics().values():
        for condition in ("successCondition", "failureCondition"):
            assert metric[condition].startswith("len(result) > 0 && !isNaN(result[0]) && ")
        assert metric["inconclusiveLimit"] >= metric["count"]


def test_no_question_is_answered_by_too_few_requests() -> None:
    for metric in metrics().values():
        query = metric["provider"]["prometheus"]["query"]
        assert re.search(
            r"\) and on \(\) \(sum\(increase\(api_requests_total\{[^}]+\}\}\"\}\[10m\]\)\) >= 20\)$", query
        )


def test_a_prometheus_that_does_not_answer_ends_the_rollout_too() -> None:
    assert all(metric["consecutiveErrorLimit"] < 10 for metric in metrics().values())


def test_the_judgement_lasts_as_long_as_the_share_is_watched_and_starts_again_after_a_doubt() -> None:
    for metric in metrics().values():
        assert (metric["initialDelay"], metric["interval"]) == ("1m", "1m")
        assert metric["consecutiveSuccessLimit"] == 10
        assert metric["count"] > 24 * 60, "a night without customers ends nothing"
