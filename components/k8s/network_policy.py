"""Openings in a closed namespace: which pods, to or from whom, on which ports. Everything else stays shut.

Services open their own ways (`components.k8s.services`); here are those between namespaces and to what is
no pod.

**Probes** need none: what comes from the pod's own machine is always let in. With the mesh they come from
a link-local address instead, and do need one (`mesh`).

**The API server** has no label to name it by, so it is named by addresses, and by two kinds of them: the
Service's own, because some networks (Amazon's) look at a packet before it is translated, and those of the
control plane, because others (Cilium, which is Google's) look after. Either alone works on one cloud.

**Machines** cannot be named at all where Cilium decides: there an address block never means a machine of
the cluster (cilium#20550). What another machine has passed on, as it does for a port that all machines
have, is let in only by a rule that names nobody; see `components.k8s.gateway`.

A namespace is always named, and never by an empty selector: Amazon's agent drops what an empty one
together with a pod selector should let in (aws-network-policy-agent#572).

Sources: Kubernetes, *Network Policies* (behaviour of ``to`` and ``from`` selectors; the pod's own
machine); Istio, *Ambient and Kubernetes NetworkPolicy*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking import v1 as networking

from components.base import Part
from components.k8s.labels import Labels

__all__ = [
    "MESH_PORT",
    "Block",
    "NetworkPolicies",
    "NetworkPoliciesArgs",
    "Peer",
    "Way",
    "kubernetes_api",
    "mesh",
    "webhook",
]

MESH_PORT: Final = 15008
"""Where the mesh speaks in the name of every port."""
MESH_PROBES: Final = "169.254.7.127/32"
"""As whom the mesh lets a machine's probes through."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Pods of a namespace: all of them, or those with some labels."""

    namespace: pulumi.Input[str]
    pods: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Block:
    """Addresses outside the cluster."""

    cidr: pulumi.Input[str]
    but: Sequence[str] = ()
    """Parts of the block that stay closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One opening. TCP."""

    name: str
    """Of the policy: what it is for."""
    direction: Literal["in", "out"]
    peers: Sequence[Peer | Block]
    """Nobody named is anybody."""
    ports: Sequence[int | str]
    pods: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the namespace's own pods that it is for; none: all."""

    def __post_init__(self) -> None:
        """Refuse a way on every port: it is always a mistake here."""
        if not self.ports:
            msg = f"the opening {self.name} names no port, which would open all: expected at least one"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPoliciesArgs:
    """The openings of one namespace."""

    namespace: pulumi.Input[str]
    labels: Labels
    ways: Sequence[Way]


class NetworkPolicies(Part):
    """A NetworkPolicy for each opening."""

    def __init__(self, name: str, args: NetworkPoliciesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for way in args.ways:
            networking.NetworkPolicy(
                self.named(way.name),
                metadata=ObjectMetaArgs(
                    name=way.name, namespace=args.namespace, labels=args.labels.of(way.name, "opening")
                ),
                spec=_spec(way),
                opts=ResourceOptions(parent=self),
            )
        self.finish()


def kubernetes_api(
    pods: Mapping[str, str], *, service_cidr: str, control_plane: Sequence[pulumi.Input[str]]
) -> Way:
    """To the API server, for who has a token. The first address of ``service_cidr`` is its Service's."""
    network, _, _ = service_cidr.partition("/")
    first = f"{network.rpartition('.')[0]}.1"
    return Way(
        name="kubernetes-api",
        direction="out",
        pods=pods,
        peers=[Block(f"{first}/32"), *map(Block, control_plane)],
        ports=[443],
    )


def mesh(namespaces: Sequence[pulumi.Input[str]], *, probed: Sequence[int | str]) -> list[Way]:
    """Between the pods of the mesh, and from a machine to the ports that it probes.

    The mesh carries every port in one, so this opens whole namespaces to each other: which service may call
    which is `components.k8s.mesh`'s to say.
    """
    peers = [Peer(namespace) for namespace in namespaces]
    return [
        Way(name="mesh-in", direction="in", peers=peers, ports=[MESH_PORT]),
        Way(name="mesh-out", direction="out", peers=peers, ports=[MESH_PORT]),
        Way(name="mesh-probes", direction="in", peers=[Block(MESH_PROBES)], ports=probed),
    ]


def webhook(pods: Mapping[str, str], port: int) -> Way:
    """From the API server, which calls an operator before it stores an object.

    It comes from addresses that differ from cloud to cloud, so anybody may come; who is no API server learns
    nothing there.
    """
    return Way(name="webhook", direction="in", pods=pods, peers=[], ports=[port])


def _spec(way: Way) -> networking.NetworkPolicySpecArgs:
    peers = [_peer(peer) for peer in way.peers] or None
    ports = [networking.NetworkPolicyPortArgs(protocol="TCP", port=port) for port in way.ports]
    selector = LabelSelectorArgs(match_labels=way.pods) if way.pods else LabelSelectorArgs()
    if way.direction == "in":
        rule = networking.NetworkPolicyIngressRuleArgs(from_=peers, ports=ports)
        return networking.NetworkPolicySpecArgs(
            pod_selector=selector, policy_types=["Ingress"], ingress=[rule]
        )
    return networking.NetworkPolicySpecArgs(
        pod_selector=selector,
        policy_types=["Egress"],
        egress=[networking.NetworkPolicyEgressRuleArgs(to=peers, ports=ports)],
    )


def _peer(peer: Peer | Block) -> networking.NetworkPolicyPeerArgs:
    if isinstance(peer, Block):
        return networking.NetworkPolicyPeerArgs(
            ip_block=networking.IPBlockArgs(cidr=peer.cidr, except_=list(peer.but) or None)
        )
    return networking.NetworkPolicyPeerArgs(
        namespace_selector=LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": peer.namespace}),
        pod_selector=LabelSelectorArgs(match_labels=peer.pods) if peer.pods else None,
    )
