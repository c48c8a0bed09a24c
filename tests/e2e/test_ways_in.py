"""Every variant of the way in, held to a real API server: it knows the rules between fields.

The stacks use one variant each. All are sent as a dry run: nothing of it stays.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Final

import pytest

from components.k8s.entry import Implementation, Waf
from components.k8s.routes import Route
from lab import crds
from lab.cluster import Cluster
from lab.kubernetes import Kubernetes
from plan.resource import Plan
from tests.components.k8s.manifests import objects
from tests.components.k8s.ways_in import LOGIN, Cloud, gateway, routes

pytestmark = pytest.mark.e2e

NAMESPACE: Final = "ways-in-test"
GROUPS: Final = {
    "cert-manager.io",
    "elbv2.k8s.aws",
    "gateway.envoyproxy.io",
    "gateway.networking.k8s.io",
    "gateway.nginx.org",
}


@pytest.fixture(scope="module")
def client(cluster: Cluster) -> Generator[Kubernetes]:
    """An API server that knows the kinds, with a namespace for all that has one."""
    crds.install(cluster.client, GROUPS)
    cluster.client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    yield cluster.client
    cluster.client.delete("v1/Namespace", NAMESPACE)


def warnings(client: Kubernetes, plan: Plan) -> list[str]:
    """What the server minds; it raises when it refuses."""
    found: list[str] = []
    for _, manifest in objects(plan):
        metadata = manifest["metadata"]
        moved = {**metadata, **({"namespace": NAMESPACE} if "namespace" in metadata else {})}
        found += client.apply({**manifest, "metadata": moved}, dry_run=True).warnings
    return found


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
@pytest.mark.parametrize("implementation", ["envoy", "nginx"])
def test_the_server_takes_the_gateway_on_either_cloud_by_either_implementation(
    client: Kubernetes, cloud: Cloud, implementation: Implementation
) -> None:
    assert warnings(client, gateway(cloud, implementation=implementation, mesh=True)) == []


def test_the_server_takes_a_gateway_with_a_login_and_a_firewall(client: Kubernetes) -> None:
    assert warnings(client, gateway(login=LOGIN, waf=Waf(service="coraza", port=9000))) == []


@pytest.mark.parametrize(
    "wanted",
    [
        (),
        (Route(service="api", path="/api", access="open", upgrades=True),),
        (Route(service="api", path="/", by_weight=False, hosts=["api.example.com"]),),
    ],
    ids=["by token", "open", "host of its own"],
)
def test_the_server_takes_every_kind_of_route(client: Kubernetes, wanted: Sequence[Route]) -> None:
    assert warnings(client, routes(*wanted, login=replace(LOGIN, scopes=["trade"]))) == []
