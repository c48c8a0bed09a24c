"""How far apart the runs of a schedule are: AWS writes it as ``rate(12 hours)`` or ``cron(0 5 ? * * *)``."""

from __future__ import annotations

import calendar
import math
import re
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Final

__all__ = ["longest_gap"]

RATE: Final = re.compile(r"rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)")
CRON: Final = re.compile(r"cron\((.*)\)")
HOURS: Final = {"minute": 1 / 60, "hour": 1, "day": 24}
FIELDS: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
"""The bounds of minute, hour, day, month, day of the week (Sunday is 1) and year."""
NAMES: Final = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name} | {
    name.upper(): (number + 1) % 7 + 1 for number, name in enumerate(calendar.day_abbr)
}
FIRST: Final = date(2026, 1, 1)
WINDOW: Final = 800
"""Days that are looked at: two runs of a yearly schedule are among them."""
ATOM: Final = re.compile(r"(\*|\w+)(?:-(\w+))?(?:/(\d+))?")
LAST: Final = re.compile(r"([1-7]|[A-Z]{3})L")
NTH: Final = re.compile(r"([1-7]|[A-Z]{3})#([1-5])")
WEEKDAY: Final = re.compile(r"(\d{1,2})W")


@cache
def longest_gap(expression: str) -> float | None:
    """The hours of the longest wait between two runs; infinite if it runs once at most; None: unreadable."""
    rate = RATE.fullmatch(expression.strip())
    if rate:
        return int(rate[1]) * HOURS[rate[2]]
    cron = CRON.fullmatch(expression.strip())
    words = cron[1].upper().split() if cron else []
    if len(words) != len(FIELDS):
        return None
    try:
        return _gap(words)
    except ValueError:
        return None


def _gap(words: list[str]) -> float:
    minutes, hours = _values(words[0], 0), _values(words[1], 1)
    times = sorted(hour * 60 + minute for hour in hours for minute in minutes)
    days = [day for day in range(WINDOW) if _runs(FIRST + timedelta(days=day), words)]
    # Of a day's runs only the first and the last meet another day's.
    gaps = [(later - sooner) * 1440 - times[-1] + times[0] for sooner, later in pairwise(days)]
    gaps += [later - sooner for sooner, later in pairwise(times)]
    return max(gaps) / 60 if len(days) > 1 else math.inf


def _runs(day: date, words: list[str]) -> bool:
    weekday = (day.weekday() + 1) % 7 + 1
    length = calendar.monthrange(day.year, day.month)[1]
    return (
        day.month in _values(words[3], 3)
        and day.year in _values(words[5], 5)
        and _on_day(words[2], day.day, length)
        and _on_weekday(words[4], weekday, day.day, length)
    )


def _on_day(word: str, day: int, length: int) -> bool:
    nearest = WEEKDAY.fullmatch(word)
    if word in ("L", "LW"):
        return day == length
    if nearest:
        return day == min(int(nearest[1]), length)
    return day in _values(word, 2)


def _on_weekday(word: str, weekday: int, day: int, length: int) -> bool:
    last, nth = LAST.fullmatch(word), NTH.fullmatch(word)
    if word == "L":
        return weekday == FIELDS[4][1]
    if last:
        return weekday == _number(last[1]) and day + 7 > length
    if nth:
        return weekday == _number(nth[1]) and (day - 1) // 7 + 1 == int(nth[2])
    return weekday in _values(word, 4)


@cache
def _values(word: str, field: int) -> frozenset[int]:
    """The numbers that a field means.

    Raises:
        ValueError: nothing that AWS would take.
    """
    low, high = FIELDS[field]
    found: set[int] = set()
    for piece in word.replace("?", "*").split(","):
        atom = ATOM.fullmatch(piece)
        if atom is None:
            raise ValueError(piece)
        first = low if atom[1] == "*" else _number(atom[1])
        last = high if atom[1] == "*" or (atom[3] and not atom[2]) else _number(atom[2] or atom[1])
        step = max(1, int(atom[3] or 1))
        if last < first:  # FRI-MON
            found |= {*range(first, high + 1, step), *range(low, last + 1, step)}
        found |= set(range(first, last + 1, step))
    if min(found) < low or max(found) > high:
        raise ValueError(word)
    return frozenset(found)


def _number(word: str) -> int:
    return NAMES[word] if word in NAMES else int(word)
