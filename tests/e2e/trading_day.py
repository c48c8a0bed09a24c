"""A day of prod's worker on a real control plane, and how many pods there were at every moment of it.

Prometheus, KEDA, the autoscaler and the scheduler act; a load generator only sets the metrics. The objects are
those of the shipped stack. Nothing of them is changed but time: everything happens `FACTOR` times as fast.
"""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import urllib3

from lab.hpa import SYNC_SECONDS
from lab.keda import compressed, metric_names
from lab.kubernetes import Json, Kubernetes, eventually
from lab.machines import is_ready
from lab.prometheus import Prometheus, QueryError
from lab.workload import Workload
from tests.components.k8s.manifests import objects
from tests.support import planned

__all__ = [
    "FACTOR",
    "NAMESPACE",
    "SCRAPED",
    "SERVICE",
    "SYNC",
    "Counts",
    "Day",
    "Look",
    "Phase",
    "Place",
    "live",
    "rules",
    "shipped",
]

FACTOR: Final = 30
"""The platform's times are divided by it: its ten minutes are 20 s, and none of them is less than one."""
SYNC: Final = SYNC_SECONDS / FACTOR
SCRAPED: Final = 15 / FACTOR
LOOK: Final = SYNC / 2
"""Between two looks at what there is."""
STAYS: Final = 4 * SYNC
"""So long a number has to stay to be the one that was meant: a minute of the platform."""
WITHIN: Final = 150.0
"""Seconds for a number to come, on a machine that does other things too."""
SERVICE, NAMESPACE = "worker", "trading"
TWIN: Final = "kubernetes-dr-"
"""Begins the names of what is in the second region."""
DEPLOYMENT, SCALED_OBJECT = "apps/v1/Deployment", "keda.sh/v1alpha1/ScaledObject"
AUTOSCALER: Final = "autoscaling/v2/HorizontalPodAutoscaler"
AWAY: Final = (QueryError, urllib3.exceptions.HTTPError)
"""What whoever asks Prometheus gets while it is away."""
QUIET, BUSY, RUSH = 250, 1150, 10_400
"""Trading volume per second: less than three pods' worth, that of twelve, and more than there may be."""


# What is shipped -----------------------------------------------------------------------------------


def shipped() -> list[Json]:
    """What prod has of the worker and around it, in the order in which it is made, in the lab's time."""
    found: list[Json] = []
    for manifest in _at_home():
        metadata, kind = manifest["metadata"], manifest["kind"]
        around = kind in {"PriorityClass", "ConfigMap"} or metadata["name"] in {"limits", "quota", SERVICE}
        inside = metadata.get("namespace", NAMESPACE) == NAMESPACE
        if (around and inside) or (kind, metadata["name"]) == ("Namespace", NAMESPACE):
            found.append(manifest)
    for manifest in found:
        if manifest["kind"] == "ScaledObject":
            manifest["spec"] = _in_the_labs_time(manifest["spec"], datetime.now(UTC))
    return found


def rules() -> dict[str, Json]:
    """The shipped recordings that scale, over the lab's times."""
    (file,) = (one for one in _at_home() if one["metadata"]["name"] == "platform-recordings")
    (group,) = (group for group in file["spec"]["groups"] if group["name"] == "scaling")
    faster = [{**rule, "expr": _faster(rule["expr"])} for rule in group["rules"]]
    return {"scaling": {"groups": [{**group, "rules": faster}]}}


def _at_home() -> Iterator[Json]:
    """Every object in prod's first region, with the name that it gets."""
    for resource, manifest in objects(planned("prod")):
        if "metadata" in manifest and not resource.name.startswith(TWIN):
            yield {**manifest, "metadata": {**resource.outputs["metadata"], **manifest["metadata"]}}


def _faster(expression: str) -> str:
    return re.sub(r"\[(\d+)m\]", lambda found: f"[{int(found[1]) * 60 / FACTOR:g}s]", expression)


def _in_the_labs_time(spec: Mapping[str, Any], now: datetime) -> Json:
    """The floor by the clock is where it is evening: a session opens and closes here by its metric."""
    fast = compressed(spec, FACTOR)
    east = (20 - now.hour + 12) % 24 - 12
    for trigger in fast["triggers"]:
        if trigger["type"] == "cron":
            trigger["metadata"]["timezone"] = f"Etc/GMT{-east:+d}"  # its sign is that of the west
    return fast


# What is seen --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where the day is lived."""

    client: Kubernetes
    prometheus: Prometheus
    workload: Workload
    spec: Json
    """Of the ScaledObject, in the lab's time."""


@dataclass(frozen=True, slots=True)
class Look:
    """What there was at a second of the day."""

    second: float
    said: Mapping[str, float | None]
    """What the query of each trigger answered; None: nothing."""
    wanted: int
    """``spec.replicas``, which the autoscaler writes."""
    ready: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Pods, as three of the control plane's parts count them."""

    desired: int
    current: int
    running: int


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the day: from a change of the market until the pods have followed, and stayed for a while."""

    began: float
    came: float
    ended: float
    counts: Counts


@dataclass(slots=True)
class Day:
    """Everything that was seen."""

    place: Place
    looks: list[Look] = field(default_factory=list[Look])
    phases: dict[str, Phase] = field(default_factory=dict[str, Phase])
    lost: float = 0
    """When Prometheus was killed."""
    back: float = 0
    """When it was started again."""
    _midnight: float = field(default_factory=time.monotonic)

    @property
    def second(self) -> float:
        """Now."""
        return time.monotonic() - self._midnight

    def during(self, begin: float, end: float) -> list[Look]:
        """What was seen from a second until another."""
        return [look for look in self.looks if begin <= look.second <= end]

    def phase(self, name: str, pods: int, change: Callable[[], object] = lambda: None) -> None:
        """Change the market, and wait until there are so many pods."""
        began = self.second
        change()
        eventually(lambda: self._counts() == Counts(pods, pods, pods), f"{name}: {pods} pods", within=WITHIN)
        came = self.second
        time.sleep(STAYS)
        self.phases[name] = Phase(began, came, self.second, self._counts())

    def look(self) -> None:
        """See what there is, once."""
        second, said = self.second, {name: self._said(name) for name in self._queries()}
        deployment = self.place.client.get(DEPLOYMENT, SERVICE, namespace=NAMESPACE)
        ready = int(deployment["status"].get("readyReplicas", 0))
        self.looks.append(Look(second, said, int(deployment["spec"]["replicas"]), ready))

    def _queries(self) -> dict[str, str]:
        """By trigger. The clock has none."""
        spec = self.place.spec
        triggers = zip(metric_names(spec), spec["triggers"], strict=True)
        return {name: trigger["metadata"].get("query", "") for name, trigger in triggers}

    def _said(self, name: str) -> float | None:
        query = self._queries()[name]
        if not query:
            return 0.0
        try:
            return self.place.prometheus.value(query)
        except AWAY:
            return None

    def _counts(self) -> Counts:
        client = self.place.client
        name = f"keda-hpa-{SERVICE}"
        status = client.get(AUTOSCALER, name, namespace=NAMESPACE).get("status", {})
        pods = client.list("v1/Pod", namespace=NAMESPACE, labels=f"app.kubernetes.io/name={SERVICE}")
        running = [pod for pod in pods if pod["status"]["phase"] == "Running" and is_ready(pod)]
        return Counts(status.get("desiredReplicas", 0), status.get("currentReplicas", 0), len(running))


@contextmanager
def _watched(day: Day) -> Generator[None]:
    """Look at it all the time."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(LOOK):
            day.look()

    watcher = threading.Thread(target=watch, daemon=True)
    day.look()
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


# What happens --------------------------------------------------------------------------------------


def live(place: Place) -> Day:
    """The day."""
    market, day = place.workload, Day(place)
    day.phase("before it", 3)
    with _watched(day):
        day.phase("the night", 3)
        day.phase("the session", 10, lambda: market.set("market_session_prewarm", 1, calendar="XNYS"))
        day.phase("busy", 12, lambda: _trade(market, BUSY))
        day.phase("nervous", 20, lambda: market.set("market_volatility_index", 0.9, market="XNAS"))
        _lose_prometheus(day)
        day.phase("seeing again", 20)
        day.phase("calm", 12, lambda: market.set("market_volatility_index", 0.3, market="XNAS"))
        day.phase("a rush", 100, lambda: _trade(market, RUSH))
        day.phase("quiet", 10, lambda: _trade(market, QUIET))
        day.phase("the evening", 3, lambda: market.set("market_session_prewarm", 0, calendar="XNYS"))
    return day


def at_night(market: Workload) -> None:
    """Little is traded, nothing waits, and both exchanges are closed."""
    _trade(market, QUIET)
    market.set("trading_volume_forecast", QUIET)
    market.set("market_volatility_index", 0.3)
    market.set("celery_queue_length", 5)
    for calendar in ("XNYS", "XNAS"):
        market.set("market_session_prewarm", 0, calendar=calendar)


def _trade(market: Workload, volume: float) -> None:
    """Half of it at each of the two exchanges."""
    market.set("trading_volume_total", volume / 2)


def _lose_prometheus(day: Day) -> None:
    """Kill it, and start it again when ten minutes, and a half more, have gone by."""
    place, patience = day.place, 1.25 * _patience(day.place.spec)
    (process,) = place.prometheus.daemons
    assert process.pid
    day.lost = day.second
    os.kill(process.pid, signal.SIGKILL)
    place.prometheus.stop()
    eventually(lambda: _is_blind(place.client), "KEDA goes by the fallback", within=WITHIN)
    eventually(
        lambda: day.second - day.lost > patience, "longer than the autoscaler remembers", within=WITHIN
    )
    day.back = day.second
    place.prometheus.start()
    eventually(lambda: not _is_blind(place.client), "KEDA sees again", within=WITHIN)


def _patience(spec: Mapping[str, Any]) -> float:
    behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    return float(behavior["scaleDown"]["stabilizationWindowSeconds"])


def _is_blind(client: Kubernetes) -> bool:
    status = client.get(SCALED_OBJECT, SERVICE, namespace=NAMESPACE).get("status", {})
    return any(one["type"] == "Fallback" and one["status"] == "True" for one in status.get("conditions", []))
