"""Google's own API documents, as the package ``google-api-python-client`` carries them.

Google publishes one discovery document for each version of each API: its schemas with their fields,
enumerations and patterns, and its methods with their parameters. The files are read where they are
installed; the package itself is never imported.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

PACKAGE: Final = "googleapiclient"
DOCUMENTS: Final = Path("discovery_cache", "documents")
OUTPUT_ONLY: Final = re.compile(r"^\W*output[ -]only\b", re.IGNORECASE)


class UnknownError(LookupError):
    """The documents hold no such thing."""


@dataclass(frozen=True)
class Node:
    """One place in a document: a schema, a field of one, what a list or a map holds, or a parameter."""

    document: str
    path: str
    """Where Google says it: ``NetworkConfig.datapathProvider``, from the nearest schema that has a name."""
    raw: Mapping[str, Any]
    """What is said here, a reference already followed."""
    said: Mapping[str, Any]
    """What is said beside the reference: of the field rather than of its type."""

    @property
    def type(self) -> str:
        """``object``, ``array``, ``string``, ``integer``, ``number``, ``boolean`` or ``any``."""
        return str(self.raw.get("type", "any"))

    @property
    def format(self) -> str:
        """What a text or number stands for, such as ``int64`` or ``google-duration``."""
        return str(self.raw.get("format", ""))

    @property
    def pattern(self) -> str:
        """What a text must match from end to end."""
        return str(self.raw.get("pattern", ""))

    @cached_property
    def choices(self) -> Mapping[str, bool]:
        """The values of an enumeration, each with whether it is deprecated; empty if it is none."""
        values = self.raw.get("enum", [])
        return dict(zip(values, self.raw.get("enumDeprecated", [False] * len(values)), strict=True))

    @property
    def is_answer(self) -> bool:
        """Whether only the API says this: who asks for it is ignored or refused."""
        return self.said.get("readOnly") is True or bool(OUTPUT_ONLY.match(self.said.get("description", "")))

    @property
    def is_deprecated(self) -> bool:
        """Whether Google has deprecated it."""
        return self.said.get("deprecated") is True

    @cached_property
    def fields(self) -> Mapping[str, Node]:
        """The fields of an object by name."""
        return {
            name: _node(self.document, f"{self.path}.{name}", raw)
            for name, raw in self.raw.get("properties", {}).items()
        }

    @cached_property
    def item(self) -> Node | None:
        """What each element of a list is; None if this is no list."""
        return self._below("items", "[]")

    @cached_property
    def entry(self) -> Node | None:
        """What each value of a map is; None if this is no map."""
        return self._below("additionalProperties", "{}")

    def nearest(self, name: str) -> str:
        """The field that was probably meant."""
        return "".join(difflib.get_close_matches(name, self.fields, n=1))

    def _below(self, word: str, mark: str) -> Node | None:
        raw = self.raw.get(word)
        return _node(self.document, self.path + mark, raw) if isinstance(raw, dict) else None


@cache
def folder() -> Path:
    """Where the documents are.

    Raises:
        UnknownError: the package is not installed.
    """
    spec = find_spec(PACKAGE)
    for location in (spec and spec.submodule_search_locations) or ():
        return Path(location, DOCUMENTS)
    msg = "google-api-python-client is not installed: make test"
    raise UnknownError(msg)


@cache
def apis() -> frozenset[str]:
    """The hosts whose API has a document, such as ``container.googleapis.com``."""
    return frozenset(f"{path.name.partition('.')[0]}.googleapis.com" for path in folder().glob("*.json"))


def schema(document: str, path: str) -> Node:
    """A schema of a document, or a place below one: ``Project.cloudArmorTier``.

    Raises:
        UnknownError: there is no such document, schema or field.
    """
    name, _, below = path.partition(".")
    schemas = _read(document)["schemas"]
    if name not in schemas:
        near = ", ".join(difflib.get_close_matches(name, schemas)) or "none is near"
        msg = f"{document} has no schema {name!r}: {near}"
        raise UnknownError(msg)
    return step(_node(document, name, {"$ref": name}), below)


def step(node: Node, path: str) -> Node:
    """The place below: by field names with dots; lists and maps on the way are entered.

    Raises:
        UnknownError: a field on the way does not exist.
    """
    for name in path.split(".") if path else ():
        while (inside := node.item or node.entry) and not node.fields:
            node = inside
        if name not in node.fields:
            near = node.nearest(name)
            msg = f"{node.document} {node.path} has no field {name!r}" + (f": {near}?" if near else "")
            raise UnknownError(msg)
        node = node.fields[name]
    return node


def parameter(document: str, name: str) -> Node:
    """A parameter that some method of the API takes in its address.

    Raises:
        UnknownError: no method of the document takes it.
    """
    found = _parameters(document).get(name)
    if found is None:
        msg = f"no method of {document} has a parameter {name!r}"
        raise UnknownError(msg)
    return found


@cache
def _parameters(document: str) -> Mapping[str, Node]:
    return {
        name: _node(document, f"?{name}", raw)
        for method in _methods(_read(document))
        for name, raw in method.get("parameters", {}).items()
    }


def _methods(resources: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from resources.get("methods", {}).values()
    for inner in resources.get("resources", {}).values():
        yield from _methods(inner)


def _node(document: str, path: str, said: Mapping[str, Any]) -> Node:
    reference = said.get("$ref")
    raw = _read(document)["schemas"][reference] if reference else said
    return Node(document, reference or path, raw, said)


@cache
def _read(document: str) -> Mapping[str, Any]:
    path = folder() / f"{document}.json"
    if not path.exists():
        near = ", ".join(sorted(one.stem for one in folder().glob(f"{document.partition('.')[0]}.*.json")))
        msg = f"the package has no document {document!r}: {near or 'none of that API'}"
        raise UnknownError(msg)
    return json.loads(path.read_text(encoding="utf-8"))
