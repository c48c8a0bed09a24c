"""A plan as JSON, in a form that loses nothing but the secrets.

JSON has no word for "known after the deployment" or "not to be shown", so both are one-key objects:
``{"unknown": true}`` and ``{"secret": true}``. A value that happens to look like a mark is wrapped
as ``{"literal": …}``. The form is documented in ``docs/preview-json.md`` and does not change within
one ``apiVersion``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Final, TypeVar, cast

from plan.resource import Mode, Options, Plan, Resource
from plan.value import UNKNOWN, Secret, Unknown, Value

__all__ = [
    "API_VERSION",
    "HIDDEN",
    "KIND",
    "Json",
    "plan_from_json",
    "plan_to_json",
    "to_document",
    "typed",
    "value_from_json",
    "value_to_json",
]

Json = dict[str, Any]
Kind = TypeVar("Kind")

API_VERSION: Final = "tradectl/v1"
KIND: Final = "Plan"
HIDDEN: Final = Secret("[secret]")
"""A secret that was read back: that it is one is known, its value is not."""
MARKS: Final = frozenset({"unknown", "secret", "literal"})


def value_to_json(value: Value) -> object:
    """A value with its marks; a secret's content is left out."""
    if isinstance(value, Unknown):
        return {"unknown": True}
    if isinstance(value, Secret):
        return {"secret": True}
    if isinstance(value, list):
        return [value_to_json(item) for item in value]
    if isinstance(value, dict):
        plain = {key: value_to_json(item) for key, item in value.items()}
        return {"literal": plain} if len(value) == 1 and MARKS.intersection(value) else plain
    return value


def value_from_json(value: object) -> Value:
    """The inverse of `value_to_json`, but for secrets: they come back as `HIDDEN`."""
    if isinstance(value, list):
        return [value_from_json(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        fields_ = cast("Json", value)
        if fields_ == {"unknown": True}:
            return UNKNOWN
        if fields_ == {"secret": True}:
            return HIDDEN
        inner = cast("Json", fields_["literal"]) if set(fields_) == {"literal"} else fields_
        return {key: value_from_json(item) for key, item in inner.items()}
    return cast("Value", value)


def properties_to_json(properties: Mapping[str, Value]) -> Json:
    """The properties of a resource, by name."""
    return {key: value_to_json(item) for key, item in properties.items()}


def _properties_from_json(properties: Json) -> dict[str, Value]:
    return {key: value_from_json(item) for key, item in properties.items()}


def _resource_to_json(plan: Plan, resource: Resource) -> Json:
    default = Options()
    options = {
        key: value for key, value in asdict(resource.options).items() if value != getattr(default, key)
    }
    return {
        "urn": resource.urn,
        "address": plan.address(resource),
        "type": resource.type,
        "name": resource.name,
        "custom": resource.custom,
        "id": value_to_json(resource.id),
        "parent": resource.parent,
        "provider": resource.provider,
        "inputs": properties_to_json(resource.inputs),
        "outputs": properties_to_json(resource.outputs),
        "dependencies": list(resource.dependencies),
        "propertyDependencies": {key: list(urns) for key, urns in resource.property_dependencies.items()},
        "options": {_camel(key): list(v) if isinstance(v, tuple) else v for key, v in options.items()},
    }


def _resource_from_json(found: Json) -> Resource:
    known_id = value_from_json(found["id"])
    return Resource(
        urn=typed(found, "urn", str),
        type=typed(found, "type", str),
        name=typed(found, "name", str),
        custom=typed(found, "custom", bool),
        inputs=_properties_from_json(found["inputs"]),
        outputs=_properties_from_json(found["outputs"]),
        id=known_id if isinstance(known_id, str) else UNKNOWN,
        parent=typed(found, "parent", str),
        provider=typed(found, "provider", str),
        dependencies=tuple(found["dependencies"]),
        property_dependencies={key: tuple(urns) for key, urns in found["propertyDependencies"].items()},
        options=_options_from_json(found["options"]),
    )


def _options_from_json(found: Json) -> Options:
    given: dict[str, Any] = {}
    for field in fields(Options):
        if (key := _camel(field.name)) in found:
            value: Any = found[key]
            given[field.name] = tuple(cast("list[str]", value)) if isinstance(value, list) else value
    return Options(**given)


def typed(found: Json, key: str, kind: type[Kind]) -> Kind:
    """The field of that name. Raises ``KeyError`` where it is missing, ``TypeError`` for another kind."""
    value = found[key]
    if not isinstance(value, kind):
        msg = f"{key} is {value!r}, expected a {kind.__name__}"
        raise TypeError(msg)
    return value


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def plan_to_json(plan: Plan) -> Json:
    """The plan as the ``plan`` field of a document."""
    return {
        "project": plan.project,
        "stack": plan.stack,
        "mode": plan.mode,
        "simulated": plan.simulated,
        "resources": [_resource_to_json(plan, resource) for resource in plan],
        "outputs": properties_to_json(plan.outputs),
    }


def plan_from_json(found: Json) -> Plan:
    """The inverse of `plan_to_json`. Raises ``KeyError`` and ``TypeError`` for what is not one."""
    return Plan(
        project=typed(found, "project", str),
        stack=typed(found, "stack", str),
        mode=cast("Mode", typed(found, "mode", str)),
        simulated=typed(found, "simulated", bool),
        resources=tuple(_resource_from_json(resource) for resource in found["resources"]),
        outputs=_properties_from_json(found["outputs"]),
    )


def to_document(plan: Plan) -> Json:
    """What ``tradectl preview --save`` writes."""
    return {"apiVersion": API_VERSION, "kind": KIND, "plan": plan_to_json(plan)}
