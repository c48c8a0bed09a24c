"""What the cache's alarms promise: each instance is watched, and none rings for what is not its own."""

from __future__ import annotations

import re

import pytest
from pulumi_gcp import monitoring

from plan.resource import Resource
from tests.components.gcp.kit import CHANNELS, ELSEWHERE, REGION
from tests.components.gcp.support_cache import DEV, FIRST_REPLICA, PROD, Shape, caches, instance
from tests.components.kit import every, said, sources

EVERYWHERE = ((DEV, "cache", REGION), (PROD, "cache", REGION), (PROD, "twin", ELSEWHERE))
LOAD = {"cpu/maximum_utilization", "memory/maximum_utilization", "stats/total_evicted_keys_count"}
REPLICAS = {"replication/maximum_offset_diff"}
ACROSS = {"cross_instance_replication_secondary_maximum_replication_offset_diff"}
"""As PromQL spells it: Google does not list it."""
THRESHOLD = ("conditions", 0, "conditionThreshold")
QUERY = ("conditions", 0, "conditionPrometheusQueryLanguage", "query")


def alarms(shape: Shape, name: str) -> list[Resource]:
    """The alarms of that part."""
    return [one for one in every(caches(shape), monitoring.AlertPolicy) if one.name.startswith(f"{name}-")]


def metrics(shape: Shape, name: str) -> dict[str, Resource]:
    """By metric, the alarm that watches it."""
    found = {}
    for one in alarms(shape, name):
        query = re.search(r"memorystore_googleapis_com:instance_(\w+)", str(said(one, *QUERY)))
        asked = str(said(one, *THRESHOLD, "filter"))
        listed = (
            asked.partition('"')[2].partition('"')[0].removeprefix("memorystore.googleapis.com/instance/")
        )
        found[query[1] if query else listed] = one
    return found


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_an_alarm_watches_its_own_regions_instance_and_no_other(shape: Shape, name: str, region: str) -> None:
    own = said(instance(shape, name), "instanceId")
    assert str(own).endswith(region)
    for one in alarms(shape, name):
        asked = str(said(one, *THRESHOLD, "filter") or said(one, *QUERY)).replace(" ", "")
        assert f'instance_id="{own}"' in asked, one.name
        assert '="memorystore.googleapis.com/Instance"' in asked
        assert sources(caches(shape), one, "conditions") == {f"{name}-instance"}


def test_a_cache_without_copies_has_none_to_fall_behind() -> None:
    assert set(metrics(DEV, "cache")) == LOAD
    assert set(metrics(FIRST_REPLICA, "cache")) == LOAD | REPLICAS


@pytest.mark.parametrize("name", ["cache", "twin"])
def test_both_halves_watch_the_distance_because_either_may_follow(name: str) -> None:
    assert set(metrics(PROD, name)) == LOAD | REPLICAS | ACROSS


@pytest.mark.parametrize("name", ["cache", "twin"])
def test_a_cache_that_says_nothing_rings_and_a_half_that_only_follows_does_not(name: str) -> None:
    found = metrics(PROD, name)
    silence = (*THRESHOLD, "evaluationMissingData")
    assert said(found["cpu/maximum_utilization"], *silence) == "EVALUATION_MISSING_DATA_ACTIVE"
    assert said(found["cpu/maximum_utilization"], "severity") == "CRITICAL"
    for one in REPLICAS:
        assert said(found[one], *silence) == "EVALUATION_MISSING_DATA_INACTIVE"
    for one in ACROSS:
        assert "absent" not in str(said(found[one], *QUERY))


def test_copies_ring_before_google_would_start_them_from_nothing() -> None:
    found = metrics(PROD, "cache")
    limits = [said(found[one], *THRESHOLD, "thresholdValue") for one in REPLICAS]
    limits += [float(str(said(found[one], *QUERY)).rpartition("> ")[2]) for one in ACROSS]
    for limit in limits:
        assert isinstance(limit, int | float)
        assert 0 < limit < 64_000_000


def test_memory_rings_before_anything_is_dropped_and_every_drop_is_told() -> None:
    found = metrics(PROD, "cache")
    full = said(found["memory/maximum_utilization"], *THRESHOLD, "thresholdValue")
    assert isinstance(full, float)
    assert 0.5 < full < 1
    dropped = found["stats/total_evicted_keys_count"]
    assert said(dropped, *THRESHOLD, "thresholdValue") == 0
    assert said(dropped, *THRESHOLD, "aggregations", 0, "perSeriesAligner") == "ALIGN_DELTA"


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_somebody_hears_and_reads_what_to_do(shape: Shape, name: str, region: str) -> None:
    del region
    for one in alarms(shape, name):
        assert said(one, "notificationChannels") == list(CHANNELS)
        text = str(said(one, "documentation", "content"))
        assert "Look" in text or "node_type" in text, one.name
