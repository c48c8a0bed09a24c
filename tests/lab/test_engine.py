"""A small program under the real engine: the quickest proof that the lab stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.differences import differences
from lab.engine import Engine, EngineError
from plan.record import record
from plan.resource import Mode, Plan
from plan.store import Store
from plan.value import Secret
from tests.engines import Life, life, names, new_engine, said

pytestmark = pytest.mark.e2e
PROGRAM = Path(__file__).parent / "program"


def replicas(engine: Engine, count: str) -> None:
    lines = engine.settings.read_text(encoding="utf-8").splitlines()
    changed = [
        line.partition(":replicas:")[0] + f":replicas: {count}" if ":replicas:" in line else line
        for line in lines
    ]
    engine.settings.write_text("\n".join(changed), encoding="utf-8")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Life]:
    with (
        new_engine(request.config, tmp_path_factory.mktemp("small"), PROGRAM, "small") as engine,
        life(request.config, engine, lambda engine: replicas(engine, "3")) as stages,
    ):
        yield stages


def planned(mode: Mode) -> Plan:
    return record(
        {"trading-platform:replicas": "2"}, stack="small", mode=mode, program=PROGRAM / "__main__.py"
    )


def test_a_preview_registers_what_the_in_process_plan_says(stack: Life) -> None:
    assert stack.previewed.changes == {"create": len(stack.planned)}
    assert not (found := differences(planned("preview"), stack.planned)), said(found)


def test_an_update_registers_what_the_in_process_plan_says(stack: Life) -> None:
    assert stack.updated.changes == {"create": len(stack.deployed)}
    assert not (found := differences(planned("up"), stack.deployed)), said(found)


def test_a_secret_is_revealed_to_the_caller_alone(stack: Life) -> None:
    (store,) = stack.deployed.of_type("aws:rds/cluster:Cluster")
    assert store.inputs["masterPassword"] == Secret("correct horse battery staple")
    folders = (stack.engine.room / name for name in ("state", "cloud", "home"))
    kept = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    assert kept
    assert not [file for file in kept if b"correct horse" in file.read_bytes()]


def test_a_write_only_value_is_encrypted_in_the_state_and_kept_by_nobody_else(stack: Life) -> None:
    (version,) = stack.deployed.of_type("aws:secretsmanager/secretVersion:SecretVersion")
    value = version.inputs["secretStringWo"]
    assert isinstance(value, Secret)
    assert "secretStringWo" not in version.outputs
    folders = (stack.engine.room / name for name in ("state", "cloud", "home"))
    kept = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    assert not [file for file in kept if str(value.value).encode() in file.read_bytes()]


def test_nothing_changes_when_nothing_was_changed_though_every_run_makes_another_password(
    stack: Life,
) -> None:
    assert stack.unchanged.changed == 0


def test_the_shipped_stack_file_is_not_written_to(stack: Life) -> None:
    assert "encryptionsalt" in stack.engine.settings.read_text(encoding="utf-8")
    assert "encryptionsalt" not in (PROGRAM / "Pulumi.small.yaml").read_text(encoding="utf-8")


def test_a_changed_setting_updates_what_can_be_updated_and_replaces_what_cannot(stack: Life) -> None:
    for outcome in (stack.change_previewed, stack.changed):
        assert names(outcome.urns("update")) == ["apps"]
        assert names(outcome.urns("replace")) == ["settings"]
        assert outcome.changed == 2
    (left,) = [record for record in Store(stack.engine.cloud).all() if record.urn.endswith("::settings")]
    (before,) = [resource for resource in stack.deployed if resource.name == "settings"]
    assert left.id != before.id, "the replacement has the name of the one that it replaced"


def test_a_refresh_finds_what_was_deployed(stack: Life) -> None:
    assert stack.refreshed.changed == 0


def test_destroying_leaves_nothing(stack: Life) -> None:
    assert stack.destroyed.changes == {"delete": len(stack.deployed)}
    assert Store(stack.engine.cloud).all() == []
    assert stack.engine.export()["deployment"].get("resources", []) == []


@pytest.fixture
def engine(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    with new_engine(request.config, tmp_path, PROGRAM, "small") as found:
        yield found


def test_what_somebody_removed_by_hand_is_noticed_and_made_again(engine: Engine) -> None:
    engine.up()
    store = Store(engine.cloud)
    (lost,) = [resource for resource in store.all() if resource.urn.endswith("::settings")]
    store.remove(lost.type, lost.place, lost.id)
    assert engine.refresh().changes["delete"] == 1
    assert engine.up().changes["create"] == 1


def test_a_run_without_a_region_is_aimed_past_it_or_needs_another_regions_sts(
    engine: Engine,
) -> None:
    engine.up()
    engine.variables["SIMULATED_CLOUD_LOST_REGION"] = "us-west-2"
    with pytest.raises(EngineError, match=r"us-west-2 does not answer, and .* stsRegion"):
        engine.preview()
    replicas(engine, "3")
    assert names(engine.up(targets=["**::apps"]).urns("update")) == ["apps"]
    text = engine.settings.read_text(encoding="utf-8")
    engine.settings.write_text(
        text.replace("config:", "config:\n  trading-platform:stsRegion: us-east-1", 1), encoding="utf-8"
    )
    assert names(engine.up().urns("update")) == ["elsewhere"]
    with pytest.raises(EngineError, match="simulated aws: us-west-2 does not answer"):
        engine.refresh()
    engine.variables.clear()
    assert engine.refresh().changed == 0


def test_a_setting_that_the_program_cannot_read_is_told_in_its_own_words(engine: Engine) -> None:
    replicas(engine, "many")
    with pytest.raises(EngineError, match=r"'many'.*int"):
        engine.preview()
