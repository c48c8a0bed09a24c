"""How a describer looks into a part: what is below it, what is at a path, and how that is said."""

from __future__ import annotations

from collections.abc import Iterable

from plan.resource import Plan, Resource
from plan.value import Secret, Unknown, Value

__all__ = ["below", "dig", "join", "many", "of", "span", "words"]


def below(plan: Plan, part: Resource) -> list[Resource]:
    """Everything under a part, at any depth."""
    found: list[Resource] = []
    for child in plan.children(part.urn):
        found += [child, *below(plan, child)]
    return found


def dig(resource: Resource, *path: str | int) -> Value:
    """An input at a path, or None where it is not set; what is unknown or secret stays so."""
    value: Value = dict(resource.inputs)
    for step in path:
        if isinstance(value, Unknown | Secret):
            return value
        value = _inside(value, step)
    return value


def _inside(value: Value, step: str | int) -> Value:
    if isinstance(value, dict):
        return value.get(str(step))
    if isinstance(value, list):
        return next((item for index, item in enumerate(value) if index == step), None)
    return None


def words(value: Value) -> str:
    """A value as a word in a sentence."""
    if isinstance(value, Unknown | Secret) or value is None:
        return "?"
    return f"{value:g}" if isinstance(value, float) else str(value)


def span(low: Value, high: Value) -> str:
    """``2-4``, or ``3`` when both ends are the same."""
    return words(low) if low == high else f"{words(low)}-{words(high)}"


def of(resources: Iterable[Resource], *types: str) -> list[Resource]:
    """Those of these types."""
    return [resource for resource in resources if resource.type in types]


def many(count: int, one: str, more: str = "") -> str:
    """``1 copy``, ``2 copies``."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def join(*parts: str) -> str:
    """The parts that say something, with commas between them."""
    return ", ".join(part for part in parts if part)
