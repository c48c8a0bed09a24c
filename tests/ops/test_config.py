"""``tradectl config``: what the settings come to, and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.ops.conftest import Ended
from tests.support import ROOT, STACKS

Call = Callable[..., Ended]


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    file = tmp_path / "Pulumi.broken.yaml"
    file.write_text(
        "config:\n  trading-platform:environment: dve\n  trading-platform:nonsense: 1\n", encoding="utf-8"
    )
    return file


def test_show_says_every_setting_with_its_value_and_where_it_comes_from(tradectl: Call) -> None:
    ended = tradectl("config", "show", "dev")
    assert ended.code == 0
    rows = {line.split()[0]: line for line in ended.out.splitlines()}
    assert "us-east-1" in rows["cloud.region"]
    assert "Pulumi.dev.yaml:" in rows["cloud.region"]
    assert "profile dev" in rows["network.nat"]


def test_show_as_json_has_an_origin_for_each_value(tradectl: Call) -> None:
    found = json.loads(tradectl("config", "show", "prod", "--json").out)
    assert found["kind"] == "Settings"
    assert found["settings"]["cloud"]["region"] == "us-east-1"
    assert found["origins"]["cloud.region"].startswith("Pulumi.prod.yaml:")


def test_show_of_an_unknown_environment_ends_in_6_and_of_a_broken_one_in_2(
    tradectl: Call, broken: Path
) -> None:
    assert tradectl("config", "show", "nowhere").code == 6
    assert tradectl("config", "show", broken).code == 2


def test_check_judges_all_files_and_says_all_problems_of_each(
    tradectl: Call, broken: Path, tmp_path: Path
) -> None:
    ended = tradectl("config", "check", ROOT / "Pulumi.dev.yaml", broken, tmp_path / "Pulumi.none.yaml")
    assert ended.code == 2
    assert "Pulumi.dev.yaml: ok" in ended.out
    for word in ("dve", "nonsense", "trading-platform:domain", "Pulumi.none.yaml"):
        assert word in ended.out


def test_check_of_good_files_ends_in_0_and_is_silent_when_quiet(tradectl: Call) -> None:
    files = [ROOT / f"Pulumi.{stack}.yaml" for stack in STACKS]
    assert tradectl("config", "check", *files).code == 0
    assert tradectl("config", "check", *files, "--quiet").out == ""


def test_check_as_json_gives_an_editor_the_place_of_each_problem(tradectl: Call, broken: Path) -> None:
    ended = tradectl("config", "check", ROOT / "Pulumi.dev.yaml", broken, "--json")
    good, bad = json.loads(ended.out)["files"]
    assert (ended.code, good["ok"], good["problems"], bad["ok"]) == (2, True, [], False)
    problem = next(each for each in bad["problems"] if each["path"] == "environment")
    assert problem["line"] == 2
    assert {"given", "expected", "why", "fix", "file"} <= set(problem)


def test_the_printed_schema_is_the_committed_one_and_takes_the_shipped_files(tradectl: Call) -> None:
    text = tradectl("config", "schema").out
    assert text == (ROOT / "config" / "schema.json").read_text(encoding="utf-8")
    for stack in STACKS:
        content = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))
        jsonschema.validate(content, json.loads(text))


def test_check_against_what_is_deployed_refuses_what_would_replace_data(
    tradectl: Call, tmp_path: Path
) -> None:
    deployed = ROOT / "Pulumi.dev.yaml"
    changed = tmp_path / "Pulumi.dev.yaml"
    more = "  trading-platform:network: {cidr: 10.20.0.0/16, flow_logs: false}\n"
    changed.write_text(deployed.read_text(encoding="utf-8") + more, encoding="utf-8")
    assert tradectl("config", "check", changed).code == 0
    ended = tradectl("config", "check", changed, "--deployed", deployed)
    assert ended.code == 2
    assert "10.16.0.0/16 -> 10.20.0.0/16" in ended.out
    assert "flow_logs" not in ended.out, "what may change is no problem"
    line = changed.read_text(encoding="utf-8").splitlines().index(more.rstrip()) + 1
    assert f"Pulumi.dev.yaml:{line}" in ended.out


def test_check_against_a_broken_deployed_file_says_whose_problem_it_is(tradectl: Call, broken: Path) -> None:
    ended = tradectl("config", "check", ROOT / "Pulumi.dev.yaml", "--deployed", broken)
    assert ended.code == 2
    assert broken.name in ended.err
