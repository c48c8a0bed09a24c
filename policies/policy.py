"""A policy: a rule with everything that people and machines need to know about it.

A rule is a function that yields judgements; `policy` makes it a `Policy` and puts it on record.
`policies.registry` collects them. To add one, copy its neighbour in ``rules/<cloud>/<room>.py`` and
give it cases in ``cases/<cloud>/<room>.yaml``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, Required, TypeAlias, TypedDict, Unpack

if TYPE_CHECKING:
    from policies.outcome import Judgement, Level
    from policies.subject import Subject

__all__ = ["ENVIRONMENTS", "RECORD", "Category", "Fix", "Policy", "Reads", "Rule", "Severity", "policy"]

Severity = Literal["critical", "high", "medium", "low"]
Category = Literal["security", "reliability", "cost", "operations"]
Reads: TypeAlias = "Mapping[str, tuple[str, ...]]"
"""For each type token the property paths that the rule reads. ``[*]`` is any item or key; a path that
begins with ``@`` is a resource option. A token may end in ``*``."""
Rule: TypeAlias = "Callable[[Subject], Iterable[Judgement]]"

ENVIRONMENTS: Final = ("dev", "staging", "prod")
LEVELS: Final[Mapping[str, Level]] = {"A": "advisory", "M": "mandatory", "R": "mandatory", "D": "disabled"}
"""``R``: to be remedied. A violation that is still there is mandatory."""


@dataclass(frozen=True, slots=True)
class Fix:
    """How to put a violation right."""

    kind: Literal["auto", "suggest", "none"]
    """``auto``: mechanical and safe; ``suggest``: a person decides; ``none``: it needs design."""
    steps: str
    """What to do, in a sentence."""
    line: str = ""
    """The line of a program or a setting that does it."""


@dataclass(frozen=True)
class Policy:
    """One rule on record."""

    id: str
    title: str
    """What is so when it passes."""
    violation: str
    """What is a violation, in the field's own words."""
    severity: Severity
    category: Category
    reads: Reads
    fix: Fix
    enforcement: str
    """A letter for dev, staging, prod: A advisory, M mandatory, R remedied (else mandatory), D disabled."""
    soc2: tuple[str, ...]
    """Trust services criteria it is evidence for."""
    cis: tuple[str, ...]
    """Benchmark rows: A = AWS 7.0, G = Google Cloud 5.0, Z = Azure 6.0, K = Kubernetes 2.0.1."""
    rule: Rule
    why: str
    """The rule's docstring: what goes wrong without it."""
    scope: Literal["resource", "stack"] = "resource"
    related: Reads = field(default_factory=dict[str, tuple[str, ...]])
    """Of a stack policy: what it reads of other resources, which it does not judge."""
    parts: tuple[str, ...] = ()
    """Of a composite policy: the names of its parts, each with an outcome of its own."""
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Its settings, with their defaults."""
    module: str = ""
    """Where the rule stands, such as ``aws.network``."""

    def level(self, environment: str) -> Level:
        """What a violation does in an environment."""
        return LEVELS[self.enforcement[ENVIRONMENTS.index(environment)]]

    @property
    def types(self) -> tuple[str, ...]:
        """The types that it judges."""
        return tuple(self.reads)

    @cached_property
    def judged(self) -> str:
        """The same for people: ``… or …``."""
        return " or ".join(self.types)

    @property
    def url(self) -> str:
        """Its page, from the root of the repository."""
        return f"docs/policies/{self.id}.md"


RECORD: Final[dict[str, Policy]] = {}
"""All policies whose module has been imported, by id."""


class Facts(TypedDict, total=False):
    """What `policy` takes: the fields of `Policy` that an author writes."""

    title: Required[str]
    violation: Required[str]
    severity: Required[Severity]
    category: Required[Category]
    reads: Required[Reads]
    fix: Required[Fix]
    enforcement: Required[str]
    soc2: Required[tuple[str, ...]]
    cis: Required[tuple[str, ...]]
    scope: Literal["resource", "stack"]
    related: Reads
    parts: tuple[str, ...]
    defaults: Mapping[str, Any]


def policy(*, id: str, **facts: Unpack[Facts]) -> Callable[[Rule], Rule]:  # noqa: A002 - the policy's id
    """Put a rule on record. The facts are the fields of `Policy`; its docstring says why it exists."""

    def enter(rule: Rule) -> Rule:
        if id in RECORD and RECORD[id].rule.__code__ is not rule.__code__:
            msg = f"two policies are called {id!r}: {RECORD[id].module} and {rule.__module__}"
            raise ValueError(msg)
        why = inspect.cleandoc(rule.__doc__ or "")
        module = rule.__module__.removeprefix("policies.rules.")
        RECORD[id] = Policy(id=id, rule=rule, why=why, module=module, **facts)
        return rule

    return enter
