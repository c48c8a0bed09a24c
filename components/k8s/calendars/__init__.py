"""When exchanges trade, holidays and half-days included: committed data, and the questions put to it.

``weeks.csv`` says each calendar's ordinary week: zone, days, open and close on the exchange's own clock,
counted from midnight of the session's day (``-07:00`` is five in the afternoon of the day before, ``24:00``
the midnight after it), and from when until when the data holds. ``<CODE>.csv`` beside it says what differs: a
day without hours is a holiday, one with hours a half-day, a late open or a session outside the week. A person
can hold either against the exchange's own page.

``python -m lab.calendars --write`` writes both from `exchange_calendars`, and a test holds them to it. The
data ends some day: an instant beyond it is refused, and the alert on ``calendar_horizon_days`` comes long
before.

Left out are exchanges whose days that library does not know two years ahead (Shanghai, Mumbai and Singapore
publish a year at a time) or that are announced at short notice. A break at noon (Tokyo, Hong Kong) belongs to
its session: the platform stays up through it.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["PREWARM", "Calendar", "CronWindow", "Session", "calendar", "codes", "prewarm_at", "session_at"]

FOLDER: Final = Path(__file__).parent
PREWARM: Final = timedelta(minutes=30)
"""Pods are ready so long before the open, and stay so long after the close."""
DAYS: Final = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
"""As cron counts them."""
DAY: Final = timedelta(days=1)

Hours = tuple[timedelta, timedelta]
"""Open and close, from midnight of the session's day on the exchange's clock."""


@dataclass(frozen=True, slots=True)
class Session:
    """One day of trading."""

    day: date
    """What the exchange calls the day; an open the evening before belongs to it."""
    opens: datetime
    """UTC."""
    closes: datetime
    """UTC."""


@dataclass(frozen=True, slots=True)
class CronWindow:
    """A stretch of each ordinary week in KEDA's words. It knows daylight saving, and no holidays."""

    zone: str
    start: str
    end: str


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """One exchange, or a market that never closes (``24/7``) or closes at weekends (``24/5``)."""

    code: str
    zone: str
    """IANA name."""
    days: Sequence[int]
    """As cron counts them, in order: Sunday is 0."""
    hours: Hours
    first: date
    last: date
    """Nothing is known of the days after."""
    exceptions: Mapping[date, Hours | None]
    """None: no session."""

    @cached_property
    def sessions(self) -> Sequence[Session]:
        """All that are known, in order."""
        every = (self.first + index * DAY for index in range((self.last - self.first).days + 1))
        return [session for day in every if (session := self._session(day))]

    def covering(self, instant: datetime, margin: timedelta) -> Session | None:
        """The session that an instant lies in, or within its margins."""
        if not self.first <= instant.astimezone(ZoneInfo(self.zone)).date() <= self.last:
            message = (
                f"calendar {self.code} is known from {self.first} until {self.last}, not at "
                f"{instant.isoformat()}; fix: python -m lab.calendars --write"
            )
            raise ValueError(message)
        begun = bisect_right(self.sessions, instant + margin, key=lambda session: session.opens)
        latest = self.sessions[begun - 1] if begun else None
        return latest if latest and instant < latest.closes + margin else None

    def cron(self) -> CronWindow | None:
        """The ordinary sessions with their margins; None where nothing lies between them.

        Margins that meet are one stretch: KEDA takes a start that comes before the end for the outside.
        """
        stretches: list[Hours] = []
        for midnight in (day * DAY for day in self.days):
            start, end = midnight + self.hours[0] - PREWARM, midnight + self.hours[1] + PREWARM
            if stretches and start <= stretches[-1][1]:
                start = stretches.pop()[0]
            stretches.append((start, end))
        if stretches[-1][1] - stretches[0][0] >= 7 * DAY:
            return None
        starts, ends = zip(*stretches, strict=True)
        return CronWindow(self.zone, _cron(starts), _cron(ends))

    def _session(self, day: date) -> Session | None:
        hours = self.exceptions.get(day, self.hours if day.isoweekday() % 7 in self.days else None)
        return Session(day, self._utc(day, hours[0]), self._utc(day, hours[1])) if hours else None

    def _utc(self, day: date, after_midnight: timedelta) -> datetime:
        on_the_clock = datetime.combine(day, time()) + after_midnight
        return on_the_clock.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)


@cache
def codes() -> Sequence[str]:
    """The calendars that can be asked for."""
    return tuple(_weeks())


@cache
def calendar(code: str) -> Calendar:
    """The calendar of an exchange by its ISO 10383 code, or ``24/7``, ``24/5``."""
    week = _weeks().get(code)
    if week is None:
        message = (
            f"market.calendars: there is no calendar {code!r}; there are {', '.join(_weeks())}. "
            "Fix: say one of these, or name it in CODES of lab/calendars.py and run python -m lab.calendars "
            "--write"
        )
        raise ValueError(message)
    return Calendar(
        code=code,
        zone=week["zone"],
        days=sorted(DAYS.index(day) for day in week["days"].split()),
        hours=(_clock(week["open"]), _clock(week["close"])),
        first=date.fromisoformat(week["from"]),
        last=date.fromisoformat(week["until"]),
        exceptions=_exceptions(FOLDER / f"{code}.csv"),
    )


def session_at(code: str, instant: datetime) -> Session | None:
    """The session that is on, if any."""
    return calendar(code).covering(instant, timedelta())


def prewarm_at(code: str, instant: datetime) -> bool:
    """Whether the floor holds: from half an hour before an open until half an hour after the close."""
    return calendar(code).covering(instant, PREWARM) is not None


def _cron(moments: Sequence[timedelta]) -> str:
    """Five fields for moments of one time of day."""
    (clock,) = {moment % DAY for moment in moments}
    days = sorted(moment // DAY % 7 for moment in moments)
    runs = len(days) > 1 and all(later - earlier == 1 for earlier, later in pairwise(days))
    said = f"{days[0]}-{days[-1]}" if runs else ",".join(map(str, days))
    hours, minutes = divmod(clock.seconds // 60, 60)
    return f"{minutes} {hours} * * {said}"


def _clock(text: str) -> timedelta:
    hours, _, minutes = text.removeprefix("-").partition(":")
    after = timedelta(hours=int(hours), minutes=int(minutes))
    return -after if text.startswith("-") else after


def _exceptions(file: Path) -> dict[date, Hours | None]:
    return {
        date.fromisoformat(row["date"]): (_clock(row["open"]), _clock(row["close"])) if row["open"] else None
        for row in (_rows(file) if file.exists() else [])
    }


@cache
def _weeks() -> Mapping[str, Mapping[str, str]]:
    return {row["calendar"]: row for row in _rows(FOLDER / "weeks.csv")}


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
