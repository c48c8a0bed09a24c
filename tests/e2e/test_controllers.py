"""KEDA and Argo Rollouts for real: a metric that rises adds pods, a release moves traffic and goes back."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest

from lab import crds
from lab.cluster import Cluster
from lab.controllers import EXTERNAL_METRICS, GATEWAY_PLUGIN_NAME, Keda, Rollouts
from lab.kubernetes import Json, Kubernetes, eventually
from lab.prometheus import Prometheus, as_proxy
from lab.toolchain import GATEWAY_PLUGIN, Unavailable
from lab.workload import Workload, served
from tests.support import ROOT

pytestmark = pytest.mark.e2e

CATALOGUE: Final = ROOT / "components" / "k8s" / "monitoring" / "metrics.csv"
PROMETHEUS: Final = "http://prometheus-operated.monitoring.svc:9090"
"""As the platform's objects say it: they are the same in the lab as in a cloud."""
NAMESPACE: Final = "trading"
ROLLOUT: Final = "argoproj.io/v1alpha1/Rollout"
ROUTE: Final = "gateway.networking.k8s.io/v1/HTTPRoute"
MARK: Final = "rollouts.argoproj.io/gatewayapi-canary"
RULES: Final = {
    "scaling": {
        "groups": [
            {
                "name": "scaling",
                "rules": [
                    {
                        "record": "trading_volume_per_second",
                        "expr": "sum by (namespace) (rate(trading_volume_total[10s]))",
                    }
                ],
            }
        ]
    }
}
WITHIN: Final = 90.0
SYNCS: Final = 20.0
"""Seconds in which the autoscaler decides several times."""


@dataclass(frozen=True)
class Bench:
    """What the tests act on."""

    client: Kubernetes
    workload: Workload
    prometheus: Prometheus


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Generator[Bench]:
    room = tmp_path_factory.mktemp("controllers")
    workload = Workload(CATALOGUE)
    try:
        with (
            served(workload, 0) as target,
            Prometheus(room / "prometheus", targets=[target], rules=RULES) as prometheus,
            Cluster(room / "cluster") as cluster,
            Keda(cluster, as_proxy(prometheus)),
            Rollouts(cluster, as_proxy(prometheus)),
        ):
            cluster.client.apply(named("v1", "Namespace", NAMESPACE, namespace=None, **RESTRICTED))
            yield Bench(cluster.client, workload, prometheus)
    except Unavailable as reason:
        pytest.skip(f"NO REAL CLUSTER: {reason}")


RESTRICTED: Final[Mapping[str, Any]] = {
    "metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}
}


def named(api_version: str, kind: str, name: str, *, namespace: str | None = NAMESPACE, **rest: Any) -> Json:
    metadata = {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        **rest.pop("metadata", {}),
    }
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


def pod(application: str, version: str) -> Json:
    safe = {
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
        "capabilities": {"drop": ["ALL"]},
    }
    container = {
        "name": application,
        "image": f"registry.example.com/trading/{application}:{version}",
        "securityContext": safe,
        "resources": {"requests": {"cpu": "50m", "memory": "32Mi"}},
    }
    return {"metadata": {"labels": {"app": application}}, "spec": {"containers": [container]}}


def replicas(client: Kubernetes, kind: str, name: str) -> int:
    return int(client.get(kind, name, namespace=NAMESPACE).get("status", {}).get("readyReplicas") or 0)


AT_ONCE: Final = {"stabilizationWindowSeconds": 0}
"""The autoscaler's own patience, five minutes, would hide a number that is too low."""

# KEDA ----------------------------------------------------------------------------------------------


def scaled_worker() -> list[Json]:
    deployment = named(
        "apps/v1",
        "Deployment",
        "worker",
        spec={"selector": {"matchLabels": {"app": "worker"}}, "template": pod("worker", "1")},
    )
    trigger = {
        "type": "prometheus",
        "name": "volume",
        "metricType": "AverageValue",
        "metadata": {
            "serverAddress": PROMETHEUS,
            "query": f'sum(trading_volume_per_second{{namespace="{NAMESPACE}"}})',
            "threshold": "100",
            "ignoreNullValues": "false",
        },
    }
    scaler = named(
        "keda.sh/v1alpha1",
        "ScaledObject",
        "worker",
        spec={
            "scaleTargetRef": {"name": "worker"},
            "minReplicaCount": 3,
            "maxReplicaCount": 100,
            "pollingInterval": 2,
            "fallback": {"failureThreshold": 3, "replicas": 3, "behavior": "currentReplicasIfHigher"},
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleDown": AT_ONCE}}},
            "triggers": [trigger],
        },
    )
    return [deployment, scaler]


def test_the_api_server_serves_the_metrics_that_keda_brings(bench: Bench) -> None:
    group = EXTERNAL_METRICS.partition(".")[2]
    assert '"kind":"APIResourceList"' in bench.client.read(f"/apis/{group}/v1beta1")


def carries(client: Kubernetes, load: float) -> bool:
    """Whether each pod has its 100 a second, give or take the tenth that the autoscaler lets pass."""
    return 90 <= load / max(replicas(client, "apps/v1/Deployment", "worker"), 1) <= 110


def test_pods_are_added_until_each_has_its_share_of_the_volume(bench: Bench) -> None:
    bench.workload.set("trading_volume_total", 450)  # at each of two venues
    for wanted in scaled_worker():
        assert bench.client.apply(wanted).warnings == ()
    eventually(lambda: carries(bench.client, 900), "pods carry 900 a second", within=WITHIN)
    bench.workload.set("trading_volume_total", 1250)
    eventually(lambda: carries(bench.client, 2500), "pods carry 2,500 a second", within=WITHIN)


def falls_back(client: Kubernetes) -> bool:
    """Whether KEDA says that it goes by the fallback."""
    found = client.get("keda.sh/v1alpha1/ScaledObject", "worker", namespace=NAMESPACE)
    conditions = found.get("status", {}).get("conditions") or []
    return any(one["type"] == "Fallback" and one["status"] == "True" for one in conditions)


def test_no_pod_is_taken_away_while_prometheus_is_lost(bench: Bench) -> None:
    bench.workload.set("trading_volume_total", 450)
    for wanted in scaled_worker():
        bench.client.apply(wanted)
    eventually(lambda: carries(bench.client, 900), "pods carry 900 a second", within=WITHIN)
    before = replicas(bench.client, "apps/v1/Deployment", "worker")
    bench.prometheus.stop()
    try:
        eventually(lambda: falls_back(bench.client), "KEDA goes by the fallback", within=WITHIN)
        time.sleep(SYNCS)
        assert replicas(bench.client, "apps/v1/Deployment", "worker") == before
    finally:
        bench.prometheus.start()
    eventually(lambda: not falls_back(bench.client), "KEDA sees the metric again", within=WITHIN)


# Argo Rollouts -------------------------------------------------------------------------------------


def service(name: str) -> Json:
    return named("v1", "Service", name, spec={"selector": {"app": "api"}, "ports": [{"port": 80}]})


def route() -> Json:
    backends = [
        {"name": "api", "port": 80, "weight": 100},
        {"name": "api-canary", "port": 80, "weight": 0},
    ]
    return named(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        "api",
        spec={"parentRefs": [{"name": "gateway"}], "rules": [{"backendRefs": backends}]},
    )


def analysis() -> Json:
    measure = {
        "name": "order-reject-ratio",
        "interval": "2s",
        "failureLimit": 1,
        "successCondition": "result[0] <= 0.01",
        "provider": {
            "prometheus": {
                "address": PROMETHEUS,
                "query": 'sum(rate(orders_total{result="rejected"}[6s])) / sum(rate(orders_total[6s]))',
            }
        },
    }
    return named("argoproj.io/v1alpha1", "AnalysisTemplate", "orders", spec={"metrics": [measure]})


def rollout(version: str) -> Json:
    canary = {
        "stableService": "api",
        "canaryService": "api-canary",
        "abortScaleDownDelaySeconds": 30,
        "trafficRouting": {
            "plugins": {GATEWAY_PLUGIN_NAME: {"httpRoute": "api", "namespace": NAMESPACE}},
        },
        "analysis": {"templates": [{"templateName": "orders"}], "startingStep": 1},
        "steps": [{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}, {"pause": {}}],
    }
    return named(
        "argoproj.io/v1alpha1",
        "Rollout",
        "api",
        spec={
            "replicas": 5,
            "selector": {"matchLabels": {"app": "api"}},
            "template": pod("api", version),
            "strategy": {"canary": canary},
        },
    )


def weights(client: Kubernetes) -> tuple[int, int]:
    backends = client.get(ROUTE, "api", namespace=NAMESPACE)["spec"]["rules"][0]["backendRefs"]
    found = {backend["name"]: backend["weight"] for backend in backends}
    return found["api"], found["api-canary"]


def status(client: Kubernetes) -> Json:
    return client.get(ROLLOUT, "api", namespace=NAMESPACE).get("status", {})


def at_pause(client: Kubernetes, step: int) -> bool:
    now = status(client)
    return now.get("phase") == "Paused" and now.get("currentStepIndex") == step


def is_healthy(client: Kubernetes, version: str) -> bool:
    now = client.get(ROLLOUT, "api", namespace=NAMESPACE)
    observed = str(now["metadata"]["generation"]) == now.get("status", {}).get("observedGeneration")
    image = now["spec"]["template"]["spec"]["containers"][0]["image"]
    return observed and now["status"].get("phase") == "Healthy" and image.endswith(f":{version}")


@pytest.fixture(scope="module")
def released(bench: Bench) -> Kubernetes:
    """Version 1 is what everybody gets."""
    for wanted in (service("api"), service("api-canary"), route(), analysis(), rollout("1")):
        assert bench.client.apply(wanted).warnings == ()
    eventually(lambda: is_healthy(bench.client, "1"), "version 1 is out", within=WITHIN)
    return bench.client


def released_anew(client: Kubernetes, version: str) -> None:
    image = f"registry.example.com/trading/api:{version}"
    change = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": image}]
    client.patch(ROLLOUT, "api", change, namespace=NAMESPACE)


def promoted(client: Kubernetes, change: Json) -> None:
    """Not while the controller writes: it can put its own older copy over what it has just been told."""
    versions = [""]

    def is_quiet() -> bool:
        versions.append(client.get(ROLLOUT, "api", namespace=NAMESPACE)["metadata"]["resourceVersion"])
        return versions[-1] == versions[-2]

    eventually(is_quiet, "the controller has written all it has to", within=WITHIN, every=1.0)
    client.patch(ROLLOUT, "api", {"status": change}, namespace=NAMESPACE, subresource="status")


def test_a_release_moves_the_routes_weights_step_by_step_until_all_have_it(released: Kubernetes) -> None:
    released_anew(released, "2")
    eventually(lambda: at_pause(released, 1), "the release waits at its first pause", within=WITHIN)
    assert weights(released) == (80, 20)
    assert released.get(ROUTE, "api", namespace=NAMESPACE)["metadata"]["labels"] == {MARK: "in-progress"}
    promoted(released, {"pauseConditions": None})
    eventually(lambda: at_pause(released, 3), "the release waits at its second pause", within=WITHIN)
    assert weights(released) == (40, 60)
    promoted(released, {"promoteFull": True})
    eventually(lambda: is_healthy(released, "2"), "version 2 is out", within=WITHIN)
    eventually(lambda: weights(released) == (100, 0), "everybody gets the stable one", within=WITHIN)
    assert MARK not in released.get(ROUTE, "api", namespace=NAMESPACE)["metadata"].get("labels", {})


def test_a_release_whose_orders_are_rejected_goes_back_by_itself(released: Kubernetes, bench: Bench) -> None:
    stable = status(released)["stableRS"]
    released_anew(released, "3")
    eventually(lambda: weights(released) == (80, 20), "a fifth gets version 3", within=WITHIN)
    try:
        bench.workload.set("orders_total", 1.0, result="rejected")
        eventually(lambda: status(released).get("abort"), "the release is aborted", within=WITHIN)
    finally:
        bench.workload.set("orders_total", 0.0, result="rejected")
    eventually(lambda: weights(released) == (100, 0), "nobody gets version 3", within=WITHIN)
    assert status(released)["stableRS"] == stable
    runs = released.list("argoproj.io/v1alpha1/AnalysisRun", namespace=NAMESPACE)
    assert "Failed" in {run.get("status", {}).get("phase") for run in runs}


# What stands in ------------------------------------------------------------------------------------


def test_every_definition_is_accepted_by_a_real_api_server(bench: Bench) -> None:
    names = crds.install(bench.client)
    assert len(names) == len(set(names)) == len(crds.definitions())
    for kind in crds.WITHOUT_MODULE:
        assert bench.client.kind(f"{kind.api_version}/{kind.kind}").plural == kind.plural


def test_a_made_definition_refuses_what_the_schema_does_not_know(bench: Bench) -> None:
    store = named(
        "external-secrets.io/v1",
        "SecretStore",
        "store",
        spec={"provider": {"aws": {"service": "SecretsManager", "region": "us-east-1"}}},
    )
    crds.install(bench.client, {"external-secrets.io"})
    assert bench.client.apply(store).warnings == ()
    store["spec"]["provider"]["aws"]["zone"] = "us-east-1a"
    with pytest.raises(Exception, match=r"spec\.provider\.aws\.zone"):
        bench.client.apply(store)


def test_the_stand_in_for_the_gateway_plugin_passes_its_own_tests() -> None:
    done = subprocess.run(
        ["go", "test", "./..."], cwd=GATEWAY_PLUGIN.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
