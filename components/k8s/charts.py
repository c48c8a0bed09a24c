"""What is installed into the cluster from outside, which version, and where it comes from: ``charts.lock``.

A chart that was vendored (``tradectl charts vendor``) is used from the project's folder ``charts`` if it is
the archive that the lock names; else its repository is asked. So a deployment without the internet needs
nothing but that folder, and an archive that somebody exchanged stops it.

The path that is handed on is relative: an absolute one would be a change on every other machine.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

__all__ = ["FOLDER", "LOCK", "ROOT", "Chart", "LockError", "digest_of", "read_lock", "vendored"]

ROOT: Final = Path(__file__).resolve().parents[2]
"""The project: Pulumi runs its program here."""
LOCK: Final = Path(__file__).with_name("charts.lock")
FOLDER: Final = "charts"
"""Where vendored archives are, below the project. Git ignores them."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_KIND: Final = re.compile(r"[a-z0-9.-]+\.[a-z0-9.-]+/[A-Z][A-Za-z0-9]+")
_SCHEMES: Final = ("https", "oci")


class LockError(ValueError):
    """The lock, or an archive that it names, is not what it should be. Its text says how to mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart at one version."""

    name: str
    repository: str
    version: str
    app_version: str
    source: str
    """How its digest is known, or why it is not."""
    upgrades_crds: bool
    """Whether a newer version replaces the kinds of object that an older one brought."""
    crds: tuple[str, ...]
    """``group/Kind`` of what it brings."""
    sha256: str | None = None
    """Of the archive."""
    manifest: str | None = None
    """Of the manifest, where the repository is an OCI registry."""
    file: str = ""
    """Of what is no chart: the file at the repository."""

    @property
    def is_oci(self) -> bool:
        """Whether it is in a registry of images."""
        return self.repository.startswith("oci://")

    @property
    def archive(self) -> str:
        """What its archive is called, as Helm calls it."""
        return f"{self.name}-{self.version}{Path(self.file).suffix or '.tgz'}"

    @property
    def reference(self) -> str:
        """Where it is, in one line for people and for registries."""
        return f"{self.repository}/{self.file or self.name}"


def read_lock(path: Path = LOCK) -> dict[str, Chart]:
    """All charts by name. Raises `LockError` with the chart, the key and what it should say."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        msg = f"{path.name} is not TOML: {error}. Fix: git diff {path.name}, and mend that line"
        raise LockError(msg) from None
    tables = document.pop("chart", None)
    if document or not isinstance(tables, dict):
        extra = f"found {', '.join(sorted(document))}" if document else "found none"
        msg = f"{path.name}: expected tables called [chart.NAME] and nothing else, {extra}"
        raise LockError(msg)
    found = cast("dict[str, Any]", tables)
    charts = {name: _chart(path.name, name, table) for name, table in found.items()}
    _one_bringer(path.name, charts)
    return charts


def vendored(chart: Chart, root: Path = ROOT) -> str | None:
    """Path of the chart's archive, relative to the project; None where it was not vendored.

    Raises `LockError` for an archive that is not the one of the lock.
    """
    path = root / FOLDER / chart.archive
    if not path.is_file():
        return None
    relative = f"./{FOLDER}/{chart.archive}"
    if chart.sha256 is None:
        msg = (
            f"{relative} is there, but charts.lock does not say its sha256, so nobody knows what is in it "
            f"({chart.source}). Fix: tradectl charts vendor {chart.name} --update-lock, or remove the file"
        )
        raise LockError(msg)
    given = digest_of(path)
    if given != chart.sha256:
        msg = (
            f"{relative} has sha256 {given}, charts.lock says {chart.sha256}: it is not the archive that was "
            f"looked at. Fix: rm {relative} && tradectl charts vendor {chart.name}"
        )
        raise LockError(msg)
    return relative


def digest_of(path: Path) -> str:
    """The sha256 of a file."""
    return sha256(path.read_bytes()).hexdigest()


def _chart(lock: str, name: str, table: object) -> Chart:
    where = f"{lock}, [chart.{name}]"
    if not isinstance(table, dict):
        msg = f"{where}: expected a table of keys, found {table!r}"
        raise LockError(msg)
    said = cast("Mapping[str, Any]", table)
    keys = {field.name for field in fields(Chart)} - {"name"}
    needed = keys - {"sha256", "manifest", "file"}
    if unknown := said.keys() - keys:
        msg = f"{where}: unknown {', '.join(sorted(unknown))}; expected only {', '.join(sorted(keys))}"
        raise LockError(msg)
    if missing := needed - said.keys():
        msg = f"{where}: {', '.join(sorted(missing))} is missing"
        raise LockError(msg)
    _types(where, said)
    told: dict[str, Any] = {**said, "crds": tuple(said["crds"])}
    return Chart(name=name, **told)


def _types(where: str, said: Mapping[str, Any]) -> None:
    for key, value in said.items():
        if key == "crds":
            right = isinstance(value, list) and all(
                isinstance(kind, str) and _KIND.fullmatch(kind) for kind in cast("list[object]", value)
            )
            wanted = 'a list such as ["keda.sh/ScaledObject"]'
        elif key == "upgrades_crds":
            right, wanted = isinstance(value, bool), "true or false"
        elif key in {"sha256", "manifest"}:
            right = isinstance(value, str) and bool(_DIGEST.fullmatch(value))
            wanted = "64 hexadecimal digits, or no such line where it is not known"
        elif key == "repository":
            right = isinstance(value, str) and urlsplit(value).scheme in _SCHEMES
            wanted = "an address that begins with https:// or oci://"
        else:
            right, wanted = isinstance(value, str) and bool(value), "a text"
        if not right:
            msg = f"{where}: {key} is {value!r}, expected {wanted}"
            raise LockError(msg)


def _one_bringer(lock: str, charts: Mapping[str, Chart]) -> None:
    """Two releases that bring one kind would take it from each other. What is no chart replaces a chart's."""
    seen: dict[str, str] = {}
    for chart in charts.values():
        for kind in () if chart.file else chart.crds:
            if kind in seen:
                msg = f"{lock}: {kind} is brought by {seen[kind]} and by {chart.name}, expected one of them"
                raise LockError(msg)
            seen[kind] = chart.name
