"""The whole proving ground in one room: the cluster, what acts in it, and what is measured of it.

::

    with Ground(room) as ground:
        ground.workload.set("trading_volume_total", 900)    # what KEDA then sees through Prometheus
        ground.cluster.client.list("v1/Pod", namespace="trading")

With ``bare`` only the cluster. The parts are told apart and used alone elsewhere (`lab.cluster`,
`lab.prometheus`, `lab.controllers`); this is how they stand together.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from lab.cluster import Cluster
from lab.controllers import Keda, Rollouts
from lab.daemon import Daemon, answers
from lab.prometheus import Prometheus, as_proxy
from lab.standing import Process
from lab.workload import Workload, served

__all__ = ["CATALOGUE", "Ground"]

CATALOGUE: Final = Path(__file__).parent.parent / "components" / "k8s" / "monitoring" / "metrics.csv"
"""What the platform measures, by which the simulated one is exposed (`lab.workload`)."""


class Ground:
    """Everything, from `start` to `stop`. A context manager, which starts it if it is not running."""

    def __init__(self, room: Path, *, bare: bool = False) -> None:
        """Nothing is started or written here. ``room``: an empty or new folder. ``bare``: only a cluster."""
        self.room, self.bare = room, bare
        self.cluster = Cluster(room)
        self.prometheus = Prometheus(room / "prometheus")
        self.workload = Workload(CATALOGUE)
        self.target = ""
        """Where the workload is scraped, and set by a POST (`lab.workload`): ``host:port``."""
        self._controllers: list[Keda | Rollouts] = []
        self._running = ExitStack()

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped since."""
        return self.cluster.is_running

    def start(self, tell: Callable[[str], None] = lambda _: None) -> Self:
        """Build what is missing, start it all and wait until it works. ``tell`` gets a line a step.

        Raises `lab.Unavailable` or `DaemonError`; then nothing is left running.
        """
        try:
            self._start(tell)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End everything, what was started last first."""
        self._running.close()
        self._controllers.clear()

    def processes(self) -> tuple[Process, ...]:
        """How each of them is, now."""
        daemons = [*self.cluster.daemons, *(one for each in self._controllers for one in each.daemons)]
        return (*map(_seen, daemons), *self._measuring())

    def _start(self, tell: Callable[[str], None]) -> None:
        self._running.callback(self.cluster.stop)
        self.cluster.start(tell)
        if self.bare:
            return
        self.target = self._running.enter_context(served(self.workload, 0))
        self.prometheus = Prometheus(self.room / "prometheus", targets=[self.target])
        self._running.callback(self.prometheus.stop)
        self.prometheus.start(tell)
        for controller in (Keda, Rollouts):
            made = controller(self.cluster, as_proxy(self.prometheus))
            self._controllers.append(made)
            self._running.callback(made.stop)
            made.start(tell)

    def _measuring(self) -> list[Process]:
        if not self.target:
            return []
        url, log = self.prometheus.url, self.room / "prometheus" / "prometheus.log"
        return [
            Process("prometheus", None, answers(f"{url}/-/ready")(), str(log), url),
            Process("simulated metrics", None, "", "", f"http://{self.target}/metrics"),
        ]

    def __enter__(self) -> Self:
        return self if self.is_running else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _seen(daemon: Daemon) -> Process:
    return Process(daemon.name, daemon.pid, daemon.trouble, str(daemon.log), daemon.address)
