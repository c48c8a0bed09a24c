"""Read a plan back from a file: our own, or one that the real engine wrote.

Three forms are understood and told apart by their content: a plan or a report of ``tradectl
preview``, a deployment of ``pulumi stack export``, and the steps of ``pulumi preview --json``. The
engine's files hold secrets encrypted or masked; here they are secrets without a value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, cast

from plan.defaults import without_defaults
from plan.resource import STACK_TYPE, Mode, Options, Plan, Resource
from plan.saved import API_VERSION, HIDDEN, Json, plan_from_json, typed
from plan.value import (
    OUTPUT,
    RESOURCE,
    SECRET,
    SIGNATURE,
    UNKNOWN,
    UNKNOWN_SENTINELS,
    Secret,
    Value,
)

__all__ = ["PlanFileError", "from_deployment", "from_document", "from_preview", "load"]

DEPLOYMENT_VERSIONS: Final = (3, 4)
GONE: Final = frozenset(
    {"delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace"}
)
"""Steps of a preview after which the resource is no more."""
ALLOWED: Final = (
    "a plan saved by `tradectl preview ENV --save FILE`, the JSON of `pulumi stack export` or of "
    "`pulumi preview --json`"
)


class PlanFileError(ValueError):
    """A file that holds no plan. The message says what it holds instead, and how to make one."""

    def __init__(self, path: str, found: str) -> None:
        super().__init__(f"{path} cannot be compared with: {found}. Expected {ALLOWED}.")


def load(path: Path) -> Plan:
    """The plan in a file. Raises `PlanFileError`, and ``OSError`` for a file that cannot be read."""
    try:
        found = json.loads(path.read_bytes())
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        where = f" (line {error.lineno}: {error.msg})" if isinstance(error, json.JSONDecodeError) else ""
        raise PlanFileError(str(path), f"it is not JSON{where}, or was cut off") from None
    if not isinstance(found, dict):
        raise PlanFileError(str(path), f"it holds a JSON {type(found).__name__}, not an object")
    try:
        return from_document(cast("Json", found), name=str(path))
    except PlanFileError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise PlanFileError(str(path), f"a field is missing or of another kind ({error})") from error


def from_document(found: Json, *, name: str = "the document") -> Plan:
    """The plan in parsed JSON of any of the three forms."""
    if "apiVersion" in found:
        if found["apiVersion"] != API_VERSION:
            raise PlanFileError(
                name, f"its apiVersion is {found['apiVersion']!r}, this program reads {API_VERSION!r}"
            )
        if "plan" not in found:
            raise PlanFileError(
                name, f"it is a {found.get('kind', 'document without kind')}, which has no plan"
            )
        return plan_from_json(found["plan"])
    if "deployment" in found:
        if found.get("version") not in DEPLOYMENT_VERSIONS:
            raise PlanFileError(name, f"its deployment has version {found.get('version')!r}, not 3 or 4")
        return from_deployment(found["deployment"])
    if "steps" in found:
        return from_preview(found)
    keys = ", ".join(sorted(found)[:5]) or "nothing"
    raise PlanFileError(name, f"it is some other JSON, with {keys}")


def from_deployment(deployment: Json) -> Plan:
    """The plan in the ``deployment`` of a ``pulumi stack export``; what waits for deletion is left out."""
    states = [state for state in deployment.get("resources") or [] if not state.get("delete")]
    return _plan((_resource(state) for state in states), mode="up")


def from_preview(found: Json) -> Plan:
    """What would stand after the steps of a ``pulumi preview --json``."""
    states: dict[str, Json] = {}
    for step in found["steps"]:
        if step["op"] in GONE:
            continue
        states[step["urn"]] = step.get("newState") or step["oldState"]
    return _plan((_resource(state) for state in states.values()), mode="preview")


def _plan(resources: Iterable[Resource], *, mode: Mode) -> Plan:
    found = tuple(resources)
    if not found:
        msg = "no resources"
        raise KeyError(msg)
    stack, project, *_ = found[0].urn.removeprefix("urn:pulumi:").split("::")
    root = next((resource for resource in found if resource.type == STACK_TYPE), None)
    return Plan(
        project=project,
        stack=stack,
        mode=mode,
        resources=found,
        outputs=root.outputs if root else {},
        simulated=False,
    )


def _resource(state: Json) -> Resource:
    inputs = _properties(state.get("inputs") or {})
    return Resource(
        urn=typed(state, "urn", str),
        type=typed(state, "type", str),
        name=state["urn"].rpartition("::")[2],
        custom=typed(state, "custom", bool),
        inputs=without_defaults(inputs),
        outputs=_properties(state.get("outputs") or {}),
        id=state.get("id") or UNKNOWN,
        parent=state.get("parent") or "",
        provider=(state.get("provider") or "").rpartition("::")[0],
        dependencies=tuple(sorted(state.get("dependencies") or ())),
        property_dependencies={
            key: tuple(sorted(urns))
            for key, urns in (state.get("propertyDependencies") or {}).items()
            if urns
        },
        options=_options(state),
    )


def _options(state: Json) -> Options:
    timeouts = cast("dict[str, float]", state.get("customTimeouts") or {})
    return Options(
        protect=state.get("protect", False),
        retain_on_delete=state.get("retainOnDelete", False),
        ignore_changes=tuple(state.get("ignoreChanges") or ()),
        replace_on_changes=tuple(state.get("replaceOnChanges") or ()),
        additional_secret_outputs=tuple(state.get("additionalSecretOutputs") or ()),
        aliases=tuple(state.get("aliases") or ()),
        deleted_with=state.get("deletedWith", ""),
        import_id=state.get("importID", ""),
        custom_timeouts={key: f"{seconds:g}s" for key, seconds in timeouts.items() if seconds},
    )


def _properties(found: Json) -> dict[str, Value]:
    return {key: _value(item) for key, item in found.items()}


def _value(found: object) -> Value:
    if isinstance(found, str):
        if found in UNKNOWN_SENTINELS:
            return UNKNOWN
        return HIDDEN if found == HIDDEN.value else found
    if isinstance(found, list):
        return [_value(item) for item in cast("list[Any]", found)]
    if isinstance(found, dict):
        fields = cast("Json", found)
        return _marked(fields) if SIGNATURE in fields else _properties(fields)
    return cast("Value", found)


def _marked(fields: Json) -> Value:
    mark = fields[SIGNATURE]
    if mark == SECRET:
        text = fields.get("plaintext")  # only after `--show-secrets`
        return Secret(_value(json.loads(text))) if text is not None else HIDDEN
    if mark == OUTPUT:
        value = _value(fields["value"]) if "value" in fields else UNKNOWN
        return Secret(value) if fields.get("secret") else value
    if mark == RESOURCE:
        return _value(fields.get("id") or fields["urn"])
    return _properties(fields)
