"""``pulumi policy analyze --file`` of the engine and ``tradectl policy check`` say the same of one file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.engine import Engine, EngineError
from lab.outcome import Finding
from plan.export import to_deployment
from plan.resource import Plan, Resource
from policies.testing import PROJECT, Case, cases
from tests.engines import new_engine
from tests.support import ROOT, planned

pytestmark = pytest.mark.e2e
STACK = "prod"
TRADECTL = Path(sys.executable).with_name("tradectl")


def every_mistake() -> Plan:
    """One deployment with a bad and an unknown case of every policy."""
    found = [
        resource
        for case in cases()
        if case.kind in {"bad", "unknown"} and case.number == 1
        for resource in _own(case)
    ]
    ordered = sorted(found, key=lambda resource: not resource.is_provider)
    return Plan(PROJECT, STACK, "up", tuple(_by_dependency(ordered)))


def _own(case: Case) -> Iterator[Resource]:
    """The resources of a case under names that no other case has."""
    names = {r.urn: f"{case.policy}-{case.kind}-{case.number}-{r.name}" for r in case.plan}
    urns = {r.urn: f"urn:pulumi:{STACK}::{PROJECT}::{r.type}::{names[r.urn]}" for r in case.plan}
    for resource in case.plan:
        yield replace(
            resource,
            urn=urns[resource.urn],
            name=names[resource.urn],
            id=f"id-{names[resource.urn]}",
            provider=urns.get(resource.provider, ""),
            dependencies=tuple(urns[urn] for urn in resource.dependencies),
            property_dependencies={
                key: tuple(urns[urn] for urn in found)
                for key, found in resource.property_dependencies.items()
            },
        )


def _by_dependency(resources: list[Resource]) -> Iterator[Resource]:
    """The order in which an engine would have made them: a state in any other is refused."""
    left, made = {resource.urn: resource for resource in resources}, set[str]()
    while left:
        ready = [found for found in left.values() if not (set(found.dependencies) - made) & set(left)]
        assert ready, "the cases depend on each other in a circle"
        for resource in ready:
            made.add(resource.urn)
            del left[resource.urn]
            yield resource


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Engine]:
    room = tmp_path_factory.mktemp("policy-check")
    with new_engine(request.config, room, ROOT, STACK, packs=[ROOT / "policies"]) as found:
        yield found


def analyzed(engine: Engine, file: Path) -> tuple[Finding, ...]:
    """What the engine reports, whether or not it ends in a failure."""
    try:
        return engine.policy_analyze(file=file).findings
    except EngineError as refused:
        return refused.outcome.findings


def checked(file: Path) -> dict[str, Any]:
    done = subprocess.run(
        [TRADECTL, "policy", "check", file, "--format", "json"], capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 5}, done.stderr
    return json.loads(done.stdout)


def weight(finding: dict[str, Any]) -> str:
    blocks = finding["outcome"] == "fail" and finding["enforcement"] == "mandatory"
    return "mandatory" if blocks else "advisory"


@pytest.mark.parametrize("name", ["every mistake", "prod", "prod-gcp"])
def test_the_engine_and_the_command_find_the_same(engine: Engine, tmp_path: Path, name: str) -> None:
    plan = every_mistake() if name == "every mistake" else planned(name, "up")
    file = tmp_path / "state.json"
    file.write_text(json.dumps(to_deployment(plan)), encoding="utf-8")
    theirs = sorted((found.policy, found.urn, found.level) for found in analyzed(engine, file))
    ours = sorted((found["policy"], found["urn"], weight(found)) for found in checked(file)["findings"])
    assert set(theirs) == set(ours)
    assert theirs == ours
    if name == "every mistake":
        assert len({policy for policy, _, level in ours if level == "mandatory"}) > 50
