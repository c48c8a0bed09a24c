"""What each command does. A service loads when a command first names it, and with it what it needs.

So `ops.commands` can say ``services.preview.run(…)`` in one line, and ``tradectl --help`` imports no
SDK, no pydantic and no template engine.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.services import cases, charts, checks, lab, policies, preview, settings

__all__ = ["cases", "charts", "checks", "lab", "policies", "preview", "settings"]


def __getattr__(name: str) -> ModuleType:
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return import_module(f"{__name__}.{name}")
