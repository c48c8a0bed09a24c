"""What a database in two regions promises: a copy that can take over, and no deployment that undoes it."""

from __future__ import annotations

import re

import pytest
from pulumi_aws import cloudwatch, ec2, rds

from components.aws.database import Database
from components.aws.global_database import Follower
from plan.resource import Plan, Resource
from tests.components.aws.kit import ACCOUNT, deploy
from tests.components.aws.support_data import SHAPES, Shape, data_region
from tests.components.aws.support_database import (
    BARE,
    DR,
    HOME,
    LOOSE,
    PAIRS,
    REGIONS,
    RENEWED,
    WARM,
    WHERE,
    Pair,
    Where,
    database,
    key_in,
    leaves,
    recorded,
    subnets,
    topic,
)
from tests.components.kit import every, said, sources, the

SWAPPED = {"globalClusterIdentifier", "replicationSourceIdentifier"}
"""What a switchover changes in AWS, of all that a cluster's resource says."""


def cluster(plan: Plan, where: Where) -> Resource:
    """The founder, or the follower."""
    return the(plan, rds.Cluster, f"{where}-cluster")


def instances(plan: Plan, where: Where) -> list[Resource]:
    """Those of the founder, or of the follower."""
    return [one for one in every(plan, rds.ClusterInstance) if one.name.startswith(f"{where}-")]


def of(plan: Plan, where: Where) -> dict[str, Resource]:
    """All that stands in one cluster's part, by type and name."""
    return {f"{one.type} {one.name}": one for one in plan if one.name.startswith(f"{where}-")}


@pytest.mark.parametrize("pair", PAIRS)
def test_the_follower_has_no_user_no_database_and_no_password_of_its_own(pair: Pair) -> None:
    """AWS refuses each of them: it has the founder's."""
    follower = cluster(recorded(pair).plan, "dr")
    wrong = [name for name in follower.inputs if re.search("password|master|databaseName", name)]
    assert wrong == []


@pytest.mark.parametrize("pair", PAIRS)
def test_the_founder_has_a_password_that_rds_does_not_manage_because_it_refuses_to(pair: Pair) -> None:
    founder = cluster(recorded(pair).plan, "home")
    assert said(founder, "masterUsername") == "platform"
    assert said(founder, "masterPasswordWoVersion") == pair.password_version
    assert not {"manageMasterUserPassword", "masterUserSecretKmsKeyId", "masterPassword"} & set(
        founder.inputs
    )


@pytest.mark.parametrize("pair", PAIRS)
def test_no_password_is_in_the_plan_but_in_what_is_written_and_never_read(pair: Pair) -> None:
    found = {path for _, path, _ in leaves(recorded(pair).plan) if re.search("password", path, re.IGNORECASE)}
    assert found <= {"masterPasswordWo", "masterPasswordWoVersion"}


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("where", WHERE)
def test_a_swap_of_roles_in_aws_is_not_undone_by_the_next_deployment(pair: Pair, where: Where) -> None:
    """Read as a wish to leave, either would cut the cluster off from the other."""
    found = cluster(recorded(pair).plan, where)
    assert set(found.options.ignore_changes) >= SWAPPED
    assert "replicationSourceIdentifier" not in found.inputs


@pytest.mark.parametrize("where", WHERE)
def test_both_clusters_join_the_frame(where: Where) -> None:
    plan = recorded(WARM).plan
    assert sources(plan, cluster(plan, where), "globalClusterIdentifier") == {"frame-cluster"}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_cluster_that_stands_alone_is_in_no_frame_and_hides_no_change(shape: Shape) -> None:
    alone = the(data_region(shape), rds.Cluster)
    assert not {"globalClusterIdentifier", "sourceRegion", "masterPasswordWo"} & set(alone.inputs)
    assert alone.options.ignore_changes == ()


@pytest.mark.parametrize("where", WHERE)
def test_each_cluster_is_its_own_regions_key_network_log_and_alarm(where: Where) -> None:
    plan, region = recorded(WARM).plan, REGIONS[where]
    own = of(plan, where)
    assert said(cluster(plan, where), "kmsKeyId") == key_in(region, "data")
    assert {said(one, "performanceInsightsKmsKeyId") for one in instances(plan, where)} == {
        key_in(region, "data")
    }
    assert said(the(plan, rds.SubnetGroup, f"{where}-subnets"), "subnetIds") == subnets(region, "database")
    assert said(the(plan, ec2.SecurityGroup, f"{where}-security-group"), "vpcId") == f"vpc-{region}"
    assert said(the(plan, cloudwatch.LogGroup, f"{where}-log"), "kmsKeyId") == key_in(region, "logs")
    other = DR if region == HOME else HOME
    said_elsewhere = {
        (one.name, path)
        for one, path, value in leaves(plan)
        if f"{one.type} {one.name}" in own and other in str(value)
    }
    lag_and_origin = {
        (f"{where}-lag", "dimensions.SourceRegion"),
        (f"{where}-cluster", "sourceRegion"),
        (f"{where}-cluster", "endpoint"),
    }
    assert said_elsewhere <= lag_and_origin, "only what is copied from there"


def test_the_follower_says_where_the_original_is_encrypted_or_aws_does_not_copy_it() -> None:
    plan = recorded(WARM).plan
    assert said(cluster(plan, "dr"), "sourceRegion") == HOME
    assert "sourceRegion" not in cluster(plan, "home").inputs


def test_names_tell_the_regions_apart_also_where_aws_shows_both() -> None:
    plan = recorded(WARM).plan
    for kind, name in (
        (rds.Cluster, "clusterIdentifier"),
        (rds.ClusterInstance, "identifier"),
        (rds.Cluster, "finalSnapshotIdentifier"),
    ):
        found = [str(said(one, name)) for one in every(plan, kind)]
        assert len(found) == len(set(found))
        assert all((HOME in one) is not (DR in one) for one in found), found


def test_what_holds_in_one_region_holds_after_a_switchover_too() -> None:
    """AWS carries no setting over: the copy would answer with its own."""
    plan = recorded(WARM).plan
    both = [the(plan, rds.ClusterParameterGroup, f"{where}-parameters") for where in WHERE]
    assert said(both[0], "parameters") == said(both[1], "parameters")
    for setting in (
        "serverlessv2ScalingConfiguration", "iamDatabaseAuthenticationEnabled", "backupRetentionPeriod",
        "enabledCloudwatchLogsExports", "preferredMaintenanceWindow", "port", "deleteAutomatedBackups",
        "engineLifecycleSupport", "copyTagsToSnapshot", "deletionProtection",
    ):  # fmt: skip
        home, dr = (said(cluster(plan, where), setting) for where in WHERE)
        assert home == dr, setting
        assert home is not None, setting


def test_nothing_stops_the_commits_when_the_copy_falls_behind() -> None:
    plan = recorded(WARM).plan
    assert not any("rds.global_db_rpo" in str(value) for _, _, value in leaves(plan))


@pytest.mark.parametrize("pair", [WARM, LOOSE])
@pytest.mark.parametrize("where", WHERE)
def test_both_are_protected_alike(pair: Pair, where: Where) -> None:
    plan = recorded(pair).plan
    for one in (cluster(plan, where), *instances(plan, where)):
        assert one.options.protect is pair.protect
    assert said(cluster(plan, where), "deletionProtection") is pair.protect
    assert said(cluster(plan, where), "skipFinalSnapshot") is not pair.protect


def test_a_new_password_changes_nothing_of_the_follower_and_no_more_of_the_founder_than_that() -> None:
    before, after = recorded(WARM).plan, recorded(RENEWED).plan
    assert {name: one.inputs for name, one in of(before, "dr").items()} == {
        name: one.inputs for name, one in of(after, "dr").items()
    }
    changed = {
        (one.name, key)
        for name, one in of(before, "home").items()
        for key in one.inputs
        if of(after, "home")[name].inputs[key] != one.inputs[key]
    }
    assert changed - {("home-cluster", "masterPasswordWo")} == {("home-cluster", "masterPasswordWoVersion")}


@pytest.mark.parametrize("where", WHERE)
def test_a_copy_that_falls_behind_wakes_somebody_whichever_of_the_two_it_is(where: Where) -> None:
    """The metric is only in the region of the copy, under the copy's name and the original's region."""
    plan = recorded(WARM).plan
    lag = the(plan, cloudwatch.MetricAlarm, f"{where}-lag")
    assert said(lag, "metricName") == "AuroraGlobalDBRPOLag"
    assert said(lag, "dimensions") == {
        "DBClusterIdentifier": said(cluster(plan, where), "clusterIdentifier"),
        "SourceRegion": DR if where == "home" else HOME,
    }
    assert said(lag, "alarmActions") == [topic(REGIONS[where])]
    assert lag.provider == cluster(plan, where).provider


@pytest.mark.parametrize("where", WHERE)
def test_the_cluster_that_writes_has_no_lag_and_does_not_ring_for_it(where: Where) -> None:
    assert said(the(recorded(WARM).plan, cloudwatch.MetricAlarm, f"{where}-lag"), "treatMissingData") in {
        "missing",
        "notBreaching",
    }


@pytest.mark.parametrize("pair", PAIRS)
def test_what_may_be_lost_is_what_the_alarm_lets_pass(pair: Pair) -> None:
    done = recorded(pair)
    lag = the(done.plan, cloudwatch.MetricAlarm, "dr-lag")
    milliseconds, period, periods = (
        int(str(said(lag, name))) for name in ("threshold", "period", "evaluationPeriods")
    )
    lost = milliseconds // 1000 + period * periods
    assert done.recovery["dr"].lag == lost
    assert lost < 300


def test_a_copy_with_an_instance_takes_over_in_minutes_a_bare_one_needs_an_instance_first() -> None:
    warm, bare = recorded(WARM).recovery["dr"], recorded(BARE).recovery["dr"]
    assert not instances(recorded(BARE).plan, "dr")
    assert warm.part == bare.part == "database"
    assert (warm.warm_up, warm.time) == (0, 300)
    assert bare.time - warm.time == bare.warm_up >= 600


def test_a_database_without_a_second_region_promises_hours_and_says_that_they_are_assumed() -> None:
    made: list[Database] = []
    plan = deploy(lambda opts: made.append(Database("alone", database(WARM, HOME, None, instances=1), opts)))
    recovery = made[0].recovery
    assert recovery.time >= 3600
    assert recovery.lag == 86400
    assert "assumed" in recovery.source
    assert not [one for one in every(plan, cloudwatch.MetricAlarm) if one.name.endswith("-lag")]


def test_only_a_copy_can_do_without_an_instance() -> None:
    follower = Follower(global_cluster_id="frame", peer_region=HOME, after=[])
    assert database(WARM, DR, follower, instances=0).instances == 0
    with pytest.raises(ValueError, match="needs a writer"):
        database(WARM, HOME, None, instances=0)


@pytest.mark.parametrize("where", WHERE)
def test_a_switchover_finds_its_target_and_identity_policies_their_cluster(where: Where) -> None:
    plan, region = recorded(WARM).plan, REGIONS[where]
    (part,) = (one for one in plan.of_type("trading-platform:aws:Database") if one.name == where)
    assert (
        part.outputs["cluster_arn"] == f"arn:aws:rds:{region}:{ACCOUNT}:cluster:trading-prod-orders-{region}"
    )
    assert part.outputs["resource_id"] == cluster(plan, where).outputs["clusterResourceId"]
    assert part.outputs["database_name"] == said(cluster(plan, "home"), "databaseName")
    assert part.outputs["endpoint"] == cluster(plan, where).outputs["endpoint"]
