from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest

from components.k8s.monitoring.alerts import groups
from components.k8s.monitoring.rule_file import Alert, Recording, Rule, literal, rule_file, said
from tests.components.k8s.monitoring.cases import LIMITS, RULES, alerts, cases, every_rule, recordings
from tests.components.k8s.monitoring.promql import catalogue, labels_of, metrics

CONTRACT = {"trading_volume_per_second", "api_requests_per_second", "api_response_time_p95"}
"""What autoscalers ask for by name."""
LEVELLED = re.compile(r"[a-z_]+:[a-z_0-9]+:[a-z_0-9]+")
TEXT_LABEL = re.compile(r"\$labels\.(\w+)")


def name_of(rule: Rule) -> str:
    return rule.record if isinstance(rule, Recording) else rule.name


@cache
def known() -> dict[str, frozenset[str]]:
    """All series that there are, scraped or recorded, with their labels."""
    found = dict(catalogue())
    for rule in recordings():
        labels = labels_of(said(rule.expr), found) | set(rule.labels)
        found[rule.record] = found.get(rule.record, frozenset()) | labels
    return found


rules = pytest.mark.parametrize("rule", [rule for _, rule in every_rule()], ids=name_of)


def test_the_scaling_metrics_have_the_names_and_labels_that_autoscalers_ask_for() -> None:
    series = known()
    assert series["trading_volume_per_second"] == {"namespace"}
    assert series["api_requests_per_second"] == {"namespace", "service"}
    assert series["api_response_time_p95"] == {"namespace", "service"}


@rules
def test_a_rule_reads_only_metrics_and_labels_that_somebody_gives(rule: Rule) -> None:
    labels_of(said(rule.expr), known())


@rules
def test_what_a_rule_reads_of_others_is_worked_out_before_it(rule: Rule) -> None:
    order = [name_of(other) for _, other in every_rule()]
    recorded = {one.record for one in recordings()}
    later = [
        read
        for read in metrics(said(rule.expr)) & recorded
        if order.index(read) >= order.index(name_of(rule))
    ]
    assert later == []


def test_a_recording_is_called_by_level_metric_and_operation() -> None:
    for rule in recordings():
        assert LEVELLED.fullmatch(rule.record) or rule.record in CONTRACT, rule.record


def test_no_name_is_given_twice() -> None:
    recorded = Counter((rule.record, tuple(sorted(rule.labels.items()))) for rule in recordings())
    named = Counter(rule.name for _, rule in every_rule() if isinstance(rule, Alert))
    grouped = Counter(group.name for inside in groups(LIMITS).values() for group in inside)
    assert [name for name, times in (recorded + named + grouped).items() if times > 1] == []


def test_every_alert_has_a_case_in_which_it_rings_and_one_in_which_it_does_not() -> None:
    ring = {case.about for case in cases() if any(case.fires.values())}
    silent = {case.about for case in cases() if case.silent}
    assert alerts().keys() - ring == set()
    assert alerts().keys() - silent == {"Watchdog"}


def test_every_recording_has_a_case_with_its_value() -> None:
    series = [
        name.partition("{")[0]
        for case in cases()
        for values in case.samples.values()
        for name, value in values.items()
        if value != "none"
    ]
    assert {rule.record for rule in recordings()} - set(series) == set()


def test_a_case_is_in_the_file_of_its_rule_and_of_no_rule_that_is_gone() -> None:
    files = {name_of(rule): file for file, rule in every_rule()}
    for case in cases():
        if case.samples:
            assert case.file in {"recordings", "objectives"}
        else:
            assert files.get(case.about) == case.file, case.about


def test_a_case_gives_only_series_that_there_are() -> None:
    series = known()
    for case in cases():
        for given in case.given:
            labels_of(given, series)


def test_a_rule_file_is_what_prometheus_reads() -> None:
    for spec in RULES.values():
        for group in spec["groups"]:
            assert group.keys() == {"name", "interval", "rules"}
            for rule in group["rules"]:
                assert rule.keys() <= {"record", "expr", "labels"} or rule.keys() == {
                    "alert",
                    "expr",
                    "for",
                    "labels",
                    "annotations",
                }
                assert "\n" not in rule["expr"]


def test_a_number_is_written_with_all_its_digits_and_no_exponent() -> None:
    assert literal(0.1) == "0.1"
    assert literal("0.0010") == "0.001"
    assert literal(1_000_000) == "1000000"
    assert literal(0.00001) == "0.00001"


def test_the_address_of_the_runbook_is_the_environments_own() -> None:
    inside = groups(LIMITS)["cost"]
    (group,) = rule_file(inside, "https://example.com/alerts.md")["groups"]
    links = {rule["annotations"]["runbook_url"] for rule in group["rules"]}
    assert "https://example.com/alerts.md#costbudget80" in links
