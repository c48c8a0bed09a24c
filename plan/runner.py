"""One run of a program against the in-process monitor.

Apart from `plan.record`, because importing this imports the SDK, and `tradectl --help` must not wait for it.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pulumi
from pulumi.runtime import Settings, set_all_config
from pulumi.runtime.settings import SETTINGS, configure, set_root_resource
from pulumi.runtime.stack import Stack, register_stack_transformation

from plan import schema
from plan.monitor import FEATURES, Monitor
from plan.resource import Plan

__all__ = ["run"]

P = ParamSpec("P")
T = TypeVar("T")


def run(program: Callable[[], object], config: dict[str, str], monitor: Monitor, root: Path) -> Plan:
    """Run the program to its end, every registration drained, and give what it declared.

    Changes the SDK's context variables: call it in a context of its own.
    """
    settings: Any = Settings(
        project=monitor.project,
        stack=monitor.stack,
        monitor=monitor,
        engine=monitor,
        dry_run=monitor.mode == "preview",
        organization="organization",
        root_directory=str(root),
    )
    settings.monitor_features = set(FEATURES)
    configure(settings)
    set_root_resource(None)  # pyright: ignore[reportArgumentType] - the SDK's own way to say: none yet
    set_all_config(config)
    arguments, sys.argv = sys.argv, [str(root)]
    try:
        with _no_collection():
            _run_alone(_in_stack(program, monitor))
    except pulumi.RunError as error:
        raise error.__cause__ or error from None
    finally:
        sys.argv = arguments
    schema.refuse(monitor.mistakes)
    return monitor.plan()


async def _in_stack(program: Callable[[], object], monitor: Monitor) -> None:
    """What the SDK's ``run_in_stack`` does, with a drain whose time grows with the resources.

    The SDK's own waits for one of all outstanding tasks at a time, which takes the square of their
    number: at two thousand resources that was most of a minute.
    """
    stack = Stack()
    register_stack_transformation(monitor.declare)
    try:
        program()
    finally:
        stack._finish()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - registers the outputs
        await _drain()


async def _drain() -> None:
    """Wait until nothing is outstanding; what was waited for may have begun something new."""
    context: Any = SETTINGS  # its attributes are context variables, which the type checker cannot follow
    manager = context.rpc_manager
    while manager.rpcs or context.outputs:
        outstanding = [*manager.rpcs, *context.outputs]
        manager.rpcs.clear()
        context.outputs.clear()
        done = await asyncio.gather(*outstanding, return_exceptions=True)
        if manager.unhandled_exception is not None:
            raise manager.unhandled_exception.with_traceback(manager.exception_traceback)
        for outcome in done:
            if isinstance(outcome, BaseException):
                raise outcome
        await asyncio.sleep(0)


@contextmanager
def _no_collection() -> Generator[None]:
    """Pause the garbage collector.

    All that a run makes lives to its end and would be looked through in vain, the longer the plan the
    more often: at two thousand resources a third of the time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


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
