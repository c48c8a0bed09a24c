"""What a vault promises: nobody takes a copy away before its time, and nothing is kept for ever."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_gcp import storage

from components.gcp.backup_vault import Retention
from tests.components.gcp.kit import ELSEWHERE, PROJECT, REGION, key
from tests.components.gcp.support_backup import DEV, PROD, SHAPES, Shape, kept
from tests.components.kit import every, said, the


def bucket(shape: Shape, kind: str, region: str = REGION) -> Any:
    return the(kept(shape), storage.Bucket, f"vault-{region}-{kind}")


def test_where_data_counts_nobody_deletes_a_copy_before_its_time_and_no_lock_opens_again() -> None:
    for kind, days in PROD.retention.kinds.items():
        for region in PROD.regions:
            assert said(bucket(PROD, kind, region), "retentionPolicy") == {
                "retentionPeriod": str(days * 24 * 3600),
                "isLocked": True,
            }


def test_a_test_environment_ends_when_it_should() -> None:
    assert said(bucket(DEV, "daily"), "retentionPolicy") is None
    assert said(bucket(DEV, "daily"), "forceDestroy") is True


@pytest.mark.parametrize("shape", SHAPES)
def test_a_copy_goes_when_its_time_is_over_and_not_before(shape: Shape) -> None:
    for kind, days in shape.retention.kinds.items():
        rules: Any = said(bucket(shape, kind), "lifecycleRules")
        deleted = [rule["condition"] for rule in rules if rule["action"]["type"] == "Delete"]
        assert deleted == [{"age": days}]
        assert any(rule["action"]["type"] == "AbortIncompleteMultipartUpload" for rule in rules)
        assert said(bucket(shape, kind), "softDeletePolicy", "retentionDurationSeconds") == 0


def test_dev_keeps_daily_copies_and_prod_monthly_ones_too_each_in_its_own_bucket() -> None:
    assert len(every(kept(DEV), storage.Bucket)) == 1
    names = {said(one, "name") for one in every(kept(PROD), storage.Bucket)}
    assert len(names) == 4
    assert said(bucket(PROD, "daily"), "name") != said(bucket(PROD, "monthly"), "name")


@pytest.mark.parametrize(
    ("days", "chosen"),
    [
        (1, "STANDARD"),
        (29, "STANDARD"),
        (30, "NEARLINE"),
        (89, "NEARLINE"),
        (90, "COLDLINE"),
        (364, "COLDLINE"),
        (365, "ARCHIVE"),
    ],
)
def test_google_charges_no_class_for_longer_than_a_copy_is_kept(days: int, chosen: str) -> None:
    shape = Shape(Retention(days=days), (REGION,), protect=False)
    assert said(bucket(shape, "daily"), "storageClass") == chosen


@pytest.mark.parametrize("region", [REGION, ELSEWHERE])
@pytest.mark.parametrize("kind", ["daily", "monthly"])
def test_a_vault_is_in_its_region_under_its_key_and_under_no_other(region: str, kind: str) -> None:
    found = bucket(PROD, kind, region)
    assert said(found, "location") == region
    assert said(found, "encryption") == {
        "defaultKmsKeyName": key("data", region),
        "customerSuppliedEncryptionEnforcementConfig": {"restrictionMode": "FullyRestricted"},
        "googleManagedEncryptionEnforcementConfig": {"restrictionMode": "FullyRestricted"},
    }
    assert said(found, "publicAccessPrevention") == "enforced"
    assert said(found, "uniformBucketLevelAccess") is True
    assert PROJECT in str(said(found, "name")) or len(str(said(found, "name"))) == 63


@pytest.mark.parametrize("shape", SHAPES)
def test_in_prod_a_vault_cannot_be_taken_away_and_stays_when_it_leaves_the_stack(shape: Shape) -> None:
    for one in every(kept(shape), storage.Bucket):
        assert one.options.protect is shape.protect
        assert one.options.retain_on_delete is shape.protect
        assert said(one, "forceDestroy") is not shape.protect


@pytest.mark.parametrize("shape", SHAPES)
def test_the_outside_learns_the_buckets_by_kind(shape: Shape) -> None:
    for part in kept(shape).of_type("trading-platform:gcp:BackupVault"):
        names = {
            kind: said(the(kept(shape), storage.Bucket, f"{part.name}-{kind}"), "name")
            for kind in shape.retention.kinds
        }
        assert part.outputs == {"buckets": names}
