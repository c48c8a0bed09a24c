"""Answer what the SDK's types require, for any type at all: the part no table has to know.

A table line wins, then the property's name (``generic.csv``), then the emptiest value of the
right form. What a program could have given but did not is answered empty, as clouds do.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Final

from plan.forms.form import Facts, Row, Unanswered, fill, read_rows
from plan.schema import fits
from plan.sdk import package_of
from plan.shape import Field, Shape
from plan.value import SIGNATURE, Value

__all__ = ["answer_rows", "complete", "example"]

DEEPEST: Final = 8
"""Levels below which only what is required is answered."""
ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
"""The wire's mark of an asset. Source: ``pulumi.runtime.rpc`` of the pinned SDK."""
STEP: Final = re.compile(r"(\w+)|\[(\d+)\]")
BRIDGED: Final = frozenset({"aws", "gcp"})
"""Packages whose types mark every part of a computed block as optional, though it is answered."""


def answer_rows(rows: tuple[Row, ...], facts: Facts, fields: Mapping[str, Field]) -> None:
    """Set what the table says and the program did not."""
    given = frozenset(facts.properties)
    for row in rows:
        if row.property == "id":
            continue
        steps: list[str | int] = [int(index) if index else name for name, index in STEP.findall(row.property)]
        root = str(steps[0])
        present = facts.properties.get(root)
        if root in given and not (isinstance(present, dict) and len(steps) > 1):
            continue
        shape = _shape_at(fields, steps)
        try:
            _set(facts.properties, steps, _typed(fill(row.form, facts, row.property), shape))
        except Unanswered:
            continue


def _shape_at(fields: Mapping[str, Field], steps: list[str | int]) -> Shape:
    shape = Shape("text")
    for step in steps:
        if isinstance(step, int):
            shape = shape.item or shape
        elif step in fields:
            shape = fields[step].shape
            fields = (shape.item or shape).fields
    return shape


def _typed(text: str, shape: Shape) -> Value:
    if shape.kind in {"integer", "number"}:
        return int(text) if text.isdigit() else 0
    return text == "true" if shape.kind == "boolean" else text


def _set(root: Value, steps: Sequence[str | int], value: Value) -> None:
    """Put a value at a path, making what is missing on the way; what is there stays.

    Where the program gave something of another form, that is echoed as it is.
    """
    step, *rest = steps
    fresh: Value = value if not rest else [] if isinstance(rest[0], int) else {}
    if isinstance(root, dict) and isinstance(step, str):
        following = root.setdefault(step, fresh)
    elif isinstance(root, list) and isinstance(step, int) and step <= len(root):
        if step == len(root):
            root.append(fresh)
        following = root[step]
    else:
        return
    if rest:
        _set(following, rest, value)


def complete(facts: Facts, outputs: Mapping[str, Field], inputs: Collection[str]) -> None:
    """Answer every output that the SDK says is always there and nothing has answered yet."""
    for name, field in outputs.items():
        given = facts.properties.get(name)
        if given is None:
            if field.required:
                facts.properties[name] = example(field.shape, facts, name, computed=name not in inputs)
            continue
        completed = _completed(given, field.shape, facts, name)
        if fits(completed, field.shape):
            facts.properties[name] = completed
        elif field.required:  # what is asked for has another form than what is answered
            facts.properties[name] = example(field.shape, facts, name, computed=name not in inputs)
        else:
            del facts.properties[name]


def _completed(value: Value, shape: Shape, facts: Facts, path: str) -> Value:
    """What the program gave, with the required rest of each object in it."""
    if isinstance(value, list) and shape.item is not None:
        return [_completed(item, shape.item, facts, f"{path}[{index}]") for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if shape.kind == "map" and shape.item is not None:
        return {key: _completed(item, shape.item, facts, f"{path}.{key}") for key, item in value.items()}
    if shape.kind != "object":
        return value
    found = dict(value)
    for name, field in shape.fields.items():
        if name in found:
            found[name] = _completed(found[name], field.shape, facts, f"{path}.{name}")
        elif field.required:
            found[name] = example(field.shape, facts, f"{path}.{name}", computed=False)
    return found


def example(  # noqa: PLR0911 - one a kind
    shape: Shape, facts: Facts, path: str, *, computed: bool, above: tuple[type, ...] = ()
) -> Value:
    """A value of the form; `computed`: only the cloud can tell it, so it is not left empty."""
    if shape.kind == "text":
        return _by_name(facts, path, computed=computed) or (
            f"simulated-{_last(path)}-{facts.digest(path)[:8]}" if computed else ""
        )
    if shape.kind in {"integer", "number"}:
        return _typed(_by_name(facts, path, computed=computed), shape)
    if shape.kind == "boolean":
        return False
    if shape.kind == "constant":
        return shape.values[0]
    if shape.kind == "union":
        return example(shape.arms[0], facts, path, computed=computed, above=above)
    if shape.kind == "asset":
        return {SIGNATURE: ASSET, "text": ""}
    if shape.kind == "list" and shape.item is not None:
        return _list(shape.item, facts, path, computed=computed, above=above)
    return _object(shape, facts, path, computed=computed, above=above) if shape.kind == "object" else {}


def _list(item: Shape, facts: Facts, path: str, *, computed: bool, above: tuple[type, ...]) -> list[Value]:
    """One member where the cloud computes it, so that a program can take the first; else none."""
    if not computed or item.owner in above or len(above) >= DEEPEST:
        return []
    if item.kind == "text":
        text = _by_name(facts, path, computed=computed)
        return [text] if text else []
    return (
        [example(item, facts, f"{path}[0]", computed=computed, above=above)] if item.kind == "object" else []
    )


def _object(shape: Shape, facts: Facts, path: str, *, computed: bool, above: tuple[type, ...]) -> Value:
    owner = shape.owner
    if owner is None or above.count(owner) > 1:
        return {}
    everything = (
        computed and owner not in above and len(above) < DEEPEST and package_of(facts.token) in BRIDGED
    )
    return {
        name: example(field.shape, facts, f"{path}.{name}", computed=computed, above=(*above, owner))
        for name, field in shape.fields.items()
        if field.required or everything
    }


def _last(path: str) -> str:
    return path.rpartition(".")[2].partition("[")[0]


def _by_name(facts: Facts, path: str, *, computed: bool) -> str:
    for form in _forms(package_of(facts.token), _last(path), computed=computed, top=path.isalnum()):
        try:
            return fill(form, facts, path)
        except Unanswered:
            continue
    return ""


@cache
def _forms(package: str, name: str, *, computed: bool, top: bool) -> tuple[str, ...]:
    """Forms by the property's name: ``.name`` for the resource's own alone, not for one inside another.

    A pattern speaks only for what a program cannot give.
    """
    rows = (*read_rows("generic.csv").get(package, ()), *read_rows("generic.csv")["*"])
    return tuple(
        row.form.replace("{property}", name)
        for row in rows
        if row.property in {name, f".{name}" * top} or (computed and fnmatch.fnmatchcase(name, row.property))
    )
