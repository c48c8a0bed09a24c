"""Judge a plan by all policies: the same `Judge` that the engine's policy pack runs on.

`Judge` is asked about one resource (as the engine asks while it registers) or about a whole stack
(as it asks at the end); `evaluate` asks both for a `plan.resource.Plan` and adds up the verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from policies.configuration import LEVEL_KEY, Config, ConfigError, merge
from policies.outcome import Finding, Judgement, Level, Outcome, Place
from policies.policy import ENVIRONMENTS
from policies.registry import Registry, load
from policies.subject import Body, Stack, Subject, bodies, planned

if TYPE_CHECKING:
    from plan.resource import Plan, Resource
    from plan.value import Value
    from policies.exemption import Exemption
    from policies.policy import Policy

__all__ = ["Counts", "Judge", "Overrides", "Verdict", "evaluate"]

Overrides = Mapping[str, Mapping[str, Any]]
"""Settings by policy id, in the form of the engine's ``--policy-pack-config``."""
LEVELS: Final[Mapping[object, Level]] = {
    "advisory": "advisory",
    "mandatory": "mandatory",
    "remediate": "mandatory",
    "disabled": "disabled",
}
STRENGTH: Final = tuple(Outcome)
URN_JOINTS: Final = 3
"""How often ``::`` stands in a URN."""
RULE_ERROR: Final = "rule error"
"""How the message of a finding begins whose rule broke. It is a bug of the rule, never of the plan."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many findings there are of each kind."""

    passed: int
    mandatory: int
    advisory: int
    unknown: int
    exempt: int
    not_applicable: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all policies say about a plan."""

    environment: str
    findings: tuple[Finding, ...]
    """One for each policy (or part) and resource, and one for a policy that found nothing to judge."""
    disabled: tuple[str, ...]
    """Policies that are not asked in this environment."""
    expired: tuple[Exemption, ...]
    """Exemptions past their end: what they covered is a finding again."""
    unused: tuple[Exemption, ...]
    """Live exemptions that cover no violation: remove them."""

    @property
    def counts(self) -> Counts:
        """The findings added up; an exempt violation counts as exempt alone."""
        kinds = Counter(_kind(finding) for finding in self.findings)
        return Counts(**{name: kinds[name] for name in Counts.__slots__})

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """The violations that stop a deployment."""
        return tuple(finding for finding in self.findings if finding.is_blocking)

    @property
    def rule_errors(self) -> tuple[Finding, ...]:
        """Findings that are unknown because a rule broke."""
        return tuple(f for f in self.findings if any(p.message.startswith(RULE_ERROR) for p in f.places))


def _kind(finding: Finding) -> str:
    if finding.exemption:
        return "exempt"
    if finding.outcome is Outcome.FAIL:
        return finding.level
    return {Outcome.PASS: "passed", Outcome.UNKNOWN: "unknown", Outcome.NOT_APPLICABLE: "not_applicable"}[
        finding.outcome
    ]


class Judge:
    """All policies with their settings, for one environment.

    Raises:
        ConfigError: a setting that no policy takes.
    """

    def __init__(
        self,
        environment: str,
        *,
        registry: Registry | None = None,
        overrides: Overrides | None = None,
        exemptions: Iterable[Exemption] = (),
        today: date | None = None,
    ) -> None:
        if environment not in ENVIRONMENTS:
            msg = f"the environment is {environment!r}, expected one of {', '.join(ENVIRONMENTS)}"
            raise ConfigError(msg)
        self.environment = environment
        self.registry = registry or load()
        self.exemptions = tuple(exemptions)
        self.today = today or datetime.now(tz=UTC).date()
        self.used: set[Exemption] = set()
        self.configs, self.levels = _settle(self.registry, environment, overrides or {})

    def resource(self, resource: Resource, provider: Mapping[str, Value] | None = None) -> list[Finding]:
        """What the resource policies say about one resource, from its inputs."""
        return self._judge(list(bodies(resource, resource.inputs, provider)), None)

    def stack(self, resources: Sequence[tuple[Resource, Mapping[str, Value] | None]]) -> list[Finding]:
        """What the stack policies say about all resources, each with its provider's settings."""
        found = [list(bodies(resource, planned(resource), provider)) for resource, provider in resources]
        around = Stack(body for group in found for body in group)
        return [finding for group in found for finding in self._judge(group, around)]

    def _judge(self, group: Sequence[Body], around: Stack | None) -> list[Finding]:
        """The findings on one resource (several bodies: the items of a list)."""
        scope = "resource" if around is None else "stack"
        findings: list[Finding] = []
        for policy in self.registry.judging(group[0].type) if group else ():
            if policy.scope == scope and self.levels[policy.id] != "disabled":
                judgements: list[Judgement] = []
                for body in group:
                    subject = Subject(body, self.configs[policy.id], self.environment, around)
                    judgements += _ask(policy, subject)
                findings += self._sum_up(policy, group[0].urn, judgements)
        return findings

    def _sum_up(self, policy: Policy, urn: str, judgements: Sequence[Judgement]) -> Iterator[Finding]:
        whole = [judgement for judgement in judgements if not judgement.part]
        for part in policy.parts or ("",):
            mine = [judgement for judgement in judgements if judgement.part == part] + (whole if part else [])
            outcome = min((j.outcome for j in mine), key=STRENGTH.index, default=Outcome.PASS)
            places = () if outcome is Outcome.PASS else tuple(_place(j) for j in mine if j.outcome is outcome)
            exemption = self._exemption(policy.id, part, urn) if outcome is Outcome.FAIL else None
            yield Finding(
                policy.id, part, urn, outcome, self.levels[policy.id], tuple(dict.fromkeys(places)), exemption
            )

    def _exemption(self, policy: str, part: str, urn: str) -> Exemption | None:
        for exemption in self.exemptions:
            if exemption.is_live(self.today) and exemption.covers(policy, part, urn):
                self.used.add(exemption)
                return exemption
        return None


def _ask(policy: Policy, subject: Subject) -> list[Judgement]:
    """A rule's judgements. A rule that breaks has not judged: its error is an unknown beside what it said."""
    judgements: list[Judgement] = []
    try:
        judgements.extend(policy.rule(subject))
    except Exception as error:  # noqa: BLE001 - whatever a rule does, the engine's call must not fail
        message = f"{RULE_ERROR}: {type(error).__name__} in {policy.module}"
        judgements.append(Judgement(Outcome.UNKNOWN, "", message))
    return judgements


def _place(judgement: Judgement) -> Place:
    path = judgement.node.path if judgement.node is not None else ""
    if judgement.outcome is not Outcome.UNKNOWN or judgement.node is None:
        return Place(path, judgement.message)
    return Place(path, f"known after deployment, whether {judgement.message}")


def _settle(
    registry: Registry, environment: str, overrides: Overrides
) -> tuple[dict[str, Config], dict[str, Level]]:
    for name in overrides:
        if name not in registry:
            msg = f"there is no policy {name!r} to configure; see docs/policies/README.md for the list"
            raise ConfigError(msg)
    configs: dict[str, Config] = {}
    levels: dict[str, Level] = {}
    for policy in registry:
        given = overrides.get(policy.id, {})
        configs[policy.id] = merge(policy.id, policy.defaults, given)
        wanted = given.get(LEVEL_KEY)
        if wanted is not None and wanted not in LEVELS:
            msg = f"{policy.id}: {LEVEL_KEY} is {wanted!r}, expected one of {', '.join(map(str, LEVELS))}"
            raise ConfigError(msg)
        levels[policy.id] = LEVELS[wanted] if wanted is not None else policy.level(environment)
    return configs, levels


def evaluate(
    plan: Plan,
    *,
    environment: str,
    config: Overrides | None = None,
    exemptions: Sequence[Exemption] = (),
    today: date | None = None,
) -> Verdict:
    """Judge a plan.

    Args:
        plan: the resources, planned or simulated.
        environment: ``dev``, ``staging`` or ``prod``: picks what is mandatory.
        config: settings by policy id.
        exemptions: from `policies.exemptions.read`.
        today: the day by which exemptions end; default: the clock's, in UTC.

    Raises:
        ConfigError: a setting that no policy takes, or an environment that is none of the three.
    """
    judge = Judge(environment, overrides=config, exemptions=exemptions, today=today)
    with_providers = [(resource, _provider(plan, resource)) for resource in plan]
    findings = [
        finding for resource, provider in with_providers for finding in judge.resource(resource, provider)
    ]
    findings += judge.stack(with_providers)
    seen = {finding.policy for finding in findings}
    for policy in judge.registry:
        level = judge.levels[policy.id]
        if level != "disabled" and policy.id not in seen:
            nothing = Place("", "the stack has no " + " or ".join(policy.types))
            findings.append(Finding(policy.id, "", "", Outcome.NOT_APPLICABLE, level, (nothing,)))
    live = [exemption for exemption in judge.exemptions if exemption.is_live(judge.today)]
    return Verdict(
        environment=environment,
        findings=tuple(findings),
        disabled=tuple(policy for policy, level in judge.levels.items() if level == "disabled"),
        expired=tuple(exemption for exemption in judge.exemptions if exemption not in live),
        unused=tuple(exemption for exemption in live if exemption not in judge.used),
    )


def _provider(plan: Plan, resource: Resource) -> Mapping[str, Value] | None:
    """The inputs of its explicit provider. A plan may add the provider's id to the URN, as a state does."""
    urn = (
        resource.provider.rsplit("::", 1)[0]
        if resource.provider.count("::") > URN_JOINTS
        else resource.provider
    )
    provider = plan.get(urn)
    return provider.inputs if provider is not None else None
