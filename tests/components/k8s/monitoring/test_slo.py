from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.k8s.monitoring.limits import Limits
from components.k8s.monitoring.rule_file import Alert, Recording, said
from components.k8s.monitoring.slo import WINDOWS, objectives, promised
from tests.components.k8s.monitoring.cases import LIMITS

OBJECTIVES = [one.name for one in promised(LIMITS)]
#           long window, short window, times faster than allowed, ratio at 99.9 %
TABLE = {
    "page": [("1h", "5m", "0.0144"), ("6h", "30m", "0.006")],
    "ticket": [("1d", "2h", "0.003"), ("3d", "6h", "0.001")],
}


def recorded(limits: Limits) -> list[Recording]:
    return [rule for group in objectives(limits) for rule in group.rules if isinstance(rule, Recording)]


def rung(limits: Limits) -> list[Alert]:
    return [rule for group in objectives(limits) for rule in group.rules if isinstance(rule, Alert)]


def bounds(alert: Alert) -> list[tuple[str, str]]:
    """Each window of the alert's expression with the ratio that it must be above."""
    return re.findall(r"slo:sli_error:ratio_rate(\w+){[^}]*} > ([\d.]+)", said(alert.expr))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_promise_is_measured_over_each_window_under_sloths_names(name: str) -> None:
    mine = [rule for rule in recorded(LIMITS) if rule.labels["sloth_slo"] == name]
    windows = {rule.labels["sloth_window"]: rule.record for rule in mine if "sloth_window" in rule.labels}
    assert windows == {window: f"slo:sli_error:ratio_rate{window}" for window in WINDOWS}
    assert {"slo:objective:ratio", "slo:error_budget:ratio", "slo:period_error_budget_remaining:ratio"} <= {
        rule.record for rule in mine
    }
    assert {rule.labels["sloth_id"] for rule in mine} == {f"trading-{name}"}


@pytest.mark.parametrize("alert", rung(LIMITS), ids=lambda alert: alert.name)
def test_an_alert_rings_on_the_windows_and_ratios_of_the_table(alert: Alert) -> None:
    expected = [
        pair for long, short, ratio in TABLE[alert.severity] for pair in ((long, ratio), (short, ratio))
    ]
    assert bounds(alert) == expected


def test_every_promise_pages_when_fast_and_writes_a_ticket_when_slow() -> None:
    assert [alert.severity for alert in rung(LIMITS)] == ["page", "ticket"] * len(OBJECTIVES)


def test_a_quiet_night_rings_for_nothing_where_events_are_counted() -> None:
    for alert in rung(LIMITS):
        guarded = "slo:events:rate" in alert.expr
        assert guarded == (not alert.name.startswith("MarketData")), alert.name


@given(st.decimals(min_value=90, max_value=Decimal("99.99"), places=2))
def test_objective_and_budget_make_one_exactly(availability: Decimal) -> None:
    values: dict[str, list[Decimal]] = {}
    for rule in recorded(replace(LIMITS, availability=availability)):
        if found := re.fullmatch(r"vector\(([\d.]+)\)", rule.expr):
            values.setdefault(rule.record, []).append(Decimal(found[1]))
    for objective, budget in zip(
        values["slo:objective:ratio"], values["slo:error_budget:ratio"], strict=True
    ):
        assert objective + budget == 1
        assert objective * 100 == availability


def test_an_acknowledgement_is_counted_by_a_bucket_as_prometheus_writes_it() -> None:
    for seconds, bucket in (("0.25", "0.25"), ("1", "1.0"), ("0.50", "0.5")):
        limits = replace(LIMITS, order_ack_seconds=Decimal(seconds))
        ratio = next(rule for rule in recorded(limits) if rule.labels["sloth_slo"] == "order-ack-latency")
        assert f'le="{bucket}"' in ratio.expr
