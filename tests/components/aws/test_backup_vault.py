"""What a vault promises: nobody takes a backup away before its time, and a lock that fits what is kept."""

from __future__ import annotations

from functools import cache
from typing import Final

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_aws import backup

from components.aws.backup_vault import CONTINUOUS_DAYS, BackupVault, BackupVaultArgs, Retention
from components.naming import Naming
from components.providers import aws_provider
from plan.resource import Plan, Resource
from tests.components.aws.kit import ACCOUNT, REGION, deploy
from tests.components.aws.support_data import document
from tests.components.kit import every, said, sources

OTHER: Final = "us-west-2"
RETENTION: Final = Retention(days=40, monthly_days=365)
ON_EVERY_VAULT: Final = (backup.VaultLockConfiguration, backup.VaultPolicy, backup.VaultNotifications)


def key(region: str) -> str:
    """The ARN of a region's key of the data."""
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/data"


def topic(region: str) -> str:
    """The ARN of a region's topic."""
    return f"arn:aws:sns:{region}:{ACCOUNT}:alerts"


@cache
def vaults(*, protect: bool = True) -> Plan:
    """A vault in each of two regions."""

    def program(opts: pulumi.ResourceOptions) -> None:
        there = pulumi.ResourceOptions(provider=aws_provider("aws-dr", account=ACCOUNT, region=OTHER))
        for name, region, where in (("vault", REGION, opts), ("vault-dr", OTHER, there)):
            args = BackupVaultArgs(
                naming=Naming("prod"),
                key_arn=key(region),
                retention=RETENTION,
                topic_arn=topic(region),
                protect=protect,
            )
            BackupVault(name, args, where)

    return deploy(program)


def region_of(plan: Plan, resource: Resource) -> str:
    """Where the resource's provider makes it."""
    return str(said(plan[resource.provider], "region"))


def test_nobody_deletes_a_backup_or_the_vault_root_included() -> None:
    for one in every(vaults(), backup.VaultPolicy):
        (deny,) = document(vaults(), backup.VaultPolicy, one.name)
        assert (deny["Effect"], deny["Principal"], deny["Resource"]) == ("Deny", "*", "*")
        assert "Condition" not in deny
        assert {
            "backup:DeleteBackupVault",
            "backup:DeleteRecoveryPoint",
            "backup:PutBackupVaultAccessPolicy",
            "backup:UpdateRecoveryPointLifecycle",
        } <= set(deny["Action"])
        assert not any("*" in action for action in deny["Action"]), "AWS takes no wildcard here"


def test_a_vaults_policy_can_still_be_mended() -> None:
    """It denies its own change in place; to take it away and make another is left open."""
    for one in every(vaults(), backup.VaultPolicy):
        (deny,) = document(vaults(), backup.VaultPolicy, one.name)
        assert "backup:DeleteBackupVaultAccessPolicy" not in deny["Action"]
        assert one.options.delete_before_replace is True
        assert list(one.options.replace_on_changes) == ["policy"]


@pytest.mark.parametrize(("protect", "grace"), [(False, None), (True, 3)])
def test_where_data_counts_the_lock_closes_for_ever_after_three_days_elsewhere_it_can_be_opened(
    *, protect: bool, grace: int | None
) -> None:
    locks = every(vaults(protect=protect), backup.VaultLockConfiguration)
    assert {said(one, "changeableForDays") for one in locks} == {grace}
    assert {one.options.protect for one in locks} == {protect}


@pytest.mark.parametrize("kind", ON_EVERY_VAULT)
def test_every_vault_has_its_lock_its_policy_and_its_notices(kind: type[pulumi.Resource]) -> None:
    plan = vaults()
    each = {frozenset({one.name}) for one in every(plan, backup.Vault)}
    assert len(each) == 2
    assert {frozenset(sources(plan, one, "backupVaultName")) for one in every(plan, kind)} == each


@pytest.mark.parametrize("protect", [True, False])
def test_a_vault_is_under_its_regions_key_and_protected_where_data_counts(*, protect: bool) -> None:
    plan = vaults(protect=protect)
    for one in every(plan, backup.Vault):
        assert said(one, "kmsKeyArn") == key(region_of(plan, one))
        assert one.options.protect is protect
        assert said(one, "forceDestroy") is not protect


def test_a_vaults_region_hears_of_it_and_nobody_waits_for_what_aws_no_longer_sends() -> None:
    for one in every(vaults(), backup.VaultNotifications):
        assert said(one, "snsTopicArn") == topic(region_of(vaults(), one))
        listed = said(one, "backupVaultEvents")
        assert isinstance(listed, list)
        events = set(map(str, listed))
        assert {"COPY_JOB_FAILED", "RECOVERY_POINT_MODIFIED", "RESTORE_JOB_COMPLETED"} <= events
        assert not {"BACKUP_JOB_FAILED", "BACKUP_JOB_EXPIRED", "RESTORE_JOB_FAILED"} & events


def test_the_lock_says_the_shortest_and_the_longest_that_is_kept() -> None:
    for one in every(vaults(), backup.VaultLockConfiguration):
        assert said(one, "minRetentionDays") == CONTINUOUS_DAYS
        assert said(one, "maxRetentionDays") == RETENTION.monthly_days


@given(days=st.integers(1, 400), monthly=st.none() | st.integers(1, 3650))
def test_no_vault_refuses_what_is_kept_and_nothing_is_kept_for_ever(days: int, monthly: int | None) -> None:
    retention = Retention(days=days, monthly_days=monthly)
    kept = [retention.continuous_days, days, *([monthly] if monthly else [])]
    assert (min(kept), max(kept)) == (retention.shortest, retention.longest)
    assert retention.continuous_days <= CONTINUOUS_DAYS == 35
