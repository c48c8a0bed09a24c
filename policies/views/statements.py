"""The statements of an IAM policy document, as text or as an object, with its many spellings made one."""

from __future__ import annotations

from typing import NamedTuple

from policies.node import Node
from policies.truth import Truth, some

__all__ = ["Statement", "statements"]


class Statement(NamedTuple):
    """One statement of a policy document."""

    node: Node

    @property
    def allows(self) -> Truth:
        """Whether it grants."""
        return self.node.key("Effect").equals("Allow")

    @property
    def denies(self) -> Truth:
        """Whether it refuses."""
        return self.node.key("Effect").equals("Deny")

    def has(self, element: str, *values: str) -> Truth:
        """Whether ``Action``, ``Resource`` or ``Principal`` holds one of these, alone or in a list."""
        return some(item.one_of(values) for item in self.node.key(element).items())

    def is_for_everyone(self) -> Truth:
        """Whether the principal is ``*``, bare or under a key."""
        principal = self.node.key("Principal")
        bare = principal.equals("*")
        if principal.value.__class__ is not dict:
            return bare
        return some(item.equals("*") for _, value in principal.entries() for item in value.items())

    def condition(self, operator: str, key: str) -> list[Node]:
        """The values of a condition. IAM ignores the case of operators' keys."""
        return [
            item
            for name, keys in self.node.key("Condition").entries()
            if name in (operator, "*")
            for given, values in keys.entries()
            if given == "*" or given.lower() == key.lower()
            for item in values.items()
        ]


def statements(document: Node) -> list[Statement]:
    """The statements of a document. Of an unknown one: one unknown statement."""
    return [Statement(node) for node in document.parsed().key("Statement").items()]
