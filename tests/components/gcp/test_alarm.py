"""What every alarm on Google Cloud promises, whatever it watches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pulumi_gcp import logging, monitoring

from components.base import Part
from components.gcp.alarm import Metric, alarm
from plan.resource import Plan, Resource
from tests.components.gcp.kit import CHANNELS, NAMING, deploy
from tests.components.kit import before, said, the, token

LAG = "cloudsql.googleapis.com/database/replication/replica_lag"


class Room(Part):
    """Something that is watched."""

    def __init__(self, name: str, metric: Metric, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        alarm(self, "lag", metric, naming=NAMING, channels=CHANNELS, description="What to do.")
        self.finish()


def watched(**more: Any) -> Metric:
    told: dict[str, Any] = {
        "type": LAG,
        "resource": "cloudsql_database",
        "labels": {"resource.labels.database_id": "acme:orders"},
        "above": 60,
    }
    return Metric(**(told | more))


def plan(metric: Metric) -> Plan:
    return deploy(lambda opts: Room("room", metric, opts))


def policy(metric: Metric) -> Resource:
    return the(plan(metric), monitoring.AlertPolicy)


def condition(metric: Metric) -> Mapping[str, Any]:
    found = said(policy(metric), "conditions", 0)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("sides", [{"above": None}, {"below": 1}])
def test_a_metric_has_one_bad_side(sides: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="either above or below"):
        plan(watched(**sides))


def test_an_alarm_reaches_every_channel_and_says_what_to_do() -> None:
    found = policy(watched())
    assert said(found, "notificationChannels") == list(CHANNELS)
    assert said(found, "documentation", "content") == "What to do."


def test_the_metric_and_the_kind_of_resource_are_both_named_or_google_refuses_the_filter() -> None:
    told = condition(watched())["conditionThreshold"]["filter"]
    assert told == (
        f'metric.type = "{LAG}" AND resource.type = "cloudsql_database"'
        ' AND resource.labels.database_id = "acme:orders"'
    )


def test_it_rings_after_the_periods_that_it_says_and_no_later() -> None:
    """Google counts the duration from the end of the first period that is bad."""
    metric = watched(seconds=120, periods=3)
    told = condition(metric)["conditionThreshold"]
    assert metric.notices_after == 360
    assert int(told["duration"][:-1]) + int(told["aggregations"][0]["alignmentPeriod"][:-1]) == 360


def test_silence_is_judged_only_where_there_is_time_to_judge_it() -> None:
    assert "evaluationMissingData" not in condition(watched(silence="active"))["conditionThreshold"]
    told = condition(watched(silence="active", periods=2))["conditionThreshold"]
    assert told["evaluationMissingData"] == "EVALUATION_MISSING_DATA_ACTIVE"


def test_what_google_does_not_list_is_asked_for_in_a_way_that_it_does_not_refuse() -> None:
    found = condition(watched(listed=False, periods=2))
    assert "conditionThreshold" not in found
    told = found["conditionPrometheusQueryLanguage"]
    assert told["disableMetricValidation"] is True
    assert told["query"] == (
        "max(max_over_time(cloudsql_googleapis_com:database_replication_replica_lag"
        '{monitored_resource="cloudsql_database", database_id="acme:orders"}[360s])) > 60'
    )
    assert (
        "< 2"
        in condition(watched(listed=False, above=None, below=2))["conditionPrometheusQueryLanguage"]["query"]
    )


def test_a_metric_of_our_own_stands_first_and_is_not_refused_for_being_young() -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        counted = logging.Metric("counted", name="trading-dev-calls", filter="severity>=ERROR", opts=opts)
        Room("room", watched(own=counted, aligner="ALIGN_SUM", reducer="REDUCE_SUM"), opts)

    found = deploy(program)
    alarm_policy = the(found, monitoring.AlertPolicy)
    assert (token(logging.Metric), "counted") in before(found, alarm_policy)
    assert said(alarm_policy, "conditions", 0, "conditionPrometheusQueryLanguage", "disableMetricValidation")
