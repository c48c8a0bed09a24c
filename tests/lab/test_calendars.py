"""The committed calendars against the library that they come from."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lab import calendars

pytest.importorskip(
    "exchange_calendars", reason="the library that writes the calendars: make check installs it"
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the library on a newer pandas


@pytest.fixture(scope="module")
def rendered() -> dict[str, str]:
    return calendars.render(calendars.horizon())


@pytest.fixture
def quick(rendered: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The command on a folder of its own, with the library's answers at hand."""

    def at_hand(last: date) -> dict[str, str]:
        assert last == date(2028, 12, 31)
        return rendered

    monkeypatch.setattr(calendars, "render", at_hand)
    monkeypatch.setattr(calendars, "FOLDER", tmp_path)
    for name, text in rendered.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_committed_files_say_what_the_library_says(rendered: dict[str, str]) -> None:
    committed = {file.name: file.read_text() for file in calendars.FOLDER.glob("*.csv")}
    assert committed == rendered, "python -m lab.calendars --write"


def test_every_calendar_is_known_until_the_end_of_a_year(rendered: dict[str, str]) -> None:
    rows = [line.split(",") for line in rendered["weeks.csv"].splitlines()[1:]]
    assert [row[0] for row in rows] == list(calendars.CODES)
    assert {row[-1] for row in rows} == {f"{calendars.horizon().year}-12-31"}


def test_the_check_is_content_with_fresh_files(quick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert quick
    assert calendars.main(["--check"], today=date(2026, 11, 23)) == 0
    assert "until 2028-12-31, 769 days: as the library says" in capsys.readouterr().out


def test_the_check_fails_when_the_days_run_out(quick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert quick
    assert calendars.main(["--check"], today=date(2028, 8, 1)) == 1
    assert "fix: python -m lab.calendars --write" in capsys.readouterr().out


def test_the_check_names_the_files_that_differ(quick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (quick / "XNYS.csv").write_text("date,open,close,name\n")
    assert calendars.main(["--check"], today=date(2026, 11, 23)) == 1
    assert "differs from the library: XNYS.csv" in capsys.readouterr().out


def test_writing_mends_what_differs(quick: Path) -> None:
    (quick / "XNYS.csv").unlink()
    assert calendars.main(["--write"], today=date(2026, 11, 23)) == 0
    assert "2026-11-27,09:30,13:00" in (quick / "XNYS.csv").read_text()
