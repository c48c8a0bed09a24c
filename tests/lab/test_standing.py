"""Labs that stand in the background: found again, watched, ended whole, never in each other's way."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab import standing
from lab.standing import LabError, down, find, hold, room_of, up
from tests.processes import gone_within

SUPERVISOR = Path(__file__).with_name("supervised.py")


@pytest.fixture(autouse=True)
def _own_labs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TRADING_LAB_CACHE", str(tmp_path / "toolchain"))
    monkeypatch.setattr(standing, "_SUPERVISOR", (str(SUPERVISOR),))
    yield
    for lab in standing.standing():
        down(lab.name)


def etcd(lines: list[str]) -> int:
    return int(next(line for line in lines if line.startswith("etcd is")).rpartition(" ")[2])


def eventually(is_so: Callable[[], object]) -> bool:
    deadline = time.monotonic() + 20
    while not (so := is_so()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(so)


def test_a_lab_stands_until_it_is_ended_and_then_nothing_is_left(tmp_path: Path) -> None:
    told: list[str] = []
    lab = up("one", told.append)
    assert (lab.name, lab.state, lab.is_well) == ("one", "standing", True)
    assert lab.address == "https://127.0.0.1:6443"
    assert [process.pid for process in lab.processes] == [etcd(told)]
    assert find("one") == lab
    assert lab.room.stat().st_mode & 0o777 == 0o700
    assert down("one")
    assert find("one") is None
    assert not down("one")
    assert gone_within(lab.pid, 5)
    assert gone_within(etcd(told), 5)
    assert list((tmp_path / "labs").iterdir()) == []


def test_one_that_stands_is_left_alone_when_it_is_started_again() -> None:
    first = up("one")
    again: list[str] = []
    assert up("one", again.append) == first
    assert again == []


def test_two_stand_side_by_side_and_one_ends_without_the_other() -> None:
    first, second = up("one"), up("two")
    assert first.room != second.room
    assert [lab.name for lab in standing.standing()] == ["one", "two"]
    down("one")
    assert [(lab.name, lab.is_well) for lab in standing.standing()] == [("two", True)]


def test_a_bare_lab_is_asked_for_as_such() -> None:
    assert [process.name for process in up("one", bare=True).processes] == ["etcd, bare"]
    assert [process.name for process in up("two").processes] == ["etcd"]


def test_one_that_does_not_come_up_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUND", "fails")
    told: list[str] = []
    with pytest.raises(LabError, match=r"kube-apiserver ended with exit code 1.*\n  no space left"):
        up("one", told.append)
    assert gone_within(etcd(told), 5)
    assert list((tmp_path / "labs").iterdir()) == []


def test_a_supervisor_that_cannot_even_begin_is_quoted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(standing, "_SUPERVISOR", ("-c", "import nowhere"))
    with pytest.raises(LabError, match="No module named 'nowhere'"):
        up("one")
    assert list((tmp_path / "labs").iterdir()) == []


def test_ctrl_c_on_the_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUND", "hangs")
    told: list[str] = []

    def interrupt(line: str) -> None:
        told.append(line)
        assert find("one") is not None
        assert [lab.state for lab in standing.standing()] == ["starting"]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        up("one", interrupt)
    assert gone_within(etcd(told), 5)
    assert list((tmp_path / "labs").iterdir()) == []


def test_a_supervisor_that_does_not_listen_is_killed_with_its_programs_and_its_room_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUND", "deaf")
    monkeypatch.setattr(standing, "END_WITHIN", 0.5)
    told: list[str] = []

    def interrupt(line: str) -> None:
        told.append(line)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        up("one", interrupt)
    assert gone_within(etcd(told), 5)
    assert list((tmp_path / "labs").iterdir()) == []


def test_a_lab_whose_supervisor_was_killed_is_gone_and_its_programs_with_it() -> None:
    lab = up("one")
    os.kill(lab.pid, signal.SIGKILL)
    pid = lab.processes[0].pid
    assert pid is not None
    assert gone_within(pid, 5)
    assert eventually(lambda: (found := find("one")) and found.state == "gone")
    assert not standing.standing()[0].is_well
    assert down("one")
    assert standing.standing() == []


def test_what_a_killed_lab_left_does_not_hinder_the_next(tmp_path: Path) -> None:
    room = tmp_path / "labs" / "one"
    (room / "etcd").mkdir(parents=True)
    (room / "etcd" / "member").touch()
    (room / "kubeconfig").write_text("stale", encoding="utf-8")
    (room / "state.json").write_text('{"state": "standing", "pid": 1}', encoding="utf-8")
    found = find("one")
    assert found is not None
    assert found.state == "gone"
    lab = up("one")
    assert lab.is_well
    assert not (room / "etcd").exists()
    assert not lab.kubeconfig.exists()


def test_a_process_that_has_the_old_number_by_now_is_left_in_peace(tmp_path: Path) -> None:
    room = tmp_path / "labs" / "one"
    room.mkdir(parents=True)
    (room / "state.json").write_text(f'{{"state": "standing", "pid": {os.getpid()}}}', encoding="utf-8")
    assert down("one")
    assert not room.exists()


def test_trouble_of_a_program_is_seen() -> None:
    lab = up("one")
    pid = lab.processes[0].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: (found := find("one")) and not found.is_well)
    (process,) = standing.standing()[0].processes
    assert (process.pid, process.trouble) == (None, "etcd (/bin/sleep) was ended by signal 9")


def test_a_room_that_is_held_is_not_taken_and_not_emptied(tmp_path: Path) -> None:
    with hold(tmp_path / "room"):
        (tmp_path / "room" / "precious").touch()
        with pytest.raises(LabError, match="starting or standing already"), hold(tmp_path / "room"):
            pytest.fail("two held one room")
        assert (tmp_path / "room" / "precious").exists()
    assert not (tmp_path / "room").exists()


def test_somebody_who_only_looks_does_not_keep_a_lab_from_starting(tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    with (room / "lock").open("w") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        calls: list[float] = []

        def look_away(seconds: float) -> None:
            calls.append(seconds)
            fcntl.flock(looking, fcntl.LOCK_UN)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(standing.time, "sleep", look_away)
            with hold(room):
                assert len(calls) == 1


@pytest.mark.parametrize("name", ["", "a/b", "..", "A", "-a", "a-", "x" * 31])
def test_a_name_that_is_no_folder_of_its_own_is_refused(name: str) -> None:
    with pytest.raises(LabError, match="is no name for a lab"):
        room_of(name)
