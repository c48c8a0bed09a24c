"""Amounts as Kubernetes writes them: ``250m``, ``1.5``, ``512Mi``, ``1e3``."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from policies.truth import Truth, known

if TYPE_CHECKING:
    from policies.node import Node

__all__ = ["exceeds"]

WRITTEN: Final = re.compile(r"\+?(\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE]([+-]?\d{1,2})|([A-Za-z]{0,2}))")
UNITS: Final = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 10**3),
    "": Fraction(1),
    **{unit: Fraction(1000**power) for power, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": Fraction(1024**power) for power, unit in enumerate("KMGTPE", start=1)},
}


def exceeds(one: Node, other: Node, times: float = 1) -> Truth:
    """Whether an amount is over so many times another.

    No if one of them is not there, unknown if one cannot be read.
    """
    if Truth.YES in (one.is_empty, other.is_empty):
        return Truth.NO
    first, second = _amount(one), _amount(other)
    if first is None or second is None:
        return Truth.UNKNOWN
    return known(value=first > second * Fraction(times))


def _amount(written: Node) -> Fraction | None:
    """The amount, exactly. None of what is not known, or no amount."""
    text = written.text or ("" if written.number is None else str(written.number))
    match = WRITTEN.fullmatch(text.strip())
    if match is None:
        return None
    digits, exponent, unit = match.groups()
    factor = Fraction(10) ** int(exponent) if exponent else UNITS.get(unit or "")
    return None if factor is None else Fraction(digits) * factor
