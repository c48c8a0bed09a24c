"""Long commands: heard while they work, ended whole when they must."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import process


def run(
    tmp_path: Path,
    script: str,
    *,
    timeout: float = 30.0,
    hear: Callable[[str], None] = lambda _: None,
    tick: Callable[[float], None] = lambda _: None,
) -> process.Finished:
    command = [sys.executable, "-u", "-c", script]
    return process.run(
        command, folder=tmp_path, environment=os.environ, timeout=timeout, hear=hear, tick=tick
    )


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_lines_are_heard_while_the_command_works(tmp_path: Path) -> None:
    heard: list[tuple[str, float]] = []
    script = "import time\nprint('one')\ntime.sleep(1)\nprint('two')"
    finished = run(tmp_path, script, hear=lambda line: heard.append((line.strip(), time.monotonic())))
    assert [line for line, _ in heard] == ["one", "two"]
    assert heard[1][1] - heard[0][1] > 0.5
    assert finished.output == "one\ntwo\n"


def test_the_exit_code_and_both_outputs_are_kept(tmp_path: Path) -> None:
    finished = run(tmp_path, "import sys\nprint('out')\nprint('err', file=sys.stderr)\nsys.exit(7)")
    assert (finished.code, finished.output, finished.errors) == (7, "out\n", "err\n")


def test_a_command_that_takes_too_long_is_ended_and_named(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(process.TooLongError, match="did not end within 1 seconds"):
        run(tmp_path, "import time\ntime.sleep(60)", timeout=1.0)
    assert time.monotonic() - started < 20


def test_an_interrupted_command_may_write_down_what_it_did(tmp_path: Path) -> None:
    script = (
        # a test run in the background of a shell has inherited that Ctrl-C is ignored
        "import os, pathlib, signal, time\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "try:\n    pathlib.Path('pid').write_text(str(os.getpid()))\n"
        "    time.sleep(60)\nexcept KeyboardInterrupt:\n    pathlib.Path('saved').touch()\n"
    )

    def stop(_: float) -> None:
        if (tmp_path / "pid").exists():
            time.sleep(0.3)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, script, tick=stop)
    assert (tmp_path / "saved").exists()
    assert not alive(int((tmp_path / "pid").read_text(encoding="ascii")))


def test_a_command_that_does_not_listen_is_killed_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE", 1.0)
    script = (
        "import pathlib, signal, subprocess, sys\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '60'])\npathlib.Path('child').write_text(str(child.pid))\n"
        "child.wait()\n"
    )
    with pytest.raises(process.TooLongError):
        run(tmp_path, script, timeout=2.0)
    child = int((tmp_path / "child").read_text(encoding="ascii"))
    deadline = time.monotonic() + 5
    while alive(child) and time.monotonic() < deadline and not _zombie(child):
        time.sleep(0.05)
    assert not alive(child) or _zombie(child)


def _zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
