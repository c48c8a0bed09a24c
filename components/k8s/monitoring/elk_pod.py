"""The ``restricted`` Pod Security Standard in the words of a pod template, for pods that ECK makes.

Nobody holds them to it: the namespace is ``privileged`` for Filebeat's sake, and a namespace has one level.
"""

from __future__ import annotations

from typing import Any

__all__ = ["container_security", "pod_security"]


def pod_security(*, group: int) -> dict[str, Any]:
    """Of the pod; ``group`` owns its disks."""
    return {"runAsNonRoot": True, "fsGroup": group, "seccompProfile": {"type": "RuntimeDefault"}}


def container_security(*, user: int) -> dict[str, Any]:
    """Of each container."""
    return {
        "runAsNonRoot": True,
        "runAsUser": user,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
