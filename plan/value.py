"""Property values as a plan holds them: plain Python, plus two marks that no plain value can carry.

A value on the wire is a protobuf ``Struct``. Decoded once, here, it is ``None``, ``bool``, ``int``,
``float``, ``str``, ``list`` or ``dict``; a value that only a deployment can tell is `UNKNOWN`; a
secret is wrapped in `Secret`. Everything that looks at a plan (policies, diff, reports, the
simulated providers) reads this form, so no reader has to know the wire's sentinels.

Source of the signatures: ``pulumi.runtime.rpc`` of the pinned SDK.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypeAlias

if TYPE_CHECKING:
    from google.protobuf import struct_pb2

__all__ = [
    "UNKNOWN",
    "WRITE_ONLY",
    "Secret",
    "Unknown",
    "Value",
    "decode",
    "encode",
    "has_unknown",
    "plain",
    "reveal",
]

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a signature of the protocol
RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_SENTINELS: Final = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


class Unknown:
    """A value that is not known until the deployment has made it. There is one: `UNKNOWN`."""

    _only: ClassVar[Any] = None

    def __new__(cls) -> Self:
        """The one."""
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        msg = "an unknown value is neither true nor false: test `value is UNKNOWN` first"
        raise TypeError(msg)


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that must not be shown. Its text is the value's shape, never the value."""

    value: Value

    def __repr__(self) -> str:
        return "[secret]"


WRITE_ONLY: Final = Secret("(write-only)")
"""Stands in a plan for a value that a cloud takes and never gives back (see `plan.write_only`)."""

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | Unknown | Secret | None"


def decode(struct: struct_pb2.Struct) -> dict[str, Value]:
    """The properties in a protobuf ``Struct``, as plain values. Whole numbers become ``int``."""
    return {key: _decode_value(field) for key, field in struct.fields.items()}


def _decode_value(field: struct_pb2.Value) -> Value:  # noqa: PLR0911 - one return a kind
    kind = field.WhichOneof("kind")
    if kind == "string_value":
        text = field.string_value
        return UNKNOWN if text in UNKNOWN_SENTINELS else text
    if kind == "number_value":
        number = field.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return field.bool_value
    if kind == "struct_value":
        fields = field.struct_value.fields
        if SIGNATURE in fields:
            return _decode_marked(fields[SIGNATURE].string_value, decode(field.struct_value))
        return {key: _decode_value(inner) for key, inner in fields.items()}
    if kind == "list_value":
        return [_decode_value(item) for item in field.list_value.values]
    return None


def _decode_marked(mark: str, fields: dict[str, Value]) -> Value:
    if mark == SECRET:
        return Secret(fields.get("value"))
    if mark == OUTPUT:
        value = fields.get("value", UNKNOWN)
        return Secret(value) if fields.get("secret") is True else value
    if mark == RESOURCE:
        return fields.get("id") or fields["urn"]
    return fields  # an asset or an archive: shown as it is


def encode(properties: Mapping[str, Value]) -> struct_pb2.Struct:
    """The inverse of `decode`; an unknown becomes the text sentinel, a secret its signed form."""
    from google.protobuf import struct_pb2  # noqa: PLC0415 - protobuf only where the wire is used

    struct = struct_pb2.Struct()
    for key, value in properties.items():
        _encode_into(struct.fields[key], value)
    return struct


def _encode_into(field: struct_pb2.Value, value: Value) -> None:
    if value is None:
        field.null_value = 0  # pyright: ignore[reportAttributeAccessIssue] - an enum of one member
    elif isinstance(value, bool):
        field.bool_value = value
    elif isinstance(value, int | float):
        field.number_value = value
    elif isinstance(value, str):
        field.string_value = value
    elif isinstance(value, Unknown):
        field.string_value = UNKNOWN_TEXT
    elif isinstance(value, Secret):
        inner = field.struct_value.fields
        inner[SIGNATURE].string_value = SECRET
        _encode_into(inner["value"], value.value)
    elif isinstance(value, list):
        field.list_value.SetInParent()
        for item in value:
            _encode_into(field.list_value.values.add(), item)
    else:
        field.struct_value.SetInParent()
        for key, item in value.items():
            _encode_into(field.struct_value.fields[key], item)


def has_unknown(value: Value) -> bool:
    """Whether any part of the value waits for the deployment."""
    if isinstance(value, Secret):
        return has_unknown(value.value)
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return value is UNKNOWN


def reveal(value: Value) -> Value:
    """The value with its secrets unwrapped, at every depth. For machines that must act on it."""
    return _map(value, secret=lambda inner: inner, unknown=UNKNOWN)


def plain(value: Value, *, secret: str = "[secret]", unknown: str = "[unknown]") -> Any:  # noqa: ANN401, S107 - JSON
    """The value as JSON can carry it, secrets and unknowns replaced by the given texts."""
    return _map(value, secret=lambda _: secret, unknown=unknown)


def _map(value: Value, *, secret: Callable[[Value], Value], unknown: Value) -> Value:
    if isinstance(value, Secret):
        return secret(_map(value.value, secret=secret, unknown=unknown))
    if isinstance(value, Unknown):
        return unknown
    if isinstance(value, dict):
        return {key: _map(item, secret=secret, unknown=unknown) for key, item in value.items()}
    if isinstance(value, list):
        return [_map(item, secret=secret, unknown=unknown) for item in value]
    return value
