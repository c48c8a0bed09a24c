"""A namespace that is closed until something is let in.

Pod Security is enforced (``restricted``, unless a machine's own files must be read there), a quota bounds
what it takes, limits give every container a bound, and a network policy denies all traffic both ways but DNS.
What is needed beyond that is opened by who needs it (`components.k8s.services`, `…network_policy`).

Operators' namespaces have no quota: an operator that cannot start because it has grown helps nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pulumi import Output, ResourceOptions
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, LabelSelectorRequirementArgs, ObjectMetaArgs
from pulumi_kubernetes.networking import v1 as networking

from components.base import Part
from components.k8s.labels import Labels

__all__ = ["Namespace", "NamespaceArgs", "PodSecurity", "Quota"]

PodSecurity = Literal["restricted", "baseline", "privileged"]


@dataclass(frozen=True, slots=True)
class Quota:
    """The most that a namespace may ask for."""

    cpu: float
    """Cores requested, all pods together."""
    memory_bytes: int
    """Memory requested, all pods together."""
    pods: int
    node_ports: int = 0
    """Ports on every machine. Each is a way in from the network; only the gateway may need one."""

    def as_hard(self) -> dict[str, str]:
        """As a ResourceQuota says it: CPU in thousandths, memory in bytes."""
        return {
            "requests.cpu": f"{round(self.cpu * 1000)}m",
            "requests.memory": str(self.memory_bytes),
            "limits.memory": str(self.memory_bytes),
            "pods": str(self.pods),
            "services.nodeports": str(self.node_ports),
            "services.loadbalancers": "0",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceArgs:
    """What the namespace is called and what it may take."""

    namespace: str
    labels: Labels
    quota: Quota | None
    """None: no bound, and no bounds for its containers either."""
    pod_security: PodSecurity = "restricted"
    marks: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the namespace alone, by which webhooks and the mesh know what to do in it."""


class Namespace(Part):
    """Namespace, Pod Security labels, quota, limits and default-deny."""

    namespace: Output[str]

    def __init__(self, name: str, args: NamespaceArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        labels = args.labels.of(args.namespace, "namespace")
        namespace = core.Namespace(
            self.named("namespace"),
            metadata=ObjectMetaArgs(
                name=args.namespace,
                labels={
                    **args.marks,
                    **labels,
                    **{
                        f"pod-security.kubernetes.io/{mode}": args.pod_security
                        for mode in ("enforce", "audit", "warn")
                    },
                },
            ),
            opts=ResourceOptions(parent=self),
        )
        self.namespace = namespace.metadata.apply(lambda metadata: metadata.name or args.namespace)
        inside = ObjectMetaArgs(namespace=self.namespace, labels=labels)
        if args.quota is not None:
            self._bounds(inside, args.quota)
        self._network_policies(inside)
        self.finish()

    def _bounds(self, inside: ObjectMetaArgs, quota: Quota) -> None:
        core.ResourceQuota(
            self.named("quota"),
            metadata=_called("quota", inside),
            spec=core.ResourceQuotaSpecArgs(hard=quota.as_hard()),
            opts=ResourceOptions(parent=self),
        )
        core.LimitRange(
            self.named("limits"),
            metadata=_called("limits", inside),
            spec=core.LimitRangeSpecArgs(
                limits=[
                    core.LimitRangeItemArgs(
                        type="Container",
                        default={"memory": "256Mi"},
                        default_request={"cpu": "50m", "memory": "64Mi"},
                    )
                ]
            ),
            opts=ResourceOptions(parent=self),
        )

    def _network_policies(self, inside: ObjectMetaArgs) -> None:
        networking.NetworkPolicy(
            self.named("default-deny"),
            metadata=_called("default-deny", inside),
            spec=networking.NetworkPolicySpecArgs(
                pod_selector=LabelSelectorArgs(),
                policy_types=["Ingress", "Egress"],
            ),
            opts=ResourceOptions(parent=self),
        )
        self._allow_dns(inside)

    def _allow_dns(self, inside: ObjectMetaArgs) -> None:
        networking.NetworkPolicy(
            self.named("allow-dns"),
            metadata=_called("allow-dns", inside),
            spec=networking.NetworkPolicySpecArgs(
                pod_selector=LabelSelectorArgs(),
                policy_types=["Egress"],
                egress=[
                    networking.NetworkPolicyEgressRuleArgs(
                        to=[
                            networking.NetworkPolicyPeerArgs(
                                namespace_selector=LabelSelectorArgs(
                                    match_labels={"kubernetes.io/metadata.name": "kube-system"}
                                ),
                                # who answers on the machine itself is another pod, where there is one
                                pod_selector=LabelSelectorArgs(
                                    match_expressions=[
                                        LabelSelectorRequirementArgs(
                                            key="k8s-app",
                                            operator="In",
                                            values=["kube-dns", "node-local-dns"],
                                        )
                                    ]
                                ),
                            )
                        ],
                        ports=[
                            networking.NetworkPolicyPortArgs(protocol=protocol, port=53)
                            for protocol in ("UDP", "TCP")
                        ],
                    )
                ],
            ),
            opts=ResourceOptions(parent=self),
        )


def _called(name: str, metadata: ObjectMetaArgs) -> ObjectMetaArgs:
    return ObjectMetaArgs(name=name, namespace=metadata.namespace, labels=metadata.labels)
