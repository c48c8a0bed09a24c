"""A stack file says little; what it comes to, and where each value is from, can be relied on."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import astuple

import pytest

from config.loader import load_config, load_file, to_config
from tests.config.desk import Desk
from tests.support import ROOT, STACKS


@pytest.mark.parametrize("stack", STACKS)
def test_a_shipped_stack_file_loads_and_fits_on_a_screen(desk: Desk, stack: str) -> None:
    path = ROOT / f"Pulumi.{stack}.yaml"
    loaded = desk.load(path)
    assert (loaded.stack, loaded.settings.environment) == (stack, stack.removesuffix("-gcp"))
    assert 12 <= len(path.read_text(encoding="utf-8").splitlines()) <= 34


@pytest.mark.parametrize("stack", STACKS)
def test_the_engine_s_configuration_gives_equal_settings(desk: Desk, stack: str) -> None:
    path = ROOT / f"Pulumi.{stack}.yaml"
    assert load_config(to_config(path), stack, installed=lambda _: True) == desk.load(path).settings


@pytest.mark.parametrize("stack", STACKS)
def test_no_provider_is_made_behind_our_back(stack: str) -> None:
    assert to_config(ROOT / f"Pulumi.{stack}.yaml")["pulumi:disable-default-providers"] == '["*"]'


def test_each_value_says_where_it_comes_from(desk: Desk) -> None:
    loaded = desk.settings(network={"zones": 3}, cluster={"spot": None})
    assert loaded.origins["network.zones"].startswith("Pulumi.test.yaml:")
    assert loaded.origins["network.cidr"] == "profile dev"
    assert loaded.origins["services.api.port"] == "default"
    assert loaded.origins["cluster.spot"].startswith("Pulumi.test.yaml:")


def test_an_origin_is_the_line_of_the_value(desk: Desk) -> None:
    path = ROOT / "Pulumi.prod.yaml"
    loaded, lines = desk.load(path), path.read_text(encoding="utf-8").splitlines()
    for leaf, origin in loaded.origins.items():
        if origin.startswith("Pulumi."):
            file, number = origin.split(":")
            assert file == "Pulumi.prod.yaml"
            assert f"{leaf.rpartition('.')[2]}:" in lines[int(number) - 1]


def test_rows_show_every_leaf_once_in_full(desk: Desk) -> None:
    loaded = desk.settings()
    rows = loaded.rows()
    assert [path for path, _, _ in rows] == list(loaded.origins)
    shown = {path: value for path, value, _ in rows}
    assert shown["services.api.image"] == loaded.settings.services["api"].image
    assert shown["cloud.account"] == '"111122223333"'
    assert shown["budget.monthly"] == "300 USD"
    assert shown["market.calendars"] == "[XNYS]"
    assert shown["cloud.dr_region"] == "null"


def test_a_list_replaces_the_profile_s_and_a_section_adds_to_it(desk: Desk) -> None:
    cluster = desk.settings(
        cluster={"spot": {"instance_types": ["m7g.large", "m6g.large", "c7g.large"]}}
    ).settings.cluster
    assert cluster.spot
    assert cluster.spot.instance_types == ("m7g.large", "m6g.large", "c7g.large")
    assert cluster.spot.max == 3


def test_all_problems_come_at_once_in_the_file_s_order(desk: Desk) -> None:
    cloud = {"provider": "aws", "account": 111122223333, "region": "us-esat-1"}
    problems = desk.problems(
        lambda: desk.settings(
            cloud=cloud,
            network={"zones": 9},
            cluster={"on_demand": {"min": 5}},
            protect="maybe",
            bugdet={},
            domain="X",
        )
    )
    assert [problem.path for problem in problems] == [
        "cloud.account", "cloud.region", "domain", "network.zones", "cluster.on_demand.max",
        "protect", "bugdet",
    ]  # fmt: skip
    assert [problem.line for problem in problems] == sorted(problem.line or 0 for problem in problems)


def test_what_holds_between_sections_is_checked_although_another_section_is_wrong(desk: Desk) -> None:
    problems = desk.problems(lambda: desk.settings(environment="prod", alerts={"email": "nobody"}))
    assert {problem.path for problem in problems} == {"alerts.email", "cloud.dr_region", "monitoring.pager"}


def test_an_unknown_environment_does_not_make_every_section_a_problem(desk: Desk) -> None:
    problems = desk.problems(lambda: desk.settings(environment="production"))
    assert [problem.path for problem in problems] == ["environment"]
    assert problems[0].expected.endswith("did you mean prod?")


def test_a_misspelt_key_is_one_problem_and_not_two(desk: Desk) -> None:
    config = {"trading-platform:environment": "dev", "trading-platfrom:domain": "x.example.com"}
    text = json.dumps({"config": config})
    paths = [problem.path for problem in desk.problems(lambda: desk.load(desk.write(text)))]
    assert "domain" not in paths
    assert "config.trading-platfrom:domain" in paths
    (problem,) = desk.problems(lambda: desk.settings(services={"api": {"imag": "x"}}))
    assert problem.path == "services.api.imag"


def test_a_file_called_prod_must_be_prod(desk: Desk) -> None:
    (problem,) = desk.problems(lambda: desk.settings("prod"))
    assert (problem.path, problem.fix) == ("environment", "trading-platform:environment: prod")


def test_a_missing_extra_is_named_with_the_command_that_installs_it() -> None:
    asked: list[str] = []

    def none(package: str) -> bool:
        asked.append(package)
        return False

    with pytest.raises(ValueError, match=r"uv pip install -e '\.\[aws\]'"):
        load_file(ROOT / "Pulumi.dev.yaml", installed=none)
    assert asked == ["pulumi_aws"]


def test_an_encrypted_value_is_refused_and_never_shown(desk: Desk) -> None:
    for change in ({"alerts": {"email": {"secure": "v1:c1ph3r"}}}, {"domain": {"secure": "v1:c1ph3r"}}):
        problems = desk.problems(lambda change=change: desk.settings(**change))
        assert [problem.given for problem in problems] == ["[secret]"]
        assert "c1ph3r" not in str(problems)


def test_what_the_engine_decrypted_is_refused_and_never_shown(desk: Desk) -> None:
    config = to_config(ROOT / "Pulumi.dev.yaml") | {
        "trading-platform:alerts": '{"email": "hunter2", "password": "hunter2"}',
        "trading-platform:dommain": "hunter2.example.com",
    }
    del config["trading-platform:domain"]
    secret = [f"trading-platform:{name}" for name in ("alerts", "dommain")]
    problems = desk.problems(lambda: load_config(config, "dev", secret_keys=secret))
    assert {problem.path for problem in problems} == {"alerts", "dommain"}
    assert all("hunter2" not in "".join(map(str, astuple(problem))) for problem in problems)


def test_the_value_of_an_unknown_key_is_not_shown(desk: Desk) -> None:
    service = {"image": desk.settings().settings.services["api"].image}
    for key in ("password", "memmory", "Image"):
        services = {"api": service | {key: "hunter2"}}
        problems = desk.problems(lambda services=services: desk.settings(services=services))
        assert all("hunter2" not in str(problem) for problem in problems)


def test_another_namespace_is_nobody_s_business(desk: Desk) -> None:
    path = ROOT / "Pulumi.dev.yaml"
    config = to_config(path) | {"aws:zones": "[", "trading:domain": "x", "tradectl:x:y": "{"}
    assert load_config(config, "dev", installed=lambda _: True) == desk.load(path).settings


def test_the_door_is_opened_without_pulumi_or_any_cloud_s_sdk() -> None:
    program = "import sys, config.loader; print(*(name for name in sys.modules if name.startswith('pulumi')))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n"


@pytest.mark.parametrize("stack", STACKS)
def test_the_order_of_services_is_the_same_however_the_settings_come(desk: Desk, stack: str) -> None:
    """The engine sorts the keys of what it hands over; a plan that follows the file's order would differ."""
    path = ROOT / f"Pulumi.{stack}.yaml"
    ways = (desk.load(path).settings, load_config(to_config(path), stack, installed=lambda _: True))
    for settings in ways:
        assert list(settings.services) == sorted(settings.services)
