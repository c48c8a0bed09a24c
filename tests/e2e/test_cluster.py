"""The lab's cluster for real: it refuses, schedules, heals and ends as a cluster does."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from lab.cluster import Cluster
from lab.kubernetes import ApiError, Json, Kubernetes, eventually
from lab.machines import ZONES, Machines, add_machines, is_ready, remove_machine
from lab.toolchain import KUBERNETES
from tests.processes import about

pytestmark = pytest.mark.e2e
POD, DEPLOYMENT = "v1/Pod", "apps/v1/Deployment"
SPOT = {"key": "trading-platform/capacity", "operator": "Equal", "value": "spot", "effect": "NoSchedule"}


@pytest.fixture
def namespace(cluster: Cluster) -> Generator[str]:
    """A namespace as closed as the platform's own."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    cluster.client.apply(namespaced(name))
    eventually(
        lambda: cluster.client.find("v1/ServiceAccount", "default", namespace=name), "pods may be made"
    )
    yield name
    cluster.client.delete("v1/Namespace", name)


def namespaced(name: str) -> Json:
    level = ("enforce", "warn")
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in level}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def pod_spec(*, safe: bool = True, cpu: str = "100m", **more: Any) -> Json:
    hardened = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    size = {"cpu": cpu, "memory": "64Mi"}
    container: Json = {
        "name": "app",
        "image": "example.com/app:1",
        "resources": {"requests": size, "limits": size},
    }
    return {"containers": [{**container, **({"securityContext": hardened} if safe else {})}], **more}


def pod(namespace: str, name: str, spec: Json) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def deployment(namespace: str, replicas: int, spec: Json, annotations: dict[str, str] | None = None) -> Json:
    labels = {"app": "web"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels, "annotations": annotations or {}}, "spec": spec},
        },
    }


def ready_pods(client: Kubernetes, namespace: str) -> list[Json]:
    return [found for found in client.list(POD, namespace=namespace) if is_ready(found)]


def running(client: Kubernetes, namespace: str, count: int) -> list[Json]:
    """Wait until so many pods are ready; the pods."""
    eventually(lambda: len(ready_pods(client, namespace)) == count, f"{count} pods are ready in {namespace}")
    return ready_pods(client, namespace)


def test_it_is_the_version_that_is_built(cluster: Cluster) -> None:
    assert KUBERNETES.version in cluster.client.read("/version")


def test_machines_stand_in_three_zones_steady_and_spot(cluster: Cluster) -> None:
    machines = cluster.client.list("v1/Node")
    assert all(is_ready(machine) for machine in machines)
    for capacity in ("on-demand", "spot"):
        chosen = cluster.client.list("v1/Node", labels=f"trading-platform/capacity={capacity}")
        assert {machine["metadata"]["labels"]["topology.kubernetes.io/zone"] for machine in chosen} == set(
            ZONES
        )


def test_a_pod_that_is_not_restricted_is_refused_and_warned_of_in_a_deployment(
    cluster: Cluster, namespace: str
) -> None:
    with pytest.raises(ApiError, match='violates PodSecurity "restricted') as caught:
        cluster.client.apply(pod(namespace, "loose", pod_spec(safe=False)))
    assert (caught.value.status, caught.value.reason) == (403, "Forbidden")
    (warning,) = cluster.client.apply(deployment(namespace, 1, pod_spec(safe=False))).warnings
    assert "allowPrivilegeEscalation != false" in warning
    assert cluster.client.apply(deployment(namespace, 1, pod_spec())).warnings == ()


def test_a_field_that_does_not_exist_is_refused_by_its_path(cluster: Cluster, namespace: str) -> None:
    mistyped = deployment(namespace, 1, pod_spec(hostNetwrok=True))
    with pytest.raises(ApiError, match=r"\.spec\.template\.spec\.hostNetwrok: field not declared in schema"):
        cluster.client.apply(mistyped)


def test_a_quota_holds_and_a_limit_range_fills_in(cluster: Cluster, namespace: str) -> None:
    client = cluster.client
    place = {"name": "limits", "namespace": namespace}
    limit = {"type": "Container", "default": {"cpu": "1"}, "defaultRequest": {"cpu": "250m"}}
    client.apply({"apiVersion": "v1", "kind": "LimitRange", "metadata": place, "spec": {"limits": [limit]}})
    hard = {"hard": {"requests.cpu": "1"}}
    client.apply({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": place, "spec": hard})

    def counted() -> bool:
        return "hard" in client.get("v1/ResourceQuota", "limits", namespace=namespace).get("status", {})

    eventually(counted, "the quota is counted")
    spec = pod_spec()
    del spec["containers"][0]["resources"]
    made = client.apply(pod(namespace, "plain", spec)).object
    assert made["spec"]["containers"][0]["resources"]["requests"]["cpu"] == "250m"
    with pytest.raises(ApiError, match="exceeded quota: limits"):
        client.apply(pod(namespace, "large", pod_spec(cpu="900m")))


def test_a_killed_pod_is_back_in_five_seconds(cluster: Cluster, namespace: str) -> None:
    cluster.client.apply(deployment(namespace, 3, pod_spec()))
    victim = running(cluster.client, namespace, 3)[0]["metadata"]
    cluster.client.delete(POD, victim["name"], namespace=namespace, grace=0)

    def is_back() -> bool:
        alive = ready_pods(cluster.client, namespace)
        return len(alive) == 3 and victim["uid"] not in {one["metadata"]["uid"] for one in alive}

    assert eventually(is_back, "a third pod is ready", within=30, every=0.05) < 5


def test_pods_spread_over_zones_and_come_onto_spot_machines_only_if_they_say_so(
    cluster: Cluster, namespace: str
) -> None:
    spread = {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }
    cluster.client.apply(deployment(namespace, 6, pod_spec(topologySpreadConstraints=[spread])))
    machines = {
        node["metadata"]["name"]: node["metadata"]["labels"] for node in cluster.client.list("v1/Node")
    }
    where = [machines[found["spec"]["nodeName"]] for found in running(cluster.client, namespace, 6)]
    zones = [labels["topology.kubernetes.io/zone"] for labels in where]
    assert {zone: zones.count(zone) for zone in ZONES} == dict.fromkeys(ZONES, 2)
    assert {labels["trading-platform/capacity"] for labels in where} == {"on-demand"}
    spot = pod_spec(nodeSelector={"trading-platform/capacity": "spot"}, tolerations=[SPOT])
    cluster.client.apply(pod(namespace, "cheap", spot))
    running(cluster.client, namespace, 7)


def test_a_drain_goes_as_far_as_the_disruption_budget_lets_it(cluster: Cluster, namespace: str) -> None:
    client = cluster.client
    for name in ("one", "two"):  # of nobody, so that what is evicted is not made again
        labelled = pod(namespace, name, pod_spec())
        labelled["metadata"]["labels"] = {"app": "web"}
        client.apply(labelled)
    running(client, namespace, 2)
    budget = {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}
    place, kind = {"name": "web", "namespace": namespace}, "PodDisruptionBudget"
    client.apply({"apiVersion": "policy/v1", "kind": kind, "metadata": place, "spec": budget})

    def allowed() -> bool:
        found = client.get(f"policy/v1/{kind}", "web", namespace=namespace)
        return found.get("status", {}).get("disruptionsAllowed") == 1

    eventually(allowed, "the budget allows one disruption")
    assert client.evict("one", namespace)
    assert not client.evict("two", namespace)
    eventually(lambda: client.find(POD, "one", namespace=namespace) is None, "the evicted pod is gone")
    assert not client.evict("two", namespace)


def test_what_ran_on_a_machine_that_is_taken_back_runs_elsewhere(cluster: Cluster, namespace: str) -> None:
    name = f"short-{uuid.uuid4().hex[:6]}"
    (machine, *others) = add_machines(cluster.client, Machines(name=name, spot=True))
    prefers = {
        "weight": 100,
        "preference": {
            "matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [machine]}]
        },
    }
    affinity = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [prefers]}}
    cluster.client.apply(deployment(namespace, 1, pod_spec(affinity=affinity, tolerations=[SPOT])))
    (before,) = running(cluster.client, namespace, 1)
    assert before["spec"]["nodeName"] == machine
    remove_machine(cluster.client, machine)

    def elsewhere() -> bool:
        return any(found["spec"]["nodeName"] != machine for found in ready_pods(cluster.client, namespace))

    eventually(elsewhere, "the pod runs on another machine")
    for other in others:
        remove_machine(cluster.client, other)


def test_a_pods_fate_may_be_told(cluster: Cluster, namespace: str) -> None:
    sick = {"simulated/fate": "never-ready"}
    cluster.client.apply(deployment(namespace, 1, pod_spec(), sick))

    def phases() -> list[str]:
        return [found["status"]["phase"] for found in cluster.client.list(POD, namespace=namespace)]

    eventually(lambda: phases() == ["Running"], "the pod runs")
    assert ready_pods(cluster.client, namespace) == []
    job = pod_spec(restartPolicy="Never")
    cluster.client.apply(
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "once", "namespace": namespace},
            "spec": {"template": {"spec": job}},
        }
    )

    def is_done() -> bool:
        return cluster.client.get("batch/v1/Job", "once", namespace=namespace)["status"].get("succeeded") == 1

    eventually(is_done, "the job has ended well")


def test_rights_are_those_that_rbac_gives(cluster: Cluster, namespace: str) -> None:
    client, reader = cluster.client, f"system:serviceaccount:{namespace}:reader"
    place = {"name": "reader", "namespace": namespace}
    client.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": place})
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]
    group = "rbac.authorization.k8s.io"
    client.apply({"apiVersion": f"{group}/v1", "kind": "Role", "metadata": place, "rules": rules})
    client.apply(
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": place,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": "reader"},
            "subjects": [{"kind": "ServiceAccount", **place}],
        }
    )
    eventually(lambda: client.may(reader, "list", "pods", namespace=namespace).allowed, "it may list pods")
    assert not client.may(reader, "delete", "pods", namespace=namespace).allowed
    assert not client.may(reader, "list", "pods", namespace="default").allowed
    somebody = Kubernetes(cluster.kubeconfig_of(reader))
    assert somebody.list(POD, namespace=namespace) == []
    with pytest.raises(ApiError, match=f'User "{reader}" cannot list resource "secrets"'):
        somebody.list("v1/Secret", namespace=namespace)
    somebody.close()


def test_the_token_of_a_service_account_is_known_to_the_server(cluster: Cluster, namespace: str) -> None:
    token = cluster.client.token("default", namespace)
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    status = cluster.client.create(review).object["status"]
    assert status["user"]["username"] == f"system:serviceaccount:{namespace}:default"


def test_two_clusters_know_nothing_of_each_other_and_one_ends_whole(cluster: Cluster, tmp_path: Path) -> None:
    with Cluster(tmp_path / "other") as other:
        assert len(about(str(other.room))) == 5
        other.client.apply(namespaced("only-there"))
        assert cluster.client.find("v1/Namespace", "only-there") is None
        stranger = Kubernetes(_with_address(other, cluster, tmp_path))
        with pytest.raises(ApiError, match="Unauthorized"):
            stranger.list("v1/Namespace")
    assert about(str(other.room)) == []
    assert cluster.client.read("/readyz") == "ok"


def _with_address(stranger: Cluster, cluster: Cluster, folder: Path) -> Path:
    """One cluster's administrator at the other's door."""
    text = stranger.kubeconfig.read_text(encoding="utf-8").replace(stranger.address, cluster.address)
    trusted = str(stranger.authority.certificate), str(cluster.authority.certificate)
    file = folder / "stranger"
    file.write_text(text.replace(*trusted), encoding="utf-8")
    return file
