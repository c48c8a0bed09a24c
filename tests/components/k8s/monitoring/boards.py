"""The dashboards as Grafana gets them, to look into."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import Any

from components.k8s.monitoring.alerts import groups
from components.k8s.monitoring.grafana import Dashboards, rendered
from components.k8s.monitoring.limits import Limits
from components.k8s.monitoring.rule_file import Alert, Recording
from tests.components.k8s.monitoring.promql import Labels, catalogue, labels_of

LIMITS = Limits(services=("api", "dashboard"), budget=Decimal(5000), standby=True)
RUNBOOKS = "https://example.com/alerts.md"


@dataclass(frozen=True)
class Shown:
    """A panel and where it is."""

    board: str
    panel: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.board}: {self.panel['title']}"

    @property
    def queries(self) -> list[str]:
        return [target["expr"] for target in self.panel["targets"]]


def dashboards(*, limits: Limits = LIMITS, karpenter: bool = True, mesh: bool = True) -> Dashboards:
    return Dashboards(
        environment="prod",
        region="us-east-1",
        limits=limits,
        latency_seconds=0.3,
        runbooks=RUNBOOKS,
        karpenter=karpenter,
        mesh=mesh,
    )


def boards(of: Dashboards | None = None) -> dict[str, dict[str, Any]]:
    """By name; with everything that can be switched on."""
    return {name: json.loads(content) for name, content in rendered(of or dashboards()).items()}


def shown(of: Dashboards | None = None) -> Iterator[Shown]:
    """Every panel of every dashboard."""
    for name, board in boards(of).items():
        for panel in board["panels"]:
            if panel["type"] != "row":
                yield Shown(name, panel)


@cache
def known() -> dict[str, Labels]:
    """By name, the labels of all that Prometheus can be asked for. A store of several clusters adds one."""
    found = dict(catalogue())
    every = chain.from_iterable(group.rules for file in groups(LIMITS).values() for group in file)
    for rule in every:
        if isinstance(rule, Recording):
            labels = labels_of(rule.expr, found) | rule.labels.keys()
            found[rule.record] = found.get(rule.record, frozenset()) | labels
    return {name: labels | {"cluster"} for name, labels in found.items()}


def alerts(limits: Limits = LIMITS) -> dict[str, Alert]:
    """Every alert by name."""
    every = chain.from_iterable(group.rules for file in groups(limits).values() for group in file)
    return {rule.name: rule for rule in every if isinstance(rule, Alert)}
