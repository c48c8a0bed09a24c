"""What the database promises: one way in, no password, nothing lost, and no surprise while markets trade."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest
from pulumi_aws import cloudwatch, ec2, iam, rds, vpc

from components.aws.database import BACKUP_WINDOW, MAINTENANCE_WINDOW, PORT
from plan.value import Value
from tests.components.aws.kit import ACCOUNT, REGION
from tests.components.aws.support_data import (
    BACKUP_DAYS,
    CLIENTS,
    DEV,
    LOG_DAYS,
    NEXT_MAJOR,
    PROD,
    SHAPES,
    Shape,
    address,
    data_region,
    document,
    part,
)
from tests.components.kit import before, every, said, sources, the
from tests.support import values

NEW_YORK_CLOSES, SYDNEY_OPENS = 21 * 60, 23 * 60
"""Minutes of the day, UTC: the latest and the earliest of the year."""


def minutes(text: str) -> tuple[int, int]:
    """Begin and end of a daily window, in minutes of the day."""
    found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", text)
    assert found, text
    hour, minute, last_hour, last_minute = map(int, found.groups())
    return 60 * hour + minute, 60 * last_hour + last_minute


@pytest.mark.parametrize("shape", SHAPES)
def test_it_stands_in_the_subnets_that_no_route_leads_out_of_and_in_no_other(shape: Shape) -> None:
    plan = data_region(shape)
    group = the(plan, rds.SubnetGroup)
    assert sources(plan, group, "subnetIds") == {f"network-database-{zone}" for zone in "abc"[: shape.zones]}
    assert sources(plan, the(plan, rds.Cluster), "dbSubnetGroupName") == {group.name}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_cluster_of_pods_gets_in_by_one_port_and_nobody_else_and_nothing_gets_out(shape: Shape) -> None:
    plan = data_region(shape)
    group = the(plan, ec2.SecurityGroup)
    rule = the(plan, vpc.SecurityGroupIngressRule)
    assert sources(plan, the(plan, rds.Cluster), "vpcSecurityGroupIds") == {group.name}
    assert sources(plan, rule, "securityGroupId") == {group.name}
    assert said(rule, "referencedSecurityGroupId") == CLIENTS
    assert [said(rule, name) for name in ("ipProtocol", "fromPort", "toPort")] == ["tcp", PORT, PORT]
    assert said(the(plan, rds.Cluster), "port") == PORT
    assert not {"cidrIpv4", "cidrIpv6", "prefixListId"} & set(rule.inputs)
    assert not {"ingress", "egress"} & set(group.inputs)
    assert not every(plan, vpc.SecurityGroupEgressRule)
    assert not every(plan, ec2.SecurityGroupRule)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_instance_has_a_public_address(shape: Shape) -> None:
    instances = every(data_region(shape), rds.ClusterInstance)
    assert len(instances) == shape.instances
    assert {said(one, "publiclyAccessible") for one in instances} == {False}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_password_goes_in_or_comes_out(shape: Shape) -> None:
    def passwords(found: dict[str, Value]) -> list[str]:
        return [
            path
            for path, value in values(found)
            if re.search(r"password(?!.*Policy)", path, re.IGNORECASE)
            and path != "manageMasterUserPassword"
            and value is not None
        ]

    for one in data_region(shape):
        assert not passwords(dict(one.inputs)), one.name
        assert not passwords(dict(one.outputs)), one.name


def test_rds_keeps_the_masters_password_under_the_key_of_the_secrets_and_services_use_their_identity() -> (
    None
):
    plan = data_region(PROD)
    cluster = the(plan, rds.Cluster)
    assert said(cluster, "manageMasterUserPassword") is True
    assert sources(plan, cluster, "masterUserSecretKmsKeyId") == {"keys-secrets"}
    assert said(cluster, "iamDatabaseAuthenticationEnabled") is True


@pytest.mark.parametrize("shape", SHAPES)
def test_the_data_and_the_text_of_queries_are_encrypted_with_the_key_of_the_data(shape: Shape) -> None:
    plan = data_region(shape)
    assert said(the(plan, rds.Cluster), "storageEncrypted") is True
    assert sources(plan, the(plan, rds.Cluster), "kmsKeyId") == {"keys-data"}
    for one in every(plan, rds.ClusterInstance):
        assert said(one, "performanceInsightsEnabled") is True
        assert sources(plan, one, "performanceInsightsKmsKeyId") == {"keys-data"}


@pytest.mark.parametrize("shape", SHAPES)
def test_its_log_waits_for_it_encrypted_and_with_an_end(shape: Shape) -> None:
    """RDS writes to a group by its name; one that is not there it makes, in clear and for ever."""
    plan = data_region(shape)
    cluster, log = the(plan, rds.Cluster), the(plan, cloudwatch.LogGroup, "database-log")
    (exported,) = (
        value for path, value in values(dict(cluster.inputs)) if path.startswith("enabledCloudwatchLogs")
    )
    assert said(log, "name") == f"/aws/rds/cluster/{said(cluster, 'clusterIdentifier')}/{exported}"
    assert said(log, "retentionInDays") == LOG_DAYS
    assert sources(plan, log, "kmsKeyId") == {"keys-logs"}
    assert (log.type, log.name) in before(plan, cluster)


def parameters(shape: Shape) -> dict[str, tuple[str, str]]:
    """Value and way of applying each parameter."""
    found = said(the(data_region(shape), rds.ClusterParameterGroup), "parameters")
    assert isinstance(found, list)
    return {one["name"]: (one["value"], one["applyMethod"]) for one in found if isinstance(one, dict)}


def test_connections_without_tls_are_refused() -> None:
    assert parameters(DEV)["rds.force_ssl"][0] == parameters(PROD)["rds.force_ssl"][0] == "1"


def test_who_came_and_who_changed_tables_or_rights_is_in_the_log() -> None:
    said_to_log = {name: value for name, (value, _) in parameters(PROD).items() if "log" in name}
    assert said_to_log == {
        "log_connections": "1",
        "log_disconnections": "1",
        "log_statement": "ddl",
        "pgaudit.log": "ddl,role",
    }
    assert "pgaudit" in parameters(PROD)["shared_preload_libraries"][0].split(",")


def test_what_postgres_reads_only_when_it_starts_is_not_asked_for_at_once() -> None:
    """AWS refuses `immediate` for these: the first upgrade of the group would fail."""
    assert parameters(PROD)["shared_preload_libraries"][1] == "pending-reboot"
    assert parameters(PROD)["rds.force_ssl"][1] == "pending-reboot"


def test_parameters_fit_the_major_version_and_the_next_ones_can_be_made_beside_them() -> None:
    now, then = (the(data_region(shape), rds.ClusterParameterGroup) for shape in (PROD, NEXT_MAJOR))
    assert (said(now, "family"), said(then, "family")) == ("aurora-postgresql17", "aurora-postgresql18")
    assert now.name == then.name
    assert said(now, "name") != said(then, "name")


def test_an_idle_dev_costs_nothing_and_prod_never_sleeps() -> None:
    dev, prod = (the(data_region(shape), rds.Cluster) for shape in (DEV, PROD))
    assert said(dev, "serverlessv2ScalingConfiguration", "minCapacity") == 0
    pause = said(dev, "serverlessv2ScalingConfiguration", "secondsUntilAutoPause")
    assert isinstance(pause, int)
    assert 300 <= pause <= 86400
    assert said(prod, "serverlessv2ScalingConfiguration") == {"minCapacity": 2, "maxCapacity": 16}


def test_one_writer_in_dev_and_readers_in_prod_that_take_over_in_order() -> None:
    instances = every(data_region(PROD), rds.ClusterInstance)
    assert {said(one, "instanceClass") for one in instances} == {"db.serverless"}
    assert sorted(int(str(said(one, "promotionTier"))) for one in instances) == [0, 1, 2]
    assert len({said(one, "identifier") for one in instances}) == len(instances)
    assert len(every(data_region(DEV), rds.ClusterInstance)) == 1


def test_every_instance_belongs_to_the_cluster_and_follows_its_version() -> None:
    plan = data_region(PROD)
    assert said(the(plan, rds.Cluster), "engineVersion") == PROD.version
    for one in every(plan, rds.ClusterInstance):
        assert (
            sources(plan, one, "clusterIdentifier")
            == sources(plan, one, "engineVersion")
            == {"database-cluster"}
        )
        assert said(one, "autoMinorVersionUpgrade") is False


@pytest.mark.parametrize("shape", SHAPES)
def test_metrics_of_the_machine_are_taken_by_a_role_for_these_instances_alone(shape: Shape) -> None:
    plan = data_region(shape)
    (trust,) = document(plan, iam.Role, "database-monitoring")
    assert trust["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    pattern = trust["Condition"]["ArnEquals"]["aws:SourceArn"]
    for one in every(plan, rds.ClusterInstance):
        assert said(one, "monitoringInterval") == 60
        assert sources(plan, one, "monitoringRoleArn") == {"database-monitoring"}
        assert address(iam.RolePolicyAttachment, "database-monitoring") in before(plan, one)
        assert fnmatchcase(f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{said(one, 'identifier')}", pattern)
    assert not fnmatchcase(f"arn:aws:rds:{REGION}:{ACCOUNT}:db:somebody-elses", pattern)


@pytest.mark.parametrize("shape", SHAPES)
def test_in_prod_it_is_protected_twice_by_pulumi_and_by_the_cloud_in_dev_by_neither(shape: Shape) -> None:
    plan = data_region(shape)
    cluster = the(plan, rds.Cluster)
    assert cluster.options.protect is shape.protect
    assert said(cluster, "deletionProtection") is shape.protect
    assert {one.options.protect for one in every(plan, rds.ClusterInstance)} == {shape.protect}


def test_prod_leaves_a_last_snapshot_and_dev_leaves_none() -> None:
    dev, prod = (the(data_region(shape), rds.Cluster) for shape in (DEV, PROD))
    assert (said(prod, "skipFinalSnapshot"), said(dev, "skipFinalSnapshot")) == (False, True)
    assert said(prod, "finalSnapshotIdentifier") == f"trading-prod-orders-{REGION}-final"
    assert said(dev, "finalSnapshotIdentifier") is None


@pytest.mark.parametrize("shape", SHAPES)
def test_backups_carry_their_tags_and_outlive_the_cluster(shape: Shape) -> None:
    cluster = the(data_region(shape), rds.Cluster)
    assert said(cluster, "backupRetentionPeriod") == BACKUP_DAYS
    assert said(cluster, "copyTagsToSnapshot") is True
    assert said(cluster, "deleteAutomatedBackups") is False


@pytest.mark.parametrize("shape", SHAPES)
def test_no_default_of_the_cloud_replaces_it_or_makes_it_dear(shape: Shape) -> None:
    plan = data_region(shape)
    cluster = the(plan, rds.Cluster)
    assert "availabilityZones" not in cluster.inputs
    assert not any("availabilityZone" in one.inputs for one in every(plan, rds.ClusterInstance))
    assert said(cluster, "engineLifecycleSupport") == "open-source-rds-extended-support-disabled"


@pytest.mark.parametrize("shape", SHAPES)
def test_in_prod_changes_wait_for_the_window_and_in_dev_they_do_not(shape: Shape) -> None:
    plan = data_region(shape)
    for one in (the(plan, rds.Cluster), *every(plan, rds.ClusterInstance)):
        assert said(one, "applyImmediately") is not shape.protect
        assert said(one, "preferredMaintenanceWindow") == MAINTENANCE_WINDOW
    assert said(the(plan, rds.Cluster), "preferredBackupWindow") == BACKUP_WINDOW


def test_backups_begin_after_new_york_closes_and_end_before_sydney_opens() -> None:
    begin, end = minutes(BACKUP_WINDOW)
    assert begin >= NEW_YORK_CLOSES
    assert begin + 30 <= end <= SYDNEY_OPENS


def test_maintenance_is_on_the_day_without_trading_and_not_during_a_backup() -> None:
    found = re.fullmatch(r"sat:(\d\d:\d\d)-sat:(\d\d:\d\d)", MAINTENANCE_WINDOW)
    assert found
    begin, end = minutes("-".join(found.groups()))
    backup_begin, backup_end = minutes(BACKUP_WINDOW)
    assert begin + 30 <= end
    assert end <= backup_begin or backup_end <= begin


def test_the_outside_learns_where_it_is_and_what_identity_policies_call_it() -> None:
    plan = data_region(PROD)
    cluster, outside = the(plan, rds.Cluster), part(plan, "Database").outputs
    assert outside == {
        "endpoint": cluster.outputs["endpoint"],
        "ca_certificate": "",
        "reader_endpoint": cluster.outputs["readerEndpoint"],
        "port": PORT,
        "database_name": said(cluster, "databaseName"),
        "resource_id": cluster.outputs["clusterResourceId"],
        "cluster_arn": cluster.outputs["arn"],
        "security_group_id": the(plan, ec2.SecurityGroup).id,
        "subnet_group_name": said(the(plan, rds.SubnetGroup), "name"),
    }
    assert outside["endpoint"] != outside["reader_endpoint"]
