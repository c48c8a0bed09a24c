"""What a provider tells the engine about a change: each property, its kind, whether it replaces.

The engine asks with the inputs of the last deployment and the new ones. The answer decides what
happens to a real resource, so it is made here from three lists alone: what differs, what the program
wants ignored, and what a cloud cannot change in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from plan.paths import Path, covers, parse, render
from plan.value import Secret, Value

__all__ = ["Kind", "PropertyChange", "changes"]

Kind = Literal["add", "delete", "update"]

BOOKKEEPING: Final = frozenset({"__defaults", "__internal"})
"""Keys that are no wish of the program's."""


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One difference between the old and the new inputs of a resource."""

    path: str
    kind: Kind
    replaces: bool
    """Whether the cloud must make the resource anew for it."""

    @property
    def property(self) -> str:
        """The top-level property that it lies in."""
        return str(parse(self.path)[0])


def changes(
    old: Mapping[str, Value],
    new: Mapping[str, Value],
    *,
    ignore: Sequence[str] = (),
    replaces: Sequence[str] = (),
) -> tuple[PropertyChange, ...]:
    """The differences, smallest first in the tree, in the order of the properties.

    ``ignore`` and ``replaces`` are property paths. Secrets are compared by what they hold; a value
    that is unknown yet differs from any known one.
    """
    ignored, forcing = [parse(text) for text in ignore], [parse(text) for text in replaces]
    return tuple(
        PropertyChange(render(path), kind, any(covers(pattern, path) for pattern in forcing))
        for path, kind in _between((), dict(old), dict(new))
        if not any(len(path) >= len(pattern) and covers(pattern, path) for pattern in ignored)
    )


def _between(path: Path, old: Value, new: Value) -> Iterator[tuple[Path, Kind]]:
    before = old.value if isinstance(old, Secret) else old
    after = new.value if isinstance(new, Secret) else new
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            if key not in BOOKKEEPING:
                yield from _between((*path, key), before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            yield from _between(
                (*path, index),
                before[index] if index < len(before) else None,
                after[index] if index < len(after) else None,
            )
    elif before is None and after is not None:
        yield path, "add"
    elif before is not None and after is None:
        yield path, "delete"
    elif before != after or isinstance(before, bool) != isinstance(after, bool):
        yield path, "update"
