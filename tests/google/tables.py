"""The map from Pulumi's words to Google's: four tables, because all of it is data.

``kinds.csv``       which schema of which document a type's inputs are (``Policy.bindings``: a place below)
``exceptions.csv``  properties that are not the field of the same name, and why
``enums.csv``       values that Google lists elsewhere: in the field's description, or on a page
``uncovered.csv``   types, and hosts of APIs, that have no document in the package, and why

The word in the column ``rest`` of an exception:

``a.b``  the field is there, seen from the field that holds the property; lists on the way are entered
``a[]``  Pulumi has one where the API has a list
``a{}``  Pulumi has a list where the API has a map
``?a``   a parameter in the call's address
``-``    the provider's own: the API never sees it
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
ANY: Final = "*"
"""In the column ``type``: of every type that has no row of its own for the property."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Where a type's inputs are described."""

    type: str
    document: str
    schema: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """One property that is not the field of the same name."""

    type: str
    path: str
    rest: str
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Values that a field's description lists."""

    document: str
    path: str
    values: str
    """With ``|`` between them."""
    source: str


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A type, or the host of an API, without a document."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Book:
    """The tables, to look things up in."""

    kinds: Mapping[str, Kind]
    exceptions: Mapping[tuple[str, str], Exemption]
    choices: Mapping[tuple[str, str], Choice]
    uncovered: Mapping[str, Uncovered]

    def exception(self, token: str, path: str) -> Exemption | None:
        """The row for a property: the type's own, else the one for all types."""
        return self.exceptions.get((token, path)) or self.exceptions.get((ANY, path))

    def rows(self) -> frozenset[object]:
        """Every row there is."""
        tables = (self.kinds, self.exceptions, self.choices, self.uncovered)
        return frozenset(row for table in tables for row in table.values())


def lines(name: str) -> list[dict[str, str]]:
    """The lines of a table by column."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def book(
    kinds: Iterable[Kind] = (),
    exceptions: Iterable[Exemption] = (),
    choices: Iterable[Choice] = (),
    uncovered: Iterable[Uncovered] = (),
) -> Book:
    """Tables from rows."""
    return Book(
        {row.type: row for row in kinds},
        {(row.type, row.path): row for row in exceptions},
        {(row.document, row.path): row for row in choices},
        {row.what: row for row in uncovered},
    )


@cache
def shipped() -> Book:
    """The tables of this folder."""
    return book(
        (Kind(**row) for row in lines("kinds.csv")),
        (Exemption(**row) for row in lines("exceptions.csv")),
        (Choice(**row) for row in lines("enums.csv")),
        (Uncovered(**row) for row in lines("uncovered.csv")),
    )
