"""What the engine registered for a program in a preview, as a plan.

Two documents of one preview say it together: the digest (``--json``) has the state of each resource,
the saved plan (``--save-plan``) has the goals, which hold what a state does not: aliases,
``deleteBeforeReplace``, and the outputs of the stack.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeAlias

from plan.load import from_deployment, from_preview
from plan.resource import STACK_TYPE, Plan, Resource

__all__ = ["Json", "planned"]

Json: TypeAlias = "dict[str, Any]"


def planned(digest: Json, saved: Json) -> Plan:
    """The plan in the digest and the saved plan of the first preview of a stack."""
    plan = from_preview(digest)
    goals: dict[str, Json] = {urn: entry["goal"] for urn, entry in saved["resourcePlans"].items()}
    resources = tuple(_with_goal(resource, goals.get(resource.urn) or {}) for resource in plan)
    root = next((resource for resource in resources if resource.type == STACK_TYPE), None)
    return replace(plan, resources=resources, outputs=root.outputs if root else {})


def _with_goal(resource: Resource, goal: Json) -> Resource:
    options = replace(
        resource.options,
        delete_before_replace=bool(goal.get("deleteBeforeReplace")),
        aliases=tuple(_aliases(goal)),
    )
    if resource.type != STACK_TYPE:
        return replace(resource, options=options)
    outputs = (goal.get("outputDiff") or {}).get("adds") or {}
    state = {"urn": resource.urn, "type": resource.type, "custom": False, "outputs": outputs}
    return replace(resource, options=options, outputs=from_deployment({"resources": [state]}).outputs)


def _aliases(goal: Json) -> Iterator[str]:
    yield from goal.get("aliases") or ()
    for alias in goal.get("structuredAliases") or ():
        yield alias["URN"] or f"{alias['Parent']}::{alias['Type']}::{alias['Name']}"
