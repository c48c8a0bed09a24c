"""The schema that editors and pre-commit read is the models', and knows what a person may write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from config.schema import SCHEMA_FILE, main, stack_file_schema, text
from config.settings import Settings
from tests.config.desk import Desk

ROOT = Path(__file__).parents[2]
VALIDATOR = Draft202012Validator(json.loads(text()))


def _shipped(stack: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))


def test_the_committed_schema_is_the_generated_one() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == text(), "run: python -m config.schema --write"


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(stack_file_schema())


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_a_shipped_file_is_accepted_and_names_the_schema_for_editors(stack: str) -> None:
    assert not list(VALIDATOR.iter_errors(_shipped(stack)))
    first = (ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={SCHEMA_FILE.relative_to(ROOT).as_posix()}"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("netwrok", {"zones": 2}),
        ("network", {"zone": 2}),
        ("network", {"zones": 4}),
        ("network", {"zones": "2"}),
        ("network", {"cidr": "10.0.0.0"}),
        ("cloud", {"provider": "aws", "account": 111122223333, "region": "us-east-1"}),
        ("cloud", {"provider": "aws", "account": "111122223333", "region": "us-esat-1"}),
        ("cloud", {"provider": "gcp", "account": "111122223333", "region": "us-east-1"}),
        ("cloud", {"provider": "aws", "region": "us-east-1"}),
        ("cluster", {"spot": {"maximum": 1}}),
        ("cluster", {"log_retention_days": 15}),
        ("database", {"min_capacity": 0.3}),
        ("services", {}),
        ("services", {"api": {}}),
        ("services", {"API": {"image": f"a.example/b@sha256:{'0' * 64}"}}),
        ("services", {"api": {"image": "a.example/b:latest"}}),
        ("budget", {"monthly": 300}),
        ("budget", {"monthly": "0 USD"}),
        ("alerts", {"email": {"secure": "v1:x"}}),
        ("environment", "devel"),
        ("protect", "yes"),
    ],
)
def test_a_typing_error_is_underlined_in_the_editor_and_refused_by_the_loader(
    desk: Desk, key: str, value: object
) -> None:
    broken = deepcopy(_shipped("dev"))
    broken["config"][f"trading-platform:{key}"] = value
    assert list(VALIDATOR.iter_errors(broken))
    assert desk.problems(lambda: desk.settings(**{key: value}))


def test_what_no_profile_fills_is_required_and_nothing_else_is() -> None:
    whole = _shipped("dev")["config"]
    required = {
        f"trading-platform:{name}"
        for name in ("environment", "cloud", "domain", "services", "budget", "alerts")
    }
    for key in required:
        part = {other: value for other, value in whole.items() if other != key}
        (error,) = VALIDATOR.iter_errors({"config": part})
        assert key in error.message
    assert not list(VALIDATOR.iter_errors({"config": {key: whole[key] for key in required}}))


def test_a_section_that_a_profile_fills_may_be_said_in_part() -> None:
    said = _shipped("dev")
    said["config"]["trading-platform:cluster"] = {"spot": {"max": 2}}
    said["config"]["trading-platform:network"] = {}
    assert not list(VALIDATOR.iter_errors(said))


def test_other_namespaces_and_pulumi_s_own_keys_are_accepted_and_stray_keys_are_not() -> None:
    said: dict[str, Any] = {"encryptionsalt": "v1:x", "secretsprovider": "passphrase", **_shipped("dev")}
    said["config"].update({"aws:skipRegionValidation": True, "pulumi:tags": {"a": "b"}})
    assert not list(VALIDATOR.iter_errors(said))
    assert list(VALIDATOR.iter_errors(said | {"confg": {}}))
    said["config"]["domain"] = "x.example.com"
    assert list(VALIDATOR.iter_errors(said))


def _fields(node: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, inner in node.get("properties", {}).items():
        yield f"{path}.{name}", inner
    for name, inner in node.get("$defs", {}).items():
        yield name, inner
        yield from _fields(inner, name)


def test_every_setting_is_described() -> None:
    for path, node in _fields(Settings.model_json_schema()):
        assert "$ref" in node or str(node.get("description", "")).endswith("."), path


def test_the_command_prints_writes_and_refuses_other_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out == text()
    monkeypatch.setattr("config.schema.SCHEMA_FILE", tmp_path / "schema.json")
    assert main(["--write"]) == 0
    assert (tmp_path / "schema.json").read_text(encoding="utf-8") == text()
    assert main(["--wirte"]) == 2
    assert "--write" in capsys.readouterr().err
