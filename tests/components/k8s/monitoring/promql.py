"""What an expression reads, and which labels its answer carries: worked out from its syntax tree.

A label that no metric on the way has is a mistake that Prometheus never tells: the answer is empty, and
an alert on it never rings.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path

import promql_parser as promql

CATALOGUE = Path(__file__).parents[4] / "components/k8s/monitoring/metrics.csv"
_SCRAPED = {"job", "instance"}
_POD = {"namespace", "pod", "container", "rollouts_pod_template_hash"}
_SETS = ("and", "or", "unless")
_HISTOGRAM = ("_bucket", "_sum", "_count")

Labels = frozenset[str]


class UnknownError(AssertionError):
    """An expression asks for something that nobody gives."""


@cache
def catalogue() -> dict[str, Labels]:
    """By name, the labels of every series that is scraped; a histogram has three."""
    known: dict[str, Labels] = {}
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            labels = frozenset(row["labels"].split()) | _SCRAPED
            labels |= _POD if row["source"] == "workload" else set()
            if row["type"] == "histogram":
                known |= {row["metric"] + end: labels for end in _HISTOGRAM}
            else:
                known[row["metric"]] = labels
    return known


def selectors(expression: str) -> list[promql.VectorSelector]:
    """All that an expression reads."""
    found: list[promql.VectorSelector] = []

    def visit(one: promql.Expr) -> None:
        if isinstance(one, promql.MatrixSelector):
            found.append(one.vector_selector)
        elif isinstance(one, promql.VectorSelector):
            found.append(one)

    promql.walk(promql.parse(expression), visit)
    return found


def metrics(expression: str) -> set[str]:
    """Names of the metrics that an expression reads."""
    return {one.name for one in selectors(expression) if one.name}


def labels_of(expression: str, known: Mapping[str, Collection[str]]) -> Labels:
    """The labels that the answer may carry. Raises `UnknownError` for a metric or label that is not there."""
    return _of(promql.parse(expression), known)


def _of(one: promql.Expr, known: Mapping[str, Collection[str]]) -> Labels:  # noqa: PLR0911 - one a kind of node
    match one:
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            return _of(one.expr, known)
        case promql.MatrixSelector():
            return _selected(one.vector_selector, known)
        case promql.VectorSelector():
            return _selected(one, known)
        case promql.AggregateExpr():
            return _aggregated(one, known)
        case promql.Call():
            return _called(one, known)
        case promql.BinaryExpr():
            return _joined(one, known)
        case _:
            return frozenset()


def _selected(one: promql.VectorSelector, known: Mapping[str, Collection[str]]) -> Labels:
    if one.name is None or one.name not in known:
        msg = f"{one.name}: neither in metrics.csv nor recorded"
        raise UnknownError(msg)
    labels = frozenset(known[one.name])
    _all_in((matcher.name for matcher in one.matchers.matchers), labels, f"{one}")
    return labels


def _aggregated(one: promql.AggregateExpr, known: Mapping[str, Collection[str]]) -> Labels:
    inner = _of(one.expr, known)
    made = frozenset({one.param.val}) if isinstance(one.param, promql.StringLiteral) else frozenset[str]()
    if one.modifier is None:
        return made
    named = frozenset(one.modifier.labels)
    _all_in(named, inner, one.prettify())
    return made | (named if one.modifier.type == promql.AggModifierType.By else inner - named)


def _called(one: promql.Call, known: Mapping[str, Collection[str]]) -> Labels:
    inner = frozenset[str]().union(*(_of(argument, known) for argument in one.args))
    match one.func.name:
        case "label_replace":
            _, made, _, source, _ = one.args
            if source.val:
                _all_in([source.val], inner, one.prettify())
            return inner | {made.val}
        case "absent":
            return frozenset()
        case "histogram_quantile":
            return inner - {"le"}
        case _:
            return inner


def _joined(one: promql.BinaryExpr, known: Mapping[str, Collection[str]]) -> Labels:
    left, right = _of(one.lhs, known), _of(one.rhs, known)
    matching = one.modifier.matching if one.modifier else None
    on = matching is not None and matching.type == promql.LabelModifierType.Include
    if matching is not None and on:
        _all_in(matching.labels, left, one.prettify())
        _all_in(matching.labels, right, one.prettify())
    if str(one.op) in _SETS:
        return left | right if str(one.op) == "or" else left
    group = set((one.modifier and one.modifier.group_labels) or ())
    _all_in(group, right, one.prettify())
    if one.modifier and one.modifier.card == promql.VectorMatchCardinality.ManyToOne:
        return left | group
    if matching is not None and on:
        return frozenset(matching.labels)
    return left or right


def _all_in(wanted: Iterable[str], there: Collection[str], where: str) -> None:
    missing = sorted(set(wanted) - set(there))
    if missing:
        msg = f"no label {', '.join(missing)} in {where}; there are: {', '.join(sorted(there)) or 'none'}"
        raise UnknownError(msg)
