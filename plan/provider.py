"""The simulated clouds as a provider plugin of the real engine: ``python -m plan.provider NAME VERSION``.

What `plan.simulate` answers in-process, the engine gets here over its own protocol, with what only a
deployment has: state that lasts (`plan.store`), checks that refuse, differences that update or
replace, names that are taken, deletions that a service does not allow. Nothing here reaches a
network, and each refusal says that it comes from a simulation.

The engine starts one process for each provider of a program, so what a process was configured with
(`Place`) is all the identity that a resource has.

Environment:

* ``SIMULATED_CLOUD_STORE``: folder of the state (needed);
* ``SIMULATED_CLOUD_KILL_AFTER``: the plugin that is asked for the Nth creation dies instead, once, as
  a machine does, so that recovery can be tried;
* ``SIMULATED_CLOUD_LOST_REGION``: a region that does not answer (`plan.outage`).

Source of the protocol: ``pulumi/provider.proto``, as generated into the pinned SDK.
"""

# ruff: noqa: ARG002 - the protocol names the methods and gives each a request and a context
from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn, cast

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from plan import outage, replace, schema, sdk, simulate, write_only
from plan.changes import PropertyChange, changes
from plan.defaults import keep_defaults, without_defaults
from plan.guards import objection
from plan.plugin import serve
from plan.store import ExistsError, Record, Store, with_secrets
from plan.value import Unknown, Value, decode, encode, has_unknown, reveal

__all__ = ["KILLED", "SimulatedCloud", "main"]

KILLED: Final = 137
"""Exit code of a plugin that died on purpose: that of a process ended by SIGKILL."""
NOWHERE: Final = simulate.Place(account="", region="")
CONFIGURATION: Final = "pulumi:providers:"
ENGINES_OWN: Final = frozenset({"version", "pluginDownloadURL"})
"""Settings of a provider that are for the engine: which plugin to take."""
KINDS: Final = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class SimulatedCloud(provider_pb2_grpc.ResourceProviderServicer):
    """One provider of a program: one cloud, one account, one region (or one cluster)."""

    def __init__(
        self, package: str, version: str, store: Store, *, kill_after: int = 0, lost_region: str = ""
    ) -> None:
        self.package, self.version, self.store = package, version, store
        self.kill_after, self.lost_region = kill_after, lost_region
        self.place, self.settings = NOWHERE, dict[str, Value]()

    # The plugin itself ---------------------------------------------------------------------------

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        """What this provider understands: secrets stay secrets, references arrive as ids."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """An engine that found this plugin running (``PULUMI_DEBUG_PROVIDERS``) makes itself known."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """The version that the SDK asks for."""
        return plugin_pb2.PluginInfo(version=self.version)

    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        """Name and version; the types are the SDK's (`plan.schema`)."""
        described = {
            "name": self.package,
            "version": self.version,
            "description": f"simulated {self.package}",
        }
        return provider_pb2.GetSchemaResponse(schema=json.dumps(described))

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Nothing here takes long enough to be cancelled."""
        return empty_pb2.Empty()

    # The provider's own settings -----------------------------------------------------------------

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """Hold the provider's settings against the SDK's type of them."""
        settings = {key: value for key, value in decode(request.news).items() if key not in ENGINES_OWN}
        failures = _failures(CONFIGURATION + self.package, settings)
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        """Another account, region or cluster is another place: all that was made there is made anew."""
        old, new = decode(request.old_inputs), decode(request.news)
        found = changes(old, new, ignore=request.ignoreChanges)
        moved = bool(found) and self._place_of(old) != self._place_of(new)
        return _diff_response(
            [PropertyChange(change.path, change.kind, replaces=moved) for change in found],
        )

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        """From here on this process is one place."""
        self.settings = decode(request.args)
        place = self._place_of(self.settings)
        self.place = NOWHERE if place is None else place
        if self.lost_region and outage.is_configured_there(
            self.lost_region, self.package, self.place, self.settings
        ):
            self._refuse(
                context,
                grpc.StatusCode.UNAVAILABLE,
                f"{self.lost_region} does not answer, and the provider asks STS there who it is. "
                "Give it another region's: stsRegion.",
            )
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def _place_of(self, inputs: Mapping[str, Value]) -> simulate.Place | None:
        if has_unknown(dict(inputs)):
            return None
        return simulate.place_of(self.package, cast("dict[str, Value]", reveal(dict(inputs))))

    # Resources -----------------------------------------------------------------------------------

    def Check(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """Refuse what the SDK's types refuse; add names and defaults, the old ones where there are."""
        token, old, new = _type_of(request.urn), decode(request.olds), decode(request.news)
        if failures := _failures(token, new):
            return provider_pb2.CheckResponse(failures=failures)
        checked = simulate.check(
            token, request.urn, new, place=self.place, generation=self.store.generation(request.urn)
        )
        return provider_pb2.CheckResponse(inputs=encode(keep_defaults(old, checked)))

    def Diff(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        """What differs, and whether the cloud must make the resource anew for it."""
        token = _type_of(request.urn)
        old = write_only.without_inputs(token, decode(request.old_inputs))
        new = write_only.without_inputs(token, decode(request.news))
        found = changes(old, new, ignore=request.ignoreChanges, replaces=replace.replaces(token))
        crowded = any(change.replaces for change in found) and self._keeps_identity(request, token, new)
        return _diff_response(found, delete_first=crowded)

    def Create(
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        """Make it; in a preview, tell what can be told before."""
        token, inputs = _type_of(request.urn), decode(request.properties)
        generation = self.store.generation(request.urn)
        mode = "preview" if request.preview else "up"
        answer = simulate.create(
            token, request.urn, inputs, place=self.place, mode=mode, generation=generation
        )
        if request.preview:
            identity = "" if isinstance(answer.id, Unknown) else answer.id
            return provider_pb2.CreateResponse(id=identity, properties=encode(answer.outputs))
        self._reach(context, token, inputs)
        self._die_if_it_is_time()
        identity, outputs, where = cast("str", answer.id), dict(answer.outputs), self._where(token, inputs)
        kept = write_only.without_inputs(token, inputs)
        record = Record(identity, token, request.urn, where, generation, kept, outputs)
        try:
            self.store.add(record, over=inputs.get("allowOverwrite") is True)
        except ExistsError:
            self._refuse(
                context,
                grpc.StatusCode.ALREADY_EXISTS,
                f"creating {token}: {identity!r} exists already in {where}. "
                "Choose another name, or import what is there.",
            )
        return provider_pb2.CreateResponse(id=identity, properties=encode(outputs))

    def Read(
        self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        """What the cloud has now; an empty id when it has it no more."""
        token, known = _type_of(request.urn), decode(request.properties)
        self._reach(context, token, known)
        record = self.store.get(token, self._where(token, known), request.id)
        if record is None:
            return provider_pb2.ReadResponse(id="")
        return provider_pb2.ReadResponse(
            id=record.id,
            properties=encode(with_secrets(record.outputs, known)),
            inputs=encode(with_secrets(record.inputs, decode(request.inputs))),
        )

    def Update(
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        """Change it in place; its id stays."""
        token, new = _type_of(request.urn), decode(request.news)
        kept, where = write_only.without_inputs(token, new), self._where(token, new)
        if not request.preview:
            self._reach(context, token, new)
        record = self.store.get(token, where, request.id)
        if record is None:
            self._refuse(
                context,
                grpc.StatusCode.NOT_FOUND,
                f"updating {token}: {request.id!r} does not exist any more. "
                "Run `pulumi refresh`, then `pulumi up`.",
            )
        if has_unknown(kept):  # only in a preview; what does not follow from the unknown stays as it was
            dropped = decode(request.old_inputs).keys() - kept.keys()
            was = {key: value for key, value in decode(request.olds).items() if key not in dropped}
            return provider_pb2.UpdateResponse(properties=encode({**was, **kept}))
        answer = simulate.create(
            token, request.urn, new, place=self.place, mode="up", generation=record.generation
        )
        outputs = dict(answer.outputs)
        if not request.preview:
            self.store.put(Record(record.id, token, record.urn, where, record.generation, kept, outputs))
        return provider_pb2.UpdateResponse(properties=encode(outputs))

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Remove it, unless the service itself is told not to."""
        token, known = _type_of(request.urn), decode(request.properties)
        self._reach(context, token, known)
        where = self._where(token, known)
        record = self.store.get(token, where, request.id)
        if record is not None and (reason := objection(token, record.inputs)):
            self._refuse(
                context, grpc.StatusCode.FAILED_PRECONDITION, f"deleting {token} {request.id!r}: {reason}."
            )
        self.store.remove(token, where, request.id)
        return empty_pb2.Empty()

    def Invoke(
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        """Answer a data function."""
        asked = decode(request.args)
        self._reach(context, "", asked)
        found = simulate.invoke(request.tok, asked, place=self.place)
        fields: dict[str, Any] = {"return": encode(found)}  # a word of Python's, so no keyword
        return provider_pb2.InvokeResponse(**fields)

    # ---------------------------------------------------------------------------------------------

    def _where(self, token: str, properties: Mapping[str, Value]) -> str:
        """The place as the store's files name it. A type of AWS that knows no region is in all of them."""
        region = self.place.region
        if self.package == "aws":
            known = "region" in (sdk.inputs(token) or {})
            region = outage.own_region(self.package, properties) or region if known else "global"
        return f"{self.place.account}/{region}"

    def _reach(self, context: grpc.ServicerContext, token: str, properties: Mapping[str, Value]) -> None:
        """Refuse the call when the region that it goes to is lost. A question has no type: its provider's."""
        if token and outage.is_global(self.package, sdk.inputs(token) or {}):
            return
        own = outage.own_region(self.package, properties)
        if self.lost_region and outage.is_there(
            self.lost_region, self.package, self.place, self.settings, own
        ):
            self._refuse(context, grpc.StatusCode.UNAVAILABLE, f"{self.lost_region} does not answer")

    def _keeps_identity(
        self, request: provider_pb2.DiffRequest, token: str, new: Mapping[str, Value]
    ) -> bool:
        """Whether the replacement would have the old one's name, so that the old one must go first."""
        asked = without_defaults(new)
        if has_unknown(asked):
            return False
        generation = self.store.generation(request.urn)
        checked = simulate.check(token, request.urn, asked, place=self.place, generation=generation)
        successor = simulate.create(
            token, request.urn, checked, place=self.place, mode="up", generation=generation
        )
        return successor.id == request.id

    def _die_if_it_is_time(self) -> None:
        due = self.kill_after and self.store.created() + 1 >= self.kill_after
        if due and self.store.once("killed"):
            os._exit(KILLED)

    def _refuse(self, context: grpc.ServicerContext, code: grpc.StatusCode, reason: str) -> NoReturn:
        context.abort(code, f"simulated {self.package}: {reason}")


def _type_of(urn: str) -> str:
    return urn.split("::", 3)[2].rpartition("$")[2]


def _failures(token: str, inputs: Mapping[str, Value]) -> list[provider_pb2.CheckFailure]:
    try:
        mistakes = schema.check(token, inputs)
    except sdk.UnknownTokenError as error:
        return [provider_pb2.CheckFailure(reason=str(error))]
    return [
        provider_pb2.CheckFailure(
            property=mistake.path, reason=str(mistake).removeprefix(f"{mistake.path}: ")
        )
        for mistake in mistakes
    ]


def _diff_response(
    found: Iterable[PropertyChange], *, delete_first: bool = False
) -> provider_pb2.DiffResponse:
    all_found = list(found)
    some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some if all_found else none,
        diffs=list(dict.fromkeys(change.property for change in all_found)),
        replaces=list(dict.fromkeys(change.property for change in all_found if change.replaces)),
        detailedDiff={
            change.path: provider_pb2.PropertyDiff(kind=KINDS[change.kind, change.replaces], inputDiff=True)
            for change in all_found
        },
        hasDetailedDiff=True,
        deleteBeforeReplace=delete_first,
    )


def main(arguments: list[str]) -> int:
    """Serve one simulated cloud to the engine that started this process."""
    folder = os.environ.get("SIMULATED_CLOUD_STORE", "")
    if len(arguments) < 2 or not folder:  # noqa: PLR2004 - a name and a version
        sys.stderr.write(
            "usage: SIMULATED_CLOUD_STORE=FOLDER python -m plan.provider NAME VERSION [ENGINE]\n"
            "The engine starts this itself; see lab/engine.py.\n"
        )
        return 2
    cloud = SimulatedCloud(
        arguments[0],
        arguments[1],
        Store(Path(folder)),
        kill_after=int(os.environ.get("SIMULATED_CLOUD_KILL_AFTER") or 0),
        lost_region=os.environ.get("SIMULATED_CLOUD_LOST_REGION", ""),
    )
    serve(
        lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(cloud, server),
        workers=1,  # an SDK loads its modules on first use, and is not safe for threads in that
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
