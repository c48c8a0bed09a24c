"""The proving ground: the real parts of the field on one machine, simulated clouds behind them.

A plan made in-process (`plan.record`) is our own word for what the program does. Here the real
Pulumi engine has the last word: the same program, the same policies, a real state, real diffs,
driven against simulated providers. And a real Kubernetes API server has it about what is inside a
cluster, with the real scheduler, controllers, KEDA, Argo Rollouts and Prometheus; only the machines
are simulated. What cannot be had on a machine is said with its reason (`Unavailable`); nothing here
is needed to preview or to test the house.

For people, behind ``tradectl lab``:

* `status`: which parts this machine has, where from, or why not;
* `build`: builds what is missing into a cache outside the tree (about half an hour from cold on two
  cores, nothing the second time);
* `lab.standing`: a cluster with everything in it that stands in the background until it is ended.

Layout: `toolchain/` (one small Go module a part, and how it is built); the engine: `engine.py` (one
stack under it), `language_host.py` and `run_program.py` (how it runs Python), `registered.py` and
`differences.py` (what it registered, held against a plan), `kubernetes_provider.py` (its objects, sent
to a real API server); the cluster: `daemon.py` (a program in the background), `cluster.py`,
`machines.py`, `kubernetes.py` (its client), `crds.py`, `controllers.py`, `prometheus.py`, and
`ground.py` with all of it.
"""

from __future__ import annotations

from lab.inventory import PartStatus, build, clean, status
from lab.toolchain import Unavailable

__all__ = ["PartStatus", "Unavailable", "build", "clean", "status"]
