"""The kubernetes provider: the simulation without a cluster, the API server's word with one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from lab.executables import wheels, write_providers
from lab.kubernetes_provider import CLUSTERS, ForwardedCluster, warnings
from plan.store import Store
from plan.value import UNKNOWN, Secret, Value, decode, encode
from tests.lab.api_server import ApiServer, serving
from tests.plan.cloud import URN, Cloud, RefusedError, context

ROOT = Path(__file__).parent.parent.parent
DEPLOYMENT, NAMESPACE, SECRET = (
    "kubernetes:apps/v1:Deployment",
    "kubernetes:core/v1:Namespace",
    "kubernetes:core/v1:Secret",
)
CONFIG_MAP, SCALED = "kubernetes:core/v1:ConfigMap", "kubernetes:keda.sh/v1alpha1:ScaledObject"
PATH = "/api/v1/namespaces/trading/configmaps/settings"


class Cluster(Cloud):
    """The service with a real client behind it."""

    def __init__(self, folder: Path, clusters: Path | str, **settings: Value) -> None:
        self.service = ForwardedCluster("kubernetes", "4.34.2", Store(folder / "store"), str(clusters))
        told: dict[str, Value] = {"kubeconfig": "{}", **settings}
        self.service.Configure(provider_pb2.ConfigureRequest(args=encode(told)), context())


def config_map(**data: Value) -> dict[str, Value]:
    metadata: Value = {"name": "settings", "namespace": "trading"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with serving() as found:
        yield found


@pytest.fixture
def cluster(server: ApiServer, tmp_path: Path) -> Cluster:
    return Cluster(tmp_path, server.kubeconfig(tmp_path))


def test_without_a_cluster_it_is_the_simulation(tmp_path: Path) -> None:
    simulated = Cluster(tmp_path, "")
    identity, outputs = simulated.create(CONFIG_MAP, "settings", config_map(a="b"))
    assert identity == "trading/settings"
    assert "uid" in outputs["metadata"]  # pyright: ignore[reportOperatorIssue]
    assert decode(simulated.read(CONFIG_MAP, "settings", identity, outputs).properties) == outputs
    simulated.delete(CONFIG_MAP, "settings", identity)
    assert simulated.service.store.all() == []


def test_an_object_is_applied_as_pulumis_and_answered_as_it_is_kept(
    cluster: Cluster, server: ApiServer
) -> None:
    identity, outputs = cluster.create(CONFIG_MAP, "settings", config_map(a="b"))
    assert identity == "trading/settings"
    (asked,) = server.writes()
    assert (asked.method, asked.path) == ("PATCH", PATH)
    assert asked.query["fieldManager"] == "pulumi"
    assert asked.query["force"] == "false"
    kept = server.objects[PATH]
    assert outputs["metadata"] == {
        key: value for key, value in kept["metadata"].items() if key != "managedFields"
    }
    assert "status" not in outputs
    assert [record.id for record in cluster.service.store.all()] == [identity]


def test_the_clusters_own_refusal_reaches_the_engine(cluster: Cluster, server: ApiServer) -> None:
    refusal = {"code": 403, "reason": "Forbidden", "message": 'violates PodSecurity "restricted"'}
    server.refuse = lambda asked: refusal if asked.method == "PATCH" else None
    with pytest.raises(RefusedError, match=r'PERMISSION_DENIED: .*says: violates PodSecurity "restricted"'):
        cluster.create(CONFIG_MAP, "settings", config_map())
    assert cluster.service.store.all() == []


def test_what_is_there_already_is_not_taken_over(cluster: Cluster, server: ApiServer) -> None:
    server.objects[PATH] = {"metadata": {"uid": "1"}, "data": {"somebody": "else's"}}
    with pytest.raises(
        RefusedError, match="ALREADY_EXISTS: creating v1/ConfigMap trading/settings: it exists"
    ):
        cluster.create(CONFIG_MAP, "settings", config_map())
    assert server.writes() == []


def test_what_was_deleted_by_hand_can_be_made_again(cluster: Cluster, server: ApiServer) -> None:
    identity, outputs = cluster.create(CONFIG_MAP, "settings", config_map())
    server.objects.clear()
    assert cluster.read(CONFIG_MAP, "settings", identity, outputs).id == ""
    assert cluster.create(CONFIG_MAP, "settings", config_map())[0] == identity


def test_a_kind_whose_definition_is_missing_is_named(cluster: Cluster) -> None:
    scaled: dict[str, Value] = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "api"},
    }
    with pytest.raises(RefusedError, match=r'NOT_FOUND: creating .*no kind "ScaledObject".*CRD'):
        cluster.create(SCALED, "api", scaled)


def test_a_name_is_made_up_as_in_the_simulation(cluster: Cluster, server: ApiServer) -> None:
    nameless: dict[str, Value] = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"namespace": "trading"},
    }
    identity, _ = cluster.create(CONFIG_MAP, "settings", nameless)
    namespace, _, name = identity.partition("/")
    assert namespace == "trading"
    assert name.startswith("settings-")
    assert list(server.objects) == [f"/api/v1/namespaces/trading/configmaps/{name}"]


def test_an_object_without_a_namespace_goes_into_the_providers(server: ApiServer, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, server.kubeconfig(tmp_path), namespace="apps")
    inputs: dict[str, Value] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}
    assert cluster.create(CONFIG_MAP, "settings", inputs)[0] == "apps/settings"
    space: dict[str, Value] = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "trading"}}
    assert cluster.create(NAMESPACE, "trading", space)[0] == "trading"


# Previews ------------------------------------------------------------------------------------------


def test_a_preview_asks_by_a_dry_run_and_changes_nothing(cluster: Cluster, server: ApiServer) -> None:
    identity, outputs = cluster.create(CONFIG_MAP, "settings", config_map(a="b"), preview=True)
    assert identity == ""
    assert outputs["data"] == {"a": "b"}
    assert server.asked[-1].query["dryRun"] == "All"
    assert server.writes() == []


def test_a_preview_tells_what_the_server_would_refuse(cluster: Cluster, server: ApiServer) -> None:
    refusal = {"code": 422, "reason": "Invalid", "message": "spec.port: must be between 1 and 65535"}
    server.refuse = lambda asked: refusal if "dryRun" in asked.query else None
    with pytest.raises(RefusedError, match=r"INVALID_ARGUMENT: .*must be between 1 and 65535"):
        cluster.create(CONFIG_MAP, "settings", config_map(), preview=True)


def test_a_preview_does_not_hold_it_against_an_object_that_its_namespace_or_kind_comes_with_it(
    cluster: Cluster, server: ApiServer
) -> None:
    missing = {"code": 404, "reason": "NotFound", "message": 'namespaces "trading" not found'}
    server.refuse = lambda asked: missing if asked.method == "PATCH" else None
    cluster.create(CONFIG_MAP, "settings", config_map(), preview=True)
    scaled: dict[str, Value] = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "a"},
    }
    cluster.create(SCALED, "a", scaled, preview=True)


def test_nothing_is_asked_about_what_is_not_known_yet(cluster: Cluster, server: ApiServer) -> None:
    cluster.create(CONFIG_MAP, "settings", config_map(host=UNKNOWN), preview=True)
    assert [asked for asked in server.asked if asked.method == "PATCH"] == []


def test_the_successor_of_an_object_is_not_tried_on_the_object_that_it_replaces(
    cluster: Cluster, server: ApiServer
) -> None:
    cluster.create(CONFIG_MAP, "settings", config_map(a="b"))
    before = len(server.asked)
    cluster.create(CONFIG_MAP, "settings", config_map(a="c"), preview=True)
    assert [asked.method for asked in server.asked[before:]] == ["GET"]


def test_a_previewed_update_is_tried_and_answers_what_is_known(cluster: Cluster, server: ApiServer) -> None:
    identity, outputs = cluster.create(CONFIG_MAP, "settings", config_map(a="b"))
    answer = cluster.update(
        CONFIG_MAP, "settings", identity, config_map(a="c"), olds=encode(outputs), preview=True
    )
    assert answer["data"] == {"a": "c"}
    assert answer["metadata"] == outputs["metadata"]
    assert server.objects[PATH]["data"] == {"a": "b"}


def test_while_the_cluster_is_not_known_a_preview_is_simulated(server: ApiServer, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, server.kubeconfig(tmp_path), clusterIdentifier=UNKNOWN)
    cluster.create(CONFIG_MAP, "settings", config_map(), preview=True)
    assert server.asked == []


# Later lives ---------------------------------------------------------------------------------------


def test_a_refresh_finds_nothing_in_what_only_the_cluster_has_added(
    cluster: Cluster, server: ApiServer
) -> None:
    inputs = config_map(a="b")
    identity, _ = cluster.create(CONFIG_MAP, "settings", inputs)
    server.objects[PATH]["metadata"]["annotations"] = {"controller": "was here"}
    found = cluster.read(CONFIG_MAP, "settings", identity, inputs)
    assert decode(found.inputs) == inputs
    assert server.writes()[1:] == []


def test_a_refresh_finds_what_somebody_else_has_changed(cluster: Cluster, server: ApiServer) -> None:
    inputs = config_map(a="b", c="d")
    identity, _ = cluster.create(CONFIG_MAP, "settings", inputs)
    server.objects[PATH]["data"] = {"a": "changed", "c": "d"}
    assert decode(cluster.read(CONFIG_MAP, "settings", identity, inputs).inputs)["data"] == {
        "a": "changed",
        "c": "d",
    }


def test_what_would_not_be_accepted_again_is_read_all_the_same(cluster: Cluster, server: ApiServer) -> None:
    inputs = config_map(a="b")
    identity, _ = cluster.create(CONFIG_MAP, "settings", inputs)
    server.refuse = lambda asked: {"code": 403, "message": "quota"} if "dryRun" in asked.query else None
    assert decode(cluster.read(CONFIG_MAP, "settings", identity, inputs).inputs) == inputs


def test_an_object_that_is_imported_brings_its_inputs(cluster: Cluster, server: ApiServer) -> None:
    server.objects[PATH] = {**config_map(a="b"), "status": {}}
    server.objects[PATH]["metadata"]["uid"] = "1"
    found = cluster.read(CONFIG_MAP, "settings", "trading/settings")
    assert decode(found.inputs) == config_map(a="b")


def test_an_update_is_applied_without_force_unless_the_program_insists(
    cluster: Cluster, server: ApiServer
) -> None:
    identity, _ = cluster.create(CONFIG_MAP, "settings", config_map(a="b"))
    assert cluster.update(CONFIG_MAP, "settings", identity, config_map(a="c"))["data"] == {"a": "c"}
    assert server.writes()[-1].query["force"] == "false"
    insisting: dict[str, Any] = config_map(a="d")
    insisting["metadata"]["annotations"] = {"pulumi.com/patchForce": "true"}
    cluster.update(CONFIG_MAP, "settings", identity, insisting)
    assert server.writes()[-1].query["force"] == "true"


def test_a_field_that_somebody_else_owns_is_a_conflict_in_the_servers_words(
    cluster: Cluster, server: ApiServer
) -> None:
    identity, _ = cluster.create(CONFIG_MAP, "settings", config_map(a="b"))
    conflict = {"code": 409, "reason": "Conflict", "message": 'conflict with "kubectl": .data.a'}
    server.refuse = lambda asked: conflict if asked.method == "PATCH" else None
    with pytest.raises(RefusedError, match=r'ABORTED: updating .*conflict with "kubectl": \.data\.a'):
        cluster.update(CONFIG_MAP, "settings", identity, config_map(a="c"))


def test_a_deletion_is_over_when_the_object_is_gone(cluster: Cluster, server: ApiServer) -> None:
    identity, _ = cluster.create(CONFIG_MAP, "settings", config_map())
    server.lingers = 2
    cluster.delete(CONFIG_MAP, "settings", identity)
    assert server.objects == {}
    assert cluster.service.store.all() == []
    cluster.delete(CONFIG_MAP, "settings", identity)


def test_an_object_whose_definition_is_gone_is_gone_too(
    cluster: Cluster, server: ApiServer, tmp_path: Path
) -> None:
    server.kinds["/apis/keda.sh/v1alpha1"] = [("scaledobjects", "ScaledObject", True)]
    scaled: dict[str, Value] = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "a"},
    }
    identity, _ = cluster.create(SCALED, "a", scaled)
    del server.kinds["/apis/keda.sh/v1alpha1"]
    server.objects.clear()
    later = Cluster(tmp_path, server.kubeconfig(tmp_path))
    later.delete(SCALED, "a", identity)
    assert cluster.service.store.all() == []


def test_a_secret_reaches_the_cluster_and_is_a_secret_to_the_engine(
    cluster: Cluster, server: ApiServer, tmp_path: Path
) -> None:
    inputs: dict[str, Value] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "keys", "namespace": "trading"},
        "stringData": {"key": Secret("hunter2")},
    }
    identity, outputs = cluster.create(SECRET, "keys", inputs)
    assert server.objects["/api/v1/namespaces/trading/secrets/keys"]["stringData"] == {"key": "hunter2"}
    assert "hunter2" not in repr(outputs)
    assert "hunter2" not in repr(decode(cluster.read(SECRET, "keys", identity, outputs).properties))
    files = (file for file in (tmp_path / "store").rglob("*") if file.is_file())
    assert not [file for file in files if b"hunter2" in file.read_bytes()]


def test_what_the_server_warns_of_is_kept_with_the_resource(cluster: Cluster, server: ApiServer) -> None:
    assert warnings(cluster.service.store.folder) == []
    server.warnings = ["v1 Endpoints is deprecated"]
    cluster.create(CONFIG_MAP, "settings", config_map())
    urn = URN.format(CONFIG_MAP, "settings")
    assert warnings(cluster.service.store.folder) == [(urn, "v1 Endpoints is deprecated")]


def test_a_helm_release_stays_simulated(cluster: Cluster, server: ApiServer) -> None:
    release: dict[str, Value] = {"chart": "keda", "name": "keda", "namespace": "keda"}
    identity, outputs = cluster.create("kubernetes:helm.sh/v3:Release", "keda", release)
    assert identity == "keda/keda"
    assert cluster.read("kubernetes:helm.sh/v3:Release", "keda", identity, outputs).id == identity
    cluster.delete("kubernetes:helm.sh/v3:Release", "keda", identity)
    assert server.asked == []


def test_two_clusters_of_a_program_may_be_two(tmp_path: Path) -> None:
    folder = tmp_path / "clusters"
    folder.mkdir()
    with serving() as east, serving() as west:
        east.kubeconfig(tmp_path).rename(folder / "trading-prod-east")
        west.kubeconfig(tmp_path).rename(folder / "trading-prod-west")
        cluster = Cluster(tmp_path, folder, clusterIdentifier="trading-prod-west")
        cluster.create(CONFIG_MAP, "settings", config_map())
        assert (len(east.writes()), len(west.writes())) == (0, 1)
        with pytest.raises(RefusedError, match="no kubeconfig for the cluster 'trading-prod-north'"):
            Cluster(tmp_path, folder, clusterIdentifier="trading-prod-north")


def test_a_cluster_that_does_not_answer_is_said_to_be_unavailable(tmp_path: Path) -> None:
    with serving() as gone:
        cluster = Cluster(tmp_path, gone.kubeconfig(tmp_path))
    with pytest.raises(RefusedError, match=r"UNAVAILABLE: creating .* does not answer"):
        cluster.create(CONFIG_MAP, "settings", config_map())


def test_the_engine_is_given_this_provider_for_kubernetes_and_no_other(tmp_path: Path) -> None:
    write_providers(tmp_path)
    for wheel in wheels():
        folder = tmp_path / "plugins" / f"resource-{wheel.provider}-v{wheel.version}"
        started = (folder / f"pulumi-resource-{wheel.provider}").read_text(encoding="utf-8")
        assert ("lab.kubernetes_provider" in started) == (wheel.provider == "kubernetes")


def test_it_is_a_plugin_that_serves_on_a_port(server: ApiServer, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lab.kubernetes_provider", "kubernetes", "4.34.2", "127.0.0.1:1"]
    variables = {"SIMULATED_CLOUD_STORE": str(tmp_path), CLUSTERS: str(server.kubeconfig(tmp_path))}
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **variables}, stdout=subprocess.PIPE, text=True
    ) as plugin:
        assert plugin.stdout is not None
        assert int(plugin.stdout.readline()) > 0
        plugin.terminate()
    without = subprocess.run(command[:3], cwd=ROOT, capture_output=True, text=True, check=False)
    assert without.returncode == 2
    assert "usage" in without.stderr


def test_it_tells_the_version_that_the_sdk_asks_for(cluster: Cluster) -> None:
    assert cluster.service.GetPluginInfo(empty_pb2.Empty(), context()).version == "4.34.2"
