"""Prices from `prices.csv`, and the bill that is made of them, in USD a month.

Every amount is a range: equal where the plan says a size, apart where it says from what to what, without an
end where nobody knows yet. What has no price on the list is no zero: it stands on the bill as not counted.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from policies.node import Node
from policies.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policies.subject import Body, Stack

__all__ = ["NONE", "ONE", "OPEN", "Bill", "Line", "Meter", "Range", "amount", "of_any", "product"]

FILE: Final = Path(__file__).with_name("prices.csv")
HOURS: Final = 730
"""Of a month."""
BASE: Final[Mapping[str, str]] = {"aws": "us-east-1", "gcp": "us-central1", "azure": "eastus"}
"""Whose price stands in for that of a region that has none."""
ZONE_HYPHENS: Final = 2


class Range(NamedTuple):
    """At least and at most."""

    low: float
    high: float


NONE: Final = Range(0, 0)
ONE: Final = Range(1, 1)
OPEN: Final = Range(0, inf)


class Line(NamedTuple):
    """One part of one resource: ``cost`` is None where the list has no price for it."""

    name: str
    what: str
    cost: Range | None


@dataclass(frozen=True, slots=True)
class Bill:
    """What a stack costs."""

    lines: tuple[Line, ...]

    @property
    def total(self) -> Range:
        """All that is counted."""
        costs = [line.cost for line in self.lines if line.cost is not None]
        return Range(sum(cost.low for cost in costs), sum(cost.high for cost in costs))

    @property
    def uncounted(self) -> tuple[str, ...]:
        """What has no price on the list."""
        return tuple(f"{line.name} ({line.what})" for line in self.lines if line.cost is None)


def amount(node: Node, default: float = 0, most: Node | None = None) -> Range:
    """How many: a number, or the provider's default, or whatever; up to another number if there is one."""
    if most is not None:
        return Range(amount(node, default).low, amount(most, default).high)
    if node.is_absent:
        return Range(default, default)
    try:
        number = float(node.value)
    except (TypeError, ValueError):
        return OPEN
    return Range(number, number) if 0 <= number < inf else OPEN


def product(*ranges: Range) -> Range:
    """The ranges multiplied. Nothing times whatever is nothing."""
    low = high = 1.0
    for one in ranges:
        low, high = low * one.low, 0 if 0 in (high, one.high) else high * one.high
    return Range(low, high)


def of_any(ranges: Iterable[Range | None]) -> Range | None:
    """One of several, nobody knows which; None if one of them has no price."""
    found = list(ranges)
    known = [one for one in found if one is not None]
    if not known or len(known) < len(found):
        return None
    return Range(min(one.low for one in known), max(one.high for one in known))


@cache
def _prices() -> Mapping[tuple[str, str, str, str], Mapping[str, float]]:
    """A month's price by region, for cloud, service, article and dimension."""
    found: defaultdict[tuple[str, str, str, str], dict[str, float]] = defaultdict(dict)
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = (row["cloud"], row["service"], row["sku"].lower(), row["dimension"])
            found[key][row["region"]] = float(row["price_usd"]) * (
                HOURS if row["unit"].endswith("hour") else 1
            )
    return dict(found)


@dataclass(frozen=True, slots=True)
class Meter:
    """One resource in its stack, whose lines are to be written."""

    stack: Stack
    body: Body

    def at(self, path: str) -> Node:
        """A place in its properties."""
        return self.body.root.at(path)

    def rate(self, service: str, article: str, dimension: str) -> Range | None:
        """The price of one. Of a region that has none: its cloud's base region's, else the dearest."""
        cloud = self.body.type.partition(":")[0].removesuffix("-native")
        prices = _prices().get((cloud, service, article.lower(), dimension))
        if prices is None:
            return None
        places = [*map(self.body.root.key, ("region", "location", "zone")), self.body.provider.key("region")]
        place = next((node.text.lower().replace(" ", "") for node in places if not node.is_absent), "")
        if cloud == "gcp" and place.count("-") == ZONE_HYPHENS:
            place = place.rpartition("-")[0]
        low = high = prices.get(place, prices.get(BASE[cloud], max(prices.values())))
        return Range(low, high) if place else Range(min(prices.values()), max(prices.values()))

    def line(self, what: str, rate: Range | None, *counts: Range) -> Line:
        """A line of the bill: a price, and how many."""
        free = any(count.high == 0 for count in counts)
        cost = NONE if free else product(rate, *counts) if rate is not None else None
        return Line(self.body.resource.name, what, cost)

    def other(self, token: str, path: str, *names: str) -> Node:
        """The properties of another resource of the stack that this one means; else an absent place."""
        refers = self.stack.refers
        found = (
            body.root for body in self.stack.of(token) if refers(self.body, path, body, *names) == Truth.YES
        )
        return next(found, Node(None))
