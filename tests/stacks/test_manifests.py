"""Every object of every cluster, as an API server would get it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from lab.schemas import UnknownKindError, mistakes_anywhere
from plan.resource import Plan
from tests.components.k8s.manifests import objects
from tests.components.kit import before
from tests.everything import VARIANTS, variant
from tests.support import STACKS, planned

NO_OBJECTS = ("kubernetes:helm.sh/", "kubernetes:yaml/")
"""What a provider makes objects of, and is none itself."""
BROUGHT = (
    *("argoproj.io", "cert-manager.io", "external-secrets.io", "gateway.networking.k8s.io", "keda.sh"),
    *("monitoring.coreos.com", "velero.io", "elasticsearch.k8s.elastic.co", "karpenter.sh"),
)


def plan_of(name: str) -> Plan:
    return variant(name) if name in VARIANTS else planned(name)


def manifests(name: str) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (resource.urn, manifest)
        for resource, manifest in objects(plan_of(name))
        if not resource.type.startswith(NO_OBJECTS)
    ]


@pytest.mark.parametrize("name", [*STACKS, *VARIANTS])
def test_every_object_keeps_the_strict_schemas_of_four_kubernetes_releases(name: str) -> None:
    found: list[str] = []
    seen: set[str] = set()
    for urn, manifest in manifests(name):
        text = repr(manifest)
        if text in seen:  # the other region's is the same object
            continue
        seen.add(text)
        try:
            found += [f"{urn}: {mistake}" for mistake in mistakes_anywhere(manifest)]
        except UnknownKindError as error:
            found.append(f"{urn}: {error}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", [*STACKS, *VARIANTS])
def test_no_two_objects_of_a_cluster_have_one_address(name: str) -> None:
    plan = plan_of(name)
    addresses = Counter(
        (
            resource.provider,
            manifest["apiVersion"],
            manifest["kind"],
            manifest["metadata"].get("namespace", ""),
            manifest["metadata"].get("name", resource.name),
        )
        for resource, manifest in objects(plan)
        if not resource.type.startswith(NO_OBJECTS)
    )
    assert [address for address, count in addresses.items() if count > 1] == []


@pytest.mark.parametrize("name", [*STACKS, *VARIANTS])
def test_every_object_says_who_it_belongs_to(name: str) -> None:
    """Whoever finds one at three in the morning knows whom to call, and who pays for it."""
    for urn, manifest in manifests(name):
        labels = manifest["metadata"].get("labels", {})
        assert {"app.kubernetes.io/part-of", "team", "environment"} <= labels.keys(), urn


@pytest.mark.parametrize("name", [*STACKS, *VARIANTS])
def test_an_object_of_an_operators_kind_waits_for_whoever_brings_the_kind(name: str) -> None:
    plan = plan_of(name)
    for resource, manifest in objects(plan):
        if manifest.get("apiVersion", "").rpartition("/")[0] in BROUGHT:
            waits = {kind for kind, _ in before(plan, resource)}
            assert "kubernetes:helm.sh/v3:Release" in waits, resource.urn


@pytest.mark.parametrize("name", [*STACKS, *VARIANTS])
def test_an_object_waits_for_the_namespace_that_it_is_put_into(name: str) -> None:
    """And goes before it: what a namespace takes along when it is deleted was never taken down in order."""
    plan = plan_of(name)
    spaces = {
        (resource.provider, manifest["metadata"]["name"]): resource.name
        for resource, manifest in objects(plan)
        if manifest.get("kind") == "Namespace"
    }
    hasty: list[str] = []
    for resource, manifest in objects(plan):
        inside = manifest.get("metadata", {}).get("namespace") or manifest.get("namespace")
        space = spaces.get((resource.provider, inside))
        if space and ("kubernetes:core/v1:Namespace", space) not in before(plan, resource):
            hasty.append(resource.name)
    assert not hasty, "\n".join(hasty)
