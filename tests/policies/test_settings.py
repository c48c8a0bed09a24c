"""What this platform tells its policies is true of its stack files, and refused where no policy takes it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from components.k8s.charts import read_lock
from config.loader import to_config
from policies import settings
from policies.configuration import ConfigError
from policies.evaluate import Overrides, evaluate
from policies.outcome import Outcome
from policies.registry import load
from tests.stacks.moves import moved
from tests.support import ROOT, STACKS, TWO_REGIONS, planned

OURS = settings.read(settings.FILE, load())


@pytest.mark.parametrize("stack", STACKS)
def test_no_shipped_stack_has_a_mandatory_finding_and_none_needs_an_exemption(stack: str) -> None:
    plan = planned(stack)
    verdict = evaluate(plan, environment=stack.partition("-")[0], config=OURS)
    assert [f"{one.name} on {one.urn}: {one.message}" for one in verdict.blocking] == []
    assert verdict.rule_errors == ()
    assert [one.name for one in verdict.findings if one.exemption] == []


@pytest.mark.parametrize("stack", TWO_REGIONS)
def test_a_platform_that_has_moved_has_none_either(stack: str) -> None:
    """On the day on which a region is lost no policy stands in the way."""
    verdict = evaluate(moved(stack), environment=stack.partition("-")[0], config=OURS)
    assert [f"{one.name} on {one.urn}: {one.message}" for one in verdict.blocking] == []


@pytest.mark.parametrize("stack", STACKS)
def test_an_environment_may_cost_what_its_budget_says(stack: str) -> None:
    told = yaml.safe_load(to_config(ROOT / f"Pulumi.{stack}.yaml")["trading-platform:budget"])["monthly"]
    ceiling = OURS["cost-monthly-ceiling"]["ceilingUsd"][stack.partition("-")[0]]
    assert told == f"{ceiling} USD"


def test_the_releases_that_may_render_in_the_cluster_are_those_of_the_lock() -> None:
    charts = {name for name, chart in read_lock().items() if not chart.file}
    assert set(OURS["k8s-opaque-release"]["allowedCharts"]) == charts


def test_what_is_told_makes_a_difference() -> None:
    """A setting that changes no answer is one that nobody would miss."""
    heard = {name for stack in STACKS for name, *_ in answers(stack, OURS) ^ answers(stack, {})}
    assert OURS.keys() - {name.partition("#")[0] for name in heard} == set()


def answers(stack: str, told: Overrides) -> set[tuple[str, str, Outcome]]:
    verdict = evaluate(planned(stack), environment=stack.partition("-")[0], config=told)
    return {(one.name, one.urn, one.outcome) for one in verdict.findings}


def test_a_setting_that_no_policy_takes_is_refused_by_name(tmp_path: Path) -> None:
    wrong = tmp_path / "settings.yaml"
    wrong.write_text("aws-kms-rotaton: {}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"settings\.yaml: there is no policy 'aws-kms-rotaton'"):
        settings.read(wrong, load())
