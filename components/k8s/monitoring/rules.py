"""Recording rules: the metrics that autoscalers act on, and what dashboards and alerts read.

Names follow ``level:metric:operation``; the scaling metrics have the names of their contract. A ratio
is recorded only while there is something to divide by, so that no reader has to think of 0/0.
"""

from __future__ import annotations

from typing import Final

from components.k8s.monitoring.limits import Limits
from components.k8s.monitoring.rule_file import Group, Recording, literal

__all__ = ["FAST", "recordings"]

FAST: Final = "15s"
"""KEDA asks every 15 s, and so often services are scraped."""


def recordings(limits: Limits) -> tuple[Group, ...]:
    """Every recording that is not of an objective (those are in `slo`)."""
    return (
        Group(name="scaling", interval=FAST, rules=_SCALING),
        Group(name="session", interval=FAST, rules=_session(limits)),
        Group(name="services", rules=_SERVICES),
        Group(name="orders", rules=_ORDERS),
        Group(name="machines", rules=_MACHINES),
        Group(name="costs", interval="1m", rules=_COSTS),
    )


_SCALING: Final = (
    Recording(
        record="trading_volume_per_second",
        expr="sum by (namespace) (rate(trading_volume_total[1m]))",
    ),
    Recording(
        record="api_requests_per_second",
        expr="sum by (namespace, service) (rate(api_requests_total[1m]))",
    ),
    # Without requests a quantile is not a number, which KEDA takes for a failure. Nobody waits then: 0.
    Recording(
        record="api_response_time_p95",
        expr="""
            histogram_quantile(0.95,
              sum by (namespace, service, le) (rate(api_request_duration_seconds_bucket[1m]))) >= 0
            or
            sum by (namespace, service) (rate(api_request_duration_seconds_count[1m])) * 0""",
    ),
)


def _session(limits: Limits) -> tuple[Recording, ...]:
    """Of each feed and venue: is its market open? A name that no calendar has counts with any of them."""
    feeds = "max by (namespace, feed) (market_data_last_update_timestamp_seconds)"
    venues = "max by (namespace, venue) (trading_halted)"
    return (
        Recording(
            record="calendar:market_session_open:max",
            expr="max by (namespace, calendar) (market_session_open)",
        ),
        Recording(record="feed:market_session_open:max", expr=_open("feed", feeds, "([^-]+).*")),
        Recording(record="venue:market_session_open:max", expr=_open("venue", venues, "(.*)")),
        Recording(record="feed:market_data_age_seconds:min", expr=f"time() - {feeds}"),
        Recording(
            record="feed:market_data_stale:bool",
            expr=f"""
                (feed:market_data_age_seconds:min > bool {limits.fresh_seconds})
                and on (namespace, feed) (feed:market_session_open:max == 1)""",
        ),
    )


def _open(label: str, series: str, calendar: str) -> str:
    sessions = "calendar:market_session_open:max"
    return f"""
        sum by (namespace, {label}) (
          label_replace({series}, "calendar", "$1", "{label}", "{calendar}") * 0
          + on (namespace, calendar) group_left () {sessions})
        or
        {series} * 0 + on (namespace) group_left () max by (namespace) ({sessions})"""


def _quantile(quantile: str, metric: str, by: str) -> str:
    return f"histogram_quantile({quantile}, sum by ({by}, le) (rate({metric}_bucket[5m]))) >= 0"


_REQUESTS: Final = "namespace_service:api_requests:rate5m"
_ERRORS: Final = 'sum by (namespace, service) (rate(api_requests_total{code=~"5.."}[5m]))'

_SERVICES: Final = (
    Recording(record=_REQUESTS, expr="sum by (namespace, service) (rate(api_requests_total[5m]))"),
    # Services without an error have no such series: they get their zero from their requests.
    Recording(
        record="namespace_service:api_errors:rate5m",
        expr=f"{_ERRORS} or {_REQUESTS} * 0",
    ),
    Recording(
        record="namespace_service:api_errors:ratio_rate5m",
        expr=f"namespace_service:api_errors:rate5m / ({_REQUESTS} > 0)",
    ),
    *(
        Recording(
            record=f"namespace_service:api_request_duration_seconds:p{percent}_rate5m",
            expr=_quantile(f"0.{percent}", "api_request_duration_seconds", "namespace, service"),
        )
        for percent in ("50", "95", "99")
    ),
    Recording(
        record="namespace_queue:celery_queue_length:max",
        expr="max by (namespace, queue) (celery_queue_length)",
    ),
    Recording(
        record="namespace_queue:celery_tasks:rate5m",
        expr="sum by (namespace, queue) (rate(celery_tasks_total[5m]))",
    ),
    Recording(
        record="namespace_queue:celery_task_failures:ratio_rate5m",
        expr="""
            (sum by (namespace, queue) (rate(celery_tasks_total{state="failed"}[5m]))
              or namespace_queue:celery_tasks:rate5m * 0)
            / (namespace_queue:celery_tasks:rate5m > 0)""",
    ),
    Recording(
        record="namespace_queue:celery_task_duration_seconds:p95_rate5m",
        expr=_quantile("0.95", "celery_task_duration_seconds", "namespace, queue"),
    ),
    Recording(
        record="gateway:http_requests:rate5m",
        expr="sum by (namespace) (rate(envoy_http_downstream_rq_xx[5m]))",
    ),
    Recording(
        record="gateway:http_errors:ratio_rate5m",
        expr="""
            (sum by (namespace) (rate(envoy_http_downstream_rq_xx{envoy_response_code_class="5"}[5m]))
              or gateway:http_requests:rate5m * 0)
            / (gateway:http_requests:rate5m > 0)""",
    ),
)

_PLACED: Final = 'sum by (namespace, venue) (rate(orders_total{result=~"accepted|rejected"}[5m]))'

_ORDERS: Final = (
    Recording(
        record="namespace_venue_result:orders:rate5m",
        expr="sum by (namespace, venue, result) (rate(orders_total[5m]))",
    ),
    Recording(
        record="namespace_venue:order_rejects:ratio_rate5m",
        expr=f"""
            (sum by (namespace, venue) (rate(orders_total{{result="rejected"}}[5m])) or {_PLACED} * 0)
            / ({_PLACED} > 0)""",
    ),
    Recording(
        record="namespace:order_fills:ratio_increase1d",
        expr="""
            sum by (namespace) (increase(orders_total{result="filled"}[1d]))
            / (sum by (namespace) (increase(orders_total{result="accepted"}[1d])) > 0)""",
    ),
    Recording(
        record="namespace_venue:order_ack_duration_seconds:p99_rate5m",
        expr=_quantile("0.99", "order_ack_duration_seconds", "namespace, venue"),
    ),
)

_REAL: Final = 'container!="",container!="POD"'
"""Without the sums that the kubelet reports beside the containers."""

_MACHINES: Final = (
    Recording(
        record="namespace:container_cpu_usage_seconds:sum_rate5m",
        expr=f"sum by (namespace) (rate(container_cpu_usage_seconds_total{{{_REAL}}}[5m]))",
    ),
    Recording(
        record="namespace:container_memory_working_set_bytes:sum",
        expr=f"sum by (namespace) (container_memory_working_set_bytes{{{_REAL}}})",
    ),
    Recording(
        record="namespace_pod_container:container_cpu_throttled:ratio_rate5m",
        expr="""
            sum by (namespace, pod, container) (rate(container_cpu_cfs_throttled_periods_total[5m]))
            / (sum by (namespace, pod, container) (rate(container_cpu_cfs_periods_total[5m])) > 0)""",
    ),
    Recording(
        record="instance:node_cpu_used:ratio_rate5m",
        expr='1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))',
    ),
    Recording(
        record="instance:node_memory_used:ratio",
        expr="1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes",
    ),
    Recording(
        record="namespace_persistentvolumeclaim:volume_used:ratio",
        expr="""
            1 - max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_available_bytes)
            / max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_capacity_bytes)""",
    ),
    Recording(
        record="cluster:cpu_requests_unused:ratio_rate5m",
        expr=f"""
            1 - sum(rate(container_cpu_usage_seconds_total{{{_REAL}}}[5m]))
            / (sum(kube_pod_container_resource_requests{{resource="cpu"}}) > 0)""",
    ),
    Recording(
        record="namespace_resourcequota:kube_resourcequota:ratio",
        expr="""
            max by (namespace, resourcequota, resource) (kube_resourcequota{type="used"})
            / (max by (namespace, resourcequota, resource) (kube_resourcequota{type="hard"}) > 0)""",
    ),
)

_HOURS: Final = literal(730)
"""Hours in a month: 365 days / 12."""
_GIB: Final = "1073741824"


def _hourly(metric: str, by: str) -> str:
    """OpenCost reports a price in each of its pods: the highest counts, not the sum."""
    return f"sum(max by ({by}) ({metric}))"


_COSTS: Final = (
    Recording(
        record="cluster:node_cost_dollars_per_hour:sum", expr=_hourly("node_total_hourly_cost", "node")
    ),
    Recording(
        record="cluster:volume_cost_dollars_per_hour:sum",
        expr=f"""
            sum(max by (persistentvolume) (pv_hourly_cost)
              * on (persistentvolume) max by (persistentvolume) (kube_persistentvolume_capacity_bytes))
            / {_GIB}""",
    ),
    # Without machines there is no answer; a cluster without volumes or balancers of its own has one.
    Recording(
        record="cluster:cost_dollars_per_hour:sum",
        expr=f"""
            cluster:node_cost_dollars_per_hour:sum
            + (cluster:volume_cost_dollars_per_hour:sum or vector(0))
            + ({_hourly("kubecost_load_balancer_cost", "namespace, service_name, ingress_ip")} or vector(0))
            + ({_hourly("kubecost_cluster_management_cost", "provisioner_name")} or vector(0))""",
    ),
    Recording(
        record="cluster:cost_dollars_per_month:run_rate",
        expr=f"cluster:cost_dollars_per_hour:sum * {_HOURS}",
    ),
    # The month is a label: of the last 31 days, only those that carry the present one are summed up,
    # one each full hour; before the first of them nothing is spent.
    Recording(
        record="month:cost_dollars_per_hour:sum",
        expr='count_values("month", month()) * on () group_left () cluster:cost_dollars_per_hour:sum',
    ),
    Recording(
        record="cluster:cost_dollars:month_to_date",
        expr="""
            sum(sum_over_time(month:cost_dollars_per_hour:sum[31d:1h])
              and on (month) count_values("month", month()))
            or cluster:cost_dollars_per_hour:sum * 0""",
    ),
    Recording(
        record="cluster:cost_dollars:month_forecast",
        expr="""
            cluster:cost_dollars:month_to_date
            + cluster:cost_dollars_per_hour:sum *
              (days_in_month() * 24 - (day_of_month() - 1) * 24 - hour())""",
    ),
    Recording(
        record="namespace:cost_dollars_per_hour:sum",
        expr=f"""
            sum by (namespace) (
              max by (namespace, pod, container, node) (container_cpu_allocation)
              * on (node) group_left () max by (node) (node_cpu_hourly_cost))
            + on (namespace)
            sum by (namespace) (
              max by (namespace, pod, container, node) (container_memory_allocation_bytes) / {_GIB}
              * on (node) group_left () max by (node) (node_ram_hourly_cost))""",
    ),
)
