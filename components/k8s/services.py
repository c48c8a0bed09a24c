"""One workload: Deployment, Service, ServiceAccount, disruption budget and its openings.

The pod keeps the ``restricted`` Pod Security Standard, spreads over zones, drains before it ends
and is told by the platform's ConfigMap where everything is. Memory's request is its limit, so a
node never has to choose whom to kill; CPU has no limit, so a burst of market data is not throttled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking import v1 as networking
from pulumi_kubernetes.policy import v1 as policy

from components.base import Part
from components.k8s.labels import Labels

__all__ = ["Opening", "Service", "ServiceArgs"]

DRAIN_SECONDS: Final = 10
"""Between the order to end and its signal: load balancers forget the pod meanwhile."""
GRACE_SECONDS: Final = 45
"""Then it may finish what it began: an order in flight is answered within 30 s."""
HTTP: Final = "http"


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
    namespace: pulumi.Input[str]
    labels: Labels
    image: str
    port: int
    replicas: int
    cpu: str
    """Kubernetes quantity, for example ``250m``."""
    memory: str
    config_map_name: pulumi.Input[str]
    variables: Mapping[str, pulumi.Input[str]]
    """What this service alone is told, beside what the platform's ConfigMap tells all."""
    service_account_annotations: Mapping[str, pulumi.Input[str]]
    openings: Sequence[Opening]


class Service(Part):
    """A stateless HTTP service with its identity."""

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
        apps.Deployment(
            self.named("deployment"),
            metadata=self._metadata(),
            spec=apps.DeploymentSpecArgs(
                replicas=args.replicas,
                min_ready_seconds=5,
                progress_deadline_seconds=300,
                revision_history_limit=5,
                selector=LabelSelectorArgs(match_labels=self._selector),
                strategy=apps.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=apps.RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0),
                ),
                template=core.PodTemplateSpecArgs(
                    metadata=ObjectMetaArgs(labels=args.labels.of(args.service, "service")), spec=self._pod()
                ),
            ),
            opts=ResourceOptions(parent=self),
        )
        service = core.Service(
            self.named("service"),
            metadata=self._metadata(),
            spec=core.ServiceSpecArgs(
                type="ClusterIP",
                selector=self._selector,
                ports=[core.ServicePortArgs(name=HTTP, port=80, target_port=HTTP, app_protocol="http")],
            ),
            opts=ResourceOptions(parent=self),
        )
        self.service_name = service.metadata.apply(lambda metadata: metadata.name or args.service)
        policy.PodDisruptionBudget(
            self.named("disruption-budget"),
            metadata=self._metadata(),
            spec=policy.PodDisruptionBudgetSpecArgs(
                max_unavailable=1,
                selector=LabelSelectorArgs(match_labels=self._selector),
                unhealthy_pod_eviction_policy="AlwaysAllow",  # a crash-looping pod must not hold up a drain
            ),
            opts=ResourceOptions(parent=self),
        )
        self._network_policy()
        self.finish()

    def _metadata(self, annotations: Mapping[str, pulumi.Input[str]] | None = None) -> ObjectMetaArgs:
        return ObjectMetaArgs(
            name=self._args.service,
            namespace=self._args.namespace,
            labels=self._args.labels.of(self._args.service, "service"),
            annotations=annotations or None,
        )

    def _pod(self) -> core.PodSpecArgs:
        return core.PodSpecArgs(
            service_account_name=self.service_account_name,
            automount_service_account_token=False,
            enable_service_links=False,
            termination_grace_period_seconds=GRACE_SECONDS,
            security_context=core.PodSecurityContextArgs(
                run_as_non_root=True, seccomp_profile=core.SeccompProfileArgs(type="RuntimeDefault")
            ),
            topology_spread_constraints=[
                core.TopologySpreadConstraintArgs(
                    max_skew=1,
                    topology_key=key,
                    when_unsatisfiable="ScheduleAnyway",
                    label_selector=LabelSelectorArgs(match_labels=self._selector),
                )
                for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
            ],
            containers=[self._container()],
            volumes=[core.VolumeArgs(name="tmp", empty_dir=core.EmptyDirVolumeSourceArgs(size_limit="64Mi"))],
        )

    def _container(self) -> core.ContainerArgs:
        args = self._args
        return core.ContainerArgs(
            name=args.service,
            image=args.image,
            image_pull_policy="IfNotPresent",
            ports=[core.ContainerPortArgs(name=HTTP, container_port=args.port)],
            env_from=[
                core.EnvFromSourceArgs(config_map_ref=core.ConfigMapEnvSourceArgs(name=args.config_map_name))
            ],
            env=[core.EnvVarArgs(name=name, value=value) for name, value in args.variables.items()],
            resources=core.ResourceRequirementsArgs(
                requests={"cpu": args.cpu, "memory": args.memory}, limits={"memory": args.memory}
            ),
            startup_probe=_probe("/healthz", period_seconds=2, failure_threshold=30),
            readiness_probe=_probe("/readyz", period_seconds=5, failure_threshold=2),
            liveness_probe=_probe("/healthz", period_seconds=10, failure_threshold=3),
            lifecycle=core.LifecycleArgs(
                pre_stop=core.LifecycleHandlerArgs(sleep=core.SleepActionArgs(seconds=DRAIN_SECONDS))
            ),
            security_context=core.SecurityContextArgs(
                allow_privilege_escalation=False,
                read_only_root_filesystem=True,
                run_as_non_root=True,
                capabilities=core.CapabilitiesArgs(drop=["ALL"]),
            ),
            volume_mounts=[core.VolumeMountArgs(name="tmp", mount_path="/tmp")],  # noqa: S108 - the pod's own
        )

    def _network_policy(self) -> None:
        """In: the platform's own pods, on the service's port. Out: what is listed, nothing else."""
        within = networking.NetworkPolicyPeerArgs(
            pod_selector=LabelSelectorArgs(
                match_labels={"app.kubernetes.io/part-of": self._selector["app.kubernetes.io/part-of"]}
            )
        )
        networking.NetworkPolicy(
            self.named("network-policy"),
            metadata=self._metadata(),
            spec=networking.NetworkPolicySpecArgs(
                pod_selector=LabelSelectorArgs(match_labels=self._selector),
                policy_types=["Ingress", "Egress"],
                ingress=[
                    networking.NetworkPolicyIngressRuleArgs(
                        from_=[within], ports=[networking.NetworkPolicyPortArgs(protocol="TCP", port=HTTP)]
                    )
                ],
                egress=[
                    networking.NetworkPolicyEgressRuleArgs(to=[within]),
                    *map(_egress, self._args.openings),
                ],
            ),
            opts=ResourceOptions(parent=self),
        )


def _probe(path: str, *, period_seconds: int, failure_threshold: int) -> core.ProbeArgs:
    return core.ProbeArgs(
        http_get=core.HTTPGetActionArgs(path=path, port=HTTP),
        period_seconds=period_seconds,
        failure_threshold=failure_threshold,
        timeout_seconds=2,
    )


def _egress(opening: Opening) -> networking.NetworkPolicyEgressRuleArgs:
    block = networking.IPBlockArgs(cidr=opening.cidr, except_=list(opening.but) or None)
    return networking.NetworkPolicyEgressRuleArgs(
        to=[networking.NetworkPolicyPeerArgs(ip_block=block)],
        ports=[networking.NetworkPolicyPortArgs(protocol="TCP", port=opening.port)],
    )
