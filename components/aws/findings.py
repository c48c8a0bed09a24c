"""Which findings of the region's watchmen wake somebody, and what the message says.

Only what is serious goes out at once: GuardDuty's from 7 of 10 on, and what Security Hub calls
critical. GuardDuty's findings reach Security Hub too, so the second rule leaves them out. The rest
waits in Security Hub's list for the next working day.

EventBridge tells nobody when it cannot deliver. So each rule has an alarm on its failed deliveries,
which comes through CloudWatch: another service, another door to the same topic.

Sources: GuardDuty user guide, *Processing findings with Amazon EventBridge*; Security Hub user guide,
*EventBridge event formats*; Amazon EventBridge user guide, *Monitoring* (FailedInvocations).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch

from components.aws.alarm import Metric, alarm
from components.base import Part
from components.naming import Naming

__all__ = ["RULES", "Finding", "tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Findings of one watchman: which of them, and the mail that they become."""

    name: str
    pattern: Mapping[str, object]
    """What EventBridge compares each event with."""
    values: Mapping[str, str]
    """By the name in the message, where in the event a value is."""
    message: str


RULES: Final = (
    Finding(
        name="threats",
        pattern={
            "source": ["aws.guardduty"],
            "detail-type": ["GuardDuty Finding"],
            "detail": {"severity": [{"numeric": [">=", 7]}]},
        },
        values={
            "account": "$.account",
            "region": "$.region",
            "severity": "$.detail.severity",
            "type": "$.detail.type",
            "title": "$.detail.title",
            "id": "$.detail.id",
        },
        message=(
            "GuardDuty sees a threat, severity <severity>, in account <account>, <region>: <title> (<type>). "
            "Contain first, understand later: close off the identity or the machine that the finding "
            "<id> names."
        ),
    ),
    Finding(
        name="critical-findings",
        pattern={
            "source": ["aws.securityhub"],
            "detail-type": ["Security Hub Findings - Imported"],
            "detail": {
                "findings": {
                    "ProductName": [{"anything-but": ["GuardDuty"]}],
                    "RecordState": ["ACTIVE"],
                    "Severity": {"Label": ["CRITICAL"]},
                    "Workflow": {"Status": ["NEW"]},
                }
            },
        },
        values={
            "account": "$.account",
            "region": "$.region",
            "title": "$.detail.findings[0].Title",
            "resource": "$.detail.findings[0].Resources[0].Id",
            "product": "$.detail.findings[0].ProductName",
        },
        message=(
            "<product> finds something critical in account <account>, <region>: <title> (<resource>). "
            "Mend it, or suppress the finding in Security Hub and write there why: while it is new, it "
            "comes again with every check."
        ),
    ),
)


def tell(part: Part, *, naming: Naming, topic_arn: pulumi.Input[str]) -> None:
    """A rule of the part for each kind of finding, its way to the topic, and an alarm on that way."""
    for finding in RULES:
        rule = cloudwatch.EventRule(
            part.named(finding.name),
            name=naming.of("event-rule", finding.name),
            description="Findings that somebody must hear of at once",
            event_pattern=json.dumps(finding.pattern),
            opts=ResourceOptions(parent=part),
        )
        cloudwatch.EventTarget(
            part.named(finding.name),
            rule=rule.name,
            target_id="alerts",
            arn=topic_arn,
            input_transformer=cloudwatch.EventTargetInputTransformerArgs(
                input_paths=finding.values,
                input_template=json.dumps(finding.message),  # a text, as EventBridge wants it
            ),
            opts=ResourceOptions(parent=part),
        )
        alarm(
            part,
            f"{finding.name}-lost",
            Metric(
                namespace="AWS/Events",
                name="FailedInvocations",
                dimensions={"RuleName": rule.name},
                above=0,
                statistic="Sum",
                seconds=300,
                silence="notBreaching",  # only failures are counted
            ),
            naming=naming,
            topic_arn=topic_arn,
            description=(
                f"A finding ({finding.name}) was not delivered. Look for it in GuardDuty and Security Hub "
                "now; then at the policies of the topic and of its key, which must let EventBridge in."
            ),
        )
