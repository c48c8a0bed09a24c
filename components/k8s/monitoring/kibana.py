"""Kibana, made by ECK: where people search the logs.

No route leads to it. Who may forward a port of the ``logging`` namespace reaches it, and logs in as the user
whose password ECK keeps in the secret ``logs-es-elastic-user``; both are rights of the cluster and leave a
trace in its audit log. It asks Elasticsearch and nobody else: what it would fetch from Elastic is off.

Settings and reasons: Elastic, *Elastic Cloud on Kubernetes* 3.5, *Kibana configuration*; *Air-gapped
install*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking import v1 as networking
from pulumi_kubernetes.policy import v1 as policy

from components.base import Part
from components.k8s.labels import Labels
from components.k8s.monitoring.elasticsearch import HTTP_PORT, STACK_VERSION
from components.k8s.monitoring.elk_pod import container_security, pod_security
from components.k8s.objects import custom

__all__ = ["Kibana", "KibanaArgs"]

NAME: Final = "logs"
APPLICATION: Final = "kibana"
USER: Final = 1000

CONFIG: Final[dict[str, Any]] = {
    "telemetry.optIn": False,
    "telemetry.allowChangingOptInStatus": False,
    "newsfeed.enabled": False,
    "map.includeElasticMapsService": False,
    "xpack.fleet.isAirGapped": True,
    "xpack.security.session.idleTimeout": "1h",
    "xpack.security.session.lifespan": "12h",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KibanaArgs:
    """Whose logs it shows, and how much of it there is."""

    namespace: pulumi.Input[str]
    labels: Labels
    replicas: int
    elasticsearch: pulumi.Input[str]
    """Name of the Elasticsearch object."""
    cpu: str
    memory: str
    """ECK's own default is 2Gi: with less, Kibana 9 does not come up."""
    after: Sequence[pulumi.Resource] = ()


class Kibana(Part):
    """The servers, their disruption budget and network policy."""

    service_name: pulumi.Output[str]
    """For ``kubectl port-forward``; speaks HTTPS on 5601."""

    def __init__(self, name: str, args: KibanaArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        labels = args.labels.of(APPLICATION, "logging")
        selector = LabelSelectorArgs(match_labels=args.labels.selector(APPLICATION))
        custom(
            self.named("server"),
            "kibana.k8s.elastic.co/v1/Kibana",
            ObjectMetaArgs(name=NAME, namespace=args.namespace, labels=labels),
            {
                "version": STACK_VERSION,
                "count": args.replicas,
                "elasticsearchRef": {"name": args.elasticsearch},
                "config": CONFIG,
                "podTemplate": {"metadata": {"labels": labels}, "spec": self._pod()},
            },
            ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        inside = ObjectMetaArgs(name=APPLICATION, namespace=args.namespace, labels=labels)
        policy.PodDisruptionBudget(
            self.named("disruption-budget"),
            metadata=inside,
            spec=policy.PodDisruptionBudgetSpecArgs(
                max_unavailable=1, selector=selector, unhealthy_pod_eviction_policy="AlwaysAllow"
            ),
            opts=ResourceOptions(parent=self),
        )
        networking.NetworkPolicy(
            self.named("network-policy"),
            metadata=inside,
            spec=networking.NetworkPolicySpecArgs(
                pod_selector=selector,
                # Nothing comes in: a forwarded port does not come by the network.
                policy_types=["Ingress", "Egress"],
                egress=[
                    networking.NetworkPolicyEgressRuleArgs(
                        to=[
                            networking.NetworkPolicyPeerArgs(
                                pod_selector=LabelSelectorArgs(
                                    match_labels=args.labels.selector("elasticsearch")
                                )
                            )
                        ],
                        ports=[networking.NetworkPolicyPortArgs(protocol="TCP", port=HTTP_PORT)],
                    )
                ],
            ),
            opts=ResourceOptions(parent=self),
        )
        self.service_name = pulumi.Output.from_input(f"{NAME}-kb-http")
        self.finish()

    def _pod(self) -> dict[str, Any]:
        args = self._args
        return {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": pod_security(group=USER),
            "topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": "topology.kubernetes.io/zone",
                    "whenUnsatisfiable": "ScheduleAnyway",
                    "labelSelector": {"matchLabels": args.labels.selector(APPLICATION)},
                }
            ],
            "containers": [
                {
                    "name": "kibana",
                    "securityContext": container_security(user=USER),
                    "resources": {
                        "requests": {"cpu": args.cpu, "memory": args.memory},
                        "limits": {"memory": args.memory},
                    },
                }
            ],
        }
