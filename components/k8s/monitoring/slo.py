"""What is promised over 30 days, and alerts that ring as the error budget burns, fast or slowly.

Windows and factors are those of Google's SRE workbook, names those of Sloth, so that its dashboards and
tools read them. An alert needs a long window, so that it is no blip, and a short one, so that it ends
when the trouble ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from components.k8s.monitoring.limits import Limits
from components.k8s.monitoring.rule_file import Alert, Group, Recording, Severity, literal

__all__ = ["PERIOD_DAYS", "WINDOWS", "Burn", "Objective", "objectives", "promised"]

PERIOD_DAYS: Final = 30
WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d")
FEWEST_EVENTS_PER_SECOND: Final = "0.1"
"""With fewer, one failed request in a quiet hour would be a burnt budget."""
_WINDOW: Final = "WINDOW"


@dataclass(frozen=True, slots=True)
class Burn:
    """So many times faster than the budget allows, seen over two windows."""

    long: str
    short: str
    factor: str


@dataclass(frozen=True, slots=True)
class _Speed:
    severity: Severity
    word: str
    for_: str
    burns: tuple[Burn, Burn]
    spent: str


_SPEEDS: Final = (
    _Speed("page", "Fast", "2m", (Burn("1h", "5m", "14.4"), Burn("6h", "30m", "6")), "2 % in an hour"),
    _Speed("ticket", "Slowly", "15m", (Burn("1d", "2h", "3"), Burn("3d", "6h", "1")), "10 % in three days"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """One promise. ``WINDOW`` stands in its expressions for the time that they look back."""

    name: str
    alert: str
    """What its two alerts are called, before ``BurnsFast`` and ``BurnsSlowly``."""
    meaning: str
    errors: str
    """Share of the events that were bad: 0 to 1, or nothing while there were none."""
    events: str | None
    """Events per second; None where time itself is measured, which never runs out."""

    @property
    def id(self) -> str:
        """The name that tells it from every other."""
        return f"trading-{self.name}"

    @property
    def labels(self) -> dict[str, str]:
        """Sloth's."""
        return {"sloth_id": self.id, "sloth_service": "trading", "sloth_slo": self.name}


def promised(limits: Limits) -> tuple[Objective, ...]:
    """The three promises of the platform."""
    api = 'api_requests_total{service="api"'
    count = "sum(rate(order_ack_duration_seconds_count[WINDOW]))"
    bound = str(float(limits.order_ack_seconds))  # as Prometheus writes the end of a bucket
    return (
        Objective(
            name="api-availability",
            alert="ApiAvailability",
            meaning="of the API's requests fail",
            errors=f"""
                (sum(rate({api},code=~"5.."}}[WINDOW])) or vector(0))
                / (sum(rate({api}}}[WINDOW])) > 0)""",
            events=f"sum(rate({api}}}[WINDOW]))",
        ),
        Objective(
            name="order-ack-latency",
            alert="OrderAckLatency",
            meaning=f"of the orders are acknowledged later than after {bound} s",
            errors=f"""
                1 - sum(rate(order_ack_duration_seconds_bucket{{le="{bound}"}}[WINDOW])) / ({count} > 0)""",
            events=count,
        ),
        Objective(
            name="market-data-freshness",
            alert="MarketDataFreshness",
            meaning=f"of the session's time feeds are older than {limits.fresh_seconds} s",
            errors="avg(avg_over_time(feed:market_data_stale:bool[WINDOW]))",
            events=None,
        ),
    )


def objectives(limits: Limits) -> tuple[Group, ...]:
    """Recordings and alerts of every promise, a group of each a promise, as Sloth makes them."""
    budget = (100 - limits.availability) / 100
    groups: list[Group] = []
    for one in promised(limits):
        groups += [
            Group(name=f"slo-{one.name}", rules=(*_ratios(one), *_meta(one, budget))),
            Group(name=f"slo-{one.name}-alerts", rules=tuple(_alerts(one, budget))),
        ]
    return tuple(groups)


def _ratio(window: str, one: Objective) -> str:
    return f'slo:sli_error:ratio_rate{window}{{sloth_id="{one.id}"}}'


def _ratios(one: Objective) -> Iterable[Recording]:
    for window in WINDOWS:
        # Thirty days of raw counters would be read from the disk at each turn: the mean of the ratios is not.
        whole = f"avg_over_time({_ratio('5m', one)}[{window}])"
        yield Recording(
            record=f"slo:sli_error:ratio_rate{window}",
            expr=whole if window == WINDOWS[-1] else one.errors.replace(_WINDOW, window),
            labels={**one.labels, "sloth_window": window},
        )
    if one.events is not None:
        for speed in _SPEEDS:
            window = speed.burns[0].long
            yield Recording(
                record=f"slo:events:rate{window}",
                expr=one.events.replace(_WINDOW, window),
                labels=one.labels,
            )


def _meta(one: Objective, budget: Decimal) -> Iterable[Recording]:
    def of(record: str, expr: str) -> Recording:
        return Recording(record=record, expr=expr, labels=one.labels)

    def burnt(window: str) -> str:
        return (
            f"{_ratio(window, one)} / on (sloth_id) group_left ()"
            f' slo:error_budget:ratio{{sloth_id="{one.id}"}}'
        )

    yield of("slo:objective:ratio", f"vector({literal(1 - budget)})")
    yield of("slo:error_budget:ratio", f"vector({literal(budget)})")
    yield of("slo:time_period:days", f"vector({PERIOD_DAYS})")
    yield of("slo:current_burn_rate:ratio", burnt("5m"))
    yield of("slo:period_burn_rate:ratio", burnt("30d"))
    yield of(
        "slo:period_error_budget_remaining:ratio",
        f'1 - slo:period_burn_rate:ratio{{sloth_id="{one.id}"}}',
    )


def _alerts(one: Objective, budget: Decimal) -> Iterable[Alert]:
    for speed in _SPEEDS:
        either = " or ".join(_burning(one, burn, budget) for burn in speed.burns)
        guard = (
            ""
            if one.events is None
            else f' and on (sloth_id) slo:events:rate{speed.burns[0].long}{{sloth_id="{one.id}"}}'
            f" > {FEWEST_EVENTS_PER_SECOND}"
        )
        yield Alert(
            name=f"{one.alert}Burns{speed.word}",
            expr=f"({either}){guard}",
            for_=speed.for_,
            severity=speed.severity,
            labels={"sloth_severity": speed.severity},
            summary=f"{one.name}: the error budget burns {speed.word.lower()}",
            description=(
                f"{{{{ $value | humanizePercentage }}}} {one.meaning}; {literal(budget * 100)} % is allowed."
                f" At this speed the month's budget loses {speed.spent}."
            ),
        )


def _burning(one: Objective, burn: Burn, budget: Decimal) -> str:
    bound = literal(Decimal(burn.factor) * budget)
    both = (
        f"max without (sloth_window) ({_ratio(window, one)} > {bound})" for window in (burn.long, burn.short)
    )
    return f"({' and '.join(both)})"
