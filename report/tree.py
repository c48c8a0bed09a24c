"""The plan as a tree of parts, each with a count of what it makes and a line that says what it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from plan.resource import STACK_TYPE, Plan, Resource
from report.rooms import describe

__all__ = ["Branch", "grow"]


@dataclass(frozen=True, slots=True)
class Branch:
    """A part, or one resource, with what it holds."""

    resource: Resource
    label: str
    summary: str
    """For people; empty where the label says it all."""
    count: int
    """Resources made here and below: a part and a provider make nothing themselves."""
    children: tuple[Branch, ...]

    def walk(self) -> Iterator[Branch]:
        """This branch and everything below."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def parts(self) -> tuple[Branch, ...]:
        """The children that are parts themselves."""
        return tuple(child for child in self.children if not child.resource.custom)

    @property
    def rooms(self) -> tuple[Branch, ...]:
        """The parts that are worth a line. Of one that says what it is, silent ones are its own business."""
        return tuple(part for part in self.parts if not self.summary or part.summary or part.rooms)


def grow(plan: Plan) -> tuple[Branch, ...]:
    """The branches right under the stack; a plan without a stack resource starts where nothing is above."""
    roots = [resource for resource in plan if resource.type == STACK_TYPE]
    top = (
        [child for root in roots for child in plan.children(root.urn)]
        if roots
        else [resource for resource in plan if plan.get(resource.parent) is None]
    )
    return tuple(_branch(plan, resource) for resource in top)


def _branch(plan: Plan, resource: Resource) -> Branch:
    children = tuple(_branch(plan, child) for child in plan.children(resource.urn))
    own = int(resource.custom and not resource.is_provider)
    return Branch(
        resource,
        plan.label(resource),
        describe(plan, resource),
        own + sum(child.count for child in children),
        children,
    )
