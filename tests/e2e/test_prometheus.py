"""The real Prometheus with a simulated platform: rules, alarms, and the way by which controllers find it."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Generator
from typing import Final

import pytest

from components.k8s.monitoring.alerts import files
from components.k8s.places import PROMETHEUS_URL
from lab.kubernetes import eventually
from lab.prometheus import Prometheus, QueryError, as_proxy, checked, proved
from lab.toolchain import Unavailable
from lab.workload import Workload, served
from tests.components.k8s.monitoring.boards import LIMITS
from tests.components.k8s.monitoring.promql import CATALOGUE

pytestmark = pytest.mark.e2e

WATCHDOG: Final = "Watchdog"
"""Fires always: it is missed when it does not."""
SETTLED: Final = 20.0
"""Seconds in which each rule was evaluated many times, on rates that have two points and more."""


@pytest.fixture(scope="module")
def workload() -> Workload:
    return Workload(CATALOGUE)


@pytest.fixture(scope="module")
def prometheus(workload: Workload, tmp_path_factory: pytest.TempPathFactory) -> Generator[Prometheus]:
    room = tmp_path_factory.mktemp("prometheus") / "room"
    try:
        with served(workload, 0) as target, Prometheus(room, targets=[target], rules=files(LIMITS)) as server:
            server.wait("trading_volume_per_second")
            yield server
    except Unavailable as reason:
        pytest.skip(f"NO REAL PROMETHEUS: {reason}")


def raised(server: Prometheus) -> set[str]:
    """What waits to be told or is told, whatever its ``for``."""
    return {alert["labels"]["alertname"] for alert in server.alerts()} - {WATCHDOG}


def test_a_platform_that_is_well_raises_no_alarm(prometheus: Prometheus) -> None:
    time.sleep(SETTLED)
    assert raised(prometheus) == set()


def test_every_rule_of_the_platform_can_be_evaluated(prometheus: Prometheus) -> None:
    assert prometheus.broken_rules() == {}


def test_an_alarm_is_raised_by_what_it_is_about_and_ends_with_it(
    prometheus: Prometheus, workload: Workload
) -> None:
    workload.set("kill_switch_active", 1)
    try:
        eventually(lambda: "KillSwitchActive" in raised(prometheus), "the alarm is raised")
    finally:
        workload.set("kill_switch_active", 0)
    eventually(lambda: "KillSwitchActive" not in raised(prometheus), "the alarm has ended")


def test_it_answers_as_the_proxy_of_whoever_asks_for_its_name_in_a_cluster(prometheus: Prometheus) -> None:
    proxy = urllib.request.ProxyHandler({"http": as_proxy(prometheus)["HTTP_PROXY"]})
    url = f"{PROMETHEUS_URL}/api/v1/query?query=vector(7)"
    with urllib.request.build_opener(proxy).open(url, timeout=10) as answer:
        assert b'"7"' in answer.read()


def test_rules_that_are_wrong_are_refused_with_the_reason_and_the_old_ones_stay(
    prometheus: Prometheus,
) -> None:
    wrong = {"groups": [{"name": "wrong", "rules": [{"record": "x", "expr": "sum("}]}]}
    with pytest.raises(QueryError, match="unclosed left parenthesis"):
        prometheus.change(rules={"wrong": wrong})
    assert prometheus.query("trading_volume_per_second")
    prometheus.change(rules=files(LIMITS))


RULE: Final = {"groups": [{"name": "one", "rules": [{"record": "doubled", "expr": "2 * given"}]}]}


def case(value: float) -> dict[str, object]:
    """Two times three is six."""
    expected = {"expr": "doubled", "eval_time": "1m", "exp_samples": [{"labels": "doubled", "value": value}]}
    series = {"series": "given", "values": "3 3 3"}
    return {"tests": [{"interval": "1m", "input_series": [series], "promql_expr_test": [expected]}]}


def test_promtool_tells_good_rules_and_cases_from_wrong_ones() -> None:
    assert checked({"one": RULE}).passed
    assert proved({"one": RULE}, case(6)).passed
    verdict = proved({"one": RULE}, case(7))
    assert not verdict.passed
    assert "exp" in verdict.output
