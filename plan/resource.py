"""The resource graph that a program declares: what every later room looks at.

A `Plan` is made by `plan.record` (no engine), by `plan.load` (from the engine's JSON), and read by
policies, estimates, reports and the day-2 commands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from plan.value import UNKNOWN, Unknown, Value

__all__ = ["STACK_TYPE", "URN_JOINTS", "Mode", "Options", "Plan", "Resource"]

STACK_TYPE = "pulumi:pulumi:Stack"
URN_JOINTS = 3
"""How often ``::`` stands in a URN."""
Mode = Literal["preview", "up"]
"""``preview``: what a cloud computes is unknown. ``up``: it is answered (by a simulation)."""


@dataclass(frozen=True, slots=True)
class Options:
    """The resource options that survive into a state. Empty means the engine's default."""

    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    deleted_with: str = ""
    import_id: str = ""
    custom_timeouts: Mapping[str, str] = field(default_factory=dict[str, str])
    version: str = ""
    """Version of the provider plugin that the SDK asks for."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as the program declared it."""

    urn: str
    type: str
    """Type token, such as ``aws:ec2/vpc:Vpc``."""
    name: str
    """Logical name: constant for the life of the resource."""
    custom: bool
    """False for a component: it exists only in the plan, to hold others."""
    inputs: Mapping[str, Value]
    """What the program asks for, under the wire's (camelCase) names."""
    outputs: Mapping[str, Value] = field(default_factory=dict[str, Value])
    id: str | Unknown = UNKNOWN
    parent: str = ""
    """URN of the parent; empty for the stack itself."""
    provider: str = ""
    """URN of the explicit provider; empty for a component or a default provider."""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """For each input property the URNs that its value comes from."""
    options: Options = field(default_factory=Options)

    @property
    def package(self) -> str:
        """The provider package: ``aws``, ``kubernetes`` … or ``trading-platform`` for our parts."""
        if self.type.startswith("pulumi:providers:"):
            return self.type.removeprefix("pulumi:providers:")
        return self.type.split(":", 1)[0]

    @property
    def is_provider(self) -> bool:
        """Whether this is an explicit provider rather than something a provider makes."""
        return self.type.startswith("pulumi:providers:")


@dataclass(frozen=True)
class Plan:
    """All resources of one stack, in the order in which the program declared them."""

    project: str
    stack: str
    mode: Mode
    resources: tuple[Resource, ...]
    outputs: Mapping[str, Value] = field(default_factory=dict[str, Value])
    """The stack's outputs."""
    warnings: tuple[str, ...] = ()
    """What the program itself warns of."""
    simulated: bool = True
    """Whether the outputs come from a simulation rather than from a cloud."""

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)

    def __len__(self) -> int:
        return len(self.resources)

    def __getitem__(self, urn: str) -> Resource:
        return self._by_urn[urn]

    def get(self, urn: str) -> Resource | None:
        """The resource of that URN, or None."""
        return self._by_urn.get(urn)

    def provider_of(self, resource: Resource) -> Resource | None:
        """Its explicit provider, where the plan holds it. A state adds the provider's id to the URN."""
        has_id = resource.provider.count("::") > URN_JOINTS
        return self.get(resource.provider.rpartition("::")[0] if has_id else resource.provider)

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of these type tokens."""
        return [resource for resource in self.resources if resource.type in types]

    def children(self, urn: str) -> list[Resource]:
        """The direct children of a component."""
        return self._children.get(urn, [])

    def address(self, resource: Resource) -> str:
        """Where it lives, for people: ``platform › aws › network › vpc``."""
        names = [self.label(resource)]
        parent = self._by_urn.get(resource.parent)
        while parent is not None and parent.type != STACK_TYPE:
            names.append(self.label(parent))
            parent = self._by_urn.get(parent.parent)
        return " › ".join(reversed(names))

    def label(self, resource: Resource) -> str:
        """The logical name without what its parent's name already says: ``vpc`` in ``aws-network-vpc``."""
        parent = self._by_urn.get(resource.parent)
        return resource.name.removeprefix(f"{parent.name}-") if parent else resource.name

    @cached_property
    def _by_urn(self) -> dict[str, Resource]:
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def _children(self) -> dict[str, list[Resource]]:
        found: defaultdict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            found[resource.parent].append(resource)
        return dict(found)
