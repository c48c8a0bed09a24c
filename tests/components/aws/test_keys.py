"""What keys promise: one a class of data, renewed, hard to lose, in both regions, and trusted to few."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pulumi
import pytest
from pulumi_aws import kms

from components.aws.alerts import PUBLISHERS
from components.aws.keys import Keys, KeysArgs
from components.naming import Naming
from components.providers import aws_provider
from plan.resource import Plan, Resource
from tests.components.aws.kit import ACCOUNT, REGION, deploy
from tests.components.aws.support_data import (
    DELETION_DAYS,
    DEV,
    PROD,
    ROTATION_DAYS,
    SHAPES,
    Shape,
    data_region,
    document,
    part,
)
from tests.components.kit import every, said, sources, the

CLASSES = ("data", "secrets", "logs")
OTHER = "us-west-2"
"""The region of the replicas."""


@cache
def twins(*, protect: bool = True) -> Plan:
    """Keys in one region, and their replicas in another."""

    def program(opts: pulumi.ResourceOptions) -> None:
        def keys(name: str, region: str, primary: Keys | None, opts: pulumi.ResourceOptions) -> Keys:
            args = KeysArgs(
                naming=Naming("prod"),
                account=ACCOUNT,
                region=region,
                rotation_days=ROTATION_DAYS,
                deletion_days=DELETION_DAYS,
                protect=protect,
                primary=primary,
            )
            return Keys(name, args, opts)

        home = keys("keys", REGION, None, opts)
        there = aws_provider("aws-dr", account=ACCOUNT, region=OTHER)
        keys("keys-dr", OTHER, home, pulumi.ResourceOptions(provider=there))

    return deploy(program)


def statement(plan: Plan, sid: str, name: str = "keys-logs") -> dict[str, Any]:
    """One statement of a key's policy."""
    kind = kms.ReplicaKey if name.startswith("keys-dr") else kms.Key
    (found,) = (one for one in document(plan, kind, name) if one["Sid"] == sid)
    return found


def test_each_class_of_data_has_a_key_of_its_own_and_the_outside_learns_its_arn() -> None:
    plan = data_region(DEV)
    arns = {name: the(plan, kms.Key, f"keys-{name}").outputs["arn"] for name in CLASSES}
    assert len(every(plan, kms.Key)) == len(set(map(str, arns.values()))) == len(CLASSES)
    assert part(plan, "Keys").outputs == arns


def test_keys_are_renewed_and_can_be_had_back_for_the_days_that_the_settings_say() -> None:
    for one in every(data_region(PROD), kms.Key):
        assert said(one, "enableKeyRotation") is True
        assert said(one, "rotationPeriodInDays") == ROTATION_DAYS
        assert said(one, "deletionWindowInDays") == DELETION_DAYS


@pytest.mark.parametrize("shape", SHAPES)
def test_every_key_can_have_a_replica_one_day_as_aws_decides_that_once(shape: Shape) -> None:
    assert {said(one, "multiRegion") for one in every(data_region(shape), kms.Key)} == {True}


@pytest.mark.parametrize("name", CLASSES)
def test_a_key_leaves_the_decision_to_its_own_account(name: str) -> None:
    owner, *_ = document(data_region(PROD), kms.Key, f"keys-{name}")
    assert owner["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert (owner["Effect"], owner["Action"], owner["Resource"]) == ("Allow", "kms:*", "*")


def test_only_the_key_of_the_logs_trusts_services_and_each_under_a_condition() -> None:
    plan = data_region(PROD)
    trusting = {
        name: [one for one in document(plan, kms.Key, f"keys-{name}") if "Service" in one["Principal"]]
        for name in CLASSES
    }
    assert (trusting["data"], trusting["secrets"]) == ([], [])
    for one in trusting["logs"]:
        assert one["Condition"], one["Sid"]
        assert all(ACCOUNT in value for keys in one["Condition"].values() for value in keys.values()), one[
            "Sid"
        ]
        assert "kms:*" not in one["Action"]
        assert not any(word in action for action in one["Action"] for word in ("Delete", "Put", "Grant"))


def test_the_log_service_of_this_region_uses_the_key_for_log_groups_of_this_account_alone() -> None:
    service = statement(data_region(PROD), "LogGroupsOfThisAccount")
    assert service["Principal"] == {"Service": f"logs.{REGION}.amazonaws.com"}
    assert service["Condition"] == {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:*"}
    }


def test_cloudtrail_uses_the_key_for_trails_of_this_account_and_through_a_bucket_key_too() -> None:
    service = statement(data_region(PROD), "TrailsOfThisAccount")
    assert service["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    assert {"kms:GenerateDataKey*", "kms:Decrypt", "kms:DescribeKey"} == set(service["Action"])
    # a bucket key makes the bucket the encryption context: a condition on the trail's would refuse it
    assert list(service["Condition"]) == ["ArnLike"]
    assert list(service["Condition"]["ArnLike"]) == ["aws:SourceArn"]
    pattern = service["Condition"]["ArnLike"]["aws:SourceArn"]
    assert fnmatchcase(f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/trading-prod-account", pattern)
    assert not fnmatchcase(f"arn:aws:cloudtrail:{REGION}:999999999999:trail/trading-prod-account", pattern)


def test_alarms_reach_the_topic_although_its_messages_are_encrypted() -> None:
    service = statement(data_region(PROD), "TopicsOfThisAccount")
    assert set(PUBLISHERS) < set(service["Principal"]["Service"])
    assert set(service["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}
    pattern = service["Condition"]["ArnLike"]["kms:EncryptionContext:aws:sns:topicArn"]
    assert fnmatchcase(f"arn:aws:sns:{REGION}:{ACCOUNT}:trading-prod-alerts", pattern)
    assert not fnmatchcase(f"arn:aws:sns:{REGION}:999999999999:trading-prod-alerts", pattern)


def test_eventbridge_is_under_no_condition_on_its_source_because_it_names_none() -> None:
    """With one, every finding and every failed job would be dropped, and only a counter would tell."""
    for one in document(data_region(PROD), kms.Key, "keys-logs"):
        if "events.amazonaws.com" in one["Principal"].get("Service", ()):
            assert "aws:Source" not in str(one["Condition"])
            return
    pytest.fail("EventBridge cannot publish to an encrypted topic")


def test_nobody_may_lock_the_account_out_of_its_own_keys() -> None:
    for one in (*every(twins(), kms.Key), *every(twins(), kms.ReplicaKey)):
        assert not said(one, "bypassPolicyLockoutSafetyCheck")


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("shape", SHAPES)
def test_each_key_is_found_by_an_alias_that_names_environment_and_class(shape: Shape, name: str) -> None:
    plan = data_region(shape)
    alias = the(plan, kms.Alias, f"keys-{name}")
    assert said(alias, "name") == f"alias/trading-{shape.environment}-{name}"
    assert sources(plan, alias, "targetKeyId") == {f"keys-{name}"}


@pytest.mark.parametrize("shape", SHAPES)
def test_where_data_counts_a_key_can_neither_be_deleted_nor_go_with_its_stack(shape: Shape) -> None:
    for one in every(data_region(shape), kms.Key):
        assert one.options.protect is shape.protect
        assert one.options.retain_on_delete is shape.protect


def replica(name: str) -> Resource:
    return the(twins(), kms.ReplicaKey, f"keys-dr-{name}")


def test_the_second_region_has_a_replica_of_each_key_and_no_key_of_its_own() -> None:
    plan = twins()
    assert len(every(plan, kms.ReplicaKey)) == len(every(plan, kms.Key)) == len(CLASSES)
    for name in CLASSES:
        assert sources(plan, replica(name), "primaryKeyArn") == {f"keys-{name}"}
        assert replica(name).provider != the(plan, kms.Key, f"keys-{name}").provider


def test_the_second_regions_outputs_name_the_replicas_there_and_not_the_originals() -> None:
    plan = twins()
    (outside,) = (one for one in plan.of_type("trading-platform:aws:Keys") if one.name == "keys-dr")
    assert outside.outputs == {name: replica(name).outputs["arn"] for name in CLASSES}
    assert all(f":{OTHER}:" in str(arn) for arn in outside.outputs.values())


@pytest.mark.parametrize("name", CLASSES)
def test_a_key_is_found_by_the_same_alias_in_both_regions(name: str) -> None:
    plan = twins()
    here, there = the(plan, kms.Alias, f"keys-{name}"), the(plan, kms.Alias, f"keys-dr-{name}")
    assert said(here, "name") == said(there, "name")
    assert sources(plan, there, "targetKeyId") == {f"keys-dr-{name}"}
    assert there.provider == replica(name).provider


def test_the_replica_of_the_log_key_trusts_the_services_of_its_own_region() -> None:
    plan = twins()
    policies = {
        region: document(plan, kind, name)
        for region, kind, name in (
            (REGION, kms.Key, "keys-logs"),
            (OTHER, kms.ReplicaKey, "keys-dr-logs"),
        )
    }
    assert str(policies[REGION]).replace(REGION, OTHER) == str(policies[OTHER])
    assert REGION not in str(policies[OTHER])


@pytest.mark.parametrize("protect", [True, False])
def test_a_replica_is_as_hard_to_lose_as_its_original(*, protect: bool) -> None:
    for one in every(twins(protect=protect), kms.ReplicaKey):
        assert one.options.protect is protect
        assert one.options.retain_on_delete is protect
        assert said(one, "deletionWindowInDays") == DELETION_DAYS


def test_a_rotation_made_by_aws_may_write_the_replica_of_a_secret_and_nothing_else() -> None:
    """Else the other region would keep the old password, and nobody would know."""
    plan = twins()
    _, right = document(plan, kms.ReplicaKey, "keys-dr-secrets")
    assert right["Condition"]["StringEquals"] == {"kms:CallerAccount": ACCOUNT}
    assert right["Condition"]["StringLike"] == {"kms:ViaService": "secretsmanager.*.amazonaws.com"}
    assert right["Condition"]["ArnLike"]["aws:PrincipalArn"].startswith(
        f"arn:aws:iam::{ACCOUNT}:role/serverlessrepo-"
    )
    assert not any("*" in action for action in right["Action"])
    assert len(document(plan, kms.Key, "keys-secrets")) == 1, "the original's key is the application's own"
