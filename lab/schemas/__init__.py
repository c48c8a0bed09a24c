"""The strict schemas of every kind of object that the platform makes: an unknown field is a mistake.

The files beside this module are copies of what the projects have published (``README.md`` says of
which release, and from where). They catch what a real API server would refuse, in milliseconds and
with nothing running: misspelt and misplaced fields, wrong types, what is missing. They do not know
rules between fields, "only one of", or what cannot be changed: for that there is `lab.cluster`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

if TYPE_CHECKING:
    from jsonschema import Draft7Validator
    from jsonschema.exceptions import ValidationError

__all__ = [
    "FOLDER",
    "HELD_BY_THE_SERVER",
    "RELEASES",
    "Json",
    "UnknownKindError",
    "custom_kinds",
    "mistakes",
    "mistakes_anywhere",
    "schema",
]

Json: TypeAlias = "dict[str, Any]"

FOLDER: Final = Path(__file__).parent
RELEASES: Final = ("v1.33", "v1.34", "v1.35", "v1.36")
"""Releases of Kubernetes whose own kinds are known here."""
HELD_BY_THE_SERVER: Final = frozenset(
    {"agent.k8s.elastic.co", "beat.k8s.elastic.co", "elasticsearch.k8s.elastic.co", "kibana.k8s.elastic.co"}
)
"""Groups whose schemas are under a licence (Elastic License 2.0) that lets them be used and not be
copied in: of their objects only ``metadata`` is looked at here, the rest by an API server that has
read the definitions in place (`lab.crds`)."""
LONGEST: Final = 300
"""Characters of one mistake: the validator likes to show the whole value."""


class UnknownKindError(LookupError):
    """No schema of this kind is known: the object's kind or version is wrong, or the copy is missing."""


def mistakes(manifest: Mapping[str, Any], release: str) -> list[str]:
    """What is wrong with an object of any kind, a sentence each, with the path to it.

    ``release``: one of `RELEASES`; it decides for Kubernetes' own kinds, and for the ``metadata`` of all.
    Raises `UnknownKindError`.
    """
    if release not in RELEASES:
        msg = f"release is {release!r}: known are {', '.join(RELEASES)}"
        raise ValueError(msg)
    api_version, kind = str(manifest.get("apiVersion")), str(manifest.get("kind"))
    group = api_version.rpartition("/")[0]
    known = HELD_BY_THE_SERVER
    found = [] if group in known else _said(_validator(api_version, kind, release), manifest)
    if group in known or _is_custom(group):
        # a custom resource's own schema leaves this open: the API server knows it
        found += _said(_validator("v1", "Namespace", release), _only_metadata(manifest))
    return found


def mistakes_anywhere(manifest: Mapping[str, Any]) -> list[str]:
    """The mistakes under every release, each said once, with the first release that minds."""
    found: dict[str, str] = {}
    for release in RELEASES:
        for mistake in mistakes(manifest, release):
            found.setdefault(mistake, release)
    return [f"{mistake} (Kubernetes {release})" for mistake, release in found.items()]


def schema(api_version: str, kind: str, release: str = RELEASES[-1]) -> Json:
    """The strict JSON schema of a kind. Raises `UnknownKindError`."""
    group, _, version = api_version.rpartition("/")
    file = FOLDER / group / f"{kind.lower()}_{version}.json"
    if not _is_custom(group):
        short = "-".join(word for word in (kind.lower(), group.partition(".")[0], version) if word)
        file = FOLDER / "core" / release / f"{short}.json"
    if not file.is_file():
        msg = (
            f"no schema of {api_version} {kind}: expected {file.relative_to(FOLDER.parent)}. "
            "Is the version right? A kind that is new to the platform gets its schema there, with its "
            "source in lab/schemas/README.md."
        )
        raise UnknownKindError(msg)
    return cast("Json", json.loads(file.read_text(encoding="utf-8")))


def custom_kinds() -> list[tuple[str, str]]:
    """``apiVersion`` and ``kind`` of each custom resource whose schema is here."""
    found: list[tuple[str, str]] = []
    for file in sorted(FOLDER.glob("*.*/*.json")):
        said = json.loads(file.read_text(encoding="utf-8"))["properties"]
        found.append((said["apiVersion"]["enum"][0], said["kind"]["enum"][0]))
    return found


def _is_custom(group: str) -> bool:
    """Whether somebody else's project has defined the group: its folder has the group's whole name."""
    return (FOLDER / group).is_dir() if group else False


@cache
def _validator(api_version: str, kind: str, release: str) -> Draft7Validator:
    """Imported here: a lab reads the files, and is installed without what only judges by them."""
    from jsonschema import Draft7Validator  # noqa: PLC0415

    return Draft7Validator(schema(api_version, kind, release))


def _only_metadata(manifest: Mapping[str, Any]) -> Json:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": manifest.get("metadata", {})}


def _said(validator: Draft7Validator, manifest: Mapping[str, Any]) -> list[str]:
    errors = cast("Iterable[ValidationError]", validator.iter_errors(manifest))
    return sorted(_sentence(error) for error in errors)


def _sentence(error: ValidationError) -> str:
    said = error.message if len(error.message) <= LONGEST else f"{error.message[:LONGEST]} …"
    path = error.json_path.removeprefix("$").removeprefix(".") or "the object"
    return f"{path}: {said}"
