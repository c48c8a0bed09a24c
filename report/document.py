"""The report as JSON: for pipelines, editors and whoever builds on it.

Names are stable within one ``apiVersion`` and described in ``docs/preview-json.md``; a golden file
holds them. Nothing secret is in it.
"""

from __future__ import annotations

from typing import Final

from plan.diff import Change, Diff
from plan.saved import API_VERSION, Json, plan_to_json, value_to_json
from plan.value import Secret, Value
from report.judgement import Issue, Judgement
from report.model import Report
from report.recovery import Recovery
from report.tree import Branch

__all__ = ["KIND", "document"]

KIND: Final = "PlanReport"


def document(report: Report) -> Json:
    """The whole report."""
    plan = report.plan
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "project": plan.project,
        "stack": plan.stack,
        "mode": plan.mode,
        "simulated": plan.simulated,
        "places": [{"cloud": place.cloud, "region": place.region} for place in report.places],
        "counts": {
            "resources": report.resources,
            "components": report.components,
            "providers": report.providers,
            "byType": report.by_type,
        },
        "warnings": list(plan.warnings),
        "tree": [_branch(branch) for branch in report.roots if not branch.resource.custom],
        "policies": _policies(report.judgement),
        "recovery": _recovery(report.recovery) if report.recovery else None,
        "changes": _changes(report.changes, report.against) if report.changes else None,
        "plan": plan_to_json(plan),
    }


def _branch(branch: Branch) -> Json:
    return {
        "urn": branch.resource.urn,
        "label": branch.label,
        "summary": branch.summary,
        "resources": branch.count,
        "parts": [_branch(child) for child in branch.parts],
    }


def _recovery(recovery: Recovery) -> Json:
    return {
        "rtoSeconds": recovery.rto,
        "rtoLimitSeconds": recovery.rto_limit,
        "rpoSeconds": recovery.rpo,
        "rpoLimitSeconds": recovery.rpo_limit,
        "slowest": recovery.slowest,
        "parts": [
            {
                "part": part.part,
                "seconds": part.time,
                "lagSeconds": part.lag,
                "promised": part.promised,
                "source": part.source,
            }
            for part in recovery.parts
        ],
    }


def _policies(judgement: Judgement) -> Json:
    return {
        "rules": judgement.rules,
        "pass": judgement.passed,
        "mandatory": judgement.count(enforcement="mandatory"),
        "advisory": judgement.count(enforcement="advisory"),
        "unknown": judgement.unknown,
        "exempt": judgement.exempt,
        "notApplicable": judgement.not_applicable,
        "findings": [_issue(issue) for issue in judgement.issues],
    }


def _issue(issue: Issue) -> Json:
    return {
        "policy": issue.policy,
        "title": issue.title,
        "severity": issue.severity,
        "outcome": issue.outcome,
        "enforcement": issue.enforcement,
        "urn": issue.urn,
        "address": issue.address,
        "part": issue.part,
        "message": issue.message,
        "fix": issue.fix,
        "doc": issue.doc,
    }


def _changes(changes: Diff, against: str) -> Json:
    return {
        "against": against,
        "create": changes.count("create"),
        "update": changes.count("update"),
        "replace": changes.count("replace"),
        "delete": changes.count("delete"),
        "same": changes.unchanged,
        "undetermined": changes.undetermined,
        "resources": [_change(change) for change in changes.changes],
    }


def _change(change: Change) -> Json:
    return {
        "action": change.action,
        "urn": change.resource.urn,
        "address": change.address,
        "type": change.resource.type,
        "because": list(change.because),
        "losesData": change.loses_data,
        "refused": change.refused,
        "properties": [
            {
                "path": found.path,
                "old": _side(found.old, found.new),
                "new": _side(found.new, found.old),
                "replaces": found.replaces,
            }
            for found in change.properties
        ],
    }


def _side(value: Value, other: Value) -> object:
    """A value that is, was or becomes a secret is not shown."""
    return {"secret": True} if isinstance(other, Secret) and value is not None else value_to_json(value)
