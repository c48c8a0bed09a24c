"""What wakes somebody because of a database: it is down or full, soon nobody gets in, or nothing is kept."""

from __future__ import annotations

import pytest
from pulumi_gcp import monitoring, sql

from components.gcp.database_alarms import Watch
from components.naming import Naming
from plan.resource import Plan, Resource
from tests.components.gcp.kit import CHANNELS, PROJECT
from tests.components.gcp.support_database import DISK_GIB, PLUS, SMALL, WHERE, Where, alone, instance, pair
from tests.components.kit import every, said, sources, the

ALL = {"down", "cpu", "memory", "disk", "connections", "transactions", "archive"}
COPY = {"lag", "stopped"}
READERS = {"readers-down", "readers-cpu", "readers-lag"}


def alarms(plan: Plan, where: str) -> dict[str, Resource]:
    """The part's alarms by their own names."""
    return {
        one.name.removeprefix(f"{where}-"): one
        for one in every(plan, monitoring.AlertPolicy)
        if one.name.startswith(f"{where}-")
    }


def condition(found: Resource, *path: str | int) -> object:
    """What rings."""
    return said(found, "conditions", 0, "conditionThreshold", *path)


def test_a_database_alone_has_no_copy_to_watch() -> None:
    assert set(alarms(alone().plan, "alone")) == ALL
    assert set(alarms(alone(PLUS, 3).plan, "alone")) == ALL | READERS


def test_the_members_of_a_pair_are_watched_alike() -> None:
    assert set(alarms(pair().plan, "home")) == ALL | COPY | READERS
    assert set(alarms(pair().plan, "dr")) == ALL | COPY


@pytest.mark.parametrize("where", WHERE)
def test_every_alarm_looks_at_its_own_instance_and_wakes_somebody(where: Where) -> None:
    plan = pair().plan
    for name, found in alarms(plan, where).items():
        watched = f"{where}-readers" if name in READERS else f"{where}-instance"
        assert sources(plan, found, "conditions") == {watched}
        database_id = f"{PROJECT}:{said(the(plan, sql.DatabaseInstance, watched), 'name')}"
        assert f'resource.labels.database_id = "{database_id}"' in str(condition(found, "filter"))
        assert 'resource.type = "cloudsql_database"' in str(condition(found, "filter"))
        assert said(found, "notificationChannels") == list(CHANNELS)


def test_the_woken_person_reads_what_is_wrong_and_what_to_do() -> None:
    found = alarms(pair().plan, "home")
    texts = {str(said(one, "documentation", "content")) for one in found.values()}
    assert len(texts) == len(found)
    assert all(text.count(". ") >= 1 for text in texts), texts
    titles = {said(one, "displayName") for one in every(pair().plan, monitoring.AlertPolicy)}
    assert len(titles) == len(every(pair().plan, monitoring.AlertPolicy))


@pytest.mark.parametrize("name", ["down", "readers-down"])
def test_an_instance_of_which_nothing_is_heard_is_as_bad_as_one_that_says_no(name: str) -> None:
    found = alarms(pair().plan, "home")[name]
    assert condition(found, "evaluationMissingData") == "EVALUATION_MISSING_DATA_ACTIVE"
    assert condition(found, "comparison") == "COMPARISON_LT"
    assert condition(found, "thresholdValue") == 1


def test_a_primary_that_says_nothing_of_a_lag_does_not_ring() -> None:
    for name in COPY:
        found = alarms(pair().plan, "home")[name]
        assert condition(found, "evaluationMissingData") != "EVALUATION_MISSING_DATA_ACTIVE"


def test_a_copy_that_is_behind_rings_and_so_does_one_that_copies_no_more() -> None:
    """Google gives a negative lag for the latter."""
    found = alarms(pair().plan, "dr")
    assert [condition(found[name], "comparison") for name in ("lag", "stopped")] == [
        "COMPARISON_GT",
        "COMPARISON_LT",
    ]
    assert condition(found["stopped"], "thresholdValue") == 0


def test_the_disk_is_full_when_it_cannot_grow_and_not_before() -> None:
    """It grows by itself: what is used of its size now says nothing."""
    found = alarms(alone().plan, "alone")["disk"]
    limit = 10 * DISK_GIB
    assert said(instance(alone().plan, "alone"), "settings", "diskAutoresizeLimit") == limit
    assert "disk/bytes_used" in str(condition(found, "filter"))
    assert condition(found, "thresholdValue") == 0.8 * limit * 2**30


@pytest.mark.parametrize("machine", [SMALL, PLUS])
def test_connections_of_all_databases_count_against_what_the_instance_allows(machine: str) -> None:
    plan = alone(machine).plan
    found = alarms(plan, "alone")["connections"]
    assert condition(found, "aggregations", 0, "crossSeriesReducer") == "REDUCE_SUM"
    told = said(instance(plan, "alone"), "settings", "databaseFlags")
    assert isinstance(told, list)
    (allowed,) = (
        int(str(one["value"])) for one in told if isinstance(one, dict) and one["name"] == "max_connections"
    )
    assert condition(found, "thresholdValue") == int(0.7 * allowed)


def test_what_google_counts_between_nought_and_one_is_asked_for_so() -> None:
    found = alarms(alone().plan, "alone")
    for name in ("cpu", "memory", "transactions"):
        threshold = condition(found[name], "thresholdValue")
        assert isinstance(threshold, float)
        assert 0.5 < threshold < 1


def test_a_moment_of_load_wakes_nobody() -> None:
    args = Watch(
        naming=Naming("prod"), channels=(), database_id="p:orders", disk_limit_gib=1, max_connections=1
    )
    assert args.metric("cpu/utilization", above=1, seconds=300, periods=3).notices_after == 900
    for name in ("cpu", "memory"):
        assert condition(alarms(alone().plan, "alone")[name], "duration") == "600s"
