"""The proving ground: the real parts of the field on one machine, simulated clouds behind them.

A plan made in-process (`plan.record`) is our own word for what the program does. Here the real
Pulumi engine has the last word: the same program, the same policies, a real state, real diffs,
driven against simulated providers. What cannot be had on a machine is said with its reason
(`Unavailable`); nothing here is needed to preview or to test the house.

Two calls are for people, behind ``tradectl lab``:

* `status`: which parts this machine has, where from, or why not;
* `build`: builds what is missing into a cache outside the tree (about six minutes from cold on two
  cores, nothing the second time).

Layout: `toolchain/` (one small Go module a part, and how it is built), `engine.py` (one stack under
the real engine), `language_host.py` and `run_program.py` (how that engine runs Python),
`registered.py` and `differences.py` (what the engine registered, held against a plan).
"""

from __future__ import annotations

from lab.inventory import PartStatus, build, clean, status
from lab.toolchain import Unavailable

__all__ = ["PartStatus", "Unavailable", "build", "clean", "status"]
