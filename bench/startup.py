"""What a person waits for before `tradectl` says anything."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

__all__ = ["measure"]

RUNS = 9


def measure() -> list[tuple[str, float, str, float, str]]:
    """Wall time of `tradectl --help`, and of an interpreter that does nothing."""
    tradectl = Path(sys.executable).with_name("tradectl")
    commands = {"help": [str(tradectl), "--help"], "nothing": [sys.executable, "-c", "pass"]}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(RUNS + 1):
        for name, command in commands.items():
            began = time.perf_counter()
            subprocess.run(command, capture_output=True, check=True)
            times[name].append(time.perf_counter() - began)
    median = {name: statistics.median(found[1:]) for name, found in times.items()}
    note = f"an interpreter that does nothing takes {median['nothing']:.2f} s"
    return [("tradectl --help", median["help"], "s", 0.3, note)]
