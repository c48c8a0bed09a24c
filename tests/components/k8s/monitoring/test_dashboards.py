"""The rules of Grafana's dashboard-linter, and what is asked of a dashboard beyond them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import promql_parser as promql
import pytest
from grafana_foundation_sdk.models import units

from components.k8s.monitoring.grafana import Dashboards
from tests.components.k8s.monitoring.boards import (
    LIMITS,
    RUNBOOKS,
    Shown,
    alerts,
    boards,
    dashboards,
    known,
    shown,
)
from tests.components.k8s.monitoring.promql import CATALOGUE, labels_of, metrics
from tests.components.k8s.monitoring.variables import substituted

PANELS = list(shown())
BOARDS = boards()
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
UNITS = {value for value in vars(units).values() if isinstance(value, str)}
VARIABLES = ("cluster", "namespace", "job", "instance")

each_panel = pytest.mark.parametrize("one", PANELS, ids=str)
each_board = pytest.mark.parametrize("board", BOARDS.values(), ids=list(BOARDS))


def asked(expression: str) -> str:
    return substituted(expression, step=15, scraped_every=30)


def nodes(query: str) -> list[promql.Expr]:
    """Every node of its syntax tree; what a range selects from is there beside the range."""
    found: list[promql.Expr] = []
    promql.walk(promql.parse(asked(query)), found.append)
    return found


def raw() -> dict[str, dict[str, str]]:
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        return {row["metric"]: row for row in csv.DictReader(file)}


def source(metric: str) -> str:
    """Who tells it; nothing for what is recorded."""
    row = raw().get(metric) or raw().get(re.sub(r"_(bucket|sum|count)$", "", metric))
    return row["source"] if row else ""


# ------------------------------------------------------------------------------ what is written on it


@each_panel
def test_a_panel_says_what_it_shows_why_and_in_which_unit(one: Shown) -> None:
    panel = one.panel
    assert panel["title"].strip()
    assert len(panel["description"]) > len(panel["title"]), "a description says more than the title"
    assert panel["description"].rstrip().endswith((".", "?"))
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, "Grafana shows an unknown unit as text"
    assert panel["targets"]
    assert all(target["expr"] and target["legendFormat"] for target in panel["targets"])


@each_board
def test_no_two_panels_of_a_dashboard_are_called_the_same(board: dict[str, Any]) -> None:
    titles = Counter(panel["title"] for panel in board["panels"])
    assert not [title for title, times in titles.items() if times > 1]


@each_panel
def test_series_are_called_by_labels_that_they_have(one: Shown) -> None:
    """Grafana shows the label's name where there is no value."""
    for target in one.panel["targets"]:
        wanted = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        every = re.sub(r"^topk\(\d+, (.*)\)$", r"\1", asked(target["expr"]))  # the largest keep their labels
        assert wanted <= labels_of(every, known()), every


# ------------------------------------------------------------------------------------ what is asked


@each_panel
def test_a_query_reads_what_is_measured_or_recorded_by_labels_that_it_has(one: Shown) -> None:
    for query in one.queries:
        labels_of(asked(query), known())


@each_panel
def test_a_counter_is_never_shown_as_it_stands(one: Shown) -> None:
    counters = {name for name, row in raw().items() if row["type"] == "counter"}
    for query in one.queries:
        bare, functions = Counter[str](), set[str]()
        for node in nodes(query):
            if isinstance(node, promql.VectorSelector):
                bare[node.name or ""] += 1
            elif isinstance(node, promql.MatrixSelector):
                bare[node.vector_selector.name or ""] -= 1
            elif isinstance(node, promql.Call):
                functions |= {
                    node.func.name for inner in node.args if isinstance(inner, promql.MatrixSelector)
                }
        assert not counters & set(+bare), query
        assert functions <= {"rate", "increase"}, query


@each_panel
def test_a_rate_never_looks_back_for_less_than_four_scrapes(one: Shown) -> None:
    for query in one.queries:
        windows = set(re.findall(r"\brate\([^\[]*\[([^\]]+)\]", query))
        assert windows <= {"$__rate_interval"}, query


EXCLUDED = {
    "third parties": "job and instance are those of who measured, not of what was measured",
    "machines": "their namespace and job are the exporter's",
    "recordings": "they are sums over jobs and instances",
    "the cluster's own": "there is one API server, one Prometheus, one month's budget",
}
"""Why a query does not follow every variable."""


def follows(metric: str) -> set[str]:
    """The variables that can choose among a metric's series: the rest is `EXCLUDED`."""
    labels = known()[metric]
    if source(metric) == "workload" or metric == "up":
        return set(VARIABLES)
    if source(metric) in {"node-exporter", "blackbox-exporter"} or metric.startswith("instance:"):
        return {"cluster", "instance"}
    return {"cluster", "namespace"} & labels


@each_panel
def test_a_choice_above_reaches_every_query_that_it_can_mean_something_to(one: Shown) -> None:
    for query in one.queries:
        for name in metrics(asked(query)):
            for inside in re.findall(rf"(?<![\w:]){re.escape(name)}\{{([^}}]*)\}}", query):
                chosen = set(re.findall(r'(\w+)=~"\$\w+"', inside))
                assert chosen == follows(name), f"{name} in {query}"
                assert all(f'{label}=~"${label}"' in inside for label in chosen)
        asked_for = [node for node in nodes(query) if isinstance(node, promql.VectorSelector)]
        assert len(asked_for) == query.count("{"), f"a metric is asked for without a choice: {query}"


@pytest.mark.parametrize(
    ("without", "prefix"),
    [
        (dashboards(karpenter=False), "karpenter_"),
        (dashboards(mesh=False), "istio_"),
        (dashboards(limits=replace(LIMITS, standby=False)), "dr_"),
    ],
    ids=["Karpenter", "mesh", "second region"],
)
def test_what_is_not_installed_is_not_asked_for(without: Dashboards, prefix: str) -> None:
    assert [name for name in _asked_for(dashboards()) if name.startswith(prefix)]
    assert not [name for name in _asked_for(without) if name.startswith(prefix)]


def _asked_for(of: Dashboards) -> set[str]:
    return {name for one in shown(of) for query in one.queries for name in metrics(asked(query))}


# ------------------------------------------------------------------------------- what it is measured by


def test_lines_and_colours_follow_what_the_environment_promises() -> None:
    strict = replace(
        LIMITS,
        availability=Decimal("99.99"),
        budget=Decimal(10000),
        clock_seconds=Decimal("0.01"),
        rpo_seconds=60,
        queue_length=50,
    )
    steps = {
        str(one): [step["value"] for step in one.panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1:]]
        for one in shown(dashboards(limits=strict))
        if "thresholds" in one.panel["fieldConfig"]["defaults"]
    }
    assert steps["executive: Kept over 30 days"] == pytest.approx([0.9999, 0.99995])
    assert steps["executive: Forecast for the month"] == pytest.approx([8000, 10000])
    assert steps["executive: Database of the other region"] == pytest.approx([30, 60])
    assert steps["technical: Failed requests"] == pytest.approx([0.0001, 0.00144])
    assert steps["technical: Time to answer"] == pytest.approx([0.3, 0.6])
    assert steps["technical: Tasks that wait"] == [50]
    assert steps["security: Clocks"] == pytest.approx([0.005, 0.01])


@each_panel
def test_colours_change_in_the_order_of_their_values(one: Shown) -> None:
    """Grafana takes the last step that is reached."""
    found = one.panel["fieldConfig"]["defaults"].get("thresholds")
    if found:
        first, *rest = [step["value"] for step in found["steps"]]
        assert first is None
        assert rest == sorted(set(rest))


@each_panel
def test_a_panel_leads_to_the_runbook_of_an_alert_that_there_is(one: Shown) -> None:
    sections = {name.lower() for name in alerts()}
    for link in one.panel.get("links", []):
        address, _, section = link["url"].partition("#")
        assert address == RUNBOOKS
        assert section in sections


# -------------------------------------------------------------------------------------- the dashboard


@each_board
def test_nobody_edits_it_where_the_next_deployment_would_undo_it(board: dict[str, Any]) -> None:
    assert board["editable"] is False


def test_their_addresses_are_fixed_and_differ() -> None:
    assert {name: board["uid"] for name, board in BOARDS.items()} == {
        "executive": "trading-executive",
        "technical": "trading-technical",
        "security": "trading-security",
    }
    assert not [board for board in BOARDS.values() if board.get("id") is not None], "Grafana gives numbers"


@each_board
def test_its_title_says_whose_numbers_these_are(board: dict[str, Any]) -> None:
    assert board["title"].endswith(", prod us-east-1")


@each_board
def test_its_data_source_is_chosen_not_written_down(board: dict[str, Any]) -> None:
    panels = [panel for panel in board["panels"] if panel["type"] != "row"]
    asking = [*panels, *(target for panel in panels for target in panel["targets"])]
    asking += [*board["annotations"]["list"], *board["templating"]["list"][1:]]
    assert all(one["datasource"] == SOURCE for one in asking)


@each_board
def test_its_variables_narrow_one_after_the_other_and_follow_the_time_range(board: dict[str, Any]) -> None:
    datasource, *choices = board["templating"]["list"]
    assert (datasource["name"], datasource["type"], datasource["query"]) == (
        "datasource",
        "datasource",
        "prometheus",
    )
    assert tuple(choice["name"] for choice in choices) == VARIABLES
    on_time_range_change = 2
    for place, choice in enumerate(choices):
        assert choice["refresh"] == on_time_range_change
        assert (choice["multi"], choice["includeAll"], choice["allValue"]) == (True, True, ".*")
        before = {"cluster", "namespace", "job"} & set(re.findall(r"\$(\w+)", choice["query"]))
        assert before <= set(VARIABLES[:place])
        assert place == 0 or before, f"{choice['name']} offers what the ones before it left out"


@each_board
def test_all_panels_are_seen_side_by_side_on_the_grid(board: dict[str, Any]) -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert place["w"] > 0
        assert place["h"] > 0
        assert place["x"] + place["w"] <= 24, f"{panel['title']} hangs over the edge"
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, f"{panel['title']} covers {taken[x, y]}"
                taken[x, y] = panel["title"]


@each_board
def test_lines_of_panels_reach_from_edge_to_edge(board: dict[str, Any]) -> None:
    """A hole is a panel that was forgotten."""
    lines: Counter[int] = Counter()
    for panel in board["panels"]:
        lines[panel["gridPos"]["y"]] += panel["gridPos"]["w"]
    assert set(lines.values()) == {24}


@each_board
def test_every_panel_has_a_number_of_its_own_and_stands_in_a_row(board: dict[str, Any]) -> None:
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(numbers)) == len(numbers)
    assert board["panels"][0]["type"] == "row"
    assert all(panel.get("title") for panel in board["panels"])


@each_board
def test_one_dashboard_leads_to_the_others_and_to_the_alerts(board: dict[str, Any]) -> None:
    others, ringing, runbooks = board["links"]
    assert others["type"] == "dashboards"
    assert set(others["tags"]) == set(board["tags"])
    assert (others["includeVars"], others["keepTime"]) == (True, True)
    assert ringing["url"] == "/alerting/list"
    assert runbooks["url"] == RUNBOOKS


@each_board
def test_releases_are_marked_in_every_picture(board: dict[str, Any]) -> None:
    (annotation,) = board["annotations"]["list"]
    assert annotation["enable"] is True
    assert {"name"} <= labels_of(asked(annotation["expr"]), known())


@pytest.mark.parametrize(
    ("expression", "step", "wanted"),
    [
        ("rate(up[$__rate_interval])", 15, "rate(up[120s])"),
        ("rate(up[$__rate_interval])", 300, "rate(up[330s])"),
        ('up{job=~"$job", pod=~"${pod:regex}"}', 15, 'up{job=~".*", pod=~"a"}'),
    ],
)
def test_variables_become_what_grafana_makes_of_them(expression: str, step: float, wanted: str) -> None:
    assert substituted(expression, step=step, scraped_every=30, chosen={"pod": "a"}) == wanted


def test_a_variable_that_no_dashboard_has_is_noticed() -> None:
    with pytest.raises(KeyError, match="environment"):
        substituted('up{env="$environment"}', step=15, scraped_every=30)
