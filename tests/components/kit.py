"""What every test of a component asks of a plan: which resources, what they were told, what they wait for."""

from __future__ import annotations

import pulumi

from plan.resource import Plan, Resource
from plan.value import Value


def the(plan: Plan, kind: type[pulumi.Resource], name: str = "") -> Resource:
    """The one resource of an SDK class, or the one of that logical name among several."""
    found = [one for one in every(plan, kind) if not name or one.name == name]
    assert len(found) == 1, f"{kind.__name__} {name!r}: {[one.name for one in found]}"
    return found[0]


def every(plan: Plan, kind: type[pulumi.Resource]) -> list[Resource]:
    """All resources of an SDK class."""
    return plan.of_type(token(kind))


def token(kind: type[pulumi.Resource]) -> str:
    """The type token of an SDK class, which its annotations do not show."""
    return str(vars(kind)["pulumi_type"])


def sources(plan: Plan, resource: Resource, property_name: str) -> set[str]:
    """Logical names of the resources that a property's value comes from."""
    return {plan[urn].name for urn in resource.property_dependencies.get(property_name, ())}


def before(plan: Plan, resource: Resource) -> set[tuple[str, str]]:
    """Type and name of all that must stand before the resource, and goes only after it."""
    found: set[str] = set()
    waiting = [resource.urn]
    while waiting:
        fresh = set(plan[waiting.pop()].dependencies) - found
        found |= fresh
        waiting += fresh
    return {(plan[urn].type, plan[urn].name) for urn in found}


def said(resource: Resource, *path: str | int) -> object:
    """The input at a path of wire names and indices; None where nothing was said."""
    value: Value = dict(resource.inputs)
    for step in path:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value
