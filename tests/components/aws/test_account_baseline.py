"""What an account's baseline promises: strong passwords, no public bucket, and AWS's own role for Config."""

from __future__ import annotations

import pytest
from pulumi_aws import costexplorer, iam, macie2, s3

from tests.components.aws.kit import ACCOUNT
from tests.components.aws.support_audit import DEV, PROD, Account, watched
from tests.components.kit import every, said, the


def test_a_password_is_long_and_of_all_kinds_and_none_of_the_last_two_dozen() -> None:
    policy = the(watched(), iam.AccountPasswordPolicy)
    assert said(policy, "minimumPasswordLength") == 14
    assert said(policy, "passwordReusePrevention") == 24
    for kind in ("Lowercase", "Uppercase"):
        assert said(policy, f"require{kind}Characters") is True, kind
    assert said(policy, "requireNumbers") is True
    assert said(policy, "requireSymbols") is True


def test_an_expired_password_locks_nobody_out() -> None:
    policy = the(watched(), iam.AccountPasswordPolicy)
    assert said(policy, "maxPasswordAge") == 90
    assert said(policy, "allowUsersToChangePassword") is True
    assert said(policy, "hardExpiry") is False


def test_no_bucket_of_the_account_can_be_public_four_ways() -> None:
    block = the(watched(), s3.AccountPublicAccessBlock)
    assert said(block, "accountId") == ACCOUNT
    for way in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"):
        assert said(block, way) is True, way


def test_config_records_with_the_role_that_aws_keeps_up_to_date() -> None:
    plan = watched()
    role = the(plan, iam.ServiceLinkedRole)
    assert said(role, "awsServiceName") == "config.amazonaws.com"
    (part,) = plan.of_type("trading-platform:aws:AccountBaseline")
    assert part.outputs == {"config_role_arn": role.outputs["arn"]}


@pytest.mark.parametrize("account", [PROD, DEV])
def test_in_prod_the_baseline_is_not_taken_away_by_mistake(account: Account) -> None:
    plan = watched(account)
    for kind in (iam.AccountPasswordPolicy, s3.AccountPublicAccessBlock, iam.ServiceLinkedRole):
        assert the(plan, kind).options.protect is account.protect


def test_what_only_the_paying_account_can_do_is_not_tried_and_nothing_is_paid_by_the_gigabyte() -> None:
    plan = watched()
    assert every(plan, costexplorer.CostAllocationTag) == []
    assert every(plan, macie2.Account) == []
