"""What an alarm promises: somebody hears of it, and hears when it is over."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pulumi
import pytest
from pulumi_aws import cloudwatch

from components.aws.alarm import Metric, alarm
from components.base import Part
from components.naming import Naming
from components.providers import aws_provider
from plan.resource import Resource
from tests.components.aws.kit import ACCOUNT, REGION, deploy
from tests.components.kit import every, said, the

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
LAG = Metric(namespace="AWS/RDS", name="Lag", dimensions={"DBClusterIdentifier": "orders"}, above=7)


@dataclass(frozen=True)
class Args:
    metric: Metric


class Watched(Part):
    def __init__(self, name: str, args: Args, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        about = {"naming": Naming("dev"), "topic_arn": TOPIC, "description": "The copy is late."}
        alarm(self, "lag", args.metric, **about)  # pyright: ignore[reportArgumentType]
        self.finish()


def rung(metric: Metric) -> Resource:
    return the(deploy(lambda opts: Watched("database", Args(metric), opts)), cloudwatch.MetricAlarm)


def test_an_alarm_rings_and_says_when_it_is_over() -> None:
    found = rung(LAG)
    assert said(found, "alarmActions") == said(found, "okActions") == [TOPIC]
    assert said(found, "actionsEnabled") is None, "on, unless somebody says otherwise"


def test_an_alarm_is_called_after_its_environment_and_its_part() -> None:
    assert said(rung(LAG), "name") == "trading-dev-database-lag"


@pytest.mark.parametrize(
    ("metric", "operator", "threshold"),
    [
        (LAG, "GreaterThanThreshold", 7),
        (Metric(namespace="n", name="m", dimensions={}, below=3), "LessThanThreshold", 3),
        (Metric(namespace="n", name="m", dimensions={}, above=0), "GreaterThanThreshold", 0),
    ],
)
def test_bad_is_on_the_side_that_was_said(metric: Metric, operator: str, threshold: float) -> None:
    found = rung(metric)
    assert (said(found, "comparisonOperator"), said(found, "threshold")) == (operator, threshold)


@pytest.mark.parametrize("both", [{}, {"above": 1.0, "below": 2.0}])
def test_a_metric_needs_one_bad_side(both: dict[str, float]) -> None:
    metric = Metric(namespace="n", name="lag", dimensions={}, **both)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="lag needs either above or below"):
        rung(metric)


def test_an_alarm_stands_where_its_part_does_unless_its_metric_is_elsewhere() -> None:
    class Spread(Part):
        def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
            super().__init__(name, opts)
            there = aws_provider("aws-dr", account=ACCOUNT, region="us-west-2")
            for child, provider in (("here", None), ("there", there)):
                alarm(
                    self,
                    child,
                    LAG,
                    naming=Naming("dev"),
                    topic_arn=TOPIC,
                    description="The copy is late.",
                    provider=provider,
                )
            self.finish()

    plan = deploy(lambda opts: Spread("database", opts))
    regions = {one.name: said(plan[one.provider], "region") for one in every(plan, cloudwatch.MetricAlarm)}
    assert regions == {"database-here": REGION, "database-there": "us-west-2"}


def test_a_percentile_has_a_field_of_its_own_and_is_silent_when_there_are_too_few_values() -> None:
    found = rung(Metric(namespace="n", name="m", dimensions={}, above=1, statistic="p95"))
    assert said(found, "statistic") is None
    assert said(found, "extendedStatistic") == "p95"
    assert said(found, "evaluateLowSampleCountPercentiles") == "ignore"
    assert said(rung(LAG), "extendedStatistic") is None


def test_the_end_of_a_metric_rings_only_where_it_is_news() -> None:
    assert said(rung(LAG), "insufficientDataActions") is None
    assert said(rung(replace(LAG, end_rings=True)), "insufficientDataActions") == [TOPIC]


def test_it_is_known_how_long_it_is_bad_before_anybody_hears() -> None:
    assert Metric(namespace="n", name="m", dimensions={}, above=1, seconds=30, periods=4).notices_after == 120
