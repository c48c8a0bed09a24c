"""An update that is broken off in the middle, and what brings the stack back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.differences import differences
from lab.engine import Engine, EngineError
from plan.store import Store
from tests.engines import new_engine, said
from tests.support import planned

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parent.parent.parent
DIES_AT = "12"
"""The creation at which the plugin dies: some resources exist by then, most do not."""


@pytest.fixture
def engine(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    with new_engine(request.config, tmp_path, ROOT, "dev") as found:
        yield found


def test_an_update_whose_provider_died_is_completed_by_refresh_and_up(engine: Engine) -> None:
    engine.variables["SIMULATED_CLOUD_KILL_AFTER"] = DIES_AT
    with pytest.raises(EngineError) as broken:
        engine.up()
    assert (engine.cloud / "killed").exists()
    survivors = {resource.urn for resource in Store(engine.cloud).all()}
    assert survivors
    assert "ended with exit code" in str(broken.value)
    engine.variables.clear()

    engine.refresh()
    outcome = engine.up()

    assert set(outcome.urns("create")).isdisjoint(survivors), "what existed was made a second time"
    assert not (found := differences(planned("dev", "up"), engine.deployed())), said(found)
    assert engine.preview(expect_no_changes=True).changed == 0
