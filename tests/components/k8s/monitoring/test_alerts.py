from __future__ import annotations

import re
from dataclasses import replace

import pytest

from components.k8s.backup import OLDEST
from components.k8s.monitoring.alerts import groups
from components.k8s.monitoring.limits import Limits
from components.k8s.monitoring.rule_file import RUNBOOKS, Alert, said
from tests.components.k8s.monitoring.cases import LIMITS, alerts
from tests.components.k8s.monitoring.promql import labels_of
from tests.components.k8s.monitoring.test_rules import TEXT_LABEL, known
from tests.support import ROOT

DURATION = re.compile(r"\d+[smhd]")
RUNBOOK = (ROOT / RUNBOOKS).read_text(encoding="utf-8")

each = pytest.mark.parametrize("alert", alerts().values(), ids=lambda alert: alert.name)


def names(limits: Limits) -> set[str]:
    return {
        rule.name
        for inside in groups(limits).values()
        for group in inside
        for rule in group.rules
        if isinstance(rule, Alert)
    }


def expression(name: str, limits: Limits) -> str:
    found = [
        said(rule.expr)
        for inside in groups(limits).values()
        for group in inside
        for rule in group.rules
        if isinstance(rule, Alert) and rule.name == name
    ]
    assert len(found) == 1
    return found[0]


@each
def test_an_alert_says_in_one_line_what_is_wrong_and_then_what_it_means(alert: Alert) -> None:
    assert DURATION.fullmatch(alert.for_)
    assert len(alert.summary) <= 110
    assert not alert.summary.endswith(".")
    assert alert.description.endswith(".")


@each
def test_the_labels_that_the_texts_name_are_in_the_answer(alert: Alert) -> None:
    there = labels_of(said(alert.expr), known()) | set(alert.labels)
    assert set(TEXT_LABEL.findall(alert.summary + alert.description)) - there == set()


@each
def test_a_text_tells_labels_and_the_value_and_no_more(alert: Alert) -> None:
    """So the same text can be filled in by the cases, and by whoever reads the rule."""
    for part in re.findall(r"{{(.*?)}}", alert.summary + alert.description):
        assert re.fullmatch(r' \$(labels\.\w+|value( \| (humanize\w*|printf "%\.0f"))?) ', part), part


def test_each_alert_has_its_section_in_the_runbook_and_no_section_is_left_over() -> None:
    sections = re.findall(r"^### (\w+)$", RUNBOOK, re.MULTILINE)
    assert sorted(sections) == sorted(alerts())


def test_no_section_of_the_runbook_is_empty() -> None:
    for section in re.split(r"^#{2,3} ", RUNBOOK, flags=re.MULTILINE)[1:]:
        title, _, text = section.partition("\n")
        if title in alerts():
            assert len(text.strip()) > 40, title


def test_the_links_within_the_runbook_lead_somewhere() -> None:
    there = {title.lower() for title in re.findall(r"^#+ (.+)$", RUNBOOK, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([\w-]+)\)", RUNBOOK)) - there == set()


def test_only_the_watchdog_is_for_machines_alone() -> None:
    assert [alert.name for alert in alerts().values() if alert.severity == "none"] == ["Watchdog"]


def test_where_no_region_stands_by_nobody_is_told_of_its_lag_or_its_tests() -> None:
    gone = names(LIMITS) - names(replace(LIMITS, standby=False))
    assert gone == {
        "ReplicationLagHigh",
        "ReplicationLagUnknown",
        "RecoveryNeverTested",
        "RecoveryTestOverdue",
        "RecoveryTooSlow",
        "RecoveryLostTooMuch",
    }


def test_a_service_that_is_gone_altogether_rings_because_it_is_on_the_list() -> None:
    assert '"ledger"' in expression("ServiceDown", replace(LIMITS, services=("ledger",)))


def test_a_backup_is_missing_by_its_own_schedules_measure() -> None:
    found = expression("BackupMissing", LIMITS)
    for schedule, seconds in OLDEST.items():
        assert re.search(rf'schedule="{schedule}"}}\) > {seconds}\b', found), schedule


def test_the_budget_is_exact_to_the_cent() -> None:
    limits = replace(LIMITS, budget=type(LIMITS.budget)("333.35"))
    assert expression("CostBudget80", limits).endswith("> 266.68")
    assert expression("CostBudgetSpent", limits).endswith("> 333.35")
