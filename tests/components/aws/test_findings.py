"""What findings promise: the serious ones go out at once, in words, and a lost one is noticed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pulumi_aws import cloudwatch

from components.aws.findings import RULES, Finding
from tests.components.aws.support_audit import matches, watched
from tests.components.kit import said, sources, the

ids = [rule.name for rule in RULES]


def pattern(name: str) -> Any:
    """What the rule of that finding compares events with, as EventBridge gets it."""
    return json.loads(str(said(the(watched(), cloudwatch.EventRule, f"baseline-{name}"), "eventPattern")))


def threat(severity: float) -> dict[str, Any]:
    return {
        "source": "aws.guardduty",
        "detail-type": "GuardDuty Finding",
        "detail": {"severity": severity, "type": "CryptoCurrency:EC2/BitcoinTool.B"},
    }


def finding(**more: Any) -> dict[str, Any]:
    one = {
        "ProductName": "Security Hub",
        "RecordState": "ACTIVE",
        "Severity": {"Label": "CRITICAL"},
        "Workflow": {"Status": "NEW"},
    }
    return {
        "source": "aws.securityhub",
        "detail-type": "Security Hub Findings - Imported",
        "detail": {"findings": [{**one, **more}]},
    }


@pytest.mark.parametrize(("severity", "told"), [(9.1, True), (7, True), (6.9, False), (2, False)])
def test_a_threat_is_told_from_severity_seven_on(severity: float, *, told: bool) -> None:
    assert matches(pattern("threats"), threat(severity)) is told


def test_a_new_critical_finding_is_told() -> None:
    assert matches(pattern("critical-findings"), finding())


@pytest.mark.parametrize(
    "other",
    [
        {"Severity": {"Label": "HIGH"}},
        {"Workflow": {"Status": "SUPPRESSED"}},
        {"Workflow": {"Status": "NOTIFIED"}},
        {"RecordState": "ARCHIVED"},
        {"ProductName": "GuardDuty"},
    ],
    ids=str,
)
def test_what_is_less_or_old_or_told_already_wakes_nobody(other: dict[str, Any]) -> None:
    assert not matches(pattern("critical-findings"), finding(**other))


def test_one_rule_does_not_take_the_others_events() -> None:
    assert not matches(pattern("threats"), finding())
    assert not matches(pattern("critical-findings"), threat(9))


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_finding_goes_to_the_topic_by_the_topics_own_policy(rule: Finding) -> None:
    plan = watched()
    target = the(plan, cloudwatch.EventTarget, f"baseline-{rule.name}")
    assert sources(plan, target, "rule") == {f"baseline-{rule.name}"}
    assert sources(plan, target, "arn") == {"alerts-topic"}
    assert said(target, "roleArn") is None, "EventBridge cannot use a role with an encrypted topic"


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_the_mail_is_a_sentence_whose_every_hole_is_filled(rule: Finding) -> None:
    target = the(watched(), cloudwatch.EventTarget, f"baseline-{rule.name}")
    text = json.loads(str(said(target, "inputTransformer", "inputTemplate")))
    filled: Any = said(target, "inputTransformer", "inputPaths")
    assert set(re.findall(r"<(\w+)>", text)) == set(filled)
    assert {"account", "region", "title"} <= set(filled)
    assert len(filled) <= 100


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_finding_that_is_lost_rings_by_another_way(rule: Finding) -> None:
    plan = watched()
    alarm = the(plan, cloudwatch.MetricAlarm, f"baseline-{rule.name}-lost")
    assert (said(alarm, "namespace"), said(alarm, "metricName")) == ("AWS/Events", "FailedInvocations")
    assert sources(plan, alarm, "dimensions") == {f"baseline-{rule.name}"}
    assert said(alarm, "threshold") == 0
    assert said(alarm, "treatMissingData") == "notBreaching"
