"""The sentences that every form of a verdict has in common."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from policies.edit import Edit
    from policies.exemption import Exemption
    from policies.outcome import Finding
    from policies.policy import Policy
    from report.check.model import Check

__all__ = [
    "change",
    "excuse",
    "exemptions",
    "fixes",
    "headline",
    "numbers",
    "origin",
    "remedied",
    "said",
    "tidy",
    "where",
]


CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""What would move a terminal's cursor, or no file can hold: a foreign state may have it in a name."""


def headline(check: Check) -> str:
    """What was judged, and as which environment."""
    plan = check.plan
    return f"{plan.project} · {plan.stack} · judged as {check.verdict.environment}"


def origin(check: Check) -> str:
    """Where the plan is from: nobody shall take a simulated answer for a deployed one."""
    if check.source and not check.plan.simulated:
        return f"{check.source}, the engine's own file"
    place = check.source or "what the settings come to"
    answers = "simulated answers" if check.plan.mode == "up" else "nothing deployed"
    return f"{place}, {answers}"


def numbers(check: Check) -> str:
    """All outcomes in one line; an exempt violation is counted, and so is what nobody knows yet."""
    counts = check.counts
    return (
        f"{check.rules} rules: {counts.passed} pass, {counts.mandatory} mandatory, "
        f"{counts.advisory} advisory, {counts.unknown} unknown until deployed, {counts.exempt} exempt"
    )


def exemptions(check: Check) -> str:
    """The exemptions in one line."""
    verdict = check.verdict
    return f"{len(check.live)} in use, {len(verdict.unused)} unused, {len(verdict.expired)} expired"


def tidy(check: Check) -> Iterator[str]:
    """What is to be removed from the list of exemptions, and which ends are past."""
    for found in check.verdict.expired:
        yield (
            f"the exemption from {found.policy} for {found.urn} ended on {found.expires}: "
            f"what it covered counts again ({found.owner})"
        )
    for found in check.verdict.unused:
        yield f"the exemption from {found.policy} for {found.urn} covers nothing: remove it ({found.owner})"


def remedied(check: Check) -> Iterator[str]:
    """What a policy put right that was told to, and how."""
    for found in check.verdict.remedied:
        changes = ", ".join(change(edit) for edit in found.edits)
        yield f"{where(check, found)}: {changes} ({found.policy})"


def excuse(found: Exemption) -> str:
    """Who answers for a violation, until when, and why."""
    return f"until {found.expires}, {found.owner}: {found.reason}"


def change(edit: Edit) -> str:
    """An edit to the letter, but for what is secret."""
    return _shown(str(edit))


def fixes(policy: Policy, finding: Finding) -> tuple[str, ...]:
    """How to put a finding right: its exact changes, else the policy's own line."""
    return tuple(dict.fromkeys(change(edit) for edit in finding.edits)) or (
        policy.fix.line or policy.fix.steps,
    )


def where(check: Check, finding: Finding) -> str:
    """The resource, and the part of the policy that speaks of it: what an exemption names."""
    return _shown(check.address(finding) + (f" #{finding.part}" if finding.part else ""))


def said(policy: Policy, finding: Finding) -> str:
    """What is wrong there."""
    return _shown(finding.message or policy.violation)


def _shown(text: str) -> str:
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
