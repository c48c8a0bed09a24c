"""Whether a name is on a list of the settings."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from policies.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Collection

    from policies.node import Node

__all__ = ["is_listed"]


def is_listed(name: Node, patterns: Collection[str]) -> Truth:
    """Whether a name fits one of these patterns (``*`` is any text). On an empty list is nobody."""
    if not patterns:
        return Truth.NO
    return name.test(lambda said: any(fnmatchcase(str(said), pattern) for pattern in patterns))
