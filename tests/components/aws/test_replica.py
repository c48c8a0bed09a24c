"""What copies between regions promise: the data both ways, the audit trail one way, and no silent failure."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final

import pulumi
import pytest
from pulumi_aws import cloudwatch, iam, s3

from components.aws.replica import Replica, ReplicaArgs, Side
from components.aws.storage import Storage, StorageArgs
from components.naming import Naming
from components.providers import aws_provider
from plan.resource import Plan, Resource
from tests.components.aws.kit import ACCOUNT, REGION, deploy
from tests.components.aws.support_data import address, document
from tests.components.kit import before, every, said, sources, the

OTHER: Final = "us-west-2"
REGIONS: Final = {"home": REGION, "dr": OTHER}
WAYS: Final = {
    "data-from-home": ("data", "home", "dr"),
    "data-from-dr": ("data", "dr", "home"),
    "audit-from-home": ("audit", "home", "dr"),
}
"""By rule: which buckets, from where, to where."""
STRANGER: Final = "999999999999"


def key(side: str, kind: str) -> str:
    """The ARN of a region's key of that kind; no two are alike."""
    return f"arn:aws:kms:{REGIONS[side]}:{ACCOUNT}:key/{kind}-{side}"


def topic(side: str) -> str:
    """The ARN of a region's topic."""
    return f"arn:aws:sns:{REGIONS[side]}:{ACCOUNT}:alerts"


@cache
def copied() -> Plan:
    """Buckets in two regions, and what copies between them, wired as a stack wires them."""

    def program(opts: pulumi.ResourceOptions) -> None:
        there = aws_provider("aws-dr", account=ACCOUNT, region=OTHER)
        assert isinstance(opts.provider, pulumi.ProviderResource)
        providers = {"home": opts.provider, "dr": there}
        sides: dict[str, Side] = {}
        for side, provider in providers.items():
            storage = Storage(
                f"storage-{side}",
                StorageArgs(
                    naming=Naming("prod"),
                    account=ACCOUNT,
                    region=REGIONS[side],
                    data_key_arn=key(side, "data"),
                    log_key_arn=key(side, "logs"),
                    noncurrent_days=30,
                    audit_days=365,
                    replicated=True,
                    protect=True,
                ),
                pulumi.ResourceOptions(provider=provider),
            )
            sides[side] = Side(
                region=REGIONS[side],
                provider=provider,
                data=storage.data,
                audit=storage.audit,
                data_key_arn=key(side, "data"),
                log_key_arn=key(side, "logs"),
                after=storage,
                topic_arn=topic(side),
            )
        args = ReplicaArgs(naming=Naming("prod"), account=ACCOUNT, **sides)
        Replica("replica", args, opts)

    return deploy(program)


def config(way: str) -> Resource:
    """The replication configuration of one way."""
    return the(copied(), s3.BucketReplicationConfig, f"replica-{way}")


def rule(way: str) -> dict[str, Any]:
    """The one rule of one way."""
    rules = said(config(way), "rules")
    assert isinstance(rules, list)
    (found,) = rules
    assert isinstance(found, dict)
    return found


def bucket(side: str, purpose: str) -> Resource:
    """One region's bucket."""
    return the(copied(), s3.Bucket, f"storage-{side}-{purpose}")


def rights(way: str) -> dict[str, dict[str, Any]]:
    """What the role of one way may do, by statement."""
    return {one["Sid"]: one for one in document(copied(), iam.RolePolicy, f"replica-{way}")}


def home_of(resource: Resource) -> str:
    """Which region's provider makes it."""
    provider = copied()[resource.provider]
    (side,) = (side for side, region in REGIONS.items() if said(provider, "region") == region)
    return side


def test_the_data_go_both_ways_and_the_audit_trail_goes_one_way() -> None:
    assert {one.name for one in every(copied(), s3.BucketReplicationConfig)} == {
        f"replica-{way}" for way in WAYS
    }


@pytest.mark.parametrize("way", WAYS)
def test_each_way_leads_from_a_bucket_to_its_twin_in_the_other_region(way: str) -> None:
    purpose, source, target = WAYS[way]
    assert sources(copied(), config(way), "bucket") == {f"storage-{source}-{purpose}"}
    assert rule(way)["destination"]["bucket"] == bucket(target, purpose).outputs["arn"]


@pytest.mark.parametrize("way", WAYS)
def test_what_s3_is_told_is_told_in_the_region_of_the_bucket_that_it_copies_from(way: str) -> None:
    assert home_of(config(way)) == home_of(bucket(WAYS[way][1], WAYS[way][0])) == WAYS[way][1]


@pytest.mark.parametrize("way", WAYS)
def test_both_buckets_keep_versions_and_the_role_has_its_rights_before_anything_is_copied(way: str) -> None:
    purpose, *sides = WAYS[way]
    ready = {address(s3.BucketVersioning, f"storage-{side}-{purpose}") for side in sides}
    ready.add(address(iam.RolePolicy, f"replica-{way}"))
    assert ready <= before(copied(), config(way))
    assert sources(copied(), config(way), "role") == {f"replica-{way}"}


@pytest.mark.parametrize("way", WAYS)
def test_the_whole_bucket_is_copied_encrypted_objects_too_within_15_minutes(way: str) -> None:
    found = rule(way)
    assert (found["status"], found["filter"]) == ("Enabled", {})
    assert found["sourceSelectionCriteria"]["sseKmsEncryptedObjects"] == {"status": "Enabled"}
    target = found["destination"]
    assert target["replicationTime"] == {"status": "Enabled", "time": {"minutes": 15}}
    assert target["metrics"] == {"status": "Enabled", "eventThreshold": {"minutes": 15}}


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_is_under_the_key_of_the_region_that_it_is_in(way: str) -> None:
    purpose, _, target = WAYS[way]
    encryption = rule(way)["destination"]["encryptionConfiguration"]
    assert encryption == {"replicaKmsKeyId": key(target, "logs" if purpose == "audit" else "data")}


@pytest.mark.parametrize("way", ["data-from-home", "data-from-dr"])
def test_whichever_region_works_its_deletions_and_changes_of_tags_reach_the_other(way: str) -> None:
    assert rule(way)["deleteMarkerReplication"] == {"status": "Enabled"}
    assert rule(way)["sourceSelectionCriteria"]["replicaModifications"] == {"status": "Enabled"}
    assert "s3:ReplicateDelete" in rights(way)["TargetObjects"]["Action"]


def test_nothing_hides_a_copy_of_the_audit_trail() -> None:
    found = rule("audit-from-home")
    assert found["deleteMarkerReplication"] == {"status": "Disabled"}
    assert "replicaModifications" not in found["sourceSelectionCriteria"]
    assert "s3:ReplicateDelete" not in str(rights("audit-from-home"))


def test_a_copy_of_the_audit_trail_is_locked_for_as_long_as_its_original() -> None:
    locks = {"s3:GetObjectRetention", "s3:GetObjectLegalHold"}
    assert locks <= set(rights("audit-from-home")["SourceObjects"]["Action"])
    assert {said(bucket(side, "audit"), "objectLockEnabled") for side in REGIONS} == {True}


@pytest.mark.parametrize("way", WAYS)
def test_a_role_reads_its_source_and_writes_its_target_and_nothing_else(way: str) -> None:
    purpose, source, target = WAYS[way]
    found = rights(way)
    here, there = (str(bucket(side, purpose).outputs["arn"]) for side in (source, target))
    assert found["SourceBucket"]["Resource"] == here
    assert found["SourceObjects"]["Resource"] == f"{here}/*"
    assert found["TargetObjects"]["Resource"] == f"{there}/*"
    assert not any("Replicate" in action for action in found["SourceObjects"]["Action"])
    for one in found.values():
        assert not any("*" in action for action in one["Action"])
        assert one["Resource"] != "*"


@pytest.mark.parametrize("way", WAYS)
def test_each_key_opens_by_way_of_s3_in_its_own_region_and_for_its_own_bucket(way: str) -> None:
    purpose, *sides = WAYS[way]
    for sid, side in zip(("SourceKey", "TargetKey"), sides, strict=True):
        found = rights(way)[sid]
        arn = str(bucket(side, purpose).outputs["arn"])
        assert found["Resource"] == key(side, "logs" if purpose == "audit" else "data")
        assert found["Condition"]["StringEquals"] == {"kms:ViaService": f"s3.{REGIONS[side]}.amazonaws.com"}
        patterns = found["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"]
        for context in (arn, f"{arn}/2026/fills.parquet"):
            assert any(fnmatchcase(context, pattern) for pattern in patterns), "bucket key or none"
        assert not any(fnmatchcase(f"{arn}-of-somebody", pattern) for pattern in patterns)


@pytest.mark.parametrize("way", WAYS)
def test_with_a_bucket_key_the_replicas_key_is_read_as_well_as_written_with(way: str) -> None:
    assert set(rights(way)["TargetKey"]["Action"]) == {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"}
    assert rights(way)["SourceKey"]["Action"] == ["kms:Decrypt"]


@pytest.mark.parametrize("way", WAYS)
def test_s3_takes_the_role_for_our_bucket_alone_wherever_it_says_for_whom(way: str) -> None:
    """And is not refused where it says nothing: no page of AWS promises that it does."""
    purpose, source, _ = WAYS[way]
    (trust,) = document(copied(), iam.Role, f"replica-{way}")
    assert trust["Principal"] == {"Service": "s3.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT},
        "ArnEqualsIfExists": {"aws:SourceArn": bucket(source, purpose).outputs["arn"]},
    }


def test_roles_of_both_regions_live_side_by_side_as_iam_knows_no_region() -> None:
    names = [said(one, "name") for one in every(copied(), iam.Role)]
    assert len(set(names)) == len(names) == len(WAYS)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("suffix", "metric", "end"),
    [("late", "ReplicationLatency", 2), ("failed", "OperationsFailedReplication", 1)],
)
def test_somebody_hears_where_s3_publishes_that_a_copy_is_late_or_failed(
    way: str, suffix: str, metric: str, end: int
) -> None:
    """Late: in the region of the copy. Failed: in that of the original. Elsewhere the metric is not."""
    purpose, source, target = WAYS[way]
    side = WAYS[way][end]
    found = the(copied(), cloudwatch.MetricAlarm, f"replica-{way}-{suffix}")
    assert (said(found, "namespace"), said(found, "metricName")) == ("AWS/S3", metric)
    assert said(found, "dimensions") == {
        "SourceBucket": said(bucket(source, purpose), "bucket"),
        "DestinationBucket": said(bucket(target, purpose), "bucket"),
        "RuleId": rule(way)["id"],
    }
    assert home_of(found) == side
    assert said(found, "alarmActions") == [topic(side)]


def test_an_alarm_rings_at_what_s3_can_keep_and_at_the_first_failure() -> None:
    late = the(copied(), cloudwatch.MetricAlarm, "replica-data-from-home-late")
    failed = the(copied(), cloudwatch.MetricAlarm, "replica-data-from-home-failed")
    assert (said(late, "threshold"), said(late, "statistic")) == (900, "Maximum")
    assert (said(failed, "threshold"), said(failed, "statistic")) == (0, "Sum")
    assert said(failed, "treatMissingData") == "notBreaching", "no failure, no metric"
