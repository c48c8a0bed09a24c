"""A day of prod's worker on a real control plane, and how many pods there were at every moment of it.

Prometheus, KEDA, the autoscaler and the scheduler act; a load generator only sets the metrics. The objects
are those of the shipped stack, in the lab's time (`tests.e2e.lab_time`).
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import urllib3

from lab.cluster import Cluster
from lab.keda import metric_names
from lab.kubernetes import Json, Kubernetes, eventually
from lab.machines import is_ready
from lab.prometheus import Prometheus, QueryError
from lab.workload import Workload
from tests.e2e.lab_time import NAMESPACE, SYNC, patience

__all__ = ["SERVICE", "Counts", "Day", "Look", "Phase", "Place", "at_night", "live"]

LOOK: Final = SYNC / 2
"""Between two looks at what there is."""
STAYS: Final = 4 * SYNC
"""So long a number has to stay to be the one that was meant: a minute of the platform."""
WITHIN: Final = 150.0
"""Seconds for a number to come, on a machine that does other things too."""
SERVICE: Final = "worker"
DEPLOYMENT, SCALED_OBJECT = "apps/v1/Deployment", "keda.sh/v1alpha1/ScaledObject"
AUTOSCALER: Final = "autoscaling/v2/HorizontalPodAutoscaler"
RECONCILIATIONS: Final = "horizontal_pod_autoscaler_controller_reconciliations_total{"
AWAY: Final = (QueryError, urllib3.exceptions.HTTPError)
"""What whoever asks Prometheus gets while it is away."""
QUIET, BUSY, RUSH = 250, 1150, 12_000
"""Trading volume per second: less than three pods' worth, that of twelve, and of a fifth more than may be."""


# What is seen --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counts:
    """Pods, as three of the control plane's parts count them."""

    desired: int
    current: int
    running: int

    def within(self, least: int, most: int) -> bool:
        """Whether all say the same number, and it is one of these."""
        return self.desired == self.current == self.running and least <= self.running <= most


@dataclass(frozen=True, slots=True)
class Place:
    """Where the day is lived."""

    cluster: Cluster
    prometheus: Prometheus
    market: Workload

    @property
    def client(self) -> Kubernetes:
        """As the administrator."""
        return self.cluster.client

    def counts(self, service: str) -> Counts:
        """The pods of a service, now."""
        name, labels = f"keda-hpa-{service}", f"app.kubernetes.io/name={service}"
        status = (self.client.find(AUTOSCALER, name, namespace=NAMESPACE) or {}).get("status", {})
        pods = self.client.list("v1/Pod", namespace=NAMESPACE, labels=labels)
        running = [pod for pod in pods if pod["status"]["phase"] == "Running" and is_ready(pod)]
        return Counts(status.get("desiredReplicas", 0), status.get("currentReplicas", 0), len(running))

    def until(self, service: str, least: int, most: int, when: str) -> None:
        """Wait until there are so many pods of a service."""
        what = f"{when}: {least} to {most} pods of {service} run, and as many are wanted"
        eventually(lambda: self.counts(service).within(least, most), what, within=WITHIN)

    def syncs(self) -> float:
        """How often the controller manager has looked after an autoscaler until now."""
        (manager,) = (one for one in self.cluster.daemons if one.name == "kube-controller-manager")
        file = self.cluster.room / "kubeconfig-of-the-manager"
        told = self.cluster.kubeconfig.read_text(encoding="utf-8")
        file.write_text(told.replace(self.cluster.address, manager.address), encoding="utf-8")
        metrics = Kubernetes(file).read("/metrics").splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in metrics if line.startswith(RECONCILIATIONS))


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
class Phase:
    """A part of the day: from a change of the market until the pods have followed, and stayed for a while."""

    least: int
    most: int
    """So many pods were meant."""
    began: float
    ended: float
    counts: Counts


@dataclass(slots=True)
class Day:
    """Everything that was seen."""

    place: Place
    spec: Json
    """Of the ScaledObject, in the lab's time."""
    looks: list[Look] = field(default_factory=list[Look])
    phases: dict[str, Phase] = field(default_factory=dict[str, Phase])
    lost: float = 0
    """When Prometheus was killed."""
    back: float = 0
    """When it was started again."""
    sync: float = SYNC
    """Seconds from one sync of the autoscaler to the next, as they really were."""
    _midnight: float = field(default_factory=time.monotonic)

    @property
    def second(self) -> float:
        """Now."""
        return time.monotonic() - self._midnight

    def during(self, begin: float, end: float) -> list[Look]:
        """What was seen from a second until another."""
        return [look for look in self.looks if begin <= look.second <= end]

    def phase(self, name: str, least: int, most: int, change: Callable[[], object] = lambda: None) -> None:
        """Change the market, and wait until there are so many pods."""
        began = self.second
        change()
        self.place.until(SERVICE, least, most, name)
        time.sleep(STAYS)
        self.phases[name] = Phase(least, most, began, self.second, self.place.counts(SERVICE))

    def look(self) -> None:
        """See what there is, once."""
        second = self.second
        triggers = zip(metric_names(self.spec), self.spec["triggers"], strict=True)
        said = {name: self._said(trigger["metadata"].get("query")) for name, trigger in triggers}
        deployment = self.place.client.get(DEPLOYMENT, SERVICE, namespace=NAMESPACE)
        ready = int(deployment["status"].get("readyReplicas", 0))
        self.looks.append(Look(second, said, int(deployment["spec"]["replicas"]), ready))

    def _said(self, query: str | None) -> float | None:
        if query is None:
            return 0.0  # the clock: it is evening
        try:
            return self.place.prometheus.value(query)
        except AWAY:
            return None


# What happens --------------------------------------------------------------------------------------


def at_night(market: Workload) -> Workload:
    """Little is traded, nothing waits, and both exchanges are closed."""
    _trade(market, QUIET)
    market.set("trading_volume_forecast", QUIET)
    market.set("market_volatility_index", 0.3)
    market.set("celery_queue_length", 5)
    for calendar in ("XNYS", "XNAS"):
        market.set("market_session_prewarm", 0, calendar=calendar)
    return market


def live(place: Place, spec: Json) -> Day:
    """The day: what changes, and how many pods are meant. When they fall, a tenth too many may stay."""
    market = place.market
    place.until(SERVICE, 3, 3, "before the day")
    day, syncs = Day(place, spec), place.syncs()
    with _watched(day):
        day.phase("the night", 3, 3)
        day.phase("the session", 10, 10, lambda: market.set("market_session_prewarm", 1, calendar="XNYS"))
        day.phase("busy", 12, 12, lambda: _trade(market, BUSY))
        day.phase("nervous", 20, 20, lambda: market.set("market_volatility_index", 0.9, market="XNAS"))
        _lose_prometheus(day)
        day.phase("seeing again", 20, 20)
        day.phase("calm", 12, 12, lambda: market.set("market_volatility_index", 0.3, market="XNAS"))
        day.phase("a rush", 100, 100, lambda: _trade(market, RUSH))
        day.phase("quiet", 10, 11, lambda: _trade(market, QUIET))
        day.phase("the evening", 3, 3, lambda: market.set("market_session_prewarm", 0, calendar="XNYS"))
        day.sync = day.second / (place.syncs() - syncs)
    return day


def _trade(market: Workload, volume: float) -> None:
    """Half of it at each of the two exchanges."""
    market.set("trading_volume_total", volume / 2)


def _lose_prometheus(day: Day) -> None:
    """Kill it, and start it again when the autoscaler has long forgotten what it said."""
    place, enough = day.place, 1.25 * patience(day.spec)
    (process,) = place.prometheus.daemons
    assert process.pid
    day.lost = day.second
    os.kill(process.pid, signal.SIGKILL)
    place.prometheus.stop()
    eventually(lambda: _is_blind(place.client), "KEDA goes by the fallback", within=WITHIN)
    eventually(lambda: day.second - day.lost > enough, f"{enough:g} s are over", within=WITHIN)
    day.back = day.second
    place.prometheus.start()
    eventually(lambda: not _is_blind(place.client), "KEDA sees again", within=WITHIN)


def _is_blind(client: Kubernetes) -> bool:
    status = client.get(SCALED_OBJECT, SERVICE, namespace=NAMESPACE).get("status", {})
    return any(one["type"] == "Fallback" and one["status"] == "True" for one in status.get("conditions", []))


@contextmanager
def _watched(day: Day) -> Generator[None]:
    """Look at it all the time. What goes wrong with that is raised at the end."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(LOOK):
            day.look()

    day.look()
    with ThreadPoolExecutor(1) as executor:
        watcher = executor.submit(watch)
        try:
            yield
        finally:
            over.set()
    watcher.result()
