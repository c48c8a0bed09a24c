"""What the alarms on the trail promise: the benchmark's calls ring, with words for who is woken."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_aws import cloudwatch

from components.aws.audit_alarms import WATCHED, Watch
from tests.components.aws.support_audit import DEV, PROD, takes, watched
from tests.components.kit import every, said, sources, the

BY_NAME = {watch.name: watch for watch in WATCHED}


def rung(event: dict[str, Any]) -> set[str]:
    """Names of the alarms that an event counts for."""
    return {watch.name for watch in WATCHED if takes(watch.pattern, event)}


def call(service: str, name: str, **more: Any) -> dict[str, Any]:
    """A call by a person's role, as CloudTrail records it."""
    return {
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "eventType": "AwsApiCall",
        "sourceIPAddress": "198.51.100.7",
        "userIdentity": {"type": "AssumedRole"},
        **more,
    }


def login(**more: Any) -> dict[str, Any]:
    user = {"type": "IAMUser"}
    return {"eventName": "ConsoleLogin", "userIdentity": user, "additionalEventData": {}, **more}


def test_the_benchmarks_fifteen_sections_are_all_there_in_its_order() -> None:
    assert [watch.cis for watch in WATCHED if watch.cis] == [f"4.{number}" for number in range(1, 16)]
    assert len(BY_NAME) == len(WATCHED)


@pytest.mark.parametrize(
    ("service", "name", "alarm"),
    [
        ("iam", "AttachRolePolicy", "iam-changes"),
        ("iam", "UpdateAssumeRolePolicy", "iam-changes"),
        ("cloudtrail", "StopLogging", "trail-changes"),
        ("cloudtrail", "PutEventSelectors", "trail-changes"),
        ("kms", "ScheduleKeyDeletion", "key-removal"),
        ("s3", "DeleteBucketPolicy", "bucket-policy-changes"),
        ("s3", "DeleteBucketPublicAccessBlock", "bucket-policy-changes"),
        ("config", "StopConfigurationRecorder", "config-changes"),
        ("ec2", "AuthorizeSecurityGroupIngress", "security-group-changes"),
        ("ec2", "ModifySecurityGroupRules", "security-group-changes"),
        ("ec2", "ReplaceNetworkAclEntry", "network-acl-changes"),
        ("ec2", "AttachInternetGateway", "gateway-changes"),
        ("ec2", "ReplaceRoute", "route-changes"),
        ("ec2", "AcceptVpcPeeringConnection", "network-changes"),
        ("organizations", "LeaveOrganization", "organization-changes"),
        ("guardduty", "DeleteDetector", "detection-changes"),
        ("securityhub", "DisableSecurityHub", "detection-changes"),
        ("inspector2", "Disable", "detection-changes"),
        ("access-analyzer", "DeleteAnalyzer", "detection-changes"),
        ("backup", "DeleteRecoveryPoint", "backup-deletions"),
        ("rds", "ModifyDBClusterSnapshotAttribute", "copies-given-away"),
        ("ec2", "ModifySnapshotAttribute", "copies-given-away"),
    ],
)
def test_a_call_that_matters_rings_its_own_alarm_and_no_other(service: str, name: str, alarm: str) -> None:
    assert rung(call(service, name)) == {alarm}


@pytest.mark.parametrize(
    ("service", "name"), [("ec2", "DescribeInstances"), ("s3", "HeadBucket"), ("iam", "GetRole")]
)
def test_reading_rings_nothing(service: str, name: str) -> None:
    assert rung(call(service, name)) == set()


def test_the_same_name_in_another_service_is_another_call() -> None:
    assert rung(call("organizations", "DeletePolicy")) == {"organization-changes"}
    assert rung(call("iam", "DeletePolicy")) == {"iam-changes"}


def test_a_person_who_is_root_rings_and_a_service_that_acts_for_it_does_not() -> None:
    root = {"type": "Root"}
    assert "root-use" in rung(call("iam", "GetRole", userIdentity=root))
    behalf = {**root, "invokedBy": "backup.amazonaws.com"}
    assert "root-use" not in rung(call("iam", "GetRole", userIdentity=behalf))
    assert "root-use" not in rung(call("iam", "GetRole", userIdentity=root, eventType="AwsServiceEvent"))


def test_a_password_alone_rings_and_one_with_a_second_factor_does_not() -> None:
    success = {"ConsoleLogin": "Success"}
    alone = login(additionalEventData={"MFAUsed": "No"}, responseElements=success)
    assert rung(alone) == {"console-without-mfa"}
    assert rung(login(additionalEventData={"MFAUsed": "Yes"}, responseElements=success)) == set()


def test_people_of_the_directory_bring_their_second_factor_with_them() -> None:
    federated = login(
        userIdentity={"type": "AssumedRole"},
        additionalEventData={"MFAUsed": "No"},
        responseElements={"ConsoleLogin": "Success"},
    )
    assert rung(federated) == set()


def test_passwords_that_somebody_tries_ring() -> None:
    failed = login(errorMessage="Failed authentication", responseElements={"ConsoleLogin": "Failure"})
    assert rung(failed) == {"console-failures"}


@pytest.mark.parametrize("code", ["Client.UnauthorizedOperation", "AccessDenied", "AccessDeniedException"])
def test_what_is_refused_rings_except_for_what_aws_tries_by_itself(code: str) -> None:
    refused = call("ec2", "DescribeInstances", errorCode=code)
    assert rung(refused) == {"unauthorized-calls"}
    assert rung({**refused, "sourceIPAddress": "delivery.logs.amazonaws.com"}) == set()
    assert rung({**refused, "eventName": "HeadBucket"}) == set()


@pytest.mark.parametrize(
    ("service", "name"), [("ec2", "ModifySnapshotAttribute"), ("rds", "DeleteDBClusterSnapshot")]
)
def test_services_that_tidy_up_or_scan_wake_nobody(service: str, name: str) -> None:
    by_service = {"type": "AssumedRole", "invokedBy": "backup.amazonaws.com"}
    assert rung(call(service, name, userIdentity=by_service)) == set()


@pytest.mark.parametrize("watch", WATCHED, ids=lambda watch: watch.name)
def test_each_filter_counts_what_its_alarm_watches(watch: Watch) -> None:
    plan = watched()
    counted = the(plan, cloudwatch.LogMetricFilter, f"audit-{watch.name}")
    alarm = the(plan, cloudwatch.MetricAlarm, f"audit-{watch.name}")
    assert said(counted, "pattern") == watch.pattern
    assert sources(plan, counted, "logGroupName") == {"audit-trail"}
    assert said(counted, "metricTransformation", "name") == said(alarm, "metricName")
    assert said(counted, "metricTransformation", "namespace") == said(alarm, "namespace")
    assert said(counted, "metricTransformation", "value") == "1"
    assert sources(plan, alarm, "alarmActions") == {"alerts-topic"}


@pytest.mark.parametrize("watch", WATCHED, ids=lambda watch: watch.name)
def test_an_alarm_counts_over_five_minutes_and_is_silent_when_nothing_happens(watch: Watch) -> None:
    alarm = the(watched(), cloudwatch.MetricAlarm, f"audit-{watch.name}")
    assert (said(alarm, "statistic"), said(alarm, "period")) == ("Sum", 300)
    assert said(alarm, "evaluationPeriods") == 1
    assert said(alarm, "treatMissingData") == "notBreaching"
    assert said(alarm, "comparisonOperator") == "GreaterThanThreshold"
    assert said(alarm, "threshold") == watch.above


def test_only_what_people_do_by_mistake_may_happen_a_few_times() -> None:
    assert {watch.name for watch in WATCHED if watch.above} == {"unauthorized-calls", "console-failures"}


@pytest.mark.parametrize("watch", WATCHED, ids=lambda watch: watch.name)
def test_the_woken_person_reads_what_it_means_and_what_to_do(watch: Watch) -> None:
    text = said(the(watched(), cloudwatch.MetricAlarm, f"audit-{watch.name}"), "alarmDescription")
    assert isinstance(text, str)
    assert text.startswith(watch.meaning)
    assert watch.action in text
    assert watch.action.endswith((".", "?"))
    assert len(text) <= 1024


@pytest.mark.parametrize("watch", WATCHED, ids=lambda watch: watch.name)
def test_cloudwatch_takes_each_pattern(watch: Watch) -> None:
    assert watch.pattern.startswith("{ ")
    assert watch.pattern.endswith(" }")
    assert len(watch.pattern) <= 1024
    assert watch.pattern.count("(") == watch.pattern.count(")")


def test_two_environments_of_one_account_count_apart() -> None:
    spaces = [
        {said(one, "namespace") for one in every(watched(account), cloudwatch.MetricAlarm)} - {"AWS/Events"}
        for account in (PROD, DEV)
    ]
    assert spaces == [{"trading-prod/audit"}, {"trading-dev/audit"}]
