"""The simulated platform's metrics: what is exposed, how counters grow, what setting one does."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from lab.workload import BOUNDS, HEALTHY, OBSERVATIONS, Workload, catalogue, served
from tests.support import ROOT

CATALOGUE = ROOT / "components" / "k8s" / "monitoring" / "metrics.csv"
SMALL = """metric,type,labels,source,meaning,example,value
orders_total,counter,venue result,workload,orders,venue=XNYS|XNAS result=accepted|rejected,2
queue,gauge,queue,workload,tasks,queue=orders,12
seen,gauge,,workload,when,,now-30
wait_seconds,histogram,service le,workload,a wait,service=api,0.2
proxy_time,histogram,le,envoy-gateway,a wait in milliseconds,,80
node_up,gauge,node,kube-state-metrics,a node,node=node-1|node-2,1
lone,gauge,zone,workload,no example of its label,,1
ALERTS,gauge,alertname,prometheus,made by Prometheus itself,,
"""
SAMPLE = re.compile(r"^(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workload(tmp_path: Path, clock: Clock) -> Workload:
    file = tmp_path / "metrics.csv"
    file.write_text(SMALL, encoding="utf-8")
    return Workload(file, clock=clock)


def read(workload: Workload, name: str, **labels: str) -> list[float]:
    """The values of all series of that name with these labels."""
    found: list[float] = []
    for line in workload.exposition().splitlines():
        if not line.startswith("#"):
            sample = SAMPLE.match(line)
            assert sample, line
            own = dict(LABEL.findall(sample["labels"] or ""))
            if sample["name"] == name and labels.items() <= own.items():
                found.append(float(sample["value"]))
    return found


def labels_of(workload: Workload, name: str) -> list[Mapping[str, str]]:
    return [
        dict(LABEL.findall(line))
        for line in workload.exposition().splitlines()
        if line.startswith(f"{name}{{")
    ]


def test_each_combination_of_the_examples_is_a_series(workload: Workload) -> None:
    assert len(read(workload, "orders_total")) == 4
    assert len(read(workload, "orders_total", venue="XNYS")) == 2


def test_what_prometheus_makes_itself_is_not_exposed(workload: Workload) -> None:
    assert "ALERTS" not in workload.names
    assert "ALERTS" not in workload.exposition()


def test_a_label_without_an_example_has_a_value_all_the_same(workload: Workload) -> None:
    (labels,) = labels_of(workload, "lone")
    assert labels["zone"]


def test_our_own_metrics_have_the_labels_that_scraping_a_pod_adds(workload: Workload) -> None:
    for labels in labels_of(workload, "orders_total"):
        assert labels["namespace"] == "trading"
        assert {"pod", "job", "instance"} <= set(labels)


def test_the_metrics_of_others_have_the_job_that_brings_them(workload: Workload) -> None:
    for labels in labels_of(workload, "node_up"):
        assert labels["job"] == "kube-state-metrics"
        assert "pod" not in labels


def test_a_gauge_has_its_value_and_a_time_moves_with_the_clock(workload: Workload, clock: Clock) -> None:
    assert read(workload, "queue") == [12]
    assert read(workload, "seen") == [clock.now - 30]
    clock.now += 100
    assert read(workload, "seen") == [clock.now - 30]


def test_a_counter_grows_by_its_value_each_second(workload: Workload, clock: Clock) -> None:
    assert read(workload, "orders_total", venue="XNYS", result="accepted") == [0]
    clock.now += 10
    assert read(workload, "orders_total", venue="XNYS", result="accepted") == [20]
    assert read(workload, "orders_total", venue="XNYS", result="accepted") == [20]


def test_a_counter_that_is_set_goes_on_from_where_it_was(workload: Workload, clock: Clock) -> None:
    clock.now += 10
    workload.set("orders_total", 5, venue="XNYS")
    clock.now += 2
    assert read(workload, "orders_total", venue="XNYS", result="accepted") == [30]
    assert read(workload, "orders_total", venue="XNAS", result="accepted") == [24]


def test_setting_touches_every_series_with_the_labels(workload: Workload) -> None:
    workload.set("node_up", 0)
    assert read(workload, "node_up") == [0, 0]
    workload.set("node_up", 1, node="node-2")
    assert sorted(read(workload, "node_up")) == [0, 1]


def test_setting_a_series_that_was_not_there_makes_it(workload: Workload) -> None:
    workload.set("node_up", 1, node="node-3")
    assert len(read(workload, "node_up")) == 3
    (made,) = [labels for labels in labels_of(workload, "node_up") if labels["node"] == "node-3"]
    assert made["job"] == "kube-state-metrics"


def test_a_removed_series_is_gone_until_all_is_calm_again(workload: Workload) -> None:
    workload.remove("node_up", node="node-1")
    assert len(read(workload, "node_up")) == 1
    workload.calm()
    assert len(read(workload, "node_up")) == 2


def test_a_histogram_counts_in_the_buckets_around_its_value(workload: Workload, clock: Clock) -> None:
    clock.now += 60
    total = 60 * OBSERVATIONS
    assert read(workload, "wait_seconds_count") == [total]
    assert read(workload, "wait_seconds_sum") == [pytest.approx(0.2 * total)]
    assert read(workload, "wait_seconds_bucket", le="+Inf") == [total]
    assert read(workload, "wait_seconds_bucket", le="0.1") == [0]
    assert read(workload, "wait_seconds_bucket", le="0.2") == [pytest.approx(total / 2)]
    assert read(workload, "wait_seconds_bucket", le="0.3") == [total]


def test_a_histograms_buckets_never_go_down_with_their_bound_or_with_time(
    workload: Workload, clock: Clock
) -> None:
    before = [0.0] * (len(BOUNDS) + 1)
    for value in (0.004, 2.0, 0.2, 100.0, 0.0):
        workload.set("wait_seconds", value)
        clock.now += 3
        now = read(workload, "wait_seconds_bucket")
        assert now == sorted(now)
        assert all(new >= old for new, old in zip(now, before, strict=True))
        before = now
    assert before[-1] == pytest.approx(15 * OBSERVATIONS)


def test_a_histogram_of_milliseconds_has_bounds_in_milliseconds(workload: Workload, clock: Clock) -> None:
    clock.now += 1
    assert read(workload, "proxy_time_bucket", le="50") == [pytest.approx(OBSERVATIONS * 0.125)]
    assert read(workload, "proxy_time_bucket", le="200") == [OBSERVATIONS]


def test_the_pace_of_a_histogram_can_be_set(workload: Workload, clock: Clock) -> None:
    workload.pace("wait_seconds", 100, service="api")
    clock.now += 2
    assert read(workload, "wait_seconds_count") == [200]


def test_an_unknown_metric_is_an_error_that_names_some(workload: Workload) -> None:
    with pytest.raises(KeyError, match=r"no metric is called .order_total.*lone"):
        workload.set("order_total", 1)


def test_what_a_label_holds_is_quoted_for_prometheus(workload: Workload) -> None:
    workload.set("queue", 1, queue='a"b\\c\nd')
    assert r'queue="a\"b\\c\nd"' in workload.exposition()


def test_an_unknown_type_in_the_catalogue_is_an_error_that_names_the_metric(tmp_path: Path) -> None:
    file = tmp_path / "metrics.csv"
    file.write_text(SMALL.replace("queue,gauge", "queue,summary", 1), encoding="utf-8")
    with pytest.raises(ValueError, match="queue has type 'summary'"):
        catalogue(file)


# Over HTTP -----------------------------------------------------------------------------------------


def ask(url: str, body: object = None) -> tuple[int, str]:
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=5) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_person_can_scrape_set_and_remove(workload: Workload) -> None:
    with served(workload, 0) as target:
        assert (
            ask(f"http://{target}/set", {"metric": "queue", "value": 7, "labels": {"queue": "orders"}})[0]
            == 200
        )
        status, text = ask(f"http://{target}/metrics")
        assert status == 200
        assert re.search(r'^queue\{.*queue="orders"\} 7$', text, re.MULTILINE)
        assert ask(f"http://{target}/set", {"metric": "queue", "value": None})[0] == 200
        assert not re.search(r"^queue\{", ask(f"http://{target}/metrics")[1], re.MULTILINE)


@pytest.mark.parametrize(
    "wrong", [{"metric": "nobody", "value": 1}, {"value": 1}, {"metric": "queue", "value": "x"}]
)
def test_a_wrong_wish_is_refused_with_an_example(workload: Workload, wrong: object) -> None:
    with served(workload, 0) as target:
        status, text = ask(f"http://{target}/set", wrong)
    assert status == 400
    assert '"metric": "trading_volume_total"' in text


def test_another_path_says_which_there_are(workload: Workload) -> None:
    with served(workload, 0) as target:
        assert ask(f"http://{target}/")[0] == ask(f"http://{target}/metrics", {})[0] == 404


# The platform's own catalogue ----------------------------------------------------------------------


def test_every_raw_metric_of_the_platform_is_exposed() -> None:
    names = {metric.name for metric in catalogue(CATALOGUE) if metric.value}
    text = Workload(CATALOGUE).exposition()
    for name in names:
        assert re.search(rf"^{name}(_count)?[{{ ]", text, re.MULTILINE), name
    assert len(names) > 100


def test_what_makes_the_platform_calm_is_in_its_catalogue() -> None:
    """A name or a label value that is not there would calm nothing, and add a series that nobody has."""
    known = {metric.name: metric for metric in catalogue(CATALOGUE)}
    for name, labels, _ in HEALTHY:
        for label, value in labels.items():
            assert value in known[name].examples[label], f"{name} has no {label}={value}"


def test_at_the_start_each_thing_is_in_one_state_only() -> None:
    workload = Workload(CATALOGUE)
    assert set(read(workload, "kube_pod_status_phase", phase="Running")) == {1}
    assert set(read(workload, "kube_pod_status_phase", phase="Failed")) == {0}
    assert set(read(workload, "kube_node_status_condition", condition="Ready", status="true")) == {1}
    assert set(read(workload, "kube_node_status_condition", condition="MemoryPressure", status="true")) == {0}
