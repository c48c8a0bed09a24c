"""One run of a program against the in-process monitor.

Apart from `plan.record`, because importing this imports the SDK, and `tradectl --help` must not wait for it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

import pulumi
from pulumi.runtime import Settings, set_all_config
from pulumi.runtime.settings import configure, set_root_resource
from pulumi.runtime.stack import run_in_stack

from plan import schema
from plan.monitor import Monitor
from plan.resource import Plan

__all__ = ["run"]

P = ParamSpec("P")
T = TypeVar("T")


def run(program: Callable[[], object], config: dict[str, str], monitor: Monitor, root: Path) -> Plan:
    """Run the program to its end, every registration drained, and give what it declared.

    Changes the SDK's context variables: call it in a context of its own.
    """
    configure(
        Settings(
            project=monitor.project,
            stack=monitor.stack,
            monitor=monitor,
            engine=monitor,
            dry_run=monitor.mode == "preview",
            organization="organization",
            root_directory=str(root),
        )
    )
    set_root_resource(None)  # pyright: ignore[reportArgumentType] - the SDK's own way to say: none yet
    set_all_config(config)
    arguments, sys.argv = sys.argv, [str(root)]
    try:
        _run_alone(run_in_stack(lambda: _discard(program())))
    except pulumi.RunError as error:
        raise error.__cause__ or error from None
    finally:
        sys.argv = arguments
    schema.refuse(monitor.mistakes)
    return monitor.plan()


def _discard(_: object) -> None:
    """A program's value is not awaited."""


class _Inline(ThreadPoolExecutor):
    """Does the work where it is asked for: the monitor never waits, and the order is the same every time."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        done = Future[T]()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the caller
            done.set_exception(error)
        return done


def _run_alone(work: Awaitable[None]) -> None:
    """Run on a loop of its own."""
    loop = asyncio.new_event_loop()
    loop.set_default_executor(_Inline(1))
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(work)
    finally:
        asyncio.set_event_loop(None)
        loop.close()
