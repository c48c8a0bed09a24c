"""Become another program that ends with the process that started it: ``python tied.py PARENT COMMAND …``.

The kernel is asked to kill this process when its parent is gone, however the parent ended; the wish
outlives the change into the other program. Doing it here, in a process of its own, needs no code
between fork and exec in a parent that has threads. A script, not a module: it imports nothing of
ours and is there in a blink. Where the kernel has no such wish (macOS), only `Daemon.stop` ends it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1
"""Of ``linux/prctl.h``."""
NOT_FOUND: Final = 127
"""A shell's exit code for a command that cannot be started."""


def main(arguments: list[str]) -> int:
    """Never returns when all is well."""
    parent, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the kernel heard the wish
        return NOT_FOUND
    try:
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started: {error.strerror}\n")
    return NOT_FOUND


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
