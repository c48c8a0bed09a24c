"""The shipped prod environment under the real engine: as planned, moved to its other region, hard to lose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.differences import differences
from lab.engine import Engine, EngineError
from lab.outcome import Outcome
from plan.diff import DATA_STORES
from plan.store import Store
from tests.engines import names, new_engine, said
from tests.support import ROOT, planned

pytestmark = pytest.mark.e2e

HOME, DR = "us-east-1", "us-west-2"
OUTSIDE_THE_LOST_REGION = (
    "**::aws-home-provider",
    "**::aws-dr-**",
    "**::kubernetes-dr**",
    "**::aws-failover**",
)
"""What docs/runbooks/region-loss.md deploys while the home region does not answer."""


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Engine]:
    room: Path = tmp_path_factory.mktemp("prod")
    packs = [ROOT / "policies"]
    with new_engine(request.config, room, ROOT, "prod", packs=packs, checkpoints=False) as engine:
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


def move(engine: Engine, region: str) -> None:
    text = engine.settings.read_text(encoding="utf-8")
    assert f"dr_region: {DR}\n" in text
    line = f"dr_region: {DR}\n"
    engine.settings.write_text(text.replace(line, f"{line}    active_region: {region}\n"), encoding="utf-8")


def lost(outcome: Outcome) -> list[str]:
    """What was deleted or replaced. A ConfigMap is never changed: a new one comes first."""
    gone = outcome.urns("delete", "replace", "create-replacement", "delete-replaced")
    return names(urn for urn in gone if "ConfigMap" not in urn)


def test_prod_passes_its_policies_and_registers_what_the_plan_says(prod: Engine) -> None:
    assert not (found := differences(planned("prod", "up"), prod.deployed())), said(found)
    assert prod.preview(expect_no_changes=True).changed == 0


def test_no_state_holds_a_password_in_the_clear_and_the_next_update_rolls_another(prod: Engine) -> None:
    def passwords() -> set[str]:
        return {
            str(resource["inputs"][name]["plaintext"])
            for resource in prod.export()["deployment"]["resources"]
            for name in resource.get("inputs", {})
            if name.endswith("Wo")
        }

    first = passwords()
    assert len(first) == 2, "the database's own, and the secret's, which holds it among other words"
    kept = prod.state()
    cloud = "".join(path.read_text(encoding="utf-8") for path in prod.cloud.rglob("*") if path.is_file())
    for password in first:
        assert password.strip('"') not in kept
        assert password.strip('"') not in cloud
    prod.up()
    assert passwords().isdisjoint(first)


def test_moving_prod_to_its_other_region_replaces_nothing_and_touches_no_store(home_again: Engine) -> None:
    move(home_again, DR)
    moved = home_again.up()
    assert lost(moved) == []
    assert moved.urns("update"), "a move that changes nothing moves nothing"
    stores = {resource.urn for resource in home_again.deployed() if resource.type in DATA_STORES}
    assert len(stores) > 10
    assert names(stores & set(moved.urns("update"))) == []
    assert home_again.preview(expect_no_changes=True).changed == 0


def test_prod_is_moved_while_its_home_region_does_not_answer(home_again: Engine) -> None:
    move(home_again, DR)
    home_again.variables["SIMULATED_CLOUD_LOST_REGION"] = HOME
    moved = home_again.up(targets=OUTSIDE_THE_LOST_REGION)
    assert lost(moved) == []
    assert {"aws-failover-apex-primary", "aws-dr-edge-hold", "kubernetes-dr-api-deployment"} <= set(
        names(moved.urns("update"))
    )
    with pytest.raises(EngineError, match=f"{HOME} does not answer"):
        home_again.up()  # the rest is over there, and waits


def test_destroying_prod_is_refused_and_nothing_that_holds_data_is_gone(prod: Engine) -> None:
    before = {resource.urn for resource in prod.deployed() if resource.options.protect}
    assert len(before) >= 10
    with pytest.raises(EngineError, match="protect"):
        prod.destroy()
    assert before <= {resource.urn for resource in Store(prod.cloud).all()}
