"""Who may do what, asked of a real API server: roles and bindings as the platform makes them."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any, Final

import pytest

from components.k8s.rbac import ROLES, RULES
from components.k8s.resource_names import resource_names
from lab.cluster import Cluster
from lab.kubernetes import ApiError, Json, Kubernetes
from tests.components.k8s.manifests import objects
from tests.components.k8s.who_may_what import (
    API,
    BACKUPS,
    NAMESPACES,
    NOBODY,
    ORCHESTRATOR,
    Case,
    access,
    cases,
    group_of,
)

pytestmark = pytest.mark.e2e

APART: Final = "access-test-"
"""The cluster is shared with other tests: namespaces and roles have names of their own here."""
CASES: Final = cases()


def apart(manifest: dict[str, Any]) -> Json:
    """The same object under a name, and in a namespace, that no other test has."""
    text = json.dumps(manifest).replace('"platform-', f'"{APART}platform-')
    for namespace in (*NAMESPACES, BACKUPS):
        text = text.replace(f'"namespace": "{namespace}"', f'"namespace": "{APART}{namespace}"')
    moved: Json = json.loads(text)
    return moved


@pytest.fixture(scope="module")
def granted(cluster: Cluster) -> Generator[tuple[Kubernetes, list[str]]]:
    """The API server with the platform's roles, and what it warned of."""
    client = cluster.client
    namespaces = [f"{APART}{namespace}" for namespace in (*NAMESPACES, BACKUPS)]
    for namespace in namespaces:
        client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    made = [apart(manifest) for _, manifest in objects(access())]
    warnings = [warning for manifest in made for warning in client.apply(manifest).warnings]
    yield client, warnings
    for manifest in made:
        if manifest["kind"].startswith("Cluster"):
            client.delete(f"{manifest['apiVersion']}/{manifest['kind']}", manifest["metadata"]["name"])
    for namespace in namespaces:
        client.delete("v1/Namespace", namespace)


def asked(client: Kubernetes, case: Case) -> bool:
    """What the API server says."""
    groups = [group_of(role) for role in ROLES if role == case.who]
    namespace = case.namespace
    return client.may(
        case.who.replace(":trading:", f":{APART}trading:") if ":" in case.who else f"{case.who}@example.com",
        case.verb,
        case.resource,
        group=case.group,
        namespace=f"{APART}{namespace}" if namespace in {*NAMESPACES, BACKUPS} else namespace,
        name=case.name,
        groups=["system:authenticated", *groups],
    ).allowed


def test_the_server_takes_every_role_and_binding_without_a_warning(
    granted: tuple[Kubernetes, list[str]],
) -> None:
    assert granted[1] == []


@pytest.mark.parametrize("who", [*ROLES, NOBODY, API, ORCHESTRATOR])
def test_everybody_may_do_what_is_expected_and_nothing_else(
    granted: tuple[Kubernetes, list[str]], who: str
) -> None:
    wrong = [str(case) for case in CASES if case.who == who and asked(granted[0], case) is not case.allowed]
    assert wrong == []


def test_what_operators_bring_is_called_by_the_server_as_the_roles_call_it(cluster: Cluster) -> None:
    served: dict[str, set[str]] = {}
    for one in cluster.client.list("apiextensions.k8s.io/v1/CustomResourceDefinition"):
        served.setdefault(one["spec"]["group"], set()).add(one["spec"]["names"]["plural"])
    for group in served.keys() & {group for grant in RULES for group in grant.groups}:
        assert served[group] <= set(resource_names(group)), group


def test_the_lease_can_be_held_by_its_service_and_by_no_other(
    granted: tuple[Kubernetes, list[str]], cluster: Cluster
) -> None:
    """Not only asked: done, as the service."""
    namespace = f"{APART}trading"
    holder = {"spec": {"holderIdentity": "orchestrator-0", "leaseDurationSeconds": 15}}
    for service, taken in (("orchestrator", True), ("worker", False)):
        user = f"system:serviceaccount:{namespace}:{service}"
        client = Kubernetes(cluster.kubeconfig_of(user, ("system:authenticated",)))
        try:
            assert held(client, namespace, holder) is taken
        finally:
            client.close()
    lease = granted[0].get("coordination.k8s.io/v1/Lease", "orchestrator", namespace=namespace)
    assert lease["spec"]["holderIdentity"] == "orchestrator-0"


def held(client: Kubernetes, namespace: str, holder: dict[str, Any]) -> bool:
    """Whether the lease could be taken."""
    try:
        client.patch("coordination.k8s.io/v1/Lease", "orchestrator", holder, namespace=namespace)
    except ApiError as error:
        if error.reason != "Forbidden":
            raise
        return False
    return True
