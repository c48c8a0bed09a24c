from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from components.k8s.monitoring.elk_lifecycle import Stream, policy, template

DAYS = some.integers(1, 3650)


def stream(**changes: Any) -> Stream:
    usual: dict[str, Any] = {
        "name": "filebeat-logs",
        "rollover_days": 1,
        "hot_days": 7,
        "keep_days": 30,
        "copies": 1,
        "disk_gib": 200,
    }
    return Stream(**(usual | changes))


def phases(of: Stream) -> dict[str, Any]:
    return json.loads(policy(of))["policy"]["phases"]


def days(phase: dict[str, Any]) -> int:
    return int(phase["min_age"].removesuffix("d"))


def test_logs_are_fast_for_a_week_then_slow_then_gone() -> None:
    found = phases(stream())
    assert set(found) == {"hot", "warm", "delete"}
    assert (days(found["warm"]), days(found["delete"])) == (7, 30)
    assert "delete" in found["delete"]["actions"]
    assert {"readonly", "forcemerge"} <= found["warm"]["actions"].keys()


@given(hot=DAYS, keep=DAYS)
def test_no_phase_begins_after_the_deletion_which_elasticsearch_would_refuse(hot: int, keep: int) -> None:
    found = phases(stream(hot_days=hot, keep_days=keep))
    assert days(found["delete"]) == keep
    assert ("warm" in found) == (hot < keep)


@given(disk=some.integers(10, 16384))
def test_a_disk_holds_many_shards_so_that_one_can_be_moved_before_it_is_full(disk: int) -> None:
    size = phases(stream(disk_gib=disk))["hot"]["actions"]["rollover"]["max_primary_shard_size"]
    gib = int(size.removesuffix("gb"))
    assert 1 <= gib <= 50
    assert gib * 10 <= max(disk, 10)


def test_the_template_makes_a_data_stream_that_follows_the_policy_of_its_name() -> None:
    made = json.loads(template(stream(name="filebeat-audit", copies=0)))
    assert made["index_patterns"] == ["filebeat-audit"]
    assert made["data_stream"] == {}
    assert made["template"]["settings"]["index"]["lifecycle"]["name"] == "filebeat-audit"
    assert made["template"]["settings"]["index"]["number_of_replicas"] == 0


def test_nothing_that_a_service_says_can_add_a_field_to_the_index() -> None:
    mappings = json.loads(template(stream()))["template"]["mappings"]
    assert mappings["dynamic"] is False
    assert mappings["properties"]["json"]["type"] == "flattened"


@pytest.mark.parametrize("field", ["namespace", "pod", "container", "node"])
def test_logs_are_found_by_where_they_come_from(field: str) -> None:
    where = json.loads(template(stream()))["template"]["mappings"]["properties"]["kubernetes"]["properties"]
    found = where[field]
    assert (found if "type" in found else found["properties"]["name"])["type"] == "keyword"
