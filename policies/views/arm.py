"""How Azure's resource manager says things: words in any case, and firewalls by first and last address."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from policies.truth import Truth, known

if TYPE_CHECKING:
    from policies.node import Node
    from policies.subject import Body, Subject

__all__ = ["NAMES", "admits_everyone", "is_closed", "joined", "says"]

NAMES: Final = ("name", "id")
"""What a resource is called by others, once it is there."""
CLOSED: Final = ("disabled", "securedbyperimeter")
"""What ``publicNetworkAccess`` says if the internet is kept out, or if a perimeter decides."""


def says(node: Node, *words: str, absent: Truth = Truth.NO) -> Truth:
    """Whether it is one of these words, given in lower case; Azure takes them in any."""
    return node.test(lambda value: str(value).lower() in words, absent=absent)


def is_closed(access: Node) -> Truth:
    """Whether a ``publicNetworkAccess`` keeps the internet out. To say nothing is to let it in."""
    return says(access, *CLOSED)


def joined(subject: Subject, others: str, key: str, *names: str) -> list[tuple[Body, Truth]]:
    """The resources of a type that name the judged one under a key, each with whether it really does."""
    stack = subject.stack
    found = ((one, stack.refers(one, key, subject.body, *names, *NAMES)) for one in stack.of(others))
    return [(one, mine) for one, mine in found if mine != Truth.NO]


def admits_everyone(first: Node, last: Node) -> Truth:
    """Whether a firewall's range of addresses is the internet, or half of it."""
    ends = (first, last)
    if any(end.is_absent for end in ends):
        return Truth.NO
    if any(end.is_open for end in ends):
        return Truth.UNKNOWN
    return known(value=_is_wide(first.text, last.text))


def _is_wide(first: str, last: str) -> bool:
    try:
        low, high = ipaddress.ip_address(first), ipaddress.ip_address(last)
    except ValueError:
        return False
    return low.version == high.version and int(high) - int(low) + 1 >= 2 ** (low.max_prefixlen - 1)
