"""A platform that is not there, as Prometheus would see it: every raw metric, with values that one sets.

What is exposed is read from a catalogue (``components/k8s/monitoring/metrics.csv``): of each metric its
type, its labels, examples of them and a value. A gauge has the value, a counter grows by it each second,
a histogram observes about ten times a second something near it. `HEALTHY` then calms what the examples
would contradict (a pod is not Running and Failed at once), so that the start is a platform without alarm.

    workload = Workload(catalogue)
    workload.set("trading_volume_total", 900, venue="XNYS")     # 900 a second from now on
    workload.remove("celery_queue_length")                      # gone, as after a crash
    with served(workload, port): ...                            # GET /metrics; POST /set

The labels that scraping adds are there too, so a scrape with ``honor_labels`` gives what a
ServiceMonitor gives. A person's ``POST /set`` takes ``{"metric": …, "value": …, "labels": {…}}``;
no value removes.
"""

from __future__ import annotations

import csv
import itertools
import json
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, TypeAlias, cast

__all__ = ["BOUNDS", "HEALTHY", "OBSERVATIONS", "Metric", "Workload", "catalogue", "served"]

OBSERVATIONS: Final = 10.0
"""How often a second a histogram observes."""
BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of a histogram's buckets, in seconds; above `MILLISECONDS` in thousandths of them."""
MILLISECONDS: Final = 10.0
"""A histogram whose usual value is larger counts milliseconds."""
NAMESPACE: Final = "trading"
WORKLOAD_JOB: Final = "worker"
"""Who tells a metric of ours that names no service."""
INSTANCE: Final = "10.0.0.10:8080"
"""Where everything is scraped from, as far as anybody can tell."""

HEALTHY: Final[tuple[tuple[str, Mapping[str, str], float], ...]] = (
    ("alertmanager_alerts", {}, 0),
    ("analysis_run_info", {}, 0),
    ("analysis_run_info", {"phase": "Successful"}, 1),
    ("analysis_run_metric_phase", {"phase": "Failed"}, 0),
    ("api_requests_total", {"code": "404"}, 0.01),
    ("api_requests_total", {"code": "500"}, 0),
    ("apiserver_request_total", {"code": "401"}, 0.01),
    ("apiserver_request_total", {"code": "403"}, 0.01),
    ("apiserver_request_total", {"code": "500"}, 0),
    ("argocd_app_info", {}, 0),
    ("argocd_app_info", {"sync_status": "Synced", "health_status": "Healthy"}, 1),
    ("authentication_attempts", {"result": "error"}, 0),
    ("authentication_attempts", {"result": "failure"}, 0.01),
    ("celery_tasks_total", {"state": "failed"}, 0),
    ("celery_tasks_total", {"state": "retried"}, 0),
    ("certmanager_certificate_ready_status", {}, 0),
    ("certmanager_certificate_ready_status", {"condition": "True"}, 1),
    ("dr_last_rto_seconds", {}, 600),
    ("envoy_http_downstream_rq_xx", {"envoy_response_code_class": "5"}, 0),
    ("externalsecret_status_condition", {"status": "True"}, 1),
    ("istio_tcp_connections_opened_total", {"connection_security_policy": "unknown"}, 0),
    ("kube_deployment_status_condition", {"status": "false"}, 0),
    ("kube_horizontalpodautoscaler_status_condition", {"condition": "ScalingLimited"}, 0),
    ("kube_horizontalpodautoscaler_status_condition", {"status": "false"}, 0),
    ("kube_horizontalpodautoscaler_status_condition", {"status": "unknown"}, 0),
    ("kube_node_status_condition", {"condition": "Ready", "status": "true"}, 1),
    ("kube_node_status_condition", {"condition": "DiskPressure", "status": "false"}, 1),
    ("kube_node_status_condition", {"condition": "MemoryPressure", "status": "false"}, 1),
    ("kube_persistentvolumeclaim_status_phase", {"phase": "Bound"}, 1),
    ("kube_pod_container_status_last_terminated_reason", {}, 0),
    ("kube_pod_container_status_waiting_reason", {}, 0),
    ("kube_pod_status_phase", {"phase": "Failed"}, 0),
    ("kube_pod_status_phase", {"phase": "Pending"}, 0),
    ("kube_pod_status_ready", {"condition": "false"}, 0),
    ("kube_pod_status_unschedulable", {}, 0),
    ("kube_resourcequota", {"type": "used"}, 50),
    ("orders_total", {"result": "rejected"}, 0),
    ("prometheus_operator_managed_resources", {"state": "selected"}, 10),
    ("rollout_info", {}, 0),
    ("rollout_info", {"phase": "Healthy"}, 1),
    ("secretstore_status_condition", {"status": "True"}, 1),
)
"""What a platform without alarm has otherwise than the catalogue's examples: metric, labels, value.
Later lines win."""

PATHS: Final = "GET /metrics, or POST /set\n"
EXAMPLE: Final = '{"metric": "trading_volume_total", "value": 900, "labels": {"venue": "XNYS"}}'

Kind = Literal["gauge", "counter", "histogram"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One line of the catalogue."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    source: str
    meaning: str
    examples: Mapping[str, tuple[str, ...]]
    """For each label the values that it may have."""
    value: str
    """A number, or a point in time: ``now+3600``. Empty when Prometheus makes the metric itself."""

    def series(self) -> Iterator[dict[str, str]]:
        """The labels of each series: all combinations of the examples, with what scraping adds."""
        names = [label for label in self.labels if label != "le"]
        for values in itertools.product(*(self.examples.get(name, (f"{name}-1",)) for name in names)):
            own = dict(zip(names, values, strict=True))
            yield {**_scraped(self.source, own), **own}


class _Series:
    """One series: what was set, and what its counters had when that was."""

    def __init__(self, kind: Kind, bounds: Sequence[float], now: float) -> None:
        self.kind: Kind = kind
        self.value, self.pace, self.relative = 0.0, OBSERVATIONS, False
        self._bounds, self._since = bounds, now
        self._totals = [0.0] * len(self._growth())

    def settle(self, now: float) -> list[float]:
        """Count up to now; the counters."""
        passed = max(0.0, now - self._since)
        self._totals = [had + grew * passed for had, grew in zip(self._totals, self._growth(), strict=True)]
        self._since = now
        return self._totals

    def _growth(self) -> list[float]:
        """What each counter grows by in a second: a histogram has its buckets, their sum, and its count."""
        if self.kind == "gauge":
            return []
        if self.kind == "counter":
            return [self.value]
        shares = [_share_below(bound, self.value) for bound in self._bounds]
        return [self.pace * part for part in (*shares, 1.0, self.value, 1.0)]

    def samples(self, name: str, labels: Mapping[str, str], now: float) -> Iterator[str]:
        if self.kind == "gauge":
            yield _line(name, labels, now + self.value if self.relative else self.value)
            return
        totals = self.settle(now)
        if self.kind == "counter":
            yield _line(name, labels, totals[0])
            return
        for bound, total in zip((*map(_number, self._bounds), "+Inf"), totals, strict=False):
            yield _line(f"{name}_bucket", {**labels, "le": bound}, total)
        yield _line(f"{name}_sum", labels, totals[-2])
        yield _line(f"{name}_count", labels, totals[-1])


def catalogue(file: Path) -> list[Metric]:
    """The metrics that a CSV file lists, with the columns of ``metrics.csv``."""
    with file.open(encoding="utf-8", newline="") as stream:
        return [_metric(row) for row in csv.DictReader(stream)]


class Workload:
    """The metrics of a whole platform. May be set from any thread while it is scraped."""

    def __init__(self, file: Path, *, clock: Callable[[], float] = time.time) -> None:
        """``file``: the catalogue. ``clock``: seconds since 1970."""
        self._clock = clock
        self._lock = threading.RLock()
        self._metrics = {metric.name: metric for metric in catalogue(file) if metric.value}
        self._series: dict[str, dict[_Key, _Series]] = {name: {} for name in self._metrics}
        self.calm()

    @property
    def names(self) -> list[str]:
        """What there is: the catalogue's metrics, but those that Prometheus makes itself."""
        return sorted(self._metrics)

    def calm(self) -> None:
        """To a platform without alarm: what was removed comes back, what was added stays as it is."""
        with self._lock:
            for name, metric in self._metrics.items():
                for labels in metric.series():
                    self._series[name].setdefault(_key(labels), self._new(metric))
                    self.set(name, metric.value, **labels)
                    self.pace(name, OBSERVATIONS)
            for name, labels, value in HEALTHY:
                if name in self._metrics:
                    self.set(name, value, **labels)

    def set(self, metric: str, value: float | str, /, **labels: str) -> None:
        """Give a value to every series that has these labels; to a new one when none has.

        ``value``: a number, or a point in time such as ``now-30``; of a counter its growth a second, of
        a histogram about what it observes.
        """
        number, relative = _parsed(str(value))
        with self._lock:
            for series in self._found(metric, labels) or [self._added(metric, labels)]:
                series.settle(self._clock())
                series.value, series.relative = number, relative

    def pace(self, metric: str, observations: float, /, **labels: str) -> None:
        """How often a second a histogram observes from now on."""
        with self._lock:
            for series in self._found(metric, labels):
                series.settle(self._clock())
                series.pace = observations

    def remove(self, metric: str, /, **labels: str) -> None:
        """Take away every series that has these labels, as when what told of it has ended."""
        with self._lock:
            for series in self._found(metric, labels):
                keys = [key for key, there in self._series[metric].items() if there is series]
                for key in keys:
                    del self._series[metric][key]

    def exposition(self) -> str:
        """Everything, in Prometheus' text format."""
        lines: list[str] = []
        with self._lock:
            now = self._clock()
            for name, metric in self._metrics.items():
                lines.append(f"# TYPE {name} {metric.kind}")
                for key, series in self._series[name].items():
                    lines += series.samples(name, dict(key), now)
        return "\n".join((*lines, ""))

    def _found(self, metric: str, labels: Mapping[str, str]) -> list[_Series]:
        if metric not in self._metrics:
            msg = (
                f"no metric is called {metric!r}; the catalogue has, for example, {', '.join(self.names[:5])}"
            )
            raise KeyError(msg)
        return [series for key, series in self._series[metric].items() if labels.items() <= dict(key).items()]

    def _added(self, metric: str, labels: Mapping[str, str]) -> _Series:
        known = self._metrics[metric]
        first = next(known.series())
        return self._series[metric].setdefault(_key({**first, **labels}), self._new(known))

    def _new(self, metric: Metric) -> _Series:
        number, _ = _parsed(metric.value)
        scale = 1000.0 if metric.kind == "histogram" and number > MILLISECONDS else 1.0
        return _Series(metric.kind, [bound * scale for bound in BOUNDS], self._clock())


class _Handler(BaseHTTPRequestHandler):
    """``GET /metrics`` and ``POST /set``."""

    workload: ClassVar[Workload]

    def do_GET(self) -> None:
        if self.path == "/metrics":
            self._answer(200, self.workload.exposition())
        else:
            self._answer(404, PATHS)

    def do_POST(self) -> None:
        if self.path != "/set":
            self._answer(404, PATHS)
            return
        try:
            self._set(json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0")))))
        except (KeyError, TypeError, ValueError) as error:
            self._answer(400, f"{error}; wanted: {EXAMPLE}\n")
        else:
            self._answer(200, "")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class' name
        """A scrape a second is not worth a line each."""

    def _set(self, wanted: Mapping[str, Any]) -> None:
        metric, labels = str(wanted["metric"]), cast("Mapping[str, str]", wanted.get("labels", {}))
        if wanted.get("value") is None:
            self.workload.remove(metric, **labels)
        else:
            self.workload.set(metric, wanted["value"], **labels)

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        with suppress(ConnectionError):  # who asked is gone, such as a Prometheus that was killed
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


@contextmanager
def served(workload: Workload, port: int) -> Generator[str]:
    """Answer on a port of this machine while the context lasts: where to scrape, ``127.0.0.1:<port>``."""
    handler = type("Handler", (_Handler,), {"workload": workload})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


_Key: TypeAlias = tuple[tuple[str, str], ...]


def _key(labels: Mapping[str, str]) -> _Key:
    return tuple(sorted(labels.items()))


def _metric(row: Mapping[str, str]) -> Metric:
    examples = {
        name: tuple(values.split("|"))
        for name, _, values in (pair.partition("=") for pair in row["example"].split())
    }
    kind = row["type"]
    if kind not in ("gauge", "counter", "histogram"):
        msg = f"{row['metric']} has type {kind!r}; wanted: gauge, counter or histogram"
        raise ValueError(msg)
    return Metric(
        name=row["metric"],
        kind=kind,
        labels=tuple(row["labels"].split()),
        source=row["source"],
        meaning=row["meaning"],
        examples=examples,
        value=row["value"],
    )


def _parsed(value: str) -> tuple[float, bool]:
    """A number, and whether it counts from now."""
    return (float(value.removeprefix("now") or 0), True) if value.startswith("now") else (float(value), False)


def _scraped(source: str, own: Mapping[str, str]) -> dict[str, str]:
    """The labels that a scrape adds, where the metric does not bring its own."""
    job = own.get("service", WORKLOAD_JOB) if source == "workload" else source
    namespace = {"namespace": NAMESPACE, "pod": f"{job}-0"} if source == "workload" else {}
    return {**namespace, "job": job, "instance": INSTANCE}


def _share_below(bound: float, usual: float) -> float:
    """The part of the observations below a bound: they lie evenly between 0.5 and 1.5 of the usual one."""
    if usual <= 0:
        return 1.0
    return min(1.0, max(0.0, bound / usual - 0.5))


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{inside}}} {_number(value)}" if inside else f"{name} {_number(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return f"{value:.10g}"
