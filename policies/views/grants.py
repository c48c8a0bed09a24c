"""Who is given what by IAM on Google Cloud: one member, a role's members or a whole policy, made one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from policies.views.machines import places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.node import Node

__all__ = ["EVERYBODY", "Grant", "granting", "grants"]

EVERYBODY: Final = ("allUsers", "allAuthenticatedUsers")
"""The whole world, and the whole world with a Google account, which anybody has."""
MEMBERS: Final = {"Member": "member", "Binding": "members[*]", "Policy": "policyData"}
"""The three resources in which a provider offers each grant, and where each says to whom."""


class Grant(NamedTuple):
    """One role, and who has it."""

    role: Node
    members: list[Node]
    condition: Node


def granting(*stems: str, also: tuple[str, ...] = ()) -> Mapping[str, tuple[str, ...]]:
    """What a policy reads of such resources (``pubsub/topicIAM``): to whom; of single grants ``also``."""
    reads: dict[str, tuple[str, ...]] = {}
    for stem in stems:
        name = stem.partition("/")[2]
        for kind, path in MEMBERS.items():
            given = also if kind != "Policy" else ()
            reads[f"gcp:{stem}{kind}:{name[0].upper()}{name[1:]}{kind}"] = (*given, path)
    return reads


def grants(root: Node, token: str) -> list[Grant]:
    """The grants of a resource. Of an unknown policy: one of which nothing is known."""
    named = next(path for kind, path in MEMBERS.items() if token.endswith(kind))
    if named == MEMBERS["Policy"]:
        bindings = root.key(named).parsed().key("bindings").items()
        return [Grant(one.key("role"), one.key("members").items(), one.key("condition")) for one in bindings]
    return [Grant(root.key("role"), places(root, named), root.key("condition"))]
