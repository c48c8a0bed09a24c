"""The statements of an IAM policy document, as text or as an object, with its many spellings made one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from policies.node import Node
from policies.truth import Truth, every, some
from policies.views.addresses import means_everyone

__all__ = ["Statement", "account_of", "statements"]

OPERATORS: Final = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress", "bool"}
)
"""Those that a request must fulfil. The others refuse a few, or let through what lacks the key."""
CALLER: Final = frozenset(
    {
        *("aws:sourceaccount", "aws:sourcearn", "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths"),
        *("aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid"),
        *("aws:vpceorgpaths", "aws:principalaccount", "aws:principalarn", "aws:principalorgid"),
        *("aws:principalorgpaths", "aws:userid", "kms:calleraccount", "s3:dataaccesspointaccount"),
        *("s3:dataaccesspointarn", "elasticfilesystem:accesspointarn"),
    }
)
"""Condition keys that say who calls, or from which network of whom."""
ADDRESS: Final = "aws:sourceip"
MOUNTED: Final = "elasticfilesystem:accessedviamounttarget"
ACCOUNT: Final = 4
"""Which part of an ARN is the account."""
SERVICE: Final = 2
"""Which part of it is the service."""


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
        return some(item.equals("*") for item in self.principals())

    def principals(self, kind: str = "") -> list[Node]:
        """Whom it names, bare or under a key; with ``kind`` (``AWS``, ``Federated``) those under that key."""
        named = self.node.key("Principal")
        if named.value.__class__ is not dict:
            return named.items() if named.is_open or not kind else []
        return [item for key, value in named.entries() if kind in ("", key) for item in value.items()]

    def admits_everyone(self) -> Truth:
        """Whether it grants to any account: ``*``, an ARN of any account, or all but a few (NotPrincipal)."""
        anybody = some(item.test(_is_anybody) for item in self.principals())
        return self.allows & (anybody | self.node.key("NotPrincipal").exists)

    def knows_caller(self) -> Truth:
        """Whether a condition lets only a named account, organisation, network or ARN through."""
        return some(self._callers())

    def _callers(self) -> Iterator[Truth]:
        for operator, keys in self.node.key("Condition").entries():
            for key, values in keys.entries():
                if "*" in (operator, key):
                    yield Truth.UNKNOWN
                elif operator.lower().removeprefix("foranyvalue:") in OPERATORS:
                    name = key.lower()
                    yield every(
                        value.test(lambda said, name=name: _narrows(name, said)) for value in values.items()
                    )

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


def account_of(arn: str) -> str:
    """The account in an ARN; of a text that is none, the text itself."""
    parts = arn.split(":")
    return parts[ACCOUNT] if parts[0] == "arn" and len(parts) > ACCOUNT else arn


def _is_anybody(principal: object) -> bool:
    return isinstance(principal, str) and (
        principal == "*" or (principal.startswith("arn:") and "*" in account_of(principal))
    )


def _narrows(key: str, said: object) -> bool:
    """Whether a value of a condition leaves only callers whom the author knew."""
    text = str(said)
    if key == ADDRESS:
        return not means_everyone(text)
    if key == MOUNTED:
        return text.lower() == "true"
    if key not in CALLER:
        return False
    if not text.startswith("arn:"):
        # What stands before the first wildcard is more than the letters with which all ids begin.
        return text.partition("*")[0].partition("?")[0] not in ("", "o-", "vpc-", "vpce-")
    parts = text.split(":", maxsplit=ACCOUNT + 1)
    # The name of a bucket is the world's: an ARN of one needs no account.
    if account_of(text) and parts[SERVICE] != "s3":
        return "*" not in account_of(text)
    return not parts[-1].startswith("*")


def statements(document: Node) -> list[Statement]:
    """The statements of a document. Of an unknown one: one unknown statement."""
    return [Statement(node) for node in document.parsed().key("Statement").items()]
