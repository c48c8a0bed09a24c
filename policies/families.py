"""Type tokens that mean the same thing, so that a policy names one of them and judges all.

A Kubernetes kind exists once per API version, once as a ``Patch`` and once as a ``List``; AWS keeps
the old ``…V2`` names and several spellings of its load balancers; azure-native repeats a type per
API version. `canonical` gives the one token that policies are written against.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

__all__ = ["CUSTOM", "WORKLOADS", "Family", "canonical", "covers"]

WORKLOADS: Final[Mapping[str, str]] = {
    "kubernetes:core/v1:Pod": "",
    "kubernetes:apps/v1:Deployment": "spec.template",
    "kubernetes:apps/v1:StatefulSet": "spec.template",
    "kubernetes:apps/v1:DaemonSet": "spec.template",
    "kubernetes:apps/v1:ReplicaSet": "spec.template",
    "kubernetes:batch/v1:Job": "spec.template",
    "kubernetes:batch/v1:CronJob": "spec.jobTemplate.spec.template",
    "kubernetes:core/v1:ReplicationController": "spec.template",
    "kubernetes:argoproj.io/v1alpha1:Rollout": "spec.template",
}
"""Whatever runs pods, and where in it the pod's own ``metadata`` and ``spec`` stand."""

CUSTOM: Final = frozenset(
    {"kubernetes:argoproj.io/v1alpha1:Rollout", "kubernetes:keda.sh/v1alpha1:ScaledObject"}
)
"""Kinds that a custom resource definition brings: no SDK has a class for them."""

RBAC: Final = "rbac.authorization.k8s.io"
KINDS: Final[Mapping[tuple[str, str], str]] = {
    ("autoscaling", "HorizontalPodAutoscaler"): "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    ("core", "ConfigMap"): "kubernetes:core/v1:ConfigMap",
    ("core", "LimitRange"): "kubernetes:core/v1:LimitRange",
    ("core", "Namespace"): "kubernetes:core/v1:Namespace",
    ("core", "PersistentVolume"): "kubernetes:core/v1:PersistentVolume",
    ("core", "PersistentVolumeClaim"): "kubernetes:core/v1:PersistentVolumeClaim",
    ("core", "ResourceQuota"): "kubernetes:core/v1:ResourceQuota",
    ("core", "Secret"): "kubernetes:core/v1:Secret",
    ("core", "Service"): "kubernetes:core/v1:Service",
    ("core", "ServiceAccount"): "kubernetes:core/v1:ServiceAccount",
    ("keda.sh", "ScaledObject"): "kubernetes:keda.sh/v1alpha1:ScaledObject",
    ("networking.k8s.io", "Ingress"): "kubernetes:networking.k8s.io/v1:Ingress",
    ("extensions", "Ingress"): "kubernetes:networking.k8s.io/v1:Ingress",
    ("networking.k8s.io", "NetworkPolicy"): "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    ("extensions", "NetworkPolicy"): "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    ("extensions", "Deployment"): "kubernetes:apps/v1:Deployment",
    ("extensions", "DaemonSet"): "kubernetes:apps/v1:DaemonSet",
    ("extensions", "ReplicaSet"): "kubernetes:apps/v1:ReplicaSet",
    ("policy", "PodDisruptionBudget"): "kubernetes:policy/v1:PodDisruptionBudget",
    ("storage.k8s.io", "StorageClass"): "kubernetes:storage.k8s.io/v1:StorageClass",
    **{
        (RBAC, kind): f"kubernetes:{RBAC}/v1:{kind}"
        for kind in ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
    },
} | {(token.split(":")[1].split("/")[0], token.rsplit(":", 1)[1]): token for token in WORKLOADS}

KUBERNETES: Final = re.compile(r"kubernetes:([\w.-]+)/\w+:(\w+)")
AWS_V2: Final = re.compile(r"(aws:s3/\w+)V2:(\w+)V2")
AWS_BALANCER: Final = re.compile(r"aws:(?:alb|elasticloadbalancingv2|applicationloadbalancing)/")
AZURE_VERSION: Final = re.compile(r"(azure-native:\w+)/v\d{8}\w*:")


class Family(NamedTuple):
    """The token that stands for a type, and in which form the resource holds it."""

    token: str
    is_list: bool = False
    """The resource is a ``…List``: each of its ``items`` is one of these."""


@cache
def canonical(token: str) -> Family:
    """The family of a type token. A token without relatives is its own."""
    match = KUBERNETES.fullmatch(token)
    if match:
        group, kind = match.groups()
        for suffix, is_list in (("", False), ("Patch", False), ("List", True)):
            stem = kind.removesuffix(suffix) if suffix else kind
            if stem != kind or not suffix:
                found = KINDS.get((group, stem))
                if found:
                    return Family(found, is_list)
        return Family(token)
    token = AWS_V2.sub(r"\1:\2", token)
    token = AWS_BALANCER.sub("aws:lb/", token)
    return Family(AZURE_VERSION.sub(r"\1:", token))


def covers(pattern: str, token: str) -> bool:
    """Whether a policy's type, which may end in ``*``, means this canonical token."""
    return token.startswith(pattern[:-1]) if pattern.endswith("*") else pattern == token
