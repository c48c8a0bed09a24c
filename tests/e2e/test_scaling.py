"""Autoscaling for real: a day of the market, and the pods that there were.

A load generator sets the metrics; Prometheus, KEDA, the autoscaler and the scheduler do the rest, with the
objects of prod, thirty times as fast. The same day is foretold by `lab.scaling`, and both are drawn in one
picture; the one in ``docs/pictures`` is written anew by ``pytest -m e2e tests/e2e/test_scaling.py
--update-golden``.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Generator, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from lab.autoscaling_picture import Point, draw
from lab.cluster import Cluster
from lab.controllers import Keda, Rollouts
from lab.keda import Keda as Simulated
from lab.kubernetes import Json
from lab.prometheus import Prometheus, as_proxy
from lab.scaling import Moment, simulate
from lab.toolchain import Unavailable
from lab.workload import Workload, served
from tests.e2e.lab_time import FACTOR, FLAGS, NAMESPACE, SCRAPED, SYNC, measured, patience, rules, shipped
from tests.e2e.trading_day import Day, Place, at_night, live
from tests.support import ROOT

pytestmark = pytest.mark.e2e

PICTURE: Final = ROOT / "docs" / "pictures" / "autoscaling.svg"
NUMBERS: Final = {
    "the night": 3,
    "the session": 10,
    "busy": 12,
    "nervous": 20,
    "seeing again": 20,
    "calm": 12,
    "a rush": 100,
    "quiet": 10,
    "the evening": 3,
}
LATE: Final = 10 * SYNC
"""Seconds by which a step may come earlier or later than foretold: two and a half minutes of the platform."""
WORKER, API = "worker", "api"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    """A cluster of its own: its autoscaler works thirty times as fast."""
    room = tmp_path_factory.mktemp("scaling")
    said = json.dumps([rules(), shipped(WORKER), shipped(API)])
    market = at_night(Workload(measured(said, room / "metrics.csv")))
    try:
        with (
            served(market, 0) as target,
            Prometheus(room / "prometheus", targets=[target], rules=rules(), every=SCRAPED) as prometheus,
            Cluster(room / "cluster", flags=FLAGS) as cluster,
            Keda(cluster, as_proxy(prometheus)),
        ):
            yield Place(cluster, prometheus, market)
    except Unavailable as reason:
        pytest.skip(f"NO REAL CLUSTER: {reason}")


def brought(place: Place, service: str) -> Json:
    """What prod has of a service, applied; the ``spec`` of its ScaledObject."""
    scaled: list[Json] = []
    for manifest in shipped(service):
        assert place.client.apply(manifest).warnings == ()
        scaled += [manifest["spec"]] if manifest["kind"] == "ScaledObject" else []
    (spec,) = scaled
    return spec


@pytest.fixture(scope="module")
def day(place: Place) -> Day:
    return live(place, brought(place, WORKER))


@pytest.fixture(scope="module")
def foretold(day: Day) -> list[Point]:
    """What the simulation makes of what the triggers' queries answered, and of nothing else of that day."""
    seconds = [look.second for look in day.looks]

    def observe(moment: Moment) -> Mapping[str, float | None]:
        return day.looks[max(bisect_right(seconds, moment.second) - 1, 0)].said

    steps = simulate(day.spec, observe, seconds=seconds[-1], replicas=NUMBERS["the night"], sync=day.sync)
    return [(step.second, step.replicas) for step in steps]


def at(points: Sequence[Point], begin: float, end: float) -> list[float]:
    """The numbers that there were from a second until another."""
    first = bisect_right(points, (begin, float("inf"))) - 1
    return [number for second, number in points[max(first, 0) :] if second <= end]


@pytest.mark.parametrize("name", NUMBERS)
def test_the_pods_follow_the_market(day: Day, name: str) -> None:
    """The autoscaler's two numbers, and the pods that run."""
    phase = day.phases[name]
    assert phase.least == NUMBERS[name]
    assert phase.counts.within(phase.least, phase.most), phase.counts


def test_upwards_a_step_is_a_doubling_or_ten_pods(day: Day) -> None:
    numbers = [look.wanted for look in day.looks]
    steps = [(before, after) for before, after in pairwise(numbers) if after > before]
    assert {after for _, after in steps} >= {10, 12, 20, 100}
    # a look that came late may have missed one
    assert all(after <= 2 * max(2 * before, before + 10) for before, after in steps)
    assert sum(after - before > max(before, 10) for before, after in steps) <= 1


@pytest.mark.parametrize("name", ["calm", "quiet", "the evening"])
def test_no_pod_goes_before_the_autoscaler_has_waited(day: Day, name: str) -> None:
    phase = day.phases[name]
    before = day.during(0, phase.began)[-1].wanted
    fell = [look.second for look in day.during(phase.began, phase.ended) if look.wanted < before]
    assert fell[0] - phase.began > patience(day.spec) - 2 * day.sync


def test_while_prometheus_is_away_and_after_no_pod_goes(day: Day) -> None:
    assert day.back - day.lost > patience(day.spec)
    blind = day.during(day.lost + SYNC, day.back)
    assert {look.said["volume"] for look in blind} == {None}
    for look in day.during(day.lost, day.phases["seeing again"].ended):
        assert (look.wanted, look.ready) == (20, 20), f"at {look.second:g} s"


@pytest.mark.parametrize("name", NUMBERS)
def test_where_the_pods_settle_is_foretold(day: Day, foretold: list[Point], name: str) -> None:
    phase = day.phases[name]
    assert at(foretold, phase.ended, phase.ended)[-1] == pytest.approx(phase.counts.running, abs=1)


def test_every_step_is_foretold(day: Day, foretold: list[Point]) -> None:
    for look in day.looks:
        expected = at(foretold, look.second - LATE, look.second + LATE)
        assert min(expected) <= look.wanted <= max(expected), f"at {look.second:g} s, within {LATE:g} s"


def test_the_day_and_what_was_foretold_are_one_picture(
    day: Day, foretold: list[Point], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    text = draw(
        predicted=in_platform_time(foretold),
        observed=in_platform_time((look.second, look.ready) for look in day.looks),
        load=in_platform_time(asked(day)),
        title="A day of prod's worker, foretold and real",
        subtitle=subtitle(day),
        load_name="pods that the market asks for",
    )
    (tmp_path / PICTURE.name).write_text(text, encoding="utf-8")
    if request.config.getoption("--update-golden"):
        PICTURE.write_text(text, encoding="utf-8")
    told = ET.fromstring(text).findtext("{http://www.w3.org/2000/svg}desc") or ""  # noqa: S314 - our own
    assert "real 3 to 100, foretold 3 to 100" in told


def asked(day: Day) -> Iterable[Point]:
    """What the trigger that wants most wants, in pods; while nothing is known, what was last."""
    targets = Simulated(day.spec).targets
    for look in day.looks:
        said = [(look.said[target.name], target.milli / 1000) for target in targets]
        known = [value / each for value, each in said if value is not None]
        if len(known) == len(said):
            yield look.second, round(max(known), 1)


def in_platform_time(points: Iterable[Point]) -> list[Point]:
    """Where a number changes, and the last of them."""
    found: list[Point] = []
    last = (0.0, 0.0)
    for last in points:
        if not found or last[1] != found[-1][1]:
            found.append((last[0] * FACTOR, last[1]))
    return [*found, (last[0] * FACTOR, last[1])]


def subtitle(day: Day) -> str:
    lost, back = (round(second * FACTOR / 60) for second in (day.lost, day.back))
    return (
        f"Real Prometheus, KEDA, autoscaler and scheduler, {FACTOR} times as fast; machines and market are "
        f"simulated. From minute {lost} to {back} Prometheus was killed."
    )


@pytest.fixture
def released(place: Place) -> Generator[Json]:
    """The api's first version is out."""
    with Rollouts(place.cluster, as_proxy(place.prometheus)):
        yield brought(place, API)


def test_requests_add_pods_to_a_rollout(place: Place, released: Json) -> None:
    minimum = released["minReplicaCount"]
    place.until(API, minimum, minimum, "at night")
    place.market.set("api_requests_total", 225, service=API, code="200")  # of four series
    place.prometheus.wait(f'api_requests_per_second{{namespace="{NAMESPACE}",service="{API}"}} > 890')
    place.until(API, 18, 20, "in the day")
