"""For those who run the platform: what is asked of it, what it does about it, and what holds it back."""

from __future__ import annotations

from typing import Final

from components.k8s.monitoring.dashboards.panels import (
    ANYWHERE,
    RATE,
    SCRAPED,
    WITHIN,
    Board,
    Query,
    Row,
    Steps,
    above,
    curve,
)
from components.k8s.monitoring.dashboards.technical_cluster import data, machines, pods, releases, watchers
from components.k8s.monitoring.limits import Limits

__all__ = ["technical"]

FAST_BURN: Final = 14.4
"""At this speed two percent of the month's error budget are gone in an hour: somebody is woken."""


def technical(limits: Limits, latency_seconds: float, runbooks: str, *, karpenter: bool) -> Board:
    """All rows; ``karpenter`` where Karpenter makes the machines."""
    return Board(
        uid="trading-technical",
        title="Technical operations",
        description="From the customer's request down to the machine, and what watches over it.",
        since="now-3h",
        rows=(
            _requests(limits, latency_seconds),
            _trading(limits),
            _scaling(limits),
            pods(),
            machines(karpenter=karpenter),
            releases(),
            data(limits),
            watchers(),
        ),
        runbooks=runbooks,
    )


def _requests(limits: Limits, latency_seconds: float) -> Row:
    budget = float(100 - limits.availability) / 100
    quantile = "namespace_service:api_request_duration_seconds:p{}_rate5m{{{}}}"
    return Row(
        "Requests",
        (
            curve(
                "Requests by status",
                "reqps",
                "What the services answered, a second. Codes from 500 on are our faults.",
                Query(f"sum by (code) (rate(api_requests_total{{{SCRAPED}}}[{RATE}]))", "{{code}}"),
                stacked=True,
                alert="ServiceDown",
            ),
            curve(
                "Failed requests",
                "percentunit",
                "Share of a service's answers with a code from 500 on. The lower line is what the"
                " promise allows for ever, the upper one what wakes somebody.",
                Query(
                    f"max by (service) (namespace_service:api_errors:ratio_rate5m{{{WITHIN}}})",
                    "{{service}}",
                ),
                steps=above(budget, FAST_BURN * budget),
                alert="ApiAvailabilityBurnsFast",
            ),
            curve(
                "Time to answer",
                "s",
                f"Half, 95 and 99 of a hundred requests took less. Above {latency_seconds:g} s for"
                " 95 of them, pods are added.",
                *(
                    Query(
                        f"max by (service) ({quantile.format(percent, WITHIN)})",
                        f"{{{{service}}}} p{percent}",
                    )
                    for percent in ("50", "95", "99")
                ),
                steps=above(latency_seconds, 2 * latency_seconds),
            ),
            curve(
                "Burn of the error budgets",
                "none",
                f"1 spends exactly what 30 days allow; {FAST_BURN:g} wakes somebody.",
                Query(f"max by (sloth_slo) (slo:current_burn_rate:ratio{{{ANYWHERE}}})", "{{sloth_slo}}"),
                width=12,
                steps=above(1, FAST_BURN),
                alert="ApiAvailabilityBurnsFast",
            ),
            curve(
                "At the gateway",
                "reqps",
                "What the gateway answered by class of status, also for requests that it refused"
                " itself and no service saw.",
                Query(
                    "sum by (envoy_response_code_class)"
                    f" (rate(envoy_http_downstream_rq_xx{{{WITHIN}}}[{RATE}]))",
                    "{{envoy_response_code_class}}xx",
                ),
                width=12,
                stacked=True,
                alert="GatewayErrorRatioHigh",
            ),
        ),
    )


def _trading(limits: Limits) -> Row:
    acknowledged = float(limits.order_ack_seconds)
    return Row(
        "Trading",
        (
            curve(
                "Orders acknowledged",
                "s",
                "99 of a hundred orders were acknowledged by their venue faster.",
                Query(
                    f"max by (venue) (namespace_venue:order_ack_duration_seconds:p99_rate5m{{{WITHIN}}})",
                    "{{venue}}",
                ),
                width=6,
                steps=above(acknowledged, 2 * acknowledged),
                alert="OrderAckLatencyBurnsFast",
            ),
            curve(
                "Orders rejected",
                "percentunit",
                "Share of a venue's answers. A new version with a higher share is taken back.",
                Query(
                    f"max by (venue) (namespace_venue:order_rejects:ratio_rate5m{{{WITHIN}}})",
                    "{{venue}}",
                ),
                width=6,
                steps=Steps("green", ((float(limits.reject_percent) / 100, "red"),)),
                alert="OrderRejectRatioHigh",
            ),
            curve(
                "Age of market data",
                "s",
                "Since a feed last said something. It grows overnight, and means nothing then.",
                Query(f"max by (feed) (feed:market_data_age_seconds:min{{{WITHIN}}})", "{{feed}}"),
                width=6,
                steps=above(limits.fresh_seconds, 6 * limits.fresh_seconds),
                alert="MarketDataStale",
            ),
            curve(
                "Volatility",
                "percentunit",
                "How nervous each market is, from 0 to 1. Above the line workers stand ready.",
                Query(f"max by (market) (market_volatility_index{{{SCRAPED}}})", "{{market}}"),
                width=6,
                maximum=1,
                steps=Steps("green", ((float(limits.volatility), "yellow"),)),
                alert="MarketVolatilityHigh",
            ),
        ),
    )


def _scaling(limits: Limits) -> Row:
    autoscaler = "max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_{}{{{}}})"
    return Row(
        "Scaling and queues",
        (
            curve(
                "Pods of the autoscalers",
                "short",
                "How many there are, how many are wanted, and how many there may be at most.",
                *(
                    Query(autoscaler.format(metric, WITHIN), f"{{{{horizontalpodautoscaler}}}} {word}")
                    for metric, word in (
                        ("status_current_replicas", "now"),
                        ("status_desired_replicas", "wanted"),
                        ("spec_max_replicas", "most"),
                    )
                ),
                width=12,
                alert="AutoscalerAtMax",
            ),
            curve(
                "What scalers read",
                "short",
                "The value that KEDA last had of each trigger. A flat line while there is traffic"
                " is a scaler that sees nothing.",
                Query(
                    f"max by (scaledObject, metric) (keda_scaler_metrics_value{{{WITHIN}}})",
                    "{{scaledObject}} {{metric}}",
                ),
                width=12,
                alert="ScalerBlind",
            ),
            curve(
                "Readings that failed",
                "cps",
                "Errors and empty answers, a second. Pods stay as many as they are meanwhile.",
                Query(
                    f"sum by (scaledObject) (rate(keda_scaler_detail_errors_total{{{WITHIN}}}[{RATE}]))",
                    "{{scaledObject}} errors",
                ),
                Query(
                    "sum by (scaledResource)"
                    f" (rate(keda_scaler_empty_upstream_responses_total{{{WITHIN}}}[{RATE}]))",
                    "{{scaledResource}} empty",
                ),
                alert="ScalerBlind",
            ),
            curve(
                "Tasks that wait",
                "short",
                "In each queue. The line is what the workers can take when they are as many as they may be.",
                Query(f"max by (queue) (namespace_queue:celery_queue_length:max{{{WITHIN}}})", "{{queue}}"),
                steps=Steps("green", ((limits.queue_length, "red"),)),
                alert="QueueBacklog",
            ),
            curve(
                "Tasks that failed",
                "percentunit",
                "Share of the tasks that ended, by queue.",
                Query(
                    f"max by (queue) (namespace_queue:celery_task_failures:ratio_rate5m{{{WITHIN}}})",
                    "{{queue}}",
                ),
                steps=above(0.01, 0.05),
                alert="TaskFailureRatioHigh",
            ),
        ),
    )
