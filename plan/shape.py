"""What form a value takes, read from the type hints of an SDK's classes.

A Pulumi SDK describes each property by a getter: its wire name, and a hint such as
``Input[Optional[Sequence[Input['SubnetArgs']]]]``. `Shape` is that hint without the wrapping.
A class is only looked into when a value of it is: a type as deep as a Kubernetes pod costs nothing
until a pod is checked. ``typing.get_type_hints`` would evaluate every hint of a class at once, which
for the four SDKs is the difference between milliseconds and seconds.
"""

from __future__ import annotations

import enum
import sys
import typing
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final, ForwardRef, Literal, TypeAlias, Union

import pulumi

__all__ = ["WRITE_ONLY", "Field", "Kind", "Shape", "fields_of", "shape_of"]

Kind: TypeAlias = Literal[
    "text", "integer", "number", "boolean", "any", "asset", "list", "map", "object", "union", "constant"
]
Hint: TypeAlias = Any
"""A type hint, evaluated or still text: Python has no type for it."""
NONE: Final = type(None)
LATER: Final = ForwardRef("Output[T]")
"""How ``pulumi.Input`` spells the arm of a value that is still to come."""
WRITE_ONLY: Final = "Wo"
"""How the name of a write-only property ends, in all bridged SDKs."""
SCALARS: Final[dict[Any, Kind]] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "boolean",
    pulumi.Asset: "asset",
    pulumi.Archive: "asset",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of a value."""

    kind: Kind
    item: Shape | None = None
    """Of a list or a map: the form of its members."""
    arms: tuple[Shape, ...] = ()
    """Of a union: the forms it may take."""
    values: tuple[str | float | bool, ...] = ()
    """Of a constant: what it may be."""
    owner: type | None = None
    """Of an object: the SDK's class."""

    @property
    def fields(self) -> Mapping[str, Field]:
        """Of an object: its properties by wire name."""
        return fields_of(self.owner) if self.owner is not None else {}

    def __str__(self) -> str:
        if self.kind == "list":
            return f"a list of {self.item}"
        if self.kind == "map":
            return f"a map of {self.item}"
        if self.kind == "union":
            return " or ".join(dict.fromkeys(str(arm) for arm in self.arms))
        if self.kind == "constant":
            return "one of " + ", ".join(f"{value}" for value in self.values)
        if self.kind == "object":
            name = self.owner.__name__ if self.owner is not None else ""
            return f"an object with {', '.join(self.fields) or 'no properties'} ({name})"
        return {"integer": "a whole number", "any": "anything", "asset": "an asset or archive"}.get(
            self.kind, f"a {self.kind}"
        )


ANY: Final = Shape("any")


class Field:
    """One property of a class, by its wire name. Its shape is worked out when first asked for."""

    def __init__(self, name: str, hint: Hint, scope: str, *, required: bool) -> None:
        self.name = name
        self.required = required
        """Of an input: it must be given. Of an output: the cloud always answers it."""
        self._hint = hint
        self._scope = scope

    @cached_property
    def shape(self) -> Shape:
        """The form of the property's value."""
        return shape_of(self._hint, self._scope)

    @property
    def is_write_only(self) -> bool:
        """Whether the cloud takes the value and never gives it back, such as ``masterPasswordWo``.

        The ending is the mark: nothing else in a type says it but the prose of its documentation, and a
        test holds the two together. (``hasValueWo`` tells whether there is one: it is no text.)
        """
        return self.name.endswith(WRITE_ONLY) and self.shape.kind == "text"

    def __repr__(self) -> str:
        return f"Field({self.name!r}, {self.shape}, required={self.required})"


@cache
def fields_of(owner: type) -> Mapping[str, Field]:
    """The properties of an input class, an output class or a resource class, by wire name."""
    found: dict[str, Field] = {}
    needed = _needed(owner)
    for base in reversed(owner.__mro__):
        for python_name, member in vars(base).items():
            getter = member.fget if isinstance(member, property) else None
            wire_name = getattr(getter, "_pulumi_name", None)
            if getter is None or wire_name is None:
                continue
            hint = getter.__annotations__.get("return", Any)
            required = python_name in needed if needed is not None else not _may_be_none(hint)
            found[wire_name] = Field(wire_name, hint, base.__module__, required=required)
    return found


def _needed(owner: type) -> frozenset[str] | None:
    """Of an input class the properties without a default. None for an output class: its hints tell."""
    if not getattr(owner, "_pulumi_input_type", False):
        return None
    constructor: Any = owner.__init__
    code = getattr(constructor, "__code__", None)
    if code is None:
        return frozenset()
    names = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    return frozenset(names) - frozenset(constructor.__kwdefaults__ or ())


def _may_be_none(hint: Hint) -> bool:
    if typing.get_origin(hint) is pulumi.Output:
        hint = typing.get_args(hint)[0]
    return typing.get_origin(hint) is Union and NONE in typing.get_args(hint)


def shape_of(hint: Hint, scope: str) -> Shape:
    """The form that a type hint stands for; names in it are looked up in the module `scope`."""
    if isinstance(hint, ForwardRef):
        hint = hint.__forward_arg__
    if isinstance(hint, str):
        return _of_name(hint, scope)
    origin = typing.get_origin(hint)
    if origin is not None:
        return _of_generic(origin, typing.get_args(hint), scope)
    if hint in SCALARS:
        return Shape(SCALARS[hint])
    if isinstance(hint, type):
        return _of_class(hint)
    return ANY


def _of_generic(origin: Hint, arguments: tuple[Any, ...], scope: str) -> Shape:
    if origin is Union:
        return _of_union(arguments, scope)
    if origin is Literal:
        return Shape("constant", values=arguments)
    if origin is pulumi.Output or origin is Awaitable:
        return shape_of(arguments[0], scope)
    if issubclass(origin, Mapping):
        return Shape("map", item=shape_of(arguments[1], scope))
    if issubclass(origin, Sequence):
        return Shape("list", item=shape_of(arguments[0], scope))
    return ANY


def _of_union(arguments: tuple[Any, ...], scope: str) -> Shape:
    arms: list[Shape] = []
    for argument in arguments:
        if argument is NONE or argument == LATER or typing.get_origin(argument) in {Awaitable, pulumi.Output}:
            continue  # the same value, still to come
        arm = shape_of(argument, scope)
        if arm.kind == "union":
            arms += [inner for inner in arm.arms if inner not in arms]
        elif arm not in arms:
            arms.append(arm)
    if not arms or ANY in arms:
        return ANY
    return arms[0] if len(arms) == 1 else Shape("union", arms=tuple(arms))


@cache
def _of_name(name: str, scope: str) -> Shape:
    found: Any = sys.modules[scope]
    for part in name.split("."):
        found = getattr(found, part)
    return shape_of(found, scope)


@cache
def _of_class(owner: type) -> Shape:
    if issubclass(owner, enum.Enum):
        return Shape("constant", values=tuple(member.value for member in owner))
    if getattr(owner, "_pulumi_input_type", False) or getattr(owner, "_pulumi_output_type", False):
        return Shape("object", owner=owner)
    return Shape("map", item=ANY) if issubclass(owner, dict) else ANY
