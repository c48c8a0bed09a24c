"""The wire-level test kit: policies' own cases, gone over the wire as the engine's requests do.

A case lives in ``cases/<cloud>/<room>.yaml``, under the policy's id. ``base`` names the resources of a
stack, the judged one first; a case says how it differs from that::

    aws-kms-rotation:
      base:
        key: {type: "aws:kms/key:Key", props: {enableKeyRotation: true}}
      good:
        - {}
      bad:
        - set: {enableKeyRotation: false}
      unknown:
        - set: {enableKeyRotation: !unknown }
      not applicable:
        - set: {customerMasterKeySpec: RSA_2048}

``set`` takes property paths of the judged resource, or ``name/path`` for another one; ``!unknown``,
``!absent`` and ``!secret`` are values. ``drop`` leaves resources out; ``unrelated`` forgets what they
depend on and ``related`` says it anew; ``type``, ``props``, ``depends``, ``protect``, ``ignore_changes`` and
``name`` replace those of the judged resource; ``parent`` is its parent's type, ``provider`` gives its
provider's settings; ``config`` and ``environment`` configure the policy, ``tags`` are the stack's; ``part``
is the part that a bad case breaks.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

import yaml
from google.protobuf import struct_pb2

from plan.resource import Options, Plan, Resource
from plan.value import UNKNOWN, Secret, Value, decode, encode
from policies.evaluate import Verdict, evaluate

__all__ = ["CASES", "Case", "Kind", "cases", "judge", "over_the_wire", "put", "replaced", "urn_of"]

CASES: Final = Path(__file__).parent / "cases"
PROJECT: Final = "trading-platform"
STEP: Final = re.compile(r'\["([^"]+)"\]|\[(\d+)\]|([^.\[\]]+)')
OWN: Final = ("type", "props", "depends", "protect", "ignore_changes", "name", "parent", "provider")
"""What a case can replace of the judged resource."""
Kind = Literal["good", "bad", "unknown", "not applicable"]


class _Absent:
    """The value that removes a property."""


ABSENT: Final = _Absent()


class _Loader(yaml.CSafeLoader):
    """YAML with the three values that plain YAML cannot say."""


def _secret(loader: yaml.CSafeLoader, node: yaml.Node) -> Secret:
    return Secret(str(loader.construct_scalar(cast("yaml.ScalarNode", node))))


def _mark(value: object) -> Callable[[yaml.CSafeLoader, yaml.Node], object]:
    return lambda _loader, _node: value


_Loader.add_constructor("!unknown", _mark(UNKNOWN))
_Loader.add_constructor("!absent", _mark(ABSENT))
_Loader.add_constructor("!secret", _secret)


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a policy: a stack of few resources, of which the first is judged."""

    policy: str
    kind: Kind
    number: int
    """Its place among the cases of that kind, from 1."""
    plan: Plan
    part: str
    """Of a bad case: the part that must fail; empty: whichever."""
    environment: str
    config: Mapping[str, Any]
    tags: Mapping[str, str]
    """The stack's."""

    @property
    def subject(self) -> Resource:
        """The judged resource."""
        return self.plan.resources[0]

    def __str__(self) -> str:
        return f"{self.policy} {self.kind} {self.number}"


def over_the_wire(properties: Mapping[str, Value]) -> dict[str, Value]:
    """The properties as they arrive in a policy pack: encoded, sent as bytes, decoded."""
    return decode(struct_pb2.Struct.FromString(encode(properties).SerializeToString()))


def urn_of(token: str, name: str, stack: str = "dev") -> str:
    """A URN as the engine would make it."""
    return f"urn:pulumi:{stack}::{PROJECT}::{token}::{name}"


def judge(case: Case) -> Verdict:
    """What all policies say about a case."""
    config = {case.policy: case.config}
    return evaluate(case.plan, environment=case.environment, config=config, tags=case.tags)


def put(tree: Any, path: str, value: Any) -> None:  # noqa: ANN401 - any property value
    """Set a value in nested dicts and lists, making what is missing on the way; `ABSENT` removes it."""
    steps = [key or (int(index) if index else word) for key, index, word in STEP.findall(path)]
    for step, following in pairwise(steps):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(tree, list):
            tree.extend([{}] * (step + 1 - len(tree)))
            tree = tree[step]
        else:
            tree = tree.setdefault(step, empty)
    if isinstance(value, _Absent):
        tree.pop(steps[-1], None)
    elif isinstance(tree, list):
        tree[steps[-1] :] = [value, *tree[steps[-1] + 1 :]]
    else:
        tree[steps[-1]] = value


def replaced(case: Case, urn: str, path: str, value: Value) -> Case:
    """The case with one value of one resource replaced."""
    resources: list[Resource] = []
    for resource in case.plan:
        inputs = copy.deepcopy(dict(resource.inputs))
        if resource.urn == urn:
            put(inputs, path, value)
        resources.append(replace(resource, inputs=over_the_wire(inputs)))
    return replace(case, plan=replace(case.plan, resources=tuple(resources)))


@cache
def cases() -> tuple[Case, ...]:
    """All cases of all policies."""
    return tuple(case for path in sorted(CASES.rglob("*.yaml")) for case in _read(path))


def _read(path: Path) -> Iterator[Case]:
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader with 3 tags
    for policy, said in content.items():
        if policy.startswith("x-"):  # shared pieces, for YAML's own anchors
            continue
        for kind in get_args(Kind):
            for number, change in enumerate(said.get(kind, ()), start=1):
                yield _case(policy, kind, number, said, change)


def _case(policy: str, kind: Kind, number: int, said: Mapping[str, Any], change: Mapping[str, Any]) -> Case:
    base = copy.deepcopy(dict(said["base"]))
    for name in change.get("drop", ()):
        del base[name]
    for name in change.get("unrelated", ()):
        del base[name]["depends"]
    for name, depends in change.get("related", {}).items():
        base[name]["depends"] = depends
    first = next(iter(base))
    base[first] |= {key: copy.deepcopy(change[key]) for key in OWN if key in change}
    for path, value in change.get("set", {}).items():
        name, slash, rest = path.partition("/")
        target, inner = (name, rest) if slash and name in base else (first, path)
        put(base[target].setdefault("props", {}), inner, copy.deepcopy(value))
    environment = change.get("environment", said.get("environment", "prod"))
    return Case(
        policy,
        kind,
        number,
        Plan(PROJECT, environment, "preview", tuple(_resources(base, environment))),
        change.get("part", ""),
        environment,
        change.get("config", {}),
        change.get("tags", {}),
    )


def _resources(base: Mapping[str, Mapping[str, Any]], stack: str) -> Sequence[Resource]:
    names = {key: said.get("name", key) for key, said in base.items()}
    urns = {key: urn_of(said["type"], names[key], stack) for key, said in base.items()}
    made: list[Resource] = []
    providers: list[Resource] = []
    for key, said in base.items():
        depends = {
            path: tuple(urns[other] for other in others) for path, others in said.get("depends", {}).items()
        }
        provider = ""
        if "provider" in said:
            token = "pulumi:providers:" + said["type"].split(":")[0]
            provider = urn_of(token, names[key], stack)
            settings = over_the_wire(said["provider"])
            providers.append(Resource(provider, token, names[key], custom=True, inputs=settings))
        made.append(
            Resource(
                urn=urns[key],
                type=said["type"],
                name=names[key],
                custom=True,
                inputs=over_the_wire(said.get("props", {})),
                parent=urn_of(said["parent"], "parent", stack) if "parent" in said else "",
                provider=provider,
                property_dependencies=depends,
                dependencies=tuple(dict.fromkeys(urn for found in depends.values() for urn in found)),
                options=Options(
                    protect=said.get("protect", False),
                    ignore_changes=tuple(said.get("ignore_changes", ())),
                ),
            )
        )
    return [*made, *providers]
