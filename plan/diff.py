"""What changes between two plans, in the engine's words: create, update, replace, delete.

A resource is the same one while its URN, or one of its aliases, is. Only inputs are compared: what a
cloud computes is not a wish. A value that is unknown on one side cannot be compared and is counted,
not guessed. A replacement spreads: what depends on the new resource through a property that forces
replacement is replaced too, as the engine would find out half-way through the deployment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, cast

from plan.paths import Path, covers, parse, render
from plan.resource import Plan, Resource
from plan.saved import HIDDEN
from plan.value import UNKNOWN, WRITE_ONLY, Secret, Value, has_unknown

__all__ = [
    "DATA_STORES",
    "Action",
    "Change",
    "Diff",
    "ForeignPlanError",
    "PropertyChange",
    "Replaces",
    "diff",
]

Action = Literal["create", "update", "replace", "delete"]
Replaces: TypeAlias = "Callable[[str], Sequence[str]]"
"""By type token, the paths of the inputs that the cloud cannot change in place."""

DATA_STORES: Final = frozenset(
    {
        "aws:backup/vault:Vault",
        "aws:dynamodb/table:Table",
        "aws:ebs/volume:Volume",
        "aws:ecr/repository:Repository",
        "aws:efs/fileSystem:FileSystem",
        "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:kms/key:Key",
        "aws:kms/replicaKey:ReplicaKey",
        "aws:rds/cluster:Cluster",
        "aws:rds/clusterInstance:ClusterInstance",
        "aws:rds/globalCluster:GlobalCluster",
        "aws:rds/instance:Instance",
        "aws:route53/zone:Zone",
        "aws:s3/bucket:Bucket",
        "aws:secretsmanager/secret:Secret",
        "gcp:artifactregistry/repository:Repository",
        "gcp:backupdisasterrecovery/backupVault:BackupVault",
        "gcp:compute/disk:Disk",
        "gcp:dns/managedZone:ManagedZone",
        "gcp:kms/cryptoKey:CryptoKey",
        "gcp:kms/keyRing:KeyRing",
        "gcp:memorystore/instance:Instance",
        "gcp:redis/cluster:Cluster",
        "gcp:redis/instance:Instance",
        "gcp:secretmanager/secret:Secret",
        "gcp:sql/database:Database",
        "gcp:sql/databaseInstance:DatabaseInstance",
        "gcp:storage/bucket:Bucket",
        "kubernetes:core/v1:Namespace",
        "kubernetes:core/v1:PersistentVolumeClaim",
    }
)
"""Types whose replacement or deletion loses what people put there (a key loses all it encrypted)."""


class ForeignPlanError(ValueError):
    """The two plans are not of the same stack, so every resource would look new."""

    def __init__(self, old: Plan, new: Plan) -> None:
        super().__init__(
            f"the saved plan is of stack {old.stack!r} of project {old.project!r}, this one of stack "
            f"{new.stack!r} of project {new.project!r}: URNs hold both names, so nothing can be compared. "
            f"Save one of this stack: tradectl preview {new.stack} --save FILE"
        )


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One value that differs. ``None`` on a side means that it is not set there."""

    path: str
    old: Value
    new: Value
    replaces: bool = False
    """Whether this alone makes the cloud build the resource anew."""


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one resource."""

    action: Action
    resource: Resource
    """As it will be; for a deletion, as it was."""
    address: str
    properties: tuple[PropertyChange, ...] = ()
    because: tuple[str, ...] = ()
    """For a replacement: the property paths, or the addresses of replaced resources, that force it."""
    refused: bool = False
    """A protected resource would be lost: the engine refuses such a deployment."""

    @property
    def loses_data(self) -> bool:
        """Whether something that holds data is deleted or replaced."""
        lost = self.action in {"replace", "delete"} and not self.resource.options.retain_on_delete
        return lost and (self.refused or self.resource.type in DATA_STORES)


@dataclass(frozen=True, slots=True)
class Diff:
    """All changes: first what is made or changed, in the order of the plan, then what is deleted."""

    changes: tuple[Change, ...]
    unchanged: int
    undetermined: int
    """Values that are unknown on one side, so that only the deployment can tell."""

    def count(self, action: Action) -> int:
        """How many resources this happens to."""
        return sum(change.action == action for change in self.changes)

    @property
    def refused(self) -> bool:
        """Whether the engine would refuse the deployment: it would lose something protected."""
        return any(change.refused for change in self.changes)

    @property
    def losses(self) -> tuple[Change, ...]:
        """The changes that a person must look at before anything else."""
        return tuple(change for change in self.changes if change.loses_data)


def diff(old: Plan, new: Plan, *, replaces: Replaces) -> Diff:
    """What turns ``old`` into ``new``. Raises `ForeignPlanError` for plans of different stacks."""
    if (old.project, old.stack) != (new.project, new.stack):
        raise ForeignPlanError(old, new)
    before = {resource.urn: resource for resource in old}
    pairs = {resource.urn: _predecessor(resource, before) for resource in new}
    changes: dict[str, Change] = {}
    replaced: dict[str, str] = {}
    undetermined = 0
    for resource in new:
        address, previous = new.address(resource), pairs[resource.urn]
        if previous is None:
            changes[resource.urn] = Change("create", resource, address)
            continue
        found = [_weighed(change, resource, replaces) for change in _compare(previous, resource)]
        certain = tuple(change for change in found if _is_certain(change))
        undetermined += len(found) - len(certain)
        spread = _spread(resource, replaced, new, replaces)
        because = (*(change.path for change in certain if change.replaces), *spread)
        if because:
            replaced[resource.urn] = address
            changes[resource.urn] = Change(
                "replace", resource, address, certain, because, previous.options.protect
            )
        elif certain:
            changes[resource.urn] = Change("update", resource, address, certain)
    kept = {previous.urn for previous in pairs.values() if previous}
    gone = [
        Change("delete", resource, old.address(resource), refused=resource.options.protect)
        for resource in reversed(old.resources)
        if resource.urn not in kept
    ]
    return Diff((*changes.values(), *gone), len(new) - len(changes), undetermined)


def _predecessor(resource: Resource, before: Mapping[str, Resource]) -> Resource | None:
    if resource.urn in before:
        return before[resource.urn]
    for alias in resource.options.aliases:
        if (urn := alias_urn(resource, alias)) in before:
            return before[urn]
    return None


def alias_urn(resource: Resource, alias: str) -> str:
    """The URN that an alias stands for: a URN, or ``parent::type::name``; what that leaves out is as now."""
    if alias.startswith("urn:pulumi:"):
        return alias
    *parent, type_token, name = alias.split("::")
    head, _, lineage = resource.urn.rpartition("::")[0].rpartition("::")
    if any(parent):
        above = "::".join(parent).rpartition("::")[0].rpartition("::")[2]
        prefix = f"{above}$"
    else:
        prefix = lineage.removesuffix(resource.type)
    return f"{head}::{prefix}{type_token or resource.type}::{name or resource.name}"


def _compare(old: Resource, new: Resource) -> Iterator[PropertyChange]:
    if new.custom:
        for path, before, after in _differences((), dict(old.inputs), dict(new.inputs)):
            if not _lies_in(path, new.options.ignore_changes):
                yield PropertyChange(render(path), before, after)


def _lies_in(path: Path, patterns: Sequence[str]) -> bool:
    """Whether the value is at or below one of the written paths: what is above one is more than it."""
    parsed = map(parse, patterns)
    return any(len(path) >= len(pattern) and covers(pattern, path) for pattern in parsed)


def _is_certain(change: PropertyChange) -> bool:
    """Not so when one side waits for the deployment: it may turn out to be what the other is."""
    if change.old is None or change.new is None:
        return True
    return has_unknown(change.old) == has_unknown(change.new)


def _weighed(change: PropertyChange, resource: Resource, replaces: Replaces) -> PropertyChange:
    path = parse(change.path)
    forcing = (*replaces(resource.type), *resource.options.replace_on_changes)
    return replace(change, replaces=any(covers(parse(pattern), path) for pattern in forcing))


def _spread(
    resource: Resource, replaced: Mapping[str, str], plan: Plan, replaces: Replaces
) -> tuple[str, ...]:
    """The addresses of replaced resources (``replaced``, by URN) that take this one along."""
    sources: set[str] = set()
    if resource.provider in replaced:
        sources.add(resource.provider)
    for name, urns in resource.property_dependencies.items():
        moving = replaced.keys() & set(urns)
        if moving and _would_force(resource, name, plan, replaces):
            sources |= moving
    return tuple(address for urn, address in replaced.items() if urn in sources)


def _would_force(resource: Resource, name: str, plan: Plan, replaces: Replaces) -> bool:
    """Whether the values in a property that come from elsewhere force a replacement when they change.

    Those values are the unknown ones; a plan of mode ``up`` has none, so there only a property that
    forces as a whole does. What is ignored forces nothing: it stays what it was.
    """
    waiting = [(name,)] if plan.mode == "up" else list(_unknown((name,), resource.inputs.get(name)))
    forcing = (*replaces(resource.type), *resource.options.replace_on_changes)
    ignored = resource.options.ignore_changes
    return any(_lies_in(path, forcing) and not _lies_in(path, ignored) for path in waiting)


def _unknown(path: Path, value: Value) -> Iterator[Path]:
    if isinstance(value, Secret):
        yield from _unknown(path, value.value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _unknown((*path, key), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unknown((*path, index), inner)
    elif value is UNKNOWN:
        yield path


def _differences(path: Path, old: Value, new: Value) -> Iterator[tuple[Path, Value, Value]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            yield from _differences((*path, key), old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else None
            after = new[index] if index < len(new) else None
            yield from _differences((*path, index), before, after)
    elif isinstance(old, Secret) and isinstance(new, Secret):
        if HIDDEN not in (old, new) and WRITE_ONLY not in (old, new) and old != new:
            yield path, old, new
    elif not _same(old, new):
        yield from _within_json(path, old, new)


def _same(old: Value, new: Value) -> bool:
    """Whether it is the same value. A write-only one is nowhere to be compared with: its version tells."""
    if WRITE_ONLY in (old, new) and (old is None or new is None or UNKNOWN in (old, new)):
        return True
    return old is new or (
        isinstance(old, bool) == isinstance(new, bool) and old == new and UNKNOWN not in (old, new)
    )


def _within_json(path: Path, old: Value, new: Value) -> Iterator[tuple[Path, Value, Value]]:
    """A policy document is text to the engine; people want to see the statement that differs."""
    before, after = _parsed(old), _parsed(new)
    inner = [] if before is None or after is None else list(_differences(path, before, after))
    yield from inner or [(path, old, new)]


def _parsed(value: Value) -> dict[str, Value] | list[Value] | None:
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return None
    try:
        return cast("dict[str, Value] | list[Value]", json.loads(value))
    except json.JSONDecodeError:
        return None
