"""An object that an API server keeps, and what the engine is told of it: two forms of one thing.

The server's form has what it adds by itself, and shows what is secret. The engine's has the program's
wishes as inputs and the rest as outputs, and what was secret stays so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from plan.value import Secret, Value

__all__ = ["Address", "inputs_of", "kind_of", "merged", "name_of", "outputs_of", "overlaid", "without_none"]

Json = dict[str, Any]

SERVERS_OWN: Final = (
    "managedFields",
    "resourceVersion",
    "generation",
    "uid",
    "creationTimestamp",
    "selfLink",
)
"""Of the metadata: what no program sets."""


@dataclass(frozen=True, slots=True)
class Address:
    """Which object it is."""

    kind: str
    """As ``apps/v1/Deployment``."""
    namespace: str | None
    name: str

    @classmethod
    def of(cls, wanted: Json) -> Self:
        """The object's own, which has a namespace if its kind lives in one."""
        metadata = wanted["metadata"]
        return cls(f"{wanted['apiVersion']}/{wanted['kind']}", metadata.get("namespace"), metadata["name"])

    @property
    def identity(self) -> str:
        """As the engine knows it."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def __str__(self) -> str:
        return f"{self.kind} {self.identity}"


def kind_of(token: str) -> str:
    """``kubernetes:core/v1:Pod`` as a manifest has it: ``v1/Pod``."""
    _, group_version, kind = token.split(":")
    return f"{group_version.removeprefix('core/')}/{kind.removesuffix('Patch')}"


def name_of(inputs: Mapping[str, Value]) -> str:
    """The object's name, where the program gives one."""
    metadata = inputs.get("metadata")
    return str(metadata.get("name", "")) if isinstance(metadata, dict) else ""


def outputs_of(there: Json, beside: Mapping[str, Value]) -> dict[str, Value]:
    """The object without what changes by itself; secret where ``beside``, the program's form, is."""
    kept: dict[str, Value] = {key: value for key, value in there.items() if key != "status"}
    kept["metadata"] = {key: value for key, value in there["metadata"].items() if key != "managedFields"}
    if there.get("kind") == "Secret":
        kept = {key: Secret(value) if key in {"data", "stringData"} else value for key, value in kept.items()}
    return {key: _sealed(value, beside.get(key)) for key, value in kept.items()}


def inputs_of(there: Json) -> dict[str, Value]:
    """The inputs that an imported object would have been made from."""
    metadata = {key: value for key, value in there["metadata"].items() if key not in SERVERS_OWN}
    inputs = {key: metadata if key == "metadata" else value for key, value in there.items()}
    return {key: value for key, value in outputs_of(inputs, {}).items() if key != "status"}


def merged(known: Value, again: Value, there: Value) -> Value:
    """``known``, with ``there``'s value at each place where ``again`` and ``there`` are not the same."""
    if isinstance(known, Secret):
        return Secret(merged(known.value, again, there))
    if again == there:
        return known
    if isinstance(known, dict) and isinstance(again, dict) and isinstance(there, dict):
        found = {key: merged(value, again.get(key), there.get(key)) for key, value in known.items()}
        return {key: value for key, value in found.items() if value is not None or known[key] is None}
    if (
        isinstance(known, list)
        and isinstance(again, list)
        and isinstance(there, list)
        and len(known) == len(again) == len(there)
    ):
        return [merged(*members) for members in zip(known, again, there, strict=True)]
    return there


def overlaid(before: Mapping[str, Value], wishes: Mapping[str, Value]) -> dict[str, Value]:
    """What an update will leave, as far as it can be told: the wishes, and around them what was there."""
    left = dict(before)
    for key, wish in wishes.items():
        there = before.get(key)
        left[key] = overlaid(there, wish) if isinstance(there, dict) and isinstance(wish, dict) else wish
    return left


def without_none(value: Value) -> Value:
    """The value without the keys that have none: to an API server a null is a wish of its own."""
    if isinstance(value, dict):
        return {key: without_none(item) for key, item in value.items() if item is not None}
    return [without_none(item) for item in value] if isinstance(value, list) else value


def _sealed(value: Value, beside: Value) -> Value:
    """The value, a secret wherever its neighbour is one."""
    if isinstance(beside, Secret):
        return value if isinstance(value, Secret) else Secret(value)
    if isinstance(value, dict) and isinstance(beside, dict):
        return {key: _sealed(item, beside.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(beside, list) and len(value) == len(beside):
        return [_sealed(item, mate) for item, mate in zip(value, beside, strict=True)]
    return value
