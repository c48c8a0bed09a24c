"""Writes ``components/k8s/calendars`` from the `exchange_calendars` library, and says how long they last.

    python -m lab.calendars --write    # the files anew, until the end of the year after next
    python -m lab.calendars --check    # as committed? and for how many days yet? (exit 1 below 180)

``--check`` is for a pipeline with a clock. In the cluster the alert on ``calendar_horizon_days`` says it.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

__all__ = ["CODES", "FIRST", "FOLDER", "horizon", "main", "render"]

FOLDER: Final = Path(__file__).parent.parent / "components" / "k8s" / "calendars"
FIRST: Final = date(2026, 1, 1)
LEAST_DAYS: Final = 180
CODES: Final = (
    *("XNYS", "XNAS", "XTSE", "XMEX", "BVMF"),
    *("XLON", "XPAR", "XAMS", "XBRU", "XETR", "XSWX", "XMIL", "XMAD", "XSTO", "XJSE"),
    *("XTKS", "XHKG", "XASX"),
    *("CMES", "24/5", "24/7"),
)
"""ISO 10383, and the two markets without an exchange."""
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Hours = tuple[timedelta, timedelta]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the library says of one calendar."""

    zone: str
    sessions: Mapping[date, Hours]
    names: Mapping[date, str]


def render(last: date) -> dict[str, str]:
    """The files' text by name, for the days from `FIRST` until ``last``."""
    files: dict[str, str] = {}
    weeks: list[tuple[str, ...]] = []
    for code in CODES:
        known = _ask(code, last)
        week = tuple(sorted({day.weekday() for day in known.sessions}))
        days, hours = _ordinary(known, week)
        names = " ".join(DAYS[day] for day in days)
        weeks.append((code, known.zone, names, *map(_clock, hours), FIRST.isoformat(), last.isoformat()))
        if rows := list(_exceptions(known, days, hours, last)):
            files[f"{code}.csv"] = _csv(("date", "open", "close", "name"), rows)
    files["weeks.csv"] = _csv(("calendar", "zone", "days", "open", "close", "from", "until"), weeks)
    return files


def horizon() -> date:
    """The last day that the committed files know."""
    with (FOLDER / "weeks.csv").open(encoding="utf-8", newline="") as lines:
        return min(date.fromisoformat(row["until"]) for row in csv.DictReader(lines))


def _ordinary(known: _Known, week: tuple[int, ...]) -> tuple[tuple[int, ...], Hours]:
    """The days that have most sessions, and the hours that most sessions have."""
    a_day = Counter(day.weekday() for day in known.sessions)
    usual = max(a_day.values()) / 2
    ((hours, _),) = Counter(known.sessions.values()).most_common(1)
    return tuple(day for day in week if a_day[day] > usual), hours


def _exceptions(
    known: _Known, days: tuple[int, ...], hours: Hours, last: date
) -> Iterator[tuple[str, str, str, str]]:
    for index in range((last - FIRST).days + 1):
        day = FIRST + timedelta(days=index)
        ordinary = hours if day.weekday() in days else None
        found = known.sessions.get(day)
        if found != ordinary:
            opens, closes = map(_clock, found) if found else ("", "")
            yield day.isoformat(), opens, closes, known.names.get(day, "")


def _ask(code: str, last: date) -> _Known:
    try:
        import exchange_calendars  # noqa: PLC0415 - pandas comes with it: only who writes the files needs it
    except ImportError as error:
        message = "exchange_calendars is missing; it is a development dependency: make check installs it"
        raise SystemExit(message) from error
    library: Any = exchange_calendars.get_calendar(code, start=FIRST.isoformat(), end=last.isoformat())
    zone = str(library.tz)
    sessions: dict[date, Hours] = {}
    for label, opens, closes in library.schedule[["open", "close"]].itertuples():
        midnight = datetime.combine(label.date(), datetime.min.time())
        local = [moment.tz_convert(zone).tz_localize(None).to_pydatetime() for moment in (opens, closes)]
        sessions[label.date()] = local[0] - midnight, local[1] - midnight
    special = (*library.special_closes, *library.special_opens)
    return _Known(zone, sessions, _names([library.regular_holidays, *(rule for _, rule in special)], last))


def _names(rules: Sequence[Any], last: date) -> dict[date, str]:
    """Why a day differs, where the library has a word for it. A holiday's own comes first."""
    return {
        label.date(): name.partition(" (")[0]
        for rule in reversed(rules)
        if hasattr(rule, "holidays")
        for label, name in rule.holidays(FIRST.isoformat(), last.isoformat(), return_name=True).items()
    }


def _clock(after_midnight: timedelta) -> str:
    minutes = after_midnight // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else ''}{hours:02}:{rest:02}"


def _csv(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows((header, *rows))
    return text.getvalue()


def main(arguments: list[str] | None = None, *, today: date | None = None) -> int:
    """The command; ``today`` is for tests."""
    parser = argparse.ArgumentParser(prog="python -m lab.calendars", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="write the files anew")
    what.add_argument("--check", action="store_true", help="compare them, and say how long they last")
    told = parser.parse_args(arguments)
    today = today or datetime.now(UTC).date()
    if told.write:
        for name, text in render(date(today.year + 2, 12, 31)).items():
            (FOLDER / name).write_text(text, encoding="utf-8")
    last = horizon()
    different = sorted(
        name
        for name, text in render(last).items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != text
    )
    left = (last - today).days
    told_of = f"differs from the library: {', '.join(different)}" if different else "as the library says"
    sys.stdout.write(f"{len(CODES)} calendars until {last}, {left} days: {told_of}\n")
    if left < LEAST_DAYS or different:
        sys.stdout.write("fix: python -m lab.calendars --write\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
