"""Hold what a program asks of Google Cloud against what Google's APIs take.

Pulumi's name of a property is the API's name of the field unless `tests.google.tables` says otherwise.
A field that the API does not have, a value outside its enumeration or pattern, and another kind of
value than the API takes are problems; so are what only the API says, and what Google has deprecated.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as member
from typing import Final

from plan.resource import Plan, Resource
from plan.schema import RESERVED
from plan.value import Secret, Unknown, Value
from tests.google import documents
from tests.google.documents import Node, UnknownError
from tests.google.tables import Book

DURATION: Final = re.compile(r"-?\d+(\.\d{1,9})?s")
INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
FORMS: Final = {"google-duration": DURATION, "google-datetime": INSTANT, "date-time": INSTANT}
"""How a text of that format looks."""
WHOLE: Final = r"-?\d+"
NUMBERS: Final = {"integer": WHOLE, "number": r"-?\d+(\.\d+)?(e-?\d+)?"}


@dataclass
class Findings:
    """What was held against the documents, and what is wrong."""

    problems: list[str] = member(default_factory=list[str])
    fields: defaultdict[str, set[str]] = member(default_factory=lambda: defaultdict(set))
    """By type: paths of the properties that a field of the API is known for."""
    choices: defaultdict[str, set[str]] = member(default_factory=lambda: defaultdict(set))
    """By type: those of them whose value is one of an enumeration."""
    excepted: defaultdict[str, set[str]] = member(default_factory=lambda: defaultdict(set))
    """By type: paths of the properties that never reach the API as a field."""
    used: set[object] = member(default_factory=set[object])
    """Rows of the tables that were needed."""


def held(plans: Iterable[Plan], tables: Book) -> Findings:
    """All resources of Google Cloud in the plans against the documents."""
    findings = Findings()
    for plan in plans:
        for resource in plan:
            if resource.package == "gcp" and resource.custom and not resource.is_provider:
                _Reader(resource, tables, findings).read()
    findings.problems = sorted(set(findings.problems))
    return findings


@dataclass(frozen=True, slots=True)
class _Reader:
    """One resource."""

    resource: Resource
    tables: Book
    findings: Findings
    is_secret: bool = False

    def read(self) -> None:
        token = self.resource.type
        kind = self.tables.kinds.get(token)
        if kind is None:
            uncovered = self.tables.uncovered.get(token)
            if uncovered is None:
                self.findings.problems.append(f"{token} is neither in kinds.csv nor in uncovered.csv")
            self.findings.used.add(uncovered)
            return
        self.findings.used.add(kind)
        try:
            root = documents.schema(kind.document, kind.schema)
        except UnknownError as error:
            self.findings.problems.append(f"kinds.csv, {token}: {error}")
            return
        self.object(self.resource.inputs, _entered(root), "")

    def object(self, given: Mapping[str, Value], node: Node, path: str) -> None:
        """Every property of an object as a field of the node."""
        for name, value in given.items():
            if value is not None and name not in RESERVED:
                self.property(name, value, node, f"{path}.{name}" if path else name)

    def property(self, name: str, value: Value, node: Node, path: str) -> None:
        """One property: by its row, else by its name."""
        row = self.tables.exception(self.resource.type, path)
        if row is None:
            self.field(name, value, node, path)
            return
        self.findings.used.add(row)
        try:
            self.excepted(row.rest, value, node, path)
        except UnknownError as error:
            self.findings.problems.append(
                f"exceptions.csv, {row.type} {path}, for {self.resource.type}: {error}"
            )

    def field(self, name: str, value: Value, node: Node, path: str) -> None:
        """A property that is the field of its name."""
        below = node.fields.get(name)
        if below is None:
            near = node.nearest(name)
            hint = f"; {near}?" if near else ""
            self.problem(path, f"{node.document} {node.path} has no such field{hint}")
            return
        if below.is_answer:
            self.problem(path, f"only the API says {node.document} {node.path}.{name}")
        if below.is_deprecated:
            self.problem(path, f"deprecated is {node.document} {node.path}.{name}")
        self.found(value, below, path)

    def excepted(self, rest: str, value: Value, node: Node, path: str) -> None:
        """A property that a row sends elsewhere; the row's reason stands for whatever the field says."""
        if rest == "-":
            self.findings.excepted[self.resource.type].add(path)
        elif rest.startswith("?"):
            self.findings.excepted[self.resource.type].add(path)
            self.choice(value, documents.parameter(node.document, rest[1:]), path)
        else:
            below = documents.step(node, rest.rstrip("[]{}"))
            self.found(value, _entered(below) if rest.endswith(("[]", "{}")) else below, path, many=True)

    def found(self, value: Value, node: Node, path: str, *, many: bool = False) -> None:
        """The value of a property whose field is known."""
        self.findings.fields[self.resource.type].add(path)
        self.value(value, node, path, many=many)

    def value(self, value: Value, node: Node, path: str, *, many: bool = False) -> None:
        """A value of any form against what the API takes there; a list of them where a row says so."""
        if isinstance(value, Secret):
            replace(self, is_secret=True).value(value.value, node, path, many=many)
        elif isinstance(value, list) and (many or node.item is not None):
            for item in value:
                self.value(item, node.item or node, path)
        elif isinstance(value, dict) and node.fields:
            self.object(value, node, path)
        elif isinstance(value, dict) and node.entry is not None:
            for inner in value.values():
                self.value(inner, node.entry, path)
        elif value is None or isinstance(value, Unknown) or _is(value, node):
            self.text(value, node, path)
        else:
            self.problem(path, f"{node.document} {node.path} takes {node.format or node.type}", value)

    def text(self, value: Value, node: Node, path: str) -> None:
        """A text of the right type: its pattern and its enumeration."""
        if isinstance(value, str) and node.pattern and not re.fullmatch(node.pattern, value):
            self.problem(path, f"{node.document} {node.path} must match {node.pattern}", value)
        self.choice(value, node, path)

    def choice(self, value: Value, node: Node, path: str) -> None:
        """A value of an enumeration, be it Google's or the table's. Empty is how Pulumi says none of them."""
        row = None if node.choices else self.tables.choices.get((node.document, node.path))
        choices = dict.fromkeys(row.values.split("|"), False) if row else node.choices
        if not choices or not isinstance(value, str) or not value:
            return
        self.findings.used.add(row)
        self.findings.choices[self.resource.type].add(path)
        if value not in choices:
            self.problem(path, f"{node.document} {node.path} is one of {', '.join(choices)}", value)
        elif choices[value]:
            self.problem(path, f"deprecated is this value of {node.document} {node.path}", value)

    def problem(self, path: str, what: str, given: Value = None) -> None:
        """Note what is wrong; a secret is not shown."""
        where = f"{self.resource.name} ({self.resource.type}) {path}"
        shown = "" if given is None else " (given: a secret)" if self.is_secret else f" (given: {given!r})"
        self.findings.problems.append(f"{where}: {what}{shown}")


def _entered(node: Node) -> Node:
    """What is in a list or a map."""
    return node.item or node.entry or node


def _is(value: Value, node: Node) -> bool:
    """Whether a value is of the field's type and format.

    Numbers may travel as texts, both ways. A boolean that may be left open is a text in Pulumi.
    """
    if node.type == "boolean":
        return isinstance(value, bool) or (isinstance(value, str) and value in {"TRUE", "FALSE"})
    if node.type in NUMBERS or node.format in {"int64", "uint64"}:
        return bool(re.fullmatch(NUMBERS.get(node.type, WHOLE), str(value)))
    if node.type == "string":
        form = FORMS.get(node.format)
        return isinstance(value, str) and (form is None or bool(form.fullmatch(value)))
    return node.type == "any" or (isinstance(value, dict) and node.type == "object")
