"""What keys promise: one a class of data, renewed, hard to lose, and trusted to nobody but the account."""

from __future__ import annotations

import pytest
from pulumi_aws import kms

from tests.components.aws.kit import ACCOUNT, REGION, every, said, sources, the
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

CLASSES = ("data", "secrets", "logs")


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
def test_keys_can_have_replicas_only_where_another_region_is_declared(shape: Shape) -> None:
    assert {said(one, "multiRegion") for one in every(data_region(shape), kms.Key)} == {shape.multi_region}


@pytest.mark.parametrize("name", CLASSES)
def test_a_key_leaves_the_decision_to_its_own_account(name: str) -> None:
    owner, *_ = document(data_region(PROD), kms.Key, f"keys-{name}")
    assert owner["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert (owner["Effect"], owner["Action"], owner["Resource"]) == ("Allow", "kms:*", "*")


def test_only_the_key_of_the_logs_trusts_a_service() -> None:
    plan = data_region(PROD)
    assert {name: len(document(plan, kms.Key, f"keys-{name}")) for name in CLASSES} == {
        "data": 1,
        "secrets": 1,
        "logs": 2,
    }


def test_the_log_service_of_this_region_uses_the_key_for_log_groups_of_this_account_alone() -> None:
    _, service = document(data_region(PROD), kms.Key, "keys-logs")
    assert service["Principal"] == {"Service": f"logs.{REGION}.amazonaws.com"}
    assert service["Condition"] == {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:*"}
    }
    assert "kms:*" not in service["Action"]
    assert not any("Delete" in action or "Put" in action or "Grant" in action for action in service["Action"])


def test_nobody_may_lock_the_account_out_of_its_own_keys() -> None:
    assert not any(said(one, "bypassPolicyLockoutSafetyCheck") for one in every(data_region(PROD), kms.Key))


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
