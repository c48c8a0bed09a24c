"""Cases that other projects label, as plans: what a policy says of them can be scored against the labels.

A case file has one JSON object a line: ``case`` (its name) and ``resources``, each with ``type``, ``name``,
``props``, ``deps`` (addresses that it depends on) and ``tf`` (the address that it had). A value that only its
own tool could work out is ``{"__unknown__": "<expression>"}``. It becomes unknown (``preview``) or a text
(``up``), and the resources that its expression names are what it comes from, as an engine would record it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from plan.resource import Mode, Plan, Resource
from plan.value import UNKNOWN, Value
from policies.evaluate import Judge
from policies.outcome import Outcome
from policies.testing import over_the_wire

__all__ = ["STACK", "CaseFileError", "ForeignCase", "outcomes", "read"]

STACK: Final = "prod"
PROJECT: Final = "cases"
MARK: Final = "__unknown__"
WORDS: Final = {Outcome.NOT_APPLICABLE: "n/a"}
TERRAFORM: Final = re.compile(r"(?<![\w.\"/-])([a-z][a-z0-9]*_\w*\.[\w-]+)")
"""``aws_s3_bucket.logs`` in ``aws_s3_bucket.logs.id``; no data source, variable or the like."""
PULUMI: Final = re.compile(r"\$\{(?:\[\"([^\"]+)\"\]|([\w-]+))")
"""``logs`` in ``${logs.id}`` and in ``${["logs"].id}``."""
ARM: Final = re.compile(r"resourceId\(\s*'([\w./]+)'\s*,\s*('[^']*'|[^(),]+\([^()]*\))\s*\)")
"""Type and name in ``[resourceId('Microsoft.Sql/servers', variables('name'))]``."""


class CaseFileError(ValueError):
    """A line that is no case. The message says which file, which line, and what is wrong with it."""

    def __init__(self, path: Path, line: int, why: str) -> None:
        super().__init__(f"{path.name}:{line}: {why}")


@dataclass(frozen=True, slots=True)
class ForeignCase:
    """A case as it stands in a file."""

    name: str
    resources: tuple[Mapping[str, Any], ...]

    def plan(self, mode: Mode) -> Plan:
        """The case as a plan: unknown where it does not know (``preview``), or with a text there (``up``)."""
        urns = self._urns()
        named: dict[str, str] = {}
        for found, urn in zip(self.resources, urns, strict=True):
            for name in (found["name"], found.get("tf")):
                if name:
                    named.setdefault(name, urn)
        made = (
            _resource(found, urn, named, mode)
            for found, urn in zip(self.resources, urns, strict=True)
            if found["type"]
        )
        return Plan(PROJECT, STACK, mode, tuple(made))

    def names(self) -> Mapping[str, str]:
        """What each resource is called in the case, by URN."""
        return {urn: str(found["name"]) for found, urn in zip(self.resources, self._urns(), strict=True)}

    def _urns(self) -> list[str]:
        """A URN for each; a second of the same type and name, which no engine would take, gets a number."""
        seen: Counter[str] = Counter()
        urns: list[str] = []
        for found in self.resources:
            urn = f"urn:pulumi:{STACK}::{PROJECT}::{found['type']}::{found['name']}"
            seen[urn] += 1
            urns.append(urn if seen[urn] == 1 else f"{urn}#{seen[urn]}")
        return urns


def read(path: Path) -> Iterator[ForeignCase]:
    """The cases of a file, one after the other.

    Raises:
        CaseFileError: a line that is no case.
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _case(path, number, line)


def outcomes(case: ForeignCase, judge: Judge, mode: Mode) -> Iterator[dict[str, str]]:
    """What every policy says of every resource of a case, in the form that a scorer reads."""
    plan, names = case.plan(mode), case.names()
    findings = [finding for resource in plan for finding in judge.resource(resource)]
    findings += judge.stack([(resource, None) for resource in plan])
    for finding in findings:
        if finding.urn in names:
            yield {
                "case": case.name,
                "policy": finding.policy,
                "resource": names[finding.urn],
                "outcome": WORDS.get(finding.outcome, str(finding.outcome)),
                "sub": finding.part,
            }


def _case(path: Path, number: int, line: bytes) -> ForeignCase:
    try:
        found: object = json.loads(line)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CaseFileError(path, number, f"it is not JSON ({error})") from None
    if not isinstance(found, dict):
        raise CaseFileError(path, number, f"it holds a {type(found).__name__}, expected an object")
    fields = cast("Mapping[str, Any]", found)
    name, resources = fields.get("case"), fields.get("resources")
    if not isinstance(name, str) or not isinstance(resources, list):
        raise CaseFileError(path, number, "a case has a name (case) and a list of resources")
    for resource in cast("list[object]", resources):
        why = _problem(resource)
        if why:
            raise CaseFileError(path, number, f"{name}: {why}")
    return ForeignCase(name, tuple(cast("list[Mapping[str, Any]]", resources)))


def _problem(resource: object) -> str:
    """What is wrong with a resource; empty for nothing."""
    if not isinstance(resource, dict):
        return f"a resource is {resource!r}, expected an object"
    fields = cast("Mapping[str, Any]", resource)
    if not isinstance(fields.get("name"), str):
        return "a resource has no name"
    if not isinstance(fields.get("type"), str | None):
        return f"the type of {fields['name']} is {fields['type']!r}, expected a text, or null for none"
    if not isinstance(fields.get("props") or {}, dict):
        return f"the props of {fields['name']} are no object"
    return ""


def _resource(found: Mapping[str, Any], urn: str, named: Mapping[str, str], mode: Mode) -> Resource:
    properties: Mapping[str, Any] = found.get("props") or {}
    sources = {key: _sources(value, named) for key, value in properties.items()}
    traced = {key: urns for key, urns in sources.items() if urns}
    stated = (named.get(name, _outside(name)) for name in found.get("deps") or ())
    urns = (*stated, *(urn for urns in traced.values() for urn in urns))
    return Resource(
        urn=urn,
        type=found["type"],
        name=found["name"],
        custom=True,
        inputs=over_the_wire({key: _value(value, mode) for key, value in properties.items()}),
        dependencies=tuple(dict.fromkeys(urns)),
        property_dependencies=traced,
    )


def _sources(value: object, named: Mapping[str, str]) -> tuple[str, ...]:
    """The resources that the unknown values in a value come from, also those that the case leaves out."""
    found = (named.get(name, _outside(name)) for text in _expressions(value) for name in _names(text, named))
    return tuple(dict.fromkeys(found))


def _expressions(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        fields = cast("Mapping[str, object]", value)
        if MARK in fields:
            yield str(fields[MARK])
        else:
            for inner in fields.values():
                yield from _expressions(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _expressions(inner)


def _names(expression: str, named: Mapping[str, str]) -> Iterator[str]:
    """The addresses in an expression of Terraform, of Pulumi's YAML, or of an ARM template."""
    for kind, name in ARM.findall(expression):
        yield f"{kind}.{name[1:-1]}" if name.startswith("'") else f"{kind}.[{name}]"
    for quoted, plain in PULUMI.findall(expression):
        if (quoted or plain) in named:
            yield quoted or plain
    if not expression.startswith("["):
        yield from TERRAFORM.findall(expression)


def _outside(name: str) -> str:
    """A URN for what the case does not hold."""
    return f"urn:pulumi:{STACK}::{PROJECT}::outside:case:Resource::{name}"


def _value(value: object, mode: Mode) -> Value:
    if isinstance(value, dict):
        fields = cast("Mapping[str, object]", value)
        if MARK in fields:
            return UNKNOWN if mode == "preview" else f"ref:{fields[MARK]}"
        return {key: _value(inner, mode) for key, inner in fields.items()}
    if isinstance(value, list):
        return [_value(inner, mode) for inner in cast("list[object]", value)]
    return cast("Value", value)
