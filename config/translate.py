"""From what pydantic found to what a person can mend.

Pydantic names a type and a place. The reader needs the value, what may stand there, the reason and the
line to paste, so the line is worked out here: the nearest word, the number in quotes, the range without
host bits, the profile's value, and only then an example.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.base import Json, KeyPath
from config.describe import Node, accepts, children, example, expected, node_at, why
from config.problems import Problem, nearest, problem, shown
from config.yaml_text import dotted, line, printable

__all__ = ["absent", "at", "meant", "translate", "unknown_key"]

_TAGS = ("aws", "gcp", "azure")
_YES = ("yes", "on", "true", "1", "y")
_NO = ("no", "off", "false", "0", "n")


def at(tree: Json, path: KeyPath) -> Json:
    """The value at a path; nothing where the path leads nowhere."""
    for part in path:
        if isinstance(tree, dict) and isinstance(part, str):
            tree = tree.get(part)
        elif isinstance(tree, list) and isinstance(part, int) and part < len(tree):
            tree = tree[part]
        else:
            return None
    return tree


def _numbers(node: Node, text: str) -> Iterator[Json]:
    """The number that a text is, rounded and brought into range."""
    try:
        number = float(text)
    except ValueError:
        return
    if not math.isfinite(number):
        return
    step, low, high = (node.get(key) for key in ("multipleOf", "minimum", "maximum"))
    if isinstance(low, (int, float)) and isinstance(high, (int, float)):
        if not low <= number <= high:
            yield node.get("default")
        number = min(max(number, low), high)
    yield round(number / step) * step if isinstance(step, float) else int(number)


def _repairs(node: Node, given: Json, text: str) -> Iterator[Json]:
    """Values near the given one, the likeliest first."""
    if isinstance(known := node.get("enum"), list):
        words = [str(word) for word in known]
        near = nearest(text, words)
        if near is not None:
            yield known[words.index(near)]
    if isinstance(given, bool):
        return
    if text.lower() in (*_YES, *_NO):
        yield text.lower() in _YES
    yield from _numbers(node, text)
    with suppress(ValueError):
        yield str(ipaddress.IPv4Network(text, strict=False))
    bare = text.strip()
    yield from (bare, bare.lower(), bare.upper(), f"{bare.replace(',', '').lstrip('$')} USD")


def _repair(node: Node, given: Json, text: str) -> Json:
    """The nearest value that is accepted; nothing when none is near."""
    near = _repairs(node, given, text) if given is not None else iter(())
    return next((repair for repair in near if accepts(node, repair)), None)


def _filling(path: KeyPath, node: Node, profile: Json) -> Json:
    """What the profile has there, else an example."""
    known = at(profile, path)
    return known if known is not None else example(node)


def absent(path: KeyPath, provider: Json, profile: Json) -> Problem:
    """A value that no profile can know and that is not said."""
    node = node_at(path, provider)
    better = _filling(path, node, profile)
    return replace(
        problem(path, None, expected=expected(node), why=why(node), better=better), given="nothing"
    )


def meant(path: KeyPath, known: Sequence[str], beside: Json) -> KeyPath | None:
    """The path that an unknown key was probably to be, unless that is there already."""
    near = nearest(str(path[-1]), known)
    return (*path[:-1], near) if near and not (isinstance(beside, dict) and near in beside) else None


def _renamed(path: KeyPath, name: str, value: Json, provider: Json) -> str:
    """The line with the right key. The value comes along only if it fits: it could be a password."""
    if isinstance(value, (dict, list)):
        empty = line(path, None).replace(": null", ":", 1)
        return f"{empty}{'' if path[1:] else '  #'} in place of {printable(name)}"
    node = node_at(path, provider)
    return line(path, value if accepts(node, value) else example(node))


def unknown_key(path: KeyPath, known: tuple[str, ...], beside: Json, provider: Json) -> Problem:
    """A key that no section has."""
    name = str(path[-1])
    wanted = meant(path, known, beside)
    value = at(beside, path[-1:])
    fix = _renamed(wanted, name, value, provider) if wanted else f"# remove the key {printable(name)}"
    return Problem(
        path=dotted(path),
        given=f"the key {shown(name)}",
        expected=f"one of the keys {', '.join(known)}{f'; did you mean {wanted[-1]}?' if wanted else ''}",
        why="a key that nothing reads would be passed over in silence",
        fix=fix,
    )


def _name(path: KeyPath, value: Json, detail: str) -> Problem:
    """A named entry whose name is not accepted."""
    name = str(path[-1])
    better = re.sub("[^a-z0-9]+", "-", name.lower()).strip("-0123456789")[:40].strip("-") or "api"
    fix = _renamed((*path[:-1], better), name, value if isinstance(value, dict) else {}, None)
    reason = "The name becomes a DNS name in the cluster and a part of longer names."
    return Problem(dotted(path), f"the name {shown(name)}", detail, reason, fix)


def _path(section: str, details: ErrorDetails) -> KeyPath:
    location = details["loc"]
    if section == "cloud" and location[:1] and location[0] in _TAGS:
        location = location[1:]
    return (section, *location)


def _kind(value: Json) -> str:
    match value:
        case bool():
            return f"the word {str(value).lower()}"
        case str():
            return "a date"
        case _:
            return "a number"


def _given(value: Json, text: str | None, node: Node) -> str:
    """The value as it was written, and what it is to YAML where something else is wanted."""
    if value is None:
        return "an empty value"
    if text is None or text == value:
        return shown(value)
    written = printable(text)[:72]
    return written if node.get("type") in ("integer", "number") else f"{written}, {_kind(value)} to YAML"


def _item(path: KeyPath, repair: Json, raw: Json, profile: Json) -> str:
    """The list with one item mended, or left out when nothing is near."""
    above, place, whole = path[:-1], path[-1], at(raw, path[:-1])
    items = whole if isinstance(whole, list) else []
    mended: list[Json] = [repair if index == place else item for index, item in enumerate(items)]
    rest: list[Json] = [item for item in mended if item is not None]
    return line(above, rest or _filling(above, node_at(above), profile))


def _value(path: KeyPath, said: str, raw: Json, texts: Mapping[KeyPath, str], profile: Json) -> Problem:
    """A value that is not accepted."""
    node, given = node_at(path, at(raw, ("cloud", "provider"))), at(raw, path)
    text = texts.get(path)
    repair = _repair(node, given, text or (given if isinstance(given, str) else shown(given)))
    wanted = said or expected(node)
    if "enum" in node and isinstance(repair, str):
        wanted += f"; did you mean {repair}?"
    if isinstance(path[-1], int):
        fix = _item(path, repair, raw, profile)
    else:
        fix = line(path, _filling(path, node, profile) if repair is None else repair)
    return Problem(dotted(path), _given(given, text, node), wanted, why(node), fix)


def _one(
    path: KeyPath, details: ErrorDetails, raw: Json, texts: Mapping[KeyPath, str], profile: Json
) -> Problem:
    provider, kind = at(raw, ("cloud", "provider")), details["type"]
    said = str(details.get("ctx", {}).get("error", "")) if kind == "value_error" else ""
    if path[-1] == "[key]":
        return _name(path[:-1], at(raw, path[:-1]), said)
    if kind == "extra_forbidden":
        return unknown_key(path, children(path[:-1], provider), at(raw, path[:-1]), provider)
    if kind.startswith("union_tag"):
        path = (*path, "provider")
        cloud = at(raw, path[:-1])
        for key in cloud if isinstance(cloud, dict) and provider is None else ():
            if key not in children(path[:-1]) and meant((key,), ("provider",), cloud):
                return unknown_key((*path[:-1], key), children(path[:-1]), cloud, provider)
    if kind == "missing" or (kind == "union_tag_not_found" and provider is None):
        return absent(path, provider, profile)
    return _value(path, said, raw, texts, profile)


def translate(
    section: str, error: ValidationError, raw: Json, texts: Mapping[KeyPath, str], profile: Json
) -> list[Problem]:
    """The problems of one section, one a place.

    ``raw`` is the tree of settings as said, without the profile, ``texts`` its scalars as they are written,
    ``profile`` the tree that fills what is not said. A key that is missing because it is misspelt is one
    problem, not two.
    """
    provider = at(raw, ("cloud", "provider"))
    found: dict[KeyPath, Problem] = {}
    misspelt: set[KeyPath | None] = set()
    for details in error.errors(include_url=False, include_input=False):
        path = _path(section, details)
        if path not in found:
            found[path] = _one(path, details, raw, texts, profile)
        if details["type"] == "extra_forbidden":
            misspelt.add(meant(path, children(path[:-1], provider), at(raw, path[:-1])))
    return [found[path] for path in found if path not in misspelt]
