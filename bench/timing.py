"""Two things timed in turn, so that both meet the machine's same moods."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable

__all__ = ["in_turn", "once"]


def once(work: Callable[[], object]) -> float:
    """CPU seconds of one run in this process, the garbage of the last one collected before."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def in_turn(
    first: Callable[[], object], second: Callable[[], object], runs: int
) -> tuple[float, float, float]:
    """Medians of both (seconds), and the median of the ratios pair by pair, after one warm-up each."""
    first()
    second()
    pairs = [(once(first), once(second)) for _ in range(runs)]
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )
