from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from components.k8s.calendars import PREWARM, calendar
from components.k8s.quiet_hours import Window, busy_windows, quiet_cron

MARKETS = (["XNYS"], ["XNYS", "XLON"], ["XTKS"], ["XNYS", "XTKS", "XLON"], ["CMES"])


def begun(cron: str, instant: datetime) -> datetime:
    """When such a cron last fired: five fields, of which the days are numbers and one range."""
    minute, hour, _, _, said = cron.split()
    days: set[int] = set()
    for part in said.split(","):
        first, _, last = part.partition("-")
        days |= set(range(int(first), int(last or first) + 1))
    at = instant.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    while at > instant or at.isoweekday() % 7 not in days:
        at -= timedelta(days=1)
    return at


def is_busy(windows: list[Window], instant: datetime) -> bool:
    return any(
        instant < begun(window.schedule, instant) + timedelta(minutes=window.minutes) for window in windows
    )


@pytest.mark.parametrize("codes", MARKETS, ids="-".join)
def test_every_known_session_lies_in_a_busy_window_with_its_margins(codes: list[str]) -> None:
    windows = busy_windows(codes)
    for code in codes:
        for session in calendar(code).sessions:
            for instant in (
                session.opens - PREWARM,
                session.opens,
                session.closes + PREWARM - timedelta(minutes=1),
            ):
                assert is_busy(windows, instant), (code, instant)


def test_the_windows_are_not_simply_always() -> None:
    windows = busy_windows(["XNYS"])
    assert not is_busy(windows, datetime(2026, 11, 23, 3, tzinfo=UTC))
    assert not is_busy(windows, datetime(2026, 11, 22, 15, tzinfo=UTC)), "a Sunday"
    assert sum(window.minutes for window in windows) < 24 * 60


def test_a_market_that_never_closes_has_no_windows() -> None:
    assert busy_windows(["24/7"]) == []
    assert busy_windows(["XNYS", "24/7"]) == []


@pytest.mark.parametrize("codes", MARKETS[:4], ids="-".join)
def test_a_quiet_time_meets_no_session_of_any_market(codes: list[str]) -> None:
    windows = busy_windows(codes)
    cron = quiet_cron(codes, minutes=60)
    start = datetime(2026, 11, 30, tzinfo=UTC)
    for day in range(7):
        at = begun(cron, start + timedelta(days=day, hours=23, minutes=59))
        for minute in range(60):
            assert not is_busy(windows, at + timedelta(minutes=minute))


def test_two_quiet_times_do_not_overlap() -> None:
    first, second = (quiet_cron(["XNYS"], minutes=60, skip=skip).split() for skip in (0, 2))
    minutes = [int(cron[1]) * 60 + int(cron[0]) for cron in (first, second)]
    assert minutes[1] - minutes[0] >= 60


def test_where_no_time_is_quiet_it_is_said() -> None:
    with pytest.raises(ValueError, match="24/7 leave no 60 minutes"):
        quiet_cron(["24/7"], minutes=60)


def test_a_duration_is_said_as_the_tools_read_it() -> None:
    assert Window("0 0 * * 1", 510).duration == "8h30m"
    assert Window("0 0 * * 1", 7320).duration == "122h0m"
