"""Run the program in this process, with no account, engine or network, and keep what it declares.

Each recording runs in a context of its own: the SDK keeps its state in context variables, so
nothing (transformations, configuration, the root resource) leaks from one recording to the next.
"""

from __future__ import annotations

import contextvars
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from config.base import NAMESPACE
from plan.resource import Mode, Plan

__all__ = ["PROGRAM", "PROJECT", "record", "record_program"]

PROGRAM: Final = Path(__file__).parent.parent / "__main__.py"
PROJECT: Final = NAMESPACE
"""The project's name in ``Pulumi.yaml``; its settings go by it too."""


def record(config: Mapping[str, str], *, stack: str, mode: Mode = "preview", program: Path = PROGRAM) -> Plan:
    """The plan that ``__main__.py`` declares under this configuration.

    ``config`` is in the engine's form (see `config.loader.to_config`): full keys, text values.
    Raises what the program raises, and `plan.schema.SchemaError` for inputs that the SDK's own
    types refuse.
    """
    return record_program(
        lambda: runpy.run_path(str(program), run_name="__main__"), config=config, stack=stack, mode=mode
    )


def record_program(
    program: Callable[[], object],
    *,
    config: Mapping[str, str] | None = None,
    stack: str = "dev",
    mode: Mode = "preview",
) -> Plan:
    """The plan that any callable declares: for one component in a test, say."""
    from plan.monitor import Monitor  # noqa: PLC0415 - the SDK loads only when a program is run
    from plan.runner import run  # noqa: PLC0415 - as above

    monitor = Monitor(PROJECT, stack, mode)
    return contextvars.copy_context().run(run, program, dict(config or {}), monitor, PROGRAM.parent)
