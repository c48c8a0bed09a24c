"""The rules of a Role or ClusterRole: what they grant, with the wildcards that grant it too."""

from __future__ import annotations

from typing import Final, NamedTuple

from policies.node import Node
from policies.truth import Truth, some

__all__ = ["BINDINGS", "CLUSTER_ROLE", "ROLES", "RoleRule", "role_rules", "rule_reads"]

CLUSTER_ROLE: Final = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
ROLES: Final = ("kubernetes:rbac.authorization.k8s.io/v1:Role", CLUSTER_ROLE)
BINDINGS: Final = (
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
)
EVERY: Final = "*"


class RoleRule(NamedTuple):
    """One rule of a role."""

    node: Node

    def verbs(self, *verbs: str) -> Truth:
        """Whether it grants one of these verbs."""
        return self._holds("verbs", (*verbs, EVERY))

    def names_verb(self, verb: str) -> Truth:
        """Whether it says this verb in so many words."""
        return self._holds("verbs", (verb,))

    def resources(self, *resources: str) -> Truth:
        """Whether it is about one of these; ``*/exec`` is the part ``exec`` of everything."""
        parts = [f"*/{one.split('/', 1)[1]}" for one in resources if "/" in one]
        return self._holds("resources", (*resources, *parts, EVERY))

    def groups(self, *groups: str) -> Truth:
        """Whether it is about one of these API groups. A rule that names none is taken for all of them."""
        given = self.node.key("apiGroups")
        return self._holds("apiGroups", (*groups, EVERY)) | given.test(
            lambda value: value == [], absent=Truth.YES
        )

    def _holds(self, key: str, wanted: tuple[str, ...]) -> Truth:
        return some(item.one_of(wanted) for item in self.node.key(key).items())


def role_rules(root: Node, token: str) -> list[RoleRule]:  # noqa: ARG001 - the form that a view has
    """The rules of a role; pass it to `Subject.view`. Of an unknown list: one unknown rule."""
    return [RoleRule(node) for node in root.key("rules").items()]


def rule_reads(*fields: str) -> tuple[str, ...]:
    """These lists of every rule of a role."""
    return tuple(f"rules[*].{field}[*]" for field in fields)
