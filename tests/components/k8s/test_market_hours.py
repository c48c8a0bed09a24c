from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import yaml
from pulumi import ResourceOptions

from components.k8s.calendars import PREWARM, CronWindow, Session, calendar, codes, prewarm_at, session_at
from components.k8s.market_hours import PREWARM_KEY, MarketHours, MarketHoursArgs, key_of, sessions_csv
from config.environments import profile
from config.workload_checks import CALENDARS
from tests.components.k8s.support import LABELS, deploy, the
from tests.support import ROOT, STACKS

MINUTE = timedelta(minutes=1)
CLOSING = [code for code in codes() if calendar(code).cron()]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def on(code: str, day: str) -> Session:
    (found,) = [session for session in calendar(code).sessions if session.day == date.fromisoformat(day)]
    return found


def by_the_clock(window: CronWindow, instant: datetime) -> bool:
    """KEDA's rule (``cron_scaler.go``): inside, unless the next start comes before the next end."""
    return not _next(window.start, window.zone, instant) < _next(window.end, window.zone, instant)


def _next(cron: str, zone: str, instant: datetime) -> datetime:
    minute, hour, _, _, days = cron.split()
    first, _, last = days.partition("-")
    wanted = range(int(first), int(last or first) + 1)
    local = instant.astimezone(ZoneInfo(zone))
    coming = (
        (local + timedelta(days=ahead)).replace(hour=int(hour), minute=int(minute), second=0)
        for ahead in range(9)
    )
    return next(found for found in coming if found > local and found.isoweekday() % 7 in wanted)


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        ("2026-03-06", "14:30", "21:00"),
        ("2026-03-09", "13:30", "20:00"),
        ("2026-10-30", "13:30", "20:00"),
        ("2026-11-02", "14:30", "21:00"),
        ("2026-11-27", "14:30", "18:00"),
        ("2026-12-24", "14:30", "18:00"),
    ],
)
def test_new_york_keeps_its_own_clock_through_summer_time_and_half_days(
    day: str, opens: str, closes: str
) -> None:
    assert on("XNYS", day) == Session(date.fromisoformat(day), at(f"{day}T{opens}"), at(f"{day}T{closes}"))


def test_the_holidays_of_new_york_in_2026_are_those_that_the_exchange_publishes() -> None:
    days = {session.day for session in calendar("XNYS").sessions if session.day.year == 2026}
    weekdays = (date(2026, 1, 1) + timedelta(days=index) for index in range(365))
    closed = [f"{day:%m-%d}" for day in weekdays if day.weekday() < 5 and day not in days]
    assert " ".join(closed) == "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25"


@pytest.mark.parametrize(
    ("code", "instant", "day"),
    [
        ("XNYS", "2026-11-27T14:29:59", None),
        ("XNYS", "2026-11-27T14:30", "2026-11-27"),
        ("XNYS", "2026-11-27T17:59:59", "2026-11-27"),
        ("XNYS", "2026-11-27T18:00", None),
        ("XNYS", "2026-11-26T16:00", None),
        ("XTKS", "2026-11-24T02:45", "2026-11-24"),  # its pause at noon
        ("CMES", "2026-03-09T03:00", "2026-03-09"),  # Sunday evening in Chicago
        ("CMES", "2026-03-08T21:59", None),
        ("24/5", "2026-11-22T23:59", None),
        ("24/5", "2026-11-23T00:00", "2026-11-23"),
        ("24/7", "2026-12-25T12:00", "2026-12-25"),
    ],
)
def test_a_session_is_on_from_its_open_until_before_its_close(
    code: str, instant: str, day: str | None
) -> None:
    found = session_at(code, at(instant))
    assert (found and found.day.isoformat()) == day


@pytest.mark.parametrize(
    ("instant", "ready"),
    [
        ("2026-11-27T13:59:59", False),
        ("2026-11-27T14:00", True),
        ("2026-11-27T18:29:59", True),
        ("2026-11-27T18:30", False),
        ("2026-11-26T15:00", False),
        ("2026-11-28T15:00", False),
    ],
)
def test_pods_are_ready_half_an_hour_before_and_after_also_on_a_half_day(
    instant: str, *, ready: bool
) -> None:
    assert prewarm_at("XNYS", at(instant)) is ready


def test_a_market_that_pauses_for_less_than_the_margins_keeps_its_pods() -> None:
    assert session_at("CMES", at("2026-11-26T20:00")) is None
    assert all(prewarm_at("24/5", at("2026-11-24T00:00") + index * MINUTE) for index in range(1440))


@pytest.mark.parametrize("instant", ["2025-12-31T12:00", "2040-01-03T15:00"])
def test_what_the_data_does_not_reach_is_refused_and_not_taken_for_closed(instant: str) -> None:
    with pytest.raises(ValueError, match=r"known from 2026-01-01 until .* python -m lab.calendars --write"):
        session_at("XNYS", at(instant))


def test_a_calendar_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"no calendar 'XSHG'; there are XNYS, XNAS, .*lab/calendars.py"):
        calendar("XSHG")


@pytest.mark.parametrize("code", codes())
def test_sessions_come_in_order_and_never_overlap(code: str) -> None:
    sessions = calendar(code).sessions
    assert sessions[0].day.year == 2026
    for before, after in pairwise(sessions):
        assert before.opens < before.closes <= after.opens


@pytest.mark.parametrize("code", CLOSING)
def test_the_clock_alone_misses_no_ordinary_session(code: str) -> None:
    """Summer time included. What it does not know, holidays and half-days, only costs pods."""
    asked = calendar(code)
    window = asked.cron()
    assert window
    for session in asked.sessions:
        if session.day not in asked.exceptions:
            for instant in (
                session.opens - PREWARM,
                session.opens,
                session.closes,
                session.closes + PREWARM - MINUTE,
            ):
                assert by_the_clock(window, instant), session


def test_the_clock_is_off_at_night_and_at_weekends() -> None:
    window = CronWindow("America/New_York", "0 9 * * 1-5", "30 16 * * 1-5")
    assert calendar("XNYS").cron() == window
    for instant in ("2026-11-24T13:59", "2026-11-24T21:31", "2026-11-28T16:00", "2026-07-06T12:59"):
        assert not by_the_clock(window, at(instant)), instant


def test_margins_that_meet_are_one_stretch_of_the_week() -> None:
    """KEDA would take each day's start, which comes before the last day's end, for the outside."""
    assert calendar("24/5").cron() == CronWindow("UTC", "30 23 * * 0", "30 0 * * 6")
    assert calendar("CMES").cron() == CronWindow("America/Chicago", "30 16 * * 0", "30 17 * * 5")
    assert calendar("24/7").cron() is None


def test_every_shipped_stack_trades_where_the_days_are_known() -> None:
    for stack in STACKS:
        config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
        said = config.get("trading-platform:market", {}).get("calendars")
        environment = config["trading-platform:environment"]
        found = said or profile(environment, config["trading-platform:cloud"]["provider"]).market.calendars
        assert set(found) <= set(codes()), stack


def test_the_service_gets_every_session_in_utc_under_a_name_that_a_key_may_have() -> None:
    args = MarketHoursArgs(namespace="trading", labels=LABELS, calendars=("XNYS", "24/7"))
    plan = deploy(lambda provider: MarketHours("market-hours", args, ResourceOptions(provider=provider)))
    config_map = the(plan, "ConfigMap", "market-calendars")
    assert config_map["data"].keys() == {"XNYS.csv", "24-7.csv", PREWARM_KEY}
    assert config_map["data"][PREWARM_KEY] == "30"
    head, *lines = config_map["data"]["XNYS.csv"].splitlines()
    assert head == "day,open,close"
    assert "2026-11-27,2026-11-27T14:30Z,2026-11-27T18:00Z" in lines
    assert len(lines) == len(calendar("XNYS").sessions)
    assert "name" not in config_map["metadata"], "new days come under a new name, and the service rolls over"


def test_all_calendars_together_fit_into_one_config_map() -> None:
    data = {key_of(code): sessions_csv(calendar(code).sessions) for code in codes()}
    assert len(data) == len(codes())
    assert all(re.fullmatch(r"[-._a-zA-Z0-9]+", key) for key in data)
    assert sum(map(len, data.values())) < 1_000_000


def test_the_settings_take_just_the_calendars_whose_sessions_are_here() -> None:
    assert codes() == CALENDARS
