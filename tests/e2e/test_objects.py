"""Every object of the platform is accepted by a real API server, without a warning.

Server-side apply with strict fields, in the plan's own order, into a cluster that has every operator's kinds
and nothing else: Pod Security, quotas, limits and network policies are the plan's own. Then pods are really
made by the real controllers, so that admission sees them too, and a machine is drained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest

from lab import crds
from lab.cluster import Cluster
from lab.controllers import Rollouts
from lab.kubernetes import ApiError, Kubernetes, eventually
from lab.toolchain import Unavailable
from plan.resource import Plan, Resource
from tests.components.k8s.manifests import objects
from tests.everything import VARIANTS, variant
from tests.support import planned

pytestmark = pytest.mark.e2e

Accepted = tuple[str, Cluster, list[str]]
"""The environment, its home cluster with all of its objects, and what the server minded."""
SIMULATED = ("kubernetes:helm.sh/", "kubernetes:yaml/")
ENVIRONMENTS = ("dev", "prod", "prod-gcp", *VARIANTS)
ROLLED_OUT = {"Deployment", "StatefulSet"}
WITHIN = 120.0


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def accepted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accepted]:
    """An environment's home cluster with all of its objects, and what the server minded."""
    name = str(request.param)
    try:
        with Cluster(tmp_path_factory.mktemp("objects")) as cluster:
            crds.install(cluster.client)
            yield name, cluster, _applied(cluster.client, name)
    except Unavailable as reason:
        pytest.skip(f"NO REAL CLUSTER: {reason}")


def _applied(client: Kubernetes, name: str) -> list[str]:
    found: list[str] = []
    for resource, manifest in _of_home(variant(name) if name in VARIANTS else planned(name)):
        try:
            answer = client.apply(manifest)
        except ApiError as error:
            found.append(f"{resource.name}: {error}")
        else:
            found += [f"{resource.name}: warning: {warning}" for warning in answer.warnings]
    return found


def _of_home(plan: Plan) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """What lands in the first of the plan's clusters; an object without a name has the simulated one."""
    first = next(resource.provider for resource, _ in objects(plan) if resource.provider)
    for resource, manifest in objects(plan):
        if resource.provider == first and not resource.type.startswith(SIMULATED):
            given = resource.outputs["metadata"]
            assert isinstance(given, Mapping)
            metadata = {**manifest["metadata"], "name": given["name"]}
            yield resource, {**manifest, "metadata": metadata}


def test_every_object_is_accepted_without_a_warning(accepted: Accepted) -> None:
    name, cluster, minded = accepted
    assert not minded, f"{name}:\n" + "\n".join(minded)
    assert cluster.client.list("v1/Namespace"), "nothing was asked"


def test_the_pods_that_the_controllers_make_of_them_are_admitted_and_run(
    accepted: Accepted,
) -> None:
    """Pod Security, the quota and the priorities have the last word over pods, not over templates."""
    name, cluster, _ = accepted
    client = cluster.client
    plan = variant(name) if name in VARIANTS else planned(name)
    wanted = {
        (manifest["kind"], manifest["metadata"]["name"])
        for _, manifest in _of_home(plan)
        if manifest["kind"] in ROLLED_OUT and manifest["metadata"].get("namespace") == "trading"
    }
    _put_in_place(client, plan)

    def waiting() -> str:
        late = []
        for kind, workload in sorted(wanted):
            found = client.get(f"apps/v1/{kind}", workload, namespace="trading")
            ready, asked = found["status"].get("readyReplicas", 0), found["spec"].get("replicas", 1)
            if ready < asked:
                late.append(f"{kind} {workload}: {ready} of {asked}, {_why(client)}")
        return "; ".join(late)

    try:
        eventually(lambda: not waiting(), f"all pods of {name} run", within=WITHIN)
    except TimeoutError as error:
        pytest.fail(f"{error}: {waiting()}")


def _put_in_place(client: Kubernetes, plan: Plan) -> None:
    """What an operator would make: the secrets that the pods mount."""
    for _, manifest in _of_home(plan):
        if manifest["kind"] == "ExternalSecret" and manifest["metadata"]["namespace"] == "trading":
            target = manifest["spec"]["target"].get("name", manifest["metadata"]["name"])
            client.apply(
                {
                    "apiVersion": "v1",
                    "kind": "Secret",
                    "metadata": {"name": target, "namespace": "trading"},
                    "stringData": {"simulated": "value"},
                }
            )


def _why(client: Kubernetes) -> str:
    events = client.list("v1/Event", namespace="trading")
    return " / ".join(sorted({event["message"] for event in events if event.get("type") == "Warning"})[:3])


def test_a_drained_machine_takes_no_budget_below_what_it_allows(
    accepted: Accepted,
) -> None:
    """At the least number of pods: an eviction is allowed or refused by the budget, and all leave at last."""
    name, cluster, _ = accepted
    if name != "prod":
        pytest.skip("one environment is drained: the budgets are the same in all")
    client = cluster.client
    budgets = {
        one["metadata"]["name"] for one in client.list("policy/v1/PodDisruptionBudget", namespace="trading")
    }
    assert {"api", "dashboard", "worker", "orchestrator"} <= budgets
    with Rollouts(cluster):
        _drain(client, _at_the_least(client, planned(name)))


def _at_the_least(client: Kubernetes, plan: Plan) -> dict[str, int]:
    """What KEDA would say at rest, said for it; the pods by service once they all run."""
    least: dict[str, int] = {"orchestrator": 2, "market-calendar": 2, "forecaster": 2}
    for _, manifest in _of_home(plan):
        if manifest["kind"] == "ScaledObject":
            target, count = manifest["spec"]["scaleTargetRef"], manifest["spec"]["minReplicaCount"]
            kind = f"{target['apiVersion']}/{target['kind']}"
            said = {"spec": {"replicas": count}}
            client.patch(kind, target["name"], said, namespace="trading", subresource="scale")
            least[target["name"]] = count
    eventually(lambda: _ready(client) == least, f"as many pods run as at rest: {least}", within=WITHIN)
    return least


def _drain(client: Kubernetes, before: dict[str, int]) -> None:
    machine = _busiest(client)
    client.patch("v1/Node", machine, {"spec": {"unschedulable": True}})
    lowest = dict(before)

    def emptied() -> bool:
        leaving = [pod for pod in _pods(client) if pod["spec"].get("nodeName") == machine]
        for pod in leaving:
            with suppress(ApiError):  # it may be gone by now
                client.evict(pod["metadata"]["name"], "trading")
        for service, ready in _ready(client).items():
            lowest[service] = min(lowest.get(service, ready), ready)
        return not leaving

    eventually(emptied, f"{machine} is empty", within=WITHIN)
    for service, count in before.items():
        assert lowest[service] >= count - 1, f"{service} lost more than one pod at a time: {lowest}"
    eventually(lambda: _ready(client) == before, "all pods run elsewhere", within=WITHIN)


def _pods(client: Kubernetes) -> list[dict[str, Any]]:
    return list(client.list("v1/Pod", namespace="trading"))


def _ready(client: Kubernetes) -> dict[str, int]:
    found: dict[str, int] = {}
    for pod in _pods(client):
        conditions = {one["type"]: one["status"] for one in pod["status"].get("conditions", ())}
        service = pod["metadata"]["labels"]["app.kubernetes.io/name"]
        leaving = "deletionTimestamp" in pod["metadata"]
        found[service] = found.get(service, 0) + (conditions.get("Ready") == "True" and not leaving)
    return found


def _busiest(client: Kubernetes) -> str:
    machines = [str(pod["spec"]["nodeName"]) for pod in _pods(client) if "nodeName" in pod["spec"]]
    return max(set(machines), key=machines.count)
