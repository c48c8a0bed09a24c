"""Two regions on each cloud under the real engine: brought up in steps, taken down in an order."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from config.loader import to_config
from lab.engine import Engine
from plan.record import record
from plan.store import Store
from tests.engines import new_engine
from tests.support import ROOT

pytestmark = pytest.mark.e2e

FIRST_STEPS = {
    "staging": (("**::platform", "**AwsCloud**"),),
    "prod-gcp": (("**::platform", "**GcpCloud**"),),
}
"""What docs/runbooks/first-deployment-*.md deploy first. Google's prod serves as its staging."""

OFFICE = "    office: {gateways: [203.0.113.10, 203.0.113.11], asn: 65010, cidrs: [192.168.0.0/16]}\n"

ORDERS = {
    "staging": (
        (
            "aws-dr-database-instance-0|ClusterInstance",
            "aws-dr-database-cluster|Cluster",
            "aws-home-database-instance-0|ClusterInstance",
            "aws-home-database-cluster|Cluster",
            "aws-home-global-database-cluster|GlobalCluster",
        ),
        ("aws-dr-*|ReplicationGroup", "*|GlobalReplicationGroup", "aws-home-cache*|ReplicationGroup"),
        ("aws-dr-cluster-control-plane|Cluster", "aws-dr-network-vpc|Vpc"),
    ),
    "prod-gcp": (
        ("gcp-dr-database-instance|DatabaseInstance", "gcp-home-database-instance|DatabaseInstance"),
        ("gcp-dr-cache-instance|Instance", "gcp-home-cache-instance|Instance"),
        ("gcp-balancer-internal-service|BackendService", "gcp-home-cluster-on-demand-pool|NodePool"),
        ("gcp-dr-cluster-control-plane|Cluster", "gcp-project-vpc-network|Network"),
    ),
}
"""What goes first, then what."""


@pytest.fixture(scope="module", params=FIRST_STEPS)
def staging(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Engine]:
    stack = str(request.param)
    room: Path = tmp_path_factory.mktemp(f"staging-{stack}")
    with new_engine(request.config, room, ROOT, stack, checkpoints=False) as engine:
        text = engine.settings.read_text(encoding="utf-8")
        unprotected = text.replace("config:\n", "config:\n  trading-platform:protect: false\n", 1)
        unprotected = unprotected.replace("environment: prod\n", "environment: staging\n")
        if stack == "prod-gcp":  # with the entry from inside, and so with the office's tunnels to it
            unprotected = unprotected.replace('edge: {open_to: ["0.0.0.0/0"]}', "edge: {open_to: []}")
            unprotected = unprotected.replace(
                "    region: us-central1\n", f"    region: us-central1\n{OFFICE}"
            )
        engine.settings.write_text(unprotected, encoding="utf-8")
        for targets in FIRST_STEPS[stack]:
            engine.up(targets=targets)
        engine.up()
        yield engine


def test_the_first_deployment_goes_in_the_steps_of_its_runbook(staging: Engine) -> None:
    assert staging.preview(expect_no_changes=True).changed == 0
    wanted = record(to_config(staging.settings), stack=staging.stack, mode="up")
    assert len(staging.deployed()) == len(wanted)


def test_what_follows_goes_before_what_it_follows(staging: Engine) -> None:
    deployed = staging.deployed()
    kept = {resource.urn for resource in deployed if resource.options.retain_on_delete}
    order = [_told(urn) for urn in staging.destroy().urns("delete")]

    for chain in ORDERS[staging.stack]:
        places = [next(place for place, told in enumerate(order) if fnmatchcase(told, one)) for one in chain]
        assert places == sorted(places), chain
    assert len(order) == len(deployed)
    assert {resource.urn for resource in Store(staging.cloud).all()} == kept


def _told(urn: str) -> str:
    return f"{urn.rpartition('::')[2]}|{urn.split('::')[2].rpartition(':')[2]}"
