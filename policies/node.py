"""A place in a resource's properties, where absent, unknown and malformed are three different things.

A rule walks from the root with `Node.at`, `Node.items` and `Node.entries`, and asks questions that
answer with a `Truth`. Nothing here raises on any value: what the rule finds may be a foreign tree.

* absent: the program said nothing (or null), so the provider's default holds;
* unknown: the deployment will tell;
* malformed: something else stands where the path leads (a text where an object was expected).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from plan.value import UNKNOWN, UNKNOWN_SENTINELS, Secret
from policies.edit import REMOVED, Edit
from policies.truth import Truth

if TYPE_CHECKING:
    from plan.value import Value

__all__ = ["Node"]

WORD: Final = re.compile(r"[A-Za-z_$*][\w$*-]*")
BOOLEANS: Final = {"true": True, "false": False}


class _Mark:
    """A state that no value of a plan can be."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


ABSENT: Final = _Mark("absent")
MALFORMED: Final = _Mark("malformed")


@cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


class Node:
    """A value and where it stands. Secrets are seen through, but `shown` keeps them."""

    __slots__ = ("_key", "_parent", "secret", "value")

    def __init__(
        self,
        value: Any,  # noqa: ANN401 - any property value
        parent: Node | None = None,
        key: str | int = "",
        *,
        secret: bool = False,
    ) -> None:
        if value.__class__ is Secret:
            value, secret = value.value, True
        self.value: Any = ABSENT if value is None else value
        self.secret = secret
        self._parent = parent
        self._key = key

    # --- walking ---

    def at(self, path: str) -> Node:
        """The node below, by property names joined with dots: ``spec.securityContext``."""
        node = self
        for step in _steps(path):
            node = node.key(step)
        return node

    def key(self, name: str) -> Node:
        """The node under one key, which may hold dots (an annotation's)."""
        value = self.value
        if value.__class__ is dict:
            return Node(value.get(name), self, name, secret=self.secret)
        if value is UNKNOWN or value is ABSENT:
            return Node(value, self, name)
        # An empty list is how a single block that was left out arrives from some converters.
        return Node(ABSENT if value == [] else MALFORMED, self, name)

    def items(self) -> list[Node]:
        """The members of a list. Of an unknown list: one unknown member, for nobody knows there is none."""
        value = self.value
        if value.__class__ is list:
            return [Node(item, self, index, secret=self.secret) for index, item in enumerate(value)]
        if value is ABSENT:
            return []
        if value is UNKNOWN:
            return [Node(UNKNOWN, self, "*")]
        # A lone value stands for a list of one, as policy documents and bridged providers write it.
        return [Node(MALFORMED, self, "*") if value is MALFORMED else self]

    def entries(self) -> list[tuple[str, Node]]:
        """Keys and values of an object, in order of keys (the wire keeps none). Of an unknown one: ``*``."""
        value = self.value
        if value.__class__ is dict:
            return [(name, Node(value[name], self, name, secret=self.secret)) for name in sorted(value)]
        if value is ABSENT or value == []:
            return []
        return [("*", Node(UNKNOWN if value is UNKNOWN else MALFORMED, self, "*"))]

    def parsed(self) -> Node:
        """What a JSON text says (a policy document, a provider's nested setting); an object stays itself."""
        if self.value.__class__ is not str:
            return self
        try:
            value = json.loads(self.value)
        except ValueError:
            return Node(MALFORMED, self._parent, self._key)
        return Node(_without_sentinels(value), self._parent, self._key, secret=self.secret)

    # --- asking ---

    @property
    def is_known(self) -> bool:
        """Whether a rule can read `value`: it is there, known, and where it should be."""
        return self.value is not ABSENT and not self.is_open

    @property
    def is_open(self) -> bool:
        """Whether nobody can judge it yet: unknown, or malformed."""
        return self.value is UNKNOWN or self.value is MALFORMED

    @property
    def is_absent(self) -> bool:
        """Whether the program said nothing here."""
        return self.value is ABSENT

    def test(self, condition: Callable[[Any], bool], *, absent: Truth = Truth.NO) -> Truth:
        """Whether a known value fulfils the condition; what an absent one counts for, the rule says."""
        if self.value is ABSENT:
            return absent
        if self.is_open:
            return Truth.UNKNOWN
        return Truth.YES if condition(self.value) else Truth.NO

    @property
    def exists(self) -> Truth:
        """Whether anything is given here."""
        return self.test(lambda _: True)

    @property
    def is_empty(self) -> Truth:
        """Whether it is absent, an empty text, list or object."""
        return self.test(lambda value: value in ("", [], {}), absent=Truth.YES)

    @property
    def is_true(self) -> Truth:
        """Whether it says true; the text ``"true"`` counts, as it does for bridged providers."""
        return self.test(lambda value: _boolean(value) is True)

    @property
    def is_false(self) -> Truth:
        """Whether it says false in so many words. Absent is not false: see `is_true`."""
        return self.test(lambda value: _boolean(value) is False)

    def equals(self, expected: Value) -> Truth:
        """Whether it is this text or number. ``0`` is not ``false``."""
        return self.test(
            lambda value: value == expected and isinstance(value, bool) == isinstance(expected, bool)
        )

    def one_of(self, expected: Collection[str]) -> Truth:
        """Whether it is one of these texts."""
        return self.test(lambda value: isinstance(value, str) and value in expected)

    # --- reading ---

    @property
    def text(self) -> str:
        """A known text, else an empty one. For names in messages and for literal comparisons."""
        return self.value if self.value.__class__ is str else ""

    @property
    def number(self) -> int | float | None:
        """A known number, also when it is written as a text; else None."""
        value = self.value
        if value.__class__ is int or value.__class__ is float:
            return value
        if value.__class__ is str:
            try:
                return int(value)
            except ValueError:
                return None
        return None

    @property
    def shown(self) -> str:
        """The value for a message: never a secret."""
        if self.secret:
            return "[secret]"
        if self.value is ABSENT or self.is_open:
            return {ABSENT: "not set", MALFORMED: "malformed"}.get(self.value, "unknown")
        return (
            json.dumps(self.value, default=repr, sort_keys=True)
            if not isinstance(self.value, str)
            else self.value
        )

    @property
    def path(self) -> str:
        """Where it stands, in Pulumi's notation for property paths."""
        if self._parent is None:
            return str(self._key)
        above = self._parent.path
        if isinstance(self._key, int) or self._key == "*":
            return f"{above}[{self._key}]"
        if not WORD.fullmatch(self._key):
            return f'{above}["{self._key}"]'
        return f"{above}.{self._key}" if above else self._key

    @property
    def steps(self) -> tuple[str | int, ...]:
        """The keys and indices that lead to it from the root."""
        return () if self._parent is None else (*self._parent.steps, self._key)

    # --- mending ---

    def becomes(self, value: Value) -> Edit:
        """The edit that puts a value here, and makes what leads to it."""
        return Edit(self, value)

    def removed(self) -> Edit:
        """The edit that takes it away, so that the provider's default holds."""
        return Edit(self, REMOVED)

    def __repr__(self) -> str:
        return f"<Node {self.path or '/'}: {self.shown}>"


def _boolean(value: object) -> object:
    return BOOLEANS.get(value.lower()) if isinstance(value, str) else value


def _without_sentinels(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """JSON that was built around an unknown holds the SDK's sentinel in a text: that text is unknown."""
    if isinstance(value, str):
        return UNKNOWN if any(sentinel in value for sentinel in UNKNOWN_SENTINELS) else value
    if isinstance(value, list):
        return [_without_sentinels(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_sentinels(item) for key, item in value.items()}
    return value
