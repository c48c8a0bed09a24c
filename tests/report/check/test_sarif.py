"""The verdict as SARIF: what the specification asks, and what GitHub asks beyond it.

``schema`` is our own, from the specification: strict about every name that we write, so a name that the
specification does not have fails here.
"""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from report.check.sarif import document
from tests.report.sample import VPC
from tests.report.verdicts import LIVE, REGISTRY, check, clean

TEXT = {"type": "string", "minLength": 1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}


def strict(required: str, **properties: Any) -> dict[str, Any]:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def many(items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


BAG = {
    "type": "object",
    "properties": {"tags": {"type": "array", "items": TEXT, "uniqueItems": True, "maxItems": 20}},
}
MESSAGE = strict("text", text=TEXT, markdown=TEXT)
RULE = strict(
    "id shortDescription fullDescription help defaultConfiguration",
    id=TEXT,
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=strict("level", level=LEVEL),
    properties=BAG,
)
LOCATION = strict(
    "physicalLocation logicalLocations",
    physicalLocation=strict(
        "artifactLocation",
        artifactLocation=strict("uri", uri={"type": "string", "pattern": "^[^/][^:\\\\ ]*$"}),
        region=strict("startLine", startLine={"type": "integer", "minimum": 1}),
    ),
    logicalLocations=many(strict("fullyQualifiedName", name=TEXT, fullyQualifiedName=TEXT, kind=TEXT), 1),
)
SUPPRESSION = strict(
    "kind",
    kind={"enum": ["inSource", "external"]},
    justification=TEXT,
    properties=BAG,
)
RESULT = strict(
    "ruleId ruleIndex kind level message locations partialFingerprints",
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    kind={"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
    level=LEVEL,
    message=MESSAGE,
    locations=many(LOCATION, 1),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    suppressions=many(SUPPRESSION),
    properties=BAG,
)
NOTIFICATION = strict("message", level=LEVEL, message=MESSAGE)
RUN = strict(
    "tool results",
    tool=strict("driver", driver=strict("name", name=TEXT, semanticVersion=TEXT, rules=many(RULE))),
    automationDetails=strict("id", id={"type": "string", "pattern": "/$"}),
    invocations=many(
        strict(
            "executionSuccessful",
            executionSuccessful={"type": "boolean"},
            toolExecutionNotifications=many(NOTIFICATION),
        )
    ),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=many(RESULT),
    properties=BAG,
)
LOG = {
    **strict("version runs", version={"const": "2.1.0"}, runs=many(RUN, 1)),
    "patternProperties": {
        "^\\$schema$": {"type": "string", "pattern": "^https://.*sarif-schema-2.1.0.json$"}
    },
}


def run(**given: Any) -> dict[str, Any]:
    return document(check(**given))["runs"][0]


@pytest.mark.parametrize("found", [check(), clean()], ids=["all", "clean"])
def test_it_holds_only_what_the_specification_has(found: Any) -> None:
    errors = [error.message for error in Draft202012Validator(LOG).iter_errors(document(found))]
    assert errors == []


def test_a_name_that_the_specification_does_not_have_would_be_noticed() -> None:
    found = document(check())
    found["runs"][0]["results"][0]["levl"] = "error"
    assert list(Draft202012Validator(LOG).iter_errors(found))


def test_every_result_belongs_to_the_rule_at_its_index() -> None:
    found = run()
    rules = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    assert rules == [policy.id for policy in REGISTRY if policy.id != "aws-off"]
    assert len(rules) == len(set(rules))
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in found["results"])


def test_a_violation_has_the_level_of_its_severity_and_what_nobody_knows_has_none() -> None:
    levels = {(result["ruleId"], result["kind"], result["level"]) for result in run()["results"]}
    assert levels == {
        ("k8s-privileged", "fail", "error"),
        ("aws-flow-logs", "fail", "warning"),
        ("aws-encrypted", "fail", "error"),
        ("aws-tags", "open", "none"),
        ("aws-broken", "open", "none"),
    }


def test_what_is_exempt_is_suppressed_with_its_reason_and_nothing_else_is() -> None:
    (result,) = [result for result in run()["results"] if "suppressions" in result]
    (suppression,) = result["suppressions"]
    assert result["ruleId"] == "aws-encrypted"
    assert LIVE.reason in suppression["justification"]
    assert suppression["properties"]["expires"] == "2026-12-01"


def test_each_result_is_found_again_in_the_next_run_and_none_is_taken_for_another() -> None:
    first, second = run()["results"], run()["results"]
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in first]
    assert prints == [result["partialFingerprints"]["primaryLocationLineHash"] for result in second]
    assert len(set(prints)) == len(prints)


def test_github_can_show_each_result_at_the_stack_s_file() -> None:
    (result, *_) = document(check(), "Pulumi.dev.yaml")["runs"][0]["results"]
    location = result["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "Pulumi.dev.yaml"
    names = {
        place["fullyQualifiedName"]
        for r in run()["results"]
        for place in r["locations"][0]["logicalLocations"]
    }
    assert VPC in names


def test_a_run_in_which_a_rule_broke_was_not_successful_and_says_why() -> None:
    (invocation,) = run()["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [said["level"] for said in invocation["toolExecutionNotifications"]] == [
        "warning",
        "warning",
        "error",
    ]
    assert document(clean())["runs"][0]["invocations"][0]["executionSuccessful"] is True
