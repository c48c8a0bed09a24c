"""Which namespace an object stands in: by the Namespace resource that it depends on, else by name.

A namespace is one of its cluster. A stack may hold several, each behind a provider of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from policies.node import Node
from policies.subject import Body, Stack
from policies.truth import Truth, known, some

__all__ = ["NAMESPACE", "in_one_cluster", "inside", "name_of", "namespace_of", "together"]

NAMESPACE: Final = "kubernetes:core/v1:Namespace"
DEFAULT: Final = "default"


class _Home(NamedTuple):
    name: Node
    spaces: Mapping[str, Truth]
    """For each Namespace of the stack, by URN, whether it is the one."""


def _home(stack: Stack, body: Body) -> _Home:
    found = body.views.get(_home)
    if found is None:
        name = namespace_of(body)
        spaces = {
            space.urn: in_one_cluster(body, space) & _stands(stack, body, name, space)
            for space in stack.of(NAMESPACE)
        }
        found = body.views[_home] = _Home(name, spaces)
    return found


def _stands(stack: Stack, body: Body, name: Node, space: Body) -> Truth:
    refers = stack.refers(body, "metadata.namespace", space, "metadata.name", "id")
    if refers == Truth.NO and body.root.at("metadata.namespace").is_empty == Truth.YES:
        return Truth.UNKNOWN if name.is_open else space.root.at("metadata.name").equals(name_of(name))
    return refers


def in_one_cluster(one: Body, other: Body) -> Truth:
    """Whether two objects are made through the same provider."""
    return known(value=one.resource.provider == other.resource.provider)


def inside(stack: Stack, body: Body, namespace: Body) -> Truth:
    """Whether an object stands in a namespace of the stack."""
    return _home(stack, body).spaces[namespace.urn]


def together(stack: Stack, one: Body, other: Body) -> Truth:
    """Whether two objects stand in the same namespace of one cluster, of the stack or not."""
    if in_one_cluster(one, other) == Truth.NO:
        return Truth.NO
    first, second = _home(stack, one), _home(stack, other)
    shared = some(truth & second.spaces[urn] for urn, truth in first.spaces.items())
    placed = Truth.YES in first.spaces.values() and Truth.YES in second.spaces.values()
    if shared == Truth.YES or placed:
        return shared
    if first.name.is_open or second.name.is_open:
        return Truth.UNKNOWN
    return known(value=name_of(first.name) == name_of(second.name))


def namespace_of(body: Body) -> Node:
    """Where it is said which namespace an object is in: by itself, else by its provider's settings."""
    own = body.root.at("metadata.namespace")
    return body.provider.key("namespace") if own.is_empty == Truth.YES else own


def name_of(name: Node) -> str:
    """What a known namespace is called; to say nothing is to say ``default``."""
    return name.text or DEFAULT
