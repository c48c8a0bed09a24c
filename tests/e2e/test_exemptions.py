"""Exemptions that a program says: the real engine knows each before it asks about what it covers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab.engine import Engine, EngineError
from lab.outcome import Finding
from tests.engines import new_engine

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parent.parent.parent
KEYS = 12
EXPIRES = datetime.now(tz=UTC).date() + timedelta(days=30)
PROJECT = """\
name: trading-platform
description: Keys whose rotation somebody answers for
runtime: python
"""
PROGRAM = f"""\
from datetime import date

import pulumi
import pulumi_aws as aws

from components.exemptions import Exemption, ExemptionArgs

config = pulumi.Config()
provider = aws.Provider("aws", region="eu-west-1")
for number in range({KEYS}):
    noted = Exemption(
        f"partner-rotation-{{number}}",
        ExemptionArgs(
            policy="aws-kms-rotation",
            resource=f"partner-{{number}}",
            reason=config.get("reason") or "the partner imports key material by hand",
            owner="keys@example.com",
            expires=date.fromisoformat("{EXPIRES}"),
        ),
    )
    waits = pulumi.ResourceOptions(provider=provider, depends_on=noted.before())
    aws.kms.Key(f"partner-{{number}}", description="imported", opts=waits)
aws.kms.Key("plain", description="nobody answers for it", opts=pulumi.ResourceOptions(provider=provider))
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Engine]:
    project = tmp_path_factory.mktemp("exempt")
    (project / "Pulumi.yaml").write_text(PROJECT, encoding="utf-8")
    (project / "Pulumi.staging.yaml").write_text("config: {}\n", encoding="utf-8")
    (project / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    (project / "components").symlink_to(ROOT / "components")
    (project / "config").symlink_to(ROOT / "config")
    room, packs = tmp_path_factory.mktemp("room"), [ROOT / "policies"]
    with new_engine(request.config, room, project, "staging", packs=packs) as found:
        yield found


def told(engine: Engine, *policies: str) -> list[Finding]:
    """What the pack says in a preview, which a violation ends."""
    with pytest.raises(EngineError) as stopped:
        engine.preview()
    return [finding for finding in stopped.value.outcome.findings if finding.policy in policies]


def test_every_exemption_is_known_before_its_resource_is_judged(engine: Engine) -> None:
    found = told(engine, "aws-kms-rotation", "exemption-unused", "exemption-void")
    levels = {finding.urn.rpartition("::")[2]: finding.level for finding in found}
    assert levels == {f"partner-{number}": "advisory" for number in range(KEYS)} | {"plain": "mandatory"}
    exempt = [finding.message for finding in found if finding.level == "advisory"]
    assert all(f"exempt until {EXPIRES} (the partner imports key" in message for message in exempt)


def test_a_void_exemption_stops_the_engine_by_name(engine: Engine) -> None:
    engine.settings.write_text("config: {trading-platform:reason: needed}\n", encoding="utf-8")
    found = told(engine, "aws-kms-rotation", "exemption-void")
    void = [finding for finding in found if finding.policy == "exemption-void"]
    assert len(void) == KEYS
    assert {finding.level for finding in found} == {"mandatory"}
    assert "the exemption partner-rotation-0 is void: the reason 'needed'" in min(
        finding.message for finding in void
    )
