"""What a run with the real parts has: a cluster for whoever asks, and a table of how long stages took."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from lab.cluster import Cluster
from lab.toolchain import Unavailable
from tests.engines import WALL_TIMES, narrator


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """A table of wall times; nothing when no engine ran."""
    times = config.stash.get(WALL_TIMES, [])
    if times:
        terminalreporter.section("real engine, simulated clouds: wall times")
    for stack, stage, seconds in times:
        terminalreporter.write_line(f"{stack:10} {stage:30} {seconds:7.1f} s")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Generator[Cluster]:
    """A real control plane with simulated machines, one for all tests; ended whatever happens.

    It is shared: a test works in a namespace of its own. Skips with the reason where it cannot be had.
    """
    found = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        found.start(narrator(pytestconfig))
    except Unavailable as reason:
        pytest.skip(f"NO REAL CLUSTER: {reason}")
    try:
        yield found
    finally:
        found.stop()
