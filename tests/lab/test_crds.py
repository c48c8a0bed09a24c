"""Definitions of custom resources: where they come from, and those that are made from a schema."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import crds
from lab.crds import SOURCES, WITHOUT_MODULE, Source, definitions, made, versions
from lab.schemas import HELD_BY_THE_SERVER, custom_kinds, schema
from lab.toolchain import Unavailable

DEFINITION = """
# two documents, one of them empty
---
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: scaledobjects.keda.sh}
spec:
  group: keda.sh
  names: {kind: ScaledObject, plural: scaledobjects}
  versions:
  - name: v1alpha1
    schema:
      openAPIV3Schema:
        description: a text
        properties:
          description: {type: string, description: the field of that name}
          operator: {type: string, enum: [=, "!="]}
status: {}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: something-else}
"""
GO = """#!/bin/sh
cat "{answer}"; echo "$@" > "{answer}.asked"; exit {code}
"""


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    forget = crds._all.cache_clear  # pyright: ignore[reportPrivateUsage]
    forget()
    yield
    forget()


class Go:
    """A `go` that has the modules that a test puts there."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.answer = folder, folder / "answer"
        (folder / "bin").mkdir()
        monkeypatch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
        self.answers("", 0)

    def answers(self, text: str, code: int) -> None:
        self.answer.write_text(text, encoding="utf-8")
        go = self.folder / "bin" / "go"
        go.write_text(GO.format(answer=self.answer, code=code), encoding="utf-8")
        go.chmod(0o755)

    def has(self, module: str, files: dict[str, str]) -> None:
        for name, content in files.items():
            file = self.folder / "module" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
        self.answers(json.dumps({"Path": module, "Dir": str(self.folder / "module")}, indent=2), 0)

    @property
    def asked(self) -> str:
        return self.answer.with_suffix(".asked").read_text(encoding="utf-8")


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Go:
    monkeypatch.setattr(crds, "SOURCES", (Source("github.com/kedacore/keda/v2", "bases/*.yaml"),))
    monkeypatch.setattr(crds, "WITHOUT_MODULE", ())
    return Go(tmp_path, monkeypatch)


def test_definitions_are_read_where_go_keeps_the_module_at_the_committed_version(go: Go) -> None:
    go.has("github.com/kedacore/keda/v2", {"bases/keda.yaml": DEFINITION})
    (found,) = definitions()
    assert found["metadata"]["name"] == "scaledobjects.keda.sh"
    assert f"github.com/kedacore/keda/v2@{versions()['github.com/kedacore/keda/v2']}" in go.asked


def test_explaining_texts_are_left_out_but_fields_of_that_name_stay(go: Go) -> None:
    go.has("github.com/kedacore/keda/v2", {"bases/keda.yaml": DEFINITION})
    (found,) = definitions()
    shape = found["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert shape == {
        "properties": {"description": {"type": "string"}, "operator": {"type": "string", "enum": ["=", "!="]}}
    }
    assert "status" not in found


def test_only_the_wanted_groups_come(go: Go) -> None:
    go.has("github.com/kedacore/keda/v2", {"bases/keda.yaml": DEFINITION})
    assert len(definitions({"keda.sh"})) == 1
    assert definitions({"argoproj.io"}) == []


def test_a_module_that_cannot_be_had_is_named_with_gos_own_reason(go: Go) -> None:
    refusal = {"Path": "github.com/kedacore/keda/v2", "Error": "403 Forbidden"}
    go.answers(json.dumps(refusal), 1)
    with pytest.raises(Unavailable, match=r"keda/v2: 403 Forbidden"):
        definitions()


def test_a_module_without_the_files_is_named_with_its_version(go: Go) -> None:
    go.has("github.com/kedacore/keda/v2", {"elsewhere/keda.yaml": DEFINITION})
    with pytest.raises(Unavailable, match=r"keda/v2 v2\.\d+\.\d+ has no bases/\*\.yaml"):
        definitions()


@pytest.mark.usefixtures("go")
def test_without_go_the_reason_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(Unavailable, match="Install Go"):
        definitions()


def test_each_module_that_is_read_is_pinned_with_its_checksums_and_no_other_is() -> None:
    pinned = versions()
    assert set(pinned) == {source.module for source in SOURCES}
    sums = (crds.FOLDER / "go.sum").read_text(encoding="utf-8")
    for module, version in pinned.items():
        assert f"{module} {version} h1:" in sums
        assert f"{module} {version}/go.mod h1:" in sums
    assert len(sums.splitlines()) == 2 * len(pinned)


def test_a_part_that_runs_and_its_definitions_are_of_one_version() -> None:
    folder = crds.FOLDER.parent
    for part, module in (
        ("keda", "github.com/kedacore/keda/v2"),
        ("rollouts", "github.com/argoproj/argo-rollouts"),
    ):
        built = re.search(
            rf"^\s{re.escape(module)} (\S+)", (folder / part / "go.mod").read_text(), re.MULTILINE
        )
        assert built
        assert built[1] == versions()[module]


# Made from a schema --------------------------------------------------------------------------------


def structures(value: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema."""
    yield value
    for inner in value.get("properties", {}).values():
        yield from structures(inner)
    for key in ("items", "additionalProperties"):
        if isinstance(value.get(key), dict):
            yield from structures(value[key])


def shape(definition: dict[str, Any]) -> dict[str, Any]:
    return definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


@pytest.mark.parametrize("kind", WITHOUT_MODULE, ids=lambda kind: kind.kind)
def test_a_made_definition_is_structural(kind: crds.Made) -> None:
    """What an API server asks of one: a type everywhere, or a word that says why there is none."""
    for one in structures(shape(made(kind))):
        assert (
            "type" in one
            or one.get("x-kubernetes-int-or-string")
            or one.get("x-kubernetes-preserve-unknown-fields")
        )
        assert not isinstance(one.get("type"), list)
        assert "oneOf" not in one
        assert not isinstance(one.get("additionalProperties"), bool)
        assert not {"properties", "additionalProperties"} <= set(one)


@pytest.mark.parametrize("kind", WITHOUT_MODULE, ids=lambda kind: kind.kind)
def test_a_made_definition_has_every_field_of_its_schema(kind: crds.Made) -> None:
    def fields(value: Any) -> int:
        return sum(len(one.get("properties", {})) for one in structures(value))

    assert fields(shape(made(kind))) == fields(schema(kind.api_version, kind.kind))


def test_what_a_schema_says_is_said_in_the_words_of_a_definition() -> None:
    text = {"type": "string"}
    strict = {
        "type": "object",
        "additionalProperties": False,
        "required": ["port"],
        "properties": {
            "port": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            "note": {"type": ["string", "null"]},
            "labels": {"type": "object", "additionalProperties": text},
            "hosts": {"type": "array", "minItems": 1, "items": text},
            "metadata": {"type": "object"},
            "value": {},
            "nothing": {"type": "object", "additionalProperties": False},
        },
    }
    assert crds.structural(strict) == {
        "type": "object",
        "required": ["port"],
        "properties": {
            "port": {"x-kubernetes-int-or-string": True},
            "note": {"type": "string", "nullable": True},
            "labels": {"type": "object", "additionalProperties": text},
            "hosts": {"type": "array", "minItems": 1, "items": text},
            "metadata": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            "value": {"x-kubernetes-preserve-unknown-fields": True},
            "nothing": {"type": "object"},
        },
    }


def test_every_kind_with_a_schema_has_a_definition_from_somewhere() -> None:
    """So a strict schema never stands in for what an API server would not know."""
    groups = {api_version.partition("/")[0] for api_version, _ in custom_kinds()}
    without = {kind.api_version.partition("/")[0] for kind in WITHOUT_MODULE}
    assert without <= groups
    assert {(kind.api_version, kind.kind) for kind in WITHOUT_MODULE} <= set(custom_kinds())
    assert not groups & HELD_BY_THE_SERVER


class Cluster:
    """Applies, and establishes one definition at each look."""

    def __init__(self) -> None:
        self.applied: list[dict[str, Any]] = []
        self.looks = 0

    def apply(self, wanted: dict[str, Any]) -> None:
        self.applied.append(wanted)

    def list(self, _: str) -> list[dict[str, Any]]:
        self.looks += 1
        done = [{"type": "Established", "status": "True"}]
        return [
            {**one, "status": {"conditions": done if place < self.looks else None}}
            for place, one in enumerate(self.applied)
        ]


def test_installing_waits_until_the_last_is_served(go: Go, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crds, "WITHOUT_MODULE", WITHOUT_MODULE[:2])
    go.has("github.com/kedacore/keda/v2", {"bases/keda.yaml": DEFINITION})
    cluster = Cluster()
    found = crds.install(cluster, within=5.0)  # pyright: ignore[reportArgumentType]
    assert found == [one["metadata"]["name"] for one in cluster.applied]
    assert cluster.looks == len(found) == 3


def test_a_definition_that_is_never_served_is_an_error(go: Go) -> None:
    go.has("github.com/kedacore/keda/v2", {"bases/keda.yaml": DEFINITION})
    cluster = Cluster()
    cluster.list = lambda _: []  # type: ignore[method-assign]
    with pytest.raises(TimeoutError, match="established"):
        crds.install(cluster, within=0.1)  # pyright: ignore[reportArgumentType]
