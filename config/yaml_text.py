"""YAML as the engine reads it, one value at a time, and as a person pastes it.

Pulumi reads stack files with Go's yaml.v3, Python would read them by other rules (``no`` is false,
``1e3`` is text). A setting must mean the same in both, so the rules of the first are kept here. Source:
``resolve`` in gopkg.in/yaml.v3 3.0.1 and ``object.go`` of Pulumi's configuration; compared with
``pulumi config --json`` of Pulumi 3.259.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from config.base import NAMESPACE, Json, KeyPath

__all__ = ["dotted", "engine_text", "flow", "line", "printable", "resolve"]

_WORDS: Final[dict[str, Json]] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INTEGER: Final = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)")
_TIME: Final = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:[Tt ]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(\.[0-9]+)?(?:Z|([+-][0-9]{2}):([0-9]{2}))?)?"
)
_PLAIN: Final = re.compile(r"[A-Za-z0-9/](?:(?:[A-Za-z0-9 _./@+=-]|:(?! |$))*[A-Za-z0-9_./@+=-])?")
_LONGEST_INTEGER: Final = 60
_EXPONENT_BELOW, _EXPONENT_FROM = 1e-6, 1e21  # where Go's JSON begins to write 1e-7 and 1e+21


def _time(text: str) -> str | None:
    """A date or time as Go prints it; nothing for other text."""
    found = _TIME.fullmatch(text)
    if not found:
        return None
    try:
        moment = datetime(*(int(part or 0) for part in found.groups()[:6]), tzinfo=UTC)
    except ValueError:
        return None
    fraction, offset = (found[7] or "").rstrip("0").rstrip("."), f"{found[8]}{found[9]}" if found[8] else ""
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction} {f'{offset} {offset}' if offset else '+0000 UTC'}"


def resolve(text: str) -> Json:
    """What an unquoted YAML scalar is to the engine.

    A date or time becomes text in another form. A number that JSON cannot carry (``.nan``, ``.inf``)
    stays text: the engine gives up on it, and no setting accepts that text.
    """
    if text in _WORDS:
        return _WORDS[text]
    if moment := _time(text):
        return moment
    plain = text.replace("_", "") if text[0] in "+-0123456789" else text
    if len(plain) <= _LONGEST_INTEGER and _INTEGER.fullmatch(plain):
        sign, digits = (-1, plain[1:]) if plain[0] == "-" else (1, plain.removeprefix("+"))
        old_octal = len(digits) > 1 and digits[0] == "0" and digits[1] in "01234567"
        whole = sign * (int(digits, 8) if old_octal else int(digits, 0))
        return whole if -(2**63) <= whole < 2**63 else float(whole)
    if _FLOAT.fullmatch(plain) and math.isfinite(number := float(plain)):
        return int(number) if number.is_integer() and abs(number) < _EXPONENT_FROM else number
    return text


def engine_text(value: Json) -> str:
    """A value as the engine hands it to a program: scalars as bare text, the rest as JSON."""
    match value:
        case None:
            return ""
        case str():
            return value
        case float() if _EXPONENT_BELOW <= abs(value) < _EXPONENT_FROM:
            return f"{Decimal(repr(value)):f}".removesuffix(".0")
        case float():
            return re.sub("e([+-])0", r"e\1", repr(value))
        case _:
            return json.dumps(value)


def flow(value: Json) -> str:
    """A value on one line of YAML, quoted where YAML would read something else than text."""
    match value:
        case dict():
            return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(flow, value)) + "]"
        case str() if _PLAIN.fullmatch(value) and resolve(value) == value:
            return value
        case float():
            return json.dumps(value).removesuffix(".0")
        case _:
            return json.dumps(value)


def printable(text: str) -> str:
    """Text that does nothing to a terminal: what cannot be printed is written as its code."""
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in text)


def dotted(path: KeyPath) -> str:
    """A path as people write it: ``cluster.spot.instance_types[0]``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{printable(part)}"
    return text.removeprefix(".")


def line(path: KeyPath, value: Json) -> str:
    """The line to paste into a stack file, with a comment that says under which section it stands."""
    head, *rest = path
    if not rest:
        return f"{flow(f'{NAMESPACE}:{head}')}: {flow(value)}"
    above = f"{NAMESPACE}:{dotted(path[:-1])}"
    return f"{flow(str(rest[-1]))}: {flow(value)}  # in {above}"
