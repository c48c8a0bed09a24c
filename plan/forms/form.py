"""The small language in which the tables of this folder say what form an answer has.

``arn:{partition}:ec2:{region}:{account}:vpc/{id}`` is text with holes. A hole is, in this order: a
fact of the place (``account``, ``region``, ``zone`` …), something made up from a digest
(``hex:17``, ``HEX:32``, ``digits:12``, ``alnum:12``, ``uuid``, ``ipv4``, ``base64:24``), or a
property of the resource by its wire name. ``{name|x}`` gives a default, ``{roleArn:last}`` the part
after the last slash or colon, ``{name:lower}`` small letters.

Made-up parts come from a digest of the resource's URN and the property's path: the same resource
has the same answers in every process, and two resources have different ones.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from plan.value import Value

__all__ = ["INSTANT", "Facts", "Row", "Unanswered", "fill", "read_rows"]

INSTANT: Final = "2026-01-01T00:00:00Z"
"""The moment at which everything in a simulated cloud was made: a clock would make answers differ."""
HOLE: Final = re.compile(r"\{(\w+)(?::(\w+))?(?:\|([^}]*))?\}")
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"


class Unanswered(LookupError):  # noqa: N818 - it tells a caller to go on, and reaches nobody
    """A hole names a property that has no plain text value."""


@dataclass
class Facts:
    """What an answer about one resource, or one call of a function, is made from."""

    token: str
    urn: str
    place: Mapping[str, str]
    """Facts of the place, by the name of the hole."""
    properties: dict[str, Value]
    """Inputs, and the answers so far."""
    generation: int = 0
    """How often the resource was replaced: its successor is another thing."""
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further holes: ``name``-like facts of the type."""

    def digest(self, path: str) -> str:
        """64 hexadecimal digits that belong to this property of this resource alone."""
        return hashlib.sha256(f"{self.urn}|{self.generation}|{path}".encode()).hexdigest()

    def text(self, name: str) -> str:
        """A property as text.

        Raises:
            Unanswered: it is absent, unknown, secret, or not a scalar. A secret must not become part
                of an identifier.
        """
        value = self.properties.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
            raise Unanswered(name)
        return str(value)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: the form of one property of one type."""

    type: str
    property: str
    form: str


@cache
def read_rows(name: str) -> Mapping[str, tuple[Row, ...]]:
    """A table of this folder, by type, in the order of its lines."""
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as lines:
        found: dict[str, list[Row]] = {}
        for line in csv.DictReader(lines):
            found.setdefault(line["type"], []).append(Row(line["type"], line["property"], line["form"]))
    return {key: tuple(rows) for key, rows in found.items()}


def fill(form: str, facts: Facts, path: str) -> str:
    """The form with its holes filled.

    Raises:
        Unanswered: a hole has neither a value nor a default.
    """
    return HOLE.sub(lambda hole: _hole(facts, path, hole[1], hole[2] or "", hole[3]), form)


def _hole(facts: Facts, path: str, name: str, modifier: str, default: str | None) -> str:
    made = _made(name, modifier, facts, path)
    if made is not None:
        return made
    if name in facts.place:
        text = facts.place[name]
    elif name in facts.names:
        text = facts.names[name]
    else:
        try:
            text = facts.text(name)
        except Unanswered:
            if default is None:
                raise
            text = default
    if modifier == "last":
        return re.split(r"[/:]", text)[-1]
    return text.lower() if modifier == "lower" else text


def _made(name: str, modifier: str, facts: Facts, path: str) -> str | None:  # noqa: PLR0911 - one a form
    length = int(modifier) if modifier.isdigit() else 8
    digest = facts.digest(path)
    if name == "hex":
        return (digest * 2)[:length]
    if name == "HEX":
        return (digest * 2)[:length].upper()
    if name == "digits":
        return str(int(digest, 16) + 10**76)[:length]
    if name in {"alnum", "ALNUM"}:
        number = bytes.fromhex(digest)
        text = "".join(LETTERS[number[index % 32] % len(LETTERS)] for index in range(length))
        return text.upper() if name == "ALNUM" else text
    if name == "uuid":
        return str(uuid.UUID(digest[:32], version=4))
    if name == "ipv4":  # 198.18.0.0/15 is set aside for tests (RFC 2544)
        return f"198.18.{int(digest[:2], 16)}.{int(digest[2:4], 16) % 254 + 1}"
    if name == "base64":
        return base64.b64encode(bytes.fromhex(digest)[:length]).decode()
    if name == "instant":
        return INSTANT
    return None
