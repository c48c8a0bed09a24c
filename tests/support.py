"""What tests of components share: plans of the shipped stacks, and looks into them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from config.loader import to_config
from plan.record import record
from plan.resource import Mode, Plan, Resource
from plan.value import Secret, Value, plain

ROOT = Path(__file__).parent.parent
AWS_STACKS: Final = ("dev", "staging", "prod")
GCP_STACKS: Final = ("dev-gcp", "prod-gcp")
STACKS: Final = (*AWS_STACKS, *GCP_STACKS)
TWO_REGIONS: Final = ("staging", "prod", "prod-gcp")


@cache
def planned(stack: str, mode: Mode = "up") -> Plan:
    """The plan of a shipped stack file; recorded once a test process."""
    return record(to_config(ROOT / f"Pulumi.{stack}.yaml"), stack=stack, mode=mode)


def said(resource: Resource) -> Any:
    """The inputs of a resource as plain values, to look into."""
    return plain(dict(resource.inputs))


def pods_at_rest(plan: Plan, place: str = "-dr-") -> dict[str, int]:
    """By scaled service, the pods that there are at least in one of the two clusters."""
    return {
        said(found)["metadata"]["name"]: said(found)["spec"]["minReplicaCount"]
        for found in plan.of_type("kubernetes:keda.sh/v1alpha1:ScaledObject")
        if place in found.name
    }


def values(value: Value, path: str = "") -> Iterator[tuple[str, Value]]:
    """Every leaf of a value with its path, secrets looked through."""
    if isinstance(value, Secret):
        value = value.value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from values(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from values(inner, f"{path}[{index}]")
    else:
        yield path, value


def policy_documents(plan: Plan) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Every IAM-style policy document in the plan with the resource that carries it."""
    for resource in plan:
        for _, value in values(dict(resource.inputs)):
            if isinstance(value, str) and value.startswith("{") and '"Statement"' in value:
                yield resource, json.loads(value)


def statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements of a policy document, one or many."""
    found = document["Statement"]
    return found if isinstance(found, list) else [found]
