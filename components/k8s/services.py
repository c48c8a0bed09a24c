"""One workload: what runs its pods, its Service, its ServiceAccount, its disruption budget and its openings.

What runs them follows from what the workload does (`Kind`): who answers customers is rolled out by weight
(Argo Rollouts), who acts alone is a StatefulSet, so that there are never two of one name, and the rest are
Deployments. Rollouts is for what has traffic to judge by; a queue's worker has none.

Where KEDA decides the number of pods it is not said here, not even once: a number that is said and later
taken away means one (argo-rollouts#3689), and one that stays fights with the autoscaler.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking import v1 as networking
from pulumi_kubernetes.policy import v1 as policy

from components.base import Part
from components.k8s.delivery import Delivery, analysis_template, rollout_strategy
from components.k8s.labels import Labels
from components.k8s.objects import custom
from components.k8s.places import CANARY_SUFFIX, GATEWAY, MONITORING
from components.k8s.pod import HTTP, PodArgs, pod_template
from components.k8s.priorities import IMPORTANT, URGENT

__all__ = ["Kind", "Opening", "Service", "ServiceArgs"]

Kind = Literal["web", "worker", "singleton", "observer"]

GRACE_SECONDS: Final[Mapping[Kind, int]] = {"web": 45, "worker": 120, "singleton": 60, "observer": 30}
"""From the order to end until the pod is killed. An order in flight is answered within 30 s, a task within
100; the drain of 10 s comes first."""
ROLLOUT: Final = "argoproj.io/v1alpha1/Rollout"
ANALYSIS: Final = "argoproj.io/v1alpha1/AnalysisTemplate"


@dataclass(frozen=True, slots=True)
class Opening:
    """A way out of the pod that the namespace's default-deny would close."""

    cidr: str
    port: int
    but: Sequence[str] = ()
    """Parts of the range that stay closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceArgs:
    """What runs, how much of it, and whom it may talk to."""

    service: str
    kind: Kind
    namespace: pulumi.Input[str]
    labels: Labels
    image: str
    port: int
    replicas: int | None
    """None: an autoscaler decides."""
    cpu: str
    """Kubernetes quantity, for example ``250m``."""
    memory: str
    config_map_name: pulumi.Input[str]
    variables: Mapping[str, pulumi.Input[str]]
    """What this service alone is told, beside what the platform's ConfigMap tells all."""
    service_account_annotations: Mapping[str, pulumi.Input[str]]
    openings: Sequence[Opening]
    callers: Sequence[str] = ()
    """Services that may call it, beside the gateway (of a ``web`` one) and who measures."""
    secret_name: pulumi.Input[str] | None = None
    """The Kubernetes secret that holds what it may read."""
    files: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """By folder, the ConfigMap whose files it finds there."""
    interruptible: bool = False
    """May run on machines that the cloud takes back."""
    delivery: Delivery = field(default_factory=Delivery)
    """How a new version takes over, of a ``web`` service."""
    after: Sequence[pulumi.Resource] = ()
    """What brings the kinds of objects that it is made of."""


class Service(Part):
    """A workload that serves HTTP, with its identity."""

    service_name: pulumi.Output[str]
    service_account_name: pulumi.Output[str]

    def __init__(self, name: str, args: ServiceArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._selector = args.labels.selector(args.service)
        account = core.ServiceAccount(
            self.named("service-account"),
            metadata=self._metadata(args.service_account_annotations),
            automount_service_account_token=False,
            opts=ResourceOptions(parent=self),
        )
        self.service_account_name = account.metadata.apply(lambda metadata: metadata.name or args.service)
        # The Services come first: Rollouts refuses to begin without both.
        service = self._service("service", args.service)
        canary = [self._service("canary-service", args.service + CANARY_SUFFIX)] if self._by_weight else []
        self._workload([service, *canary])
        self.service_name = service.metadata.apply(lambda metadata: metadata.name or args.service)
        policy.PodDisruptionBudget(
            self.named("disruption-budget"),
            metadata=self._metadata(),
            spec=policy.PodDisruptionBudgetSpecArgs(
                # Rounded up: one of three, ten of a hundred. Never none, which would hold up every drain.
                max_unavailable="10%",
                selector=LabelSelectorArgs(match_labels=self._selector),
                unhealthy_pod_eviction_policy="AlwaysAllow",  # a crash-looping pod must not hold up a drain
            ),
            opts=ResourceOptions(parent=self),
        )
        self._network_policy()
        self.finish()

    @property
    def _by_weight(self) -> bool:
        return self._args.kind == "web"

    def _metadata(
        self, annotations: Mapping[str, pulumi.Input[str]] | None = None, *, name: str = ""
    ) -> ObjectMetaArgs:
        return ObjectMetaArgs(
            name=name or self._args.service,
            namespace=self._args.namespace,
            labels=self._args.labels.of(self._args.service, self._args.kind),
            annotations=annotations or None,
        )

    def _workload(self, services: Sequence[pulumi.Resource]) -> None:
        match self._args.kind:
            case "web":
                self._rollout(services)
            case "singleton":
                self._stateful_set()
            case "worker" | "observer":
                self._deployment()

    def _deployment(self) -> None:
        apps.Deployment(
            self.named("deployment"),
            metadata=self._metadata(),
            spec=apps.DeploymentSpecArgs(
                replicas=self._args.replicas,
                min_ready_seconds=5,
                progress_deadline_seconds=300,
                revision_history_limit=5,
                selector=LabelSelectorArgs(match_labels=self._selector),
                strategy=apps.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=apps.RollingUpdateDeploymentArgs(max_surge="25%", max_unavailable=0),
                ),
                template=self._template(),
            ),
            opts=ResourceOptions(parent=self),
        )

    def _stateful_set(self) -> None:
        """One pod after the other, and a new one only when the old one of its name is surely gone."""
        apps.StatefulSet(
            self.named("stateful-set"),
            metadata=self._metadata(),
            spec=apps.StatefulSetSpecArgs(
                replicas=self._args.replicas,
                min_ready_seconds=5,
                revision_history_limit=5,
                service_name=self._args.service,
                pod_management_policy="Parallel",  # who waits for the lease need not wait for its neighbour
                selector=LabelSelectorArgs(match_labels=self._selector),
                update_strategy=apps.StatefulSetUpdateStrategyArgs(type="RollingUpdate"),
                template=self._template(),
            ),
            opts=ResourceOptions(parent=self),
        )

    def _rollout(self, services: Sequence[pulumi.Resource]) -> None:
        args = self._args
        template = custom(
            self.named("analysis"),
            ANALYSIS,
            self._metadata(),
            analysis_template(args.service, args.delivery),
            ResourceOptions(parent=self, depends_on=args.after),
        )
        custom(
            self.named("rollout"),
            ROLLOUT,
            self._metadata(),
            {
                **({} if args.replicas is None else {"replicas": args.replicas}),
                "minReadySeconds": 5,
                "progressDeadlineSeconds": 300,
                "progressDeadlineAbort": True,
                # no `rollbackWindow`: what was turned away would get out unjudged (docs/cursed-knowledge.md)
                "revisionHistoryLimit": 5,
                "selector": {"matchLabels": self._selector},
                "strategy": rollout_strategy(args.service, args.namespace, args.delivery),
                "template": self._template(),
            },
            ResourceOptions(parent=self, depends_on=[*args.after, *services, template]),
        )

    def _template(self) -> core.PodTemplateSpecArgs:
        args = self._args
        return pod_template(
            PodArgs(
                service=args.service,
                labels=args.labels.of(args.service, args.kind),
                selector=self._selector,
                image=args.image,
                port=args.port,
                cpu=args.cpu,
                memory=args.memory,
                grace_seconds=GRACE_SECONDS[args.kind],
                priority=URGENT if args.kind in {"singleton", "web"} else IMPORTANT,
                config_map_name=args.config_map_name,
                variables=args.variables,
                secret_name=args.secret_name,
                files=args.files,
                service_account_name=self.service_account_name,
                asks_kubernetes=args.kind == "singleton",  # for the lease that says who acts
                interruptible=args.interruptible,
            )
        )

    def _service(self, child: str, called: str) -> core.Service:
        return core.Service(
            self.named(child),
            metadata=self._metadata(name=called),
            spec=core.ServiceSpecArgs(
                type="ClusterIP",
                selector=self._selector,
                ports=[core.ServicePortArgs(name=HTTP, port=80, target_port=HTTP, app_protocol="http")],
            ),
            # Rollouts adds the hash of the pods that each of the two is for.
            opts=ResourceOptions(parent=self, ignore_changes=["spec.selector"] if self._by_weight else None),
        )

    def _network_policy(self) -> None:
        """In: who is named, who measures, for web services the gateway. Out: the platform, what is listed."""
        outside = [MONITORING, GATEWAY] if self._args.kind == "web" else [MONITORING]
        callers = [self._args.labels.selector(caller) for caller in self._args.callers]
        within = {"app.kubernetes.io/part-of": self._selector["app.kubernetes.io/part-of"]}
        networking.NetworkPolicy(
            self.named("network-policy"),
            metadata=self._metadata(),
            spec=networking.NetworkPolicySpecArgs(
                pod_selector=LabelSelectorArgs(match_labels=self._selector),
                policy_types=["Ingress", "Egress"],
                ingress=[
                    networking.NetworkPolicyIngressRuleArgs(
                        from_=[*map(_pods, callers), *map(_namespace, outside)],
                        ports=[networking.NetworkPolicyPortArgs(protocol="TCP", port=HTTP)],
                    )
                ],
                egress=[
                    # whoever is called has the last word
                    networking.NetworkPolicyEgressRuleArgs(to=[_pods(within)]),
                    *map(_egress, self._args.openings),
                ],
            ),
            opts=ResourceOptions(parent=self),
        )


def _pods(labels: Mapping[str, str]) -> networking.NetworkPolicyPeerArgs:
    return networking.NetworkPolicyPeerArgs(pod_selector=LabelSelectorArgs(match_labels=labels))


def _namespace(name: str) -> networking.NetworkPolicyPeerArgs:
    return networking.NetworkPolicyPeerArgs(
        namespace_selector=LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": name})
    )


def _egress(opening: Opening) -> networking.NetworkPolicyEgressRuleArgs:
    block = networking.IPBlockArgs(cidr=opening.cidr, except_=list(opening.but) or None)
    return networking.NetworkPolicyEgressRuleArgs(
        to=[networking.NetworkPolicyPeerArgs(ip_block=block)],
        ports=[networking.NetworkPolicyPortArgs(protocol="TCP", port=opening.port)],
    )
