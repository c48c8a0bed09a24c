"""Tags on everything that can carry them, added in one place so that no room can forget.

A stack transformation sees each resource before it is registered. (The SDK's newer transforms run
in the engine and are not run without one, so the plan would lack the tags: see ADR 3.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi

from config.base import NAMESPACE

__all__ = ["Tags", "tag_everything"]

UNTAGGED: Final = frozenset({"aws:autoscaling/group:Group"})  # wants a list with propagation, not a map


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
    """Add the tags to every later resource of the stack whose type has ``tags``; its own tags win.

    A resource without a name of its own also gets ``Name``, so that a console shows more than an id.
    """

    def add(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ in UNTAGGED or not hasattr(type(args.resource), "tags"):
            return None
        props = cast("dict[str, Any]", args.props)
        own = cast("Mapping[str, pulumi.Input[str]]", props.get("tags") or {})
        name = {} if props.get("name") else {"Name": f"trading-{tags.environment}-{args.name}"}
        props["tags"] = {**tags.as_map(), **name, **own}
        return pulumi.ResourceTransformationResult(props=props, opts=args.opts)

    pulumi.runtime.register_stack_transformation(add)
