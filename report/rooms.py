"""One line about each room: what a person would say it is, read from the resources it holds.

A describer is a small function of the resources below a part, found by the last word of the part's
type (``…:aws:Network`` → `network`). It answers an empty line when it does not see what it expects,
so that a new room needs no describer to be shown.
"""

from __future__ import annotations

from typing import Final

from plan.resource import Plan, Resource
from report.look import below
from report.rooms_aws import AWS
from report.rooms_kubernetes import KUBERNETES

__all__ = ["DESCRIBERS", "describe"]

DESCRIBERS: Final = AWS | KUBERNETES


def describe(plan: Plan, resource: Resource) -> str:
    """The line of a part; for a resource, its type."""
    if resource.custom:
        return resource.type
    if isinstance(region := resource.outputs.get("region"), str):
        return f"{region}, stands by" if resource.outputs.get("role") == "standby" else region
    describer = DESCRIBERS.get(resource.type.rpartition(":")[2])
    return describer(below(plan, resource)) if describer else ""
