"""Ports of this machine that nobody uses, for programs that must be told theirs before they start."""

from __future__ import annotations

import itertools
import os
import socket
import threading
from collections.abc import Iterator
from typing import Final

__all__ = ["free_port"]

FIRST: Final = 15_000
"""Below the ports that kernels take for outgoing connections (32768 and up on Linux): one of those could
be gone again before the program that was told it listens there."""
COUNT: Final = 15_000
STRIDE: Final = 40
"""How far apart two processes with neighbouring ids begin to look: more than one lab needs."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on. Never the same twice in one process.

    Two processes that look at the same time begin at different places.
    """
    with _LOCK:
        return next(port for port in _CANDIDATES if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: one just closed is free
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _candidates() -> Iterator[int]:
    start = os.getpid() * STRIDE
    yield from (FIRST + (start + step) % COUNT for step in range(COUNT))
    msg = f"none of the {COUNT} ports from {FIRST} on is free"
    raise OSError(msg)


_CANDIDATES: Final = itertools.chain(_candidates())
_LOCK: Final = threading.Lock()
