"""Three-valued logic, so that what nobody can know yet is neither a pass nor a violation.

A condition on a planned value is true, false, or unknown until the deployment. `Truth` combines them
by Kleene's rules: one violation stays a violation whatever else is unknown, and an unknown never
turns into a pass. Python's own ``and``, ``or`` and ``not`` cannot do that, so a `Truth` refuses them.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import NoReturn

__all__ = ["Truth", "every", "known", "some"]


class Truth(IntEnum):
    """No, unknown or yes. ``&`` takes the least of two, ``|`` the greatest, ``~`` the opposite."""

    NO = 0
    UNKNOWN = 1
    YES = 2

    def __and__(self, other: int) -> Truth:
        return self if self <= other else Truth(other)

    def __or__(self, other: int) -> Truth:
        return self if self >= other else Truth(other)

    def __invert__(self) -> Truth:
        return OPPOSITE[self]

    def __bool__(self) -> NoReturn:
        msg = "a Truth may be unknown: combine it with &, | and ~, or compare it with Truth.YES"
        raise TypeError(msg)


OPPOSITE = (Truth.YES, Truth.UNKNOWN, Truth.NO)


def known(*, value: bool) -> Truth:
    """The truth of a plain Python condition."""
    return Truth.YES if value else Truth.NO


def some(truths: Iterable[Truth]) -> Truth:
    """Whether at least one holds. Of nothing: no."""
    return max(truths, default=Truth.NO)


def every(truths: Iterable[Truth]) -> Truth:
    """Whether all hold. Of nothing: yes."""
    return min(truths, default=Truth.YES)
