"""What Envoy Gateway is told about the pods that it makes: the ``spec`` of an EnvoyProxy.

They keep the ``restricted`` Pod Security Standard, and their root filesystem cannot be written. There are two
at least, in different zones where that can be; one goes at a time, finishes what it has, and takes new
requests until the entry has heard of it. The scaler looks at Envoy alone: the second container of each pod
only waits for the first one's connections to end, and would thin out what Envoy uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from components.k8s import entry
from components.k8s.places import GATEWAY_PORT
from components.k8s.priorities import URGENT

__all__ = ["CONTROL_PORTS", "PROBED_PORTS", "proxy"]

CONTROL_PORTS: Final = (18000, 18002)
"""Of the controller: where the pods get their configuration, and their extensions."""
PROBED_PORTS: Final = (19002, 19003)
USER: Final = 65532
DRAIN_SECONDS, LEAST_DRAIN_SECONDS = 60, 20
"""How long a pod that goes may take to finish, and how long it goes on taking requests at the least."""
BUSY_PERCENT: Final = 60
SCRATCH: Final = {"name": "tmp", "mountPath": "/tmp"}  # noqa: S108 - the container's own


def proxy(size: entry.Size, *, node_port: int | None, marks: Mapping[str, str]) -> dict[str, Any]:
    """The whole spec.

    ``node_port``: the port of every machine that leads to the pods; None: there is none. ``marks``: labels of
    the pods, which must never change.
    """
    return {"provider": _provider(size, node_port, marks), **_process()}


def _process() -> dict[str, Any]:
    return {
        "concurrency": 2,  # threads; else as many as the machine has cores
        "logging": {"level": {"default": "warn"}},
        "shutdown": {"drainTimeout": f"{DRAIN_SECONDS}s", "minDrainDuration": f"{LEAST_DRAIN_SECONDS}s"},
    }


def _provider(size: entry.Size, node_port: int | None, marks: Mapping[str, str]) -> dict[str, Any]:
    return {
        "type": "Kubernetes",
        "kubernetes": {
            "envoyServiceAccount": {"name": entry.account("envoy")},
            "envoyDeployment": {
                "strategy": {
                    "type": "RollingUpdate",
                    "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0},
                },
                "pod": _pod(marks),
                "container": _container(size),
                "patch": {
                    "type": "StrategicMerge",
                    "value": {"spec": {"template": {"spec": {"containers": [_drainer()]}}}},
                },
            },
            "envoyService": _service(node_port),
            "envoyHpa": {
                "minReplicas": size.min_replicas,
                "maxReplicas": size.max_replicas,
                "metrics": [
                    {
                        "type": "ContainerResource",
                        "containerResource": {
                            "name": "cpu",
                            "container": "envoy",
                            "target": {"type": "Utilization", "averageUtilization": BUSY_PERCENT},
                        },
                    }
                ],
                "behavior": {"scaleDown": {"stabilizationWindowSeconds": 600}},
            },
            "envoyPDB": {
                "maxUnavailable": 1,
                "patch": {
                    "type": "StrategicMerge",
                    "value": {"spec": {"unhealthyPodEvictionPolicy": "AlwaysAllow"}},
                },
            },
        },
    }


def _pod(marks: Mapping[str, str]) -> dict[str, Any]:
    return {
        "labels": dict(marks),
        "priorityClassName": URGENT,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": entry.pods()},
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
        "volumes": [{"name": SCRATCH["name"], "emptyDir": {"sizeLimit": "16Mi"}}],
    }


def _container(size: entry.Size) -> dict[str, Any]:
    """Both containers get its security context; Envoy sheds load before it reaches its memory's limit."""
    return {
        "resources": {
            "requests": {"cpu": f"{size.cpu_millis}m", "memory": f"{size.memory_mib}Mi"},
            "limits": {"memory": f"{size.memory_mib}Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumeMounts": [SCRATCH],
    }


def _drainer() -> dict[str, Any]:
    return {
        "name": "shutdown-manager",
        "resources": {"limits": {"memory": "64Mi"}},
        "volumeMounts": [SCRATCH],  # where it notes that it is done
    }


def _service(node_port: int | None) -> dict[str, Any]:
    service: dict[str, Any] = {"name": entry.service_name("envoy"), "type": "ClusterIP"}
    if node_port is None:
        return service
    ports = [{"port": GATEWAY_PORT, "nodePort": node_port}]
    return {
        **service,
        "type": "NodePort",
        "externalTrafficPolicy": "Cluster",  # each machine passes on, so each says how the region is
        "patch": {"type": "StrategicMerge", "value": {"spec": {"ports": ports}}},
    }
