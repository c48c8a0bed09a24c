"""``tradectl lab``: what is here, what can be built, what is removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import lab
from lab import PartStatus
from tests.ops.conftest import Ended

Call = Callable[..., Ended]
HERE = PartStatus("pulumi", "3.259.0", "built", Path("/somewhere/pulumi"))
GONE = PartStatus("pulumi", "3.259.0", "unavailable", None, "there is no Go compiler")


@pytest.fixture
def cleaned(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    calls: list[Path] = []

    def clean() -> list[Path]:
        calls.append(Path("/somewhere"))
        return calls

    monkeypatch.setattr(lab, "status", lambda: [HERE])
    monkeypatch.setattr(lab, "clean", clean)
    return calls


@pytest.mark.usefixtures("cleaned")
def test_status_says_each_part_for_people_and_programs(tradectl: Call) -> None:
    assert "/somewhere/pulumi" in tradectl("lab", "status").out
    (part,) = json.loads(tradectl("lab", "status", "--json").out)["parts"]
    assert (part["name"], part["state"]) == ("pulumi", "built")


def test_build_tells_what_it_does_on_stderr_and_ends_in_4_when_a_part_cannot_be_had(
    tradectl: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(progress: Callable[[str], None] | None) -> list[PartStatus]:
        if progress:
            progress("building pulumi")
        return [GONE]

    monkeypatch.setattr(lab, "build", build)
    ended = tradectl("lab", "build")
    assert ended.code == 4
    assert ended.err.startswith("building pulumi\n")
    assert "pulumi cannot be had here: there is no Go compiler" in ended.err
    assert "building" not in tradectl("lab", "build", "--quiet").err


def test_clean_removes_nothing_unasked(tradectl: Call, cleaned: list[Path]) -> None:
    ended = tradectl("lab", "clean")
    assert ended.code == 2
    assert "tradectl lab clean --yes" in ended.err
    assert "would remove pulumi 3.259.0" in tradectl("lab", "clean", "--dry-run").out
    assert cleaned == []


def test_clean_with_yes_says_what_it_removed(tradectl: Call, cleaned: list[Path]) -> None:
    assert tradectl("lab", "clean", "--yes").out == "removed /somewhere\n"
    assert len(cleaned) == 1
