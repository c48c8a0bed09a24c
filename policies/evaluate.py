"""Judge a plan by all policies: the same `Judge` that the engine's policy pack runs on.

`Judge` is asked about one resource (as the engine asks while it registers) or about a whole stack
(as it asks at the end); `evaluate` asks both for a `plan.resource.Plan` and adds up the verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from plan.replace import replaces
from plan.sdk import MissingSdkError, UnknownTokenError
from policies import exemptions as exemption_rules
from policies.configuration import LEVEL_KEY, Config, ConfigError, merge
from policies.edit import mended
from policies.families import canonical
from policies.outcome import Finding, Judgement, Level, Outcome, Place
from policies.policy import ENVIRONMENTS
from policies.registry import Registry, load
from policies.subject import Body, Stack, Subject, bodies, planned
from policies.watched import Watched

if TYPE_CHECKING:
    from plan.resource import Plan, Resource
    from plan.value import Value
    from policies.edit import Edit
    from policies.exemption import Exemption
    from policies.policy import Policy

__all__ = ["Counts", "Judge", "Overrides", "Verdict", "evaluate"]

Overrides = Mapping[str, Mapping[str, Any]]
"""Settings by policy id, in the form of the engine's ``--policy-pack-config``."""
REMEDIATE: Final = "remediate"
LEVELS: Final[Mapping[object, Level]] = {
    "advisory": "advisory",
    "mandatory": "mandatory",
    REMEDIATE: "mandatory",
    "disabled": "disabled",
}
RANK: Final = {outcome: place for place, outcome in enumerate(Outcome)}
"""Of the outcomes, the strongest first."""
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
    remedied: tuple[Finding, ...] = ()
    """Violations of policies that were told to remedy: put right before anything was judged."""

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
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """``exemptions``: from the file; the program's own come by `declare`. ``tags``: the stack's."""
        if environment not in ENVIRONMENTS:
            msg = f"the environment is {environment!r}, expected one of {', '.join(ENVIRONMENTS)}"
            raise ConfigError(msg)
        self.environment = environment
        self.registry = registry or load()
        self.today = today or datetime.now(tz=UTC).date()
        self.tags = tags or {}
        self.declared: dict[str, Exemption] = {}
        """What the program itself exempts, by the URN of the component that says so."""
        self.used: set[Exemption] = set()
        self.configs, self.levels = _settle(self.registry, environment, overrides or {})
        self.remedying = frozenset(
            name for name, given in (overrides or {}).items() if given.get(LEVEL_KEY) == REMEDIATE
        )
        """Policies that put right what they can, by an edit of the resource before it is deployed."""
        self._filed = tuple(exemptions)
        self._watched = Watched(self.registry, self.levels)

    @property
    def exemptions(self) -> tuple[Exemption, ...]:
        """All of them: the file's, then the program's."""
        return (*self._filed, *self.declared.values())

    def declare(self, resource: Resource) -> None:
        """Take an exemption that the program says: it covers what is judged from now on.

        Raises:
            ExemptionError: it is void.
        """
        self.declared.pop(resource.urn, None)
        self.declared[resource.urn] = exemption_rules.declared(resource, self.registry, self.today)

    def resource(self, resource: Resource, provider: Mapping[str, Value] | None = None) -> list[Finding]:
        """What the resource policies say about one resource, from its inputs."""
        return self._judge(list(bodies(resource, resource.inputs, provider)), None)

    def remedied(
        self, resource: Resource, provider: Mapping[str, Value] | None = None
    ) -> Iterator[tuple[Finding, Resource]]:
        """Each violation that is put right, and the resource after that, one policy after the other.

        What stays: a violation that somebody answers for, one whose fix is not mechanical, and in prod one
        whose fix would replace the resource.
        """
        for policy in self.registry.judging(canonical(resource.type).token):
            if policy.id in self.remedying and policy.scope == "resource" and policy.fix.kind == "auto":
                group = list(bodies(resource, resource.inputs, provider))
                for finding in self._ask_about(policy, group, None):
                    edits = self._safe(resource, finding)
                    if edits and finding.exemption is None:
                        resource = replace(resource, inputs=mended(resource.inputs, edits))
                        yield replace(finding, edits=edits), resource

    def _safe(self, resource: Resource, finding: Finding) -> tuple[Edit, ...]:
        """The edits of a finding; none where one of them would replace something in prod."""
        if self.environment == "prod":
            with suppress(UnknownTokenError, MissingSdkError):
                fixed = replaces(resource.type)
                if any(edit.path.startswith(path) for edit in finding.edits for path in fixed):
                    return ()
        return finding.edits

    def stack(self, resources: Sequence[tuple[Resource, Mapping[str, Value] | None]]) -> list[Finding]:
        """What the stack policies say about all resources, each with its provider's settings."""
        found = [list(bodies(resource, planned(resource), provider)) for resource, provider in resources]
        around = Stack(body for group in found for body in group)
        return [finding for group in found for finding in self._judge(group, around)]

    def _judge(self, group: Sequence[Body], around: Stack | None) -> list[Finding]:
        """The findings on one resource (several bodies: the items of a list)."""
        scope = "resource" if around is None else "stack"
        return [
            finding
            for policy in (self.registry.judging(group[0].type) if group else ())
            if policy.scope == scope and self.levels[policy.id] != "disabled"
            for finding in self._ask_about(policy, group, around)
        ]

    def _ask_about(self, policy: Policy, group: Sequence[Body], around: Stack | None) -> Iterator[Finding]:
        """The findings of one policy on one resource."""
        judgements: list[Judgement] = []
        for body in group:
            config = self.configs[policy.id]
            subject = Subject(body, config, self.environment, around, self.tags, self._watched)
            judgements += _ask(policy, subject)
        yield from self._sum_up(policy, group[0].urn, judgements)

    def _sum_up(self, policy: Policy, urn: str, judgements: Sequence[Judgement]) -> Iterator[Finding]:
        whole = [judgement for judgement in judgements if not judgement.part]
        for part in policy.parts or ("",):
            mine = [one for one in judgements if one.part == part] + whole if part else whole
            outcome = min((one.outcome for one in mine), key=RANK.__getitem__, default=Outcome.PASS)
            strongest = [one for one in mine if one.outcome is outcome] if outcome is not Outcome.PASS else []
            failed = strongest if outcome is Outcome.FAIL else []
            yield Finding(
                policy.id,
                part,
                urn,
                outcome,
                self.levels[policy.id],
                tuple(dict.fromkeys(_place(one) for one in strongest)),
                edits=tuple({str(edit): edit for one in failed for edit in one.mend}.values()),
                exemption=self._exemption(policy.id, part, urn) if failed else None,
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
    if stray := {judgement.part for judgement in judgements}.difference(("", *policy.parts)):
        message = f"{RULE_ERROR}: {policy.id} has no part {', '.join(sorted(stray))}"
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
    configs = {policy.id: Config(policy.defaults) for policy in registry}
    levels: dict[str, Level] = {policy.id: policy.level(environment) for policy in registry}
    for name, given in overrides.items():
        if name not in registry:
            msg = f"there is no policy {name!r} to configure; see docs/policies/README.md for the list"
            raise ConfigError(msg)
        policy = registry[name]
        configs[policy.id] = merge(policy.id, policy.defaults, given)
        wanted = given.get(LEVEL_KEY)
        if wanted is not None and wanted not in LEVELS:
            msg = f"{policy.id}: {LEVEL_KEY} is {wanted!r}, expected one of {', '.join(map(str, LEVELS))}"
            raise ConfigError(msg)
        if wanted is not None:
            levels[policy.id] = LEVELS[wanted]
    return configs, levels


def evaluate(
    plan: Plan,
    *,
    environment: str,
    config: Overrides | None = None,
    exemptions: Sequence[Exemption] = (),
    today: date | None = None,
    tags: Mapping[str, str] | None = None,
) -> Verdict:
    """Judge a plan.

    Args:
        plan: the resources, planned or simulated.
        environment: ``dev``, ``staging`` or ``prod``: picks what is mandatory.
        config: settings by policy id.
        exemptions: from `policies.exemptions.read`; those that the plan itself declares are added.
        today: the day by which exemptions end; default: the clock's, in UTC.
        tags: the stack's tags, where they are known.

    Raises:
        ConfigError: a setting that no policy takes, or an environment that is none of the three.
        ExemptionError: an exemption that the plan declares is void; all that are wrong at once.
    """
    judge = Judge(environment, overrides=config, exemptions=exemptions, today=today, tags=tags)
    _declare(judge, plan)
    plan, remedied = _remedied(judge, plan)
    with_providers = [(resource, _provider(plan, resource)) for resource in plan]
    findings = [
        finding for resource, provider in with_providers for finding in judge.resource(resource, provider)
    ]
    findings += judge.stack(with_providers)
    seen = {finding.policy for finding in findings}
    for policy in judge.registry:
        level = judge.levels[policy.id]
        if level != "disabled" and policy.id not in seen:
            nothing = Place("", f"the stack has no {policy.judged}")
            findings.append(Finding(policy.id, "", "", Outcome.NOT_APPLICABLE, level, (nothing,)))
    live = [exemption for exemption in judge.exemptions if exemption.is_live(judge.today)]
    return Verdict(
        environment=environment,
        findings=tuple(findings),
        disabled=tuple(policy for policy, level in judge.levels.items() if level == "disabled"),
        expired=tuple(exemption for exemption in judge.exemptions if exemption not in live),
        unused=tuple(exemption for exemption in live if exemption not in judge.used),
        remedied=remedied,
    )


def _remedied(judge: Judge, plan: Plan) -> tuple[Plan, tuple[Finding, ...]]:
    """The plan as the policies leave it that were told to remedy, and what they put right."""
    if not judge.remedying:
        return plan, ()
    found: list[Finding] = []
    after: list[Resource] = []
    for resource in plan:
        left = resource
        for finding, left in judge.remedied(resource, _provider(plan, resource)):  # noqa: B007 - the last one
            found.append(finding)
        after.append(left)
    return replace(plan, resources=tuple(after)), tuple(found)


def _declare(judge: Judge, plan: Plan) -> None:
    problems: list[str] = []
    for resource in plan.of_type(exemption_rules.TYPE):
        try:
            judge.declare(resource)
        except exemption_rules.ExemptionError as error:
            problems.append(str(error))
    if problems:
        raise exemption_rules.ExemptionError("\n".join(problems))


def _provider(plan: Plan, resource: Resource) -> Mapping[str, Value] | None:
    provider = plan.provider_of(resource)
    return provider.inputs if provider is not None else None
