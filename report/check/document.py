"""The verdict as JSON. Names are stable within one ``apiVersion`` and described in docs/policy-checks.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from plan.saved import API_VERSION, Json, value_to_json
from policies.edit import REMOVED
from report.check import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.edit import Edit
    from policies.exemption import Exemption
    from policies.outcome import Finding
    from policies.policy import Policy
    from report.check.model import Check, Group

__all__ = ["KIND", "document", "exemptions", "head", "is_ours", "render"]

KIND: Final = "PolicyCheck"


def render(check: Check) -> str:
    """The document as text."""
    return json.dumps(document(check), indent=2, ensure_ascii=False) + "\n"


def is_ours(text: str) -> bool:
    """Whether `render` wrote it."""
    return f'"kind": "{KIND}"' in text[:200]


def document(check: Check) -> Json:
    """The whole verdict, what passed included."""
    counts = check.counts
    return {
        **head(check, KIND),
        "counts": {
            "rules": check.rules,
            "pass": counts.passed,
            "mandatory": counts.mandatory,
            "advisory": counts.advisory,
            "unknown": counts.unknown,
            "exempt": counts.exempt,
            "notApplicable": counts.not_applicable,
            "brokenRules": len(check.verdict.rule_errors),
        },
        "exemptions": exemptions(check),
        "findings": [
            *_findings(check, "fail", (*check.mandatory, *check.advisory)),
            *_findings(check, "exempt", check.exempt),
            *_findings(check, "unknown", (*check.broken, *check.unknown)),
        ],
        "remedied": [
            _finding(check, "remedied", check.registry[found.policy], found)
            for found in check.verdict.remedied
        ],
        "passed": {
            group.policy.id: list(dict.fromkeys(finding.urn for finding in group.findings))
            for group in check.passed
        },
        "disabled": list(check.verdict.disabled),
    }


def head(check: Check, kind: str) -> Json:
    """What every document on a judgement begins with: of which plan, as which environment, on which day."""
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "project": check.plan.project,
        "stack": check.plan.stack,
        "environment": check.verdict.environment,
        "source": check.source,
        "mode": check.plan.mode,
        "simulated": check.plan.simulated,
        "today": check.today.isoformat(),
    }


def exemptions(check: Check) -> Json:
    """All of them, by what has become of each."""
    return {
        "inUse": [exemption_to_json(found) for found in check.live],
        "unused": [exemption_to_json(found) for found in check.verdict.unused],
        "expired": [exemption_to_json(found) for found in check.verdict.expired],
    }


def exemption_to_json(found: Exemption) -> Json:
    """An exemption as it is written."""
    return {
        "policy": found.policy,
        "urn": found.urn,
        "reason": found.reason,
        "owner": found.owner,
        "expires": found.expires.isoformat(),
    }


def _findings(check: Check, outcome: str, groups: Sequence[Group]) -> list[Json]:
    return [_finding(check, outcome, group.policy, finding) for group in groups for finding in group.findings]


def _finding(check: Check, outcome: str, policy: Policy, finding: Finding) -> Json:
    return {
        "policy": policy.id,
        "part": finding.part,
        "title": policy.title,
        "severity": policy.severity,
        "category": policy.category,
        "outcome": outcome,
        "enforcement": finding.level,
        "urn": finding.urn,
        "type": check.type_of(finding),
        "address": check.address(finding),
        "message": words.said(policy, finding),
        "places": [{"path": place.path, "message": place.message} for place in finding.places],
        "edits": [_edit(edit) for edit in finding.edits],
        "fix": policy.fix.line or policy.fix.steps,
        "doc": policy.url,
        "soc2": list(policy.soc2),
        "cis": list(policy.cis),
        "exemption": exemption_to_json(finding.exemption) if finding.exemption else None,
    }


def _edit(edit: Edit) -> Json:
    """A change that a program can make: the way from the root of the properties, and the new value."""
    removed = edit.value is REMOVED
    made: Json = {"steps": list(edit.steps), "path": edit.path, "action": "remove" if removed else "set"}
    return made if removed else {**made, "value": value_to_json(edit.value)}  # pyright: ignore[reportArgumentType]
