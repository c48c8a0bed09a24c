"""Data functions: questions that a program asks while it runs, answered in the cloud's form.

Most answers come from ``functions.csv`` and the SDK's result types. Those that are worked out from
the question itself (a policy document, the zones of a region) are made here as the provider does.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Mapping
from typing import Final

from plan.forms.answer import complete
from plan.forms.form import Facts, Unanswered, fill, read_rows
from plan.schema import fits
from plan.shape import Field
from plan.value import Value, reveal

__all__ = ["answer_function"]

ZONES: Final = "abc"
"""Zones of a simulated region."""


def answer_function(facts: Facts, outputs: Mapping[str, Field], inputs: Collection[str]) -> dict[str, Value]:
    """All that the SDK's result type has, as the cloud would answer it.

    Args:
        facts: the question, its arguments as the properties.
        outputs: the result's properties.
        inputs: what may be asked, in small letters; the result repeats it.
    """
    asked = facts.properties
    facts.properties = {
        key: value for key, value in asked.items() if key in outputs and fits(value, outputs[key].shape)
    }
    special = SPECIAL.get(facts.token)
    if special is not None:
        facts.properties.update(special(facts, asked))
    known = facts.properties
    facts.properties = {**asked, **known}  # the question may fill a form, but is not part of the answer
    rows = tuple(row for row in read_rows("functions.csv").get(facts.token, ()) if row.property not in known)
    for row in rows:  # "id" is a result like any other here
        with contextlib.suppress(Unanswered):
            facts.properties[row.property] = fill(row.form, facts, row.property)
    facts.properties = {key: value for key, value in facts.properties.items() if key in outputs}
    complete(facts, outputs, {name for name in outputs if name.lower() in inputs})
    return facts.properties


def _zones(facts: Facts, asked: Mapping[str, Value]) -> dict[str, Value]:
    """The zones of the region, as they are named in all of AWS."""
    region, code = facts.place["region"], facts.names["zoneCode"]
    hidden = reveal(asked.get("excludeNames"))
    left = [letter for letter in ZONES if not isinstance(hidden, list) or f"{region}{letter}" not in hidden]
    return {
        "id": region,
        "names": [f"{region}{letter}" for letter in left],
        "zoneIds": [f"{code}-az{ZONES.index(letter) + 1}" for letter in left],
        "groupNames": [f"{region}-zg-1"],
    }


def _policy_document(facts: Facts, asked: Mapping[str, Value]) -> dict[str, Value]:
    """The JSON of an IAM policy. Source of the grammar: the IAM policy reference."""
    given = reveal(asked.get("statements"))
    document: dict[str, Value] = {"Version": asked.get("version", "2012-10-17")}
    if "policyId" in asked:
        document["Id"] = asked["policyId"]
    statements = (
        [_statement(item) for item in given if isinstance(item, dict)] if isinstance(given, list) else []
    )
    document["Statement"] = _merged(asked, statements)
    return {
        "id": facts.digest("id")[:10],
        "json": json.dumps(document, indent=2),
        "minifiedJson": json.dumps(document, separators=(",", ":")),
    }


def _merged(asked: Mapping[str, Value], own: list[Value]) -> list[Value]:
    """Source documents come first; a statement replaces an earlier one of its Sid."""
    parts = [*_documents(asked, "sourcePolicyDocuments"), *own, *_documents(asked, "overridePolicyDocuments")]
    found: dict[str, Value] = {}
    for index, part in enumerate(parts):
        sid = part.get("Sid") if isinstance(part, dict) else None
        found[sid if isinstance(sid, str) else f"\0{index}"] = part
    return list(found.values())


def _documents(asked: Mapping[str, Value], name: str) -> list[Value]:
    texts = reveal(asked.get(name))
    found: list[Value] = []
    for text in texts if isinstance(texts, list) else []:
        statements = json.loads(text).get("Statement", []) if isinstance(text, str) and text else []
        found += statements if isinstance(statements, list) else [statements]
    return found


def _statement(given: Mapping[str, Value]) -> Value:
    found: dict[str, Value] = {}
    if given.get("sid"):
        found["Sid"] = given["sid"]
    found["Effect"] = given.get("effect", "Allow")
    for name, key in (
        ("actions", "Action"),
        ("notActions", "NotAction"),
        ("resources", "Resource"),
        ("notResources", "NotResource"),
    ):
        if given.get(name):
            found[key] = _one_or_all(given[name])
    for name, key in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if given.get(name):
            found[key] = _principals(given[name])
    conditions: dict[str, Value] = {}
    for condition in _objects(given.get("conditions")):
        tests = conditions.setdefault(str(condition["test"]), {})
        if isinstance(tests, dict):
            tests[str(condition["variable"])] = _one_or_all(condition["values"])
    if conditions:
        found["Condition"] = conditions
    return found


def _principals(given: Value) -> Value:
    found: dict[str, Value] = {}
    for principal in _objects(given):
        if principal.get("type") == "*":
            return "*"
        found[str(principal["type"])] = _one_or_all(principal["identifiers"])
    return found


def _one_or_all(value: Value) -> Value:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _objects(value: Value) -> list[dict[str, Value]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


SPECIAL: Final[Mapping[str, Callable[[Facts, Mapping[str, Value]], dict[str, Value]]]] = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
}
