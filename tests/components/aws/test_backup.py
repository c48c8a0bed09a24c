"""What backups promise: daily, out of reach of whoever means harm, in two regions, and proved every week."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final

import pulumi
import pytest
from pulumi_aws import backup, cloudwatch, iam

from components.aws.backup import Backup, BackupArgs
from components.aws.backup_vault import BACKED_UP, BackupVault, BackupVaultArgs, Retention
from components.aws.database import BACKUP_WINDOW, MAINTENANCE_WINDOW
from components.naming import LIMITS, Naming
from components.providers import aws_provider
from plan.resource import Plan, Resource
from tests.components.aws.kit import ACCOUNT, REGION, TAGS, deploy
from tests.components.aws.support_data import address, document
from tests.components.kit import before, every, said, sources, the

OTHER: Final = "us-west-2"
DEV: Final = Retention(days=7)
PROD: Final = Retention(days=40, monthly_days=365)
"""Longer than a continuous backup can be, so that the two are told apart."""
SHAPES: Final = (DEV, PROD)
SUBNETS: Final = "trading-dev-orders"


def key(region: str) -> str:
    """The ARN of a region's key of the data."""
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/data"


def topic(region: str) -> str:
    """The ARN of a region's topic."""
    return f"arn:aws:sns:{region}:{ACCOUNT}:alerts"


@cache
def kept(retention: Retention) -> Plan:
    """Backups as dev has them, in one region, and as prod has them, in two."""
    whole = retention is PROD

    def vault(name: str, region: str, opts: pulumi.ResourceOptions) -> BackupVault:
        args = BackupVaultArgs(
            naming=Naming(TAGS.environment),
            key_arn=key(region),
            retention=retention,
            topic_arn=topic(region),
            protect=whole,
        )
        return BackupVault(name, args, opts)

    def program(opts: pulumi.ResourceOptions) -> None:
        here = vault("vault", REGION, opts)
        copy = None
        if whole:
            there = aws_provider("aws-dr", account=ACCOUNT, region=OTHER)
            copy = vault("vault-dr", OTHER, pulumi.ResourceOptions(provider=there))
        args = BackupArgs(
            naming=Naming(TAGS.environment),
            account=ACCOUNT,
            region=REGION,
            vault_name=here.vault_name,
            vault_arn=here.vault_arn,
            copy_vault_arn=copy.vault_arn if copy else None,
            retention=retention,
            restore_subnet_group=SUBNETS if whole else None,
            topic_arn=topic(REGION),
        )
        Backup("backup", args, opts)

    return deploy(program)


def rules(retention: Retention, kind: str) -> dict[str, dict[str, Any]]:
    """A plan's rules by name."""
    found = said(the(kept(retention), backup.Plan, f"backup-{kind}"), "rules")
    assert isinstance(found, list)
    return {str(one["ruleName"]): one for one in found if isinstance(one, dict)}


def every_rule(retention: Retention) -> list[dict[str, Any]]:
    """The rules of both plans."""
    return [one for kind in ("databases", "objects") for one in rules(retention, kind).values()]


def selection(kind: str) -> Resource:
    """What a plan takes."""
    return the(kept(PROD), backup.Selection, f"backup-{kind}")


def patterns(kind: str) -> list[str]:
    """The ARNs that a plan looks among."""
    found = said(selection(kind), "resources")
    assert isinstance(found, list)
    return [str(one) for one in found]


def minutes(clock: str) -> int:
    """Minutes after midnight, UTC."""
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


@pytest.mark.parametrize("retention", SHAPES)
def test_the_lock_lets_in_what_the_plans_keep_and_what_they_copy(retention: Retention) -> None:
    for lock in every(kept(retention), backup.VaultLockConfiguration):
        low, high = (int(str(said(lock, f"{end}RetentionDays"))) for end in ("min", "max"))
        for rule in every_rule(retention):
            for cycle in (rule["lifecycle"], *(one["lifecycle"] for one in rule.get("copyActions", []))):
                assert low <= cycle["deleteAfter"] <= high


@pytest.mark.parametrize("retention", SHAPES)
def test_a_backup_begins_in_the_window_in_which_nobody_trades(retention: Retention) -> None:
    begin, end = (minutes(clock) for clock in BACKUP_WINDOW.split("-"))
    for rule in every_rule(retention):
        found = re.fullmatch(r"cron\((\d+) (\d+) (\*|1) \* \? \*\)", rule["schedule"])
        assert found, rule["schedule"]
        start = int(found[2]) * 60 + int(found[1])
        assert begin <= start
        assert start + rule["startWindow"] <= end
        assert rule["startWindow"] >= 60, "AWS takes no less"
        assert rule["completionWindow"] >= rule["startWindow"] + 60


def test_dev_keeps_daily_backups_and_prod_monthly_ones_too() -> None:
    assert set(rules(DEV, "databases")) == set(rules(DEV, "objects")) == {"daily"}
    assert set(rules(PROD, "databases")) == set(rules(PROD, "objects")) == {"daily", "monthly"}
    assert rules(PROD, "databases")["daily"]["lifecycle"]["deleteAfter"] == PROD.days
    assert rules(PROD, "databases")["monthly"]["lifecycle"]["deleteAfter"] == PROD.monthly_days


def test_every_backup_of_prod_has_a_copy_in_the_other_region_for_as_long_as_its_kind_is_kept() -> None:
    there = the(kept(PROD), backup.Vault, "vault-dr-vault").outputs["arn"]
    for name, days in (("daily", PROD.days), ("monthly", PROD.monthly_days)):
        for kind in ("databases", "objects"):
            assert rules(PROD, kind)[name]["copyActions"] == [
                {"destinationVaultArn": there, "lifecycle": {"deleteAfter": days}}
            ]
    assert not any("copyActions" in rule for rule in every_rule(DEV))


@pytest.mark.parametrize("retention", SHAPES)
def test_aws_backup_does_not_rule_the_databases_own_recovery(retention: Retention) -> None:
    """RDS would refuse the cluster's retention and window from the first continuous backup on."""
    assert not any(one.get("enableContinuousBackup") for one in rules(retention, "databases").values())
    assert not any("rds" in pattern for pattern in patterns("objects"))


@pytest.mark.parametrize("retention", SHAPES)
def test_the_bucket_can_be_had_back_as_it_was_at_any_second_for_as_long_as_aws_can(
    retention: Retention,
) -> None:
    daily = rules(retention, "objects")["daily"]
    assert daily["enableContinuousBackup"] is True
    assert daily["lifecycle"] == {"deleteAfter": min(retention.days, 35)}


def test_monthly_backups_get_cold_and_stay_so_for_the_quarter_that_aws_charges() -> None:
    cycle = rules(PROD, "databases")["monthly"]["lifecycle"]
    assert cycle["deleteAfter"] - cycle["coldStorageAfter"] >= 90
    assert cycle["optInToArchiveForSupportedResources"] is True
    assert not any("coldStorageAfter" in one["lifecycle"] for one in every_rule(DEV))


@pytest.mark.parametrize(("days", "cold"), [(119, False), (120, True)])
def test_what_is_gone_before_the_quarter_is_over_never_gets_cold(days: int, *, cold: bool) -> None:
    retention = Retention(days=7, monthly_days=days)
    cycle = rules(retention, "databases")["monthly"]["lifecycle"]
    assert ("coldStorageAfter" in cycle) is cold


@pytest.mark.parametrize("kind", ["databases", "objects"])
def test_only_what_asks_for_it_in_this_environment_is_taken(kind: str) -> None:
    asked = {**BACKED_UP, "environment": TAGS.as_map()["environment"]}
    assert said(selection(kind), "conditions") == [
        {
            "stringEquals": [
                {"key": f"aws:ResourceTag/{name}", "value": value} for name, value in asked.items()
            ]
        }
    ], "conditions must all hold; of selection tags one would be enough"
    assert said(selection(kind), "selectionTags") is None


def test_clusters_and_volumes_of_this_account_are_taken_and_buckets() -> None:
    taken = {
        "databases": (
            f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:trading-prod-orders",
            f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-0123456789abcdef0",
        ),
        "objects": ("arn:aws:s3:::trading-prod-data",),
    }
    for kind, arns in taken.items():
        for arn in arns:
            assert any(fnmatchcase(arn, pattern) for pattern in patterns(kind)), arn


def test_no_resource_is_in_two_plans() -> None:
    assert not set(patterns("databases")) & set(patterns("objects"))
    services = {kind: {one.split(":")[2] for one in patterns(kind)} for kind in ("databases", "objects")}
    assert services == {"databases": {"rds", "ec2"}, "objects": {"s3"}}


def test_the_types_are_opted_in_or_aws_passes_them_over_in_silence() -> None:
    found = the(kept(PROD), backup.RegionSettings)
    assert said(found, "resourceTypeOptInPreference") == {"Aurora": True, "EBS": True, "S3": True}
    assert list(found.options.ignore_changes) == ["resourceTypeOptInPreference"], "AWS answers all its types"


@pytest.mark.parametrize(
    ("purpose", "words"), [("backup", ("ForBackup", "S3Backup")), ("restore", ("ForRestores", "S3Restore"))]
)
def test_who_takes_backups_cannot_restore_and_who_restores_cannot_take_them(
    purpose: str, words: tuple[str, str]
) -> None:
    plan = kept(PROD)
    held = [
        str(said(one, "policyArn"))
        for one in every(plan, iam.RolePolicyAttachment)
        if sources(plan, one, "role") == {f"backup-{purpose}"}
    ]
    assert len(held) == 2
    for word in words:
        assert any(arn.startswith("arn:aws:iam::aws:policy/") and arn.endswith(word) for arn in held)


@pytest.mark.parametrize("purpose", ["backup", "restore"])
def test_aws_backup_takes_a_role_for_this_account_alone_wherever_it_says_for_whom(purpose: str) -> None:
    (trust,) = document(kept(PROD), iam.Role, f"backup-{purpose}")
    assert trust["Principal"] == {"Service": "backup.amazonaws.com"}
    assert trust["Condition"] == {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}
    assert REGION in str(said(the(kept(PROD), iam.Role, f"backup-{purpose}"), "name"))


@pytest.mark.parametrize("kind", ["databases", "objects"])
def test_nothing_is_taken_by_a_role_that_may_do_nothing_yet(kind: str) -> None:
    rights = {address(iam.RolePolicyAttachment, f"backup-backup-{one}") for one in ("databases", "objects")}
    assert sources(kept(PROD), selection(kind), "iamRoleArn") == {"backup-backup"}
    assert rights <= before(kept(PROD), selection(kind))


@pytest.mark.parametrize("retention", SHAPES)
def test_whoever_restores_at_night_finds_the_role_for_it(retention: Retention) -> None:
    (part,) = kept(retention).of_type("trading-platform:aws:Backup")
    assert part.outputs == {
        "restore_role_arn": the(kept(retention), iam.Role, "backup-restore").outputs["arn"]
    }


def test_in_prod_the_database_is_restored_every_week_when_nobody_trades_and_nobody_maintains_it() -> None:
    plan = the(kept(PROD), backup.RestoreTestingPlan)
    found = re.fullmatch(r"cron\((\d+) (\d+) \? \* SAT \*\)", str(said(plan, "scheduleExpression")))
    assert found
    day, _, end = MAINTENANCE_WINDOW.partition("-")[2].partition(":")
    assert day == "sat"
    assert int(found[2]) * 60 + int(found[1]) >= minutes(end)
    assert said(plan, "recoveryPointSelection", "includeVaults") == [
        the(kept(PROD), backup.Vault, "vault-vault").outputs["arn"]
    ]
    assert said(plan, "recoveryPointSelection", "recoveryPointTypes") == ["SNAPSHOT"]
    assert not every(kept(DEV), backup.RestoreTestingPlan)
    assert not every(kept(DEV), backup.RestoreTestingSelection)


def test_the_restored_database_is_put_where_no_route_leads_out() -> None:
    """AWS would look for a default network, and the test would fail in an account without one."""
    test = the(kept(PROD), backup.RestoreTestingSelection)
    assert said(test, "protectedResourceType") == "Aurora"
    assert said(test, "restoreMetadataOverrides") == {"dbSubnetGroupName": SUBNETS}
    assert sources(kept(PROD), test, "restoreTestingPlanName") == {"backup-proof"}
    assert sources(kept(PROD), test, "iamRoleArn") == {"backup-restore"}
    assert address(iam.RolePolicyAttachment, "backup-restore-databases") in before(kept(PROD), test)


def test_aws_takes_the_names_which_are_not_all_of_one_kind() -> None:
    for one in every(kept(PROD), backup.RestoreTestingPlan) + every(
        kept(PROD), backup.RestoreTestingSelection
    ):
        assert re.fullmatch(rf"[0-9A-Za-z_]{{1,{LIMITS['restore-test']}}}", str(said(one, "name")))
    for one in every(kept(PROD), backup.Vault) + every(kept(PROD), backup.Plan):
        assert re.fullmatch(r"[0-9A-Za-z-]{2,50}", str(said(one, "name")))


def test_somebody_hears_of_a_backup_that_failed_and_of_one_that_was_never_made() -> None:
    failed, missing = (
        the(kept(PROD), cloudwatch.MetricAlarm, f"backup-{name}") for name in ("failed", "missing")
    )
    for one in (failed, missing):
        assert said(one, "namespace") == "AWS/Backup"
        assert said(one, "dimensions") == {
            "BackupVaultName": said(the(kept(PROD), backup.Vault, "vault-vault"), "name")
        }
        assert said(one, "alarmActions") == [topic(REGION)]
    assert said(failed, "metricName") == "NumberOfBackupJobsFailed"
    assert said(failed, "comparisonOperator") == "GreaterThanThreshold"
    assert said(missing, "metricName") == "NumberOfBackupJobsCompleted"
    assert said(missing, "comparisonOperator") == "LessThanThreshold"
    assert said(missing, "treatMissingData") == "breaching", "a plan that finds nothing publishes nothing"
