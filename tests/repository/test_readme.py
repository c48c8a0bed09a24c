"""What the README shows is what a stranger gets."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
TRADECTL = Path(sys.executable).with_name("tradectl")
SHOWN = re.search(r"held by tests/repository/test_readme.py -->\n```\n(.*?)```", README, re.DOTALL)


def test_the_picture_of_make_preview_is_what_it_prints() -> None:
    assert SHOWN
    printed = subprocess.run(
        [TRADECTL, "preview", "dev"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "110", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed == SHOWN[1], "paste what `COLUMNS=110 tradectl preview dev` prints into README.md"


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make ([a-z0-9]+)", README))))
def test_every_make_target_that_it_names_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", sorted(set(re.findall(r"tradectl ([a-z]+(?: [a-z]+)?)", README))))
def test_every_command_that_it_names_exists(command: str) -> None:
    group, _, word = command.partition(" ")
    words = [group, word] if group in {"config", "lab", "policy"} else [group]
    done = subprocess.run([TRADECTL, *words, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", sorted({path for path in ROOT.rglob("*.md") if ".venv" not in path.parts}))
def test_links_to_files_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_a_stack_file_fits_on_a_screen() -> None:
    for file in ROOT.glob("Pulumi.*.yaml"):
        assert len(file.read_text(encoding="utf-8").splitlines()) <= 34, file.name
