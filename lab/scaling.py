"""A service under a load, in virtual time: KEDA (`lab.keda`) and the autoscaler (`lab.hpa`) at work.

Deterministic and quick (a day in a second), so a whole grid of loads can be tried; and the same run predicts
what a real control plane does with the same ScaledObject (`lab.autoscaling_picture` draws the two over each
other).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lab.hpa import SYNC_SECONDS, Autoscaler, Pods
from lab.keda import Keda

__all__ = ["Moment", "Observe", "Step", "simulate"]


class Moment(NamedTuple):
    """When, and with how many pods, the triggers' sources are asked."""

    second: float
    replicas: int
    ready: int
    """Those that work; of both versions during a release."""


Observe = Callable[[Moment], Mapping[str, float | None]]
"""What each trigger's source says, by the trigger's name. None: no answer, or nothing in it."""


class Step(NamedTuple):
    """One sync of the autoscaler."""

    second: float
    desired: int | None
    """What the metrics want before windows and policies; None where nothing can be told."""
    replicas: int
    """``spec.replicas`` from now on."""


@dataclass(slots=True)
class _Service:
    """Pods that need a while to be ready; the youngest go first."""

    start_seconds: float
    ready_at: list[float] = field(default_factory=list[float])

    def scale(self, second: float, replicas: int) -> None:
        del self.ready_at[replicas:]
        self.ready_at += [second + self.start_seconds] * (replicas - len(self.ready_at))

    def ready(self, second: float) -> int:
        return sum(at <= second for at in self.ready_at)


def simulate(
    scaled_object: Mapping[str, Any],
    observe: Observe,
    *,
    seconds: float,
    replicas: int,
    sync: float = SYNC_SECONDS,
    start_seconds: float = 0,
    beside: Callable[[float], float] = lambda _: 0,
) -> Iterator[Step]:
    """The autoscaler's steps from ``replicas`` pods on, one each ``sync``.

    Args:
        scaled_object: The ``spec`` of the ScaledObject.
        observe: The world: what the queries would say at a moment.
        seconds: How long.
        replicas: ``spec.replicas`` at the start, all of them ready.
        sync: The controller manager's ``--horizontal-pod-autoscaler-sync-period``.
        start_seconds: From the order for a pod until it is ready.
        beside: At a second, pods of another version under the same selector, as a share of ``replicas``:
            1 while Argo Rollouts runs a full second set.
    """
    keda = Keda(scaled_object)
    autoscaler = Autoscaler(keda.spec)
    service = _Service(start_seconds)
    service.scale(-start_seconds, replicas)
    poll, second = 0.0, 0.0
    while second <= seconds:
        ready = service.ready(second)
        twins = beside(second)
        pods = Pods(wanted=replicas, there=round(replicas * (1 + twins)), ready=round(ready * (1 + twins)))
        values = observe(Moment(second, replicas, pods.ready))
        while poll < second:  # the operator's own looks: they count failures too
            keda.answers(values, pods)
            poll += keda.polling_seconds
        desired, replicas = autoscaler.sync(second, pods, keda.answers(values, pods))
        service.scale(second, replicas)
        yield Step(second, desired, replicas)
        second += sync
