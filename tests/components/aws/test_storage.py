"""What buckets promise: closed, encrypted, kept, logged, and an audit trail that nobody can rewrite."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any, get_args

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_aws import s3

from components.aws.backup_vault import BACKED_UP
from components.aws.document import Statement
from components.aws.storage import MULTIPART_DAYS, Purpose, Storage, StorageArgs, bucket_arn, bucket_name
from components.contracts import Recovery
from components.naming import LIMITS, Naming
from config.clouds import AwsRegion
from config.settings import Environment
from plan.resource import Plan, Resource
from tests.components.aws.kit import ACCOUNT, REGION, deploy, key
from tests.components.aws.support_data import (
    AUDIT_DAYS,
    DEV,
    NONCURRENT_DAYS,
    PROD,
    SHAPES,
    Shape,
    address,
    allowed,
    data_region,
    document,
    part,
)
from tests.components.kit import before, every, said, sources, the

PURPOSES = get_args(Purpose)
ON_EVERY_BUCKET = (
    s3.BucketPublicAccessBlock,
    s3.BucketOwnershipControls,
    s3.BucketPolicy,
    s3.BucketServerSideEncryptionConfiguration,
    s3.BucketVersioning,
    s3.BucketLifecycleConfiguration,
)


def setting(plan: Plan, kind: type[pulumi.Resource], purpose: str) -> Resource:
    """The one resource of that class that is wired to the bucket."""
    (found,) = (one for one in every(plan, kind) if sources(plan, one, "bucket") == {f"storage-{purpose}"})
    return found


def rules(plan: Plan, purpose: str) -> list[dict[str, Any]]:
    """The lifecycle rules of a bucket."""
    found = said(setting(plan, s3.BucketLifecycleConfiguration, purpose), "rules")
    assert isinstance(found, list)
    return found


def arn(plan: Plan, purpose: str) -> str:
    """The bucket's ARN as the (simulated) cloud answers it."""
    return str(the(plan, s3.Bucket, f"storage-{purpose}").outputs["arn"])


@pytest.mark.parametrize("kind", ON_EVERY_BUCKET)
@pytest.mark.parametrize("shape", SHAPES)
def test_no_bucket_lacks_what_every_bucket_has(shape: Shape, kind: type[pulumi.Resource]) -> None:
    plan = data_region(shape)
    buckets = {frozenset({one.name}) for one in every(plan, s3.Bucket)}
    assert len(buckets) == len(PURPOSES)
    assert {frozenset(sources(plan, one, "bucket")) for one in every(plan, kind)} == buckets


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_bucket_is_closed_to_the_public_four_ways_and_has_no_access_lists(
    shape: Shape, purpose: str
) -> None:
    plan = data_region(shape)
    block = setting(plan, s3.BucketPublicAccessBlock, purpose)
    ways = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert [said(block, way) for way in ways] == [True] * len(ways)
    owner = setting(plan, s3.BucketOwnershipControls, purpose)
    assert said(owner, "rule", "objectOwnership") == "BucketOwnerEnforced"
    assert not every(plan, s3.BucketAcl)
    assert said(the(plan, s3.Bucket, f"storage-{purpose}"), "acl") is None


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("shape", SHAPES)
def test_nobody_reaches_a_bucket_or_its_objects_without_tls(shape: Shape, purpose: str) -> None:
    plan = data_region(shape)
    policy = document(plan, s3.BucketPolicy, f"storage-{purpose}")
    (deny,) = (one for one in policy if one["Effect"] == "Deny")
    assert (deny["Principal"], deny["Action"]) == ("*", "s3:*")
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert deny["Resource"] == [arn(plan, purpose), f"{arn(plan, purpose)}/*"]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_who_may_enter_is_known_and_can_be_judged_before_anything_is_made(purpose: str) -> None:
    plan = data_region(PROD)
    assert sources(plan, setting(plan, s3.BucketPolicy, purpose), "policy") == set()


@pytest.mark.parametrize("shape", SHAPES)
def test_no_policy_allows_anything_to_everybody(shape: Shape) -> None:
    found = list(allowed(data_region(shape)))
    assert found
    for resource, statement in found:
        assert isinstance(statement["Principal"], dict), resource.name
        assert not any("*" in who for who in statement["Principal"].values()), resource.name


@pytest.mark.parametrize("purpose", PURPOSES)
def test_who_may_enter_is_said_in_steps_because_s3_refuses_two_at_once(purpose: str) -> None:
    plan = data_region(PROD)
    owner = setting(plan, s3.BucketOwnershipControls, purpose)
    block = address(s3.BucketPublicAccessBlock, f"storage-{purpose}")
    assert block in before(plan, owner)
    assert {block, (owner.type, owner.name)} <= before(plan, setting(plan, s3.BucketPolicy, purpose))


@pytest.mark.parametrize(("purpose", "key"), [("data", "keys-data"), ("audit", "keys-logs")])
def test_data_and_audit_are_encrypted_each_with_the_key_of_its_class(purpose: str, key: str) -> None:
    plan = data_region(PROD)
    encryption = setting(plan, s3.BucketServerSideEncryptionConfiguration, purpose)
    default = ("rules", 0, "applyServerSideEncryptionByDefault")
    assert said(encryption, *default, "sseAlgorithm") == "aws:kms"
    assert sources(plan, encryption, "rules") == {key}
    assert said(encryption, "rules", 0, "bucketKeyEnabled") is True


def test_the_access_logs_have_what_s3_can_deliver_to_its_own_keys_and_no_retention() -> None:
    plan = data_region(PROD)
    encryption = setting(plan, s3.BucketServerSideEncryptionConfiguration, "access-logs")
    default = ("rules", 0, "applyServerSideEncryptionByDefault")
    assert said(encryption, *default, "sseAlgorithm") == "AES256"
    assert said(encryption, *default, "kmsMasterKeyId") is None
    assert sources(plan, encryption, "rules") == set()
    assert said(the(plan, s3.Bucket, "storage-access-logs"), "objectLockEnabled") is False


@pytest.mark.parametrize("purpose", PURPOSES)
def test_nobody_can_encrypt_objects_with_a_key_that_we_do_not_hold(purpose: str) -> None:
    encryption = setting(data_region(PROD), s3.BucketServerSideEncryptionConfiguration, purpose)
    assert said(encryption, "rules", 0, "blockedEncryptionTypes") == ["SSE-C"]


@pytest.mark.parametrize(("shape", "mode"), [(DEV, "GOVERNANCE"), (PROD, "COMPLIANCE")])
def test_only_the_audit_trail_is_locked_and_in_prod_against_root_too(shape: Shape, mode: str) -> None:
    plan = data_region(shape)
    lock = the(plan, s3.BucketObjectLockConfiguration)
    assert sources(plan, lock, "bucket") == {"storage-audit"}
    assert said(lock, "rule", "defaultRetention") == {"mode": mode, "days": AUDIT_DAYS}
    assert said(the(plan, s3.Bucket, "storage-audit"), "objectLockEnabled") is True
    assert address(s3.BucketVersioning, "storage-audit") in before(plan, lock)


@pytest.mark.parametrize("purpose", ["data", "audit"])
@pytest.mark.parametrize("shape", SHAPES)
def test_access_is_logged_where_s3_is_let_in_to_log_it(shape: Shape, purpose: str) -> None:
    plan = data_region(shape)
    logging = setting(plan, s3.BucketLogging, purpose)
    assert sources(plan, logging, "targetBucket") == {"storage-access-logs"}
    assert address(s3.BucketPolicy, "storage-access-logs") in before(plan, logging)
    written = f"{arn(plan, 'access-logs')}/{said(logging, 'targetPrefix')}{ACCOUNT}/log"
    (let_in,) = (
        one
        for one in document(plan, s3.BucketPolicy, "storage-access-logs")
        if one["Effect"] == "Allow" and fnmatchcase(written, one["Resource"])
    )
    assert let_in["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert let_in["Action"] == "s3:PutObject"
    assert let_in["Condition"] == {
        "ArnLike": {"aws:SourceArn": arn(plan, purpose)},
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
    }


def test_the_log_of_access_is_not_a_log_of_itself() -> None:
    plan = data_region(PROD)
    logged = {name for one in every(plan, s3.BucketLogging) for name in sources(plan, one, "bucket")}
    assert logged == {"storage-data", "storage-audit"}


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_bucket_keeps_versions_and_its_rules_wait_for_that(shape: Shape, purpose: str) -> None:
    plan = data_region(shape)
    versioning = setting(plan, s3.BucketVersioning, purpose)
    assert said(versioning, "versioningConfiguration", "status") == "Enabled"
    lifecycle = setting(plan, s3.BucketLifecycleConfiguration, purpose)
    assert (versioning.type, versioning.name) in before(plan, lifecycle)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_rules_are_in_force_over_the_whole_bucket_and_sweep_what_nobody_sees(purpose: str) -> None:
    found = rules(data_region(PROD), purpose)
    assert {one["status"] for one in found} == {"Enabled"}
    assert all(one["filter"] == {} for one in found)
    uploads = [
        one["abortIncompleteMultipartUpload"] for one in found if "abortIncompleteMultipartUpload" in one
    ]
    assert uploads == [{"daysAfterInitiation": MULTIPART_DAYS}]


def test_old_versions_go_after_their_days_and_those_of_the_audit_trail_not_before_its_lock_ends() -> None:
    plan = data_region(PROD)
    days = {
        purpose: [
            one["noncurrentVersionExpiration"]["noncurrentDays"]
            for one in rules(plan, purpose)
            if "noncurrentVersionExpiration" in one
        ]
        for purpose in PURPOSES
    }
    assert days["data"] == [NONCURRENT_DAYS]
    assert days["audit"] == [AUDIT_DAYS]
    assert len(days["access-logs"]) == 1


def test_only_the_access_logs_expire_and_not_before_an_auditor_has_seen_a_year() -> None:
    plan = data_region(PROD)
    expiring = {
        purpose: [
            one["expiration"]["days"] for one in rules(plan, purpose) if "days" in one.get("expiration", {})
        ]
        for purpose in PURPOSES
    }
    assert (expiring["data"], expiring["audit"]) == ([], [])
    (days,) = expiring["access-logs"]
    assert days > 365


@pytest.mark.parametrize("purpose", ["data", "audit"])
def test_what_nobody_reads_gets_cheaper_and_never_slower(purpose: str) -> None:
    moves = [move for one in rules(data_region(PROD), purpose) for move in one.get("transitions", [])]
    assert [move["storageClass"] for move in moves] == ["INTELLIGENT_TIERING"]


@pytest.mark.parametrize("shape", SHAPES)
def test_in_prod_no_bucket_can_be_deleted_with_what_is_in_it_in_dev_all_can(shape: Shape) -> None:
    for one in every(data_region(shape), s3.Bucket):
        assert one.options.protect is shape.protect
        assert said(one, "forceDestroy") is not shape.protect


@pytest.mark.parametrize("shape", SHAPES)
def test_in_prod_trails_outlive_their_stack(shape: Shape) -> None:
    kept = {one.name for one in every(data_region(shape), s3.Bucket) if one.options.retain_on_delete}
    assert kept == ({"storage-audit", "storage-access-logs"} if shape.protect else set())


def test_a_trail_that_outlives_its_stack_stays_as_closed_as_it_was() -> None:
    plan = data_region(PROD)
    kept = {one.urn for one in every(plan, s3.Bucket) if one.options.retain_on_delete}
    about = [
        one
        for one in plan
        if one.type.startswith("aws:s3/") and kept & set(one.property_dependencies.get("bucket", ()))
    ]
    assert len(kept) == 2
    assert len(about) > 6 * len(kept)
    closing = [one for one in about if not one.type.endswith(":BucketLogging")]
    assert [one.name for one in closing if not one.options.retain_on_delete] == []


def test_the_outside_learns_each_buckets_name_and_arn() -> None:
    plan = data_region(PROD)
    assert part(plan, "Storage").outputs == {
        purpose.replace("-", "_"): {
            "name": said(the(plan, s3.Bucket, f"storage-{purpose}"), "bucket"),
            "resource_id": arn(plan, purpose),
        }
        for purpose in PURPOSES
    }


def test_the_buckets_names_and_arns_are_known_to_who_writes_a_statement_about_them() -> None:
    plan = data_region(PROD)
    for purpose in PURPOSES:
        where = {"account": ACCOUNT, "region": REGION}
        bucket = the(plan, s3.Bucket, f"storage-{purpose}")
        assert bucket_name(Naming("prod"), purpose, **where) == said(bucket, "bucket")
        assert bucket_arn(Naming("prod"), purpose, **where) == bucket.outputs["arn"]


def let_in(sid: str, purpose: Purpose) -> Statement:
    """Somebody of another room who writes to one of the buckets."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn(Naming('prod'), purpose, account=ACCOUNT, region=REGION)}/*",
    }


def stored(*, replicated: bool = True) -> tuple[Plan, Recovery]:
    """Buckets that two other rooms write to, and what the loss of their region costs."""
    made: list[Recovery] = []

    def program(opts: pulumi.ResourceOptions) -> None:
        args = StorageArgs(
            naming=Naming("prod"),
            account=ACCOUNT,
            region=REGION,
            data_key_arn=key("data"),
            log_key_arn=key("logs"),
            noncurrent_days=NONCURRENT_DAYS,
            audit_days=AUDIT_DAYS,
            replicated=replicated,
            protect=True,
            audit_statements=[let_in("Trail", "audit")],
            access_log_statements=[let_in("Balancer", "access-logs")],
        )
        made.append(Storage("storage", args, opts).recovery)

    return deploy(program), made[0]


@pytest.mark.parametrize(
    ("purpose", "guests"), [("data", set()), ("audit", {"Trail"}), ("access-logs", {"Balancer"})]
)
def test_who_else_writes_to_a_bucket_is_let_in_there_alone_and_under_the_same_terms(
    purpose: str, guests: set[str]
) -> None:
    plan, _ = stored()
    policy = document(plan, s3.BucketPolicy, f"storage-{purpose}")
    assert {one["Sid"] for one in policy} & {"Trail", "Balancer"} == guests
    assert [one["Sid"] for one in policy if one["Effect"] == "Deny"] == ["TlsOnly"]
    alone = {one["Sid"] for one in document(data_region(PROD), s3.BucketPolicy, f"storage-{purpose}")}
    assert {one["Sid"] for one in policy} == alone | guests


def test_the_data_are_backed_up_and_the_trails_are_not_as_their_locks_keep_them() -> None:
    tagged = {one.name for one in every(data_region(PROD), s3.Bucket) if said(one, "tags", "backup")}
    assert tagged == {"storage-data"}
    ((name, value),) = BACKED_UP.items()
    assert said(the(data_region(PROD), s3.Bucket, "storage-data"), "tags", name) == value


def test_nobody_is_promised_less_than_the_quarter_of_an_hour_that_s3_can_keep() -> None:
    _, recovery = stored()
    assert recovery.lag == 15 * 60
    assert recovery.promised is False
    assert recovery.time == 0
    assert "no cloud guarantees less" in recovery.source


def test_a_bucket_without_a_copy_says_that_all_would_be_lost() -> None:
    _, recovery = stored(replicated=False)
    assert recovery.lag is not None
    assert recovery.lag > 10 * 365 * 24 * 3600
    assert recovery.promised is False
    assert "no copy" in recovery.source


def every_name(account: str) -> list[str]:
    """The bucket names of one account in all environments and regions."""
    return [
        bucket_name(Naming(environment), purpose, account=account, region=region)
        for environment in get_args(Environment)
        for region in get_args(AwsRegion)
        for purpose in PURPOSES
    ]


accounts = st.integers(0, 10**12 - 1).map(lambda number: f"{number:012}")


@settings(max_examples=50)
@given(accounts)
def test_s3_takes_the_name_of_every_bucket_in_every_environment_and_region(account: str) -> None:
    for name in every_name(account):
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]*[a-z0-9]", name), name
        assert 3 <= len(name) <= LIMITS["bucket"] == 63, name
        assert not name.startswith(("xn--", "sthree-", "amzn-s3-demo-")), name
        assert not name.endswith(("-s3alias", "--ol-s3", "--x-s3", "--table-s3", "-an")), name


@settings(max_examples=50)
@given(accounts, accounts)
def test_no_two_buckets_in_the_world_want_one_name(one: str, other: str) -> None:
    names = every_name(one) + (every_name(other) if other != one else [])
    assert len(names) == len(set(names))
    assert all(one in name or other in name for name in names)
