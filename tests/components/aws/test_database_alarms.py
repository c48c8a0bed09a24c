"""What wakes somebody because of a database: it is full, or soon nobody gets in."""

from __future__ import annotations

import pytest
from pulumi_aws import cloudwatch

from components.aws.database_alarms import LAG_SECONDS, Watch, lag
from components.naming import Naming
from tests.components.aws.support_database import MAX_CAPACITY, REGIONS, WARM, WHERE, Where, recorded, topic
from tests.components.kit import every, said, sources, the


def connections(low: float, high: float) -> int:
    """From how many on there are too many, for a cluster of that range of units."""
    return Watch(
        naming=Naming("prod"), topic_arn="", cluster_id="orders", min_capacity=low, max_capacity=high
    ).connections


@pytest.mark.parametrize("where", WHERE)
def test_every_alarm_of_a_cluster_looks_at_that_cluster_and_wakes_its_own_region(where: Where) -> None:
    plan = recorded(WARM).plan
    alarms = [one for one in every(plan, cloudwatch.MetricAlarm) if one.name.startswith(f"{where}-")]
    assert {one.name.removeprefix(f"{where}-") for one in alarms} == {
        "capacity",
        "connections",
        "lag",
        "scratch",
    }
    for one in alarms:
        assert sources(plan, one, "dimensions") == {f"{where}-cluster"}
        assert said(one, "alarmActions") == said(one, "okActions") == [topic(REGIONS[where])]
        assert said(one, "namespace") == "AWS/RDS"


@pytest.mark.parametrize("where", WHERE)
def test_the_woken_person_reads_what_is_wrong_and_what_to_do(where: Where) -> None:
    plan = recorded(WARM).plan
    texts = {
        str(said(one, "alarmDescription"))
        for one in every(plan, cloudwatch.MetricAlarm)
        if one.name.startswith(f"{where}-")
    }
    assert len(texts) == 4
    assert all(text.count(". ") >= 1 and len(text) <= 1024 for text in texts), texts


def test_less_room_than_a_gibibyte_is_bad_and_so_is_more_load_than_nine_tenths() -> None:
    plan = recorded(WARM).plan
    scratch, full = (the(plan, cloudwatch.MetricAlarm, f"home-{name}") for name in ("scratch", "capacity"))
    assert (said(scratch, "comparisonOperator"), said(scratch, "statistic")) == (
        "LessThanThreshold",
        "Minimum",
    )
    assert (said(full, "comparisonOperator"), said(full, "statistic")) == ("GreaterThanThreshold", "Maximum")
    assert said(full, "threshold") == 90


def test_connections_run_out_the_later_the_larger_the_cluster_may_grow() -> None:
    plan = recorded(WARM).plan
    assert said(the(plan, cloudwatch.MetricAlarm, "home-connections"), "threshold") == connections(
        2, MAX_CAPACITY
    )
    assert connections(1, 1) < connections(1, 2) < connections(1, MAX_CAPACITY)


@pytest.mark.parametrize("units", [1, 4, 8, 16])
def test_somebody_is_woken_while_there_is_still_room(units: int) -> None:
    """AWS allows LEAST(memory / 9531392, 5000); the engine keeps up to a sixth of the memory itself."""
    allowed = 2 * 2**30 * units // 9_531_392
    assert connections(1, units) < 5 / 6 * allowed


def test_however_large_a_cluster_aws_allows_no_more_than_five_thousand_and_a_small_one_two_thousand() -> None:
    assert connections(1, 256) == connections(1, 64) == 3500
    assert connections(0, 256) == connections(0.5, 64) == 1400


def test_the_alarm_on_the_lag_counts_in_milliseconds_and_rings_within_minutes() -> None:
    metric = lag("orders", "us-west-2")
    assert metric.above == LAG_SECONDS * 1000
    assert metric.notices_after <= 300 - LAG_SECONDS
