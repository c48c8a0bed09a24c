"""What a deployed stack cannot change: the cloud would make the thing anew, empty, beside or over the old.

A field says so where it is declared (`config.base.immutable`); this compares two settings, for example
the last deployed and the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from config.base import IMMUTABLE, Json, KeyPath
from config.describe import children, node_at
from config.problems import Problem, shown
from config.settings import Settings
from config.translate import at
from config.yaml_text import dotted, line

__all__ = ["changed", "immutable_paths"]


def immutable_paths(provider: str, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Each immutable field of a cloud's settings, with what its change would replace."""
    for name in children(path, provider):
        here = (*path, name)
        if replaces := node_at(here, provider).get(IMMUTABLE):
            yield here, str(replaces)
        yield from immutable_paths(provider, here)


def changed(old: Settings, new: Settings) -> list[Problem]:
    """One problem an immutable field that differs, naming old, new and what would be replaced."""
    before, after = (cast("Json", settings.model_dump(mode="json")) for settings in (old, new))
    moves = old.cloud.provider != new.cloud.provider
    found: list[Problem] = []
    for path, replaces in immutable_paths(old.cloud.provider):
        was, would_be = at(before, path), at(after, path)
        if was == would_be or (moves and path[0] == "cloud" and path != ("cloud", "provider")):
            continue
        found.append(
            Problem(
                path=dotted(path),
                given=f"{shown(was)} -> {shown(would_be)}",
                expected=f"{shown(was)}, as it is deployed",
                why=f"the change would replace {replaces}",
                fix=line(path, was),
            )
        )
    return found
