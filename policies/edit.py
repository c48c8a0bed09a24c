"""A change to one place of a resource's properties: what puts a violation right, and how it is made.

A rule says it with `policies.node.Node.becomes` and `policies.node.Node.removed`; `mended` makes it. An edit
touches what it names and nothing else: neither its neighbours, nor a secret's mark, nor what is unknown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from plan.value import Secret, plain

if TYPE_CHECKING:
    from plan.value import Value
    from policies.node import Node

__all__ = ["REMOVED", "Edit", "mended"]


class _Removed:
    """The value of an edit that takes a property away."""

    def __repr__(self) -> str:
        return "removed"


REMOVED: Final = _Removed()


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """One place, and what stands there afterwards."""

    node: Node
    value: Value | _Removed

    @property
    def steps(self) -> tuple[str | int, ...]:
        """Keys and indices from the root of the properties."""
        return self.node.steps

    @property
    def path(self) -> str:
        """The same in Pulumi's notation, for people."""
        return self.node.path

    def __str__(self) -> str:
        if isinstance(self.value, _Removed):
            return f"remove {self.path}"
        return f"{self.path} = {json.dumps(plain(self.value), sort_keys=True)}"


def mended(properties: Mapping[str, Value], edits: Iterable[Edit]) -> dict[str, Value]:
    """A copy of the properties with the edits made, one after the other.

    What leads to a place is made where it is missing. An edit whose way is barred (an unknown, or a text
    where an object was expected) is left out: nobody can say yet what it would do.
    """
    tree: Any = dict(properties)
    for edit in edits:
        tree = _put(tree, edit.steps, edit.value)
    return cast("dict[str, Value]", tree)


def _put(tree: Any, steps: tuple[str | int, ...], value: Value | _Removed) -> Any:  # noqa: ANN401 - any property value
    """The tree with one place changed; the same tree where the way is barred."""
    if not steps:
        return value
    match tree:
        case Secret():
            return Secret(_put(tree.value, steps, value))
        case list():
            return _put_into_list(cast("list[Any]", tree), steps, value)
        case dict() | None if isinstance(steps[0], str):
            return _put_into_map(cast("dict[str, Any] | None", tree), steps[0], steps[1:], value)
        case _:
            return tree


def _put_into_list(items: list[Any], steps: tuple[str | int, ...], value: Value | _Removed) -> list[Any]:
    """An item is changed, never taken out: the others would move."""
    step, rest = steps[0], steps[1:]
    if not isinstance(step, int) or (not rest and value is REMOVED):
        return items
    return [_put(item, rest, value) if index == step else item for index, item in enumerate(items)]


def _put_into_map(
    tree: dict[str, Any] | None, step: str, rest: tuple[str | int, ...], value: Value | _Removed
) -> dict[str, Any] | None:
    """What is missing on the way is made, unless something is to be taken away."""
    if value is REMOVED and (tree is None or not rest):
        return None if tree is None else {key: one for key, one in tree.items() if key != step}
    below = _put((tree or {}).get(step), rest, value)
    return {**(tree or {}), step: below} if below is not None else tree
