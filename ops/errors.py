"""What a command ends with: one table of exit codes, one base for what is the user's to mend.

The table is Pulumi's published one ("contract for automation and agent integrations"), taken
verbatim so that a pipeline reads both programs alike.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode", "UsageError"]


class ExitCode(IntEnum):
    """How a command ended."""

    OK = 0
    GENERIC = 1
    CONFIGURATION = 2
    """The settings, a file or the command line are wrong."""
    AUTHENTICATION = 3
    RESOURCE = 4
    POLICY = 5
    """A mandatory policy found something."""
    STACK_NOT_FOUND = 6
    NO_CHANGES = 7
    """Nothing to do, where ``--expect-changes`` said that there would be."""
    CANCELLED = 8
    TIMEOUT = 9
    INTERNAL = 255
    """A mistake in this program."""


class UsageError(Exception):
    """Something that the user can mend. Shown as its message, without a traceback."""

    def __init__(self, message: str, *, fix: str = "", code: ExitCode = ExitCode.CONFIGURATION) -> None:
        super().__init__(message)
        self.fix = fix
        """A command or a line of YAML; may be empty when the message says it."""
        self.code = code

    def __str__(self) -> str:
        return f"{self.args[0]}\n  fix  {self.fix}" if self.fix else str(self.args[0])
