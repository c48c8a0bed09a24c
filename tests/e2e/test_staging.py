"""The shipped staging environment under the real engine: brought up in steps, taken down in an order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.engine import Engine
from plan.resource import Plan
from plan.store import Store
from tests.engines import new_engine
from tests.support import ROOT, planned

pytestmark = pytest.mark.e2e

FIRST_STEPS = (("**::platform", "**AwsCloud**"),)
"""What docs/runbooks/first-deployment.md deploys before the rest can be."""


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Engine]:
    room: Path = tmp_path_factory.mktemp("staging")
    with new_engine(request.config, room, ROOT, "staging", checkpoints=False) as engine:
        text = engine.settings.read_text(encoding="utf-8")
        unprotected = text.replace("config:\n", "config:\n  trading-platform:protect: false\n", 1)
        engine.settings.write_text(unprotected, encoding="utf-8")
        for targets in FIRST_STEPS:
            engine.up(targets=targets)
        engine.up()
        yield engine


def test_the_first_deployment_goes_in_the_steps_of_its_runbook(staging: Engine) -> None:
    assert staging.preview(expect_no_changes=True).changed == 0
    assert len(staging.deployed()) == len(planned("staging"))


def test_what_follows_goes_before_what_it_follows(staging: Engine) -> None:
    deployed = staging.deployed()
    order = [urn.rpartition("::")[2] + "|" + urn.split("::")[2] for urn in staging.destroy().urns("delete")]

    def when(name: str, kind: str) -> int:
        return next(
            index for index, told in enumerate(order) if told.startswith(f"{name}|") and told.endswith(kind)
        )

    cluster, instance = "aws:rds/cluster:Cluster", "aws:rds/clusterInstance:ClusterInstance"
    follower, founder = when("aws-dr-database-cluster", cluster), when("aws-home-database-cluster", cluster)
    frame = when("aws-home-global-database-cluster", "aws:rds/globalCluster:GlobalCluster")
    group = "aws:elasticache/replicationGroup:ReplicationGroup"
    bond = when(_one(deployed, "GlobalReplicationGroup"), "GlobalReplicationGroup")

    assert (
        when("aws-dr-database-instance-0", instance)
        < follower
        < when("aws-home-database-instance-0", instance)
    )
    assert follower < founder < frame
    assert (
        when(_one(deployed, group, "aws-dr-"), group)
        < bond
        < when(_one(deployed, group, "aws-home-cache"), group)
    )
    assert when("aws-dr-cluster-control-plane", "Cluster") < when("aws-dr-network-vpc", "Vpc")
    assert len(order) == len(deployed)
    left = Store(staging.cloud).all()
    assert [resource.urn for resource in left] == []


def _one(plan: Plan, kind: str, prefix: str = "") -> str:
    (found,) = {r.name for r in plan if r.type.endswith(kind) and r.name.startswith(prefix)}
    return found
