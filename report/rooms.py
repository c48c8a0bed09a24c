"""One line about each room: what a person would say it is, read from the resources it holds.

A describer is a small function of the resources below a part, found by the end of the part's type
(``aws:Network``). It answers an empty line when it does not see what it expects,
so that a new room needs no describer to be shown.
"""

from __future__ import annotations

from typing import Final

from plan.resource import Plan, Resource
from report.look import below
from report.rooms_aws import AWS, bonds
from report.rooms_gcp import GCP
from report.rooms_kubernetes import KUBERNETES
from report.rooms_platform import PLATFORM

__all__ = ["DESCRIBERS", "describe"]

DESCRIBERS: Final = {
    f"{room}:{name}": describer
    for room, names in {
        "aws": AWS,
        "gcp": GCP,
        "k8s": KUBERNETES | PLATFORM,
        "stacks": {"AwsBonds": bonds},
    }.items()
    for name, describer in names.items()
}
"""By the room of a part's type and its name."""


def describe(plan: Plan, resource: Resource) -> str:
    """The line of a part; for a resource, its type."""
    if resource.custom:
        return resource.type
    if isinstance(region := resource.outputs.get("region"), str):
        return f"{region}, stands by" if resource.outputs.get("role") == "standby" else region
    describer = DESCRIBERS.get(resource.type.partition(":")[2])
    return describer(below(plan, resource)) if describer else ""
