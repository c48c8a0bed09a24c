from __future__ import annotations

import csv
import re
from collections import Counter

import pytest

from tests.components.k8s.monitoring.promql import CATALOGUE

with CATALOGUE.open(encoding="utf-8", newline="") as _file:
    ROWS = list(csv.DictReader(_file))
COLUMNS = ["metric", "type", "labels", "source", "meaning", "example", "value"]
MADE_BY_PROMETHEUS = {"ALERTS"}

rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["metric"])


def test_the_catalogue_has_its_columns_and_each_metric_once() -> None:
    assert list(ROWS[0]) == COLUMNS
    assert [name for name, times in Counter(row["metric"] for row in ROWS).items() if times > 1] == []


@rows
def test_a_metric_says_what_it_is_and_who_tells_it(row: dict[str, str]) -> None:
    assert re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", row["metric"])
    assert row["type"] in {"counter", "gauge", "histogram"}
    assert row["source"]
    assert row["meaning"]


@rows
def test_a_metric_of_our_own_that_counts_ends_in_total(row: dict[str, str]) -> None:
    if row["source"] == "workload":
        assert row["metric"].endswith("_total") == (row["type"] == "counter")


@rows
def test_each_label_has_an_example_and_a_histogram_has_its_bounds(row: dict[str, str]) -> None:
    if row["metric"] in MADE_BY_PROMETHEUS:
        return
    labels = set(row["labels"].split())
    examples = {pair.partition("=")[0] for pair in row["example"].split()}
    assert ("le" in labels) == (row["type"] == "histogram")
    assert examples == labels - {"le"}
    assert re.fullmatch(r"\d+(\.\d+)?|now[+-]\d+", row["value"])
