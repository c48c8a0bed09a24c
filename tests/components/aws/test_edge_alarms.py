"""What is watched about the entry: somebody in the region hears of errors, of silence and of slowness."""

from __future__ import annotations

import pytest
from pulumi_aws import cloudwatch

from components.aws.edge_alarms import UNSERVED_SECONDS
from plan.resource import Plan, Resource
from tests.components.aws.kit import REGION
from tests.components.aws.support_edge import DEV, DR_REGION, PROD, entry, region_of, topic
from tests.components.kit import said, sources, the


def alarms(plan: Plan, part_name: str) -> list[Resource]:
    (found,) = (one for one in plan if one.name == part_name and not one.custom)
    return [one for one in plan.children(found.urn) if one.type == "aws:cloudwatch/metricAlarm:MetricAlarm"]


@pytest.mark.parametrize(("name", "region"), [("edge", REGION), ("dr-edge", DR_REGION)])
def test_somebody_in_the_region_hears_of_errors_of_silence_and_of_slowness(name: str, region: str) -> None:
    plan = entry(PROD)
    found = {str(said(one, "metricName")): one for one in alarms(plan, name)}
    assert set(found) == {
        "HTTPCode_ELB_5XX_Count",
        "HTTPCode_Target_5XX_Count",
        "HealthyHostCount",
        "TargetResponseTime",
        "UnHealthyHostCount",
    }
    for one in found.values():
        assert said(one, "alarmActions") == said(one, "okActions") == [topic(region)]
        assert region_of(plan, one) == region
        behind = set() if said(one, "metricName") == "HTTPCode_ELB_5XX_Count" else {f"{name}-gateway"}
        assert sources(plan, one, "dimensions") == {f"{name}-balancer"} | behind
    assert len({said(one, "name") for one in found.values()}) == len(found)


@pytest.mark.parametrize("alarm", ["edge-refused-by-balancer", "edge-failed-behind"])
def test_errors_are_added_up(alarm: str) -> None:
    assert said(the(entry(DEV), cloudwatch.MetricAlarm, alarm), "statistic") == "Sum"


@pytest.mark.parametrize("alarm", ["edge-refused-by-balancer", "edge-failed-behind", "edge-slow"])
def test_a_quiet_night_wakes_nobody(alarm: str) -> None:
    assert said(the(entry(DEV), cloudwatch.MetricAlarm, alarm), "treatMissingData") == "notBreaching"


def test_slow_is_what_one_request_in_twenty_suffers_not_three_requests_at_night() -> None:
    slow = the(entry(DEV), cloudwatch.MetricAlarm, "edge-slow")
    assert said(slow, "extendedStatistic") == "p95"
    assert said(slow, "statistic") is None
    assert said(slow, "evaluateLowSampleCountPercentiles") == "ignore"


def test_an_entry_that_nobody_stands_behind_is_away_even_when_no_metric_says_so() -> None:
    plan = entry(DEV)
    unserved = the(plan, cloudwatch.MetricAlarm, "edge-unserved")
    assert said(unserved, "treatMissingData") == "breaching"
    assert said(unserved, "statistic") == "Maximum", "each zone counts for itself; one that serves is enough"
    assert (said(unserved, "comparisonOperator"), said(unserved, "threshold")) == ("LessThanThreshold", 1)
    period, periods = said(unserved, "period"), said(unserved, "evaluationPeriods")
    assert isinstance(period, int)
    assert isinstance(periods, int)
    assert period * periods == UNSERVED_SECONDS
