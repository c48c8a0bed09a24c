"""Loads, and services under them: what each trigger's query says at a moment.

The formulas are those of `components.k8s.triggers`, whose queries ``tests/components/k8s/test_triggers.py``
puts to a real PromQL engine: it holds the two together.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from lab.hpa import SYNC_SECONDS
from lab.scaling import Moment, Observe, Step

Load = Callable[[float], float]
"""What there is at a second."""

PER_POD: Final = 50
LIMIT: Final = 0.3
AT_MOST: Final = 2
QUIET: Final = 5
SLOW_SECONDS: Final = 900
STALE_SECONDS: Final = 30
"""So old is the number of pods that Prometheus has."""


def constant(much: float) -> Load:
    return lambda _: much


def step(low: float, high: float, start: float, end: float = math.inf) -> Load:
    return lambda second: high if start <= second < end else low


def ramp(low: float, high: float, start: float, end: float) -> Load:
    return lambda second: low + (high - low) * min(max((second - start) / (end - start), 0), 1)


def wave(mean: float, swing: float, period: float) -> Load:
    return lambda second: mean + swing * math.sin(2 * math.pi * second / period)


def spikes(low: float, high: float, every: float, width: float) -> Load:
    return lambda second: high if second % every < width else low


def noisy(load: Load, share: float, seed: int = 7) -> Load:
    """Up to ``share`` more or less at each look, the same in each run."""
    return lambda second: load(second) * (1 + random.Random(f"{seed}/{second}").uniform(-share, share))  # noqa: S311 - noise


LOADS: Final[Mapping[str, Load]] = {
    "nothing at all": constant(0),
    "a few requests at night": constant(6),
    "little": constant(120),
    "much": constant(2400),
    "too much": constant(9000),
    "a step up": step(100, 3000, 1800),
    "a step up and down": step(100, 4500, 1800, 7200),
    "a slow ramp": ramp(50, 4800, 1800, 10800),
    "a steep ramp": ramp(4800, 50, 1800, 2400),
    "a wave of an hour": wave(1500, 1200, 3600),
    "a wave of a minute": wave(1500, 900, 60),
    "spikes that come back": spikes(300, 4000, 480, 60),
    "one spike": step(300, 50_000, 3600, 3630),
    "noise": noisy(constant(1500), 0.3),
    "much noise": noisy(constant(1500), 0.8),
    "noise on a step": noisy(step(300, 2500, 1800, 9000), 0.3),
}
"""Requests per second."""


def latency_says(pods: float, p95: float | None, worst: float, rate: float) -> float | None:
    """The query of the latency trigger. No p95: the requests decide whether that is an outage."""
    if not p95:
        return 0 if rate <= QUIET else None
    asked = pods * min(max(p95 / LIMIT, 1), AT_MOST) * (worst > LIMIT)
    return min(asked, AT_MOST * rate / PER_POD)


def volume_says(volume: float, forecast: float | None, at_most: float) -> float:
    """The query of the volume trigger; None is a forecast that is old or missing."""
    return max(volume, 0 if forecast is None else min(forecast, at_most))


@dataclass
class Api:
    """A web service. Its p95 follows the load on each ready pod, a minute late, or is what it is told to
    be."""

    rate: Load
    capacity: float = 100
    """Requests per second that a pod could answer at the very most."""
    base: float = 0.06
    """Seconds that an answer takes when there is nothing else to do."""
    database: float = 0
    """Seconds that no pod makes shorter."""
    _p95: float = field(default=0.06, init=False)
    _seen: list[float] = field(default_factory=list[float], init=False)
    _pods: list[int] = field(default_factory=list[int], init=False)

    def __call__(self, moment: Moment) -> dict[str, float | None]:
        rate = self.rate(moment.second)
        busy = min(rate / (self.capacity * max(moment.ready, 1)), 0.98)
        now = max(self.base / (1 - busy), self.database)
        self._p95 += (now - self._p95) * SYNC_SECONDS / 60
        self._seen.append(self._p95)
        self._pods.append(moment.replicas)
        known = self._pods[max(len(self._pods) - 1 - STALE_SECONDS // SYNC_SECONDS, 0)]
        worst = max(self._seen[-SLOW_SECONDS // SYNC_SECONDS :])
        p95 = self._p95 if rate else None
        return {"requests": rate, "latency": latency_says(known, p95, worst, rate)}

    @property
    def p95(self) -> float:
        """As of the last look."""
        return self._p95


@dataclass
class Queue:
    """Workers that take tasks from a queue."""

    arrivals: Load
    """Tasks per second."""
    each: float
    """Tasks per second that one worker does."""
    waiting: float = 0

    def __call__(self, moment: Moment) -> dict[str, float | None]:
        come = self.arrivals(moment.second) - self.each * moment.ready
        self.waiting = max(self.waiting + come * SYNC_SECONDS, 0)
        return {"queue": self.waiting}


def lost(observe: Observe, start: float, end: float, instead: float | None = None) -> Observe:
    """Prometheus is away, and what its triggers make of it. The clock's trigger goes on."""

    def seen(moment: Moment) -> dict[str, float | None]:
        said = dict(observe(moment))
        if start <= moment.second < end:
            return {name: value if name.startswith("cron") else instead for name, value in said.items()}
        return said

    return seen


def turns(steps: Iterable[Step]) -> list[tuple[float, int]]:
    """When the number began to rise (1) or to fall (-1)."""
    found: list[tuple[float, int]] = []
    for before, after in pairwise(steps):
        way = (after.replicas > before.replicas) - (after.replicas < before.replicas)
        if way and (not found or found[-1][1] != way):
            found.append((after.second, way))
    return found
