"""A runbook is read at night: what it names is there, under that name."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from tests.e2e.test_prod import OUTSIDE_THE_LOST_REGION
from tests.e2e.test_staging import FIRST_STEPS
from tests.support import ROOT, planned, said

FIRST_DEPLOYMENT = (ROOT / "docs" / "runbooks" / "first-deployment.md").read_text(encoding="utf-8")
REGION_LOSS = (ROOT / "docs" / "runbooks" / "region-loss.md").read_text(encoding="utf-8")


def test_everything_that_the_runbook_names_exists_under_that_name_in_prod() -> None:
    named = {name.rstrip("-") for name in re.findall(r"trading-prod-[a-z0-9-]+", REGION_LOSS)}
    assert len(named) > 3
    made = " ".join(str(said(found)) + str(found.id) for found in planned("prod") if found.custom)
    assert [name for name in named if name not in made] == []


def test_the_targets_of_the_runbook_are_those_that_the_proof_with_the_real_engine_uses() -> None:
    assert tuple(re.findall(r"--target '([^']+)'", REGION_LOSS)) == OUTSIDE_THE_LOST_REGION


def test_the_first_deployments_steps_are_those_that_the_real_engine_is_brought_up_with() -> None:
    text = FIRST_DEPLOYMENT.replace("\\\n", "")
    steps = [line for line in text.splitlines() if line.startswith("pulumi up") and "--target" in line]
    assert tuple(tuple(re.findall(r"--target '([^']+)'", line)) for line in steps) == FIRST_STEPS


def test_each_target_of_a_runbook_hits_something() -> None:
    urns = [found.urn for found in planned("prod")]
    for target in (*OUTSIDE_THE_LOST_REGION, *(target for step in FIRST_STEPS for target in step)):
        assert any(fnmatchcase(urn, target) for urn in urns), target


def test_every_output_that_the_runbook_asks_for_is_exported() -> None:
    asked = set(re.findall(r"stack output -s prod (\w+)", REGION_LOSS + FIRST_DEPLOYMENT))
    assert asked
    assert asked <= set(planned("prod").outputs)
