"""Elasticsearch, made by ECK: where logs are searched. A second copy, not the record.

What must last (the clouds' audit trails, our services' own events) is in the cloud's locked bucket, and a log
that is lost can be had from there for as long as the law asks. So there is no snapshot repository here: a
copy of a copy would cost a bucket, a key and a right to write, and answer nothing.

Six servers and more are two tiers: fast ones for what is written and searched, slow ones for the rest.
Three of the fast ones can lose one and still agree on who leads. A shard's copy is in another zone. ECK makes
the certificates, the users and their passwords, and a disruption budget that lets one server go while the
cluster is green, and an only one at any time. No memory map is used: that asks for a setting of the machine.

Only Filebeat, Kibana and ECK reach it, by TLS; it reaches nobody but itself.

Settings and reasons: Elastic, *Elastic Cloud on Kubernetes* 3.5: *Node configuration*, *Virtual memory*,
*Volume claim templates*, *Advanced Elasticsearch node scheduling*; *Data tiers*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking import v1 as networking

from components.base import Part
from components.k8s.labels import Labels
from components.k8s.monitoring.elk_pod import container_security, pod_security
from components.k8s.objects import custom
from components.k8s.places import ELASTIC

__all__ = ["HTTP_PORT", "NAME", "STACK_VERSION", "Elasticsearch", "ElasticsearchArgs", "copies", "tiers"]

STACK_VERSION: Final = "9.4.3"
"""Of Elasticsearch, Kibana and Filebeat together. The one that ECK 3.5.0 was released and tested with; ECK
takes the images of this very version from Elastic's registry."""

NAME: Final = "logs"
APPLICATION: Final = "elasticsearch"
CLIENTS: Final = ("kibana", "filebeat", "filebeat-audit")
"""Applications in the same namespace that may ask it."""
HTTP_PORT: Final = 9200
TRANSPORT_PORT: Final = 9300
USER: Final = 1000
"""Of Elastic's images."""
TWO_TIERS: Final = 6
"""Servers. Fewer cannot lose one of each kind."""
ZONE: Final = "topology.kubernetes.io/zone"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElasticsearchArgs:
    """How large it is, and where its disks come from."""

    namespace: pulumi.Input[str]
    labels: Labels
    nodes: int
    disk_gib: int
    """Of each server."""
    storage_class: pulumi.Input[str]
    cpu: str
    """Kubernetes quantity, for example ``500m``: what each server asks for. It may use more."""
    memory: str
    """Half of it becomes Java's heap; the rest holds files that are read."""
    after: Sequence[pulumi.Resource] = ()
    """What brings the kinds of object that are used here."""


class Elasticsearch(Part):
    """The servers and their network policy."""

    cluster_name: pulumi.Output[str]
    """What Kibana and Filebeat refer to."""

    def __init__(self, name: str, args: ElasticsearchArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        hot, warm = tiers(args.nodes)
        node_sets = [self._node_set("hot" if warm else "all", hot, _ROLES["hot" if warm else "all"])]
        if warm:
            node_sets.append(self._node_set("warm", warm, _ROLES["warm"]))
        custom(
            self.named("cluster"),
            "elasticsearch.k8s.elastic.co/v1/Elasticsearch",
            self._metadata(),
            {
                "version": STACK_VERSION,
                "nodeSets": node_sets,
                # Deleted by mistake, it comes back with what it held.
                "volumeClaimDeletePolicy": "DeleteOnScaledownOnly",
            },
            ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.cluster_name = pulumi.Output.from_input(NAME)
        self._network_policy()
        self.finish()

    def _metadata(self) -> ObjectMetaArgs:
        args = self._args
        return ObjectMetaArgs(
            name=NAME, namespace=args.namespace, labels=args.labels.of(APPLICATION, "logging")
        )

    def _node_set(self, name: str, count: int, roles: Sequence[str]) -> dict[str, Any]:
        args = self._args
        node_set: dict[str, Any] = {
            "name": name,
            "count": count,
            "config": {
                "node.roles": list(roles),
                "node.store.allow_mmap": False,
                "ingest.geoip.downloader.enabled": False,  # it could not reach the list anyway
            },
            "podTemplate": {
                "metadata": {"labels": args.labels.of(APPLICATION, "logging")},
                "spec": {
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "securityContext": pod_security(group=USER),
                    "containers": [
                        {
                            "name": "elasticsearch",
                            "securityContext": container_security(user=USER),
                            "resources": {
                                "requests": {"cpu": args.cpu, "memory": args.memory},
                                "limits": {"memory": args.memory},
                            },
                        }
                    ],
                },
            },
            "volumeClaimTemplates": [
                {
                    "metadata": {"name": "elasticsearch-data"},
                    "spec": {
                        "accessModes": ["ReadWriteOnce"],
                        "storageClassName": args.storage_class,
                        "resources": {"requests": {"storage": f"{args.disk_gib}Gi"}},
                    },
                }
            ],
        }
        if args.nodes > 1:
            # ECK spreads the servers, waits for the zone's name and keeps copies apart by it.
            node_set["zoneAwareness"] = {"topologyKey": ZONE}
        return node_set

    def _network_policy(self) -> None:
        args = self._args
        itself = _peer(args.labels, APPLICATION)
        http = networking.NetworkPolicyPortArgs(protocol="TCP", port=HTTP_PORT)
        transport = networking.NetworkPolicyPortArgs(protocol="TCP", port=TRANSPORT_PORT)
        operator = networking.NetworkPolicyPeerArgs(
            namespace_selector=LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": ELASTIC})
        )
        networking.NetworkPolicy(
            self.named("network-policy"),
            metadata=ObjectMetaArgs(
                name=APPLICATION, namespace=args.namespace, labels=args.labels.of(APPLICATION, "logging")
            ),
            spec=networking.NetworkPolicySpecArgs(
                pod_selector=LabelSelectorArgs(match_labels=args.labels.selector(APPLICATION)),
                policy_types=["Ingress", "Egress"],
                ingress=[
                    networking.NetworkPolicyIngressRuleArgs(
                        from_=[*(_peer(args.labels, client) for client in CLIENTS), operator, itself],
                        ports=[http],
                    ),
                    networking.NetworkPolicyIngressRuleArgs(from_=[itself], ports=[transport]),
                ],
                egress=[networking.NetworkPolicyEgressRuleArgs(to=[itself], ports=[http, transport])],
            ),
            opts=ResourceOptions(parent=self),
        )


def tiers(nodes: int) -> tuple[int, int]:
    """How many servers are fast and how many are cheap; none is cheap where there are too few for both."""
    if nodes < TWO_TIERS:
        return nodes, 0
    return nodes - nodes // 2, nodes // 2


def copies(nodes: int) -> int:
    """Of each shard beside the first: one, where there is another machine for it."""
    return min(1, nodes - 1)


_ROLES: Final = {
    "all": ("master", "data", "ingest", "transform"),
    "hot": ("master", "data_hot", "data_content", "ingest", "transform"),
    "warm": ("data_warm",),
}


def _peer(labels: Labels, application: str) -> networking.NetworkPolicyPeerArgs:
    return networking.NetworkPolicyPeerArgs(
        pod_selector=LabelSelectorArgs(match_labels=labels.selector(application))
    )
