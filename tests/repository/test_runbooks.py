"""A runbook is read at night: what it names is there, under that name."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache

import pytest

from tests.e2e.test_prod import ESTATES, Estate
from tests.e2e.test_staging import FIRST_STEPS
from tests.support import ROOT, planned, said

CLOUDS = {"prod": "aws", "prod-gcp": "gcp"}
estates = pytest.mark.parametrize("estate", ESTATES, ids=lambda estate: estate.stack)


@cache
def runbook(name: str, stack: str) -> str:
    return (ROOT / "docs" / "runbooks" / f"{name}-{CLOUDS[stack]}.md").read_text(encoding="utf-8")


def steps(text: str) -> tuple[tuple[str, ...], ...]:
    """The targets of each deployment that names some."""
    lines = text.replace("\\\n", "").splitlines()
    found = [line for line in lines if line.startswith("pulumi up") and "--target" in line]
    return tuple(tuple(re.findall(r"--target '([^']+)'", line)) for line in found)


@estates
def test_everything_that_the_runbooks_name_exists_under_that_name_in_prod(estate: Estate) -> None:
    text = runbook("region-loss", estate.stack) + runbook("first-deployment", estate.stack)
    named = {name.rstrip("-") for name in re.findall(r"trading-prod-[a-z0-9-]+", text)}
    assert len(named) > 3
    made = " ".join(str(said(found)) + str(found.id) for found in planned(estate.stack) if found.custom)
    assert [name for name in named if name not in made] == []


@estates
def test_every_alarm_that_a_runbook_names_rings_in_prod(estate: Estate) -> None:
    """Written short, as ``…-balancer-away``."""
    named = re.findall(r"`…-([a-z0-9-]+?)-?…?`", runbook("region-loss", estate.stack))
    assert named
    made = " ".join(found.name for found in planned(estate.stack) if found.custom)
    assert [name for name in named if name not in made] == []


@estates
def test_the_targets_of_the_runbook_are_those_that_the_proof_with_the_real_engine_uses(
    estate: Estate,
) -> None:
    assert steps(runbook("region-loss", estate.stack)) == (estate.targets,)


def test_the_first_deployments_steps_are_those_that_the_real_engine_is_brought_up_with() -> None:
    assert steps(runbook("first-deployment", "prod")) == FIRST_STEPS["staging"]
    assert steps(runbook("first-deployment", "prod-gcp")) == FIRST_STEPS["prod-gcp"]


@estates
def test_each_target_of_a_runbook_hits_something(estate: Estate) -> None:
    urns = [found.urn for found in planned(estate.stack)]
    for step in (
        *steps(runbook("region-loss", estate.stack)),
        *steps(runbook("first-deployment", estate.stack)),
    ):
        for target in step:
            assert any(fnmatchcase(urn, target) for urn in urns), target


@estates
def test_every_output_that_the_runbooks_ask_for_is_exported(estate: Estate) -> None:
    text = runbook("region-loss", estate.stack) + runbook("first-deployment", estate.stack)
    asked = set(re.findall(rf"stack output -s {estate.stack} (\w+)", text))
    assert asked
    assert asked <= set(planned(estate.stack).outputs)
