"""Where our own plan and the engine's registration of the same program disagree.

The in-process plan (`plan.record`) is worth something only while the engine, asked the same, answers
the same. So each thing that a program says about a resource is compared, and any difference is a
defect of ours. What only one side can have is left out: ids, outputs of resources, and the inputs
that a provider added by itself. A write-only value, which our plan never holds, agrees with whatever
the engine has in its place, as long as that is a secret (or nothing: a refresh forgets it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from plan.diff import alias_urn
from plan.paths import Path, render
from plan.resource import STACK_TYPE, Plan, Resource
from plan.saved import HIDDEN
from plan.value import UNKNOWN, WRITE_ONLY, Secret, Value, plain

__all__ = ["Difference", "differences"]

ENGINES_OWN: Final = frozenset({"__internal", "pluginDownloadURL", "version"})
"""Inputs of a provider resource that the engine sets from its options."""

ASPECTS: Final[Mapping[str, Callable[[Resource], Any]]] = {
    "type": lambda resource: resource.type,
    "custom": lambda resource: resource.custom,
    "parent": lambda resource: resource.parent,
    "provider": lambda resource: resource.provider,
    "dependencies": lambda resource: sorted(resource.dependencies),
    "propertyDependencies": lambda resource: {
        name: sorted(urns) for name, urns in resource.property_dependencies.items() if urns
    },
    "protect": lambda resource: resource.options.protect,
    "retainOnDelete": lambda resource: resource.options.retain_on_delete,
    "ignoreChanges": lambda resource: sorted(resource.options.ignore_changes),
    "replaceOnChanges": lambda resource: sorted(resource.options.replace_on_changes),
    "additionalSecretOutputs": lambda resource: sorted(resource.options.additional_secret_outputs),
    "deletedWith": lambda resource: resource.options.deleted_with,
    "import": lambda resource: resource.options.import_id,
}
"""What is compared as a whole; inputs and stack outputs are compared value by value."""
PREVIEW_ASPECTS: Final[Mapping[str, Callable[[Resource], Any]]] = {
    "aliases": lambda resource: sorted({alias_urn(resource, alias) for alias in resource.options.aliases}),
    "deleteBeforeReplace": lambda resource: resource.options.delete_before_replace,
}
"""What only a goal says, so that it can be compared with a preview, but not with a state."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the plan and the engine do not agree on."""

    urn: str
    where: str
    """An aspect, or the path of an input: ``inputs.tags.Name``."""
    planned: Any
    registered: Any

    def __str__(self) -> str:
        return f"{self.urn}\n    {self.where}: planned {self.planned!r}, registered {self.registered!r}"


def differences(planned: Plan, registered: Plan) -> list[Difference]:
    """All differences, in the order of the plan; empty when the two agree.

    ``registered`` is what the engine has: a state (mode ``up``) or a preview. A state does not say
    aliases and ``deleteBeforeReplace``, so these are compared with a preview only.
    """
    found = list(_resources(planned, registered))
    for path, ours, theirs in _values(("outputs",), dict(planned.outputs), dict(registered.outputs)):
        found.append(Difference("the stack", render(path), plain(ours), plain(theirs)))
    return found


def _resources(planned: Plan, registered: Plan) -> Iterator[Difference]:
    for resource in planned:
        other = registered.get(resource.urn)
        if other is None:
            yield Difference(resource.urn, "resource", "present", "absent")
        else:
            yield from _resource(resource, other, preview=registered.mode == "preview")
    for resource in registered:
        if planned.get(resource.urn) is None:
            yield Difference(resource.urn, "resource", "absent", "present")


def _resource(ours: Resource, theirs: Resource, *, preview: bool) -> Iterator[Difference]:
    for name, of in {**ASPECTS, **(PREVIEW_ASPECTS if preview else {})}.items():
        if (planned := of(ours)) != (registered := of(theirs)):
            yield Difference(ours.urn, name, planned, registered)
    if ours.type != STACK_TYPE and ours.custom:
        for path, planned, registered in _values(("inputs",), _inputs(ours), _inputs(theirs)):
            yield Difference(ours.urn, render(path), plain(planned), plain(registered))


def _inputs(resource: Resource) -> dict[str, Value]:
    own = ENGINES_OWN if resource.is_provider else frozenset[str]()
    return {key: value for key, value in resource.inputs.items() if key not in own}


def _values(path: Path, ours: Value, theirs: Value) -> Iterator[tuple[Path, Value, Value]]:
    if ours == WRITE_ONLY and (theirs is None or theirs is UNKNOWN or isinstance(theirs, Secret)):
        return
    if isinstance(ours, Secret) and isinstance(theirs, Secret):
        if HIDDEN not in (ours, theirs) and any(_values(path, ours.value, theirs.value)):
            yield path, ours, theirs
    elif isinstance(ours, dict) and isinstance(theirs, dict):
        for key in dict.fromkeys((*ours, *theirs)):
            yield from _values((*path, key), ours.get(key), theirs.get(key))
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _values((*path, index), one, other)
    elif ours != theirs or isinstance(ours, bool) != isinstance(theirs, bool):
        yield path, ours, theirs
