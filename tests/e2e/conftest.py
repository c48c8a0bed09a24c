"""What a run with the real engine tells at its end: how long each stage took."""

from __future__ import annotations

import pytest

from tests.engines import WALL_TIMES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """A table of wall times; nothing when no engine ran."""
    times = config.stash.get(WALL_TIMES, [])
    if times:
        terminalreporter.section("real engine, simulated clouds: wall times")
    for stack, stage, seconds in times:
        terminalreporter.write_line(f"{stack:10} {stage:30} {seconds:7.1f} s")
