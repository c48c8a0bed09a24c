"""What a rule file of Prometheus is made of, and how it is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

__all__ = ["RUNBOOKS", "Alert", "Group", "Recording", "Rule", "Severity", "literal", "rule_file", "said"]

Severity = Literal["page", "ticket", "none"]
"""``page`` wakes somebody, ``ticket`` waits for the morning, ``none`` is for machines alone."""

RUNBOOKS: Final = "docs/runbooks/alerts.md"
"""Where the runbook is: its sections are called after the alerts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A measure that is worked out once, and read by many."""

    record: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What somebody is told, when, and how loudly."""

    name: str
    expr: str
    for_: str
    """So long the expression must hold, for example ``5m``."""
    severity: Severity
    summary: str
    """One line, as it stands on a telephone."""
    description: str
    """What it means for trading, with the numbers."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


Rule = Recording | Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules that are worked out one after the other, at one moment."""

    name: str
    rules: Sequence[Rule]
    interval: str = "30s"


def literal(value: Decimal | float | str) -> str:
    """A number as it is read in a rule: all its digits, no more and none of a float's own."""
    return format(Decimal(str(value)).normalize(), "f")


def said(expression: str) -> str:
    """An expression without the line breaks and indentation of our source."""
    return " ".join(expression.split())


def rule_file(groups: Sequence[Group], runbooks: str = RUNBOOKS) -> dict[str, Any]:
    """The groups as a rule file has them, and the ``spec`` of a PrometheusRule."""
    return {
        "groups": [
            {
                "name": group.name,
                "interval": group.interval,
                "rules": [_rule(rule, runbooks) for rule in group.rules],
            }
            for group in groups
        ]
    }


def _rule(rule: Rule, runbooks: str) -> dict[str, Any]:
    if isinstance(rule, Recording):
        labels = {"labels": dict(rule.labels)} if rule.labels else {}
        return {"record": rule.record, "expr": said(rule.expr), **labels}
    return {
        "alert": rule.name,
        "expr": said(rule.expr),
        "for": rule.for_,
        "labels": {"severity": rule.severity, **rule.labels},
        "annotations": {
            "summary": rule.summary,
            "description": rule.description,
            "runbook_url": f"{runbooks}#{rule.name.lower()}",
        },
    }
