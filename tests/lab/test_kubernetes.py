"""The client of an API server, against one of our own that answers as Kubernetes does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.kubernetes import ApiError, Kubernetes, UnknownKindError, eventually
from tests.lab.api_server import ApiServer, Asked, serving

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "trading"},
    "spec": {"replicas": 2},
}
PATH = "/apis/apps/v1/namespaces/trading/deployments/web"


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with serving() as found:
        yield found


@pytest.fixture
def client(server: ApiServer, tmp_path: Path) -> Iterator[Kubernetes]:
    found = Kubernetes(server.kubeconfig(tmp_path), manager="tester")
    yield found
    found.close()


def test_applying_is_strict_forced_and_under_the_clients_name(server: ApiServer, client: Kubernetes) -> None:
    assert client.apply(DEPLOYMENT).object["spec"] == {"replicas": 2}
    (asked,) = server.writes()
    assert (asked.method, asked.path) == ("PATCH", PATH)
    assert asked.content_type == "application/apply-patch+yaml"
    assert asked.query == {"fieldManager": "tester", "force": "true", "fieldValidation": "Strict"}


def test_a_dry_run_changes_nothing(server: ApiServer, client: Kubernetes) -> None:
    assert client.apply(DEPLOYMENT, dry_run=True).object["kind"] == "Deployment"
    assert server.objects == {}


def test_every_warning_comes_out_as_it_was_meant(server: ApiServer, client: Kubernetes) -> None:
    server.warnings = ['would violate "restricted"', "v1 is deprecated, use v2"]
    assert client.apply(DEPLOYMENT).warnings == tuple(server.warnings)


def test_warnings_that_share_a_line_are_told_apart(server: ApiServer, client: Kubernetes) -> None:
    server.warnings = ['299 - "one, 299", 299 kube "say \\"two\\""']
    assert client.apply(DEPLOYMENT).warnings == ("one, 299", 'say "two"')
    server.warnings = []
    assert client.apply(DEPLOYMENT).warnings == ()


def test_what_the_server_refuses_is_told_in_its_words(server: ApiServer, client: Kubernetes) -> None:
    refusal = {"code": 403, "reason": "Forbidden", "message": "exceeded quota: trading"}
    server.refuse = lambda asked: refusal if asked.method == "PATCH" else None
    with pytest.raises(ApiError, match="exceeded quota: trading") as caught:
        client.apply(DEPLOYMENT)
    assert (caught.value.status, caught.value.reason) == (403, "Forbidden")


def test_a_kind_that_came_later_is_found_and_one_that_did_not_is_named(
    server: ApiServer, client: Kubernetes
) -> None:
    scaled = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "a"}}
    with pytest.raises(UnknownKindError, match=r'no kind "ScaledObject" in "keda\.sh/v1alpha1"'):
        client.apply(scaled)
    server.kinds["/apis/keda.sh/v1alpha1"] = [("scaledobjects", "ScaledObject", True)]
    client.apply(scaled)
    assert "/apis/keda.sh/v1alpha1/namespaces/default/scaledobjects/a" in server.objects


def test_a_kind_is_asked_for_once(server: ApiServer, client: Kubernetes) -> None:
    for _ in range(3):
        client.apply(DEPLOYMENT)
    assert [asked.path for asked in server.asked].count("/apis/apps/v1") == 1


def test_a_subresource_is_no_kind(client: Kubernetes) -> None:
    with pytest.raises(UnknownKindError):
        client.kind("apps/v1/Scale")


def test_what_lives_in_no_namespace_is_asked_for_without_one(client: Kubernetes, server: ApiServer) -> None:
    client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "trading"}})
    assert list(server.objects) == ["/api/v1/namespaces/trading"]
    assert client.get("v1/Namespace", "trading", namespace="ignored")["metadata"]["name"] == "trading"


def test_finding_nothing_is_no_error(client: Kubernetes) -> None:
    assert client.find("apps/v1/Deployment", "web", namespace="trading") is None
    with pytest.raises(ApiError) as caught:
        client.get("apps/v1/Deployment", "web", namespace="trading")
    assert caught.value.status == 404


def test_a_list_says_of_each_object_what_kind_it_is(client: Kubernetes, server: ApiServer) -> None:
    bare = {key: value for key, value in DEPLOYMENT.items() if key not in {"apiVersion", "kind"}}
    server.objects[PATH] = bare
    (found,) = client.list(
        "apps/v1/Deployment", namespace="trading", labels="a=b", fields="metadata.name=web"
    )
    assert (found["apiVersion"], found["kind"]) == ("apps/v1", "Deployment")
    assert server.asked[-1].query == {"labelSelector": "a=b", "fieldSelector": "metadata.name=web"}


def test_a_mapping_is_merged_and_a_list_is_operations(client: Kubernetes, server: ApiServer) -> None:
    client.apply(DEPLOYMENT)
    client.patch("apps/v1/Deployment", "web", {"status": {"a": 1}}, namespace="trading", subresource="status")
    client.patch(
        "apps/v1/Deployment", "web", [{"op": "remove", "path": "/spec/replicas"}], namespace="trading"
    )
    merge, operations = server.writes()[1:]
    assert (merge.path, merge.content_type) == (f"{PATH}/status", "application/merge-patch+json")
    assert (operations.path, operations.content_type) == (PATH, "application/json-patch+json")


def test_deleting_waits_until_it_is_gone(client: Kubernetes, server: ApiServer) -> None:
    client.apply(DEPLOYMENT)
    server.lingers = 2
    assert client.delete("apps/v1/Deployment", "web", namespace="trading", wait=10)
    assert server.objects == {}
    assert not client.delete("apps/v1/Deployment", "web", namespace="trading")


def test_one_that_was_made_anew_under_the_same_name_does_not_count_as_still_there(
    client: Kubernetes, server: ApiServer
) -> None:
    client.apply(DEPLOYMENT)
    first = server.objects[PATH]

    def replace(asked: Asked) -> None:
        if asked.method == "DELETE":
            server.objects[PATH] = {**first, "metadata": {**first["metadata"], "uid": "another"}}
            server.refuse = lambda _: None

    server.refuse = replace
    server.lingers = 1000
    assert client.delete("apps/v1/Deployment", "web", namespace="trading", wait=5)


def test_one_that_stays_is_named_when_time_is_up(client: Kubernetes, server: ApiServer) -> None:
    client.apply(DEPLOYMENT)
    server.lingers = 1000
    with pytest.raises(TimeoutError, match="apps/v1/Deployment web is gone"):
        client.delete("apps/v1/Deployment", "web", namespace="trading", wait=0.3)


def test_an_eviction_that_a_budget_forbids_is_an_answer_and_any_other_refusal_an_error(
    client: Kubernetes, server: ApiServer
) -> None:
    assert client.evict("web-1", "trading")
    server.refuse = lambda asked: {"code": 429} if asked.path.endswith("/eviction") else None
    assert not client.evict("web-1", "trading")
    server.refuse = lambda asked: {"code": 404} if asked.path.endswith("/eviction") else None
    with pytest.raises(ApiError):
        client.evict("web-1", "trading")


def test_a_service_account_is_asked_about_with_the_groups_that_it_has(
    client: Kubernetes, server: ApiServer
) -> None:
    review = client.may("system:serviceaccount:trading:api", "create", "pods/exec", namespace="trading")
    assert (review.allowed, review.reason) == (True, "the test says so")
    spec = server.asked[-1].body["spec"]
    assert set(spec["groups"]) == {
        "system:serviceaccounts",
        "system:serviceaccounts:trading",
        "system:authenticated",
    }
    assert spec["resourceAttributes"] == {
        "verb": "create",
        "resource": "pods",
        "subresource": "exec",
        "namespace": "trading",
    }


def test_a_server_that_is_gone_is_said_to_be(client: Kubernetes, server: ApiServer, tmp_path: Path) -> None:
    with serving() as other:
        gone = Kubernetes(other.kubeconfig(tmp_path))
    with pytest.raises(ConnectionError, match=f"127.0.0.1:{other.port} does not answer"):
        gone.read("/readyz")
    assert server.port != other.port
    assert client.kind("v1/Pod").namespaced


def test_no_proxy_of_the_environment_stands_between(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    assert Kubernetes(server.kubeconfig(tmp_path)).kind("v1/Pod").plural == "pods"


def test_waiting_ends_when_it_is_so_and_names_what_never_was() -> None:
    turns = iter([False, False, True])
    assert eventually(lambda: next(turns), "the third turn has come", every=0) >= 0
    with pytest.raises(TimeoutError, match="it is still not so that pigs fly"):
        eventually(lambda: False, "pigs fly", within=0.05, every=0.01)
