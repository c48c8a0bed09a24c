"""How a value, a difference and a number are written for people; secrets never are."""

from __future__ import annotations

import json
from typing import Final

from plan.diff import Action, Change, Diff, PropertyChange
from plan.saved import HIDDEN
from plan.value import Secret, Unknown, Value, plain

__all__ = ["ACTIONS", "both_sides", "changes_line", "fate", "show"]

LONGEST: Final = 60
"""Characters of a value on a line."""
WHOLE: Final = 100_000
CONTEXT: Final = 12
"""Characters shown before the first one that differs."""
ACTIONS: Final[dict[Action, str]] = {"create": "+", "update": "~", "replace": "±", "delete": "-"}
"""Each action's sign, as the engine shows it."""
SECRET: Final = repr(HIDDEN)
UNKNOWN: Final = "known after deployment"


def show(value: Value, longest: int = LONGEST) -> str:
    """A value on one line."""
    if value is None:
        return "not set"
    if isinstance(value, Secret):
        return SECRET
    if isinstance(value, Unknown):
        return UNKNOWN
    return _cut(json.dumps(plain(value, unknown=UNKNOWN), ensure_ascii=False), longest)


def both_sides(change: PropertyChange) -> tuple[str, str]:
    """The old and the new value. What becomes a secret was perhaps one already: neither side is shown."""
    if isinstance(change.new, Secret) and not isinstance(change.old, Secret) and change.old is not None:
        return "not marked secret", SECRET
    if isinstance(change.old, Secret) and not isinstance(change.new, Secret) and change.new is not None:
        return SECRET, "no longer marked secret"
    old, new = show(change.old, WHOLE), show(change.new, WHOLE)
    return _from_where_they_differ(old, new)


def _from_where_they_differ(old: str, new: str) -> tuple[str, str]:
    """Two long values, begun shortly before their difference: cut at the end alone, they would look alike."""
    if max(len(old), len(new)) > LONGEST:
        same = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), 0)
        start = same - CONTEXT
        if start > 0:
            old, new = f"…{old[start:]}", f"…{new[start:]}"
    return _cut(old, LONGEST), _cut(new, LONGEST)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def changes_line(changes: Diff) -> str:
    """The difference in one line."""
    if not changes.changes:
        line = f"no changes, {changes.unchanged} the same"
    else:
        counts = (f"{count} to {action}" for action in ACTIONS if (count := changes.count(action)))
        line = ", ".join((*counts, f"{changes.unchanged} the same"))
    waiting = f", {changes.undetermined} values known only after deployment" if changes.undetermined else ""
    return line + waiting


def fate(change: Change) -> str:
    """What a loss means for what is inside."""
    verb = "deleted" if change.action == "delete" else "replaced by an empty one"
    if change.refused:
        return f"would be {verb}, but is protected: the engine refuses the whole deployment"
    return f"would be {verb}: what it holds is lost"
