"""The autoscaler's rules against cases computed by hand, most of them those of Kubernetes' own tests.

Sources: Kubernetes 1.36 ``horizontal_test.go`` (``TestScalingWithRules``, ``TestNormalizeDesiredReplicas…``,
``TestScaleUpOneMetricInvalid``, ``TestNoScaleDownOneMetricInvalid``), ``replica_calculator_test.go`` and the
documentation's *Horizontal Pod Autoscaling*.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lab.hpa import Autoscaler, Pods, Spec, Target, rules_down, rules_up

PODS = Target("load", "AverageValue", 1000)
"""Its value is the pods that it wants."""
ANY = {"policies": [{"type": "Percent", "value": 10_000, "periodSeconds": 15}]}
AT_ONCE = {
    "stabilizationWindowSeconds": 0,
    "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
}


def policy(pods: int = 0, percent: int = 0, seconds: int = 60, **more: Any) -> dict[str, Any]:
    found = [
        {"type": kind, "value": value, "periodSeconds": seconds}
        for kind, value in (("Pods", pods), ("Percent", percent))
        if value
    ]
    return {"policies": found, "stabilizationWindowSeconds": 0, **more}


def autoscaler(
    *targets: Target,
    up: dict[str, Any] | None = None,
    down: dict[str, Any] | None = None,
    minimum: int = 1,
    maximum: int = 1000,
) -> Autoscaler:
    behaves = Spec(
        minimum=minimum,
        maximum=maximum,
        targets=targets or (PODS,),
        up=rules_up(ANY if up is None else up),
        down=rules_down(AT_ONCE if down is None else down),
    )
    return Autoscaler(behaves)


def pods(count: int, *, ready: int | None = None) -> Pods:
    return Pods(wanted=count, there=count, ready=count if ready is None else ready)


def wants(scaler: Autoscaler, second: float, current: int, wanted: float) -> int:
    """How many there are to be, when the load wants so many."""
    return scaler.sync(second, pods(current), {"load": round(wanted * 1000)})[1]


class TestOneMetric:
    """``replica_calculator.go``."""

    @pytest.mark.parametrize(("value", "there", "proposed"), [(5000, 4, 5), (4300, 4, 4), (3600, 4, 4)])
    def test_an_average_is_divided_by_its_target_and_a_tenth_either_way_is_left_alone(
        self, value: int, there: int, proposed: int
    ) -> None:
        assert autoscaler().sync(0, pods(there), {"load": value}) == (proposed, proposed)

    @pytest.mark.parametrize(
        ("value", "ready", "proposed"), [(150, 4, 6), (150, 2, 3), (109, 4, 4), (91, 2, 4), (50, 4, 2)]
    )
    def test_a_value_multiplies_the_pods_that_are_ready_not_those_that_are_wanted(
        self, value: int, ready: int, proposed: int
    ) -> None:
        scaler = autoscaler(Target("load", "Value", 100))
        assert scaler.sync(0, pods(4, ready=ready), {"load": value})[0] == proposed

    def test_an_average_counts_all_pods_there_are_a_value_leaves_the_wanted_ones(self) -> None:
        """While Argo Rollouts runs two versions, the status counts both and the spec one."""
        both = Pods(wanted=10, there=20, ready=20)
        assert autoscaler().sync(0, both, {"load": 10_000})[0] == 10
        assert autoscaler(Target("load", "Value", 100)).sync(0, both, {"load": 60})[0] == 12


class TestSeveralMetrics:
    """``computeReplicasForMetrics``."""

    TWO = (PODS, Target("other", "AverageValue", 1000))

    def test_the_most_that_any_of_them_wants_is_done(self) -> None:
        assert autoscaler(*self.TWO).sync(0, pods(4), {"load": 6000, "other": 9000}) == (9, 9)

    def test_one_that_fails_forbids_to_scale_down(self) -> None:
        assert autoscaler(*self.TWO).sync(0, pods(5), {"load": 2000, "other": None}) == (None, 5)

    def test_one_that_fails_lets_the_others_scale_up(self) -> None:
        assert autoscaler(*self.TWO).sync(0, pods(5), {"load": 9000, "other": None}) == (9, 9)

    def test_when_all_fail_nothing_is_done(self) -> None:
        assert autoscaler(*self.TWO).sync(0, pods(5), {"load": None, "other": None}) == (None, 5)

    def test_the_bounds_hold_without_any_metric(self) -> None:
        scaler = autoscaler(minimum=3, maximum=8)
        assert scaler.sync(0, pods(2), {"load": None}) == (None, 3)
        assert scaler.sync(15, pods(9), {"load": None}) == (None, 8)


@pytest.mark.parametrize(
    ("up", "current", "wanted", "allowed"),
    [
        (policy(pods=100, percent=100), 10, 500, 110),
        (policy(pods=2, percent=100), 10, 500, 20),
        (policy(pods=2, percent=100, selectPolicy="Min"), 10, 500, 12),
        (policy(pods=30), 10, 50, 40),
        (policy(percent=200), 10, 50, 30),
        (policy(percent=1), 3, 1000, 4),
        (policy(pods=5, selectPolicy="Disabled"), 10, 50, 10),
        ({}, 10, 50, 20),
        ({}, 2, 50, 6),
    ],
)
def test_upwards_the_policies_allow(up: dict[str, Any], current: int, wanted: int, allowed: int) -> None:
    assert wants(autoscaler(up=up), 0, current, wanted) == allowed


@pytest.mark.parametrize(
    ("down", "current", "wanted", "allowed"),
    [
        (policy(pods=20, percent=1), 100, 2, 80),
        (policy(pods=2, percent=1), 100, 2, 98),
        (policy(pods=20, percent=1, selectPolicy="Min"), 100, 2, 99),
        (policy(pods=5), 10, 2, 5),
        (policy(percent=50), 10, 5, 5),
        (policy(percent=10), 9, 1, 8),
        (policy(percent=10), 3, 1, 2),
        (policy(percent=10, selectPolicy="Disabled"), 9, 1, 9),
        (policy(percent=1000), 10, 5, 5),
    ],
)
def test_downwards_the_policies_allow(down: dict[str, Any], current: int, wanted: int, allowed: int) -> None:
    scaler = autoscaler(down=down)
    scaler.sync(-1, pods(current), {"load": current * 1000})
    assert wants(scaler, 0, current, wanted) == allowed


@pytest.mark.parametrize(
    ("rules", "history", "current", "wanted", "allowed"),
    [
        # three times the (100 - 15) of two minutes ago
        ({"up": policy(percent=200, seconds=120)}, [(85, 100)], 100, 500, 255),
        # 300 % more than (6 - 4 + 2)
        ({"up": policy(percent=300, seconds=300)}, [(4, 8), (8, 6)], 6, 24, 16),
        # half of (100 + 12)
        ({"down": policy(percent=50, seconds=120)}, [(112, 100)], 100, 1, 56),
        # half of (10 - 2 + 4)
        ({"down": policy(percent=50, seconds=180)}, [(12, 14), (14, 10)], 10, 1, 6),
    ],
)
def test_a_policy_counts_from_what_there_was_when_its_period_began(
    rules: dict[str, Any], history: list[tuple[int, int]], current: int, wanted: int, allowed: int
) -> None:
    scaler = autoscaler(**rules)
    for index, (before, after) in enumerate(history):
        assert wants(scaler, 20 * index, before, after) == after
    assert wants(scaler, 100, current, wanted) == allowed


def test_a_policy_that_was_narrowed_stops_the_change_and_never_turns_it_round() -> None:
    """(100 - 15 + 5) would be fewer than there are."""
    scaler = autoscaler(up=policy(percent=200, seconds=120))
    assert wants(scaler, 0, 85, 100) == 100
    scaler.spec = replace(scaler.spec, up=rules_up(policy(pods=5, seconds=120)))
    assert wants(scaler, 60, 100, 500) == 100


def test_a_change_is_forgotten_when_its_period_is_over() -> None:
    scaler = autoscaler(up=policy(percent=100, seconds=30))
    assert [wants(scaler, second, now, 100) for second, now in ((0, 5), (15, 10), (30, 10))] == [10, 10, 20]


@pytest.mark.parametrize(
    ("windows", "said", "current", "wanted", "decided"),
    [
        ((0, 180), [(-120, 4), (-60, 5)], 100, 3, 5),
        ((0, 0), [(-120, 4), (-60, 5)], 100, 3, 3),
        ((300, 0), [(-120, 4), (-60, 5)], 1, 7, 4),
        ((0, 180), [(-600, 10), (-60, 4), (-120, 5), (-540, 9)], 100, 3, 5),
        ((300, 300), [(-6000, 2), (-180, 3)], 2, 1, 2),
        ((300, 300), [(-6000, 2), (-180, 1)], 2, 3, 2),
    ],
)
def test_a_window_takes_the_highest_wish_downwards_and_the_lowest_upwards(
    windows: tuple[int, int], said: list[tuple[int, int]], current: int, wanted: int, decided: int
) -> None:
    up, down = ({**ANY, "stabilizationWindowSeconds": window} for window in windows)
    down = {**down, "policies": [{"type": "Percent", "value": 100, "periodSeconds": 1}]}
    scaler = autoscaler(up=up, down=down)
    wants(scaler, -10_000, current, current)
    for second, wish in sorted(said):
        scaler.sync(second, pods(wish), {"load": wish * 1000})
    assert wants(scaler, 0, current, wanted) == decided


def test_a_controller_that_starts_anew_counts_what_there_is_as_a_wish() -> None:
    """Its memory is gone; the pods must not go with it."""
    scaler = autoscaler(down=policy(percent=100, stabilizationWindowSeconds=300))
    assert [wants(scaler, second, 50, 1) for second in (0, 150, 299)] == [50, 50, 50]
    assert wants(scaler, 300, 50, 1) == 1


def test_without_a_behavior_the_old_limits_hold() -> None:
    """Double or four, whichever is more; down at once after five minutes."""
    scaler = Autoscaler(Spec(minimum=1, maximum=100, targets=(PODS,), up=None, down=None))
    assert [wants(scaler, 0, 1, 50), wants(scaler, 15, 4, 50), wants(scaler, 30, 8, 50)] == [4, 8, 16]
    assert [wants(scaler, 45, 50, 2), wants(scaler, 330, 50, 2), wants(scaler, 345, 50, 2)] == [50, 50, 2]


def test_what_the_simulation_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="tolerance"):
        rules_up({"tolerance": "0.05"})
