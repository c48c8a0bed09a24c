"""The definitions of every custom resource of the platform, so that an API server holds our objects to them.

They are read in place from the Go modules of the projects that define them; ``toolchain/crds/go.mod``
names module and version, ``go.sum`` what is in it, and nothing of it is copied. The module proxy
does not have four of the projects (`WITHOUT_MODULE`): their definitions are made from the strict
schemas in `lab.schemas`. What those cannot say, a default or a rule between fields, is missing in a made
definition.

The texts that explain each field are left out: half of a definition's size, and nobody reads them here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, cast

import yaml

from lab.kubernetes import Json, Kubernetes, eventually
from lab.schemas import schema
from lab.toolchain import Unavailable

__all__ = [
    "FOLDER",
    "SOURCES",
    "WITHOUT_MODULE",
    "Made",
    "Source",
    "definitions",
    "install",
    "made",
    "structural",
    "versions",
]

FOLDER: Final = Path(__file__).parent / "toolchain" / "crds"
"""Where the ``go.mod`` is that names the modules."""
DOWNLOAD: Final = 900.0
"""Seconds for all modules, from cold on a slow line."""
ESTABLISHED_WITHIN: Final = 300.0
_REQUIRED: Final = re.compile(r"^\t(\S+) (v\S+)$", re.MULTILINE)
_APPROVED: Final = "api-approved.kubernetes.io"
_DEFINITION: Final = "apiextensions.k8s.io/v1/CustomResourceDefinition"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a module keeps the definitions that it publishes."""

    module: str
    files: str
    """Pattern within the module."""
    kinds: tuple[str, ...] = ()
    """What is taken of them; nothing named means all."""


@dataclass(frozen=True, slots=True)
class Made:
    """A kind whose definition is made from its schema, and what the schema does not say."""

    api_version: str
    kind: str
    plural: str
    scope: Literal["Namespaced", "Cluster"] = "Namespaced"


SOURCES: Final = (
    Source("github.com/argoproj/argo-cd/v3", "manifests/crds/*-crd.yaml", ("Application", "AppProject")),
    Source("github.com/argoproj/argo-rollouts", "manifests/crds/*-crd.yaml"),
    Source("github.com/aws/karpenter-provider-aws", "pkg/apis/crds/karpenter*.yaml"),
    Source(
        "github.com/cert-manager/cert-manager",
        "deploy/crds/cert-manager.io_*.yaml",
        ("Certificate", "ClusterIssuer", "Issuer"),
    ),
    Source(
        "github.com/elastic/cloud-on-k8s/v3",
        "config/crds/v1/all-crds.yaml",
        ("Beat", "Elasticsearch", "Kibana"),
    ),
    Source(
        "github.com/envoyproxy/gateway",
        "charts/gateway-helm/charts/crds/crds/generated/*.yaml",
        (
            "BackendTrafficPolicy",
            "ClientTrafficPolicy",
            "EnvoyExtensionPolicy",
            "EnvoyProxy",
            "SecurityPolicy",
        ),
    ),
    Source("github.com/kedacore/keda/v2", "config/crd/bases/*.yaml"),
    Source(
        "github.com/prometheus-operator/prometheus-operator",
        "example/prometheus-operator-crd/*.yaml",
        ("PodMonitor", "Probe", "PrometheusRule", "ServiceMonitor"),
    ),
    Source(
        "github.com/vmware-tanzu/velero",
        "config/crd/v1/bases/*.yaml",
        ("Backup", "BackupStorageLocation", "Restore", "Schedule"),
    ),
    Source(
        "istio.io/api",
        "kubernetes/customresourcedefinitions.gen.yaml",
        ("AuthorizationPolicy", "PeerAuthentication"),
    ),
    Source(
        "k8s.io/autoscaler/vertical-pod-autoscaler", "deploy/vpa-v1-crd-gen.yaml", ("VerticalPodAutoscaler",)
    ),
    Source("sigs.k8s.io/gateway-api", "config/crd/standard/*.yaml"),
)
"""What the platform makes, and what KEDA and Argo Rollouts ask for when they start. Each definition more
costs the API server a tenth of a second and ten megabytes."""

WITHOUT_MODULE: Final = (
    Made("chaos-mesh.org/v1alpha1", "NetworkChaos", "networkchaos"),
    Made("chaos-mesh.org/v1alpha1", "PodChaos", "podchaos"),
    Made("chaos-mesh.org/v1alpha1", "Schedule", "schedules"),
    Made("elbv2.k8s.aws/v1beta1", "TargetGroupBinding", "targetgroupbindings"),
    Made("external-secrets.io/v1", "ExternalSecret", "externalsecrets"),
    Made("external-secrets.io/v1", "SecretStore", "secretstores"),
    Made("gateway.nginx.org/v1alpha1", "ClientSettingsPolicy", "clientsettingspolicies"),
    Made("gateway.nginx.org/v1alpha1", "RateLimitPolicy", "ratelimitpolicies"),
    Made("gateway.nginx.org/v1alpha1", "UpstreamSettingsPolicy", "upstreamsettingspolicies"),
    Made("gateway.nginx.org/v1alpha2", "NginxProxy", "nginxproxies"),
    Made("snapshot.storage.k8s.io/v1", "VolumeSnapshotClass", "volumesnapshotclasses", "Cluster"),
)
"""Kinds of projects whose modules the proxy refuses. The plurals as the projects document them."""


class _Loader(yaml.CSafeLoader):
    """YAML as the projects mean it: a lone ``=`` is a word, which YAML 1.1 gave a meaning nobody uses."""


_Loader.add_constructor("tag:yaml.org,2002:value", yaml.CSafeLoader.construct_scalar)  # pyright: ignore[reportUnknownArgumentType]


def versions() -> dict[str, str]:
    """The modules and their versions, as ``go.mod`` names them."""
    return dict(_REQUIRED.findall((FOLDER / "go.mod").read_text(encoding="utf-8")))


def definitions(groups: Collection[str] | None = None) -> list[Json]:
    """The definitions, those of some API groups (``keda.sh``) or all; modules are fetched once.

    Raises `lab.Unavailable` when Go is missing or a module cannot be had.
    """
    return [one for one in _all() if groups is None or one["spec"]["group"] in groups]


@cache
def _all() -> tuple[Json, ...]:
    """Read once a process: it takes two seconds."""
    folders = _folders([source.module for source in SOURCES])
    read = (definition for source in SOURCES for definition in _read(source, folders[source.module]))
    return (*read, *(made(kind) for kind in WITHOUT_MODULE))


def install(
    cluster: Kubernetes, groups: Collection[str] | None = None, *, within: float = ESTABLISHED_WITHIN
) -> list[str]:
    """Bring the definitions into a cluster and wait until it serves them; their names."""
    names: list[str] = []
    for definition in definitions(groups):
        cluster.apply(definition)
        names.append(definition["metadata"]["name"])

    def waiting() -> list[str]:
        there = {one["metadata"]["name"]: one for one in cluster.list(_DEFINITION)}
        return [name for name in names if not _is_established(there.get(name, {}))]

    eventually(lambda: not waiting(), "every custom resource is established", within=within)
    return names


def made(kind: Made) -> Json:
    """A definition made from the strict schema of a kind."""
    group, _, version = kind.api_version.rpartition("/")
    strict = schema(kind.api_version, kind.kind)
    shape = structural(strict)
    shape["properties"] |= {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object"},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{kind.plural}.{group}",
            # Kubernetes wants to be told that such a group's definition is not its own
            **({"annotations": {_APPROVED: "unapproved, of a lab"}} if group.endswith(".k8s.io") else {}),
        },
        "spec": {
            "group": group,
            "names": {
                "kind": kind.kind,
                "listKind": f"{kind.kind}List",
                "plural": kind.plural,
                "singular": kind.kind.lower(),
            },
            "scope": kind.scope,
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": shape},
                    **({"subresources": {"status": {}}} if "status" in strict["properties"] else {}),
                }
            ],
        },
    }


def structural(strict: Mapping[str, Any]) -> Json:
    """A JSON schema as a definition may hold it.

    There, what is not said to be open is closed; a value of any kind is said to be so, and "this or
    null" and "whole number or string" have words of their own.
    """
    if strict.get("oneOf") == [{"type": "string"}, {"type": "integer"}]:
        return {"x-kubernetes-int-or-string": True}
    kind = strict.get("type")
    if kind is None and "enum" not in strict:
        return {"x-kubernetes-preserve-unknown-fields": True}
    kept = {key: value for key, value in strict.items() if key not in _REWRITTEN}
    if isinstance(kind, list):
        kept |= {"type": next(name for name in kind if name != "null"), "nullable": True}
    if properties := strict.get("properties"):
        kept["properties"] = {name: structural(value) for name, value in properties.items()}
    elif isinstance(strict.get("additionalProperties"), dict):
        kept["additionalProperties"] = structural(strict["additionalProperties"])
    elif kept.get("type") == "object" and strict.get("additionalProperties") is not False:
        kept["x-kubernetes-preserve-unknown-fields"] = True
    if "items" in strict:
        kept["items"] = structural(strict["items"])
    return kept


_REWRITTEN: Final = frozenset({"$schema", "additionalProperties", "items", "properties"})


def _read(source: Source, folder: Path) -> Iterator[Json]:
    files = sorted(folder.glob(source.files))
    if not files:
        msg = f"{source.module} {versions()[source.module]} has no {source.files}: its version was changed?"
        raise Unavailable(msg)
    for file in files:
        with file.open(encoding="utf-8") as stream:
            documents = cast("Iterable[Json | None]", yaml.load_all(stream, Loader=_Loader))
            for document in documents:
                if not document or document["kind"] != "CustomResourceDefinition":
                    continue
                if not source.kinds or document["spec"]["names"]["kind"] in source.kinds:
                    yield _without_texts(_without_status(document))


def _without_status(definition: Json) -> Json:
    """What the tool that generated it has left behind."""
    return {key: value for key, value in definition.items() if key != "status"}


def _without_texts(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        pairs = cast("Json", value).items()
        return {
            key: _without_texts(item)
            for key, item in pairs
            if not (key == "description" and isinstance(item, str))  # a field of that name is a mapping
        }
    if isinstance(value, list):
        return [_without_texts(item) for item in cast("list[Any]", value)]
    return value


def _is_established(definition: Json) -> bool:
    conditions = definition.get("status", {}).get("conditions") or []
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)


def _folders(modules: Collection[str]) -> dict[str, Path]:
    """Where Go keeps the modules, fetched first where they are missing; ``go.sum`` decides what is right."""
    go = shutil.which("go")
    if not go:
        msg = "`go` is not on PATH: the custom resources' definitions are in Go modules. Install Go 1.26."
        raise Unavailable(msg)
    known = versions()
    command = [go, "mod", "download", "-json", *(f"{module}@{known[module]}" for module in modules)]
    own = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}
    try:
        answer = subprocess.run(
            command,
            cwd=FOLDER,
            env={**os.environ, **own},
            capture_output=True,
            text=True,
            check=False,
            timeout=DOWNLOAD,
        )
    except subprocess.TimeoutExpired as error:
        msg = f"the custom resources' definitions did not arrive within {DOWNLOAD:g} seconds"
        raise Unavailable(msg) from error
    found = list(_documents(answer.stdout))
    wrong = [f"{one['Path']}: {one['Error']}" for one in found if "Error" in one]
    if answer.returncode or wrong:
        said = "\n  ".join(wrong or answer.stderr.strip().splitlines()) or "(it said nothing)"
        msg = f"a module with custom resources' definitions cannot be had; `go mod download` said:\n  {said}"
        raise Unavailable(msg)
    return {one["Path"]: Path(one["Dir"]) for one in found}


def _documents(text: str) -> Iterator[Json]:
    """JSON values, one after the other."""
    decoder, position = json.JSONDecoder(), 0
    while (position := _next(text, position)) < len(text):
        value, position = decoder.raw_decode(text, position)
        yield cast("Json", value)


def _next(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position
