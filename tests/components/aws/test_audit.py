"""What the audit trail promises: complete, kept where nobody rewrites it, and read while it is fresh."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest
from pulumi_aws import cloudtrail, cloudwatch, iam, s3

from components.aws.audit import bucket_statements
from components.naming import Naming
from tests.components.aws.kit import ACCOUNT, REGION, key
from tests.components.aws.support_audit import (
    AUDIT_ARNS,
    AUDIT_BUCKET,
    DATA_ARNS,
    DEV,
    LOG_DAYS,
    PROD,
    Account,
    as_aws_reads,
    watched,
)
from tests.components.aws.support_data import address, document
from tests.components.kit import before, said, sources, the

BUCKET = "arn:aws:s3:::trading-prod-audit"


def let_in(environment: str) -> list[dict[str, Any]]:
    """What the bucket's policy says about the trail of that environment."""
    return as_aws_reads(
        bucket_statements(naming=Naming(environment), account=ACCOUNT, region=REGION, bucket_arn=BUCKET)
    )


def selectors() -> dict[str, dict[str, dict[str, Any]]]:
    """By the selector's name, its conditions by field."""
    found: Any = said(the(watched(), cloudtrail.Trail), "advancedEventSelectors")
    return {
        one["name"]: {
            condition["field"]: {name: value for name, value in condition.items() if name != "field"}
            for condition in one["fieldSelectors"]
        }
        for one in found
    }


def test_the_trail_records_every_region_and_what_belongs_to_none() -> None:
    trail = the(watched(), cloudtrail.Trail)
    for promise in ("enableLogging", "isMultiRegionTrail", "includeGlobalServiceEvents"):
        assert said(trail, promise) is True, promise


def test_its_files_are_chained_encrypted_and_under_the_audit_buckets_lock() -> None:
    trail = the(watched(), cloudtrail.Trail)
    assert said(trail, "enableLogFileValidation") is True
    assert said(trail, "kmsKeyId") == key("logs")
    assert said(trail, "s3BucketName") == AUDIT_BUCKET


def test_the_trail_waits_for_what_lets_it_write() -> None:
    plan = watched()
    found = before(plan, the(plan, cloudtrail.Trail))
    assert address(s3.BucketPolicy, "storage-policy") in found
    assert address(iam.RolePolicy, "audit-trail") in found


def test_a_copy_goes_to_a_log_group_that_is_encrypted_and_kept_as_long_as_the_settings_say() -> None:
    plan = watched()
    group, trail = the(plan, cloudwatch.LogGroup), the(plan, cloudtrail.Trail)
    assert said(trail, "cloudWatchLogsGroupArn") == f"{group.outputs['arn']}:*"
    assert said(group, "kmsKeyId") == key("logs")
    assert said(group, "retentionInDays") == LOG_DAYS


def test_only_the_trail_itself_takes_the_role_that_writes_the_copy() -> None:
    plan = watched()
    trail = the(plan, cloudtrail.Trail)
    assert sources(plan, trail, "cloudWatchLogsRoleArn") == {"audit-trail"}
    (trust,) = document(plan, iam.Role, "audit-trail")
    assert trust["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    assert trust["Condition"] == {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}, (
        "CloudTrail names no source when it takes this role: a plain condition would refuse the trail"
    )


def test_the_role_writes_the_trails_own_streams_in_its_own_group_and_nothing_else() -> None:
    plan = watched()
    (right,) = document(plan, iam.RolePolicy, "audit-trail")
    group = the(plan, cloudwatch.LogGroup).outputs["arn"]
    assert set(right["Action"]) == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert fnmatchcase(f"{group}:log-stream:{ACCOUNT}_CloudTrail_{REGION}_3", right["Resource"])
    for stream in ("somebody-elses", f"{ACCOUNT}_CloudTrail_eu-west-1"):
        assert not fnmatchcase(f"{group}:log-stream:{stream}", right["Resource"])
    assert not fnmatchcase(f"{group}-b:log-stream:{ACCOUNT}_CloudTrail_{REGION}", right["Resource"])


def test_every_management_event_is_recorded_reads_too() -> None:
    assert {"eventCategory": {"equals": ["Management"]}} in selectors().values()


def test_of_objects_only_those_of_our_own_buckets_are_recorded() -> None:
    watched_objects = [one for one in selectors().values() if one["eventCategory"]["equals"] == ["Data"]]
    assert {one["resources.type"]["equals"][0] for one in watched_objects} == {"AWS::S3::Object"}
    prefixes = {prefix for one in watched_objects for prefix in one["resources.ARN"]["startsWiths"]}
    assert prefixes == {f"{arn}/" for arn in (*AUDIT_ARNS, *DATA_ARNS)}


def test_every_access_to_data_is_recorded() -> None:
    found = selectors()["Every access to data"]
    assert found["resources.ARN"]["startsWiths"] == [f"{arn}/" for arn in DATA_ARNS]
    assert not {"eventName", "readOnly"} & set(found)


def test_the_trail_does_not_record_its_own_arriving_files_but_every_other_touch_of_them() -> None:
    found = selectors()["Reading and deleting of audit records"]
    assert found["resources.ARN"]["startsWiths"] == [f"{arn}/" for arn in AUDIT_ARNS]
    assert found["eventName"] == {"notEquals": ["PutObject"]}


def test_unusual_rates_of_calls_and_of_errors_are_looked_for() -> None:
    found: Any = said(the(watched(), cloudtrail.Trail), "insightSelectors")
    assert {one["insightType"] for one in found} == {"ApiCallRateInsight", "ApiErrorRateInsight"}


@pytest.mark.parametrize("account", [PROD, DEV])
def test_in_prod_neither_trail_nor_log_can_be_taken_away(account: Account) -> None:
    plan = watched(account)
    group = the(plan, cloudwatch.LogGroup)
    assert the(plan, cloudtrail.Trail).options.protect is account.protect
    assert group.options.protect is account.protect
    assert said(group, "deletionProtectionEnabled") is account.protect


def test_the_bucket_lets_this_trail_in_and_no_other() -> None:
    trail = the(watched(), cloudtrail.Trail).outputs["arn"]
    looks, writes = let_in("prod")
    for one in (looks, writes):
        assert one["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        assert one["Condition"]["StringEquals"]["aws:SourceArn"] == trail
    assert (looks["Action"], looks["Resource"]) == ("s3:GetBucketAcl", BUCKET)
    assert (writes["Action"], writes["Resource"]) == ("s3:PutObject", f"{BUCKET}/AWSLogs/{ACCOUNT}/*")


def test_two_environments_of_one_account_have_two_trails() -> None:
    prod, dev = (the(watched(account), cloudtrail.Trail).outputs["arn"] for account in (PROD, DEV))
    assert prod != dev


def test_what_the_trail_writes_stays_the_accounts_own() -> None:
    _, writes = let_in("dev")
    assert writes["Condition"]["StringEquals"]["s3:x-amz-acl"] == "bucket-owner-full-control"
