"""The engine's side of a program that runs with no engine: takes registrations, gives answers.

The SDK talks to a *resource monitor*, over gRPC when an engine drives it. Here the monitor is this
object in the same process: it keeps each request as a `plan.resource.Resource` and answers with
what a simulated cloud says. Nothing is asked of a network.

Source of the protocol: ``pulumi/resource.proto``, as generated into the pinned SDK.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, resource_pb2

from plan import schema, simulate, write_only
from plan.resource import STACK_TYPE, Mode, Options, Plan, Resource
from plan.value import UNKNOWN, Unknown, Value, decode, encode, has_unknown

if TYPE_CHECKING:
    from pulumi.runtime.proto.resource_pb2 import RegisterResourceRequest

__all__ = ["FEATURES", "Monitor"]

FEATURES: Final = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
)
NO_PLACE: Final = simulate.Place(account="", region="")


class DuplicateResourceError(Exception):
    """Two resources of one type share a name under one parent."""

    def __init__(self, urn: str) -> None:
        super().__init__(
            f"two resources have the URN {urn}: a logical name is an address and must be unique "
            "among resources of its type under one parent. Give one of them another name."
        )


class Monitor:
    """One run of a program. The SDK calls the methods in CapWords, one at a time."""

    def __init__(self, project: str, stack: str, mode: Mode) -> None:
        self.project = project
        self.stack = stack
        self.mode: Mode = mode
        self.mistakes: list[tuple[str, schema.Mistake]] = []
        self.warnings: list[str] = []
        self._declared: dict[tuple[str, str], int] = {}
        self._resources: dict[str, Resource] = {}
        self._places: dict[str, simulate.Place | None] = {}

    def plan(self) -> Plan:
        """What was declared so far."""
        root = next((resource for resource in self._resources.values() if resource.type == STACK_TYPE), None)
        return Plan(
            project=self.project,
            stack=self.stack,
            mode=self.mode,
            resources=tuple(sorted(self._resources.values(), key=self._order)),
            outputs=root.outputs if root else {},
            warnings=tuple(self.warnings),
        )

    def declare(self, args: pulumi.ResourceTransformationArgs) -> None:
        """Note a resource when the program makes it; it is registered later, once its inputs are known."""
        self._declared.setdefault((args.type_, args.name), len(self._declared))

    def _order(self, resource: Resource) -> tuple[int, str]:
        """The order of the program's text; registrations arrive in another one each time."""
        return self._declared.get((resource.type, resource.name), -1), resource.urn

    def RegisterResource(self, request: RegisterResourceRequest) -> resource_pb2.RegisterResourceResponse:  # noqa: N802
        """Keep the resource; answer what its cloud would."""
        urn = self._urn(request.parent, request.type, request.name)
        inputs = decode(request.object)
        if request.custom:
            self.mistakes += [(urn, mistake) for mistake in schema.check(request.type, inputs)]
            inputs = write_only.hidden(request.type, inputs)
        provider = request.provider.rpartition("::")[0]
        answer = (
            self._answer(request.type, urn, inputs, provider) if request.custom else simulate.Answer("", {})
        )
        resource = Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            custom=request.custom,
            inputs=inputs,
            outputs=answer.outputs,
            id=answer.id,
            parent=request.parent,
            provider=provider,
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                key: tuple(sorted(found.urns))
                for key, found in sorted(request.propertyDependencies.items())
                if found.urns
            },
            options=_options(request),
        )
        if urn in self._resources:
            raise DuplicateResourceError(urn)
        self._resources[urn] = resource
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id="" if isinstance(answer.id, Unknown) else answer.id, object=encode(answer.outputs)
        )

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        """Keep what a component, or the stack, gives to the outside."""
        resource = self._resources[request.urn]
        self._resources[request.urn] = replace(resource, outputs=decode(request.outputs))
        return empty_pb2.Empty()

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802
        """Answer a data function; one of a provider whose settings are unknown, as if in no place."""
        place = self._places.get(request.provider.rpartition("::")[0], NO_PLACE) or NO_PLACE
        found = simulate.invoke(request.tok, decode(request.args), place=place)
        response = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(encode(found))  # a field that Python reserves the name of
        return response

    def Log(self, request: engine_pb2.LogRequest) -> empty_pb2.Empty:  # noqa: N802
        """Keep what the program warns of (the engine's own service, same object)."""
        if request.severity >= engine_pb2.WARNING:
            self.warnings.append(request.message)
        return empty_pb2.Empty()

    def _urn(self, parent: str, type_token: str, name: str) -> str:
        """The engine's rule: the chain of parent types, without the stack, then the name."""
        lineage = parent.split("::", 3)[2] if parent else ""
        qualified = f"{lineage}${type_token}" if lineage not in {"", STACK_TYPE} else type_token
        return f"urn:pulumi:{self.stack}::{self.project}::{qualified}::{name}"

    def _answer(self, type_token: str, urn: str, inputs: dict[str, Value], provider: str) -> simulate.Answer:
        if type_token.startswith("pulumi:providers:"):
            package = type_token.removeprefix("pulumi:providers:")
            known = not any(has_unknown(value) for value in inputs.values())
            self._places[urn] = simulate.place_of(package, inputs) if known else None
            return simulate.create(type_token, urn, inputs, place=NO_PLACE, mode=self.mode)
        place = self._places.get(provider, NO_PLACE)
        if place is None:  # the engine does not ask a provider whose own settings are unknown
            return simulate.Answer(UNKNOWN, {})
        checked = simulate.check(type_token, urn, inputs, place=place)
        return simulate.create(type_token, urn, checked, place=place, mode=self.mode)


def _options(request: RegisterResourceRequest) -> Options:
    timeouts = request.customTimeouts
    return Options(
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        delete_before_replace=request.deleteBeforeReplace,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=tuple(_alias_texts(request.aliases)),
        deleted_with=request.deletedWith,
        import_id=request.importId,
        custom_timeouts={
            key: value for key in ("create", "update", "delete") if (value := getattr(timeouts, key))
        },
        version=request.version,
    )


def _alias_texts(aliases: Iterable[Any]) -> Iterable[str]:
    for alias in aliases:
        yield alias.urn or f"{alias.spec.parentUrn}::{alias.spec.type}::{alias.spec.name}"
