"""What the policies cost the engine: one resource and a whole stack, against the loop of Pulumi's own SDK.

Both packs are processes that are asked over gRPC with the same bytes. The stock one has as many policies as
ours, and they look at nothing: only the SDK's own work is measured, so the ratio flatters it.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import grpc
from pulumi.runtime.proto import analyzer_pb2 as wire
from pulumi.runtime.proto import analyzer_pb2_grpc as rpc

from config.loader import to_config
from plan.record import PROGRAM, record
from plan.resource import Plan
from plan.value import encode
from policies.registry import load

__all__ = ["measure"]

STOCK: Final = "pulumi-policy==1.21.0"
ROOT: Final = Path(__file__).parents[1]
CALLS: Final = 40
Request = TypeVar("Request")
DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
LARGEST: Final = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def measure() -> list[tuple[str, float, str, float, str]]:
    """Milliseconds a Deployment and seconds a stack; and both as ratios, where the stock SDK can be had."""
    plan = record(to_config(PROGRAM.parent / "Pulumi.dev.yaml"), stack="dev")
    one, stack = _requests(plan)
    many = sum(policy.scope == "resource" for policy in load())
    whole = len(load()) - many
    ours = _times([sys.executable, "-u", str(ROOT / "policies" / "__main__.py")], one, stack)
    found = [
        (
            "policies on a Deployment",
            ours[0] * 1000,
            "ms",
            2.0,
            f"{many} resource policies, wall time with gRPC",
        ),
        (
            "policies on a stack",
            ours[1],
            "s",
            1.5,
            f"{whole} stack policies over {len(stack.resources)} resources, wall time with gRPC",
        ),
    ]
    try:
        theirs = _times(_stock(many, whole), one, stack)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        print(f"not measured against {STOCK}: {error}", file=sys.stderr)
        return found
    for name, mine, other in (("Deployment", ours[0], theirs[0]), ("stack", ours[1], theirs[1])):
        note = f"{mine:.3f} s against {other:.3f} s of the SDK's loop with as many policies that do nothing"
        found.append((f"policies on a {name} / SDK's loop", mine / other, "x", 1.0, note))
    return found


def _stock(resource_policies: int, stack_policies: int) -> list[str]:
    uv = Path(sys.executable).with_name("uv")
    isolated = ["run", "--quiet", "--no-project", "--isolated", "--python", sys.executable, "--with", STOCK]
    script = str(Path(__file__).with_name("stock_pack.py"))
    return [str(uv), *isolated, "python", "-u", script, str(resource_policies), str(stack_policies)]


def _times(
    command: list[str], one: wire.AnalyzeRequest, stack: wire.AnalyzeStackRequest
) -> tuple[float, float]:
    """Seconds, in the median, of one resource and of the stack."""
    with _pack(command) as pack:
        return _median(pack.Analyze, one, CALLS), _median(pack.AnalyzeStack, stack, 3)


@contextmanager
def _pack(command: list[str]) -> Generator[rpc.AnalyzerStub]:
    """A running pack. Raises ValueError when it says no port."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = int(process.stdout.readline() if process.stdout else "")
            with grpc.insecure_channel(f"127.0.0.1:{port}", options=LARGEST) as channel:
                yield rpc.AnalyzerStub(channel)
        finally:
            process.terminate()


def _median(call: Callable[[Request], object], request: Request, runs: int) -> float:
    call(request)
    times: list[float] = []
    for _ in range(runs):
        began = time.perf_counter()
        call(request)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _requests(plan: Plan) -> tuple[wire.AnalyzeRequest, wire.AnalyzeStackRequest]:
    """The first Deployment of a plan, and the whole of it, as the engine sends them."""
    first = plan.of_type(DEPLOYMENT)[0]
    one = wire.AnalyzeRequest(
        urn=first.urn,
        type=first.type,
        name=first.name,
        properties=encode(first.inputs),
        options=wire.AnalyzerResourceOptions(),
    )
    resources = [
        wire.AnalyzerResource(
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            properties=encode({**resource.outputs, **resource.inputs}),
            options=wire.AnalyzerResourceOptions(protect=resource.options.protect),
            propertyDependencies={
                key: wire.AnalyzerPropertyDependencies(urns=urns)
                for key, urns in resource.property_dependencies.items()
            },
        )
        for resource in plan
    ]
    return one, wire.AnalyzeStackRequest(resources=resources)
