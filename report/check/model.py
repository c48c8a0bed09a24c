"""A verdict on a plan, as every form of it needs it: sorted, grouped and counted once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Final

from policies.outcome import Finding, Outcome

if TYPE_CHECKING:
    from plan.resource import Plan
    from policies.evaluate import Counts, Verdict
    from policies.exemption import Exemption
    from policies.policy import Policy
    from policies.registry import Registry

__all__ = ["SEVERITIES", "Check", "Group"]

SEVERITIES: Final = ("critical", "high", "medium", "low")
WHOLE: Final = "the whole stack"


@dataclass(frozen=True, slots=True)
class Group:
    """What one policy says of several resources."""

    policy: Policy
    findings: tuple[Finding, ...]

    @property
    def resources(self) -> int:
        """How many resources that is: a composite policy may say several things of one."""
        return len({finding.urn for finding in self.findings})


@dataclass(frozen=True)
class Check:
    """A plan, the verdict on it, and where the plan is from."""

    plan: Plan
    verdict: Verdict
    registry: Registry
    today: date
    """The day by which exemptions were judged."""
    source: str = ""
    """The file that was judged; empty: what the settings come to."""

    @property
    def counts(self) -> Counts:
        """The findings added up."""
        return self.verdict.counts

    @property
    def rules(self) -> int:
        """How many policies were asked."""
        return len(self.registry) - len(self.verdict.disabled)

    @cached_property
    def mandatory(self) -> tuple[Group, ...]:
        """The violations that stop a deployment."""
        return self._groups(f for f in self._failed if not f.exemption and f.level == "mandatory")

    @cached_property
    def advisory(self) -> tuple[Group, ...]:
        """The violations that are told."""
        return self._groups(f for f in self._failed if not f.exemption and f.level != "mandatory")

    @cached_property
    def exempt(self) -> tuple[Group, ...]:
        """The violations that somebody answers for."""
        return self._groups(f for f in self._failed if f.exemption)

    @cached_property
    def unknown(self) -> tuple[Group, ...]:
        """What nobody can judge before the deployment; not what a broken rule left unjudged."""
        broken = {id(finding) for finding in self.verdict.rule_errors}  # an edit's value has no hash
        return self._groups(f for f in self._of(Outcome.UNKNOWN) if id(f) not in broken)

    @cached_property
    def broken(self) -> tuple[Group, ...]:
        """Where a rule broke: a bug of the rule. It counts as unknown."""
        return self._groups(self.verdict.rule_errors)

    @cached_property
    def passed(self) -> tuple[Group, ...]:
        """What is as it should be."""
        return self._groups(self._of(Outcome.PASS))

    @cached_property
    def live(self) -> tuple[Exemption, ...]:
        """The exemptions that cover something."""
        found = (finding.exemption for group in self.exempt for finding in group.findings)
        return tuple(dict.fromkeys(exemption for exemption in found if exemption))

    def address(self, finding: Finding) -> str:
        """Where it is, for people."""
        resource = self.plan.get(finding.urn)
        return self.plan.address(resource) if resource else finding.urn or WHOLE

    def type_of(self, finding: Finding) -> str:
        """The type token of its resource; empty for the whole stack."""
        resource = self.plan.get(finding.urn)
        return resource.type if resource else ""

    @cached_property
    def _failed(self) -> tuple[Finding, ...]:
        return self._of(Outcome.FAIL)

    def _of(self, outcome: Outcome) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.verdict.findings if finding.outcome is outcome)

    def _groups(self, findings: Iterable[Finding]) -> tuple[Group, ...]:
        """By policy, the gravest first, each with its findings in the order of the plan."""
        found: dict[str, list[Finding]] = {}
        for finding in findings:
            found.setdefault(finding.policy, []).append(finding)
        groups = [Group(self.registry[policy], tuple(same)) for policy, same in found.items()]
        return tuple(
            sorted(groups, key=lambda group: (SEVERITIES.index(group.policy.severity), group.policy.id))
        )
