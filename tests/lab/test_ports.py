"""Ports for programs that are told theirs before they start."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from lab import ports
from lab.ports import free_port

ROOT = Path(__file__).parent.parent.parent


def test_no_port_is_given_twice_and_each_can_be_had() -> None:
    found = [free_port() for _ in range(50)]
    assert len(set(found)) == 50
    for port in found:
        socket.create_server(("127.0.0.1", port)).close()


def test_a_port_that_somebody_listens_on_is_passed_over() -> None:
    next_one = free_port() + 1
    with socket.socket() as taken:
        try:
            taken.bind(("127.0.0.1", next_one))
        except OSError:
            return  # somebody else has it, and it will be passed over all the same
        taken.listen()
        assert free_port() != next_one


def test_none_is_one_that_a_connection_may_take_meanwhile() -> None:
    assert ports.FIRST + ports.COUNT <= 32_768


def test_two_processes_do_not_begin_at_the_same_place() -> None:
    script = "from lab.ports import free_port\nprint([free_port() for _ in range(12)])"
    found = [
        set(
            subprocess.run(
                [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
            )
            .stdout.strip("[]\n")
            .split(", ")
        )
        for _ in range(2)
    ]
    assert not found[0] & found[1]
