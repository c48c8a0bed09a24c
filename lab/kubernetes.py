"""Ask a Kubernetes API server, in plain values.

A kind is written as in a manifest, ``apps/v1/Deployment`` or ``v1/Pod``; where it is found, and
whether it lives in a namespace, the server says itself, so a custom resource is like any other. What
goes in and comes out is JSON as dictionaries; what the server warns of comes out too (an answer that
is accepted with a warning is not accepted without one).

The connection is the official client's. Its models are not used: they know only the kinds of their
own release, and drop what they do not know.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote, urlencode

import urllib3

__all__ = ["Answer", "ApiError", "Json", "Kind", "Kubernetes", "Review", "UnknownKindError", "eventually"]

Json = dict[str, Any]

MANAGER: Final = "lab"
"""Field manager where none is named."""
TIMEOUT: Final = 30.0
"""Seconds for one request."""
GONE_WITHIN: Final = 60.0
NOT_FOUND: Final = 404
TOO_MANY_REQUESTS: Final = 429
"""What an eviction is answered that a PodDisruptionBudget forbids."""
_JSON: Final = "application/json"
_APPLY: Final = "application/apply-patch+yaml"
_MERGE: Final = "application/merge-patch+json"
_JSON_PATCH: Final = "application/json-patch+json"
_WARNING: Final = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')
"""A warning as RFC 7234 quotes it; several may share a line."""


class ApiError(Exception):
    """The API server refused. The message is the server's own."""

    def __init__(self, status: int, reason: str, message: str, asked: str) -> None:
        super().__init__(f"{asked}: {message or reason} ({status})")
        self.status = status
        """HTTP status."""
        self.reason = reason
        """One word, such as ``Forbidden``, ``Invalid``, ``NotFound``."""
        self.message = message
        """As the server words it."""


class UnknownKindError(ApiError):
    """The server does not know the kind: its CRD is not installed, or gone."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server stored, and what it warned of."""

    object: Json
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """Whether somebody may do something."""

    allowed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Kind:
    """Where the objects of a kind are found."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    @property
    def base(self) -> str:
        """Path of its group and version."""
        return f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"

    def path(self, namespace: str | None, name: str = "", subresource: str = "") -> str:
        """Path of all of them, of one, or of a part of one."""
        inside = ("namespaces", namespace) if self.namespaced and namespace else ()
        parts = (*inside, self.plural, name, subresource)
        return "/".join((self.base, *(quote(part, safe="") for part in parts if part)))


class Kubernetes:
    """One cluster's API server, as the user of a kubeconfig. May be shared by threads."""

    def __init__(self, kubeconfig: Path, *, manager: str = MANAGER) -> None:
        """``manager``: whose fields the applied ones become. Nothing is asked here."""
        from kubernetes import client, config  # noqa: PLC0415 - half a second, only where a cluster is asked

        settings = client.Configuration()
        config.load_kube_config(config_file=str(kubeconfig), client_configuration=settings)
        settings.proxy = None  # the environment's: the server is on this machine
        self._api = client.ApiClient(settings)
        self._manager = manager
        self._kinds: dict[str, dict[str, Kind]] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Give the connections back."""
        self._api.rest_client.pool_manager.clear()

    # Writing -------------------------------------------------------------------------------------

    def apply(
        self, wanted: Mapping[str, Any], *, dry_run: bool = False, force: bool = True, manager: str = ""
    ) -> Answer:
        """Server-side apply: make it so, or change what is there. Unknown fields are refused.

        ``force``: take over fields that another manager owns.
        """
        kind, namespace, name = self._addressed(wanted)
        query = {
            "fieldManager": manager or self._manager,
            "force": "true" if force else "false",
            "fieldValidation": "Strict",
            **({"dryRun": "All"} if dry_run else {}),
        }
        return self._write("PATCH", kind.path(namespace, name), query, dict(wanted), _APPLY)

    def create(self, wanted: Mapping[str, Any], *, dry_run: bool = False) -> Answer:
        """Make one that is not there yet. Also for kinds that are only questions (a review, a token)."""
        kind, namespace, _ = self._addressed(wanted)
        query = {
            "fieldManager": self._manager,
            "fieldValidation": "Strict",
            **({"dryRun": "All"} if dry_run else {}),
        }
        return self._write("POST", kind.path(namespace), query, dict(wanted), _JSON)

    def patch(
        self,
        kind: str,
        name: str,
        changes: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        namespace: str | None = None,
        subresource: str = "",
    ) -> Answer:
        """Change one: by a merge patch (a mapping) or a JSON patch (a list of operations).

        ``subresource``: ``status`` or ``scale``, where only that part is to be changed.
        """
        path = self.kind(kind).path(namespace, name, subresource)
        query = {"fieldManager": self._manager}
        if isinstance(changes, Mapping):
            return self._write("PATCH", path, query, dict(changes), _MERGE)
        return self._write("PATCH", path, query, list(changes), _JSON_PATCH)

    def delete(
        self,
        kind: str,
        name: str,
        *,
        namespace: str | None = None,
        wait: float = 0.0,
        propagation: str = "Background",
        grace: int | None = None,
    ) -> bool:
        """Remove one; False when there was none.

        ``wait``: seconds to wait until it is gone (raises `TimeoutError`). ``propagation``: what
        becomes of what it owns: ``Background``, ``Foreground`` or ``Orphan``. ``grace``: seconds that
        a pod has to end.
        """
        path = self.kind(kind).path(namespace, name)
        options: Json = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        try:
            identity = self.get(kind, name, namespace=namespace)["metadata"]["uid"]
            self._write("DELETE", path, {}, options, _JSON)
        except ApiError as error:
            if error.status != NOT_FOUND:
                raise
            return False
        if wait:
            self._await_end(kind, name, namespace, str(identity), wait)
        return True

    def evict(self, pod: str, namespace: str) -> bool:
        """Ask a pod to leave its machine, as a drain does; False when a disruption budget forbids it."""
        eviction = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod, "namespace": namespace},
        }
        path = self.kind("v1/Pod").path(namespace, pod, "eviction")
        try:
            self._write("POST", path, {}, eviction, _JSON)
        except ApiError as error:
            if error.status != TOO_MANY_REQUESTS:
                raise
            return False
        return True

    # Asking --------------------------------------------------------------------------------------

    def get(self, kind: str, name: str, *, namespace: str | None = None, subresource: str = "") -> Json:
        """One object. Raises `ApiError` with status 404 when there is none."""
        return self._read(self.kind(kind).path(namespace, name, subresource), {})

    def find(self, kind: str, name: str, *, namespace: str | None = None) -> Json | None:
        """One object, or None."""
        try:
            return self.get(kind, name, namespace=namespace)
        except ApiError as error:
            if error.status != NOT_FOUND:
                raise
            return None

    def list(
        self, kind: str, *, namespace: str | None = None, labels: str = "", fields: str = ""
    ) -> list[Json]:
        """All of a kind, in one namespace or in all. ``labels``, ``fields``: selectors, as kubectl's."""
        query = {key: value for key, value in (("labelSelector", labels), ("fieldSelector", fields)) if value}
        found = self.kind(kind)
        items = self._read(found.path(namespace), query)["items"]
        return [{"apiVersion": found.api_version, "kind": found.kind, **item} for item in items]

    def may(
        self,
        user: str,
        verb: str,
        resource: str,
        *,
        group: str = "",
        namespace: str = "",
        name: str = "",
        groups: Sequence[str] = (),
    ) -> Review:
        """Whether a user may do something: a SubjectAccessReview.

        ``user``: a service account is ``system:serviceaccount:<namespace>:<name>``, and gets the groups
        that every one has. ``resource``: plural, with its subresource, such as ``pods/exec``.
        """
        plural, _, subresource = resource.partition("/")
        asked = {
            "verb": verb,
            "resource": plural,
            "subresource": subresource,
            "group": group,
            "namespace": namespace,
            "name": name,
        }
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": user,
                "groups": [*groups, *_groups_of(user)],
                "resourceAttributes": {key: value for key, value in asked.items() if value},
            },
        }
        status = self.create(review).object["status"]
        return Review(bool(status.get("allowed")), str(status.get("reason", "")))

    def token(self, service_account: str, namespace: str, *, seconds: int = 3600) -> str:
        """A token with which a client is that service account."""
        path = self.kind("v1/ServiceAccount").path(namespace, service_account, "token")
        request = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": seconds},
        }
        return str(self._write("POST", path, {}, request, _JSON).object["status"]["token"])

    def kind(self, kind: str) -> Kind:
        """Where a kind is found. Raises `ApiError` with status 404 when the server does not know it."""
        api_version, _, name = kind.rpartition("/")
        with self._lock:
            known = self._kinds.get(api_version, {})
        if name not in known:  # asked again: a CRD may have come since
            known = self._discover(api_version)
            with self._lock:
                self._kinds[api_version] = known
        if name not in known:
            message = f'the server has no kind "{name}" in "{api_version}"; is its CRD installed?'
            raise UnknownKindError(NOT_FOUND, "NotFound", message, f"looking for {kind}")
        return known[name]

    def read(self, path: str) -> str:
        """What the server answers to a plain GET, such as ``/readyz`` or ``/metrics``."""
        return self._ask("GET", path, {}, None, _JSON)[0].decode()

    # ---------------------------------------------------------------------------------------------

    def _discover(self, api_version: str) -> dict[str, Kind]:
        group = Kind(api_version, "", "", namespaced=False)
        try:
            found = self._read(group.base, {})["resources"]
        except ApiError as error:
            if error.status != NOT_FOUND:
                raise
            return {}
        return {
            str(entry["kind"]): Kind(
                api_version, str(entry["kind"]), str(entry["name"]), namespaced=bool(entry["namespaced"])
            )
            for entry in found
            if "/" not in entry["name"]
        }

    def _addressed(self, wanted: Mapping[str, Any]) -> tuple[Kind, str | None, str]:
        kind = self.kind(f"{wanted['apiVersion']}/{wanted['kind']}")
        metadata = wanted.get("metadata") or {}
        namespace = str(metadata.get("namespace") or "default") if kind.namespaced else None
        return kind, namespace, str(metadata.get("name", ""))

    def _await_end(self, kind: str, name: str, namespace: str | None, identity: str, wait: float) -> None:
        def is_gone() -> bool:
            there = self.find(kind, name, namespace=namespace)
            return there is None or there["metadata"]["uid"] != identity

        eventually(is_gone, f"{kind} {name} is gone", within=wait)

    def _read(self, path: str, query: Mapping[str, str]) -> Json:
        return cast("Json", json.loads(self._ask("GET", path, query, None, _JSON)[0]))

    def _write(
        self, method: str, path: str, query: Mapping[str, str], body: object, content_type: str
    ) -> Answer:
        data, warnings = self._ask(method, path, query, body, content_type)
        return Answer(json.loads(data), warnings)

    def _ask(
        self, method: str, path: str, query: Mapping[str, str], body: object, content_type: str
    ) -> tuple[bytes, tuple[str, ...]]:
        url = f"{self._api.configuration.host}{path}{'?' if query else ''}{urlencode(query)}"
        headers = {"Accept": _JSON, "Content-Type": content_type, **self._api.default_headers}
        try:
            sent = self._api.call_api(method, url, header_params=headers, body=body, _request_timeout=TIMEOUT)
            response, data = cast("urllib3.HTTPResponse", sent.response), cast("bytes", sent.read() or b"")
        except urllib3.exceptions.HTTPError as error:
            msg = f"the API server at {self._api.configuration.host} does not answer: {error}"
            raise ConnectionError(msg) from error
        if response.status >= 400:  # noqa: PLR2004 - where HTTP's refusals begin
            raise _refusal(response.status, data, f"{method} {path}")
        lines = response.headers.getlist("Warning")
        return data, tuple(_unquoted(text) for line in lines for text in _WARNING.findall(line))


def eventually(
    is_so: Callable[[], object], what: str, *, within: float = GONE_WITHIN, every: float = 0.2
) -> float:
    """Wait until something is so; the seconds that it took. Raises `TimeoutError` naming it."""
    started = time.monotonic()
    while not is_so():
        if time.monotonic() - started > within:
            msg = f"after {within:g} seconds it is still not so that {what}"
            raise TimeoutError(msg)
        time.sleep(every)
    return time.monotonic() - started


def _groups_of(user: str) -> list[str]:
    if not user.startswith("system:serviceaccount:"):
        return ["system:authenticated"]
    namespace = user.split(":")[2]
    return ["system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"]


def _refusal(status: int, data: bytes, asked: str) -> ApiError:
    try:
        said = json.loads(data)
        return ApiError(status, str(said.get("reason", "")), str(said.get("message", "")), asked)
    except (ValueError, AttributeError):
        return ApiError(status, "", data.decode(errors="replace").strip(), asked)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
