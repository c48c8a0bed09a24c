"""What the cache promises: one way in, no password, nothing that a queue holds is dropped, and a twin."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from pulumi_aws import cloudwatch, ec2, elasticache, vpc

from components.aws.cache import ACCESS, PORT, Cache
from components.aws.database import BACKUP_WINDOW, MAINTENANCE_WINDOW
from components.aws.global_cache import Founder, Member
from components.contracts import Recovery
from components.naming import LIMITS, Naming
from config.clouds import AwsRegion
from config.settings import Environment
from plan.resource import Plan, Resource
from tests.components.aws.kit import REGION, deploy
from tests.components.aws.support_cache import (
    CLIENTS,
    DEV,
    LOG_DAYS,
    NETWORK,
    NEXT_MAJOR,
    PROD,
    SERVICES,
    SNAPSHOT_DAYS,
    SUBNETS,
    THERE,
    Shape,
    args,
    arn,
    caches,
    group,
)
from tests.components.aws.support_data import address
from tests.components.kit import before, every, said, sources, the
from tests.support import values

SHAPES = (DEV, PROD)
HALVES = ((PROD, "cache", REGION), (PROD, "twin", THERE))
EVERYWHERE = ((DEV, "cache", REGION), *HALVES)
INHERITED = {
    "atRestEncryptionEnabled",
    "engine",
    "engineVersion",
    "nodeType",
    "numNodeGroups",
    "parameterGroupName",
    "securityGroupNames",
    "snapshotArns",
    "snapshotName",
    "transitEncryptionEnabled",
    "transitEncryptionMode",
}
"""What the provider refuses beside ``globalReplicationGroupId`` (its ``ConflictsWith``)."""


def part(plan: Plan, name: str) -> Resource:
    """The component itself: what it gives to the outside is in its outputs."""
    (found,) = (one for one in plan.of_type("trading-platform:aws:Cache") if one.name == name)
    return found


def recovery(shape: Shape, member: Member | None) -> Recovery:
    """What the part says of itself."""
    told: list[Recovery] = []
    deploy(lambda opts: told.append(Cache("cache", args(shape, member=member), opts).recovery))
    return told[0]


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_only_the_clusters_pods_get_in_and_nothing_gets_out(shape: Shape, name: str, region: str) -> None:
    del region
    plan = caches(shape)
    (rule,) = (
        one
        for one in every(plan, vpc.SecurityGroupIngressRule)
        if sources(plan, one, "securityGroupId") == {f"{name}-security-group"}
    )
    assert said(rule, "referencedSecurityGroupId") == CLIENTS
    assert (said(rule, "ipProtocol"), said(rule, "fromPort"), said(rule, "toPort")) == ("tcp", PORT, PORT)
    assert said(rule, "cidrIpv4") is None
    assert sources(plan, group(shape, name), "securityGroupIds") == {f"{name}-security-group"}
    firewall = the(plan, ec2.SecurityGroup, f"{name}-security-group")
    assert said(firewall, "vpcId") == NETWORK
    assert said(firewall, "ingress") is said(firewall, "egress") is None
    assert not every(plan, vpc.SecurityGroupEgressRule)


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_it_lives_in_subnets_that_no_route_leads_out_of(shape: Shape, name: str, region: str) -> None:
    del region
    plan = caches(shape)
    assert sources(plan, group(shape, name), "subnetGroupName") == {f"{name}-subnets"}
    assert said(the(plan, elasticache.SubnetGroup, f"{name}-subnets"), "subnetIds") == list(SUBNETS)


@pytest.mark.parametrize("shape", SHAPES)
def test_data_is_encrypted_on_disk_and_on_the_way_and_there_is_no_other_way(shape: Shape) -> None:
    found = group(shape)
    assert said(found, "atRestEncryptionEnabled") is True
    assert said(found, "transitEncryptionEnabled") is True
    assert said(found, "transitEncryptionMode") == "required"


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_each_region_encrypts_with_its_own_key(shape: Shape, name: str, region: str) -> None:
    assert said(group(shape, name), "kmsKeyId") == arn("kms", region, "key/data")


@pytest.mark.parametrize("shape", SHAPES)
def test_there_is_no_password_to_leak(shape: Shape) -> None:
    plan = caches(shape)
    for one in every(plan, elasticache.User):
        assert said(one, "authenticationMode") == {"type": "iam"}
        assert said(one, "userId") == said(one, "userName"), "AWS asks it of users without a password"
    for resource in plan:
        for path, _ in values(dict(resource.inputs)):
            assert "password" not in path.lower(), f"{resource.name}: {path}"
            assert "authToken" not in path, f"{resource.name}: {path}"


def test_a_user_works_on_data_and_never_on_the_engine() -> None:
    """Rules count from left to right: what is taken away last stays away."""
    words = [str(word) for word in ACCESS.split()]
    assert words[:4] == ["on", "~*", "&*", "-@all"]
    given = [word for word in words if word.startswith("+")]
    assert {"+@read", "+@write"} <= set(given)
    assert not {"+@all", "+@admin", "+@dangerous", "nopass", "allcommands"} & set(words)
    assert words[-2:] == ["-@admin", "-@dangerous"]


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_each_service_is_a_user_of_its_own_and_nobody_else_is_one(
    shape: Shape, name: str, region: str
) -> None:
    del region
    plan = caches(shape)
    users = {f"{name}-user-{service}" for service in SERVICES}
    made = {one.name for one in every(plan, elasticache.User) if one.name.startswith(f"{name}-")}
    assert made == users
    assert {said(the(plan, elasticache.User, one), "accessString") for one in users} == {ACCESS}
    club = the(plan, elasticache.UserGroup, f"{name}-users")
    assert sources(plan, club, "userIds") == users
    assert said(club, "engine") == "valkey", "a group of Redis's kind lets in users without a password"
    assert sources(plan, group(shape, name), "userGroupIds") == {f"{name}-users"}


@pytest.mark.parametrize(("shape", "expected"), [(DEV, False), (PROD, True)])
def test_another_zone_takes_over_where_there_is_somebody_to_take_over(shape: Shape, expected: bool) -> None:  # noqa: FBT001
    found = group(shape)
    assert said(found, "numCacheClusters") == 1 + shape.replicas
    assert said(found, "automaticFailoverEnabled") is expected
    assert said(found, "multiAzEnabled") is expected


def test_only_what_has_a_time_to_live_is_dropped_so_no_queue_loses_a_message() -> None:
    plan = caches(PROD)
    parameters = said(the(plan, elasticache.ParameterGroup), "parameters")
    assert parameters == [{"name": "maxmemory-policy", "value": "volatile-lfu"}]
    assert sources(plan, group(PROD), "parameterGroupName") == {"cache-parameters"}


def test_parameters_fit_the_major_version_and_the_next_ones_can_be_made_beside_them() -> None:
    now, then = (the(caches(shape), elasticache.ParameterGroup) for shape in (DEV, NEXT_MAJOR))
    assert (said(now, "family"), said(then, "family")) == ("valkey8", "valkey9")
    assert now.name == then.name
    assert said(now, "name") != said(then, "name")


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_slow_commands_and_the_engines_words_are_logged_encrypted_and_not_for_ever(
    shape: Shape, name: str, region: str
) -> None:
    plan = caches(shape)
    logs = said(group(shape, name), "logDeliveryConfigurations")
    assert isinstance(logs, list)
    found = {one["logType"]: one for one in logs if isinstance(one, dict)}
    assert set(found) == {"slow-log", "engine-log"}
    for kind, one in found.items():
        target = the(plan, cloudwatch.LogGroup, f"{name}-{kind}")
        assert one["destination"] == said(target, "name")
        assert (one["destinationType"], one["logFormat"]) == ("cloudwatch-logs", "json")
        assert said(target, "retentionInDays") == LOG_DAYS
        assert said(target, "kmsKeyId") == arn("kms", region, "key/logs")
        assert (target.type, target.name) in before(plan, group(shape, name))


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_it_is_copied_and_mended_when_the_database_is(shape: Shape, name: str, region: str) -> None:
    del region
    found = group(shape, name)
    assert said(found, "snapshotWindow") == BACKUP_WINDOW
    assert said(found, "maintenanceWindow") == MAINTENANCE_WINDOW
    assert said(found, "snapshotRetentionLimit") == SNAPSHOT_DAYS
    assert said(found, "autoMinorVersionUpgrade") is False
    assert said(found, "applyImmediately") is not shape.protect


@pytest.mark.parametrize(("name", "region"), [("cache", REGION), ("twin", THERE)])
def test_in_prod_neither_half_can_be_deleted_and_each_leaves_a_last_snapshot(name: str, region: str) -> None:
    found = group(PROD, name)
    assert found.options.protect is True
    assert said(found, "finalSnapshotIdentifier") == f"trading-prod-cache-{region}-final"
    assert group(DEV).options.protect is False
    assert said(group(DEV), "finalSnapshotIdentifier") is None


def test_the_follower_says_nothing_that_aws_wants_to_inherit() -> None:
    follower = group(PROD, "twin")
    assert not INHERITED & set(follower.inputs)
    assert not any(one.name.startswith("twin-") for one in every(caches(PROD), elasticache.ParameterGroup))
    assert said(follower, "numCacheClusters") == 1 + PROD.replicas


def test_the_follower_has_the_failover_that_it_inherits_or_every_preview_would_change_it() -> None:
    for flag in ("automaticFailoverEnabled", "multiAzEnabled"):
        assert said(group(PROD, "twin"), flag) is said(group(PROD), flag) is True


def test_the_follower_joins_after_the_datastore_and_goes_before_it() -> None:
    plan = caches(PROD)
    assert sources(plan, group(PROD, "twin"), "globalReplicationGroupId") == {"bond-datastore"}
    waits = before(plan, group(PROD, "twin"))
    assert address(elasticache.GlobalReplicationGroup, "bond-datastore") in waits
    assert address(elasticache.ReplicationGroup, "cache-group") in waits
    assert said(group(PROD), "globalReplicationGroupId") is None, "it is born alone, and then joined"


def test_the_two_halves_have_different_ids_or_neither_could_be_deleted() -> None:
    assert said(group(PROD), "replicationGroupId") == f"trading-prod-cache-{REGION}"
    assert said(group(PROD, "twin"), "replicationGroupId") == f"trading-prod-cache-{THERE}"


@pytest.mark.parametrize("environment", get_args(Environment))
def test_ids_fit_and_differ_in_every_region(environment: Environment) -> None:
    shape = replace(DEV, environment=environment)
    ids = [args(shape, region).group_id for region in get_args(AwsRegion)]
    assert len(set(ids)) == len(ids)
    for one in ids:
        assert len(one) <= LIMITS["cache"]
        assert "--" not in one


def test_what_a_switchover_or_the_datastore_changes_is_no_change_of_ours() -> None:
    primary, follower = (
        set(group(PROD).options.ignore_changes),
        set(group(PROD, "twin").options.ignore_changes),
    )
    assert primary == {
        "automaticFailoverEnabled",
        "engine",
        "engineVersion",
        "nodeType",
        "parameterGroupName",
    }
    assert follower == {"automaticFailoverEnabled", "globalReplicationGroupId"}


def test_a_cache_that_is_alone_takes_every_change_of_the_settings() -> None:
    assert group(DEV).options.ignore_changes == ()


def test_what_is_ignored_is_said_at_birth_or_the_ignoring_would_hide_that_it_was_never_set() -> None:
    for name in ("cache", "twin"):
        found = group(PROD, name)
        assert set(found.options.ignore_changes) <= set(found.inputs), name


@pytest.mark.parametrize(
    "node_type", ["cache.t4g.micro", "cache.t4g.large", "cache.m7g.medium", "cache.m4.large", "m7g.large"]
)
def test_node_types_that_aws_does_not_copy_are_refused_with_the_line_that_mends_it(node_type: str) -> None:
    with pytest.raises(
        ValueError, match=r"(?s)node_type .* cannot be copied.*fix: .*cache\.m7g\.large"
    ) as told:
        args(replace(PROD, node_type=node_type), member=Founder())
    assert node_type in str(told.value)
    assert args(replace(DEV, node_type=node_type)).node_type == node_type, "alone, any will do"


@pytest.mark.parametrize(
    "node_type",
    ["cache.m7g.large", "cache.r6gd.xlarge", "cache.c7gn.16xlarge", "cache.r8g.large", "cache.m10g.large"],
)
def test_node_types_that_aws_copies_are_taken(node_type: str) -> None:
    assert args(replace(PROD, node_type=node_type), member=Founder()).node_type == node_type


def test_a_twin_needs_a_node_that_takes_over_in_each_region() -> None:
    with pytest.raises(ValueError, match=r"(?s)replicas 0 .*expected 1 or more.*fix: .*replicas: 1"):
        args(replace(PROD, replicas=0), member=Founder())


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_the_outside_learns_where_it_is_and_what_identity_policies_call_it(
    shape: Shape, name: str, region: str
) -> None:
    plan = caches(shape)
    found, outside = group(shape, name), part(plan, name).outputs
    prefix = Naming(shape.environment).prefix
    assert outside == {
        "endpoint": found.outputs["primaryEndpointAddress"],
        "reader_endpoint": found.outputs["readerEndpointAddress"],
        "port": PORT,
        "resource_id": arn("elasticache", region, f"replicationgroup:{prefix}-cache-{region}"),
        "user_names": {service: f"{prefix}-{service}" for service in SERVICES},
        "ca_certificate": "",
        "user_ids": {service: arn("elasticache", region, f"user:{prefix}-{service}") for service in SERVICES},
        "group_id": f"{prefix}-cache-{region}",
    }
    assert outside["endpoint"] != outside["reader_endpoint"]


def test_the_budget_counts_exactly_what_the_alarm_lets_pass() -> None:
    """Bad above the threshold, for so many periods: until then nobody has heard of it."""
    ring = the(caches(PROD), cloudwatch.MetricAlarm, "twin-global-lag-1")
    threshold, period, periods = (
        int(str(said(ring, name))) for name in ("threshold", "period", "evaluationPeriods")
    )
    found = recovery(PROD, Founder())
    assert found.lag == threshold + period * periods
    assert (found.part, found.time, found.promised) == ("cache", 60, True)
    assert "RTO 1 minute" in found.source


def test_alone_it_is_made_anew_and_nothing_is_missing_that_cannot_be_had_again() -> None:
    found = recovery(DEV, None)
    assert (found.part, found.time, found.lag) == ("cache", 1800, None)
    assert "assumed" in found.source
