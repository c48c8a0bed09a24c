"""One form for every CloudWatch alarm: what is watched, from where on it is bad, and who hears of it.

An alarm without an action is a number that nobody sees, so there is no way to make one here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch

from components.base import Part
from components.naming import Naming

__all__ = ["Metric", "Silence", "alarm"]

Silence = Literal["breaching", "notBreaching", "ignore", "missing"]
"""What it means that the metric says nothing: as bad as a bad value, as good as a good one, no news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What is watched, and from where on it is bad."""

    namespace: str
    """For example ``AWS/RDS``."""
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    above: float | None = None
    """Bad when greater. Either this or ``below``."""
    below: float | None = None
    statistic: Literal["Average", "Maximum", "Minimum", "Sum", "SampleCount", "p95"] = "Maximum"
    """A percentile says nothing while there are too few values for one."""
    seconds: int = 60
    """Length of one period."""
    periods: int = 1
    """Bad for so many periods in a row."""
    silence: Silence = "missing"
    end_rings: bool = False
    """Whether it is news when nothing more is heard: what sends the metric is gone."""

    @property
    def notices_after(self) -> int:
        """Seconds for which it is bad before the alarm rings."""
        return self.seconds * self.periods


def alarm(
    part: Part,
    child: str,
    metric: Metric,
    *,
    naming: Naming,
    topic_arn: pulumi.Input[str],
    description: str,
    provider: pulumi.ProviderResource | None = None,
) -> cloudwatch.MetricAlarm:
    """An alarm of the part: rings, and says when it is over, through the topic.

    ``description`` is what the woken person reads first: what is wrong, and what to do. ``provider`` is
    for a part in two regions: an alarm stands where its metric is, and so must its topic.

    Raises ``ValueError`` for a metric with no bad side, or two.
    """
    if (metric.above is None) == (metric.below is None):
        msg = f"the metric {metric.name} needs either above or below, for example above=60"
        raise ValueError(msg)
    percentile = metric.statistic == "p95"
    return cloudwatch.MetricAlarm(
        part.named(child),
        name=naming.of("alarm", *part.named(child).split("-")),
        alarm_description=description,
        namespace=metric.namespace,
        metric_name=metric.name,
        dimensions=metric.dimensions,
        comparison_operator="GreaterThanThreshold" if metric.below is None else "LessThanThreshold",
        threshold=metric.above if metric.below is None else metric.below,
        # CloudWatch has a field of its own for percentiles, and three requests at night are none
        statistic=None if percentile else metric.statistic,
        extended_statistic=metric.statistic if percentile else None,
        evaluate_low_sample_count_percentiles="ignore" if percentile else None,
        period=metric.seconds,
        evaluation_periods=metric.periods,
        treat_missing_data=metric.silence,
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
        insufficient_data_actions=[topic_arn] if metric.end_rings else None,
        opts=ResourceOptions(parent=part, provider=provider),
    )
