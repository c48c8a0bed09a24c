"""Alerts about trading itself: markets, orders, limits, the kill switch."""

from __future__ import annotations

from components.k8s.monitoring.limits import Limits
from components.k8s.monitoring.rule_file import Alert, Group, literal

__all__ = ["trading"]

QUIET_ORDERS_PER_SECOND = "0.1"
"""With fewer orders, one rejection would be a high share."""


def trading(limits: Limits) -> Group:
    """What a trader would ring up about."""
    return Group(
        name="alerts-trading", interval="15s", rules=(*_markets(limits), *_orders(limits), *_tasks(limits))
    )


def _markets(limits: Limits) -> tuple[Alert, ...]:
    return (
        Alert(
            name="MarketVolatilityHigh",
            expr=f"max by (namespace, market) (market_volatility_index) > {literal(limits.volatility)}",
            for_="5m",
            severity="ticket",
            summary="{{ $labels.market }} is volatile",
            description="The index of {{ $labels.market }} is {{ $value }}; workers stand ready above "
            f"{literal(limits.volatility)}.",
        ),
        Alert(
            name="TradingHaltedInSession",
            expr="""
                max by (namespace, venue) (trading_halted) == 1
                and on (namespace, venue) venue:market_session_open:max == 1""",
            for_="1m",
            severity="page",
            summary="{{ $labels.venue }} has halted trading",
            description="{{ $labels.venue }} has halted trading within its session. Open orders stay open.",
        ),
        Alert(
            name="MarketDataStale",
            expr=f"""
                feed:market_data_age_seconds:min > {6 * limits.fresh_seconds}
                and on (namespace, feed) feed:market_session_open:max == 1""",
            for_="1m",
            severity="page",
            summary="Feed {{ $labels.feed }} is silent",
            description="{{ $labels.feed }} has said nothing for {{ $value | humanizeDuration }} while its "
            "market is open. Strategies decide on old prices.",
        ),
        Alert(
            name="MarketDataMissing",
            expr="""
                max by (namespace) (calendar:market_session_open:max) == 1
                unless on (namespace) count by (namespace) (market_data_last_update_timestamp_seconds)""",
            for_="5m",
            severity="page",
            summary="No market data feed reports at all",
            description="A market is open and no service in {{ $labels.namespace }} reports a feed.",
        ),
        Alert(
            name="MarketCalendarMissing",
            expr="absent(market_session_open)",
            for_="10m",
            severity="page",
            summary="Nobody knows whether markets are open",
            description="The market calendar reports nothing: the floor of pods for the session is gone, and "
            "alerts that are only meant for open markets are mute.",
        ),
        Alert(
            name="CalendarHorizonShort",
            expr="min by (namespace, calendar) (calendar_horizon_days) < 60",
            for_="1h",
            severity="ticket",
            summary="The calendar of {{ $labels.calendar }} ends soon",
            description="{{ $labels.calendar }} is known for {{ $value }} more days.",
        ),
    )


def _orders(limits: Limits) -> tuple[Alert, ...]:
    return (
        Alert(
            name="OrderRejectRatioHigh",
            expr=f"""
                namespace_venue:order_rejects:ratio_rate5m > {literal(limits.reject_percent / 100)}
                and on (namespace, venue)
                sum by (namespace, venue) (
                  namespace_venue_result:orders:rate5m{{result=~"accepted|rejected"}})
                > {QUIET_ORDERS_PER_SECOND}""",
            for_="5m",
            severity="page",
            summary="{{ $labels.venue }} rejects orders",
            description="{{ $labels.venue }} rejects {{ $value | humanizePercentage }} of the orders.",
        ),
        Alert(
            name="KillSwitchActive",
            expr="max by (namespace) (kill_switch_active) == 1",
            for_="0s",
            severity="page",
            summary="The kill switch is on: no orders are placed",
            description="Somebody or something has stopped all trading of {{ $labels.namespace }}.",
        ),
        Alert(
            name="PositionLimitBreach",
            expr="max by (namespace, strategy) (position_limit_ratio) > 1",
            for_="0s",
            severity="page",
            summary="{{ $labels.strategy }} is above its position limit",
            description="{{ $labels.strategy }} holds {{ $value | humanizePercentage }} of what it may.",
        ),
        Alert(
            name="PositionLimitNear",
            expr="max by (namespace, strategy) (position_limit_ratio) > 0.9 <= 1",
            for_="5m",
            severity="ticket",
            summary="{{ $labels.strategy }} is near its position limit",
            description="{{ $labels.strategy }} holds {{ $value | humanizePercentage }} of what it may.",
        ),
    )


def _tasks(limits: Limits) -> tuple[Alert, ...]:
    return (
        Alert(
            name="QueueBacklog",
            expr=f"namespace_queue:celery_queue_length:max > {limits.queue_length}",
            for_="10m",
            severity="page",
            summary="Queue {{ $labels.queue }} is longer than all workers can take",
            description="{{ $value }} tasks wait in {{ $labels.queue }}.",
        ),
        Alert(
            name="TaskFailureRatioHigh",
            expr="""
                namespace_queue:celery_task_failures:ratio_rate5m > 0.05
                and on (namespace, queue) namespace_queue:celery_tasks:rate5m > 0.1""",
            for_="10m",
            severity="ticket",
            summary="Tasks of queue {{ $labels.queue }} fail",
            description="{{ $value | humanizePercentage }} of the tasks of {{ $labels.queue }} fail.",
        ),
    )
