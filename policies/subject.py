"""What a rule looks at: one resource, and for a stack policy the resources around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from plan.value import UNKNOWN
from policies.families import canonical, covers
from policies.node import Node
from policies.truth import Truth, known, some

if TYPE_CHECKING:
    from collections.abc import Iterable

    from plan.resource import Resource
    from plan.value import Value
    from policies.configuration import Config
    from policies.watched import Watched

__all__ = ["Body", "Stack", "Subject", "bodies"]

T = TypeVar("T")
MAX_HOPS = 3
"""How far a value is followed from resource to resource (`bucket.id` → `block.bucket` → policy)."""


@dataclass(slots=True, eq=False)
class Body:
    """A resource, decoded once and shared by all policies that look at it."""

    resource: Resource
    type: str
    """The canonical token: see `policies.families`."""
    root: Node
    provider: Node
    """The settings of its provider; absent where the plan does not hold it."""
    views: dict[Any, Any] = field(default_factory=dict[Any, Any])
    """What has been worked out from it already: see `Subject.view`."""

    @property
    def urn(self) -> str:
        """The resource's name in the engine."""
        return self.resource.urn


def bodies(
    resource: Resource, properties: Mapping[str, Value], provider: Mapping[str, Value] | None
) -> Iterator[Body]:
    """The bodies of a resource: itself, or each of its items if it is a Kubernetes ``…List``."""
    family = canonical(resource.type)
    root = Node(properties)
    settings = Node(provider)
    if not family.is_list:
        yield Body(resource, family.token, root, settings)
        return
    for item in root.at("items").items():
        yield Body(resource, family.token, item, settings)


def planned(resource: Resource) -> dict[str, Value]:
    """What a stack policy sees of a resource: its inputs over the cloud's answers.

    An input that comes from other resources and is not there is unknown, not missing: while its
    source does not exist, an engine leaves it out (pulumi/pulumi#7854).
    """
    properties: dict[str, Value] = dict.fromkeys(resource.property_dependencies, UNKNOWN)
    return properties | dict(resource.outputs) | dict(resource.inputs)


@dataclass(frozen=True, slots=True)
class Subject:
    """One resource before one policy."""

    body: Body
    config: Config
    environment: str
    around: Stack | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """The stack's own tags, where somebody knows them: the engine does, a plan does not."""
    watched: Watched | None = None
    """What the enabled security policies read."""

    @property
    def root(self) -> Node:
        """The place where its properties begin."""
        return self.body.root

    @property
    def type(self) -> str:
        """The canonical type token."""
        return self.body.type

    def at(self, path: str) -> Node:
        """A place in its properties: see `Node.at`."""
        return self.body.root.at(path)

    def view(self, make: Callable[[Node, str], T]) -> T:
        """What ``make`` sees in these properties, worked out once for all policies."""
        found = self.body.views.get(make)
        if found is None:
            found = self.body.views[make] = make(self.body.root, self.body.type)
        return found

    @property
    def stack(self) -> Stack:
        """The resources around it. Only a stack policy has them."""
        if self.around is None:
            msg = "this policy judges single resources: declare it with scope='stack' to look at others"
            raise RuntimeError(msg)
        return self.around


class Stack:
    """All resources of a stack, by type, with the relations between them."""

    def __init__(self, resources: Iterable[Body]) -> None:
        self.bodies = list(resources)
        self._by_urn = {body.urn: body for body in self.bodies}
        self._by_type: dict[str, list[Body]] = {}
        for body in self.bodies:
            self._by_type.setdefault(body.type, []).append(body)

    def of(self, *types: str) -> list[Body]:
        """The resources of these canonical types; a type may end in ``*``."""
        return [
            body
            for token, found in self._by_type.items()
            if any(covers(pattern, token) for pattern in types)
            for body in found
        ]

    def refers(self, source: Body, path: str, target: Body, *names: str) -> Truth:
        """Whether the value at ``path`` of one resource means another.

        By the recorded dependency of that property first: that holds before the value exists. Else by
        the literal value, compared with what the target is called: its values at ``names``.
        """
        if self._depends(source, path.split(".", maxsplit=1)[0], target, MAX_HOPS):
            return Truth.YES
        value = source.root.at(path)
        if value.is_absent:
            return Truth.NO
        if value.is_open:
            # Its sources are on record and this is none of them.
            traced = bool(source.resource.property_dependencies.get(path.split(".", maxsplit=1)[0]))
            return known(value=False) if traced else Truth.UNKNOWN
        called = [target.root.at(name) for name in names]
        return some(name.equals(value.value) for name in called if not name.is_absent)

    def _depends(self, source: Body, key: str, target: Body, hops: int) -> bool:
        urns = source.resource.property_dependencies.get(key, ())
        if target.urn in urns:
            return True
        # The same key handed on: BucketPolicy(bucket=block.bucket) means the block's own bucket.
        return hops > 1 and any(
            self._depends(between, key, target, hops - 1)
            for between in (self._by_urn.get(urn) for urn in urns)
            if between is not None and between is not source
        )
