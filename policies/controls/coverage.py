"""What a verdict says of each requirement: kept, broken, not to be known yet, exempt, or nobody looks.

The strongest answer wins, as it does within a finding: one violation breaks a requirement however many
resources keep it, and what is unknown or exempt never reads as a pass. Advisory violations count: whether
a finding stops a deployment says nothing of whether the requirement is met.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from policies.controls.frameworks import Framework, Requirement, frameworks
from policies.outcome import Finding, Outcome

if TYPE_CHECKING:
    from policies.evaluate import Verdict
    from policies.policy import Policy
    from policies.registry import Registry

__all__ = ["JUDGED", "Control", "Coverage", "Status", "cover"]


class Status(StrEnum):
    """The answers, from the strongest to the weakest."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    EXEMPT = "exempt"
    PASS = "pass"  # noqa: S105 - an answer, not a password
    NOTHING = "nothing to judge"
    """It has policies, and the stack holds nothing that they judge."""
    NOT_ASKED = "not asked"
    """It has policies, and all of them are disabled in this environment."""
    NOT_COVERED = "not covered"
    """It has no policy."""


JUDGED: Final = (Status.FAIL, Status.UNKNOWN, Status.EXEMPT, Status.PASS)
"""The answers that a resource can have."""
STRENGTH: Final = tuple(Status)


@dataclass(frozen=True, slots=True)
class Control:
    """One requirement, and what is known of it."""

    requirement: Requirement
    status: Status
    policies: Mapping[str, Status]
    """The policies that are evidence for it, each with its own answer."""
    resources: Mapping[Status, int]
    """How many resources have each of the answers in `JUDGED`, each resource counted once."""

    @property
    def judged(self) -> int:
        """How many resources were looked at."""
        return sum(self.resources.values())

    @property
    def decisive(self) -> tuple[str, ...]:
        """The policies that gave the answer."""
        return tuple(policy for policy, status in self.policies.items() if status is self.status)


@dataclass(frozen=True, slots=True)
class Coverage:
    """All requirements of one framework."""

    framework: Framework
    controls: tuple[Control, ...]

    def count(self, *statuses: Status) -> int:
        """How many requirements have one of these answers."""
        return sum(control.status in statuses for control in self.controls)

    @property
    def covered(self) -> int:
        """How many requirements have a policy."""
        return len(self.controls) - self.count(Status.NOT_COVERED)


def cover(verdict: Verdict, registry: Registry, chosen: Iterable[Framework] = ()) -> tuple[Coverage, ...]:
    """What the verdict says of the frameworks: of all, unless some are chosen."""
    findings: dict[str, list[Finding]] = {}
    for finding in verdict.findings:
        findings.setdefault(finding.policy, []).append(finding)
    disabled = frozenset(verdict.disabled)
    return tuple(_coverage(found, registry, findings, disabled) for found in chosen or frameworks())


def _coverage(
    framework: Framework,
    registry: Registry,
    findings: Mapping[str, Sequence[Finding]],
    disabled: frozenset[str],
) -> Coverage:
    evidence = framework.evidence(registry)
    mine = {policy: [f for f in found if framework.speaks_of(f.urn)] for policy, found in findings.items()}
    controls = (
        _control(requirement, evidence[requirement.id], mine, disabled)
        for requirement in framework.requirements
    )
    return Coverage(framework, tuple(controls))


def _control(
    requirement: Requirement,
    evidence: Iterable[Policy],
    findings: Mapping[str, Sequence[Finding]],
    disabled: frozenset[str],
) -> Control:
    policies: dict[str, Status] = {}
    resources: dict[str, Status] = {}
    for policy in evidence:
        answers = [Status.NOT_ASKED if policy.id in disabled else Status.NOTHING]
        for finding in findings.get(policy.id, ()):
            answer = _status(finding)
            if answer is not Status.NOTHING:
                answers.append(answer)
                resources[finding.urn] = _strongest(answer, resources.get(finding.urn, answer))
        policies[policy.id] = _strongest(*answers)
    counts = Counter(resources.values())
    return Control(
        requirement,
        _strongest(*policies.values()) if policies else Status.NOT_COVERED,
        policies,
        {status: counts[status] for status in JUDGED},
    )


def _status(finding: Finding) -> Status:
    if finding.outcome is Outcome.FAIL:
        return Status.EXEMPT if finding.exemption else Status.FAIL
    return {Outcome.UNKNOWN: Status.UNKNOWN, Outcome.PASS: Status.PASS}.get(finding.outcome, Status.NOTHING)


def _strongest(*statuses: Status) -> Status:
    return min(statuses, key=STRENGTH.index)
