"""The verdict as SARIF 2.1.0, for code scanning: a rule a policy, a result a finding that did not pass.

A result names its resource as a logical location. It has a physical one too, the stack's file, for GitHub
refuses a whole upload for one result without it; and a fingerprint of its own, for GitHub would make one of
the line, and all results of a rule would be the same alert. What is exempt is suppressed with its reason,
what nobody knows yet is of kind ``open``, what passed is counted and not listed.
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, Literal

from plan.saved import Json
from report.check import words
from report.check.document import exemption_to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.outcome import Finding
    from policies.policy import Policy
    from report.check.model import Check

__all__ = ["document", "is_ours", "render"]

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
VERSION: Final = "2.1.0"
TOOL: Final = "tradectl"
PACKAGE: Final = "trading-platform-infrastructure"
LEVELS: Final = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
SCORES: Final = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
"""What code scanning makes its critical, high, medium and low of."""
BENCHMARKS: Final = {
    "A": "cis-aws-7.0",
    "G": "cis-gcp-5.0",
    "Z": "cis-azure-6.0",
    "K": "cis-kubernetes-2.0.1",
}
MOST_TAGS: Final = 20
"""Code scanning keeps no more of a rule."""
DIGITS: Final = 32


def render(check: Check, artifact: str = "Pulumi.yaml") -> str:
    """The document as text. ``artifact``: the file that alerts are shown at, from the repository's root."""
    return json.dumps(document(check, artifact), indent=2, ensure_ascii=False) + "\n"


def is_ours(text: str) -> bool:
    """Whether `render` wrote it."""
    return SCHEMA in text[:300] and f'"name": "{TOOL}"' in text[:600]


def document(check: Check, artifact: str = "Pulumi.yaml") -> Json:
    """The log with its one run."""
    rules = [policy for policy in check.registry if policy.id not in check.verdict.disabled]
    places = {policy.id: index for index, policy in enumerate(rules)}
    results = [
        _result(check, kind, group.policy, finding, places[group.policy.id], artifact)
        for kind, groups in (
            ("fail", (*check.mandatory, *check.advisory, *check.exempt)),
            ("open", (*check.broken, *check.unknown)),
        )
        for group in groups
        for finding in group.findings
    ]
    return {
        "$schema": SCHEMA,
        "version": VERSION,
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": TOOL,
                        "semanticVersion": version(PACKAGE),
                        "rules": [_rule(check, policy) for policy in rules],
                    }
                },
                "automationDetails": {"id": f"{TOOL}-policy/{check.plan.stack}/"},
                "invocations": [_invocation(check)],
                "columnKind": "utf16CodeUnits",
                "results": results,
                "properties": _properties(check),
            }
        ],
    }


def _rule(check: Check, policy: Policy) -> Json:
    fix = policy.fix.steps + (f"\n\n    {policy.fix.line}" if policy.fix.line else "")
    score = {"security-severity": SCORES[policy.severity]} if policy.category == "security" else {}
    return {
        "id": policy.id,
        "shortDescription": {"text": f"{policy.title}."},
        "fullDescription": {"text": policy.why},
        "help": {
            "text": f"{policy.why}\n\nFix: {fix}\n\nSee {policy.url}",
            "markdown": f"{policy.why}\n\n**Fix:** {fix}\n\nSee `{policy.url}`.",
        },
        "defaultConfiguration": {"level": LEVELS[policy.severity]},
        "properties": {
            "tags": _tags(policy),
            "precision": "very-high",
            "severity": policy.severity,
            "enforcement": policy.level(check.verdict.environment),
            **score,
        },
    }


def _tags(policy: Policy) -> list[str]:
    controls = [f"soc2/{criterion}" for criterion in policy.soc2]
    return [policy.category, *controls, *(f"{BENCHMARKS[row[0]]}/{row[1:]}" for row in policy.cis)][
        :MOST_TAGS
    ]


def _result(check: Check, kind: str, policy: Policy, finding: Finding, rule: int, artifact: str) -> Json:
    where = words.where(check, finding)
    fixes = words.fixes(policy, finding) if kind == "fail" else ()
    found: Json = {
        "ruleId": policy.id,
        "ruleIndex": rule,
        "kind": kind,
        "level": LEVELS[policy.severity] if kind == "fail" else "none",
        "message": {"text": _message(where, policy, finding, fixes)},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": artifact}, "region": {"startLine": 1}},
                "logicalLocations": [
                    {
                        "name": check.address(finding),
                        "fullyQualifiedName": finding.urn or check.plan.stack,
                        "kind": "resource",
                    }
                ],
            }
        ],
        "partialFingerprints": {
            "primaryLocationLineHash": f"{_print(finding)}:1",
            "finding/v1": _print(finding),
        },
        "properties": {
            "enforcement": finding.level,
            "part": finding.part,
            "paths": [place.path for place in finding.places if place.path],
            "fixes": list(fixes),
        },
    }
    if finding.exemption:
        said = exemption_to_json(finding.exemption)
        # no status: absent means accepted, and copies of the schema disagree on how it is spelled
        justification = words.excuse(finding.exemption)
        found["suppressions"] = [{"kind": "external", "justification": justification, "properties": said}]
    return found


def _message(where: str, policy: Policy, finding: Finding, fixes: Sequence[str]) -> str:
    lines = [f"{where}: {words.said(policy, finding)}.", *(f"Fix: {fix}" for fix in fixes)]
    return "\n".join(lines)


def _print(finding: Finding) -> str:
    """What stays the same of a finding from run to run: who says it of what."""
    return hashlib.sha256(f"{finding.name}|{finding.urn}".encode()).hexdigest()[:DIGITS]


def _invocation(check: Check) -> Json:
    return {
        "executionSuccessful": not check.broken,
        "toolExecutionNotifications": [
            *(_notification("note", f"put right: {line}") for line in words.remedied(check)),
            *(_notification("warning", line) for line in words.tidy(check)),
            *(
                _notification("error", f"{group.policy.id}: {finding.message}")
                for group in check.broken
                for finding in group.findings
            ),
        ],
    }


def _notification(level: Literal["note", "warning", "error"], text: str) -> Json:
    return {"level": level, "message": {"text": text}}


def _properties(check: Check) -> Json:
    return {
        "judged": words.headline(check),
        "from": words.origin(check),
        "policies": words.numbers(check),
        "exemptions": words.exemptions(check),
        "today": check.today.isoformat(),
    }
