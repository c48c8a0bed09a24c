"""Lists of which a rule lets only some members stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from policies.edit import Edit
    from policies.node import Node

__all__ = ["keeping"]


def keeping(members: Node, may_stay: Callable[[Node], bool]) -> list[Edit]:
    """The edit that leaves in a list what may stay there.

    None of a list that holds a secret or an unknown: its text would show the one and lose the other.
    """
    found = members.items()
    if not all(_is_plain(member) for member in found):
        return []
    return [members.becomes([member.value for member in found if may_stay(member)])]


def _is_plain(node: Node) -> bool:
    if not node.is_known or node.secret:
        return False
    return node.value.__class__ in (str, bool, int, float) or all(_is_plain(one) for _, one in node.entries())
