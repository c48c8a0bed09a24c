"""The objects of a plan as an API server gets them, and what their schemas say of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pulumi_kubernetes.core.v1 import ConfigMap

from lab.schemas import UnknownKindError, mistakes_anywhere
from plan.resource import Plan, Resource
from plan.value import plain


def objects(plan: Plan) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Every object of the cluster, with the resource that makes it."""
    for resource in plan:
        if resource.type.startswith("kubernetes:"):
            manifest = plain(dict(resource.inputs))
            assert isinstance(manifest, dict)
            yield resource, manifest


def of(plan: Plan, kind: str, name: str = "") -> dict[str, Any]:
    """The only object of that kind, or of that kind and name."""
    found = [one for _, one in objects(plan) if one["kind"] == kind and name in {"", one["metadata"]["name"]}]
    assert len(found) == 1, f"{len(found)} objects of kind {kind} {name}"
    return found[0]


def names(plan: Plan, kind: str) -> set[str]:
    """What the objects of a kind are called."""
    return {one["metadata"]["name"] for _, one in objects(plan) if one["kind"] == kind}


_BUILT_IN: Final = {"coordination.k8s.io", "networking.k8s.io", "rbac.authorization.k8s.io"}
OPERATOR: Final = "operator"
"""Logical name of what stands for an operator's release in tests."""


def operator() -> ConfigMap:
    """Something to wait for."""
    return ConfigMap(OPERATOR)


def hasty(plan: Plan) -> list[str]:
    """Objects of operators' kinds that do not wait for the operator."""
    (first,) = [resource.urn for resource in plan if resource.name == OPERATOR]
    own = [
        resource
        for resource, manifest in objects(plan)
        if (group := manifest["apiVersion"].rpartition("/")[0]) and "." in group and group not in _BUILT_IN
    ]
    assert own, "the plan has no such objects"
    return [resource.name for resource in own if first not in resource.dependencies]


def refused(plan: Plan, *, unknown: frozenset[str] = frozenset()) -> list[str]:
    """What the strict schemas mind. ``unknown``: kinds that need not have one."""
    found: list[str] = []
    for resource, manifest in objects(plan):
        try:
            found += [f"{resource.name}: {mistake}" for mistake in mistakes_anywhere(manifest)]
        except UnknownKindError:
            if manifest["kind"] not in unknown:
                raise
    return found
