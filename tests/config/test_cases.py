"""Stack files whose name is their test: ``WHAT.happy.yaml`` loads, ``WHAT.error.TEXT.yaml`` says TEXT.

TEXT is compared in lower case with everything but letters and digits as hyphens. A new case is a new file.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.loader import load_config, load_file, to_config
from config.problems import SettingsError

CASES = sorted((Path(__file__).parent / "cases").iterdir())
HAPPY = [path for path in CASES if path.name.endswith(".happy.yaml")]
BROKEN = [path for path in CASES if ".error." in path.name]


def _every_sdk(_package: str) -> bool:
    return True


def _hyphens(text: str) -> str:
    return re.sub("[^a-z0-9]+", "-", text.lower())


def test_every_file_is_one_kind_of_case() -> None:
    assert sorted(HAPPY + BROKEN) == CASES
    assert HAPPY
    assert BROKEN


@pytest.mark.parametrize("path", HAPPY, ids=lambda path: path.name)
def test_a_good_file_means_the_same_with_and_without_the_engine(path: Path) -> None:
    loaded = load_file(path, installed=_every_sdk)
    assert loaded.settings == load_config(to_config(path), loaded.stack, installed=_every_sdk)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_a_broken_file_is_refused_with_one_problem_that_says_it_all(path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_file(path, installed=_every_sdk)
    wanted = path.name.partition(".error.")[2].removesuffix(".yaml")
    assert wanted in _hyphens(str(refusal.value).replace(path.name, ""))  # the name itself says it too
    assert len(refusal.value.problems) == 1, str(refusal.value)
    (problem,) = refusal.value.problems
    assert all((problem.path, problem.given, problem.expected, problem.why, problem.fix))
    assert problem.file == path.name
