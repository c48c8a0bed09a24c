"""The pod inside whatever runs it: containers of all three kinds, and what holds for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from policies.families import WORKLOADS
from policies.node import Node
from policies.truth import Truth

__all__ = ["CONTAINERS", "MAIN", "Container", "Pod", "container_reads", "pod_reads", "see_pod"]

MAIN: Final = "containers"
CONTAINERS: Final = (MAIN, "initContainers", "ephemeralContainers")


class Container(NamedTuple):
    """One container of a pod."""

    node: Node
    kind: str
    """The list it stands in: see `CONTAINERS`."""

    @property
    def name(self) -> str:
        """Its name, for messages."""
        return self.node.key("name").shown

    def security(self, path: str) -> Node:
        """A place in its ``securityContext``."""
        return self.node.key("securityContext").at(path)


class Pod:
    """A pod's ``metadata`` and ``spec``, wherever the workload keeps them."""

    def __init__(self, root: Node, token: str) -> None:
        template = WORKLOADS[token]
        self.root = root.at(template) if template else root
        self.spec = self.root.key("spec")
        self.containers = [
            Container(node, kind) for kind in CONTAINERS for node in self.spec.key(kind).items()
        ]
        self.is_linux: Truth = ~self.spec.at("os.name").equals("windows")

    @property
    def main(self) -> list[Container]:
        """The containers that run for the pod's life."""
        return [container for container in self.containers if container.kind == MAIN]

    def security(self, path: str) -> Node:
        """A place in the pod's own ``securityContext``."""
        return self.spec.key("securityContext").at(path)

    def everywhere(self, path: str) -> Iterator[tuple[str, Node]]:
        """A place in the ``securityContext`` of the pod and of each container, with a name for messages."""
        yield "the pod", self.security(path)
        for container in self.containers:
            yield f"container {container.name}", container.security(path)


def see_pod(root: Node, token: str) -> Pod:
    """The pod of a workload; pass it to `Subject.view`, so that it is taken apart once for all policies."""
    return Pod(root, token)


def pod_reads(*paths: str) -> dict[str, tuple[str, ...]]:
    """These places of a pod (from its ``metadata`` or ``spec``) in every kind of workload."""
    return {
        token: tuple(f"{template}.{path}" if template else path for path in paths)
        for token, template in WORKLOADS.items()
    }


def container_reads(*paths: str, kinds: tuple[str, ...] = CONTAINERS) -> tuple[str, ...]:
    """These places of every container of a pod."""
    return tuple(f"spec.{kind}[*].{path}" for kind in kinds for path in paths)
