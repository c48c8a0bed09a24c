"""What the database promises: one way in, no password, nothing lost, and no surprise while markets trade."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from pulumi_gcp import compute, dns, sql

from components.gcp.database import RESTORED
from components.gcp.database_settings import BACKUP_START, FLAGS, FREEZE, Machine
from plan.resource import Plan, Resource
from plan.value import Value
from tests.components.gcp.kit import NUMBER, PROJECT, REGION, TAGS, key
from tests.components.gcp.support_database import (
    ADMINS,
    BACKUP_DAYS,
    BACKUPS,
    DISK_GIB,
    NETWORK,
    PLUS,
    SMALL,
    USERS,
    Recorded,
    alone,
    args,
    instance,
    pair,
    subnet,
)
from tests.components.kit import before, every, said, sources, the, token
from tests.support import values

Shape = Callable[[], Recorded]


def large() -> Recorded:
    """A standby and three readers, without a second region."""
    return alone(PLUS, 5, protect=True)


SHAPES: tuple[Shape, ...] = (alone, large, pair)


def setting(found: Resource, *path: str | int) -> object:
    """What an instance is told at a path of its settings."""
    return said(found, "settings", *path)


def originals(plan: Plan) -> list[Resource]:
    """The instances that are born as primaries."""
    return [one for one in every(plan, sql.DatabaseInstance) if "masterInstanceName" not in one.inputs]


def flags(found: Resource) -> dict[str, str]:
    """Values by flag."""
    told = setting(found, "databaseFlags")
    assert isinstance(told, list)
    return {str(one["name"]): str(one["value"]) for one in told if isinstance(one, dict)}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_instance_has_an_address_of_its_own_and_only_this_project_may_come(shape: Shape) -> None:
    for one in every(shape().plan, sql.DatabaseInstance):
        assert setting(one, "ipConfiguration", "ipv4Enabled") is False
        assert setting(one, "ipConfiguration", "privateNetwork") is None
        assert setting(one, "ipConfiguration", "authorizedNetworks") is None
        assert setting(one, "ipConfiguration", "pscConfigs") == [
            {"pscEnabled": True, "allowedConsumerProjects": [PROJECT], "pscAutoDnsEnabled": False}
        ]


@pytest.mark.parametrize("shape", SHAPES)
def test_each_instance_has_its_own_door_in_its_regions_subnet_and_one_zone_names_them(
    shape: Shape,
) -> None:
    plan = shape().plan
    doors = every(plan, compute.ForwardingRule)
    assert {next(iter(sources(plan, one, "target"))) for one in doors} == {
        one.name for one in every(plan, sql.DatabaseInstance)
    }
    for one in every(plan, compute.Address):
        regions = [region for region in (REGION, "us-east1") if str(said(one, "name")).endswith(region)]
        assert [said(one, "subnetwork")] == [subnet(region) for region in regions]
    assert {said(one, "network") for one in doors} == {NETWORK}
    zones = [said(one, "dnsName") for one in every(plan, dns.ManagedZone)]
    assert len(zones) == len(set(zones)), "a network has no two zones of one name"


def test_the_name_that_services_are_told_is_the_one_that_the_certificate_is_valid_for() -> None:
    plan = large().plan
    (part,) = plan.of_type("trading-platform:gcp:Database")
    for output, name in (("endpoint", "alone-instance"), ("reader_endpoint", "alone-readers")):
        host = the(plan, sql.DatabaseInstance, name).outputs["dnsName"]
        assert f"{part.outputs[output]}." == host
    assert part.outputs["endpoint"] != part.outputs["reader_endpoint"]


def test_without_readers_the_instance_itself_is_read() -> None:
    (part,) = alone().plan.of_type("trading-platform:gcp:Database")
    assert part.outputs["reader_endpoint"] == part.outputs["endpoint"]


def test_the_outside_learns_what_identity_policies_and_switchovers_call_it() -> None:
    (part,) = large().plan.of_type("trading-platform:gcp:Database")
    name = said(instance(large().plan, "alone"), "name")
    assert part.outputs["resource_id"] == f"projects/{PROJECT}/instances/{name}"
    assert part.outputs["instance_name"] == name
    assert (
        part.outputs["agent_email"] == instance(large().plan, "alone").outputs["serviceAccountEmailAddress"]
    )
    assert part.outputs["port"] == 5432
    assert part.outputs["database_name"] == said(the(large().plan, sql.Database), "name")


@pytest.mark.parametrize("shape", SHAPES)
def test_without_tls_nobody_speaks_to_it_and_the_certificate_names_it(shape: Shape) -> None:
    for one in every(shape().plan, sql.DatabaseInstance):
        assert setting(one, "ipConfiguration", "sslMode") == "ENCRYPTED_ONLY"
        assert setting(one, "ipConfiguration", "serverCaMode") == "GOOGLE_MANAGED_CAS_CA"
        assert (
            setting(one, "ipConfiguration", "serverCertificateRotationMode")
            == "AUTOMATIC_ROTATION_DURING_MAINTENANCE"
        )


@pytest.mark.parametrize("shape", SHAPES)
def test_no_password_goes_in_or_comes_out(shape: Shape) -> None:
    def passwords(found: dict[str, Value]) -> list[str]:
        return [
            path
            for path, value in values(found)
            if re.search("password", path, re.IGNORECASE)
            and "passwordValidationPolicy" not in path
            and not path.startswith("passwordPolicy")
            and value not in {None, ""}
        ]

    for one in shape().plan:
        assert not passwords(dict(one.inputs)), one.name
        assert not passwords(dict(one.outputs)), one.name


@pytest.mark.parametrize("shape", SHAPES)
def test_services_log_in_by_their_identity_and_directly(shape: Shape) -> None:
    for one in every(shape().plan, sql.DatabaseInstance):
        assert flags(one)["cloudsql.iam_authentication"] == "on"
        assert setting(one, "connectorEnforcement") == "NOT_REQUIRED"
        assert setting(one, "dataApiAccess") == "DISALLOW_DATA_API"
    services = [
        one for one in every(shape().plan, sql.User) if said(one, "type") == "CLOUD_IAM_SERVICE_ACCOUNT"
    ]
    assert sorted(str(said(one, "name")) for one in services) == sorted(USERS.values())
    assert not any("databaseRoles" in one.inputs for one in services), "a service has the rights it is given"


def test_the_people_who_give_rights_are_a_group_and_nobody_is_called_by_a_password() -> None:
    people = [one for one in every(alone().plan, sql.User) if "databaseRoles" in one.inputs]
    assert [said(one, "name") for one in people] == list(ADMINS)
    assert {said(one, "type") for one in people} == {"CLOUD_IAM_GROUP"}
    assert not [one for one in every(alone().plan, sql.User) if said(one, "type") in {None, "BUILT_IN"}]


@pytest.mark.parametrize("shape", SHAPES)
def test_users_and_database_belong_to_the_original_and_stay_when_they_are_not_said_any_more(
    shape: Shape,
) -> None:
    """A copy takes no user and lets none go; PostgreSQL lets none go who owns something."""
    (original,) = originals(shape().plan)
    for one in (*every(shape().plan, sql.User), the(shape().plan, sql.Database)):
        assert sources(shape().plan, one, "instance") == {original.name}
        assert said(one, "deletionPolicy") == "ABANDON"


@pytest.mark.parametrize("shape", SHAPES)
def test_who_came_and_who_changed_tables_or_rights_is_in_the_log(shape: Shape) -> None:
    for one in every(shape().plan, sql.DatabaseInstance):
        found = flags(one)
        assert found["cloudsql.enable_pgaudit"] == "on"
        assert found["pgaudit.log"] == "ddl,role"
        assert found["log_connections"] == found["log_disconnections"] == "on"
        assert found["log_statement"] == "ddl"
        assert found["log_min_duration_statement"] == "-1", "the text of slow queries holds customers' data"
        assert len(found) == len(FLAGS) + 1


def test_everything_is_under_the_key_of_its_own_region() -> None:
    for shape in SHAPES:
        for one in every(shape().plan, sql.DatabaseInstance):
            region = "us-east1" if one.name.startswith("dr-") else REGION
            assert said(one, "encryptionKeyName") == key("data", region)


def test_the_edition_is_the_machines() -> None:
    assert setting(instance(alone().plan, "alone"), "edition") == "ENTERPRISE"
    assert setting(instance(large().plan, "alone"), "edition") == "ENTERPRISE_PLUS"
    with pytest.raises(ValueError, match="expected one of Enterprise Plus"):
        args(machine="db-c4a-highmem-4")
    with pytest.raises(ValueError, match="Enterprise Plus for readers"):
        args(machine=SMALL, instances=3)


def test_a_local_cache_of_reads_is_there_where_the_edition_has_one() -> None:
    assert setting(instance(alone().plan, "alone"), "dataCacheConfig") is None
    for one in every(pair().plan, sql.DatabaseInstance):
        assert setting(one, "dataCacheConfig", "dataCacheEnabled") is True


def test_one_instance_in_dev_then_a_standby_then_readers_behind_one_name() -> None:
    assert setting(instance(alone().plan, "alone"), "availabilityType") == "ZONAL"
    assert setting(instance(alone(SMALL, 2).plan, "alone"), "availabilityType") == "REGIONAL"
    assert len(every(alone(SMALL, 2).plan, sql.DatabaseInstance)) == 1
    pool = the(large().plan, sql.DatabaseInstance, "alone-readers")
    assert setting(instance(large().plan, "alone"), "availabilityType") == "REGIONAL"
    assert (said(pool, "instanceType"), said(pool, "nodeCount")) == ("READ_POOL_INSTANCE", 3)
    assert setting(pool, "availabilityType") is None, "its nodes are its availability"
    assert sources(large().plan, pool, "masterInstanceName") == {"alone-instance"}


def test_a_database_has_at_least_one_instance() -> None:
    with pytest.raises(ValueError, match="instances is 0"):
        args(instances=0)


@pytest.mark.parametrize("shape", [alone, large])
def test_whatever_grows_by_itself_is_no_wish_to_shrink(shape: Shape) -> None:
    """A smaller disk replaces the database."""
    for one in every(shape().plan, sql.DatabaseInstance):
        assert "settings.diskSize" in one.options.ignore_changes
        assert setting(one, "diskAutoresize") is True
        assert setting(one, "diskAutoresizeLimit") == 10 * DISK_GIB
    assert setting(instance(shape().plan, "alone"), "diskSize") == DISK_GIB


def test_a_copy_has_the_disk_that_its_original_has_grown_to() -> None:
    for one in every(pair().plan, sql.DatabaseInstance):
        assert (setting(one, "diskSize") is None) is ("masterInstanceName" in one.inputs)


@pytest.mark.parametrize("shape", SHAPES)
def test_after_a_standby_has_taken_over_nothing_is_wished_back(shape: Shape) -> None:
    for one in every(shape().plan, sql.DatabaseInstance):
        assert setting(one, "locationPreference") is None


@pytest.mark.parametrize("shape", SHAPES)
def test_in_prod_it_is_protected_three_times_in_dev_not_once(shape: Shape) -> None:
    protect = shape is not alone
    for one in every(shape().plan, sql.DatabaseInstance):
        assert one.options.protect is protect
        assert said(one, "deletionProtection") is protect
        assert setting(one, "deletionProtectionEnabled") is protect
    assert the(shape().plan, sql.Database).options.protect is protect


@pytest.mark.parametrize("shape", SHAPES)
def test_originals_are_backed_up_every_day_elsewhere_and_to_the_minute(shape: Shape) -> None:
    (original,) = originals(shape().plan)
    backups = ("backupConfiguration",)
    assert setting(original, *backups, "enabled") is True
    assert setting(original, *backups, "pointInTimeRecoveryEnabled") is True
    assert setting(original, *backups, "location") == BACKUPS
    assert setting(original, *backups, "backupRetentionSettings") == {
        "retainedBackups": BACKUP_DAYS,
        "retentionUnit": "COUNT",
    }
    assert setting(original, "retainBackupsOnDelete") is said(original, "deletionProtection")


def test_point_in_time_recovery_reaches_as_far_as_the_edition_lets_it() -> None:
    days = ("backupConfiguration", "transactionLogRetentionDays")
    assert setting(instance(large().plan, "alone"), *days) == BACKUP_DAYS
    assert setting(instance(alone().plan, "alone"), *days) == 7
    assert Machine(SMALL).log_days(3) == 3


def test_a_protected_database_leaves_a_last_backup_and_dev_leaves_none() -> None:
    assert setting(instance(large().plan, "alone"), "finalBackupConfig") == {
        "enabled": True,
        "retentionDays": 30,
    }
    assert setting(instance(alone().plan, "alone"), "finalBackupConfig") == {"enabled": False}


def test_backups_begin_after_new_york_closes() -> None:
    assert BACKUP_START >= "21:00"


@pytest.mark.parametrize("shape", SHAPES)
def test_maintenance_is_on_the_day_without_trading_late_and_never_at_the_end_of_the_year(
    shape: Shape,
) -> None:
    (original,) = originals(shape().plan)
    saturday = 6
    assert setting(original, "maintenanceWindow", "day") == saturday
    assert setting(original, "maintenanceWindow", "updateTrack") == "stable"
    assert setting(original, "denyMaintenancePeriod") == {
        "startDate": FREEZE[0],
        "endDate": FREEZE[1],
        "time": "00:00:00",
    }
    assert FREEZE[0] < FREEZE[1], "within one year: Google says nothing of a period across its end"


def test_nobody_who_has_a_password_has_a_weak_one() -> None:
    policy = setting(instance(alone().plan, "alone"), "passwordValidationPolicy")
    assert isinstance(policy, dict)
    assert policy["enablePasswordPolicy"] is True
    assert policy["complexity"] == "COMPLEXITY_DEFAULT"


@pytest.mark.parametrize("shape", SHAPES)
def test_it_carries_its_labels_where_google_looks_for_them(shape: Shape) -> None:
    for one in every(shape().plan, sql.DatabaseInstance):
        assert setting(one, "userLabels") == TAGS.as_map()


def test_an_environment_made_anew_has_names_that_google_does_not_remember() -> None:
    first, second = (
        {
            str(said(one, "name"))
            for one in every(alone(PLUS, 3, generation=number).plan, sql.DatabaseInstance)
        }
        for number in (1, 2)
    )
    assert len(first) == len(second) == 2
    assert not first & second


def test_the_version_is_the_major_one_whatever_is_said_of_the_rest() -> None:
    assert args(version="17").engine == args(version="17.7").engine == "POSTGRES_17"
    assert said(instance(alone().plan, "alone"), "databaseVersion") == "POSTGRES_17"


def test_the_way_to_it_stands_before_who_is_told_of_it() -> None:
    plan = alone().plan
    name = the(plan, dns.RecordSet)
    assert (token(compute.ForwardingRule), "alone-database-endpoint") in before(plan, name)
    assert (token(sql.DatabaseInstance), "alone-instance") in before(plan, name)


def test_a_database_without_a_second_region_promises_hours_and_says_that_they_are_assumed() -> None:
    assert alone().recovery["alone"] == RESTORED
    assert RESTORED.time >= 3600
    assert RESTORED.lag == 86400
    assert "assumed" in RESTORED.source


def test_nothing_of_the_projects_number_or_of_another_project_is_in_it() -> None:
    for one in alone().plan:
        assert not any(NUMBER in str(value) for _, value in values(dict(one.inputs))), one.name
