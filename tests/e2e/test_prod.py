"""The shipped prod of each cloud, on the real engine: as planned, moved to its other region, hard to lose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from lab.differences import differences
from lab.engine import Engine, EngineError
from lab.outcome import Outcome
from plan.diff import DATA_STORES
from plan.store import Store
from tests.engines import names, new_engine, said
from tests.support import ROOT, planned

pytestmark = pytest.mark.e2e


@dataclass(frozen=True, slots=True)
class Estate:
    """A prod on one cloud, and how it is moved."""

    stack: str
    home: str
    dr: str
    targets: tuple[str, ...]
    """What docs/runbooks/region-loss-*.md deploy while the home region does not answer."""
    moved: frozenset[str]
    """What must be among it."""
    passwords: int
    """Write-only values that the program rolls."""


ESTATES: Final = (
    Estate(
        "prod",
        "us-east-1",
        "us-west-2",
        ("**::aws-home-provider", "**::aws-dr-**", "**::kubernetes-dr**", "**::aws-failover**"),
        frozenset({"aws-failover-apex-primary", "aws-dr-edge-hold", "kubernetes-dr-api-rollout"}),
        2,  # the database's own, and the secret's, which holds it among other words
    ),
    Estate(
        "prod-gcp",
        "us-central1",
        "us-east1",
        ("**::gcp-balancer**", "**::gcp-failover**", "**::gcp-dr-**", "**::kubernetes-dr**"),
        frozenset({"gcp-balancer-public-service", "kubernetes-dr-api-rollout"}),
        0,  # nobody logs in with one
    ),
)


@pytest.fixture(scope="module", params=ESTATES, ids=lambda estate: estate.stack)
def estate(request: pytest.FixtureRequest) -> Estate:
    assert isinstance(request.param, Estate)
    return request.param


@pytest.fixture(scope="module")
def prod(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, estate: Estate
) -> Iterator[Engine]:
    room: Path = tmp_path_factory.mktemp(estate.stack)
    packs = [ROOT / "policies"]
    with new_engine(request.config, room, ROOT, estate.stack, packs=packs, checkpoints=False) as engine:
        engine.up()
        yield engine


@pytest.fixture
def home_again(prod: Engine) -> Iterator[Engine]:
    """Prod, and afterwards prod in its home region again, whatever the test did."""
    before = prod.settings.read_text(encoding="utf-8")
    yield prod
    prod.variables.clear()
    prod.settings.write_text(before, encoding="utf-8")
    prod.up()


def move(engine: Engine, estate: Estate) -> None:
    text = engine.settings.read_text(encoding="utf-8")
    line = f"dr_region: {estate.dr}\n"
    assert line in text
    moved = text.replace(line, f"{line}    active_region: {estate.dr}\n")
    engine.settings.write_text(moved, encoding="utf-8")


def lost(outcome: Outcome) -> list[str]:
    """What was deleted or replaced. A ConfigMap is never changed: a new one comes first."""
    gone = outcome.urns("delete", "replace", "create-replacement", "delete-replaced")
    return names(urn for urn in gone if "ConfigMap" not in urn)


def test_prod_passes_its_policies_and_registers_what_the_plan_says(prod: Engine, estate: Estate) -> None:
    assert not (found := differences(planned(estate.stack, "up"), prod.deployed())), said(found)
    assert prod.preview(expect_no_changes=True).changed == 0


def test_no_state_holds_a_password_in_the_clear_and_the_next_update_rolls_another(
    prod: Engine, estate: Estate
) -> None:
    def passwords() -> set[str]:
        return {
            str(resource["inputs"][name]["plaintext"])
            for resource in prod.export()["deployment"]["resources"]
            for name in resource.get("inputs", {})
            if name.endswith("Wo")
        }

    first = passwords()
    assert len(first) == estate.passwords
    kept = prod.state()
    cloud = "".join(path.read_text(encoding="utf-8") for path in prod.cloud.rglob("*") if path.is_file())
    for password in first:
        assert password.strip('"') not in kept
        assert password.strip('"') not in cloud
    prod.up()
    assert passwords().isdisjoint(first)


def test_moving_prod_to_its_other_region_replaces_nothing_and_touches_no_store(
    home_again: Engine, estate: Estate
) -> None:
    move(home_again, estate)
    moved = home_again.up()
    assert lost(moved) == []
    assert moved.urns("update"), "a move that changes nothing moves nothing"
    stores = {resource.urn for resource in home_again.deployed() if resource.type in DATA_STORES}
    assert len(stores) > 10
    assert names(stores & set(moved.urns("update"))) == []
    assert home_again.preview(expect_no_changes=True).changed == 0


def test_prod_is_moved_while_its_home_region_does_not_answer(home_again: Engine, estate: Estate) -> None:
    move(home_again, estate)
    home_again.variables["SIMULATED_CLOUD_LOST_REGION"] = estate.home
    moved = home_again.up(targets=estate.targets)
    assert lost(moved) == []
    assert estate.moved <= set(names(moved.urns("update")))
    with pytest.raises(EngineError, match=f"{estate.home} does not answer"):
        home_again.up()  # the rest is over there, and waits


def test_destroying_prod_is_refused_and_nothing_that_holds_data_is_gone(prod: Engine) -> None:
    before = {resource.urn for resource in prod.deployed() if resource.options.protect}
    assert len(before) >= 10
    with pytest.raises(EngineError, match="protect"):
        prod.destroy()
    assert before <= {resource.urn for resource in Store(prod.cloud).all()}
