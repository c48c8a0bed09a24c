"""What a provider's Check adds to the inputs of a resource, and how it stays the same on an update.

A name that was chosen for the program is part of a living resource: it is not chosen again while the
resource lives, and it is chosen anew when the resource is replaced. Bridged providers list what they
added under ``__defaults``, at each level; the Kubernetes provider leaves an annotation.
"""

from __future__ import annotations

from collections.abc import Mapping

from plan.autoname import AUTONAMED
from plan.value import Value

__all__ = ["keep_defaults", "without_defaults"]


def keep_defaults(old: Mapping[str, Value], checked: Mapping[str, Value]) -> dict[str, Value]:
    """The checked inputs, with what was added now replaced by what was added before."""
    added = _added(checked) & _added(old) & old.keys()
    kept: dict[str, Value] = {}
    for key, value in checked.items():
        before = old.get(key)
        if key in added:
            kept[key] = before
        elif isinstance(value, dict) and isinstance(before, dict):
            kept[key] = keep_defaults(before, value)
        else:
            kept[key] = value
    return kept


def without_defaults(inputs: Mapping[str, Value]) -> dict[str, Value]:
    """What the program asked for: the inputs without what a provider added, at any depth."""
    added = _added(inputs) | {"__defaults"}
    left = {key: _cleared(value) for key, value in inputs.items() if key not in added}
    notes = left.get("annotations")
    if isinstance(notes, dict) and AUTONAMED in notes:
        del notes[AUTONAMED]
        if not notes:
            del left["annotations"]
    return left


def _cleared(value: Value) -> Value:
    if isinstance(value, dict):
        return without_defaults(value)
    if isinstance(value, list):
        return [_cleared(item) for item in value]
    return value


def _added(inputs: Mapping[str, Value]) -> set[str]:
    names, notes = inputs.get("__defaults"), inputs.get("annotations")
    if isinstance(names, list):
        return {name for name in names if isinstance(name, str)}
    return {"name"} if isinstance(notes, dict) and AUTONAMED in notes else set()
