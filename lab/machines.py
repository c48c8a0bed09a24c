"""Simulated machines: nodes that kwok keeps ready, as the clouds' node pools would make them.

They carry what the scheduler and the platform look at (zone, kind of capacity, taint, size); pods on
them start, become ready and end (``stages.yaml``), and run nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab.kubernetes import Json, Kubernetes, eventually

__all__ = ["SIMULATED", "STAGES", "ZONES", "Machines", "add_machines", "is_ready", "remove_machine"]

SIMULATED: Final = ("kwok.x-k8s.io/node", "fake")
"""Annotation by which kwok knows the machines that are its own; a real one would not have it."""
STAGES: Final = Path(__file__).with_name("stages.yaml")
REGION: Final = "simulated-1"
ZONES: Final = ("simulated-1a", "simulated-1b", "simulated-1c")
CAPACITY_LABEL: Final = "trading-platform/capacity"
"""As in the clouds' rooms (`components.aws.node_pool`, which the lab may not import)."""
NETWORK: Final = "10.127"
READY_WITHIN: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """A pool: so many machines of one kind in each zone."""

    name: str = "on-demand"
    """Begins the machines' names: ``on-demand-a-1``."""
    each: int = 1
    """Machines in a zone."""
    zones: Sequence[str] = ZONES
    spot: bool = False
    """May be taken back at any time: labelled so, and tainted so that only what tolerates it comes."""
    cpu: str = "8"
    memory: str = "32Gi"
    pods: int = 58
    """As many as EKS gives a machine of this size its addresses for."""
    instance_type: str = "simulated.2xlarge"
    architecture: str = "amd64"


def add_machines(client: Kubernetes, machines: Machines, *, wait: float = READY_WITHIN) -> list[str]:
    """Make them and wait until all are ready; their names. Those that are there already stay.

    Raises `TimeoutError` after ``wait`` seconds.
    """
    there = {node["metadata"]["name"] for node in client.list("v1/Node")}
    wanted = [
        (f"{machines.name}-{zone[-1]}-{number}", zone)
        for zone in machines.zones
        for number in range(1, machines.each + 1)
    ]
    for number, (name, zone) in enumerate(wanted, start=len(there)):
        if name not in there:
            client.create(_node(machines, name, zone, f"{NETWORK}.{number // 250}.{number % 250 + 1}"))
    names = {name for name, _ in wanted}

    def all_ready() -> bool:
        return names <= {node["metadata"]["name"] for node in client.list("v1/Node") if is_ready(node)}

    eventually(all_ready, f"{len(names)} simulated machines are ready", within=wait)
    return sorted(names)


def remove_machine(client: Kubernetes, name: str) -> None:
    """Take a machine away, as a cloud takes a spot machine back: what ran on it is lost."""
    client.delete("v1/Node", name)
    for pod in client.list("v1/Pod", fields=f"spec.nodeName={name}"):
        metadata = pod["metadata"]
        client.delete("v1/Pod", metadata["name"], namespace=metadata["namespace"], grace=0)


def is_ready(thing: Json) -> bool:
    """Whether a node or a pod has the condition Ready, and is usable: not tainted, not on its way out."""
    conditions = thing.get("status", {}).get("conditions", [])
    taints = thing.get("spec", {}).get("taints", [])
    return (
        any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
        and not any(taint["key"].startswith("node.kubernetes.io/not-ready") for taint in taints)
        and "deletionTimestamp" not in thing["metadata"]
    )


def _node(machines: Machines, name: str, zone: str, address: str) -> Json:
    capacity = "spot" if machines.spot else "on-demand"
    size = {"cpu": machines.cpu, "memory": machines.memory, "pods": str(machines.pods)}
    taints = [{"key": CAPACITY_LABEL, "value": capacity, "effect": "NoSchedule"}] if machines.spot else []
    key, value = SIMULATED
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {key: value},
            "labels": {
                "kubernetes.io/arch": machines.architecture,
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": machines.instance_type,
                "topology.kubernetes.io/region": REGION,
                "topology.kubernetes.io/zone": zone,
                CAPACITY_LABEL: capacity,
            },
        },
        "spec": {"taints": taints},
        "status": {
            "capacity": size,
            "allocatable": size,
            "addresses": [
                {"type": "InternalIP", "address": address},
                {"type": "Hostname", "address": name},
            ],
            "nodeInfo": {
                "architecture": machines.architecture,
                "operatingSystem": "linux",
                "kubeletVersion": "simulated",
                "containerRuntimeVersion": "simulated",
                "kernelVersion": "simulated",
                "osImage": "simulated",
                "kubeProxyVersion": "",
                "bootID": "",
                "machineID": name,
                "systemUUID": name,
            },
        },
    }
