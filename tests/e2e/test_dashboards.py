"""Every picture of every dashboard, asked of a real Prometheus with the platform's own rules.

A query that is right by its grammar and by the labels of its metrics can still give nothing: two sides of a
division that do not meet, a label whose value nobody writes, a rule that reads what another has not made yet.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from components.k8s.monitoring.alerts import files
from lab.kubernetes import eventually
from lab.prometheus import EVERY, Prometheus
from lab.toolchain import Unavailable
from lab.workload import Workload, served
from tests.components.k8s.monitoring.boards import LIMITS, Shown, boards, shown
from tests.components.k8s.monitoring.promql import CATALOGUE
from tests.components.k8s.monitoring.variables import substituted

pytestmark = pytest.mark.e2e

PANELS: Final = list(shown())
STEP: Final = 5.0
"""Seconds between two points of a picture."""
PAST: Final = 20.0
"""Seconds that a picture looks back."""
WITHIN: Final = 60.0


@pytest.fixture(scope="module")
def workload() -> Workload:
    return Workload(CATALOGUE)


@pytest.fixture(scope="module")
def prometheus(workload: Workload, tmp_path_factory: pytest.TempPathFactory) -> Generator[Prometheus]:
    room: Path = tmp_path_factory.mktemp("dashboards") / "prometheus"
    try:
        with (
            served(workload, 0) as target,
            Prometheus(room, targets=[target], rules=_with_a_short_past()) as server,
        ):
            # What comes last: it reads what is recorded from recordings.
            server.wait("slo:period_error_budget_remaining:ratio", within=WITHIN)
            server.wait("cluster:cost_dollars:month_forecast", within=WITHIN)
            yield server
    except Unavailable as reason:
        pytest.skip(f"NO REAL PROMETHEUS: {reason}")


def _with_a_short_past() -> Mapping[str, dict[str, Any]]:
    """Our rules. The month's cost is a sum over full hours: the lab has seconds of a past, and sums those."""
    rules = files(LIMITS)
    for spec in rules.values():
        for group in spec["groups"]:
            for rule in group["rules"]:
                rule["expr"] = re.sub(r"\[31d:1h\]", f"[1m:{EVERY:g}s]", rule["expr"])
    return rules


def _answer(server: Prometheus, one: Shown, query: str, **chosen: str) -> list[list[float]]:
    """The values of every series, as Grafana would ask for them."""
    asked = substituted(query, step=STEP, scraped_every=EVERY, chosen=chosen)
    if one.panel["type"] != "timeseries":
        return [[sample.value] for sample in server.query(asked)]
    now = time.time()
    points = server.query_range(asked, start=now - PAST, end=now, step=STEP)
    return [[value for _, value in series.values] for series in points]


@pytest.mark.parametrize("one", PANELS, ids=str)
def test_a_panel_shows_numbers(prometheus: Prometheus, one: Shown) -> None:
    for query in one.queries:
        eventually(lambda query=query: _answer(prometheus, one, query), f"{query} gives data", within=WITHIN)
        series = _answer(prometheus, one, query)
        assert any(math.isfinite(value) for values in series for value in values), f"{query} gives {series}"


@pytest.mark.parametrize("one", [one for one in PANELS if "$namespace" in str(one.queries)], ids=str)
def test_a_panel_shows_nothing_of_a_namespace_that_was_not_chosen(prometheus: Prometheus, one: Shown) -> None:
    for query in one.queries:
        series = _answer(prometheus, one, query, namespace="nowhere")
        assert {value for values in series for value in values} <= {0.0}, query


@pytest.mark.parametrize("name", ["namespace", "job", "instance"])
def test_every_choice_offers_what_is_there(prometheus: Prometheus, name: str) -> None:
    for board in boards().values():
        (choice,) = [one for one in board["templating"]["list"] if one["name"] == name]
        found = re.fullmatch(r"label_values\((.*), (\w+)\)", choice["query"])
        assert found
        metric = substituted(found[1], step=STEP, scraped_every=EVERY)
        offered = {
            sample.labels.get(found[2]) for sample in prometheus.query(f"group by ({found[2]}) ({metric})")
        }
        assert offered - {None}


def test_releases_can_be_marked(prometheus: Prometheus) -> None:
    for board in boards().values():
        (annotation,) = board["annotations"]["list"]
        asked = substituted(annotation["expr"], step=STEP, scraped_every=EVERY)
        assert prometheus.query(re.sub(r" > 0$", " >= 0", asked))


def test_a_thrown_kill_switch_turns_the_panel_red(prometheus: Prometheus, workload: Workload) -> None:
    (one,) = [one for one in PANELS if str(one) == "executive: Trading"]
    (query,) = one.queries
    workload.set("kill_switch_active", 1)
    try:
        eventually(lambda: _answer(prometheus, one, query) == [[1.0]], "the switch is seen", within=WITHIN)
        (mapping,) = one.panel["fieldConfig"]["defaults"]["mappings"]
        assert mapping["options"]["1"] == {"text": "stopped", "color": "red", "index": 1}
    finally:
        workload.calm()
