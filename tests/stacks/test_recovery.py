"""The sum of what a lost region costs: nothing is left out, and a prod that costs too much is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.contracts import Recovery
from config.settings import Environment
from stacks.recovery import DEPLOYMENT_SECONDS, RPO, RTO, RecoveryBudget, RecoveryBudgetError, spoken

SECONDS = st.integers(0, 2000)
PARTS = st.lists(
    st.builds(
        Recovery,
        part=st.sampled_from(["database", "cache", "cluster", "entry"]),
        detection=SECONDS,
        promotion=SECONDS,
        warm_up=SECONDS,
        lag=st.none() | SECONDS,
        promised=st.booleans(),
        source=st.just("measured"),
    ),
    max_size=5,
)


def part(name: str, **figures: Any) -> Recovery:
    return Recovery(part=name, source=f"the page about {name}", **figures)


def budget(*parts: Recovery, minutes: int = 3) -> RecoveryBudget:
    return RecoveryBudget.of(parts, decision_minutes=minutes)


@given(PARTS, st.integers(0, 60))
def test_every_second_of_every_part_and_of_the_people_counts(parts: list[Recovery], minutes: int) -> None:
    whole = sum(found.detection + found.promotion + found.warm_up for found in parts)
    whole += minutes * 60 + DEPLOYMENT_SECONDS
    assert budget(*parts, minutes=minutes).time == whole


@given(PARTS)
def test_the_worst_promised_copy_counts_and_no_sum_of_copies(parts: list[Recovery]) -> None:
    lags = [found.lag for found in parts if found.promised and found.lag is not None]
    assert budget(*parts).lag == max(lags, default=0)


@given(PARTS, st.integers(0, 60), st.sampled_from(["dev", "staging", "prod"]))
def test_only_a_prod_beyond_its_limits_is_refused(
    parts: list[Recovery], minutes: int, environment: Environment
) -> None:
    found = budget(*parts, minutes=minutes)
    if environment == "prod" and (found.time >= RTO or found.lag >= RPO):
        with pytest.raises(RecoveryBudgetError):
            found.check(environment, "us-east-1")
    else:
        found.check(environment, "us-east-1")


def test_a_minute_less_than_the_limit_is_kept_and_the_limit_itself_is_not() -> None:
    budget(part("database", promotion=RTO - 181 - DEPLOYMENT_SECONDS)).check("prod", "us-east-1")
    with pytest.raises(RecoveryBudgetError):
        budget(part("database", promotion=RTO - 180 - DEPLOYMENT_SECONDS)).check("prod", "us-east-1")
    budget(part("database", lag=RPO - 1)).check("prod", "us-east-1")
    with pytest.raises(RecoveryBudgetError):
        budget(part("database", lag=RPO)).check("prod", "us-east-1")


def test_the_refusal_names_the_region_the_sum_the_slowest_part_its_source_and_the_line_that_helps() -> None:
    slow = budget(part("cache", promotion=60), part("database", promotion=300, warm_up=900))
    with pytest.raises(RecoveryBudgetError) as refusal:
        slow.check("prod", "us-east-1")
    said = str(refusal.value)
    assert "loss of us-east-1, prod would be away for 26 min, expected less than 15 min" in said
    assert "slowest: database, 20 min (the page about database)" in said
    assert "database 20 min + decision 3 min + deployment 2 min + cache 1 min" in said
    assert "fix: trading-platform:recovery: {database_instances: 2}" in said


def test_stores_that_people_promote_side_by_side_take_as_long_as_the_slower_one() -> None:
    slow, quick = part("database", promotion=300), part("cache", promotion=60, beside="database")
    assert budget(slow, quick).time == budget(slow).time
    slower = part("cache", promotion=400, beside="database")
    assert budget(slow, slower).time == budget(slow).time + 100
    with pytest.raises(RecoveryBudgetError) as refusal:
        budget(part("database", promotion=RTO), quick).check("prod", "us-east-1")
    assert "cache" not in str(refusal.value), "what adds nothing is not in the sum"


def test_people_who_take_long_are_a_part_like_any_other() -> None:
    with pytest.raises(RecoveryBudgetError, match="slowest: decision, 30 min") as refusal:
        budget(part("database", promotion=300), minutes=30).check("prod", "us-east-1")
    assert "decision_minutes: 3" in str(refusal.value)


def test_a_copy_that_lags_too_far_is_named_and_one_outside_the_promise_is_not() -> None:
    objects = part("object storage", lag=900, promised=False)
    budget(objects, part("database", lag=60)).check("prod", "us-east-1")
    with pytest.raises(RecoveryBudgetError, match="most of it: database") as refusal:
        budget(objects, part("database", lag=400)).check("prod", "us-east-1")
    assert "6 min 40 s, expected less than 5 min" in str(refusal.value)


def test_the_output_tells_what_is_outside_the_promise() -> None:
    told = budget(part("object storage", lag=900, promised=False), part("cache", lag=7)).as_output()
    assert (told["rpo"], told["not_promised"]) == (7, ["object storage"])
    assert (
        told["rto"] == told["rto_limit"] - 720 + DEPLOYMENT_SECONDS
        if isinstance(told["rto_limit"], int)
        else False
    )


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (750, "12 min 30 s"), (3600, "60 min")]
)
def test_times_are_spoken(seconds: int, words: str) -> None:
    assert spoken(seconds) == words
