"""What buckets promise: closed, encrypted, kept, logged, and an audit trail that nobody can rewrite."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final, get_args

import pulumi
import pytest
from pulumi_gcp import storage

from components.contracts import Recovery
from components.gcp.storage import MULTIPART_DAYS, Purpose, Storage, StorageArgs, bucket_name, bucket_resource
from components.naming import LIMITS, Naming
from config.dual_region import place
from config.settings import Environment
from plan.resource import Plan, Resource
from tests.components.gcp.kit import ELSEWHERE, PROJECT, REGION, TAGS, deploy, key
from tests.components.kit import before, every, said, sources, the, token

PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
NONCURRENT_DAYS, AUDIT_DAYS = 30, 365
NEAR: Final = "us-east4"
DAY: Final = 86400


@cache
def stored(*, other: str | None = None, protect: bool = False) -> tuple[Plan, Recovery]:
    """Buckets, recorded once a shape, and what the loss of their region costs."""
    made: list[Recovery] = []
    where = place(REGION, other)

    def program(opts: pulumi.ResourceOptions) -> None:
        args = StorageArgs(
            naming=Naming("prod"),
            project=PROJECT,
            place=where,
            data_key=key("data", where.key_location),
            log_key=key("logs", where.key_location),
            noncurrent_days=NONCURRENT_DAYS,
            audit_days=AUDIT_DAYS,
            protect=protect,
        )
        made.append(Storage("storage", args, opts).recovery)

    return deploy(program), made[0]


PROD: Final[dict[str, Any]] = {"other": NEAR, "protect": True}
DEV: Final[dict[str, Any]] = {}
SHAPES = (DEV, PROD)


def plan_of(shape: dict[str, Any]) -> Plan:
    """The plan alone."""
    return stored(**shape)[0]


def bucket(shape: dict[str, Any], purpose: str) -> Resource:
    """One bucket."""
    return the(plan_of(shape), storage.Bucket, f"storage-{purpose}")


def rules(shape: dict[str, Any], purpose: str) -> dict[str, dict[str, Any]]:
    """What a bucket's lifecycle does, and when."""
    found = said(bucket(shape, purpose), "lifecycleRules")
    assert isinstance(found, list)
    return {one["action"]["type"]: one["condition"] for one in found if isinstance(one, dict)}


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_bucket_is_closed_to_the_public_and_entered_by_iam_alone(
    shape: dict[str, Any], purpose: str
) -> None:
    found = bucket(shape, purpose)
    assert said(found, "publicAccessPrevention") == "enforced"
    assert said(found, "uniformBucketLevelAccess") is True
    plan = plan_of(shape)
    assert not every(plan, storage.BucketACL)
    assert not every(plan, storage.BucketAccessControl)


@pytest.mark.parametrize("shape", SHAPES)
def test_nobody_is_let_in_here_but_google_to_write_the_log_of_access(shape: dict[str, Any]) -> None:
    plan = plan_of(shape)
    member = the(plan, storage.BucketIAMMember)
    assert sources(plan, member, "bucket") == {"storage-access-logs"}
    assert said(member, "member") == "group:cloud-storage-analytics@google.com"
    assert said(member, "role") == "roles/storage.objectCreator"


@pytest.mark.parametrize("purpose", ["data", "audit"])
@pytest.mark.parametrize("shape", SHAPES)
def test_access_is_logged_once_google_may_log_it(shape: dict[str, Any], purpose: str) -> None:
    plan, found = plan_of(shape), bucket(shape, purpose)
    assert sources(plan, found, "logging") == {"storage-access-logs"}
    assert said(found, "logging", "logObjectPrefix") == f"{purpose}/"
    assert (token(storage.BucketIAMMember), "storage-access-logs-writer") in before(plan, found)


def test_the_log_of_access_is_not_a_log_of_itself() -> None:
    assert said(bucket(PROD, "access-logs"), "logging") is None


@pytest.mark.parametrize(("purpose", "data"), [("data", "data"), ("audit", "logs")])
def test_data_and_audit_are_encrypted_with_the_key_of_their_class_and_with_no_other(
    purpose: str, data: str
) -> None:
    found = said(bucket(PROD, purpose), "encryption")
    assert isinstance(found, dict)
    assert found["defaultKmsKeyName"] == key(data, "us")
    assert found["googleManagedEncryptionEnforcementConfig"] == {"restrictionMode": "FullyRestricted"}


@pytest.mark.parametrize("purpose", PURPOSES)
def test_nobody_can_encrypt_objects_with_a_key_that_we_do_not_hold(purpose: str) -> None:
    enforced = ("encryption", "customerSuppliedEncryptionEnforcementConfig", "restrictionMode")
    assert said(bucket(PROD, purpose), *enforced) == "FullyRestricted"


def test_google_can_deliver_its_logs_under_its_own_keys() -> None:
    found = said(bucket(PROD, "access-logs"), "encryption")
    assert isinstance(found, dict)
    assert set(found) == {"customerSuppliedEncryptionEnforcementConfig"}


@pytest.mark.parametrize("purpose", PURPOSES)
def test_with_a_second_region_each_bucket_is_in_both_within_a_quarter_of_an_hour(purpose: str) -> None:
    found = bucket(PROD, purpose)
    assert said(found, "location") == "US"
    assert said(found, "customPlacementConfig") == {"dataLocations": ["US-CENTRAL1", "US-EAST4"]}
    assert said(found, "rpo") == "ASYNC_TURBO"


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_pair_with_a_name_of_its_own_names_no_regions(purpose: str) -> None:
    found = bucket({"other": ELSEWHERE}, purpose)
    assert (said(found, "location"), said(found, "rpo")) == ("NAM4", "ASYNC_TURBO")
    assert said(found, "customPlacementConfig") is None


@pytest.mark.parametrize("purpose", PURPOSES)
def test_in_one_region_nothing_is_said_of_a_copy_or_google_would_refuse_the_bucket(purpose: str) -> None:
    found = bucket(DEV, purpose)
    assert said(found, "location") == REGION.upper()
    assert said(found, "rpo") is said(found, "customPlacementConfig") is None


def test_only_the_audit_trail_is_locked_and_only_where_it_counts() -> None:
    locked = {one.name: said(one, "retentionPolicy") for one in every(plan_of(PROD), storage.Bucket)}
    assert locked.pop("storage-audit") == {"isLocked": True, "retentionPeriod": str(AUDIT_DAYS * DAY)}
    assert set(locked.values()) == {None}
    assert said(bucket(DEV, "audit"), "retentionPolicy") is None, "it would stop the end of dev"


def test_the_audit_trail_is_deleted_once_its_lock_has_ended_and_never_before() -> None:
    days = rules(PROD, "audit")["Delete"]["age"]
    period = said(bucket(PROD, "audit"), "retentionPolicy", "retentionPeriod")
    assert days * DAY == int(str(period))


def test_only_data_have_old_versions_and_those_go_after_their_days() -> None:
    kept = {purpose: said(bucket(PROD, purpose), "versioning", "enabled") for purpose in PURPOSES}
    assert kept == {"data": True, "audit": False, "access-logs": False}
    condition = rules(PROD, "data")["Delete"]
    assert condition == {"daysSinceNoncurrentTime": NONCURRENT_DAYS, "withState": "ARCHIVED"}


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("shape", SHAPES)
def test_uploads_that_nobody_finished_are_swept(shape: dict[str, Any], purpose: str) -> None:
    assert rules(shape, purpose)["AbortIncompleteMultipartUpload"] == {"age": MULTIPART_DAYS}


def test_no_current_data_ever_expire_and_the_access_logs_not_before_an_auditor_has_seen_a_year() -> None:
    assert "age" not in rules(PROD, "data")["Delete"]
    assert rules(PROD, "access-logs")["Delete"]["age"] > 365


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_was_deleted_by_mistake_can_be_had_back_for_a_week(shape: dict[str, Any], purpose: str) -> None:
    assert said(bucket(shape, purpose), "softDeletePolicy") == {"retentionDurationSeconds": 7 * DAY}


@pytest.mark.parametrize("shape", SHAPES)
def test_in_prod_no_bucket_can_be_deleted_with_what_is_in_it_in_dev_all_can(shape: dict[str, Any]) -> None:
    protect = bool(shape)
    for one in every(plan_of(shape), storage.Bucket):
        assert one.options.protect is protect
        assert said(one, "forceDestroy") is not protect


@pytest.mark.parametrize("shape", SHAPES)
def test_in_prod_trails_outlive_their_stack(shape: dict[str, Any]) -> None:
    kept = {one.name for one in every(plan_of(shape), storage.Bucket) if one.options.retain_on_delete}
    assert kept == ({"storage-audit", "storage-access-logs"} if shape else set())


def test_what_nobody_reads_gets_cheaper_and_never_slower() -> None:
    tiered = {purpose: said(bucket(PROD, purpose), "autoclass") for purpose in PURPOSES}
    assert tiered == {"data": {"enabled": True}, "audit": {"enabled": True}, "access-logs": None}
    for purpose in PURPOSES:
        assert "SetStorageClass" not in rules(PROD, purpose), "Google refuses both at once"


def test_who_pays_is_known() -> None:
    for one in every(plan_of(PROD), storage.Bucket):
        assert said(one, "labels") == TAGS.as_map()


def test_the_outside_learns_each_buckets_name_and_what_conditions_call_it() -> None:
    (part,) = plan_of(PROD).of_type("trading-platform:gcp:Storage")
    naming = Naming("prod")
    assert part.outputs == {
        purpose.replace("-", "_"): {
            "name": bucket_name(naming, purpose, project=PROJECT),
            "resource_id": bucket_resource(naming, purpose, project=PROJECT),
        }
        for purpose in PURPOSES
    }
    for purpose in PURPOSES:
        assert said(bucket(PROD, purpose), "name") == bucket_name(naming, purpose, project=PROJECT)
        assert re.fullmatch(
            r"projects/_/buckets/[a-z0-9-]+", bucket_resource(naming, purpose, project=PROJECT)
        )


def test_google_takes_every_name_and_a_new_generation_has_names_of_its_own() -> None:
    longest = "a" * 29 + "9"
    names = [
        bucket_name(Naming(environment, generation), purpose, project=project)
        for environment in get_args(Environment)
        for generation in (1, 99)
        for purpose in PURPOSES
        for project in (PROJECT, longest)
    ]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]*[a-z0-9]", name), name
        assert 3 <= len(name) <= LIMITS["bucket"] == 63, name
        assert not name.startswith("goog")


def test_nobody_is_promised_less_than_the_quarter_of_an_hour_that_google_aims_at() -> None:
    _, recovery = stored(**PROD)
    assert (recovery.lag, recovery.time, recovery.promised) == (15 * 60, 0, False)
    assert "no cloud guarantees less" in recovery.source


def test_a_bucket_of_one_region_says_that_all_would_be_lost() -> None:
    _, recovery = stored()
    assert recovery.lag is not None
    assert recovery.lag > 10 * 365 * 24 * 3600
    assert recovery.promised is False
    assert "no copy" in recovery.source
