"""What exists in the simulated clouds: one folder, one file a resource, shared by all plugins.

Several plugin processes work in the folder at once (one for each provider of the program), and any
of them may be killed at any moment. So a file appears whole or not at all, creation fails when the
resource is there already, and no process keeps anything in memory.

A secret is not kept: a cloud does not hand a password out again, and a file is no place for one. What
stands for it is filled from the engine's own state when the engine asks.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast
from uuid import uuid4

from plan.value import Secret, Value

__all__ = ["ExistsError", "Record", "Store", "with_secrets", "without_secrets"]

KEPT_BACK: Final = {"kept back": "secret"}
"""Stands in a file where the resource has a secret."""


class ExistsError(Exception):
    """Something of this type, id and place exists already."""


@dataclass(frozen=True, slots=True)
class Record:
    """One resource as its cloud has it."""

    id: str
    type: str
    urn: str
    place: str
    generation: int
    """How many resources of this URN had been created before it."""
    inputs: dict[str, Value] = field(default_factory=dict[str, Value])
    outputs: dict[str, Value] = field(default_factory=dict[str, Value])


class Store:
    """The resources of all simulated clouds of one stack."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._resources = folder / "resources"
        self._journal = folder / "created.log"
        self._resources.mkdir(parents=True, exist_ok=True)

    def generation(self, urn: str) -> int:
        """How many times a resource of this URN has been created, whatever became of it."""
        return sum(line == urn for line in self._created())

    def created(self) -> int:
        """How many resources were ever created."""
        return len(self._created())

    def add(self, record: Record, *, over: bool = False) -> None:
        """Keep a new resource.

        Raises `ExistsError` when it is there already, unless it may go ``over`` what is there.
        """
        target = self._file(record.type, record.place, record.id)
        draft = self._draft(record)
        try:
            if over:
                draft.replace(target)
            else:
                os.link(draft, target)  # unlike a rename, this fails when the target exists
        except FileExistsError as error:
            raise ExistsError(record.id) from error
        finally:
            draft.unlink(missing_ok=True)
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.write(f"{record.urn}\n")

    def put(self, record: Record) -> None:
        """Keep the resource's new form."""
        self._draft(record).replace(self._file(record.type, record.place, record.id))

    def get(self, type_token: str, place: str, identity: str) -> Record | None:
        """The resource, or None when it does not exist (any more)."""
        try:
            return _read(self._file(type_token, place, identity))
        except FileNotFoundError:
            return None

    def remove(self, type_token: str, place: str, identity: str) -> None:
        """Forget the resource; nothing happens when it is not there."""
        with suppress(FileNotFoundError):
            self._file(type_token, place, identity).unlink()

    def all(self) -> list[Record]:
        """Everything that exists."""
        return [_read(file) for file in sorted(self._resources.glob("*.json"))]

    def once(self, name: str) -> bool:
        """True for the first caller of that name, in any process; False ever after."""
        try:
            (self.folder / name).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def _created(self) -> list[str]:
        try:
            return self._journal.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _file(self, type_token: str, place: str, identity: str) -> Path:
        address = f"{type_token}\0{place}\0{identity}".encode()
        return self._resources / f"{hashlib.sha256(address).hexdigest()[:32]}.json"

    def _draft(self, record: Record) -> Path:
        draft = self.folder / f".draft-{uuid4().hex}"
        fields = {name: without_secrets(getattr(record, name)) for name in Record.__slots__}
        with os.fdopen(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            json.dump(fields, file, sort_keys=True)
        return draft


def _read(file: Path) -> Record:
    return Record(**cast("dict[str, Any]", json.loads(file.read_text(encoding="utf-8"))))


def without_secrets(value: Value) -> Value:
    """The value with a mark in the place of each secret."""
    if isinstance(value, Secret):
        return dict[str, Value](KEPT_BACK)
    if isinstance(value, dict):
        return {key: without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value


def with_secrets(kept: Mapping[str, Value], known: Mapping[str, Value]) -> dict[str, Value]:
    """What was kept, its marks replaced by what the engine knows at the same place."""
    return cast("dict[str, Value]", _filled(dict(kept), dict(known)))


def _filled(kept: Value, known: Value) -> Value:
    inside = known.value if isinstance(known, Secret) else known
    if kept == KEPT_BACK:
        return known if isinstance(known, Secret) else Secret(known)
    if isinstance(kept, dict):
        beside = inside if isinstance(inside, dict) else {}
        return {key: _filled(item, beside.get(key)) for key, item in kept.items()}
    if isinstance(kept, list):
        others = inside if isinstance(inside, list) else []
        return [
            _filled(item, others[index] if index < len(others) else None) for index, item in enumerate(kept)
        ]
    return kept
