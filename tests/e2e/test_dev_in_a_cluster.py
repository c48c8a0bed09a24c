"""`pulumi up` of the whole dev stack: simulated clouds, and a real API server where the objects live.

The provider for Kubernetes is the lab's own (`lab.kubernetes_provider`); Helm releases stay simulated,
so the kinds that operators bring are installed before.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab import crds
from lab.cluster import Cluster
from lab.kubernetes_provider import CLUSTERS, warnings
from lab.toolchain import Unavailable
from plan.resource import Resource
from tests.engines import Life, life, new_engine
from tests.support import ROOT

pytestmark = pytest.mark.e2e

SIMULATED = ("kubernetes:helm.sh/", "kubernetes:yaml/")


@pytest.fixture(scope="module")
def standing(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[Cluster, Life]]:
    try:
        with (
            Cluster(tmp_path_factory.mktemp("cluster")) as cluster,
            new_engine(request.config, tmp_path_factory.mktemp("engine"), ROOT, "dev") as engine,
            life(request.config, engine, lambda _: None) as stages,
        ):
            crds.install(cluster.client)
            engine.variables[CLUSTERS] = str(cluster.kubeconfig)
            yield cluster, stages
    except Unavailable as reason:
        pytest.skip(f"NO REAL CLUSTER: {reason}")


def objects(life: Life) -> list[Resource]:
    return [
        resource
        for resource in life.deployed
        if resource.type.startswith("kubernetes:") and not resource.type.startswith(SIMULATED)
    ]


def test_after_an_update_every_object_lives_in_the_api_server(standing: tuple[Cluster, Life]) -> None:
    cluster, stages = standing
    found = objects(stages)
    assert len(found) > 150
    for resource in found:
        kind = f"{resource.inputs['apiVersion']}/{resource.inputs['kind']}"
        metadata = resource.outputs["metadata"]
        assert isinstance(metadata, dict)
        namespace = metadata.get("namespace")
        there = cluster.client.get(
            kind, str(metadata["name"]), namespace=str(namespace) if namespace else None
        )
        assert there["metadata"]["uid"] == metadata["uid"], resource.urn


def test_the_server_warned_of_nothing(standing: tuple[Cluster, Life]) -> None:
    _, stages = standing
    assert stages.deployed
    assert warnings(stages.engine.cloud) == []


def test_the_next_preview_changes_nothing_although_controllers_have_been_at_work(
    standing: tuple[Cluster, Life],
) -> None:
    _, stages = standing
    assert stages.unchanged.changed == 0


def test_destroying_takes_every_object_out_of_the_api_server(standing: tuple[Cluster, Life]) -> None:
    cluster, stages = standing
    assert objects(stages)
    _ = stages.unchanged
    stages.engine.destroy()
    left = {one["metadata"]["name"] for one in cluster.client.list("v1/Namespace")}
    assert left == {"default", "kube-node-lease", "kube-public", "kube-system"}
    assert cluster.client.list("karpenter.sh/v1/NodePool") == []
