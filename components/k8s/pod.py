"""The pod of a workload, whatever kind of object runs it.

It keeps the ``restricted`` Pod Security Standard, spreads over zones, drains before it ends and is told by
the platform's ConfigMap where everything is. Memory's request is its limit, so a machine never has to choose
whom to kill; CPU has no limit, so a burst of market data is not throttled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

__all__ = ["DRAIN_SECONDS", "HTTP", "SECRETS_PATH", "PodArgs", "pod_template"]

DRAIN_SECONDS: Final = 10
"""Between the order to end and its signal: load balancers forget the pod meanwhile."""
HTTP: Final = "http"
SECRETS_PATH: Final = "/etc/trading/secrets"
"""Where a service finds its secrets, a file each: a changed one is there without a restart."""
CAPACITY: Final = "trading-platform/capacity"
"""Taint of machines that the cloud may take back."""
GROUP: Final = 65532
"""May read the mounted secrets; the image's own user is in no group that could."""
TOKEN_PATH: Final = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - where client libraries look
TOKEN_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class PodArgs:
    """What runs in it."""

    service: str
    labels: Mapping[str, str]
    selector: Mapping[str, str]
    """Tells its own pods from all others, to keep them apart."""
    image: str
    port: int
    cpu: str
    """Kubernetes quantity, for example ``250m``."""
    memory: str
    grace_seconds: int
    """From the order to end until it is killed, the drain included."""
    priority: str
    """Name of its PriorityClass."""
    config_map_name: pulumi.Input[str]
    variables: Mapping[str, pulumi.Input[str]]
    """What this service alone is told, beside what the platform's ConfigMap tells all."""
    secret_name: pulumi.Input[str] | None
    """The Kubernetes secret with what it may read; None: it reads none."""
    files: Mapping[str, pulumi.Input[str]]
    """By folder, the ConfigMap whose files are in it."""
    service_account_name: pulumi.Input[str]
    asks_kubernetes: bool
    """Whether it talks to the API server, and so gets a token of its own that is worth an hour."""
    interruptible: bool
    """Whether it may run on machines that the cloud takes back."""


def pod_template(args: PodArgs) -> core.PodTemplateSpecArgs:
    """For a Deployment, a StatefulSet or a Rollout."""
    return core.PodTemplateSpecArgs(
        metadata=ObjectMetaArgs(labels=args.labels),
        spec=core.PodSpecArgs(
            service_account_name=args.service_account_name,
            automount_service_account_token=False,
            enable_service_links=False,
            priority_class_name=args.priority,
            termination_grace_period_seconds=args.grace_seconds,
            security_context=core.PodSecurityContextArgs(
                run_as_non_root=True,
                fs_group=GROUP,
                seccomp_profile=core.SeccompProfileArgs(type="RuntimeDefault"),
            ),
            topology_spread_constraints=[
                core.TopologySpreadConstraintArgs(
                    max_skew=1,
                    topology_key=key,
                    when_unsatisfiable="ScheduleAnyway",
                    label_selector=LabelSelectorArgs(match_labels=args.selector),
                )
                for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
            ],
            tolerations=[
                core.TolerationArgs(key=CAPACITY, operator="Equal", value="spot", effect="NoSchedule")
            ]
            if args.interruptible
            else None,
            containers=[_container(args)],
            volumes=list(_volumes(args)),
        ),
    )


def _container(args: PodArgs) -> core.ContainerArgs:
    return core.ContainerArgs(
        name=args.service,
        image=args.image,
        image_pull_policy="IfNotPresent",
        ports=[core.ContainerPortArgs(name=HTTP, container_port=args.port)],
        env_from=[
            core.EnvFromSourceArgs(config_map_ref=core.ConfigMapEnvSourceArgs(name=args.config_map_name))
        ],
        env=[
            *(core.EnvVarArgs(name=name, value=value) for name, value in args.variables.items()),
            *(_about_itself(name, path) for name, path in _ITSELF.items()),
        ],
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
        volume_mounts=list(_mounts(args)),
    )


_ITSELF: Final = {"POD_NAME": "metadata.name", "POD_NAMESPACE": "metadata.namespace"}


def _about_itself(name: str, path: str) -> core.EnvVarArgs:
    source = core.EnvVarSourceArgs(field_ref=core.ObjectFieldSelectorArgs(field_path=path))
    return core.EnvVarArgs(name=name, value_from=source)


def _volumes(args: PodArgs) -> list[core.VolumeArgs]:
    volumes = [core.VolumeArgs(name="tmp", empty_dir=core.EmptyDirVolumeSourceArgs(size_limit="64Mi"))]
    if args.secret_name is not None:
        # Not optional: a service whose secrets have not come yet waits, instead of starting blind.
        secret = core.SecretVolumeSourceArgs(secret_name=args.secret_name, default_mode=0o440)
        volumes.append(core.VolumeArgs(name="secrets", secret=secret))
    for number, name in enumerate(args.files.values()):
        files = core.ConfigMapVolumeSourceArgs(name=name)
        volumes.append(core.VolumeArgs(name=f"files-{number}", config_map=files))
    if args.asks_kubernetes:
        sources = [
            core.VolumeProjectionArgs(
                service_account_token=core.ServiceAccountTokenProjectionArgs(
                    path="token", expiration_seconds=TOKEN_SECONDS
                )
            ),
            core.VolumeProjectionArgs(
                config_map=core.ConfigMapProjectionArgs(
                    name="kube-root-ca.crt", items=[core.KeyToPathArgs(key="ca.crt", path="ca.crt")]
                )
            ),
            core.VolumeProjectionArgs(
                downward_api=core.DownwardAPIProjectionArgs(
                    items=[
                        core.DownwardAPIVolumeFileArgs(
                            path="namespace",
                            field_ref=core.ObjectFieldSelectorArgs(field_path="metadata.namespace"),
                        )
                    ]
                )
            ),
        ]
        projected = core.ProjectedVolumeSourceArgs(sources=sources, default_mode=0o440)
        volumes.append(core.VolumeArgs(name="kubernetes", projected=projected))
    return volumes


def _mounts(args: PodArgs) -> list[core.VolumeMountArgs]:
    mounts = [core.VolumeMountArgs(name="tmp", mount_path="/tmp")]  # noqa: S108 - the pod's own
    if args.secret_name is not None:
        mounts.append(core.VolumeMountArgs(name="secrets", mount_path=SECRETS_PATH, read_only=True))
    mounts += [
        core.VolumeMountArgs(name=f"files-{number}", mount_path=folder, read_only=True)
        for number, folder in enumerate(args.files)
    ]
    if args.asks_kubernetes:
        mounts.append(core.VolumeMountArgs(name="kubernetes", mount_path=TOKEN_PATH, read_only=True))
    return mounts


def _probe(path: str, *, period_seconds: int, failure_threshold: int) -> core.ProbeArgs:
    return core.ProbeArgs(
        http_get=core.HTTPGetActionArgs(path=path, port=HTTP),
        period_seconds=period_seconds,
        failure_threshold=failure_threshold,
        timeout_seconds=2,
    )
