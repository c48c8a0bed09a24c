"""A policy that is told to remedy: the real engine deploys what it left, and nothing else is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.engine import Engine
from tests.engines import new_engine

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parent.parent.parent
PROJECT = """\
name: trading-platform
description: A key that nobody told to rotate
runtime: python
"""
PROGRAM = """\
import pulumi
import pulumi_aws as aws

tags = {"owner": "keys", "environment": "staging", "cost-center": "1", "project": "trading-platform"}
provider = aws.Provider("aws", region="us-east-1")
inside = pulumi.ResourceOptions(provider=provider)
said = pulumi.Output.secret("whose it is")
aws.kms.Key("key", description=said, deletion_window_in_days=30, tags=tags, opts=inside)
"""
TOLD = {
    "aws-kms-rotation": {"enforcementLevel": "remediate"},
    "cost-budget-alert": {"enforcementLevel": "disabled"},  # a key alone has none
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Engine]:
    project = tmp_path_factory.mktemp("remedied")
    (project / "Pulumi.yaml").write_text(PROJECT, encoding="utf-8")
    (project / "Pulumi.staging.yaml").write_text("config: {}\n", encoding="utf-8")
    (project / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    told = project / "policies.json"
    told.write_text(json.dumps(TOLD), encoding="utf-8")
    room, packs = tmp_path_factory.mktemp("room"), [ROOT / "policies"]
    with new_engine(request.config, room, project, "staging", packs=packs) as found:
        found.pack_config = told.resolve()
        yield found


def test_what_is_deployed_is_what_the_policy_left_and_no_update_changes_it_again(engine: Engine) -> None:
    engine.up()
    (key,) = engine.deployed().of_type("aws:kms/key:Key")
    assert key.inputs["enableKeyRotation"] is True
    assert key.inputs["deletionWindowInDays"] == 30
    assert "whose it is" not in engine.state(), "a secret stays one"
    engine.preview(expect_no_changes=True)
