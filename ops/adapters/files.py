"""Write files that a command was told to write: whole or not at all, and never over something else."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

from ops.errors import UsageError

__all__ = ["Target", "is_deployment", "is_page", "is_plan"]

Recognise = Callable[[str], bool]
MODE: Final = 0o666
"""Before the umask, as for any new file."""


class Target:
    """A file to be written later, looked at now: a command must not work for a minute to fail then."""

    def __init__(self, path: Path, recognise: Recognise, kind: str) -> None:
        """Raises `UsageError` where ``path`` is something other than an earlier file of this ``kind``."""
        self.path = path.resolve()
        if not self.path.parent.is_dir():
            msg = f"{path}: there is no folder {self.path.parent}"
            raise UsageError(msg, fix=f"mkdir -p {self.path.parent}")
        if self.path.exists() and not (self.path.is_file() and self._holds(recognise)):
            msg = f"{path} is there already and is not {kind}: left alone, so that nothing of yours is lost"
            raise UsageError(msg, fix="name a new file, or remove that one first")

    def write(self, text: str) -> None:
        """Put the text in place in one step: a reader sees the old file or the new one."""
        try:
            handle, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
        except OSError as error:
            msg = f"{self.path} cannot be written: {error.strerror}"
            raise UsageError(msg, fix="name a file in a folder of yours") from None
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            temporary.chmod(MODE & ~_umask())
            temporary.replace(self.path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _holds(self, recognise: Recognise) -> bool:
        try:
            return recognise(self.path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            return False


def is_plan(text: str) -> bool:
    """Whether ``--save`` wrote it."""
    found = _object(text)
    return found.get("kind") == "Plan" and str(found.get("apiVersion", "")).startswith("tradectl/")


def is_deployment(text: str) -> bool:
    """Whether ``--export``, or the engine, wrote it."""
    found = _object(text)
    return "deployment" in found and "version" in found


def is_page(text: str) -> bool:
    """Whether ``--html`` wrote it."""
    return '<meta name="generator" content="tradectl">' in text


def _object(text: str) -> dict[str, Any]:
    try:
        found: object = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
