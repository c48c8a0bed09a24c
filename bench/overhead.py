"""What a plan costs over the bare SDK: the same program, once recorded, once under Pulumi's own mocks."""

from __future__ import annotations

import asyncio
import contextvars
import runpy
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import config as pulumi_config
from pulumi.runtime import mocks
from pulumi.runtime import settings as pulumi_settings

from bench.timing import in_turn
from config.loader import to_config
from plan.record import PROGRAM, PROJECT, record

__all__ = ["RUNS", "measure"]

RUNS = 7
STACK = "dev"


class Echo(mocks.Mocks):
    """The least that a mock can do: what goes in comes out."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Inputs as outputs; in a preview the SDK takes the rest, and no id, for unknown.

        But for what is missing inside something that is there: the SDK takes that for nothing.
        """
        inputs = dict(args.inputs)
        if args.typ == "aws:eks/cluster:Cluster":
            inputs["vpcConfig"] = {**inputs["vpcConfig"], "clusterSecurityGroupId": "sg-0"}
        return None, inputs

    def call(  # the program asks for no data
        self,
        args: mocks.MockCallArgs,  # noqa: ARG002
    ) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        """No data."""
        return {}, None


def _bare(config: dict[str, str]) -> None:
    def run() -> None:
        pulumi_settings.set_root_resource(None)  # pyright: ignore[reportArgumentType]
        pulumi.runtime.set_mocks(Echo(), project=PROJECT, stack=STACK, preview=True)
        pulumi_config.set_all_config(config)

        @pulumi.runtime.test
        def program() -> None:
            runpy.run_path(str(PROGRAM), run_name="__main__")

        program()

    asyncio.set_event_loop(asyncio.new_event_loop())
    contextvars.copy_context().run(run)
    asyncio.get_event_loop().close()


def measure() -> list[tuple[str, float, str, float, str]]:
    """Ratio of a recording of dev to the same program under mocks."""
    config = to_config(Path(PROGRAM).parent / f"Pulumi.{STACK}.yaml")
    plan = record(config, stack=STACK)
    ours, bare, ratio = in_turn(lambda: record(config, stack=STACK), lambda: _bare(config), RUNS)
    note = f"{len(plan)} resources: {ours * 1000:.0f} ms CPU, bare {bare * 1000:.0f} ms, {RUNS} pairs"
    return [("preview of dev / bare SDK", ratio, "x", 1.4, note)]
