"""What the cache promises: its own way in, no password, nothing that a queue holds is dropped, and a twin."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import get_args

import pytest
from pulumi_gcp import memorystore, monitoring, networkconnectivity
from pulumi_gcp.memorystore import outputs

from components.contracts import Recovery
from components.gcp.cache import Cache, Connection, Founder, Member, connection
from components.naming import LIMITS
from config.clouds import GcpRegion
from config.settings import Environment
from plan.resource import Plan, Resource
from plan.value import Unknown
from tests.components.gcp.kit import ELSEWHERE, PROJECT, REGION, SERVICES, TAGS, deploy, key
from tests.components.gcp.support_cache import (
    DEV,
    FIRST_REPLICA,
    NETWORK,
    PROD,
    SNAPSHOT_DAYS,
    Shape,
    args,
    caches,
    instance,
)
from tests.components.kit import before, every, said, sources, the, token
from tests.support import values

SHAPES = (DEV, PROD)
EVERYWHERE = ((DEV, "cache", REGION), (PROD, "cache", REGION), (PROD, "twin", ELSEWHERE))
CANNOT_CHANGE = (
    "authorizationMode",
    "desiredAutoCreatedEndpoints",
    "instanceId",
    "kmsKey",
    "location",
    "serverCaMode",
    "transitEncryptionMode",
    "zoneDistributionConfig",
)


def part(plan: Plan, name: str) -> Resource:
    """The component itself: what it gives to the outside is in its outputs."""
    (found,) = (one for one in plan.of_type("trading-platform:gcp:Cache") if one.name == name)
    return found


def recovery(shape: Shape, member: Member | None) -> Recovery:
    """What the part says of itself."""
    told: list[Recovery] = []
    deploy(lambda opts: told.append(Cache("cache", args(shape, member=member), opts).recovery))
    return told[0]


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_its_endpoints_are_in_our_network_and_made_after_the_policy_that_allows_them(
    shape: Shape, name: str, region: str
) -> None:
    found = instance(shape, name)
    assert said(found, "desiredAutoCreatedEndpoints") == [{"network": NETWORK, "projectId": PROJECT}]
    policy = "door" if region == REGION else "far-door"
    assert (token(networkconnectivity.ServiceConnectionPolicy), policy) in before(caches(shape), found)


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_each_region_has_its_own_instance_under_its_own_key(shape: Shape, name: str, region: str) -> None:
    found = instance(shape, name)
    assert said(found, "location") == region
    assert said(found, "kmsKey") == key("data", region)
    assert said(found, "instanceId") == f"trading-{shape.environment}-cache-{region}"


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_there_is_no_password_and_no_way_in_without_tls(shape: Shape, name: str, region: str) -> None:
    del region
    found = instance(shape, name)
    assert said(found, "authorizationMode") == "IAM_AUTH"
    assert said(found, "transitEncryptionMode") == "SERVER_AUTHENTICATION"
    for resource in caches(shape):
        for path, _ in values(dict(resource.inputs)):
            assert "password" not in path.lower(), f"{resource.name}: {path}"


@pytest.mark.parametrize("shape", SHAPES)
def test_a_client_that_knows_one_host_fits(shape: Shape) -> None:
    assert said(instance(shape), "mode") == "CLUSTER_DISABLED"
    assert said(instance(shape), "shardCount") == 1


def test_a_lone_node_is_spread_like_several_or_its_first_replica_would_replace_the_cache() -> None:
    alone, joined = instance(DEV), instance(FIRST_REPLICA)
    assert [said(alone, "replicaCount"), said(joined, "replicaCount")] == [0, 1]
    for name in CANNOT_CHANGE:
        assert said(alone, name) is not None, name
        assert said(alone, name) == said(joined, name), name
    assert said(joined, "zoneDistributionConfig") == {"mode": "MULTI_ZONE"}


def test_only_what_has_a_time_to_live_is_dropped_so_no_queue_loses_a_message() -> None:
    for shape, name, _ in EVERYWHERE:
        assert said(instance(shape, name), "engineConfigs") == {"maxmemory-policy": "volatile-lfu"}


@pytest.mark.parametrize(("version", "word"), [("7.2", "VALKEY_7_2"), ("8.0", "VALKEY_8_0")])
def test_the_version_is_said_in_googles_words(version: str, word: str) -> None:
    assert said(instance(replace(DEV, version=version)), "engineVersion") == word


@pytest.mark.parametrize("version", ["8.1", "7.0"])
def test_a_version_that_google_does_not_have_is_refused_with_the_line_that_mends_it(version: str) -> None:
    with pytest.raises(ValueError, match=rf"(?s){re.escape(version)} is none.*expected.*8\.0.*fix: ") as told:
        args(replace(DEV, version=version))
    assert "trading-platform:cache" in str(told.value)


def test_what_is_kept_of_a_cache_is_kept_where_it_counts() -> None:
    for name in ("cache", "twin"):
        found = instance(PROD, name)
        assert said(found, "persistenceConfig", "mode") == "RDB"
        assert said(found, "automatedBackupConfig", "retention") == f"{SNAPSHOT_DAYS * 86400}s"
    assert said(instance(DEV), "persistenceConfig", "mode") == "DISABLED"
    assert said(instance(DEV), "automatedBackupConfig") is None


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_google_mends_it_on_a_day_without_trading_and_not_while_it_is_copied(
    shape: Shape, name: str, region: str
) -> None:
    del region
    found = instance(shape, name)
    window = ("maintenancePolicy", "weeklyMaintenanceWindows", 0)
    assert said(found, *window, "day") == "SATURDAY"
    copied = said(found, "automatedBackupConfig", "fixedFrequencySchedule", "startTime", "hours")
    assert said(found, *window, "startTime", "hours") != copied


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_in_prod_neither_half_can_be_deleted_and_in_dev_it_can(shape: Shape, name: str, region: str) -> None:
    del region
    found = instance(shape, name)
    assert found.options.protect is shape.protect
    assert said(found, "deletionProtectionEnabled") is shape.protect


def test_the_follower_is_born_as_the_founders_secondary_and_goes_before_it() -> None:
    plan, follower = caches(PROD), instance(PROD, "twin")
    config = said(follower, "crossInstanceReplicationConfig")
    primary = f"projects/{PROJECT}/locations/{REGION}/instances/trading-prod-cache-{REGION}"
    assert config == {"instanceRole": "SECONDARY", "primaryInstance": {"instance": primary}}
    assert sources(plan, follower, "crossInstanceReplicationConfig") == {"cache-instance"}
    assert (token(memorystore.Instance), "cache-instance") in before(plan, follower)
    assert (token(memorystore.Instance), "twin-instance") not in before(plan, instance(PROD))


def test_the_founder_says_nothing_of_who_leads_for_google_tells_it() -> None:
    assert said(instance(PROD), "crossInstanceReplicationConfig") is None


def test_what_a_switchover_turns_round_and_what_the_leader_decides_is_no_change_of_ours() -> None:
    founder, follower = (set(instance(PROD, name).options.ignore_changes) for name in ("cache", "twin"))
    assert founder == {"crossInstanceReplicationConfig"}
    assert follower == {"crossInstanceReplicationConfig", "nodeType"}


def test_a_cache_that_is_alone_takes_every_change_of_the_settings() -> None:
    assert instance(DEV).options.ignore_changes == ()


def test_both_halves_have_the_same_size_engine_and_way_in() -> None:
    founder, follower = instance(PROD), instance(PROD, "twin")
    own = {"instanceId", "location", "kmsKey", "crossInstanceReplicationConfig"}
    for name in (set(founder.inputs) | set(follower.inputs)) - own:
        assert said(founder, name) == said(follower, name), name


@pytest.mark.parametrize("environment", get_args(Environment))
def test_ids_fit_and_differ_in_every_region(environment: Environment) -> None:
    ids = [args(replace(DEV, environment=environment), region).instance_id for region in get_args(GcpRegion)]
    assert len(set(ids)) == len(ids)
    for one in ids:
        assert re.fullmatch(r"[a-z][a-z0-9-]{2,61}[a-z0-9]", one), one
        assert len(one) <= LIMITS["memorystore"]


def test_who_pays_is_known() -> None:
    assert said(instance(PROD), "labels") == TAGS.as_map()


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_the_outside_learns_where_to_write_where_to_read_and_whom_to_trust(
    shape: Shape, name: str, region: str
) -> None:
    found, outside = instance(shape, name), part(caches(shape), name).outputs
    answered = dict(values(dict(found.outputs)))
    ends = [f"endpoints[0].connections[{index}].pscAutoConnection" for index in (0, 1)]
    by_kind = {answered[f"{end}.connectionType"]: answered[f"{end}.ipAddress"] for end in ends}
    assert outside == {
        "endpoint": by_kind["CONNECTION_TYPE_PRIMARY"],
        "reader_endpoint": by_kind["CONNECTION_TYPE_READER"],
        "port": 6379,
        "resource_id": f"projects/{PROJECT}/locations/{region}/instances/{said(found, 'instanceId')}",
        "user_ids": {},
        "user_names": dict.fromkeys(SERVICES, "default"),
        "ca_certificate": answered["managedServerCas[0].caCerts[0].certificates[0]"],
    }
    assert outside["endpoint"] != outside["reader_endpoint"]


def endpoint(kind: str, address: str) -> outputs.InstanceEndpoint:
    """What Google says of one endpoint."""
    auto = outputs.InstanceEndpointConnectionPscAutoConnection(
        connection_type=f"CONNECTION_TYPE_{kind}", ip_address=address, port=6380
    )
    return outputs.InstanceEndpoint(
        connections=[outputs.InstanceEndpointConnection(psc_auto_connection=auto)]
    )


def test_without_an_endpoint_for_readers_they_read_where_the_writers_write() -> None:
    alone = [endpoint("DISCOVERY", "10.0.0.1"), endpoint("PRIMARY", "10.0.0.2")]
    assert connection(alone, "CONNECTION_TYPE_READER") == Connection("10.0.0.2", 6380)
    both = [*alone, endpoint("READER", "10.0.0.3")]
    assert connection(both, "CONNECTION_TYPE_READER") == Connection("10.0.0.3", 6380)


@pytest.mark.parametrize("found", [[], [endpoint("READER", "10.0.0.3")], [endpoint("PRIMARY", "")]])
def test_a_cache_that_cannot_be_reached_says_what_is_missing(found: list[outputs.InstanceEndpoint]) -> None:
    with pytest.raises(LookupError, match=r"(?s)no endpoint to write to.*fix: .*service connection policy"):
        connection(found, "CONNECTION_TYPE_PRIMARY")


def test_a_preview_knows_no_address_yet_and_asks_for_none() -> None:
    plan = deploy(lambda opts: Cache("cache", args(DEV), opts), mode="preview")
    for name in ("endpoint", "reader_endpoint", "ca_certificate"):
        assert isinstance(part(plan, "cache").outputs[name], Unknown), name


def test_the_budget_counts_no_less_than_the_alarm_lets_pass() -> None:
    ring = the(caches(PROD), monitoring.AlertPolicy, "twin-across-behind")
    query = ("conditions", 0, "conditionPrometheusQueryLanguage")
    period = int(str(said(ring, *query, "evaluationInterval")).removesuffix("s"))
    duration = int(str(said(ring, *query, "duration")).removesuffix("s"))
    found = recovery(PROD, Founder())
    assert found.lag is not None
    assert found.lag >= period + duration
    assert (found.part, found.time, found.promised) == ("cache", 180, True)
    assert "assumed" in found.source


def test_alone_it_is_made_anew_and_nothing_is_missing_that_cannot_be_had_again() -> None:
    found = recovery(DEV, None)
    assert (found.part, found.time, found.lag) == ("cache", 1800, None)
    assert "assumed" in found.source


def test_it_asks_for_no_zone_and_no_project_that_the_provider_does_not_give() -> None:
    for shape, name, _ in EVERYWHERE:
        assert said(instance(shape, name), "project") in {None, PROJECT}
        assert said(instance(shape, name), "zoneDistributionConfig", "zone") is None
    assert len(every(caches(PROD), memorystore.Instance)) == 2
