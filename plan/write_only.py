"""Inputs that a cloud takes and never gives back, such as ``masterPasswordWo`` and ``secretStringWo``.

Each stands beside a version (``masterPasswordWoVersion``). The value goes to the cloud with a creation,
and with an update only when the version has changed; no answer ever holds it. So a program may make a
new random value in every run, and what was written to a state in one run is worth nothing after the
next rotation. Three things follow:

* a plan never holds the value, only the mark `plan.value.WRITE_ONLY`, known or unknown as it may be:
  two recordings of one program are equal, and nothing that is made of a plan can tell it;
* another value is no difference, another version is one (an ordinary one, of an ordinary input);
* the bridge marks the value as a secret, because the engine still writes it, encrypted, to the inputs
  in its state. A provider that reads the resource again leaves it out.

Which inputs they are is in the SDKs' types: see `plan.shape.Field.is_write_only`.

Sources: Pulumi's documentation of write-only fields; pulumi-terraform-bridge pull request 3215 and
issue 3201.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from plan import sdk
from plan.shape import WRITE_ONLY as ENDING
from plan.shape import Field, Shape
from plan.value import UNKNOWN, WRITE_ONLY, Secret, Value

__all__ = ["hidden", "sealed", "without_inputs", "without_outputs"]

Fields: TypeAlias = "Mapping[str, Field]"
Change: TypeAlias = "Callable[[Value], Value]"


def hidden(token: str, inputs: Mapping[str, Value]) -> dict[str, Value]:
    """The inputs as a plan holds them: the mark in the place of each write-only value.

    Raises:
        plan.sdk.UnknownTokenError: the SDK has no such type (so do the other functions here).
        plan.sdk.MissingSdkError: the SDK is not installed (as above).
    """
    return _changed(inputs, lambda: sdk.inputs(token), lambda _: WRITE_ONLY)


def sealed(token: str, inputs: Mapping[str, Value]) -> dict[str, Value]:
    """The inputs as a bridged provider's Check gives them to the engine: each write-only value a secret."""
    return _changed(inputs, lambda: sdk.inputs(token), _as_secret)


def without_inputs(token: str, inputs: Mapping[str, Value]) -> dict[str, Value]:
    """The inputs as a cloud remembers them: the write-only values left out."""
    return _changed(inputs, lambda: sdk.inputs(token), lambda _: None)


def without_outputs(token: str, outputs: Mapping[str, Value]) -> dict[str, Value]:
    """What a cloud answers, the write-only values left out."""
    return _changed(outputs, lambda: sdk.outputs(token), lambda _: None)


def _as_secret(value: Value) -> Value:
    return value if isinstance(value, Secret) or value is UNKNOWN else Secret(value)


def _changed(
    properties: Mapping[str, Value], fields: Callable[[], Fields | None], change: Change
) -> dict[str, Value]:
    """The properties with each write-only value changed; one that becomes None is left out.

    The types are asked only where a name has the ending: few resources have one, and all are looked at.
    """
    if not _ends(dict(properties)):
        return dict(properties)
    return _object(properties, fields() or {}, change)


def _ends(value: Value) -> bool:
    """Whether a key anywhere in the value could be of a write-only property."""
    if isinstance(value, Secret):
        return _ends(value.value)
    if isinstance(value, dict):
        return any(key.endswith(ENDING) or _ends(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_ends, value))


def _object(given: Mapping[str, Value], fields: Fields, change: Change) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name, value in given.items():
        field = fields.get(name)
        if field is None or value is None:
            found[name] = value
        elif not field.is_write_only:
            found[name] = _value(value, field.shape, change)
        elif (changed := change(value)) is not None:
            found[name] = changed
    return found


def _value(value: Value, shape: Shape, change: Change) -> Value:
    if isinstance(value, Secret):
        return Secret(_value(value.value, shape, change))
    if isinstance(value, list) and shape.item is not None:
        return [_value(item, shape.item, change) for item in value]
    if isinstance(value, dict) and shape.kind == "map" and shape.item is not None:
        return {key: _value(item, shape.item, change) for key, item in value.items()}
    if isinstance(value, dict) and shape.kind == "object":
        return _object(value, shape.fields, change)
    for arm in shape.arms:
        value = _value(value, arm, change)
    return value
