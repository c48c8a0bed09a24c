"""What a region's baseline promises: watchmen that see, a record in order, and defaults that are safe."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_aws import accessanalyzer, cfg, ebs, ec2, eks, guardduty, inspector2, s3, securityhub

from components.aws.region_baseline import bucket_statements
from tests.components.aws.kit import ACCOUNT, REGION, SHAPES, Shape, region
from tests.components.aws.support_audit import (
    DEV,
    PROD,
    RECORD_BUCKET,
    SECOND_REGION,
    Account,
    as_aws_reads,
    watched,
)
from tests.components.aws.support_data import address
from tests.components.kit import before, every, said, sources, the

BUCKET = "arn:aws:s3:::trading-prod-access-logs"


def test_recording_starts_after_its_channel_and_the_channel_after_the_recorder() -> None:
    plan = watched()
    recorder, channel = (address(kind, "baseline-recorder") for kind in (cfg.Recorder, cfg.DeliveryChannel))
    assert recorder in before(plan, the(plan, cfg.DeliveryChannel))
    assert {recorder, channel} <= before(plan, the(plan, cfg.RecorderStatus))
    assert said(the(plan, cfg.RecorderStatus), "isEnabled") is True


def test_the_channel_waits_for_what_lets_it_into_its_bucket() -> None:
    plan = watched()
    channel = the(plan, cfg.DeliveryChannel)
    assert said(channel, "s3BucketName") == RECORD_BUCKET
    assert address(s3.BucketPolicy, "storage-policy") in before(plan, channel)


def test_everything_is_recorded_with_the_accounts_own_role() -> None:
    plan = watched()
    recorder = the(plan, cfg.Recorder)
    assert said(recorder, "recordingGroup", "allSupported") is True
    assert sources(plan, recorder, "roleArn") == {"account-config"}


@pytest.mark.parametrize("account", [PROD, SECOND_REGION])
def test_what_belongs_to_no_region_is_recorded_at_home_only(account: Account) -> None:
    recorder = the(watched(account), cfg.Recorder)
    assert said(recorder, "recordingGroup", "includeGlobalResourceTypes") is account.home


def test_the_bucket_lets_config_in_on_this_accounts_behalf_alone() -> None:
    looks, writes = as_aws_reads(bucket_statements(account=ACCOUNT, bucket_arn=BUCKET))
    for one in (looks, writes):
        assert one["Principal"] == {"Service": "config.amazonaws.com"}
        assert one["Condition"]["StringEquals"]["aws:SourceAccount"] == ACCOUNT
    assert (set(looks["Action"]), looks["Resource"]) == ({"s3:GetBucketAcl", "s3:ListBucket"}, BUCKET)
    assert (writes["Action"], writes["Resource"]) == ("s3:PutObject", f"{BUCKET}/AWSLogs/{ACCOUNT}/Config/*")
    assert writes["Condition"]["StringEquals"]["s3:x-amz-acl"] == "bucket-owner-full-control"


def test_guardduty_looks_everywhere_that_something_of_ours_is() -> None:
    plan = watched()
    features = every(plan, guardduty.DetectorFeature)
    assert {said(one, "name") for one in features} == {
        "EBS_MALWARE_PROTECTION",
        "EKS_AUDIT_LOGS",
        "LAMBDA_NETWORK_LOGS",
        "RDS_LOGIN_EVENTS",
        "RUNTIME_MONITORING",
        "S3_DATA_EVENTS",
    }
    assert {said(one, "status") for one in features} == {"ENABLED"}
    for one in features:
        assert sources(plan, one, "detectorId") == {"baseline-detector"}
    assert said(the(plan, guardduty.Detector), "enable") is True


def test_a_threat_that_goes_on_is_told_again_within_a_quarter_of_an_hour() -> None:
    assert said(the(watched(), guardduty.Detector), "findingPublishingFrequency") == "FIFTEEN_MINUTES"


def test_guardduty_installs_its_agent_in_the_cluster_and_all_three_agents_are_said() -> None:
    runtime = the(watched(), guardduty.DetectorFeature, "baseline-runtime-monitoring")
    agents: Any = said(runtime, "additionalConfigurations")
    assert {one["name"]: one["status"] for one in agents} == {
        "EKS_ADDON_MANAGEMENT": "ENABLED",
        "ECS_FARGATE_AGENT_MANAGEMENT": "DISABLED",
        "EC2_AGENT_MANAGEMENT": "DISABLED",
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_nobody_else_installs_what_guardduty_installs_itself(shape: Shape) -> None:
    plan = region(shape)
    assert not [one for one in every(plan, eks.Addon) if "guardduty" in str(said(one, "addonName"))]
    assert not [one for one in every(plan, ec2.VpcEndpoint) if "guardduty" in str(said(one, "serviceName"))]


def test_security_hub_judges_by_two_standards_that_we_chose_and_once() -> None:
    plan = watched()
    hub = the(plan, securityhub.Account)
    assert said(hub, "enableDefaultStandards") is False
    assert said(hub, "controlFindingGenerator") == "SECURITY_CONTROL"
    assert {said(one, "standardsArn") for one in every(plan, securityhub.StandardsSubscription)} == {
        f"arn:aws:securityhub:{REGION}::standards/cis-aws-foundations-benchmark/v/3.0.0",
        f"arn:aws:securityhub:{REGION}::standards/aws-foundational-security-best-practices/v/1.0.0",
    }


def test_standards_wait_for_the_hub_and_for_the_record_that_they_judge() -> None:
    plan = watched()
    needed = {
        address(securityhub.Account, "baseline-hub"),
        address(cfg.RecorderStatus, "baseline-recorder"),
    }
    for one in every(plan, securityhub.StandardsSubscription):
        assert needed <= before(plan, one), one.name


def test_images_and_machines_are_searched_for_known_holes() -> None:
    inspector = the(watched(), inspector2.Enabler)
    assert said(inspector, "accountIds") == [ACCOUNT]
    assert said(inspector, "resourceTypes") == ["EC2", "ECR"]


def test_doors_to_strangers_are_looked_for_from_the_accounts_point_of_view() -> None:
    assert said(the(watched(), accessanalyzer.Analyzer), "type") == "ACCOUNT"


def test_a_disk_or_a_machine_of_which_nobody_said_anything_is_safe() -> None:
    plan = watched()
    assert said(the(plan, ebs.EncryptionByDefault), "enabled") is True
    assert said(the(plan, ebs.SnapshotBlockPublicAccess), "state") == "block-all-sharing"
    assert said(the(plan, ec2.ImageBlockPublicAccess), "state") == "block-new-sharing"
    metadata = the(plan, ec2.InstanceMetadataDefaults)
    assert (said(metadata, "httpTokens"), said(metadata, "httpPutResponseHopLimit")) == ("required", 1)


@pytest.mark.parametrize("account", [PROD, DEV])
def test_in_prod_no_watchman_is_sent_home_by_mistake(account: Account) -> None:
    plan = watched(account)
    for kind in (guardduty.Detector, cfg.Recorder, securityhub.Account):
        assert the(plan, kind).options.protect is account.protect
