"""What the cluster's backups promise: whole, daily, in the other region, under a lock, and restorable."""

from __future__ import annotations

from typing import Any, Final

import pytest
from pulumi_gcp import gkebackup, monitoring

from plan.resource import Resource
from tests.components.gcp.kit import ELSEWHERE, REGION, key
from tests.components.gcp.support_backup import DEV, PROD, SHAPES, Shape, channels, cluster, kept
from tests.components.kit import every, said, sources, the

OTHER: Final = {REGION: ELSEWHERE, ELSEWHERE: REGION}


def backup_plan(kind: str, region: str = REGION, shape: Shape = PROD) -> Resource:
    return the(kept(shape), gkebackup.BackupPlan, f"backup-{region}-{kind}")


@pytest.mark.parametrize("region", OTHER)
@pytest.mark.parametrize("kind", ["daily", "monthly"])
def test_backups_of_a_regions_cluster_are_in_the_other_region_under_its_key(region: str, kind: str) -> None:
    found = backup_plan(kind, region)
    assert said(found, "cluster") == cluster(region)
    assert said(found, "location") == OTHER[region]
    assert said(found, "backupConfig", "encryptionKey", "gcpKmsEncryptionKey") == key(
        "data", OTHER[region]
    ), "Google takes only a key of the backups' own region"


def test_without_another_region_they_are_in_this_one() -> None:
    found = backup_plan("daily", shape=DEV)
    assert said(found, "location") == REGION
    assert said(found, "backupConfig", "encryptionKey", "gcpKmsEncryptionKey") == key("data", REGION)


@pytest.mark.parametrize("shape", SHAPES)
def test_everything_in_the_cluster_is_kept_secrets_and_volumes_too(shape: Shape) -> None:
    for one in every(kept(shape), gkebackup.BackupPlan):
        for what in ("allNamespaces", "includeSecrets", "includeVolumeData"):
            assert said(one, "backupConfig", what) is True, what


def test_dev_keeps_daily_backups_and_prod_monthly_ones_too() -> None:
    assert {one.name for one in every(kept(DEV), gkebackup.BackupPlan)} == {f"backup-{REGION}-daily"}
    assert len(every(kept(PROD), gkebackup.BackupPlan)) == 4
    daily, monthly = (
        str(said(backup_plan(kind), "backupSchedule", "cronSchedule")).split()
        for kind in ("daily", "monthly")
    )
    assert daily[2:] == ["*", "*", "*"]
    assert monthly[2:] == ["1", "*", "*"]
    assert daily[1] != monthly[1], "two backups of a cluster at a time are refused"


def test_backups_are_kept_as_long_as_the_settings_say_and_google_takes() -> None:
    days = {
        kind: said(backup_plan(kind), "retentionPolicy", "backupRetainDays") for kind in ("daily", "monthly")
    }
    assert days == {"daily": PROD.retention.days, "monthly": 365}
    assert said(backup_plan("daily", shape=DEV), "retentionPolicy", "backupRetainDays") == DEV.retention.days


def test_where_data_counts_nobody_deletes_a_backup_early_and_no_lock_opens_again() -> None:
    for kind, lock in (("daily", PROD.retention.days), ("monthly", 90)):
        policy: Any = said(backup_plan(kind), "retentionPolicy")
        assert (policy["backupDeleteLockDays"], policy["locked"]) == (lock, True)
    policy = said(backup_plan("daily", shape=DEV), "retentionPolicy")
    assert (policy["backupDeleteLockDays"], policy["locked"]) == (0, False)


@pytest.mark.parametrize("shape", SHAPES)
def test_in_prod_no_plan_can_be_taken_away(shape: Shape) -> None:
    assert {one.options.protect for one in every(kept(shape), gkebackup.BackupPlan)} == {shape.protect}


@pytest.mark.parametrize("region", OTHER)
def test_what_a_region_had_can_be_restored_into_the_other_ones_cluster(region: str) -> None:
    found = the(kept(PROD), gkebackup.RestorePlan, f"backup-{region}-proof")
    assert sources(kept(PROD), found, "backupPlan") == {f"backup-{region}-daily"}
    assert said(found, "cluster") == cluster(OTHER[region])
    assert said(found, "location") == OTHER[region], "Google takes only the target's own region"


def test_a_restore_adds_what_is_missing_and_touches_nothing_that_runs() -> None:
    config: Any = said(the(kept(PROD), gkebackup.RestorePlan, f"backup-{REGION}-proof"), "restoreConfig")
    assert config["namespacedResourceRestoreMode"] == "MERGE_SKIP_ON_CONFLICT"
    assert config["clusterResourceRestoreScope"] == {"noGroupKinds": True}
    assert config["volumeDataRestorePolicy"] == "RESTORE_VOLUME_DATA_FROM_BACKUP"
    assert "kube-system" in config["excludedNamespaces"]["namespaces"]
    assert not {"allNamespaces", "selectedNamespaces"} & set(config), "Google takes one scope"


def test_where_nothing_is_proved_there_is_no_restore_plan() -> None:
    assert not every(kept(DEV), gkebackup.RestorePlan)


@pytest.mark.parametrize("kind", ["daily", "monthly"])
def test_somebody_hears_of_a_backup_that_failed(kind: str) -> None:
    alarm = the(kept(PROD), monitoring.AlertPolicy, f"backup-{REGION}-{kind}-failed")
    condition: Any = said(alarm, "conditions", 0, "conditionThreshold")
    for part in (
        'metric.type = "gkebackup.googleapis.com/backup_completion_times"',
        'resource.type = "gkebackup.googleapis.com/BackupPlan"',
        f'resource.labels.backup_plan_id = "{said(backup_plan(kind), "name")}"',
        f'resource.labels.location = "{ELSEWHERE}"',
        'metric.labels.state = "FAILED"',
    ):
        assert part in condition["filter"]
    assert condition["aggregations"][0]["perSeriesAligner"] == "ALIGN_PERCENTILE_99", (
        "the metric is a distribution of changes: Google refuses to count or to add it"
    )
    assert (condition["comparison"], condition["thresholdValue"]) == ("COMPARISON_GT", 0)
    assert said(alarm, "notificationChannels") == channels(REGION)


def test_somebody_hears_of_days_without_a_backup() -> None:
    alarm = the(kept(PROD), monitoring.AlertPolicy, f"backup-{REGION}-daily-missing")
    condition: Any = said(alarm, "conditions", 0, "conditionPrometheusQueryLanguage")
    assert "gkebackup_googleapis_com:backup_created_count{" in condition["query"]
    assert f'backup_plan_id="{said(backup_plan("daily"), "name")}"' in condition["query"]


@pytest.mark.parametrize("shape", SHAPES)
def test_no_name_is_given_twice_in_the_project(shape: Shape) -> None:
    for kind in (gkebackup.BackupPlan, gkebackup.RestorePlan):
        names = [said(one, "name") for one in every(kept(shape), kind)]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("shape", SHAPES)
def test_whoever_restores_at_night_finds_the_plans(shape: Shape) -> None:
    for part in kept(shape).of_type("trading-platform:gcp:Backup"):
        plans = {
            kind: the(kept(shape), gkebackup.BackupPlan, f"{part.name}-{kind}").id
            for kind in shape.retention.kinds
        }
        assert part.outputs == {"plan_ids": plans}
