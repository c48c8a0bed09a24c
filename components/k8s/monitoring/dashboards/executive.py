"""For those who answer for the platform: what was promised, traded and paid, and what if it is lost."""

from __future__ import annotations

from typing import Final

from components.k8s.monitoring.dashboards.panels import (
    ANYWHERE,
    SCRAPED,
    WITHIN,
    Board,
    Query,
    Row,
    Steps,
    above,
    bars,
    below,
    curve,
    number,
)
from components.k8s.monitoring.limits import Limits

__all__ = ["executive"]

HOURS_IN_MONTH: Final = 730
SECONDS_IN_DAY: Final = 86_400


def executive(limits: Limits, runbooks: str) -> Board:
    """All rows; the one about recovery only where another region stands by."""
    rows = [_promises(limits), _business(), _cost(limits)]
    if limits.standby:
        rows.append(_recovery(limits))
    return Board(
        uid="trading-executive",
        title="Executive",
        description="Promises, business, cost and recovery, on one page.",
        since="now-7d",
        rows=tuple(rows),
        runbooks=runbooks,
    )


def _promises(limits: Limits) -> Row:
    kept = float(limits.availability) / 100
    return Row(
        "Promises",
        (
            number(
                "Error budget left",
                "percentunit",
                "What is left of the errors that 30 days may have. At zero, what is new waits and"
                " what is broken comes first.",
                Query(
                    f"min by (sloth_slo) (slo:period_error_budget_remaining:ratio{{{ANYWHERE}}})",
                    "{{sloth_slo}}",
                ),
                steps=below(0.25, 0),
                minimum=None,
                decimals=1,
                alert="ApiAvailabilityBurnsFast",
            ),
            number(
                "Kept over 30 days",
                "percentunit",
                f"Share of what went well. {limits.availability} % is promised.",
                Query(f"1 - max by (sloth_slo) (slo:sli_error:ratio_rate30d{{{ANYWHERE}}})", "{{sloth_slo}}"),
                steps=below((1 + kept) / 2, kept),
                maximum=1,
                decimals=3,
                alert="ApiAvailabilityBurnsSlowly",
            ),
            number(
                "Alerts that wake people",
                "short",
                "Alerts of severity page that ring now. The link above lists them.",
                Query(
                    f'count(ALERTS{{{ANYWHERE}, alertstate="firing", severity="page"}}) or vector(0)',
                    "ringing",
                ),
                width=4,
                steps=Steps("green", ((1, "red"),)),
            ),
            number(
                "Markets",
                "short",
                "Whether each exchange trades at this moment, by its own calendar.",
                Query(f"max by (calendar) (calendar:market_session_open:max{{{WITHIN}}})", "{{calendar}}"),
                width=4,
                values={0: ("closed", "blue"), 1: ("open", "green")},
            ),
        ),
    )


def _business() -> Row:
    return Row(
        "Business",
        (
            curve(
                "Volume traded and expected",
                "cps",
                "Shares, contracts or coins a second, beside what the forecaster expected for"
                " this moment a quarter of an hour earlier.",
                Query(f"sum(trading_volume_per_second{{{WITHIN}}})", "traded"),
                Query(f"max(trading_volume_forecast{{{SCRAPED}}})", "expected in 15 min"),
                width=12,
            ),
            curve(
                "Orders by what became of them",
                "cps",
                "Orders a second. Rejected ones that grow while the others do not are a fault of"
                " ours or of the venue.",
                Query(f"sum by (result) (namespace_venue_result:orders:rate5m{{{WITHIN}}})", "{{result}}"),
                width=12,
                stacked=True,
                alert="OrderRejectRatioHigh",
            ),
            number(
                "Orders filled in a day",
                "percentunit",
                "Of the orders that venues accepted in 24 hours, the share that was filled.",
                Query(
                    f"max by (namespace) (namespace:order_fills:ratio_increase1d{{{WITHIN}}})",
                    "{{namespace}}",
                ),
                height=5,
                maximum=1,
                decimals=1,
            ),
            number(
                "Releases in 7 days",
                "short",
                "New versions that took over in whole, by service.",
                Query(
                    "sum by (name)"
                    f' (increase(rollout_events_total{{{WITHIN}, reason="RolloutCompleted"}}[7d]))',
                    "{{name}}",
                ),
                height=5,
                decimals=0,
            ),
            number(
                "Trading",
                "short",
                "The kill switch stops our own trading everywhere; only people throw it back.",
                Query(f"max(kill_switch_active{{{SCRAPED}}})", "kill switch"),
                height=5,
                values={0: ("trading", "green"), 1: ("stopped", "red")},
                alert="KillSwitchActive",
            ),
        ),
    )


def _cost(limits: Limits) -> Row:
    budget = float(limits.budget)
    return Row(
        "Cost of the cluster",
        (
            number(
                "Spent of the month's budget",
                "percentunit",
                f"Since the first of the month, of {limits.budget} dollars: machines, volumes,"
                " load balancers and control plane, at list prices. The invoice has the last word.",
                Query(f"max(cluster:cost_dollars:month_to_date{{{ANYWHERE}}}) / {budget:g}", "spent"),
                width=6,
                height=6,
                steps=above(0.8, 1),
                decimals=0,
                alert="CostBudget80",
            ),
            number(
                "Forecast for the month",
                "currencyUSD",
                "What is spent, and the rest of the month at today's rate.",
                Query(f"max(cluster:cost_dollars:month_forecast{{{ANYWHERE}}})", "forecast"),
                width=6,
                height=6,
                steps=above(0.8 * budget, budget),
                decimals=0,
                alert="CostRunRateHigh",
            ),
            number(
                "Machines in a month like this",
                "currencyUSD",
                "What the machines of this moment would cost for a whole month.",
                Query(
                    f"max(cluster:node_cost_dollars_per_hour:sum{{{ANYWHERE}}}) * {HOURS_IN_MONTH}",
                    "machines",
                ),
                width=6,
                height=6,
                decimals=0,
            ),
            number(
                "Cores asked for and not used",
                "percentunit",
                "What pods asked for and leave idle is paid all the same. Some of it is the room"
                " that a burst of market data needs.",
                Query(f"max(cluster:cpu_requests_unused:ratio_rate5m{{{ANYWHERE}}})", "not used"),
                width=6,
                height=6,
                steps=above(0.6, 0.8),
                minimum=None,
                decimals=0,
            ),
            bars(
                "Cost by namespace",
                "currencyUSD",
                "Dollars a month: each container's share of its machine's cores and memory.",
                Query(
                    "sum by (namespace)"
                    f" (namespace:cost_dollars_per_hour:sum{{{WITHIN}}}) * {HOURS_IN_MONTH}",
                    "{{namespace}}",
                ),
                width=12,
                decimals=0,
            ),
            curve(
                "Cost in a month like this",
                "currencyUSD",
                "The whole cluster, at the rate of each moment: how much scaling up costs.",
                Query(f"max(cluster:cost_dollars_per_month:run_rate{{{ANYWHERE}}})", "cluster"),
                width=12,
                decimals=0,
            ),
        ),
    )


def _recovery(limits: Limits) -> Row:
    days = limits.recovery_test_days
    return Row(
        "Loss of a region",
        (
            number(
                "Days since recovery was tested",
                "d",
                f"With success. What was not tried for {days} days is not promised any more.",
                Query(
                    f"(time() - max(dr_last_test_timestamp_seconds{{{SCRAPED}}})) / {SECONDS_IN_DAY}",
                    "since the test",
                ),
                width=6,
                height=6,
                steps=above(days - 7, days),
                decimals=0,
                alert="RecoveryTestOverdue",
            ),
            number(
                "Time that the last recovery took",
                "percentunit",
                f"As a share of what is promised: {limits.rto_seconds} s until the other region trades.",
                Query(f"max(dr_last_rto_seconds{{{SCRAPED}}}) / {limits.rto_seconds}", "of the promise"),
                width=6,
                height=6,
                steps=above(0.8, 1),
                decimals=0,
                alert="RecoveryTooSlow",
            ),
            number(
                "Data that the last recovery lost",
                "percentunit",
                f"As a share of what may be lost: the last {limits.rpo_seconds} s.",
                Query(f"max(dr_last_rpo_seconds{{{SCRAPED}}}) / {limits.rpo_seconds}", "of the promise"),
                width=6,
                height=6,
                steps=above(0.8, 1),
                decimals=0,
                alert="RecoveryLostTooMuch",
            ),
            number(
                "Database of the other region",
                "s",
                "How far it is behind: so much would be lost with this region now.",
                Query(f"max(database_replica_lag_seconds{{{SCRAPED}}})", "behind"),
                width=6,
                height=6,
                steps=above(limits.rpo_seconds / 2, limits.rpo_seconds),
                decimals=1,
                alert="ReplicationLagHigh",
            ),
        ),
    )
