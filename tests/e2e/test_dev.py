"""The shipped dev environment of each cloud under the real engine, policies on, from birth to end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.differences import differences
from lab.engine import Engine
from plan.export import to_deployment
from plan.store import Store
from policies import settings
from policies.evaluate import evaluate
from policies.outcome import Outcome
from policies.registry import load
from tests.engines import Life, life, names, new_engine, said
from tests.support import planned

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parent.parent.parent


def one_more_replica(engine: Engine) -> None:
    lines = engine.settings.read_text(encoding="utf-8").splitlines()
    (number,) = [number for number, line in enumerate(lines) if line.startswith("    orchestrator: {")]
    lines[number] = lines[number].replace("}", ", replicas: 2}")
    engine.settings.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module", params=["dev", "dev-gcp"])
def dev(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Life]:
    stack = str(request.param)
    room, packs = tmp_path_factory.mktemp(stack), [ROOT / "policies"]
    with (
        new_engine(request.config, room, ROOT, stack, packs=packs) as engine,
        life(request.config, engine, one_more_replica) as stages,
    ):
        yield stages


def test_a_preview_registers_what_tradectl_preview_shows(dev: Life) -> None:
    assert dev.previewed.changes == {"create": len(dev.planned)}
    assert not (found := differences(planned(dev.engine.stack, "preview"), dev.planned)), said(found)


def test_an_update_registers_what_the_complete_plan_says(dev: Life) -> None:
    assert dev.updated.changes == {"create": len(dev.deployed)}
    assert not (found := differences(planned(dev.engine.stack, "up"), dev.deployed)), said(found)


def test_every_resource_that_the_engine_registered_exists_in_the_clouds(dev: Life) -> None:
    registered = {resource.urn for resource in dev.deployed if resource.custom and not resource.is_provider}
    assert {resource.urn for resource in Store(dev.engine.cloud).all()} == registered


def test_the_policy_pack_was_asked_and_nothing_mandatory_is_violated(dev: Life) -> None:
    outcome = dev.engine.policy_analyze() if dev.deployed else None
    assert outcome is not None
    assert not [finding for finding in outcome.findings if finding.level == "mandatory"]


def test_the_policy_pack_finds_under_the_engine_what_tradectl_preview_finds(dev: Life) -> None:
    told = settings.read(settings.FILE, load())
    verdict = evaluate(planned(dev.engine.stack, "preview"), environment="dev", config=told)
    ours = {
        (finding.policy, finding.urn, "mandatory" if finding.is_blocking else "advisory")
        for finding in verdict.findings
        if finding.outcome in {Outcome.FAIL, Outcome.UNKNOWN}
    }
    assert {(finding.policy, finding.urn, finding.level) for finding in dev.previewed.findings} == ours


def test_nothing_changes_when_nothing_was_changed(dev: Life) -> None:
    assert dev.unchanged.changed == 0


def test_one_more_replica_updates_the_services_and_nothing_else(dev: Life) -> None:
    assert dev.change_previewed.urns("update") == dev.changed.urns("update")
    assert set(dev.changed.changes) <= {"same", "update"}
    assert "orchestrator" in " ".join(names(dev.changed.urns("update")))


def test_a_refresh_finds_what_was_deployed(dev: Life) -> None:
    assert dev.refreshed.changed == 0


def test_destroying_leaves_nothing_but_what_is_to_be_kept(dev: Life) -> None:
    kept = {resource.urn for resource in dev.deployed if resource.options.retain_on_delete}
    assert dev.destroyed.changes["delete"] >= len(dev.deployed) - len(kept)
    assert {resource.urn for resource in Store(dev.engine.cloud).all()} <= kept
    assert dev.engine.export()["deployment"].get("resources", []) == []


def test_the_exported_plan_is_read_by_pulumi_policy_analyze(dev: Life, tmp_path: Path) -> None:
    file = tmp_path / "dev.json"
    file.write_text(json.dumps(to_deployment(planned(dev.engine.stack, "up"))), encoding="utf-8")
    outcome = dev.engine.policy_analyze(file=file)
    assert not [finding for finding in outcome.findings if finding.level == "mandatory"]
