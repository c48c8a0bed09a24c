"""When no market is open, in the words of tools that know neither holidays nor daylight saving: crons in UTC.

A minute of the week counts as busy if a session of any of the calendars, or its margin, ever lies in it:
holidays and half-days included, on both sides of the change of clocks. So what is kept through the busy
minutes is kept through every session, and what is done in the quiet ones disturbs none.

A market that never closes has no quiet minute; each function says what that means for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby, pairwise
from typing import Final

from components.k8s.calendars import PREWARM, calendar

__all__ = ["Window", "busy_windows", "quiet_cron"]

DAY: Final = 24 * 60
"""Minutes."""
WEEK: Final = 7 * DAY
SUNDAY: Final = datetime(2023, 1, 1, tzinfo=UTC)
"""Some Sunday: weeks are counted from its midnight, as cron counts days."""
STEP: Final = 30
WORKDAYS: Final = range(1, 6)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the week."""

    schedule: str
    """Cron in UTC: when it begins."""
    minutes: int

    @property
    def duration(self) -> str:
        """As Karpenter and Argo CD say it, for example ``7h30m``."""
        hours, minutes = divmod(self.minutes, 60)
        return f"{hours}h{minutes}m"


def busy_windows(codes: Sequence[str]) -> list[Window]:
    """The stretches in which a market may be open. None for one that never closes: it has no edges."""
    busy = _busy(tuple(codes))
    if all(busy) or not any(busy):
        return []
    edges = [minute for minute in range(WEEK) if busy[minute] and not busy[minute - 1]]
    found = sorted((minute % DAY, _length(busy, minute), minute // DAY) for minute in edges)
    return [
        Window(_cron(clock, [day for _, _, day in same]), length)
        for (clock, length), same in groupby(found, key=lambda one: one[:2])
    ]


def quiet_cron(codes: Sequence[str], *, minutes: int, skip: int = 0) -> str:
    """A time on as many workdays as possible at which the markets stay closed for so many minutes.

    ``skip``: the next such time of the day, so that two things do not happen at once. Raises ValueError where
    there is none.
    """
    busy = _busy(tuple(codes))
    free = {
        clock: [
            day
            for day in WORKDAYS
            if not any(busy[(day * DAY + clock + minute) % WEEK] for minute in range(minutes))
        ]
        for clock in range(0, DAY, STEP)
    }
    best = max(map(len, free.values()))
    clocks = [clock for clock, days in free.items() if best and len(days) == best]
    if len(clocks) <= skip:
        msg = (
            f"the markets {', '.join(codes)} leave no {minutes} minutes of a workday quiet"
            f"{' for a second time' if skip else ''}, expected some. Fix: leave this out where a market "
            "never closes"
        )
        raise ValueError(msg)
    return _cron(clocks[skip], free[clocks[skip]])


@cache
def _busy(codes: tuple[str, ...]) -> Sequence[bool]:
    """For each minute of the week, from Sunday's midnight."""
    found = [False] * WEEK
    for code in codes:
        for session in calendar(code).sessions:
            start = (session.opens - PREWARM - SUNDAY) // timedelta(minutes=1)
            end = (session.closes + PREWARM - SUNDAY) // timedelta(minutes=1)
            for minute in range(start, min(end, start + WEEK)):
                found[minute % WEEK] = True
    return found


def _length(busy: Sequence[bool], start: int) -> int:
    return next(length for length in range(1, WEEK + 1) if not busy[(start + length) % WEEK])


def _cron(clock: int, days: Sequence[int]) -> str:
    hour, minute = divmod(clock, 60)
    runs = len(days) > 1 and all(later - earlier == 1 for earlier, later in pairwise(days))
    said = f"{days[0]}-{days[-1]}" if runs else ",".join(map(str, days))
    return f"{minute} {hour} * * {said}"
