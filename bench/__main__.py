"""Print the project's speed as ratios: ``make bench`` (or ``python -m bench [--json]``).

Nothing here passes or fails: a busy machine must not break a build. Each figure stands beside its goal.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass

from bench import growth, overhead, policies, startup


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value and what it should be."""

    name: str
    value: float
    unit: str
    goal: float
    note: str

    def line(self) -> str:
        """For people."""
        verdict = "meets" if self.value <= self.goal else "misses"
        return (
            f"{self.name:31} {self.value:6.2f} {self.unit:2} {verdict} the goal {self.goal:g}   {self.note}"
        )


def main(arguments: list[str]) -> int:
    """Measure, print, succeed."""
    figures: list[Figure] = []
    for name, measure in (
        ("overhead", overhead.measure),
        ("growth", growth.measure),
        ("startup", startup.measure),
        ("policies", policies.measure),
    ):
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        figures += [Figure(*row) for row in measure()]
    if "--json" in arguments:
        print(
            json.dumps(
                {"apiVersion": "bench/v1", "figures": [asdict(figure) for figure in figures]}, indent=2
            )
        )
    else:
        print("\n".join(figure.line() for figure in figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
