"""What all dashboards share: how a panel is described, and how a description becomes Grafana's JSON.

A dashboard is rows of panels, and a panel is what it shows, why, in which unit and from which queries. The
rest follows the same rules everywhere: the data source is a variable, so the dashboard works on any
Prometheus; it cannot be edited, because the next deployment would undo it; panels fill a grid of 24 columns
from left to right; every panel has a number of its own and a sentence that says what to make of it.

Rules: Grafana's *dashboard-linter*; they are held by ``tests/components/k8s/monitoring/test_dashboards.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final, Literal, TypedDict, Unpack

from grafana_foundation_sdk.builders import bargauge, common, stat, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as model

__all__ = [
    "ANYWHERE",
    "NODES",
    "RATE",
    "SCRAPED",
    "TAG",
    "WITHIN",
    "Board",
    "Panel",
    "Query",
    "Row",
    "Steps",
    "above",
    "bars",
    "below",
    "curve",
    "number",
    "render",
]

ANYWHERE: Final = 'cluster=~"$cluster"'
"""A store of several clusters tells them apart by this label; a cluster's own Prometheus has none of it."""
WITHIN: Final = f'{ANYWHERE}, namespace=~"$namespace"'
"""Of what is measured from outside by a third party: its job and instance say who measured."""
SCRAPED: Final = f'{WITHIN}, job=~"$job", instance=~"$instance"'
"""Of what a pod says of itself."""
NODES: Final = f'{ANYWHERE}, instance=~"$instance"'
"""Of machines: their namespace and job are those of the exporter."""
RATE: Final = "$__rate_interval"
"""Grafana's own: never shorter than four scrapes, so that a rate always has two samples."""
TAG: Final = "trading-platform"
"""By which the dashboards find each other."""

DATASOURCE: Final = "${datasource}"
EVERYTHING: Final = ".*"
"""What *All* means: also what has no such label."""
WIDTH: Final = 8
"""Of 24 columns."""
HEIGHT: Final = 8
LETTERS: Final = "ABCDEF"
"""How Grafana tells the queries of a panel apart."""
REFRESH: Final = "1m"

Shape = Literal["stat", "time", "bars"]


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL, and how its series are called: ``{{label}}`` stands for a label's value."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True)
class Steps:
    """At which values the colour changes."""

    base: str
    steps: tuple[tuple[float, str], ...]


def above(warning: float, bad: float) -> Steps:
    """The more the worse."""
    return Steps("green", ((warning, "yellow"), (bad, "red")))


def below(warning: float, bad: float) -> Steps:
    """The less the worse: red under ``bad``, yellow under ``warning``."""
    return Steps("red", ((bad, "yellow"), (warning, "green")))


class Looks(TypedDict, total=False):
    """All that need not be said of a panel."""

    width: int
    """Columns; a third of the page unless said."""
    height: int
    steps: Steps
    minimum: float | None
    """Where the axis begins: at zero unless said; None leaves it to the values."""
    maximum: float
    decimals: int
    values: Mapping[int, tuple[str, str]]
    """What a number means, and its colour."""
    stacked: bool
    alert: str
    """The alert that says the same: its runbook says what to do."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture. Made by `curve`, `number` and `bars`."""

    shape: Shape
    title: str
    unit: str
    """As Grafana calls it."""
    description: str
    queries: tuple[Query, ...]
    looks: Looks


def curve(title: str, unit: str, description: str, *queries: Query, **looks: Unpack[Looks]) -> Panel:
    """Over time."""
    return Panel("time", title, unit, description, queries, looks)


def number(title: str, unit: str, description: str, *queries: Query, **looks: Unpack[Looks]) -> Panel:
    """As it is now."""
    return Panel("stat", title, unit, description, queries, looks)


def bars(title: str, unit: str, description: str, *queries: Query, **looks: Unpack[Looks]) -> Panel:
    """As it is now, one beside the other."""
    return Panel("bars", title, unit, description, queries, looks)


@dataclass(frozen=True, slots=True)
class Row:
    """Panels of one subject."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard."""

    uid: str
    """Its address in Grafana: links and bookmarks hold it, so it never changes."""
    title: str
    description: str
    since: str
    """Where its time range begins, for example ``now-6h``."""
    rows: tuple[Row, ...]
    runbooks: str
    """Address of the runbooks; each alert has a section of its name."""


def render(board: Board, where: str) -> str:
    """The dashboard as Grafana reads it; the same board gives the same text.

    ``where``: the environment and region that it looks at, for its title.
    """
    dashboard = (
        build.Dashboard(f"{board.title}, {where}")
        .uid(board.uid)
        .description(board.description)
        .tags([TAG])
        .timezone("browser")
        .time(board.since, "now")
        .refresh(REFRESH)
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .link(
            build.DashboardLink("Dashboards")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .include_vars(True)
            .keep_time(True)
        )
        .link(_link("Alerts", "/alerting/list"))
        .link(_link("Runbooks", board.runbooks))
        .annotation(_releases())
    )
    for variable in _variables():
        dashboard.with_variable(variable)
    ids = count(1)
    for row in board.rows:
        dashboard.with_row(build.Row(row.title).id(next(ids)))
        for panel in row.panels:
            dashboard.with_panel(_panel(panel, next(ids), board.runbooks))
    return json.dumps(dashboard.build(), cls=JSONEncoder, sort_keys=True, separators=(",", ":"))


def _panel(panel: Panel, id_: int, runbooks: str) -> Builder[model.Panel]:
    looks = panel.looks
    made = (
        _SHAPES[panel.shape](looks)
        .id(id_)
        .title(panel.title)
        .description(panel.description)
        .datasource(_datasource())
        .span(looks.get("width", WIDTH))
        .height(looks.get("height", HEIGHT))
        .unit(panel.unit)
        .no_value("–")
    )
    minimum = looks.get("minimum", 0)
    if minimum is not None:
        made.min(minimum)
    if "maximum" in looks:
        made.max(looks["maximum"])
    if "decimals" in looks:
        made.decimals(looks["decimals"])
    if "steps" in looks:
        made.thresholds(_thresholds(looks["steps"]))
    if "values" in looks:
        made.mappings([_mapping(looks["values"])])
    if "alert" in looks:
        made.links([_link("Runbook", f"{runbooks}#{looks['alert'].lower()}")])
    for letter, query in zip(LETTERS, panel.queries, strict=False):
        target = Dataquery().expr(query.expr).legend_format(query.legend).ref_id(letter)
        target = target.range() if panel.shape == "time" else target.instant()
        made.with_target(target.datasource(_datasource()))
    return made


Made = stat.Panel | timeseries.Panel | bargauge.Panel


def _stat(looks: Looks) -> Made:
    colour = common_models.BigValueColorMode
    return (
        stat.Panel()
        .graph_mode(common_models.BigValueGraphMode.NONE)
        .color_mode(colour.BACKGROUND if looks.keys() & {"steps", "values"} else colour.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )


def _time(looks: Looks) -> Made:
    made = (
        timeseries.Panel()
        .fill_opacity(15)
        .show_points(common_models.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(common_models.LegendDisplayMode.LIST)
            .placement(common_models.LegendPlacement.BOTTOM)
        )
        .tooltip(common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI))
    )
    if looks.get("stacked"):
        made.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL))
    if "steps" in looks:
        made.thresholds_style(
            common.GraphThresholdsStyleConfig().mode(common_models.GraphTresholdsStyleMode.DASHED)
        )
    return made


def _bars(_: Looks) -> Made:
    return (
        bargauge.Panel()
        .orientation(common_models.VizOrientation.HORIZONTAL)
        .display_mode(common_models.BarGaugeDisplayMode.BASIC)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )


_SHAPES: Final[Mapping[Shape, Callable[[Looks], Made]]] = {"stat": _stat, "time": _time, "bars": _bars}


def _thresholds(steps: Steps) -> build.ThresholdsConfig:
    return (
        build.ThresholdsConfig()
        .mode(model.ThresholdsMode.ABSOLUTE)
        .steps(
            [
                model.Threshold(None, steps.base),
                *(model.Threshold(value, colour) for value, colour in steps.steps),
            ]
        )
    )


def _mapping(values: Mapping[int, tuple[str, str]]) -> model.ValueMap:
    return model.ValueMap(
        {
            str(value): model.ValueMappingResult(text=text, color=colour, index=index)
            for index, (value, (text, colour)) in enumerate(values.items())
        }
    )


def _link(title: str, url: str) -> build.DashboardLink:
    return build.DashboardLink(title).type(model.DashboardLinkType.LINK).url(url).target_blank(True)


def _datasource() -> model.DataSourceRef:
    return model.DataSourceRef(type_val="prometheus", uid=DATASOURCE)


def _releases() -> build.AnnotationQuery:
    """A line in every picture where a new version took over: most changes of a curve begin there."""
    completed = f'rollout_events_total{{{WITHIN}, reason="RolloutCompleted"}}'
    return (
        build.AnnotationQuery()
        .name("Releases")
        .datasource(_datasource())
        .enable(True)
        .icon_color("blue")
        .expr(f"sum by (name) (increase({completed}[2m])) > 0")
    )


def _variables() -> Iterable[Builder[model.VariableModel]]:
    """From the outside in; each offers what the ones before it leave."""
    yield build.DatasourceVariable("datasource").label("Data source").type("prometheus")
    yield _variable("cluster", "label_values(up, cluster)")
    yield _variable("namespace", f"label_values(kube_pod_info{{{ANYWHERE}}}, namespace)")
    yield _variable("job", f"label_values(up{{{WITHIN}}}, job)")
    yield _variable("instance", f'label_values(up{{{WITHIN}, job=~"$job"}}, instance)')


def _variable(name: str, query: str) -> build.QueryVariable:
    """Several values or all. Asked for again when the time range changes: pods come and go."""
    return (
        build.QueryVariable(name)
        .label(name.capitalize())
        .query(query)
        .datasource(_datasource())
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(EVERYTHING)
        .current(model.VariableOption(selected=True, text="All", value="$__all"))
    )
