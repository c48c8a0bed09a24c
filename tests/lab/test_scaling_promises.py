"""What the platform's autoscalers promise, tried on a grid of loads in virtual time.

What bounds each: the load, and where a trigger looks at more than the load (volatility, the session, a
forecast, slow answers) its own number: so many pods, or at most twice what the requests ask for. The last
tests show that the usual way to write the same wishes breaks the promises in the same simulation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any, Final

import pytest

from components.k8s.autoscaling import AutoscalingArgs, scaled_object
from components.k8s.triggers import Trigger, floor, latency, queue, requests, volatility, volume
from lab.scaling import Moment, Observe, Step, simulate
from tests.components.k8s.support import LABELS
from tests.lab.worlds import (
    LOADS,
    Api,
    Load,
    Queue,
    constant,
    lost,
    noisy,
    ramp,
    spikes,
    step,
    turns,
    volume_says,
)

LEAST, MOST, FALLBACK, STEP, FORECAST = 3, 100, 10, 20, 30
HOUR: Final = 3600
WINDOW: Final = 600
API: Final = (requests("api"), latency("api"))
WORKER: Final = (volume(counted_by="orchestrator", forecast_pods=FORECAST), volatility(pods=STEP))

SERVICES: Final[Mapping[str, Mapping[str, float]]] = {
    "pods that are quick enough": {},
    "pods that carry half of what is said": {"capacity": 30},
    "pods that carry a little less than is said": {"capacity": 45},
    "a database that is slow": {"database": 1.5},
    "a database that is a little slow": {"database": 0.32},
    "answers that are slow even when idle": {"base": 0.25},
}


def told(*triggers: Trigger, least: int = LEAST) -> dict[str, Any]:
    return scaled_object(
        AutoscalingArgs(
            service="api",
            namespace="trading",
            labels=LABELS,
            kind="Deployment",
            minimum=least,
            maximum=MOST,
            fallback=FALLBACK,
            triggers=triggers,
        )
    )


def run(
    spec: dict[str, Any], world: Observe, *, hours: float, replicas: int = LEAST, **more: Any
) -> list[Step]:
    start = Step(-1, None, replicas)
    return [start, *simulate(spec, world, seconds=hours * HOUR, replicas=replicas, **more)]


def asked(load: float, per_pod: float = 50) -> int:
    return min(max(math.ceil(load / per_pod), LEAST), MOST)


def needed(load: float) -> float:
    """Pods that are enough: the autoscaler leaves a tenth alone."""
    return min(load / 50 / 1.1, MOST)


@cache
def on_the_grid(name: str, kind: str) -> list[Step]:
    return run(told(*API), Api(LOADS[name], **SERVICES[kind]), hours=4, start_seconds=45)


@pytest.mark.parametrize("kind", SERVICES)
@pytest.mark.parametrize("name", LOADS)
class TestRequests:
    """Requests and their latency, on every load and every kind of pod."""

    def test_there_are_never_more_than_twice_the_pods_that_the_load_asks_for(
        self, name: str, kind: str
    ) -> None:
        load, most = LOADS[name], LEAST
        for found in on_the_grid(name, kind)[1:]:
            most = max(most, asked(2 * load(found.second)))
            assert found.replicas <= most, f"at {found.second:g} s"

    def test_two_minutes_after_a_load_came_there_are_pods_for_it(self, name: str, kind: str) -> None:
        load, steps = LOADS[name], on_the_grid(name, kind)[1:]
        for index, found in enumerate(steps[8:], start=8):
            least = min(needed(load(earlier.second)) for earlier in steps[index - 8 : index + 1])
            assert found.replicas >= least, f"at {found.second:g} s"

    def test_pods_that_came_stay_for_ten_minutes(self, name: str, kind: str) -> None:
        """So the number turns twice in ten minutes at the most, whatever the load does."""
        came = -math.inf
        for before, after in pairwise(on_the_grid(name, kind)):
            if after.replicas > before.replicas:
                came = after.second
            assert after.replicas >= before.replicas or after.second - came >= WINDOW


class TestFlapping:
    """Of a load that only trembles, nothing moves."""

    @pytest.mark.parametrize("load", [40, 400, 2000, 4600])
    @pytest.mark.parametrize("share", [0, 0.05, 0.3, 0.5])
    def test_the_number_finds_its_place_and_stays_there(self, load: float, share: float) -> None:
        world = Api(noisy(constant(load), share))
        steps = run(told(*API), world, hours=8, replicas=asked(load))
        assert len(turns(steps)) <= 1, "up to the highest of it"
        assert steps[-1].replicas <= max(asked(load * (1 + share)), LEAST)

    @pytest.mark.parametrize(("database", "pods"), [(0.29, 20), (0.31, 20), (0.5, 40), (3, 40)])
    def test_a_slow_database_makes_it_rise_once(self, database: float, pods: int) -> None:
        steps = run(told(*API), Api(constant(1000), database=database), hours=8, replicas=20)
        assert len(turns(steps)) <= 1
        assert pods / 1.1 <= steps[-1].replicas <= pods

    @pytest.mark.parametrize("capacity", [36, 40, 45, 50])
    def test_pods_that_carry_less_than_is_said_are_found_out_once_in_25_minutes(self, capacity: int) -> None:
        """And meanwhile there are enough of them: p95 is over its limit for minutes of a day."""
        world, late = Api(constant(1500), capacity=capacity), 0

        def watched(moment: Moment) -> Mapping[str, float | None]:
            nonlocal late
            said = world(moment)
            late += world.p95 > 0.33
            return said

        steps = run(told(*API), watched, hours=8, start_seconds=20)
        assert len(turns(steps)) <= 1 + 2 * 8 * HOUR / (900 + WINDOW)
        assert late / len(steps) < 0.05

    def test_spikes_that_come_back_find_their_pods(self) -> None:
        steps = run(told(*API), Api(spikes(300, 4000, 480, 60)), hours=4)
        assert len(turns(steps)) == 1
        assert steps[-1].replicas == 80


class TestThereAndBack:
    """3 → n → 100 → 3."""

    def test_all_the_way_up_in_two_minutes_and_down_again_in_an_hour(self) -> None:
        load = Api(lambda second: 250 if second < HOUR else 6000 if second < 2 * HOUR else 30)
        steps = run(told(*API), load, hours=4)
        numbers = {found.second: found.replicas for found in steps}
        assert (numbers[-1], numbers[900], numbers[HOUR + 120], numbers[2 * HOUR]) == (3, 5, 100, 100)
        assert numbers[3 * HOUR] == 3

    def test_on_the_way_down_no_minute_takes_more_than_a_tenth(self) -> None:
        load = Api(step(6000, 30, HOUR))
        numbers = [found.replicas for found in run(told(*API), load, hours=4, replicas=100)]
        for minute_ago, now in zip(numbers, numbers[4:], strict=False):
            assert now >= min(math.trunc(minute_ago * 0.9), minute_ago - 1)
        assert numbers[-1] == LEAST


class TestVolume:
    """Trading volume, its forecast, and nervous markets."""

    @staticmethod
    def world(load: Load, forecast: Load | None = None, *, index: Load) -> Observe:
        def seen(moment: Moment) -> dict[str, float | None]:
            second = moment.second
            nervous = max(index(second - ago) for ago in range(0, 301, 15))
            said = volume_says(load(second), forecast(second) if forecast else None, FORECAST * 100)
            return {"volume": said, "volatility": STEP * (nervous > 0.8)}

        return seen

    @pytest.mark.parametrize("index", [0.79, 0.81, 1], ids=str)
    @pytest.mark.parametrize("name", LOADS)
    def test_a_nervous_market_is_worth_its_step_and_no_more(self, name: str, index: float) -> None:
        load, most = LOADS[name], LEAST
        for found in run(told(*WORKER), self.world(load, index=constant(index)), hours=2)[1:]:
            floor_of_it = STEP if index > 0.8 else 0
            most = max(most, asked(load(found.second), 100), floor_of_it)
            assert found.replicas <= most
            assert found.second < 120 or found.replicas >= floor_of_it

    def test_an_index_that_trembles_about_its_limit_does_not_move_the_pods(self) -> None:
        trembling = noisy(constant(0.8), 0.05)
        steps = run(told(*WORKER), self.world(constant(100), index=trembling), hours=8)
        assert len(turns(steps)) == 1
        assert steps[-1].replicas == STEP

    @pytest.mark.parametrize(
        ("forecast", "pods"), [(2200, 22), (10**9, FORECAST), (0, 8), (-5, 8), (None, 8)], ids=str
    )
    def test_a_forecast_raises_within_its_bound_and_never_lowers(
        self, forecast: float | None, pods: int
    ) -> None:
        foreseen = None if forecast is None else constant(forecast)
        steps = run(told(*WORKER), self.world(constant(800), foreseen, index=constant(0.2)), hours=2)
        assert {found.replicas for found in steps[20:]} == {pods}


@pytest.mark.parametrize(("burst", "each"), [(500, 0.5), (20_000, 0.5), (20_000, 20), (100_000, 5)])
def test_a_burst_of_tasks_is_worked_off_and_the_workers_go_home(burst: float, each: float) -> None:
    world = Queue(step(1, burst / 60, 600, 660), each)
    steps = run(told(queue()), world, hours=8, start_seconds=20)
    most = LEAST
    for before, after in pairwise(steps):
        most = max(most, min(math.ceil(burst / 10) + 10, MOST))
        assert after.replicas <= max(most, before.replicas)
    assert len(turns(steps)) <= 2
    assert (world.waiting, steps[-1].replicas) == (0, LEAST)


class TestBlind:
    """Prometheus away, or with nothing to say."""

    FLOOR = floor(["XNYS"], pods=10)

    @classmethod
    def world(cls, load: Load) -> Observe:
        api = Api(load)
        return lambda moment: {**api(moment), "session-xnys": 10, "cron-xnys": 10}

    @pytest.mark.parametrize("lasts", [60, 400, HOUR])
    @pytest.mark.parametrize("begins", range(1500, 5000, 495))
    @pytest.mark.parametrize("name", ["a step up", "a steep ramp", "one spike"])
    def test_no_pod_goes_while_nothing_is_seen_whenever_that_begins(
        self, name: str, begins: int, lasts: int
    ) -> None:
        """On the way up, on the way down, in the middle of the ten minutes: always."""
        world = lost(self.world(LOADS[name]), begins, begins + lasts)
        for before, after in pairwise(run(told(*API, *self.FLOOR), world, hours=2.5)):
            if begins <= after.second < begins + lasts:
                assert after.replicas >= before.replicas
                assert after.replicas <= max(before.replicas, FALLBACK), "blind is no reason to have many"

    @pytest.mark.parametrize("zeros", [15, 60, 300])
    def test_wrong_zeros_after_a_long_outage_do_not_take_pods_either(self, zeros: int) -> None:
        """A Prometheus that comes back has half its targets, and no rates, for some scrapes."""
        back = 3 * HOUR
        world = lost(lost(self.world(constant(3000)), HOUR, back), back, back + zeros, instead=0)
        steps = run(told(*API, *self.FLOOR), world, hours=6, replicas=60)
        assert {found.replicas for found in steps} == {60}

    @pytest.mark.parametrize("blind", ["requests", "latency", "session-xnys"])
    def test_one_blind_trigger_is_enough_to_keep_the_pods(self, blind: str) -> None:
        seeing = self.world(step(3000, 30, HOUR))

        def world(moment: Moment) -> Mapping[str, float | None]:
            said = seeing(moment)
            return {**said, blind: None} if moment.second > HOUR else said

        assert run(told(*API, *self.FLOOR), world, hours=6, replicas=60)[-1].replicas == 60

    def test_a_service_without_pods_to_speak_of_gets_its_fallback(self) -> None:
        world = lost(Api(constant(30)), 0, math.inf)
        steps = run(told(*API), world, hours=1)
        assert steps[-1].replicas == FALLBACK
        assert len(turns(steps)) == 1


class TestTheUsualWayFails:
    """Else nothing above would prove anything."""

    @staticmethod
    def usual(**changes: Any) -> dict[str, Any]:
        """The same object with other targets: by trigger, its type and threshold."""
        spec = told(*API, *WORKER)
        spec["triggers"] = [one for one in spec["triggers"] if one["name"] in changes]
        for one in spec["triggers"]:
            one["metricType"], one["metadata"]["threshold"] = changes[one["name"]]
        return spec

    @pytest.mark.parametrize(("p95", "minutes"), [(0.4, 5), (0.6, 3), (2, 3)])
    def test_p95_as_a_target_of_its_own_ends_at_the_maximum(self, p95: float, minutes: float) -> None:
        steps = run(self.usual(latency=("Value", "0.3")), lambda _: {"latency": p95}, hours=minutes / 60)
        assert steps[-1].replicas == MOST

    def test_a_clamped_ratio_only_takes_a_little_longer(self) -> None:
        """The clamp bounds a step, not the sum of the steps."""
        steps = run(self.usual(latency=("Value", "1")), lambda _: {"latency": 1.2}, hours=0.5)
        assert steps[-1].replicas == MOST

    def test_volatility_as_a_target_of_its_own_ends_at_the_maximum(self) -> None:
        steps = run(self.usual(volatility=("Value", "0.8")), lambda _: {"volatility": 0.9}, hours=0.25)
        assert steps[-1].replicas == MOST

    def test_beside_a_second_version_a_value_target_climbs_in_perfect_health(self) -> None:
        """180 ms of 300: each sync takes 60 % of both versions' pods for what this one needs."""
        spec = self.usual(latency=("Value", "0.3"))
        steps = run(spec, lambda _: {"latency": 0.18}, hours=0.5, replicas=10, beside=constant(1))
        assert steps[-1].replicas == MOST
        ours = run(told(*API), Api(constant(500)), hours=2, replicas=10, beside=constant(1))
        assert {found.replicas for found in ours} == {10}

    @pytest.mark.parametrize("answer", ["or vector(0)", "KEDA's ignoreNullValues"])
    def test_zero_for_what_is_not_seen_empties_a_full_house(self, answer: str) -> None:
        world = lost(Api(constant(3000)), HOUR, 3 * HOUR, instead=0)
        steps = run(told(*API), world, hours=3, replicas=60)
        assert min(found.replicas for found in steps) == LEAST, answer

    def test_without_a_fallback_the_first_wrong_zero_after_an_outage_takes_pods(self) -> None:
        """Errors alone keep the pods, and let the ten minutes run empty."""
        back = 3 * HOUR
        world = lost(lost(Api(constant(3000)), HOUR, back), back, back + 60, instead=0)
        spec = told(*API)
        del spec["fallback"]
        assert min(found.replicas for found in run(spec, world, hours=4, replicas=60)) < 60

    def test_a_queue_that_each_worker_reports_breeds_workers(self) -> None:
        """The sum over pods grows with the pods: 40 tasks become 400 in the eyes of ten workers."""
        steps = run(told(queue()), lambda moment: {"queue": 40.0 * moment.replicas}, hours=0.25)
        assert steps[-1].replicas == MOST
        assert run(told(queue()), lambda _: {"queue": 40}, hours=1)[-1].replicas == 4

    def test_on_a_plain_ramp_the_usual_way_and_ours_agree(self) -> None:
        """The loads are no trick."""
        load = ramp(150, 4000, 0, HOUR)
        usual = self.usual(requests=("AverageValue", "50"))
        theirs = run(usual, lambda moment: {"requests": load(moment.second)}, hours=1)
        assert theirs == run(told(*API), Api(load), hours=1)
