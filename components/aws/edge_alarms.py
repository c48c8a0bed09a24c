"""What is watched about the entry: that somebody answers, that the answers are no errors, and how fast.

Source: Elastic Load Balancing user guide, *CloudWatch metrics for your Application Load Balancer*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import cloudwatch, lb

from components.aws.alarm import Metric, alarm
from components.base import Part
from components.naming import Naming

__all__ = ["UNSERVED_SECONDS", "Watched", "watch"]

NAMESPACE: Final = "AWS/ApplicationELB"
MINUTE: Final = 60
UNSERVED_MINUTES: Final = 2
UNSERVED_SECONDS: Final = MINUTE * UNSERVED_MINUTES
"""An entry that nobody stands behind is known to be away after so long."""
ERRORS_A_MINUTE: Final = 10
SLOW_SECONDS: Final = 1.0
"""One request in twenty waits longer: an order that waits a second is an order at another price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """An entry, and who hears of it."""

    balancer: lb.LoadBalancer
    targets: lb.TargetGroup
    naming: Naming
    topic_arn: pulumi.Input[str]

    @property
    def dimensions(self) -> dict[str, pulumi.Input[str]]:
        """What its metrics are found by."""
        return {"LoadBalancer": self.balancer.arn_suffix, "TargetGroup": self.targets.arn_suffix}


def watch(part: Part, entry: Watched) -> cloudwatch.MetricAlarm:
    """Every alarm of the entry. Gives back the one that says that nobody stands behind it."""
    _errors(part, entry)
    _unhealthy(part, entry)
    _slow(part, entry)
    return alarm(
        part,
        "unserved",
        Metric(
            namespace=NAMESPACE,
            name="HealthyHostCount",
            dimensions=entry.dimensions,
            below=1,
            statistic="Maximum",  # the balancer's part in each zone counts for itself
            seconds=MINUTE,
            periods=UNSERVED_MINUTES,
            silence="breaching",  # with no target registered there is no metric
        ),
        naming=entry.naming,
        topic_arn=entry.topic_arn,
        description=(
            "Nobody stands behind the entry: every request fails. Look at the gateway's pods, and at "
            "whether they are registered with the target group."
        ),
    )


def _errors(part: Part, entry: Watched) -> None:
    balancer: dict[str, pulumi.Input[str]] = {"LoadBalancer": entry.balancer.arn_suffix}
    for child, name, dimensions, meaning in (
        ("refused-by-balancer", "HTTPCode_ELB_5XX_Count", balancer, "The entry itself answers with errors"),
        ("failed-behind", "HTTPCode_Target_5XX_Count", entry.dimensions, "The services answer with errors"),
    ):
        alarm(
            part,
            child,
            Metric(
                namespace=NAMESPACE,
                name=name,
                dimensions=dimensions,
                above=ERRORS_A_MINUTE,
                statistic="Sum",
                seconds=MINUTE,
                periods=2,
                silence="notBreaching",  # without an error there is no metric
            ),
            naming=entry.naming,
            topic_arn=entry.topic_arn,
            description=f"{meaning}, more than {ERRORS_A_MINUTE} a minute: its access log says which.",
        )


def _unhealthy(part: Part, entry: Watched) -> None:
    alarm(
        part,
        "unhealthy",
        Metric(
            namespace=NAMESPACE,
            name="UnHealthyHostCount",
            dimensions=entry.dimensions,
            above=0,
            seconds=MINUTE,
            periods=5,  # longer than a roll-out leaves a pod unready
            silence="notBreaching",
        ),
        naming=entry.naming,
        topic_arn=entry.topic_arn,
        description="A pod of the gateway has not been ready for five minutes; the others carry its load.",
    )


def _slow(part: Part, entry: Watched) -> None:
    alarm(
        part,
        "slow",
        Metric(
            namespace=NAMESPACE,
            name="TargetResponseTime",
            dimensions=entry.dimensions,
            statistic="p95",
            above=SLOW_SECONDS,
            periods=5,
            silence="notBreaching",
        ),
        naming=entry.naming,
        topic_arn=entry.topic_arn,
        description=(
            f"One request in twenty takes longer than {SLOW_SECONDS:g} s: look at the services first, then "
            "at the database."
        ),
    )
