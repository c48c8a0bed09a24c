"""Check what a program asks for against the SDK's own types, before any cloud sees it.

Python's dictionaries let a mistyped nested key through to the cloud, which refuses it halfway
through a deployment, or ignores it. Here it is one line with its path.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plan import sdk
from plan.shape import Field, Shape
from plan.value import Secret, Unknown, Value

__all__ = ["Mistake", "SchemaError", "check", "fits", "refuse"]

RESERVED: Final = ("__defaults", "__internal", "__provider")
"""Keys that SDKs and providers add for themselves."""
NOTHING: Final = "nothing"
UNKNOWN_PROPERTY: Final = "an unknown property"
MOST_NAMES: Final = 12
"""Properties that a message lists; of a larger type only the nearest is named."""
LONGEST: Final = 60
"""Characters of a given value that a message shows."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that the SDK's types refuse."""

    path: str
    """Where, in wire names: ``encryptionConfig.resources[0]``."""
    given: str
    expected: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.path}: given {self.given}, expected {self.expected}" + (
            f". {self.hint}" if self.hint else ""
        )


class SchemaError(Exception):
    """Resources whose inputs their SDK's types refuse: all of them, each by URN."""

    def __init__(self, mistakes: Sequence[tuple[str, Mistake]]) -> None:
        self.mistakes = tuple(mistakes)
        lines: list[str] = []
        for urn in dict.fromkeys(urn for urn, _ in mistakes):
            _, _, qualified, name = (
                urn.split("::", 3) if urn.startswith("urn:pulumi:") else ("", "", urn, urn)
            )
            lines.append(f"{name} ({qualified.rpartition('$')[2]})")
            lines += [f"  {mistake}" for other, mistake in mistakes if other == urn]
            lines.append(f"  in {urn}")
        super().__init__("\n".join(["the SDK's own types refuse what the program asks for:", *lines]))


def refuse(mistakes: Sequence[tuple[str, Mistake]]) -> None:
    """Raise one `SchemaError` for all the mistakes (URN and mistake); do nothing when there are none."""
    if mistakes:
        raise SchemaError(mistakes)


def check(token: str, inputs: Mapping[str, Value]) -> list[Mistake]:
    """What the SDK's types refuse in the inputs of a resource.

    An unknown is accepted anywhere, a secret is looked through, a JSON text is a text. No message shows
    a secret or a write-only value.

    Raises:
        plan.sdk.UnknownTokenError: the SDK has no such type.
        plan.sdk.MissingSdkError: the SDK is not installed.
    """
    fields = sdk.inputs(token)
    if fields is None:
        return []
    if token.startswith("pulumi:providers:"):
        inputs = {key: _parsed(value, fields.get(key)) for key, value in inputs.items()}
    elif sdk.package_of(token) == "kubernetes" and sdk.is_custom_kind(token):
        inputs = {key: value for key, value in inputs.items() if key in fields}
    return list(_object(inputs, fields, ""))


def fits(value: Value, shape: Shape) -> bool:
    """Whether the SDK's type takes the value as it is."""
    return next(_value(value, shape, ""), None) is None


def _parsed(value: Value, field: Field | None) -> Value:
    """A provider's settings travel as texts: what is not a text is in JSON."""
    if field is None or field.shape.kind == "text":
        return value
    inner = value.value if isinstance(value, Secret) else value
    if not isinstance(inner, str):
        return value
    try:
        return json.loads(inner)
    except ValueError:
        return value


def _object(given: Mapping[str, Value], fields: Mapping[str, Field], path: str) -> Iterator[Mistake]:
    at = f"{path}." if path else ""
    for name, value in given.items():
        field = fields.get(name)
        if field is not None:
            if value is not None:
                shown = Secret(value) if field.is_write_only else value
                yield from _value(shown, field.shape, f"{at}{name}")
        elif name not in RESERVED:
            near = _nearest(name, fields)
            expected = (
                f"one of {', '.join(sorted(fields))}"
                if len(fields) <= MOST_NAMES
                else "a property of the type"
            )
            hint = f"Did you mean {near!r}?" if near else "Remove it."
            yield Mistake(f"{at}{name}", UNKNOWN_PROPERTY, expected, hint)
    for name, field in fields.items():
        if field.required and given.get(name) is None:
            yield Mistake(f"{at}{name}", NOTHING, str(field.shape), "It is required.")


def _nearest(name: str, fields: Mapping[str, Field]) -> str:
    """The property that was probably meant; Python's spelling of it counts as near."""
    folded = {field.lower(): field for field in fields}
    near = difflib.get_close_matches(name.replace("_", "").lower(), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else ""


def _value(value: Value, shape: Shape, path: str) -> Iterator[Mistake]:  # noqa: C901 - one branch a kind
    if isinstance(value, Secret):
        yield from (_veiled(mistake) for mistake in _value(value.value, shape, path))
        return
    if isinstance(value, Unknown) or shape.kind == "any":
        return
    if shape.kind == "object" and isinstance(value, dict):
        yield from _object(value, shape.fields, path)
    elif shape.kind == "list" and isinstance(value, list) and shape.item is not None:
        for index, item in enumerate(value):
            yield from _value(item, shape.item, f"{path}[{index}]")
    elif shape.kind == "map" and isinstance(value, dict) and shape.item is not None:
        for key, item in value.items():
            if key not in RESERVED and item is not None:
                yield from _value(item, shape.item, f"{path}[{key!r}]")
    elif shape.kind == "union":
        yield from _union(value, shape, path)
    elif not _is(value, shape):
        yield Mistake(path, _shown(value), str(shape), _near_constant(value, shape))


def _union(value: Value, shape: Shape, path: str) -> Iterator[Mistake]:
    """The mistakes of the one arm that could have been meant, when none fits."""
    attempts = [list(_value(value, arm, path)) for arm in shape.arms]
    if not all(attempts):
        return
    deeper = [found for found in attempts if any(mistake.path != path for mistake in found)]
    if len(deeper) == 1:
        yield from deeper[0]
    else:
        yield Mistake(path, _shown(value), str(shape))


def _is(value: Value, shape: Shape) -> bool:
    if shape.kind == "text":
        return isinstance(value, str)
    if shape.kind == "boolean":
        return isinstance(value, bool)
    if shape.kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if shape.kind == "integer":
        return not isinstance(value, bool) and (
            isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        )
    if shape.kind == "constant":
        return value in shape.values
    return shape.kind == "asset" and isinstance(value, dict)


def _near_constant(value: Value, shape: Shape) -> str:
    if shape.kind != "constant" or not isinstance(value, str):
        return ""
    near = difflib.get_close_matches(value, [text for text in shape.values if isinstance(text, str)], n=1)
    return f"Did you mean {near[0]!r}?" if near else ""


def _shown(value: Value) -> str:
    if isinstance(value, dict):
        return f"an object with {', '.join(value) or 'no properties'}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, bool):
        return f"the boolean {json.dumps(value)}"
    kind = "the text" if isinstance(value, str) else "the number" if isinstance(value, int | float) else ""
    text = json.dumps(value) if isinstance(value, str) else str(value)
    return f"{kind} {text if len(text) <= LONGEST else text[:LONGEST] + '…'}".strip()


def _veiled(mistake: Mistake) -> Mistake:
    """The same mistake without the value that was given, which is a secret."""
    if mistake.given in {NOTHING, UNKNOWN_PROPERTY}:
        return mistake
    return Mistake(mistake.path, "a secret of another form", mistake.expected)
