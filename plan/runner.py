"""One run of a program against the in-process monitor.

Apart from `plan.record`, because importing this imports the SDK, and `tradectl --help` must not wait for it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pulumi
from pulumi.runtime import Settings, set_all_config
from pulumi.runtime.settings import configure, set_root_resource
from pulumi.runtime.stack import run_in_stack

from plan import schema
from plan.monitor import Monitor
from plan.resource import Plan

__all__ = ["run"]


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


def _run_alone(work: Awaitable[None]) -> None:
    """Run on a loop of its own whose one worker keeps registrations in order."""
    loop = asyncio.new_event_loop()
    with ThreadPoolExecutor(1) as worker:
        loop.set_default_executor(worker)
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(work)
        finally:
            asyncio.set_event_loop(None)
            loop.close()
