"""How a process of ours becomes a plugin of the engine: print a port, serve, end with the engine.

The engine starts a plugin, reads one line with a port from its standard output, and talks gRPC to
it. It puts each plugin into a process group of its own, so a killed engine would leave its plugins
behind; here a plugin ends by itself when its parent is gone.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent import futures
from types import FrameType
from typing import Final

import grpc

__all__ = ["LARGEST_MESSAGE", "serve"]

LARGEST_MESSAGE: Final = 400 << 20
"""Bytes of one message; the engine's own limit."""
LOOK_FOR_PARENT_EVERY: Final = 1.0
"""Seconds."""


def serve(
    add: Callable[[grpc.Server], None], *, workers: int, at_end: Callable[[], None] = lambda: None
) -> None:
    """Serve what ``add`` registers, until the engine says so (a signal) or is gone.

    ``workers``: calls that are answered at a time.
    ``at_end`` runs once before the process ends; the process ends at once after it, whatever is
    still running: an engine that ends has given up on the answers.
    """
    parent = os.getppid()
    server = grpc.server(
        futures.ThreadPoolExecutor(workers),
        options=[
            ("grpc.max_receive_message_length", LARGEST_MESSAGE),
            ("grpc.max_send_message_length", LARGEST_MESSAGE),
        ],
    )
    add(server)
    port = server.add_insecure_port("127.0.0.1:0")
    over = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        over.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, end)
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while not over.wait(LOOK_FOR_PARENT_EVERY):
        if os.getppid() != parent:
            break
    at_end()
    os._exit(0)
