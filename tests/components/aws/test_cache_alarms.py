"""What the cache's alarms promise: no node is overlooked, and none rings for what is not its own."""

from __future__ import annotations

import pytest
from pulumi_aws import cloudwatch

from plan.resource import Resource
from tests.components.aws.kit import REGION
from tests.components.aws.support_cache import DEV, PROD, THERE, Shape, arn, caches, group
from tests.components.kit import every, said, sources

EVERYWHERE = ((DEV, "cache", REGION), (PROD, "cache", REGION), (PROD, "twin", THERE))
LOAD = {"EngineCPUUtilization", "DatabaseMemoryUsagePercentage", "Evictions"}


def alarms(shape: Shape, name: str) -> list[Resource]:
    """The alarms of that part."""
    return [one for one in every(caches(shape), cloudwatch.MetricAlarm) if one.name.startswith(f"{name}-")]


def watched(shape: Shape, name: str) -> dict[str, set[object]]:
    """By metric, the nodes that it is watched of."""
    found: dict[str, set[object]] = {}
    for one in alarms(shape, name):
        found.setdefault(str(said(one, "metricName")), set()).add(said(one, "dimensions", "CacheClusterId"))
    return found


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_every_node_is_watched_under_the_name_that_aws_gives_it(shape: Shape, name: str, region: str) -> None:
    del region
    nodes = group(shape, name).outputs["memberClusters"]
    assert isinstance(nodes, list)
    assert len(nodes) == 1 + shape.replicas
    for metric, found in watched(shape, name).items():
        assert found == set(map(str, nodes)), metric
    for one in alarms(shape, name):
        assert sources(caches(shape), one, "dimensions") == {f"{name}-group"}


def test_a_cache_that_is_alone_has_no_copy_to_lag_behind() -> None:
    assert set(watched(DEV, "cache")) == LOAD


@pytest.mark.parametrize("name", ["cache", "twin"])
def test_both_halves_watch_the_distance_because_either_may_follow(name: str) -> None:
    assert set(watched(PROD, name)) == LOAD | {"ReplicationLag", "GlobalDatastoreReplicationLag"}


@pytest.mark.parametrize("name", ["cache", "twin"])
def test_a_node_that_follows_nobody_says_nothing_and_rings_for_nothing(name: str) -> None:
    for one in alarms(PROD, name):
        lag = "Lag" in str(said(one, "metricName"))
        assert said(one, "treatMissingData") == ("notBreaching" if lag else "missing"), one.name


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_the_alarms_of_a_region_ring_in_that_region(shape: Shape, name: str, region: str) -> None:
    for one in alarms(shape, name):
        assert said(one, "alarmActions") == said(one, "okActions") == [arn("sns", region, "alerts")]
        assert said(one, "namespace") == "AWS/ElastiCache"


def test_memory_rings_before_anything_is_dropped() -> None:
    for one in alarms(PROD, "cache"):
        if said(one, "metricName") == "DatabaseMemoryUsagePercentage":
            assert int(str(said(one, "threshold"))) < 100
        if said(one, "metricName") == "Evictions":
            assert (said(one, "statistic"), said(one, "threshold")) == ("Sum", 0)


@pytest.mark.parametrize(("shape", "name", "region"), EVERYWHERE)
def test_the_woken_person_reads_what_to_do(shape: Shape, name: str, region: str) -> None:
    del region
    for one in alarms(shape, name):
        text = str(said(one, "alarmDescription"))
        assert "Look" in text or "node_type" in text, one.name
        assert len(text) <= 1024, "AWS's limit"
