"""What the strict schemas catch, and what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from lab.schemas import (
    FOLDER,
    HELD_BY_THE_SERVER,
    RELEASES,
    UnknownKindError,
    custom_kinds,
    mistakes,
    mistakes_anywhere,
    schema,
)
from tests.support import ROOT


def deployment(**pod: Any) -> dict[str, Any]:
    container = {"name": "api", "image": "registry.example.com/api@sha256:0"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "api", "namespace": "trading", "labels": {"app": "api"}},
        "spec": {
            "selector": {"matchLabels": {"app": "api"}},
            "template": {
                "metadata": {"labels": {"app": "api"}},
                "spec": {"containers": [container], **pod},
            },
        },
    }


def scaler(**metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "worker", "namespace": "trading"},
        "spec": {
            "scaleTargetRef": {"name": "worker"},
            "triggers": [{"type": "prometheus", "metadata": {"threshold": "100", **metadata}}],
        },
    }


@pytest.mark.parametrize("release", RELEASES)
def test_an_object_that_is_right_has_no_mistakes(release: str) -> None:
    assert mistakes(deployment(), release) == []
    assert mistakes(scaler(), release) == []


@pytest.mark.parametrize("release", RELEASES)
def test_a_misspelt_field_is_named_with_its_path(release: str) -> None:
    found = deployment(terminationGracePeriod=30)
    found["spec"]["template"]["spec"]["containers"][0]["imagePullPolice"] = "Always"
    container, rest = mistakes(found, release)
    assert container.startswith("spec.template.spec.containers[0]: ")
    assert "'imagePullPolice' was unexpected" in container
    assert rest.startswith("spec.template.spec: ")
    assert "'terminationGracePeriod' was unexpected" in rest


def test_a_number_where_a_custom_resource_wants_text_is_a_mistake() -> None:
    assert mistakes(scaler(threshold=100), "v1.36") == [
        "spec.triggers[0].metadata.threshold: 100 is not of type 'string'"
    ]


def test_the_metadata_of_a_custom_resource_is_held_to_its_schema_too() -> None:
    found = scaler()
    found["metadata"]["label"] = {"app": "worker"}
    assert mistakes(found, "v1.36") == [
        "metadata: Additional properties are not allowed ('label' was unexpected)"
    ]


def test_what_only_newer_releases_know_is_a_mistake_of_the_older_ones_and_is_said_once() -> None:
    """Pods have a hostname that overrides their own since 1.34."""
    (found,) = mistakes_anywhere(deployment(hostnameOverride="api"))
    assert "hostnameOverride" in found
    assert found.endswith("(Kubernetes v1.33)")


def test_a_long_value_does_not_drown_the_mistake() -> None:
    (found,) = mistakes(scaler() | {"spec": ["x" * 1000]}, "v1.36")
    assert found.endswith(" …")
    assert len(found) < 320


def test_of_a_kind_that_may_not_be_copied_the_metadata_is_looked_at() -> None:
    kibana = {
        "apiVersion": "kibana.k8s.elastic.co/v1",
        "kind": "Kibana",
        "metadata": {"name": "kibana", "lables": {}},
        "spec": {"anything": True},
    }
    assert [mistake.partition(":")[0] for mistake in mistakes(kibana, "v1.36")] == ["metadata"]
    assert not any((FOLDER / group).exists() for group in HELD_BY_THE_SERVER)


@pytest.mark.parametrize(
    ("api_version", "kind"), [("keda.sh/v1", "ScaledObject"), ("v1", "Pot"), ("apps/v1beta1", "Deployment")]
)
def test_an_unknown_kind_or_version_is_an_error_that_names_the_file(api_version: str, kind: str) -> None:
    version = api_version.rpartition("/")[2]
    with pytest.raises(UnknownKindError, match=rf"no schema of {api_version} {kind}.*{version}\.json"):
        mistakes({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}}, "v1.36")


def test_an_unknown_release_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'v1\.20'.*v1\.33, v1\.34, v1\.35, v1\.36"):
        mistakes(deployment(), "v1.20")


def test_every_release_knows_the_same_kinds_of_kubernetes() -> None:
    known = {release: {file.name for file in (FOLDER / "core" / release).iterdir()} for release in RELEASES}
    assert len({frozenset(names) for names in known.values()}) == 1


def test_every_schema_is_found_by_the_kind_that_it_describes() -> None:
    kinds = custom_kinds()
    assert len(kinds) == len(set(kinds)) == len(list(FOLDER.glob("*.*/*.json")))
    for api_version, kind in kinds:
        assert schema(api_version, kind)["properties"]["kind"]["enum"] == [kind]


@pytest.mark.parametrize(("api_version", "kind"), custom_kinds())
def test_every_custom_resource_refuses_a_field_that_it_does_not_have(api_version: str, kind: str) -> None:
    found = {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "x"},
        "spec": {"nobodyHasThis": 1},  # or, of a kind without a spec, the spec itself
        "nobodyHasThis": 1,
    }
    assert any("nobodyHasThis" in mistake for mistake in mistakes(found, "v1.36"))


def test_a_lab_reads_the_schemas_without_the_library_that_judges_by_them() -> None:
    """It is installed for those who develop, not for those who start a lab."""
    code = "import sys; sys.modules['jsonschema'] = None; import lab.ground; import lab.schemas"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_readme_names_the_source_of_every_group() -> None:
    said = (FOLDER / "README.md").read_text(encoding="utf-8")
    groups = {file.parent.name for file in FOLDER.glob("*.*/*.json")}
    assert {group for group in groups if not re.search(rf"\b{re.escape(group)}\b", said)} == set()
