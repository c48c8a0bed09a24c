"""The program itself: quick to start, runnable from anywhere, polite when its reader leaves."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops.adapters.console import Progress
from ops.errors import ExitCode
from tests.support import ROOT

HEAVY = (
    "pulumi",
    "pulumi_aws",
    "pydantic",
    "rich",
    "jinja2",
    "yaml",
    "google",
    "grpc",
    "config.loader",
    "plan.record",
)
MAIN = "import sys; from ops.main import run; code = run(sys.argv[1:])"


def python(
    code: str, *arguments: str, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [(["--help"], []), (["preview", "--help"], ["pydantic"]), (["config", "--help"], ["pydantic"])],
)
def test_help_loads_no_sdk_no_models_and_no_renderer(arguments: list[str], allowed: list[str]) -> None:
    """For a command's own options Typer itself takes pydantic."""
    ended = python(f"{MAIN}; print([name for name in {HEAVY!r} if name in sys.modules])", *arguments)
    assert "Usage: tradectl" in ended.stdout
    assert set(ast.literal_eval(ended.stdout.splitlines()[-1])) <= set(allowed)


def test_help_names_every_command_and_the_exit_codes() -> None:
    text = python(MAIN, "--help").stdout
    for word in ("preview", "config", "policy", "lab", "Exit codes"):
        assert word in text


def test_it_runs_from_any_folder(tmp_path: Path) -> None:
    ended = python(f"{MAIN}; sys.exit(code)", "config", "show", "dev", "--json", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["stack"] == "dev"


def test_the_shell_completes_the_names_of_environments() -> None:
    ended = python(
        "from ops.main import main; main()",
        COMP_WORDS="tradectl preview p",
        COMP_CWORD="2",
        _TRADECTL_COMPLETE="complete_bash",
    )
    assert ended.stdout.split() == ["prod", "prod-gcp"]


def test_a_reader_that_leaves_ends_it_without_a_traceback() -> None:
    code = "import sys; from ops.main import main; sys.argv = ['tradectl', 'config', 'schema']; main()"
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (ExitCode.CANCELLED, "")


def test_the_whole_way_from_the_dev_stack_file_to_the_report() -> None:
    ended = python(f"{MAIN}; sys.exit(code)", "preview", "dev", "--json")
    assert ended.returncode in {ExitCode.OK, ExitCode.POLICY}, ended.stderr
    found = json.loads(ended.stdout)
    assert found["places"] == [{"cloud": "aws", "region": "us-east-1"}]
    assert found["counts"]["resources"] > 50
    assert found["policies"]["pass"] > 50


def test_every_command_is_at_most_ten_lines() -> None:
    bodies = {
        f"{file.name}:{node.name}": node.body[-1].end_lineno - node.body[0].lineno + 1  # pyright: ignore[reportOptionalOperand]
        for file in (ROOT / "ops" / "commands").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert len(bodies) > 8
    assert {name: lines for name, lines in bodies.items() if lines > 10} == {}


def test_progress_in_a_log_is_one_line_after_a_while_and_none_when_quiet(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for quiet, expected in ((False, "recording …\n"), (True, "")):
        progress = Progress(quiet=quiet, patience=0)
        progress("recording")
        progress.start()
        time.sleep(0.2)
        progress("judging")
        progress.stop()
        assert capsys.readouterr().err == expected


def test_progress_says_nothing_of_what_is_quick(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(patience=60)
    progress.start()
    progress("recording")
    progress.stop()
    assert capsys.readouterr().err == ""
