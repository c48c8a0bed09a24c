"""The reasons to have more pods, each as a KEDA trigger.

All triggers of a service are asked, and the one that wants most pods has its way. Each says a number of pods
that is bounded by the load, and the autoscaler divides it by the threshold (``AverageValue``) whatever pods
there are. A target of type ``Value`` would multiply the pods instead, every 15 s: on what does not fall when
pods are added (a volatility index above 0.8, a p95 that the database makes slow) until the maximum. And with
Argo Rollouts it multiplies the pods of *both* versions: beside a full second set, a p95 of 60 % of its target
adds pods without end. ``tests/lab/test_scaling_promises.py`` shows both.

What cannot be seen is not zero. A query that gets no answer must say nothing (KEDA then counts a failure and,
after some, holds the pods), so:

* no ``or vector(0)``: with it, a Prometheus that lost its targets would call a full house empty;
* zero is believed of a counter that never counted, and only while the pods that would count are seen: a
  series with labels begins with the first request, and an idle new environment is no outage;
* what was seen within the last hour and is missing now, a rate, a queue, a market, makes all unknown;
* a comparison drops NaN (the p95 of no requests): it would reach KEDA as an error, all night.

What is not covered: one pod of many that cannot be scraped counts as idle. An alert says so; the number falls
after ten minutes, by a tenth a minute.

Sources: KEDA 2.20 ``prometheus_scaler.go``, ``fallback.go``; Kubernetes 1.36 ``replica_calculator.go``; Argo
Rollouts 1.9 ``canary.go`` (``HPAReplicas``, ``Selector``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from components.k8s.calendars import CronWindow, calendar
from components.k8s.places import PROMETHEUS_URL, TRADING

__all__ = [
    "Trigger",
    "autoscaler_of",
    "cron",
    "floor",
    "latency",
    "queue",
    "requests",
    "session",
    "volatility",
    "volume",
]

MEMORY: Final = "1h"
"""So long it is remembered what there was to be seen."""
CALM: Final = "5m"
"""So long a market has to be calm before it counts as calm."""
SLOW: Final = "15m"
"""So long the pods stay that slow answers called for."""
FRESH_SECONDS: Final = 120
"""An older forecast is none."""
QUIET: Final = 5.0
"""Requests per second below which a service need not have a p95."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One reason to have more pods."""

    name: str
    """Unique within a service; metrics and alerts call it so."""
    kind: Literal["prometheus", "cron"]
    metadata: Mapping[str, str]
    """Of KEDA's scaler. All strings: KEDA takes no others."""

    def as_keda(self) -> dict[str, Any]:
        """An element of ``spec.triggers``."""
        return {
            "type": self.kind,
            "name": self.name,
            "metricType": "AverageValue",
            "metadata": dict(self.metadata),
        }


def autoscaler_of(service: str) -> str:
    """What KEDA calls the HorizontalPodAutoscaler of a service."""
    return f"keda-hpa-{service}"


def volume(
    *,
    counted_by: str,
    per_pod: float = 100,
    forecast_pods: int = 0,
    namespace: str = TRADING,
) -> Trigger:
    """One pod for each ``per_pod`` of trading volume per second.

    ``counted_by`` is the job whose pods count the volume. A forecast raises the number, to ``forecast_pods``
    at most and only while it is fresh; it never lowers it, and it says nothing where the volume is unknown.
    """
    where = _where(namespace=namespace)
    seen = f"sum(trading_volume_per_second{where})"
    raised = ""
    if forecast_pods:
        forecast = f"trading_volume_forecast{where}"
        fresh = f"max({forecast} and time() - timestamp({forecast}) < {FRESH_SECONDS})"
        raised = f"clamp_max({fresh}, {_number(forecast_pods * per_pod)}) > {seen} or "
    pods = _where(namespace=namespace, job=counted_by)
    nothing = _nothing_yet(f"trading_volume_total{where}", f"trading_volume_per_second{where}", pods)
    return _prometheus("volume", f"{raised}{seen} or {nothing}", per_pod)


def requests(service: str, *, per_pod: float = 50, namespace: str = TRADING) -> Trigger:
    """One pod for each ``per_pod`` requests per second that the service answers."""
    return _prometheus("requests", _requests(service, namespace), per_pod)


def latency(
    service: str,
    *,
    per_pod: float = 50,
    seconds: float = 0.3,
    at_most: float = 2,
    namespace: str = TRADING,
) -> Trigger:
    """More pods while p95 is over ``seconds``, by as much as it is over, and for a quarter of an hour after.

    That is the one trigger that starts from the pods there are, so it is bounded by the load: ``at_most``
    times the pods that the requests ask for (at ``per_pod``), and not one more. A slow database, which no pod
    makes faster, costs that much at the most; pods that have little to do are not the reason, and none is
    added at night. The quarter of an hour keeps a service whose pods carry less than ``per_pod`` from finding
    that out anew every ten minutes.

    Below `QUIET` there need be no p95; above it, a missing one is an unknown.
    """
    where = _where(namespace=namespace, service=service)
    p95, rate = f"api_response_time_p95{where}", f"sum(api_requests_per_second{where})"
    autoscaler = _where(namespace=namespace, horizontalpodautoscaler=autoscaler_of(service))
    pods = f"max(kube_horizontalpodautoscaler_status_desired_replicas{autoscaler})"
    limit, most = _number(seconds), _number(at_most)
    slow = f"clamp(max({p95} > 0) / {limit}, 1, {most})"
    was_slow = f"(max(max_over_time({p95}[{SLOW}])) > bool {limit})"
    bound = f"scalar({most} * {rate} / {_number(per_pod)})"
    quiet = f"0 * (({_requests(service, namespace)}) <= {_number(QUIET)})"
    return _prometheus("latency", f"clamp_max({pods} * {slow} * {was_slow}, {bound}) or {quiet}", 1)


def volatility(*, pods: int, above: float = 0.8, namespace: str = TRADING) -> Trigger:
    """``pods`` in all, from the first market that is nervous until five minutes after the last."""
    index = f"market_volatility_index{_where(namespace=namespace)}"
    nervous = f"(max(max_over_time({index}[{CALM}]) >= 0) > bool {_number(above)}) * {pods}"
    return _prometheus("volatility", f"{nervous} unless on() {_missing(index, 'market')}", 1)


def queue(*, per_worker: float = 10, namespace: str = TRADING) -> Trigger:
    """One worker for each ``per_worker`` tasks that wait, in all queues together.

    Each pod may say how long a queue is: it is counted once, or workers would breed workers.
    """
    length = f"celery_queue_length{_where(namespace=namespace)}"
    waiting = f"sum(max by (queue) ({length}))"
    return _prometheus("queue", f"{waiting} unless on() {_missing(length, 'queue')}", per_worker)


def session(code: str, *, pods: int, namespace: str = TRADING) -> Trigger:
    """``pods`` in all from half an hour before the exchange opens until half an hour after it closes.

    One trigger a calendar: of two in one query, the one that is missing would not be missed.
    """
    where = _where(namespace=namespace, calendar=code)
    return _prometheus(f"session-{_label(code)}", f"max(market_session_prewarm{where}) * {pods}", 1)


def cron(name: str, window: CronWindow, *, pods: int) -> Trigger:
    """The same floor by the clock, for the day on which nobody says what the market does.

    It knows no holidays: pods stand idle on some, and no session is ever missed.
    """
    times = {"timezone": window.zone, "start": window.start, "end": window.end}
    return Trigger(f"cron-{_label(name)}", "cron", {**times, "desiredReplicas": str(pods)})


def floor(codes: Sequence[str], *, pods: int, namespace: str = TRADING) -> tuple[Trigger, ...]:
    """The sessions of these calendars, and their hours by the clock: each hour of the week once."""
    windows: dict[CronWindow, str] = {}
    for code in codes:
        if window := calendar(code).cron():
            windows.setdefault(window, code)
    return (
        *(session(code, pods=pods, namespace=namespace) for code in codes),
        *(cron(code, window, pods=pods) for window, code in windows.items()),
    )


def _requests(service: str, namespace: str) -> str:
    where = _where(namespace=namespace, service=service)
    pods = _where(namespace=namespace, job=service)
    rate = f"api_requests_per_second{where}"
    return f"sum({rate}) or {_nothing_yet(f'api_requests_total{where}', rate, pods)}"


def _nothing_yet(counter: str, rate: str, pods: str) -> str:
    """Zero, where nothing is counted, nothing was within `MEMORY`, and the pods that would count are seen."""
    return f"0 * count(up{pods} == 1) unless count({counter}) unless max(max_over_time({rate}[{MEMORY}]))"


def _missing(series: str, label: str) -> str:
    """What was seen within `MEMORY` and is not now."""
    return f"(max by ({label}) (max_over_time({series}[{MEMORY}])) unless max by ({label}) ({series}))"


def _prometheus(name: str, query: str, threshold: float) -> Trigger:
    return Trigger(
        name,
        "prometheus",
        {
            "serverAddress": PROMETHEUS_URL,
            "query": query,
            "threshold": _number(threshold),
            # by default KEDA takes no answer for zero: the pods would go when Prometheus does (keda#3065)
            "ignoreNullValues": "false",
        },
    )


def _where(**labels: str) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


def _label(code: str) -> str:
    return code.replace("/", "-").lower()


def _number(value: float) -> str:
    return f"{value:g}"
