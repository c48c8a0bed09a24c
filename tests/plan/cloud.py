"""The provider plugin, called as the engine calls it, in this process: what its tests share."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from unittest.mock import create_autospec

import grpc
from pulumi.runtime.proto import provider_pb2

from plan.provider import SimulatedCloud
from plan.store import Store
from plan.value import Value, decode, encode

URN: Final = "urn:pulumi:dev::trading-platform::{}::{}"


class RefusedError(Exception):
    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(f"{code.name}: {details}")


def refuse(code: grpc.StatusCode, details: str) -> None:
    raise RefusedError(code, details)


def context() -> grpc.ServicerContext:
    """The one thing of a gRPC call that the service uses is that it can be refused."""
    call = create_autospec(grpc.ServicerContext, instance=True)
    call.abort.side_effect = refuse
    return call


class Cloud:
    """The service, with Python values instead of messages."""

    def __init__(self, store: Path, package: str = "aws", lost: str = "", **settings: Value) -> None:
        self.service = SimulatedCloud(package, "7.51.1", Store(store), lost_region=lost)
        self.service.Configure(provider_pb2.ConfigureRequest(args=encode(settings)), context())

    def check(
        self, token: str, name: str, news: dict[str, Value], olds: dict[str, Value] | None = None
    ) -> provider_pb2.CheckResponse:
        request = provider_pb2.CheckRequest(
            urn=URN.format(token, name), news=encode(news), olds=encode(olds or {})
        )
        return self.service.Check(request, context())

    def checked(
        self, token: str, name: str, news: dict[str, Value], olds: dict[str, Value] | None = None
    ) -> dict[str, Value]:
        response = self.check(token, name, news, olds)
        assert not response.failures, response.failures
        return decode(response.inputs)

    def create(
        self, token: str, name: str, inputs: dict[str, Value], *, preview: bool = False
    ) -> tuple[str, dict[str, Value]]:
        request = provider_pb2.CreateRequest(
            urn=URN.format(token, name), properties=encode(self.checked(token, name, inputs)), preview=preview
        )
        response = self.service.Create(request, context())
        return response.id, decode(response.properties)

    def diff(
        self,
        token: str,
        name: str,
        old: dict[str, Value],
        new: dict[str, Value],
        **more: Any,
    ) -> provider_pb2.DiffResponse:
        request = provider_pb2.DiffRequest(
            urn=URN.format(token, name), old_inputs=encode(old), news=encode(new), **more
        )
        return self.service.Diff(request, context())

    def read(
        self, token: str, name: str, identity: str, known: dict[str, Value] | None = None
    ) -> provider_pb2.ReadResponse:
        state = encode(known or {})
        request = provider_pb2.ReadRequest(
            urn=URN.format(token, name), id=identity, properties=state, inputs=state
        )
        return self.service.Read(request, context())

    def update(
        self,
        token: str,
        name: str,
        identity: str,
        new: dict[str, Value],
        **more: Any,
    ) -> dict[str, Value]:
        request = provider_pb2.UpdateRequest(
            urn=URN.format(token, name), id=identity, news=encode(new), **more
        )
        return decode(self.service.Update(request, context()).properties)

    def delete(self, token: str, name: str, identity: str) -> None:
        self.service.Delete(provider_pb2.DeleteRequest(urn=URN.format(token, name), id=identity), context())

    def invoke(self, token: str, **asked: Value) -> dict[str, Value]:
        answer = self.service.Invoke(provider_pb2.InvokeRequest(tok=token, args=encode(asked)), context())
        return decode(getattr(answer, "return"))  # a word of Python's
