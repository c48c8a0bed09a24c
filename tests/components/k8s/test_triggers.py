"""What the scaling queries say: their form, and (in ``make e2e``) their answers from a real PromQL engine."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from components.k8s import triggers
from components.k8s.calendars import calendar
from components.k8s.triggers import Trigger, floor, latency, queue, requests, session, volatility, volume
from lab.toolchain import PROMETHEUS, built
from tests.lab.worlds import latency_says, volume_says
from tests.support import ROOT

EVERY = (
    volume(counted_by="orchestrator", forecast_pods=30),
    volume(counted_by="orchestrator"),
    requests("api"),
    latency("api"),
    volatility(pods=20),
    queue(),
    *floor(["XNYS", "24/7"], pods=10),
)
ASKING = [trigger for trigger in EVERY if trigger.kind == "prometheus"]
RECORDED = {"trading_volume_per_second", "api_requests_per_second", "api_response_time_p95"}


@pytest.mark.parametrize("trigger", EVERY, ids=lambda trigger: trigger.name)
def test_keda_gets_strings_only_and_divides_every_number_by_its_threshold(trigger: Trigger) -> None:
    """A ``Value`` would multiply the pods instead: those of both versions, during a release."""
    told = trigger.as_keda()
    assert all(isinstance(value, str) for value in told["metadata"].values())
    assert (told["name"], told["type"], told["metricType"]) == (trigger.name, trigger.kind, "AverageValue")


@pytest.mark.parametrize("trigger", ASKING, ids=lambda trigger: trigger.name)
def test_no_answer_is_never_taken_for_zero(trigger: Trigger) -> None:
    assert trigger.metadata["ignoreNullValues"] == "false"
    assert "vector(" not in trigger.metadata["query"]


@pytest.mark.parametrize("trigger", ASKING, ids=lambda trigger: trigger.name)
def test_a_query_asks_for_metrics_of_the_contract_within_one_namespace(trigger: Trigger) -> None:
    with (ROOT / "components/k8s/monitoring/metrics.csv").open(encoding="utf-8") as lines:
        contract = {row["metric"] for row in csv.DictReader(lines)} | RECORDED
    selectors = re.findall(r"([a-z_0-9]+)(\{[^}]*\})", trigger.metadata["query"])
    assert selectors
    assert {metric for metric, _ in selectors} <= contract
    assert all(where.startswith('{namespace="trading"') for _, where in selectors)


def test_each_calendar_has_its_own_trigger_and_each_hour_of_the_week_is_kept_once() -> None:
    """New York's two exchanges keep the same hours; a market that never closes needs no clock."""
    found = floor(["XNYS", "XNAS", "XLON", "24/7"], pods=10)
    names = ["session-xnys", "session-xnas", "session-xlon", "session-24-7", "cron-xnys", "cron-xlon"]
    assert [trigger.name for trigger in found] == names


def test_the_clocks_trigger_speaks_the_exchanges_own_time() -> None:
    *_, clock = floor(["XLON"], pods=10)
    window = calendar("XLON").cron()
    assert window
    assert clock.metadata == {
        "timezone": "Europe/London",
        "start": window.start,
        "end": window.end,
        "desiredReplicas": "10",
    }


def test_the_numbers_are_the_callers() -> None:
    assert volume(counted_by="worker", per_pod=250).metadata["threshold"] == "250"
    assert requests("api", per_pod=12.5).metadata["threshold"] == "12.5"
    assert queue(per_worker=3).metadata["threshold"] == "3"
    assert "> bool 0.9) * 7 " in volatility(pods=7, above=0.9).metadata["query"]
    assert session("XLON", pods=4).metadata["query"].endswith("* 4")
    slow = latency("web", per_pod=20, seconds=0.5, at_most=3).metadata["query"]
    assert "/ 0.5, 1, 3)" in slow
    assert "scalar(3 * sum(api_requests_per_second" in slow
    assert 'horizontalpodautoscaler="keda-hpa-web"' in slow


class Case(NamedTuple):
    """Series as promtool writes them (a value each 15 s), and what the query says after ten minutes."""

    name: str
    trigger: Trigger
    series: dict[str, str]
    says: float | None
    """None: nothing, or not a number; KEDA counts a failure."""


TRADING = 'namespace="trading"'
RATE = f'api_requests_per_second{{{TRADING},service="api"}}'
COUNTED = f'api_requests_total{{{TRADING},service="api",pod="api-1",code="200"}}'
UP = f'up{{{TRADING},job="api",pod="api-1"}}'
P95 = f'api_response_time_p95{{{TRADING},service="api"}}'
PODS = (
    "kube_horizontalpodautoscaler_status_desired_replicas"
    f'{{{TRADING},horizontalpodautoscaler="keda-hpa-api"}}'
)
VOLUME = f"trading_volume_per_second{{{TRADING}}}"
SOLD = f'trading_volume_total{{{TRADING},venue="XNYS"}}'
DEALER = f'up{{{TRADING},job="orchestrator"}}'
FORECAST = f"trading_volume_forecast{{{TRADING}}}"
FORESEEN = volume(counted_by="orchestrator", forecast_pods=30)
NAN = " ".join(["NaN"] * 60)


def index(market: str, pod: str = "a") -> str:
    return f'market_volatility_index{{{TRADING},market="{market}",pod="{pod}"}}'


def length(name: str, pod: str = "a") -> str:
    return f'celery_queue_length{{{TRADING},queue="{name}",pod="{pod}"}}'


def slow(p95: str, pods: float = 10, rate: float = 1000) -> dict[str, str]:
    return {P95: p95, PODS: f"{pods}x60", RATE: f"{rate}x60", COUNTED: "0+9x60", UP: "1x60"}


CASES = [
    Case("requests flow", requests("api"), {RATE: "120x60", COUNTED: "0+9x60", UP: "1x60"}, 120),
    Case("no request ever came", requests("api"), {UP: "1x60"}, 0),
    Case("no request ever came, and no pod is seen", requests("api"), {UP: "0x60"}, None),
    Case("no target is left", requests("api"), {}, None),
    Case("a release counts no more", requests("api"), {RATE: "120x20 stale", UP: "1x60"}, None),
    Case("nor does it sell", FORESEEN, {VOLUME: "8x20 stale", DEALER: "1x60", FORECAST: "9x60"}, None),
    Case(
        "requests are counted, and the rule that sums them is gone",
        requests("api"),
        {COUNTED: "0+9x60"},
        None,
    ),
    Case("the rule is gone, and the pods are seen", requests("api"), {COUNTED: "0+9x60", UP: "1x60"}, None),
    Case(
        "the target was lost a minute ago",
        requests("api"),
        {RATE: "120x35 stale", COUNTED: "0+9x35 stale"},
        None,
    ),
    Case("volume flows", FORESEEN, {VOLUME: "800x60"}, 800),
    Case("more is foreseen", FORESEEN, {VOLUME: "800x60", FORECAST: "1200x60"}, volume_says(800, 1200, 3000)),
    Case("less is foreseen", FORESEEN, {VOLUME: "800x60", FORECAST: "10x60"}, volume_says(800, 10, 3000)),
    Case("far too much is foreseen", FORESEEN, {VOLUME: "800x60", FORECAST: "1e9x60"}, 3000),
    Case("nonsense is foreseen", FORESEEN, {VOLUME: "800x60", FORECAST: NAN}, 800),
    Case("what was foreseen is old", FORESEEN, {VOLUME: "800x60", FORECAST: "1200x30 _x30"}, 800),
    Case("only the forecast is seen", FORESEEN, {FORECAST: "1200x60"}, None),
    Case("nothing was ever traded", FORESEEN, {DEALER: "1x60", FORECAST: "1200x60"}, 0),
    Case("volume is counted and not summed", FORESEEN, {DEALER: "1x60", SOLD: "0+1x60"}, None),
    Case("answers are quick", latency("api"), slow("0.2x60"), latency_says(10, 0.2, 0.2, 1000)),
    Case("answers are slow", latency("api"), slow("0.45x60"), latency_says(10, 0.45, 0.45, 1000)),
    Case("answers are very slow", latency("api"), slow("9x60"), latency_says(10, 9, 9, 1000)),
    Case("answers were slow", latency("api"), slow("0.45x20 0.2x40"), latency_says(10, 0.2, 0.45, 1000)),
    Case("the load bounds it", latency("api"), slow("9x60", pods=38), latency_says(38, 9, 9, 1000)),
    Case("slow, and hardly asked", latency("api"), slow("9x60", rate=4), latency_says(10, 9, 9, 4)),
    Case("slow, and not asked", latency("api"), slow(NAN, rate=0), latency_says(10, None, 9, 0)),
    Case("asked, and no p95", latency("api"), slow(NAN), latency_says(10, None, 9, 1000)),
    Case("asked, and a p95 of nothing", latency("api"), slow("0x60"), latency_says(10, 0, 0, 1000)),
    Case("slow, and the pods are not known", latency("api"), {**slow("9x60"), PODS: "_x60"}, None),
    Case("slow, and the requests are not known", latency("api"), {**slow("9x60"), RATE: "_x60"}, None),
    Case("never asked", latency("api"), {UP: "1x60"}, 0),
    Case("calm markets", volatility(pods=20), {index("XNYS"): "0.3x60", index("XLON"): "0.8x60"}, 0),
    Case("one nervous market", volatility(pods=20), {index("XNYS"): "0.3x60", index("XLON"): "0.81x60"}, 20),
    Case("nervous four minutes ago", volatility(pods=20), {index("XNYS"): "0.9x24 0.2x36"}, 20),
    Case("nervous six minutes ago", volatility(pods=20), {index("XNYS"): "0.9x15 0.2x45"}, 0),
    Case(
        "a market is missing", volatility(pods=20), {index("A"): "0.3x60", index("B"): "0.2x30 stale"}, None
    ),
    Case(
        "a market moved to another pod",
        volatility(pods=20),
        {index("A"): "0x30 stale", index("A", "b"): "0x60"},
        0,
    ),
    Case("an index that is not a number", volatility(pods=20), {index("XNYS"): NAN}, None),
    Case("no market is seen", volatility(pods=20), {}, None),
    Case("queues", queue(), {length("default"): "12x60", length("orders"): "30x60"}, 42),
    Case("queues that each worker reports", queue(), {length("q", pod): "40x60" for pod in "abc"}, 40),
    Case("empty queues", queue(), {length("default"): "0x60"}, 0),
    Case("a queue is missing", queue(), {length("default"): "12x60", length("orders"): "30x30 stale"}, None),
    Case("no queue is seen", queue(), {}, None),
    Case(
        "session",
        session("XNYS", pods=10),
        {f'market_session_prewarm{{{TRADING},calendar="XNYS"}}': "1x60"},
        10,
    ),
    Case(
        "night", session("XNYS", pods=10), {f'market_session_prewarm{{{TRADING},calendar="XNYS"}}': "0x60"}, 0
    ),
    Case(
        "another",
        session("XNYS", pods=10),
        {f'market_session_prewarm{{{TRADING},calendar="XLON"}}': "1x60"},
        None,
    ),
]


@pytest.fixture(scope="session")
def promtool() -> str:
    """The lab's, else the system's."""
    folder = built(PROMETHEUS)
    found = str(folder / "promtool") if folder else shutil.which("promtool")
    if found is None:
        pytest.skip("no promtool on this machine: make lab builds one")
    return found


@pytest.mark.e2e
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_real_prometheus_says(case: Case, promtool: str, tmp_path: Path) -> None:
    query = case.trigger.metadata["query"]
    sample = {"labels": "{}", "value": case.says}
    wanted: dict[str, Any] = {"eval_time": "10m", "expr": query, "exp_samples": [sample]}
    if case.says is None:  # a comparison drops what is not a number: to KEDA both are no answer
        wanted = {"eval_time": "10m", "expr": f"({query}) >= 0", "exp_samples": []}
    series = [{"series": name, "values": values} for name, values in case.series.items()]
    test = {"interval": "15s", "input_series": series, "promql_expr_test": [wanted]}
    file = tmp_path / "case.yaml"
    file.write_text(yaml.safe_dump({"evaluation_interval": "15s", "tests": [test]}), encoding="utf-8")
    ran = subprocess.run([promtool, "test", "rules", str(file)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_thresholds_of_the_simulation_are_those_of_the_queries() -> None:
    """The worlds of ``tests/lab`` say what the queries say only while both mean the same hours."""
    assert (triggers.SLOW, triggers.CALM, triggers.QUIET) == ("15m", "5m", 5)
