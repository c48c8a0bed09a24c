"""The shipped prod environment under the real engine: as planned, and not to be destroyed by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.differences import differences
from lab.engine import Engine, EngineError
from plan.store import Store
from tests.engines import new_engine, said
from tests.support import ROOT, planned

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Engine]:
    room: Path = tmp_path_factory.mktemp("prod")
    with new_engine(request.config, room, ROOT, "prod", packs=[ROOT / "policies"]) as engine:
        engine.up()
        yield engine


def test_prod_passes_its_policies_and_registers_what_the_plan_says(prod: Engine) -> None:
    assert not (found := differences(planned("prod", "up"), prod.deployed())), said(found)
    assert prod.preview(expect_no_changes=True).changed == 0


def test_destroying_prod_is_refused_and_nothing_that_holds_data_is_gone(prod: Engine) -> None:
    before = {resource.urn for resource in prod.deployed() if resource.options.protect}
    assert len(before) >= 10
    with pytest.raises(EngineError, match="protect"):
        prod.destroy()
    assert before <= {resource.urn for resource in Store(prod.cloud).all()}
