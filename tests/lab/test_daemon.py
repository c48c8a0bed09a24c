"""Programs in the background: ready or explained, ended whole, never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lab.daemon import Daemon, DaemonError, answers, last_lines, listens, stop_all
from lab.ports import free_port
from tests.lab.api_server import serving
from tests.processes import alive, gone_within, pid_in

ROOT = Path(__file__).parent.parent.parent
SLEEP = ["/bin/sleep", "60"]


def python(script: str) -> list[str]:
    return [sys.executable, "-u", "-c", script]


def test_it_is_ready_when_it_says_so_and_gone_after_its_block(tmp_path: Path) -> None:
    port = free_port()
    server = python(
        "import socket, time\ntime.sleep(0.3)\ns = socket.create_server(('127.0.0.1', "
        f"{port}))\nprint('listening')\ntime.sleep(60)"
    )
    with Daemon("server", server, room=tmp_path, ready=listens(port)) as daemon:
        pid = daemon.pid
        assert pid is not None
        assert alive(pid)
        assert listens(port)() == ""
        assert daemon.trouble == ""
    assert not alive(pid)
    assert not daemon.is_running
    assert daemon.pid is None
    assert "listening" in daemon.log.read_text(encoding="utf-8")


def test_one_that_ends_before_it_is_ready_is_explained_by_its_last_lines(tmp_path: Path) -> None:
    script = "import sys\nfor n in range(99): print('line', n)\nsys.exit(7)"
    with pytest.raises(DaemonError) as caught:
        Daemon("etcd", python(script), room=tmp_path, ready=lambda: "not yet").start()
    said = str(caught.value)
    assert said.startswith("etcd (")
    assert "ended with exit code 7" in said
    assert "line 98" in said
    assert "line 50" not in said
    assert str(tmp_path / "etcd.log") in said


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DaemonError, match="/nowhere/etcd cannot be started: No such file"):
        Daemon("etcd", ["/nowhere/etcd"], room=tmp_path, ready=lambda: "not yet").start()


def test_one_that_is_never_ready_is_ended_and_the_reason_told(tmp_path: Path) -> None:
    daemon = Daemon("etcd", SLEEP, room=tmp_path, ready=lambda: "no leader", timeout=0.3)
    daemon.launch()
    pid = daemon.pid
    with pytest.raises(DaemonError, match=r"etcd was not ready within 0\.3 seconds: no leader"):
        daemon.wait()
    assert pid is not None
    assert not alive(pid)


def test_ctrl_c_while_waiting_leaves_nothing(tmp_path: Path) -> None:
    def interrupt() -> str:
        raise KeyboardInterrupt

    daemon = Daemon("etcd", SLEEP, room=tmp_path, ready=interrupt)
    daemon.launch()
    pid = daemon.pid
    with pytest.raises(KeyboardInterrupt):
        daemon.wait()
    assert pid is not None
    assert not alive(pid)


def test_it_is_asked_to_end_before_it_is_made_to(tmp_path: Path) -> None:
    script = (
        "import pathlib, signal, sys, time\n"
        "def end(*_): pathlib.Path('saved').touch(); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\npathlib.Path('up').touch()\ntime.sleep(60)"
    )
    ready = lambda: "" if (tmp_path / "up").exists() else "not up"  # noqa: E731
    Daemon("polite", python(script), room=tmp_path, ready=ready).start().stop()
    assert (tmp_path / "saved").exists()


def test_one_that_does_not_listen_is_killed_with_what_it_has_started(tmp_path: Path) -> None:
    script = (
        "import pathlib, signal, subprocess\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '60'])\npathlib.Path('child').write_text(str(child.pid))\n"
        "child.wait()\nchild = subprocess.Popen(['sleep', '60'])\nchild.wait()"
    )
    ready = lambda: "" if (tmp_path / "child").exists() else "not up"  # noqa: E731
    daemon = Daemon("stubborn", python(script), room=tmp_path, ready=ready).start()
    pid, child = daemon.pid, pid_in(tmp_path / "child")
    assert pid is not None
    stop_all([daemon], grace=0.3)
    assert not alive(pid)
    assert gone_within(child, 5)


def test_several_are_asked_at_once_and_share_their_time(tmp_path: Path) -> None:
    done: list[tuple[str, str, float]] = []

    class Recorded(Daemon):
        def ask_to_end(self) -> None:
            done.append(("asked", self.name, 0.0))
            super().ask_to_end()

        def end(self, deadline: float) -> None:
            done.append(("ended", self.name, deadline))
            super().end(deadline)

    daemons = [Recorded(name, SLEEP, room=tmp_path).start() for name in ("a", "b")]
    stop_all(daemons)
    assert [(what, name) for what, name, _ in done] == [
        ("asked", "a"),
        ("asked", "b"),
        ("ended", "a"),
        ("ended", "b"),
    ]
    assert done[2][2] == done[3][2]
    assert not any(daemon.is_running for daemon in daemons)


def test_it_dies_with_an_owner_that_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        python(
            "import pathlib, time\nfrom lab.daemon import Daemon\n"
            f"daemon = Daemon('orphan', {SLEEP}, room=pathlib.Path({str(tmp_path)!r})).start()\n"
            f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(daemon.pid))\ntime.sleep(60)"
        ),
        cwd=ROOT,
    )
    pid = pid_in(tmp_path / "pid")
    command = Path(f"/proc/{pid}/cmdline")
    deadline = time.monotonic() + 20
    while not command.read_bytes().startswith(b"/bin/sleep") and time.monotonic() < deadline:
        time.sleep(0.02)
    owner.kill()
    owner.wait()
    assert gone_within(pid, 5)


def test_it_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    daemon = Daemon("steady", SLEEP, room=tmp_path)
    thread = threading.Thread(target=daemon.start)
    thread.start()
    thread.join()
    time.sleep(0.3)
    assert daemon.trouble == ""
    daemon.stop()


def test_ctrl_c_at_the_terminal_is_not_heard_by_it(tmp_path: Path) -> None:
    with Daemon("deaf", SLEEP, room=tmp_path) as daemon:
        assert daemon.pid is not None
        assert os.getsid(daemon.pid) == daemon.pid


def test_it_sees_no_credential_and_no_setting_of_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "KUBECONFIG", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "mine")
    script = "import os\nprint(dict(os.environ))\nopen('up', 'w').close()\nimport time; time.sleep(60)"
    ready = lambda: "" if (tmp_path / "up").exists() else "not up"  # noqa: E731
    with Daemon("x", python(script), room=tmp_path, ready=ready, environment={"OWN": "yes"}) as daemon:
        said = daemon.log.read_text(encoding="utf-8")
    assert "mine" not in said
    assert "'OWN': 'yes'" in said
    assert f"'HOME': '{tmp_path}'" in said


def test_what_it_writes_is_for_its_owners_eyes(tmp_path: Path) -> None:
    with Daemon("x", SLEEP, room=tmp_path) as daemon:
        assert daemon.log.stat().st_mode & 0o777 == 0o600


def test_one_that_ended_by_itself_is_in_trouble_and_may_be_started_again(tmp_path: Path) -> None:
    daemon = Daemon("x", SLEEP, room=tmp_path)
    assert daemon.trouble == "x was not started"
    daemon.start()
    assert daemon.pid is not None
    os.kill(daemon.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while not daemon.trouble and time.monotonic() < deadline:
        time.sleep(0.02)
    assert daemon.trouble == "x (/bin/sleep) was ended by signal 9"
    daemon.start()
    assert daemon.trouble == ""
    daemon.stop()
    daemon.stop()


def test_an_address_is_ready_when_it_answers_with_200(tmp_path: Path) -> None:
    with serving() as server:
        address = f"http://127.0.0.1:{server.port}/api/v1"
        assert answers(address)() == ""
        server.refuse = lambda _: {"code": 500, "message": "etcd failed: reason withheld"}
        assert f"{address} answers 500: " in answers(address)()
        assert "reason withheld" in answers(address)()
    assert "does not answer" in answers(address)()
    assert "nobody answers" in listens(server.port)()
    assert last_lines(tmp_path / "no.log") == []
