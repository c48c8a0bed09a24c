"""A verdict as a reader wants it: numbers first, then what is wrong, the same thing said once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from policies.outcome import Outcome as PolicyOutcome

if TYPE_CHECKING:
    from plan.resource import Plan
    from policies.evaluate import Verdict
    from policies.registry import Registry

__all__ = ["Enforcement", "Group", "Issue", "Judgement", "Outcome", "judged"]

Enforcement = Literal["mandatory", "advisory"]
Outcome = Literal["fail", "unknown", "exempt"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One policy on one resource, where the answer is not "pass"."""

    policy: str
    title: str
    severity: str
    part: str
    """What the policy looked at within the resource; may be empty."""
    outcome: Outcome
    enforcement: Enforcement
    urn: str
    address: str
    message: str
    fix: str
    doc: str
    """Page of the policy, relative to the project's root."""


@dataclass(frozen=True, slots=True)
class Group:
    """One policy saying one thing of several resources."""

    issue: Issue
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all policies say of a plan."""

    rules: int
    passed: int
    not_applicable: int
    issues: tuple[Issue, ...]
    notes: tuple[str, ...] = ()
    """What is to be tidied: exemptions that have ended or cover nothing."""

    def count(self, *, enforcement: Enforcement) -> int:
        """How many findings of that weight there are."""
        return sum(issue.outcome == "fail" and issue.enforcement == enforcement for issue in self.issues)

    @property
    def unknown(self) -> int:
        """How many answers wait for the deployment."""
        return sum(issue.outcome == "unknown" for issue in self.issues)

    @property
    def exempt(self) -> int:
        """How many findings somebody has answered for, in writing and until a day."""
        return sum(issue.outcome == "exempt" for issue in self.issues)

    def groups(self, outcome: Outcome = "fail") -> list[Group]:
        """The issues of an outcome, mandatory ones first, one entry for each thing said."""
        found: dict[tuple[str, ...], list[Issue]] = {}
        for issue in self.issues:
            if issue.outcome == outcome:
                key = (issue.policy, issue.enforcement, issue.message, issue.fix)
                found.setdefault(key, []).append(issue)
        groups = [Group(same[0], _addresses(same)) for same in found.values()]
        return sorted(groups, key=lambda group: group.issue.enforcement != "mandatory")


def _addresses(issues: Sequence[Issue]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(issue.address for issue in issues))


def judged(verdict: Verdict, plan: Plan, registry: Registry) -> Judgement:
    """What a verdict says, with each policy's own words for it."""
    return Judgement(
        rules=len(registry) - len(verdict.disabled),
        passed=verdict.counts.passed,
        not_applicable=verdict.counts.not_applicable,
        issues=tuple(_issues(verdict, plan, registry)),
        notes=(
            *(
                f"the exemption from {found.policy} for {found.urn} ended {found.expires}"
                for found in verdict.expired
            ),
            *(
                f"the exemption from {found.policy} for {found.urn} covers nothing"
                for found in verdict.unused
            ),
        ),
    )


def _issues(verdict: Verdict, plan: Plan, registry: Registry) -> Iterator[Issue]:
    for finding in verdict.findings:
        if finding.outcome not in (PolicyOutcome.FAIL, PolicyOutcome.UNKNOWN):
            continue
        policy, resource = registry[finding.policy], plan.get(finding.urn)
        outcome: Outcome = "unknown" if finding.outcome is PolicyOutcome.UNKNOWN else "fail"
        yield Issue(
            policy=policy.id,
            title=policy.title,
            severity=policy.severity,
            part=finding.part,
            outcome="exempt" if finding.exemption else outcome,
            enforcement="mandatory" if finding.level == "mandatory" else "advisory",
            urn=finding.urn,
            address=plan.address(resource) if resource else "the whole stack",
            message=finding.message,
            fix=policy.fix.line or policy.fix.steps,
            doc=policy.url,
        )
