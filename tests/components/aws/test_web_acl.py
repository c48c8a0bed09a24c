"""What the firewall promises: it knows what is known to be bad, says what it does, and keeps no secret."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_aws import cloudwatch, lb, wafv2

from tests.components.aws.kit import ACCOUNT, REGION, key
from tests.components.aws.support_data import address, document
from tests.components.aws.support_edge import DEV, LOG_DAYS, PROD, RATE_LIMIT, Shape, arn, entry, topic
from tests.components.kit import before, every, said, sources, the
from tests.support import said as everything

COUNTING, REFUSING = DEV, PROD
ACL, LOG = "edge-firewall-acl", "edge-firewall-log"
CAPACITY = {  # the documented cost of each group in capacity units
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesAnonymousIpList": 50,
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesSQLiRuleSet": 200,
}


def rules(shape: Shape) -> list[dict[str, Any]]:
    """In the order in which they are asked."""
    found: list[dict[str, Any]] = everything(the(entry(shape), wafv2.WebAcl, ACL))["rules"]
    return sorted(found, key=lambda rule: rule["priority"])


def depth(value: object) -> int:
    """How deep statements lie in statements."""
    if isinstance(value, list):
        return max(map(depth, value), default=0)
    if not isinstance(value, dict):
        return 0
    inside = [(key.lower().endswith("statement"), depth(inner)) for key, inner in value.items()]
    return max((is_one + below for is_one, below in inside), default=0)


def test_it_knows_the_attacks_that_aws_knows_at_the_base_price() -> None:
    groups = [
        rule["statement"]["managedRuleGroupStatement"]
        for rule in rules(REFUSING)
        if "managedRuleGroupStatement" in rule["statement"]
    ]
    assert {group["name"] for group in groups} == set(CAPACITY)
    assert {group["vendorName"] for group in groups} == {"AWS"}
    assert not any("version" in group for group in groups), "a list that stands still protects from the past"
    assert sum(CAPACITY.values()) <= 1500


def test_who_asks_too_often_is_refused_before_anything_is_read() -> None:
    first = rules(REFUSING)[0]
    assert first["statement"]["rateBasedStatement"] == {
        "limit": RATE_LIMIT,
        "evaluationWindowSec": 300,
        "aggregateKeyType": "IP",
    }
    assert len({rule["priority"] for rule in rules(REFUSING)}) == len(rules(REFUSING))


def test_a_firewall_on_trial_refuses_nothing_and_counts_all() -> None:
    for rule in rules(COUNTING):
        assert rule.get("action", rule.get("overrideAction")) == {"count": {}}, rule["name"]


def test_a_firewall_in_force_refuses_by_every_rule() -> None:
    for rule in rules(REFUSING):
        expected = {"block": {}} if "action" in rule else {"none": {}}
        assert rule.get("action", rule.get("overrideAction")) == expected, rule["name"]


@pytest.mark.parametrize("shape", [COUNTING, REFUSING])
def test_each_rule_says_what_becomes_of_a_request_in_the_one_way_that_its_kind_knows(shape: Shape) -> None:
    for rule in rules(shape):
        of_a_group = "managedRuleGroupStatement" in rule["statement"]
        assert ("overrideAction" in rule, "action" in rule) == (of_a_group, not of_a_group), rule["name"]


def test_what_no_rule_recognises_may_pass() -> None:
    assert said(the(entry(PROD), wafv2.WebAcl, ACL), "defaultAction") == {"allow": {}}


def test_customers_whose_programs_live_in_data_centres_are_counted_not_refused() -> None:
    (overridden,) = (
        rule["statement"]["managedRuleGroupStatement"]
        for rule in rules(REFUSING)
        if rule["statement"].get("managedRuleGroupStatement", {}).get("ruleActionOverrides")
    )
    assert overridden["name"] == "AWSManagedRulesAnonymousIpList"
    assert overridden["ruleActionOverrides"] == [
        {"name": "HostingProviderIPList", "actionToUse": {"count": {}}}
    ]


def test_a_body_that_cannot_be_read_to_its_end_is_refused() -> None:
    acl = everything(the(entry(REFUSING), wafv2.WebAcl, ACL))
    assert "SizeRestrictions_BODY" not in str(acl["rules"]), "the common rules' own answer stands"
    assert "associationConfig" not in acl, "AWS knows no other limit behind a balancer"


@pytest.mark.parametrize("shape", [COUNTING, REFUSING])
def test_statements_lie_no_deeper_than_the_provider_can_say(shape: Shape) -> None:
    acl = the(entry(shape), wafv2.WebAcl, ACL)
    assert depth({"statement": {"notStatement": {"statements": [{"geoMatchStatement": {}}]}}}) == 3
    assert 0 < max(depth(rule) for rule in rules(shape)) <= 3
    assert said(acl, "ruleJson") is None, "nobody would see it drift"


@pytest.mark.parametrize("prefix", ["", "dr-"])
def test_it_stands_before_the_balancer_of_its_region(prefix: str) -> None:
    plan = entry(PROD)
    association = the(plan, wafv2.WebAclAssociation, f"{prefix}edge-firewall-association")
    assert sources(plan, association, "resourceArn") == {f"{prefix}edge-balancer"}
    assert sources(plan, association, "webAclArn") == {f"{prefix}{ACL}"}
    assert {said(one, "scope") for one in every(plan, wafv2.WebAcl)} == {"REGIONAL"}
    assert len(every(plan, wafv2.WebAclAssociation)) == len(every(plan, lb.LoadBalancer))


def test_the_log_is_where_waf_writes_encrypted_and_kept_for_the_days_that_the_settings_say() -> None:
    plan = entry(PROD)
    group = the(plan, cloudwatch.LogGroup, LOG)
    assert str(said(group, "name")).startswith("aws-waf-logs-")
    assert (said(group, "kmsKeyId"), said(group, "retentionInDays")) == (key("logs"), LOG_DAYS)
    log = the(plan, wafv2.WebAclLoggingConfiguration, LOG)
    assert sources(plan, log, "logDestinationConfigs") == {LOG}
    assert sources(plan, log, "resourceArn") == {ACL}
    assert address(cloudwatch.LogResourcePolicy, LOG) in before(plan, log)
    (statement,) = document(plan, cloudwatch.LogResourcePolicy, LOG)
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Resource"] == f"{arn(plan, cloudwatch.LogGroup, LOG)}:*"
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:*"},
    }


def test_who_reads_the_log_cannot_become_whom_he_reads_about() -> None:
    log = everything(the(entry(PROD), wafv2.WebAclLoggingConfiguration, LOG))
    hidden = {field["singleHeader"]["name"] for field in log["redactedFields"]}
    assert hidden == {"authorization", "cookie"}
    acl = everything(the(entry(PROD), wafv2.WebAcl, ACL))
    configured = [acl["visibilityConfig"], *(rule["visibilityConfig"] for rule in acl["rules"])]
    assert {one["sampledRequestsEnabled"] for one in configured} == {False}, "samples show what the log hides"
    assert {one["cloudwatchMetricsEnabled"] for one in configured} == {True}
    assert len({one["metricName"] for one in configured}) == len(configured)


def test_the_log_keeps_what_was_recognised_and_leaves_the_rest_to_the_access_log() -> None:
    kept = everything(the(entry(PROD), wafv2.WebAclLoggingConfiguration, LOG))["loggingFilter"]
    assert kept["defaultBehavior"] == "DROP"
    (keep,) = kept["filters"]
    assert (keep["behavior"], keep["requirement"]) == ("KEEP", "MEETS_ANY")
    actions = {condition["actionCondition"]["action"] for condition in keep["conditions"]}
    assert actions == {"BLOCK", "COUNT", "EXCLUDED_AS_COUNT"}


@pytest.mark.parametrize(("shape", "metric"), [(REFUSING, "BlockedRequests"), (COUNTING, "CountedRequests")])
def test_a_flood_of_bad_requests_wakes_somebody_whether_they_are_refused_or_not(
    shape: Shape, metric: str
) -> None:
    plan = entry(shape)
    alarm = the(plan, cloudwatch.MetricAlarm, "edge-firewall-refused")
    acl = everything(the(plan, wafv2.WebAcl, ACL))
    assert (said(alarm, "metricName"), said(alarm, "statistic")) == (metric, "Sum")
    assert said(alarm, "dimensions") == {
        "WebACL": acl["visibilityConfig"]["metricName"],
        "Region": REGION,
        "Rule": "ALL",
    }
    assert said(alarm, "alarmActions") == [topic(REGION)]
    assert sources(plan, alarm, "dimensions") == {ACL}
