"""Whom a range of addresses means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from policies.node import Node
    from policies.truth import Truth

__all__ = ["is_everyone"]

EVERYONE: Final = ("0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1")
"""All addresses, and the halves into which they are split to get past a check."""


def is_everyone(range_: Node) -> Truth:
    """Whether it is the internet, or half of it."""
    return range_.one_of(EVERYONE)
