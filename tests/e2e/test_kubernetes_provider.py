"""A program under the real engine acts on the real cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.cluster import Cluster
from lab.kubernetes import Json
from lab.kubernetes_provider import CLUSTERS
from tests.engines import new_engine

pytestmark = pytest.mark.e2e
PROGRAM = Path(__file__).parent.parent / "lab" / "program"


def test_objects_are_made_refreshed_repaired_and_removed(
    cluster: Cluster, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    client = cluster.client

    def settings() -> Json:
        (found,) = client.list("v1/ConfigMap", namespace="apps", fields="metadata.name!=kube-root-ca.crt")
        return found

    with new_engine(pytestconfig, tmp_path / "engine", PROGRAM, "small") as engine:
        engine.variables[CLUSTERS] = str(cluster.kubeconfig)
        engine.preview()
        assert client.find("v1/Namespace", "apps") is None
        engine.up()
        assert client.get("v1/Namespace", "apps")["metadata"]["annotations"]["replicas"] == "2"
        made = settings()
        assert made["data"] == {"replicas": "2"}
        assert made["metadata"]["name"].startswith("settings-")
        assert {entry["manager"] for entry in made["metadata"]["managedFields"]} == {"pulumi"}
        assert engine.preview(expect_no_changes=True).changed == 0
        assert engine.refresh().changed == 0
        client.patch("v1/Namespace", "apps", {"metadata": {"annotations": {"replicas": "99"}}})
        assert engine.refresh().changes["update"] == 1
        client.patch("v1/Namespace", "apps", {"metadata": {"annotations": {"replicas": "2"}}})
        client.delete("v1/ConfigMap", made["metadata"]["name"], namespace="apps", wait=10)
        engine.refresh()
        engine.up()
        assert settings()["data"] == {"replicas": "2"}
        engine.destroy()
        assert client.find("v1/Namespace", "apps") is None
