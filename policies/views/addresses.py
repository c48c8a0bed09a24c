"""Whom a range of addresses means."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_network
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from policies.node import Node
    from policies.truth import Truth

__all__ = ["is_everyone", "means_everyone"]

WIDEST: Final = 3
"""A prefix of no more bits is the internet, or a piece into which it is split to get past a check. IPv6
has its whole internet in ``2000::/3``."""


@lru_cache(maxsize=1024)
def means_everyone(text: str) -> bool:
    """Whether a range, in any spelling, is the internet or a large piece of it."""
    try:
        return ip_network(text.strip(), strict=False).prefixlen <= WIDEST
    except ValueError:
        return False


def is_everyone(range_: Node) -> Truth:
    """Whether it is the internet, or a large piece of it."""
    return range_.test(lambda value: isinstance(value, str) and means_everyone(value))
