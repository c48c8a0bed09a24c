"""Which keys the pinned charts know: ``charts_values.csv``, read off the charts themselves.

``found_in`` says where: the path is in the chart's ``values.yaml``, or that template reads it. A path that
ends in ``.*`` is a map into which the chart puts whatever it is given. A row holds for one version: with a
new one every path is looked up again.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("charts_values.csv")


@cache
def known() -> Mapping[tuple[str, str], frozenset[str]]:
    """Paths by chart and version."""
    found: dict[tuple[str, str], set[str]] = {}
    with TABLE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault((row["chart"], row["version"]), set()).add(row["path"])
    return {chart: frozenset(paths) for chart, paths in found.items()}


def strangers(chart: str, version: str, values: Mapping[str, Any]) -> list[str]:
    """Paths of the values that this version of the chart was not seen to know."""
    paths = known().get((chart, version), frozenset())
    return [path for path in _leaves(values) if path not in paths and not _free(path, paths)]


def _free(path: str, paths: frozenset[str]) -> bool:
    steps = path.split(".")
    return any(".".join([*steps[:length], "*"]) in paths for length in range(1, len(steps)))


def _leaves(values: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, value in values.items():
        path = f"{above}.{key}" if above else key
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, path)
        else:
            yield path
