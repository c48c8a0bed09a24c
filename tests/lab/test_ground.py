"""The whole proving ground: what stands together falls together. The real one: tests/e2e."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lab import ground as grounds
from lab.daemon import Daemon, DaemonError
from lab.ground import Ground


class Log(list[str]):
    """What was done, and what each part was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: dict[str, tuple[Any, ...]] = {}


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    """What is started and stopped, in its order."""
    done = Log()

    class Part:
        """A part that notes down what happens to it."""

        name = ""
        url = "http://127.0.0.1:9"

        def __init__(self, *given: Any, **_: Any) -> None:
            done.given[self.name] = given
            self.daemons: list[Daemon] = []
            self.is_running = False
            self.client = SimpleNamespace()

        def start(self, _: Callable[[str], None]) -> None:
            done.append(f"start {self.name}")
            self.is_running = True
            if f"fail {self.name}" in done:
                raise DaemonError(self.name)

        def stop(self) -> None:
            done.append(f"stop {self.name}")

    for name in ("Cluster", "Prometheus", "Keda", "Rollouts"):
        monkeypatch.setattr(grounds, name, type(name, (Part,), {"name": name}))
    return done


def test_everything_stands_and_what_came_last_goes_first(log: Log, tmp_path: Path) -> None:
    with Ground(tmp_path) as ground:
        assert log == ["start Cluster", "start Prometheus", "start Keda", "start Rollouts"]
        names = [process.name for process in ground.processes()]
        assert names == ["prometheus", "simulated metrics"]
        assert "does not answer" in ground.processes()[0].trouble
    assert log[4:] == ["stop Rollouts", "stop Keda", "stop Prometheus", "stop Cluster"]


def test_one_that_stands_is_not_started_again_by_its_block(log: Log, tmp_path: Path) -> None:
    with Ground(tmp_path, bare=True).start():
        assert log == ["start Cluster"]


def test_a_bare_ground_is_a_cluster(log: Log, tmp_path: Path) -> None:
    with Ground(tmp_path, bare=True) as ground:
        assert ground.processes() == ()
    assert log == ["start Cluster", "stop Cluster"]


@pytest.mark.parametrize("part", ["Cluster", "Prometheus", "Keda", "Rollouts"])
def test_one_that_does_not_come_up_takes_the_others_down(log: Log, tmp_path: Path, part: str) -> None:
    log.append(f"fail {part}")
    with pytest.raises(DaemonError, match=part):
        Ground(tmp_path).start()
    started = [line.partition(" ")[2] for line in log if line.startswith("start")]
    stopped = [line.partition(" ")[2] for line in log if line.startswith("stop")]
    assert stopped == started[::-1]


def test_the_controllers_find_prometheus_under_any_name(log: Log, tmp_path: Path) -> None:
    with Ground(tmp_path):
        for name in ("Keda", "Rollouts"):
            assert log.given[name][1]["HTTP_PROXY"] == "http://127.0.0.1:9"


def test_the_simulated_platform_is_measured_by_the_platforms_own_catalogue(log: Log, tmp_path: Path) -> None:
    with Ground(tmp_path) as ground:
        assert "trading_volume_total" in ground.workload.names
        assert ground.target.startswith("127.0.0.1:")
    assert log
