from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi import ResourceOptions

from components.contracts import BackupStore
from components.k8s.backup import LAST_SUCCESS, OLDEST, Backup, BackupArgs
from plan.resource import Plan
from tests.components.k8s.support import LABELS, deploy, the

PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 7 * 86400}


def planned(twin: str | None = "clusters/twin") -> Plan:
    def room(provider: pulumi.ProviderResource) -> None:
        store = BackupStore(
            provider="aws",
            bucket=pulumi.Output.from_input("backups"),
            prefix="clusters/ours",
            twin_prefix=twin,
            config={"region": "us-east-1"},
            plugin="example/plugin:v1",
        )
        Backup("backup", BackupArgs(labels=LABELS, store=store), ResourceOptions(provider=provider))

    return deploy(room)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned()


def template(plan: Plan, schedule: str) -> dict[str, Any]:
    return the(plan, "Schedule", f"backup-{schedule}")["spec"]["template"]


def hours(ttl: str) -> int:
    return int(ttl.partition("h")[0])


def test_each_day_is_kept_for_thirty_days(plan: Plan) -> None:
    daily = template(plan, "daily")
    assert hours(daily["ttl"]) == 30 * 24
    assert "CRON_TZ=UTC" in the(plan, "Schedule", "backup-daily")["spec"]["schedule"]


def test_a_volume_outlives_its_disk(plan: Plan) -> None:
    daily = template(plan, "daily")
    assert daily["snapshotVolumes"] is daily["snapshotMoveData"] is True
    assert "trading" in daily["includedNamespaces"]


def test_secrets_are_in_no_backup(plan: Plan) -> None:
    for schedule in PERIODS:
        assert "secrets" in template(plan, schedule)["excludedResources"], schedule


def test_what_a_controller_makes_is_left_to_it(plan: Plan) -> None:
    for schedule in PERIODS:
        left_out = template(plan, schedule)["excludedResources"]
        assert {"horizontalpodautoscalers.autoscaling", "leases.coordination.k8s.io"} <= set(left_out)


def test_the_disks_of_the_logs_are_not_taken_for_a_backup_of_them(plan: Plan) -> None:
    for schedule in PERIODS:
        found = template(plan, schedule)
        assert "logging" not in found["includedNamespaces"]
        assert found["snapshotVolumes"] is (schedule == "daily")


def test_what_happens_often_is_kept_for_less_long(plan: Plan) -> None:
    assert hours(template(plan, "hourly")["ttl"]) < hours(template(plan, "daily")["ttl"])
    assert template(plan, "hourly")["includedNamespaces"] == ["trading"]


def test_backups_stay_when_their_schedule_goes(plan: Plan) -> None:
    for schedule in PERIODS:
        assert the(plan, "Schedule", f"backup-{schedule}")["spec"]["useOwnerReferencesInBackup"] is False


def test_every_schedule_writes_to_the_clusters_own_folder(plan: Plan) -> None:
    own = the(plan, "BackupStorageLocation", "backup-default-store")["spec"]
    assert own["objectStorage"] == {"bucket": "backups", "prefix": "clusters/ours"}
    assert own["default"] is True
    assert {template(plan, schedule)["storageLocation"] for schedule in PERIODS} == {"default"}


def test_the_other_regions_backups_can_be_read_and_not_written(plan: Plan) -> None:
    twin = the(plan, "BackupStorageLocation", "backup-twin-store")["spec"]
    assert twin["accessMode"] == "ReadOnly"
    assert twin["objectStorage"]["prefix"] == "clusters/twin"
    assert twin["default"] is False
    assert len(planned(twin=None).of_type("kubernetes:velero.io/v1:BackupStorageLocation")) == 1


def test_a_backup_is_missing_soon_after_it_should_have_been_there(plan: Plan) -> None:
    schedules = {one.name for one in plan.of_type("kubernetes:velero.io/v1:Schedule")}
    assert schedules == {f"backup-{name}" for name in OLDEST}
    for name, oldest in OLDEST.items():
        assert PERIODS[name] < oldest <= 3 * PERIODS[name]
    assert LAST_SUCCESS == "velero_backup_last_successful_timestamp"
