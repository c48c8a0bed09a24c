"""The planned deployment in the form of ``pulumi stack export``.

Tools that read a deployed state (``pulumi policy analyze --file``, inventories, schema checkers) can
so read a plan that was never deployed. Secrets are written as the text ``[secret]``, which is what
the engine itself shows to a policy when it cannot decrypt one.

Source of the form: ``apitype.DeploymentV3`` and ``apitype.ResourceV3`` of the engine.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from plan.resource import STACK_TYPE, Plan, Resource
from plan.saved import Json
from plan.value import UNKNOWN_TEXT, Unknown, Value, plain

__all__ = ["EPOCH", "to_deployment"]

VERSION: Final = 3
EPOCH: Final = "2000-01-01T00:00:00Z"
"""When everything was made: a plan has no date, and the same plan must give the same file."""
DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(h|m|s)")
SECONDS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0}


def to_deployment(plan: Plan, *, engine: str = "") -> Json:
    """The plan as the engine would export it after an ``up``.

    ``plan`` must be of mode ``up``: a state has no unknown ids. ``engine`` is the version that the
    manifest names. Raises ``ValueError`` for a plan of mode ``preview``.
    """
    if plan.mode != "up":
        msg = f"a deployment needs a plan of mode 'up', got {plan.mode!r}: record it with mode='up'"
        raise ValueError(msg)
    return {
        "version": VERSION,
        "deployment": {
            "manifest": {"time": EPOCH, "magic": _magic(engine), "version": engine},
            "resources": [_state(plan, resource) for resource in plan],
            "metadata": {},
        },
    }


def _magic(version: str) -> str:
    """The engine's mark of a manifest that nobody edited: the version's digest, or nothing without one."""
    return hashlib.sha256(version.encode()).hexdigest() if version else ""


def _state(plan: Plan, resource: Resource) -> Json:
    options = resource.options
    state: Json = {
        "urn": resource.urn,
        "custom": resource.custom,
        "id": "" if isinstance(resource.id, Unknown) else resource.id,
        "type": resource.type,
        "inputs": _plain(resource.inputs),
        "outputs": _plain(plan.outputs if resource.type == STACK_TYPE else resource.outputs),
        "parent": resource.parent,
        "protect": options.protect,
        "dependencies": list(resource.dependencies),
        "provider": _reference(plan, resource),
        "propertyDependencies": {key: list(urns) for key, urns in resource.property_dependencies.items()},
        "additionalSecretOutputs": list(options.additional_secret_outputs),
        "aliases": [alias for alias in options.aliases if alias.startswith("urn:pulumi:")],
        "customTimeouts": {key: _seconds(text) for key, text in options.custom_timeouts.items()},
        "importID": options.import_id,
        "retainOnDelete": options.retain_on_delete,
        "deletedWith": options.deleted_with,
        "ignoreChanges": list(options.ignore_changes),
        "replaceOnChanges": list(options.replace_on_changes),
    }
    if resource.custom:
        state |= {"created": EPOCH, "modified": EPOCH}
    always = {"urn", "custom", "type"}
    return {key: value for key, value in state.items() if key in always or value}


def _plain(properties: Mapping[str, Value]) -> Json:
    return plain(dict(properties), unknown=UNKNOWN_TEXT)


def _reference(plan: Plan, resource: Resource) -> str:
    """The provider as a state names it: ``urn::id``."""
    provider = plan.get(resource.provider)
    return f"{provider.urn}::{provider.id}" if provider else ""


def _seconds(text: str) -> float:
    return sum(float(number) * SECONDS[unit] for number, unit in DURATION.findall(text))
