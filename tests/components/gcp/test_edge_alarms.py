"""What is watched about the entry: errors, silence, slowness, an old certificate."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pulumi_gcp import logging, monitoring

from plan.resource import Plan, Resource
from tests.components.gcp.kit import CHANNELS, PROJECT
from tests.components.gcp.support_edge import (
    CLOSED_PROD,
    DEV,
    DOMAIN,
    HEALTH_PATH,
    OFFICE_ONLY,
    PROD,
    SHAPES,
    Shape,
    alarm_filter,
    entry,
)
from tests.components.kit import before, every, said, sources, the, token

THRESHOLD = ("conditions", 0, "conditionThreshold")


def alarms(plan: Plan) -> dict[str, Resource]:
    """By what they are called, those of the balancer itself."""
    found = {one.name.removeprefix("balancer-"): one for one in every(plan, monitoring.AlertPolicy)}
    return {name: one for name, one in found.items() if not name.startswith("firewall-")}


@pytest.mark.parametrize("shape", SHAPES)
def test_somebody_hears_of_errors_of_slowness_and_of_nobody_behind_the_entry(shape: Shape) -> None:
    found = alarms(entry(shape))
    assert {"errors", "slow", "unserved"} <= set(found)
    for one in found.values():
        assert said(one, "notificationChannels") == list(CHANNELS)
    assert len({said(one, "displayName") for one in found.values()}) == len(found)


@pytest.mark.parametrize(
    ("shape", "metric", "resource", "kind"),
    [
        (PROD, "loadbalancing.googleapis.com/https/", "https_lb_rule", "public"),
        (CLOSED_PROD, "loadbalancing.googleapis.com/https/internal/", "internal_http_lb_rule", "internal"),
    ],
)
def test_each_kind_of_entry_is_watched_in_its_own_figures(
    shape: Shape, metric: str, resource: str, kind: str
) -> None:
    plan = entry(shape)
    for name, figure in (("errors", "request_count"), ("slow", "backend_latencies")):
        alarm = alarms(plan)[name]
        assert f'metric.type = "{metric}{figure}" AND resource.type = "{resource}"' in alarm_filter(alarm)
        assert sources(plan, alarm, "conditions") == {f"balancer-{kind}-routes"}


def test_errors_are_added_up_and_only_errors() -> None:
    alarm = alarms(entry(PROD))["errors"]
    assert 'response_code_class = "500"' in alarm_filter(alarm)
    assert said(alarm, *THRESHOLD, "aggregations", 0, "crossSeriesReducer") == "REDUCE_SUM"


def test_slow_is_what_one_request_in_twenty_suffers_and_no_stream_of_quotes() -> None:
    alarm = alarms(entry(PROD))["slow"]
    assert said(alarm, *THRESHOLD, "aggregations", 0, "crossSeriesReducer") == "REDUCE_PERCENTILE_95"
    assert 'response_code_class = "200"' in alarm_filter(alarm), "a WebSocket is 101"


@pytest.mark.parametrize("name", ["errors", "slow"])
def test_a_quiet_night_wakes_nobody(name: str) -> None:
    missing = said(alarms(entry(DEV))[name], *THRESHOLD, "evaluationMissingData")
    assert missing == "EVALUATION_MISSING_DATA_INACTIVE"


@pytest.mark.parametrize(
    ("shape", "logged", "kind"),
    [(PROD, "http_load_balancer", "public"), (CLOSED_PROD, "internal_http_lb_rule", "internal")],
)
def test_a_request_that_finds_nobody_is_counted_and_rings_at_once(
    shape: Shape, logged: str, kind: str
) -> None:
    plan = entry(shape)
    metric, alarm = the(plan, logging.Metric), alarms(plan)["unserved"]
    asked = str(said(metric, "filter"))
    assert asked.startswith(f'resource.type="{logged}"')
    assert f'url_map_name="trading-dev-edge-{kind}"' in asked
    assert "failed_to_pick_backend" in asked
    assert sources(plan, metric, "filter") == {f"balancer-{kind}-routes"}
    name = str(said(metric, "name")).replace("-", "_")
    query = str(said(alarm, "conditions", 0, "conditionPrometheusQueryLanguage", "query"))
    assert f"(logging_googleapis_com:user_{name}[" in query
    assert (query.endswith("> 0"), said(alarm, "severity")) == (True, "CRITICAL")
    assert (token(logging.Metric), metric.name) in before(plan, alarm), "Google refuses an alarm on no metric"


def test_an_entry_that_is_open_to_anybody_is_asked_from_outside_as_a_customer_asks() -> None:
    check = the(entry(PROD), monitoring.UptimeCheckConfig)
    assert said(check, "monitoredResource") == {
        "type": "uptime_url",
        "labels": {"host": DOMAIN, "project_id": PROJECT},
    }
    asked = said(check, "httpCheck")
    assert isinstance(asked, dict)
    assert (asked["path"], asked["port"]) == (HEALTH_PATH, 443)
    assert asked["useSsl"] is asked["validateSsl"] is True
    assert said(check, "period") == "60s", "the shortest"
    assert said(check, "selectedRegions") is None, "from everywhere"


@pytest.mark.parametrize("shape", [DEV, OFFICE_ONLY, CLOSED_PROD, replace(OFFICE_ONLY, dr=True)])
def test_an_entry_that_googles_checkers_cannot_reach_is_not_called_away(shape: Shape) -> None:
    assert every(entry(shape), monitoring.UptimeCheckConfig) == []
    assert set(alarms(entry(shape))) == {"errors", "slow", "unserved"}


def test_an_entry_is_away_when_half_of_the_world_says_so_or_nobody_says_anything() -> None:
    plan = entry(PROD)
    alarm = alarms(plan)["away"]
    assert sources(plan, alarm, "conditions") == {"balancer-outside"}
    check = the(plan, monitoring.UptimeCheckConfig)
    assert f'metric.labels.check_id = "{check.outputs["uptimeCheckId"]}"' in alarm_filter(alarm)
    assert (said(alarm, *THRESHOLD, "comparison"), said(alarm, *THRESHOLD, "thresholdValue")) == (
        "COMPARISON_LT",
        0.5,
    )
    assert said(alarm, *THRESHOLD, "evaluationMissingData") == "EVALUATION_MISSING_DATA_ACTIVE"
    assert said(alarm, "severity") == "CRITICAL"


def test_a_certificate_that_was_not_renewed_is_seen_weeks_before_its_end() -> None:
    alarm = alarms(entry(PROD))["certificate"]
    assert "time_until_ssl_cert_expires" in alarm_filter(alarm)
    assert said(alarm, *THRESHOLD, "comparison") == "COMPARISON_LT"
    days = said(alarm, *THRESHOLD, "thresholdValue")
    assert isinstance(days, int | float)
    assert 14 <= days < 30, "Google renews about 30 days before"
