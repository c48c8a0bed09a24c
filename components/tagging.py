"""Tags on everything that can carry them, added in one place so that no room can forget.

A stack transformation sees each resource before it is registered. (The SDK's newer transforms run
in the engine and are not run without one, so the plan would lack the tags: see ADR 3.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi

from config.base import NAMESPACE

__all__ = ["Tags", "tag_everything"]

UNTAGGED: Final = frozenset(
    {
        "aws:autoscaling/group:Group",  # wants a list with propagation, not a map
        "gcp:monitoring/metricDescriptor:MetricDescriptor",  # its labels are the metric's dimensions
    }
)
FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "aws": ("tags",),
    "azure-native": ("tags",),
    # the narrowest word first: what else has `user_labels` means something of its own by `labels`
    "gcp": ("user_labels", "resource_labels", "labels"),
}
"""By SDK: what a resource may call them."""


@dataclass(frozen=True, slots=True)
class Tags:
    """Who a resource belongs to. The four that the cost policies ask for, and who made it."""

    environment: str
    owner: str
    cost_center: str
    project: str = NAMESPACE

    def as_map(self) -> dict[str, str]:
        """The tags under their published keys."""
        return {
            "environment": self.environment,
            "owner": self.owner,
            "cost-center": self.cost_center,
            "project": self.project,
            "managed-by": "pulumi",
        }


def tag_everything(tags: Tags) -> None:
    """Add the tags to every later resource of the stack whose type has a place for them; its own win.

    A resource that takes tags and has no name of its own also gets ``Name``, so that a console shows more
    than an id. Google's labels have no capitals, and its resources have names.
    """

    def add(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        field = _field(args)
        if field is None:
            return None
        props = cast("dict[str, Any]", args.props)
        own = cast("Mapping[str, pulumi.Input[str]]", props.get(field) or {})
        named = field != "tags" or props.get("name")
        name = {} if named else {"Name": f"trading-{tags.environment}-{args.name}"}
        props[field] = {**tags.as_map(), **name, **own}
        return pulumi.ResourceTransformationResult(props=props, opts=args.opts)

    pulumi.runtime.register_stack_transformation(add)


def _field(args: pulumi.ResourceTransformationArgs) -> str | None:
    """What the resource's type calls them; None where it has no place for them."""
    if args.type_ in UNTAGGED:
        return None
    fields = FIELDS.get(args.type_.partition(":")[0], ())
    return next((field for field in fields if hasattr(type(args.resource), field)), None)
