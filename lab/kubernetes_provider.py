"""The ``kubernetes`` provider of the lab: ``python -m lab.kubernetes_provider kubernetes VERSION``.

Without a cluster it is the simulation (`plan.provider`). With one it sends each object to a real API
server, and what the engine hears is that server's word: admission, schemas, quotas and conflicts
refuse here what they would refuse in a cloud.

* Create and Update are server-side applies by the field manager ``pulumi``; as with the provider
  that it stands for, an object that is there already is not taken over, and a field that somebody else
  has changed is a conflict (the annotation ``pulumi.com/patchForce`` takes it back).
* A preview asks by a dry run, when the cluster and everything in the object are known. What waits for
  the same deployment (its namespace, its kind) is not held against it.
* Read answers what is there. Its inputs are the program's, except for what a dry run of them would
  change: that is what somebody else has changed since, and what a refresh is to show.
* Delete waits until the object is gone.

Simulated as before are Helm releases (what their charts hold is not here; the kinds that they bring
are installed by `lab.crds`) and the waiting for things to become ready: an object that was accepted
counts as made.

Environment, besides that of `plan.provider`:

* ``SIMULATED_CLOUD_KUBECONFIG``: a kubeconfig, for every cluster of the program; or a folder with one
  for each cluster, called by its identifier (as the provider's ``clusterIdentifier`` has it).

What the server warns of is kept beside the simulated clouds' state (`warnings`).
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, cast

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from lab.kubernetes import Answer, ApiError, Json, Kubernetes, UnknownKindError
from lab.stored import Address, inputs_of, kind_of, merged, name_of, outputs_of, overlaid, without_none
from plan.forms.kubernetes import is_object
from plan.plugin import serve
from plan.provider import SimulatedCloud
from plan.store import Record, Store
from plan.value import Value, decode, encode, has_unknown, reveal

__all__ = ["CLUSTERS", "ForwardedCluster", "main", "warnings"]

CLUSTERS: Final = "SIMULATED_CLOUD_KUBECONFIG"
MANAGER: Final = "pulumi"
FORCE: Final = "pulumi.com/patchForce"
GONE_WITHIN: Final = 300.0
"""Seconds for a deletion. A namespace goes after all that is in it."""
WORKERS: Final = 8
"""Deletions that are waited for side by side. All else is done one by one."""
NOT_FOUND: Final = 404
CODES: Final = {
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    409: grpc.StatusCode.ABORTED,
    422: grpc.StatusCode.INVALID_ARGUMENT,
}
_WARNINGS: Final = "warnings.jsonl"


class ForwardedCluster(SimulatedCloud):
    """One cluster of a program, forwarded to a real API server where there is one for it."""

    def __init__(self, package: str, version: str, store: Store, clusters: str = "", **options: Any) -> None:  # noqa: ANN401
        """``clusters``: a kubeconfig or a folder of them; ``options``: as `SimulatedCloud` has them."""
        super().__init__(package, version, store, **options)
        self.client: Kubernetes | None = None
        self._clusters = Path(clusters) if clusters else None
        self._lock = threading.RLock()

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        """From here on this process is one cluster; which one is known when its settings are."""
        answer = super().Configure(request, context)
        if self._clusters is None or has_unknown(dict(self.settings)):
            return answer
        file = self._clusters / self.place.account if self._clusters.is_dir() else self._clusters
        if not file.is_file():
            reason = f"{CLUSTERS} has no kubeconfig for the cluster {self.place.account!r}: {file} is missing"
            context.abort(grpc.StatusCode.NOT_FOUND, reason)
        self.client = Kubernetes(file, manager=MANAGER)
        return answer

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """As simulated."""
        with self._lock:
            return super().CheckConfig(request, context)

    def DiffConfig(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        """As simulated."""
        with self._lock:
            return super().DiffConfig(request, context)

    def Check(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """As simulated."""
        with self._lock:
            return super().Check(request, context)

    def Diff(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        """As simulated."""
        with self._lock:
            return super().Diff(request, context)

    def Create(
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        """Make it, unless it is there; in a preview, ask whether it would be accepted."""
        token, inputs = _type_of(request.urn), decode(request.properties)
        with self._lock, _in_words(context, f"creating {token} {name_of(inputs)!r}"):
            client = self._client(token)
            if client is None:
                return super().Create(request, context)
            if request.preview:
                self._try(client, token, inputs, fresh=True)
                return super().Create(request, context)
            self._reach(context, token, inputs)
            self._die_if_it_is_time()
            wanted = self._wanted(client, token, inputs)
            asked = Address.of(wanted)
            if client.find(asked.kind, asked.name, namespace=asked.namespace):
                context.abort(
                    grpc.StatusCode.ALREADY_EXISTS,
                    f"creating {asked}: it exists already. Choose another name, or import what is there.",
                )
            outputs = self._apply(client, wanted, inputs, request.urn)
            generation = self.store.generation(request.urn)
            where = self._where(token, inputs)
            record = Record(asked.identity, token, request.urn, where, generation, inputs, outputs)
            self.store.add(record, over=True)
        return provider_pb2.CreateResponse(id=asked.identity, properties=encode(outputs))

    def Read(
        self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        """What the cluster has now, and what of the program's wishes is not so any more."""
        token, known = _type_of(request.urn), decode(request.inputs)
        with self._lock, _in_words(context, f"reading {token} {request.id!r}"):
            client = self._client(token)
            if client is None:
                return super().Read(request, context)
            self._reach(context, token, known)
            asked = _identified(client, token, request.id)
            there = client.find(asked.kind, asked.name, namespace=asked.namespace)
            if there is None:
                return provider_pb2.ReadResponse(id="")
            inputs = self._drifted(client, token, known, there) if known else inputs_of(there)
            outputs = outputs_of(there, decode(request.properties) or known)
        return provider_pb2.ReadResponse(id=request.id, properties=encode(outputs), inputs=encode(inputs))

    def Update(
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        """Change it in place; in a preview, ask whether that would be accepted."""
        token, new = _type_of(request.urn), decode(request.news)
        with self._lock, _in_words(context, f"updating {token} {request.id!r}"):
            client = self._client(token)
            if client is None:
                return super().Update(request, context)
            if request.preview:
                self._try(client, token, new, fresh=False)
                return provider_pb2.UpdateResponse(properties=encode(overlaid(decode(request.olds), new)))
            self._reach(context, token, new)
            outputs = self._apply(client, self._wanted(client, token, new), new, request.urn)
            where, generation = self._where(token, new), self.store.generation(request.urn) - 1
            self.store.put(Record(request.id, token, request.urn, where, generation, new, outputs))
        return provider_pb2.UpdateResponse(properties=encode(outputs))

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Remove it and wait until it is gone."""
        token, known = _type_of(request.urn), decode(request.properties)
        client = self._client(token)
        if client is None:
            with self._lock:
                return super().Delete(request, context)
        with _in_words(context, f"deleting {token} {request.id!r}"):
            self._reach(context, token, known)
            with suppress(UnknownKindError):  # a kind that is gone has taken its objects with it
                asked = _identified(client, token, request.id)
                client.delete(asked.kind, asked.name, namespace=asked.namespace, wait=GONE_WITHIN)
        self.store.remove(token, self._where(token, known), request.id)
        return empty_pb2.Empty()

    # ---------------------------------------------------------------------------------------------

    def _client(self, token: str) -> Kubernetes | None:
        return self.client if is_object(token) else None

    def _wanted(self, client: Kubernetes, token: str, inputs: Mapping[str, Value]) -> Json:
        """The object to apply: what the program wants, in the provider's namespace where it names none."""
        wanted = cast("Json", without_none(reveal(dict(inputs))))
        kind = kind_of(token)
        metadata = {**wanted.get("metadata", {})}
        if client.kind(kind).namespaced:
            metadata.setdefault("namespace", self.place.region or "default")
        api_version, _, name = kind.rpartition("/")
        return {**wanted, "apiVersion": api_version, "kind": name, "metadata": metadata}

    def _apply(
        self, client: Kubernetes, wanted: Json, inputs: Mapping[str, Value], urn: str
    ) -> dict[str, Value]:
        answer = client.apply(wanted, force=_forces(wanted))
        self._note(urn, answer)
        return outputs_of(answer.object, inputs)

    def _try(self, client: Kubernetes, token: str, inputs: Mapping[str, Value], *, fresh: bool) -> None:
        """Raise in a preview what the server would refuse; what cannot be told yet is let through."""
        if has_unknown(dict(inputs)):
            return
        try:
            wanted = self._wanted(client, token, inputs)
            asked = Address.of(wanted)
            if fresh and client.find(asked.kind, asked.name, namespace=asked.namespace):
                return  # what is to be replaced goes first
            client.apply(wanted, dry_run=True, force=_forces(wanted))
        except ApiError as error:
            if error.status != NOT_FOUND:  # its namespace or its kind may come with the same deployment
                raise

    def _drifted(
        self, client: Kubernetes, token: str, known: dict[str, Value], there: Json
    ) -> dict[str, Value]:
        """The program's inputs, with the cluster's value wherever applying them again would change it."""
        try:
            again = client.apply(self._wanted(client, token, known), dry_run=True, force=True).object
        except ApiError:  # what was accepted once would not be today: no way to tell
            return known
        return cast("dict[str, Value]", merged(known, again, there))

    def _note(self, urn: str, answer: Answer) -> None:
        if answer.warnings:
            with (self.store.folder / _WARNINGS).open("a", encoding="utf-8") as file:
                file.writelines(f"{json.dumps([urn, text])}\n" for text in answer.warnings)


def warnings(store: Path) -> list[tuple[str, str]]:
    """What API servers warned of, as URN and text, in the simulated clouds' folder."""
    file = store / _WARNINGS
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [(str(urn), str(text)) for urn, text in map(json.loads, lines)]


def _type_of(urn: str) -> str:
    return urn.split("::", 3)[2].rpartition("$")[2]


def _identified(client: Kubernetes, token: str, identity: str) -> Address:
    kind, (namespace, _, name) = kind_of(token), identity.rpartition("/")
    return Address(kind, namespace or "default" if client.kind(kind).namespaced else None, name)


def _forces(wanted: Json) -> bool:
    return str((wanted["metadata"].get("annotations") or {}).get(FORCE, "")).lower() == "true"


@contextmanager
def _in_words(context: grpc.ServicerContext, doing: str) -> Generator[None]:
    """What the API server refuses, told to the engine in the server's own words."""
    try:
        yield
    except ApiError as error:
        code = CODES.get(error.status, grpc.StatusCode.UNKNOWN)
        context.abort(code, f"{doing}: the API server says: {error.message or error.reason}")
    except TimeoutError as error:
        context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, f"{doing}: {error}")
    except ConnectionError as error:
        context.abort(grpc.StatusCode.UNAVAILABLE, f"{doing}: {error}")


def main(arguments: list[str]) -> int:
    """Serve one cluster to the engine that started this process."""
    folder = os.environ.get("SIMULATED_CLOUD_STORE", "")
    if len(arguments) < 2 or not folder:  # noqa: PLR2004 - a name and a version
        sys.stderr.write(
            "usage: SIMULATED_CLOUD_STORE=FOLDER python -m lab.kubernetes_provider NAME VERSION [ENGINE]\n"
            "The engine starts this itself; see lab/engine.py.\n"
        )
        return 2
    cluster = ForwardedCluster(
        arguments[0],
        arguments[1],
        Store(Path(folder)),
        os.environ.get(CLUSTERS, ""),
        kill_after=int(os.environ.get("SIMULATED_CLOUD_KILL_AFTER") or 0),
        lost_region=os.environ.get("SIMULATED_CLOUD_LOST_REGION", ""),
    )
    serve(
        lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(cluster, server),
        workers=WORKERS,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
