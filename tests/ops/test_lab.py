"""``tradectl lab``: what is here, what can be built, what is removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import lab
from lab import PartStatus, standing
from lab.standing import Lab, LabError, Process
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
    monkeypatch.setattr(standing, "standing", list[Lab])
    return calls


class Labs:
    """What stands, in the place of what `lab.standing` would start."""

    def __init__(self) -> None:
        self.there: dict[str, Lab] = {}
        self.bare: list[bool] = []
        self.fails = ""

    def standing(self) -> list[Lab]:
        return list(self.there.values())

    def up(self, name: str, tell: Callable[[str], None], *, bare: bool) -> Lab:
        tell("starting etcd and the API server")
        if self.fails:
            raise LabError(self.fails)
        self.bare.append(bare)
        return self.there.setdefault(name, one(name))

    def down(self, name: str) -> bool:
        return self.there.pop(name, None) is not None


def one(name: str, trouble: str = "", **changed: Any) -> Lab:
    processes = (
        Process("etcd", 7, "", "/labs/etcd.log", "https://127.0.0.1:2379"),
        Process("kwok", None if trouble else 8, trouble, "/labs/kwok.log"),
        Process("simulated metrics", None, "", "", "http://127.0.0.1:9/metrics"),
    )
    lab = Lab(name, Path(f"/labs/{name}"), "standing", 6, "https://127.0.0.1:6443", processes)
    return replace(lab, **changed)


@pytest.fixture
def labs(monkeypatch: pytest.MonkeyPatch) -> Labs:
    found = Labs()
    monkeypatch.setattr(lab, "status", lambda: [HERE])
    for name in ("standing", "up", "down"):
        monkeypatch.setattr(standing, name, getattr(found, name))

    def find(name: str) -> Lab | None:
        standing.room_of(name)
        return found.there.get(name)

    monkeypatch.setattr(standing, "find", find)
    return found


@pytest.mark.usefixtures("cleaned", "labs")
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


def test_clean_takes_nothing_from_under_a_lab_that_stands(
    tradectl: Call, cleaned: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "standing", lambda: [one("gone", state="gone"), one("two")])
    ended = tradectl("lab", "clean", "--yes")
    assert ended.code == 2
    assert "the lab 'two' is at work" in ended.err
    assert "tradectl lab down --all" in ended.err
    assert cleaned == []


@pytest.mark.usefixtures("labs")
def test_up_says_how_the_lab_is_used_and_ended(tradectl: Call) -> None:
    ended = tradectl("lab", "up", "--name", "two")
    assert ended.code == 0
    for wanted in (
        "export KUBECONFIG=/labs/two/kubeconfig",
        "https://127.0.0.1:6443",
        "https://127.0.0.1:2379",
        "tradectl lab down --name two",
        "/labs/two/*.log",
    ):
        assert wanted in ended.out
    assert ended.err == "starting etcd and the API server\n"
    assert "--name" not in tradectl("lab", "up").out
    assert "http://127.0.0.1:9/set" in ended.out


def test_up_is_quiet_when_it_is_told_to_be(tradectl: Call, labs: Labs) -> None:
    ended = tradectl("lab", "up", "--quiet", "--bare")
    assert (ended.out, ended.err) == ("", "")
    assert labs.bare == [True]


def test_a_second_up_says_that_it_stands_already(tradectl: Call, labs: Labs) -> None:
    labs.there["lab"] = one("lab")
    ended = tradectl("lab", "up")
    assert ended.code == 0
    assert ended.out.startswith("the lab 'lab' stands already\n")


def test_a_lab_that_does_not_come_up_ends_in_4_with_its_reason(tradectl: Call, labs: Labs) -> None:
    labs.fails = "kube-apiserver ended with exit code 1"
    ended = tradectl("lab", "up")
    assert ended.code == 4
    assert "error: kube-apiserver ended with exit code 1" in ended.err


@pytest.mark.usefixtures("labs")
@pytest.mark.parametrize("command", ["up", "down"])
def test_what_is_no_name_is_the_users_to_mend(tradectl: Call, command: str) -> None:
    ended = tradectl("lab", command, "--name", "../etc")
    assert ended.code == 2
    assert "'../etc' is no name for a lab" in ended.err


def test_down_ends_the_one_that_is_named_or_all(tradectl: Call, labs: Labs) -> None:
    labs.there = {name: one(name) for name in ("lab", "two", "three")}
    assert tradectl("lab", "down").out == "the lab 'lab' is ended and removed\n"
    assert tradectl("lab", "down").out == "there was no lab to end\n"
    assert tradectl("lab", "down", "--all").out.splitlines() == [
        "the lab 'two' is ended and removed",
        "the lab 'three' is ended and removed",
    ]
    assert labs.there == {}


def test_status_shows_each_lab_and_what_troubles_it(tradectl: Call, labs: Labs) -> None:
    labs.there = {
        "sick": one("sick", "kwok was ended by signal 9"),
        "gone": one("gone", state="gone"),
        "new": one("new", state="starting", processes=()),
    }
    said = tradectl("lab", "status").out
    assert "kwok was ended by signal 9" in said
    assert "'gone': gone; it was killed, or the machine was restarted. /labs/gone was left" in said
    assert "'new': starting" in said
    sick, gone, new = json.loads(tradectl("lab", "status", "--json").out)["labs"]
    assert (sick["state"], sick["well"]) == ("standing", False)
    assert sick["processes"][1] == {
        "name": "kwok",
        "pid": None,
        "trouble": "kwok was ended by signal 9",
        "address": "",
        "log": "/labs/kwok.log",
    }
    assert (gone["state"], gone["well"], new["state"]) == ("gone", False, "starting")
    assert sick["kubeconfig"] == "/labs/sick/kubeconfig"
