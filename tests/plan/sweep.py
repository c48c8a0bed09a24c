"""Ask the simulated clouds about many types, and say what is wrong with the answers.

A program of its own (``python sweep.py PACKAGE``), so that two processes can be compared, and a
module for the test of a sample.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping

from plan import schema, sdk, simulate
from plan.resource import Mode
from plan.shape import Field, Shape
from plan.value import UNKNOWN, Value, plain

PLACE = simulate.Place("", "")
HERE = simulate.Place("444455556666", "eu-west-1")


def urn(token: str, name: str = "thing") -> str:
    """The URN of a resource of the type."""
    return f"urn:pulumi:dev::trading-platform::{token}::{name}"


def made(
    token: str, inputs: Mapping[str, Value] | None = None, *, mode: Mode = "up", place: simulate.Place = HERE
) -> simulate.Answer:
    """What the cloud answers to a creation, after the provider's check."""
    checked = simulate.check(token, urn(token), inputs or {}, place=place)
    return simulate.create(token, urn(token), checked, place=place, mode=mode)


def needed(fields: Mapping[str, Field]) -> dict[str, Value]:
    """The least that a program must give."""
    return {name: some(field.shape) for name, field in fields.items() if field.required}


def some(shape: Shape) -> Value:
    """Any value of the form."""
    if shape.kind == "object":
        return needed(shape.fields)
    if shape.kind == "list" and shape.item is not None:
        return [some(shape.item)]
    if shape.kind == "union":
        return some(shape.arms[0])
    if shape.kind == "constant":
        return shape.values[0]
    scalars: dict[str, Value] = {
        "text": "given",
        "integer": 3,
        "number": 2.5,
        "boolean": True,
        "any": "given",
    }
    return scalars.get(shape.kind, {})


def problems(token: str, answers: dict[str, Value]) -> Iterator[str]:
    """What is wrong with the answers about one type; the answers themselves are put aside."""
    inputs = needed(sdk.inputs(token) or {})
    yield from (f"refuses what it requires: {mistake}" for mistake in schema.check(token, inputs))
    checked = simulate.check(token, urn(token), inputs, place=PLACE)
    yield from (f"refuses its own check: {mistake}" for mistake in schema.check(token, checked))
    before = json.dumps(plain(checked))
    made = simulate.create(token, urn(token), checked, place=PLACE, mode="up")
    shown = simulate.create(token, urn(token), checked, place=PLACE, mode="preview")
    if json.dumps(plain(checked)) != before:
        yield "changes its inputs"
    yield from ill_typed(sdk.outputs(token), made.outputs)
    if not isinstance(made.id, str) or not made.id or "{" in made.id:
        yield f"has the identifier {made.id!r}"
    if shown.id is not UNKNOWN or made.outputs.keys() != shown.outputs.keys():
        yield "previews another shape"
    yield from (f"reveals {path}" for path in revealed(shown.outputs, checked, ""))
    answers[token] = plain([made.id, made.outputs])


def ill_typed(fields: Mapping[str, Field], outputs: Mapping[str, Value]) -> Iterator[str]:
    """Outputs that are missing, or of another form than the SDK says."""
    for name, field in fields.items():
        if name not in outputs:
            if field.required:
                yield f"does not answer {name}"
        elif not schema.fits(outputs[name], field.shape):
            yield f"answers {name} with {outputs[name]!r}, not {field.shape}"


def revealed(shown: Value, given: Value, path: str) -> Iterator[str]:
    """Paths at which a preview knows what the program did not give."""
    if isinstance(shown, dict) and isinstance(given, dict):
        for key, value in shown.items():
            yield from revealed(value, given.get(key), f"{path}.{key}")
    elif isinstance(shown, list) and isinstance(given, list):
        for index, value in enumerate(shown):
            yield from revealed(value, given[index] if index < len(given) else None, f"{path}[{index}]")
    elif shown is not UNKNOWN and shown != given:
        yield path


def sweep(tokens: Iterable[str]) -> dict[str, Value]:
    """How many types were asked about, a digest of all answers, and what is wrong."""
    answers: dict[str, Value] = {}
    wrong: list[Value] = []
    for token in sorted(tokens):
        try:
            wrong += [f"{token} {problem}" for problem in problems(token, answers)]
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the sweep looks for
            wrong.append(f"{token} raises {error!r}")
    digest = hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()
    return {"types": len(answers), "digest": digest, "wrong": wrong}


if __name__ == "__main__":
    json.dump(sweep(sdk.tokens(sys.argv[1])), sys.stdout)
