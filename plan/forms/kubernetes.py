"""How a Kubernetes API server answers: identity, metadata, and a status of things that run.

A simulated cluster brings everything up at once: what a controller would wait for is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from plan.forms.form import INSTANT, Facts, fill
from plan.value import Value

__all__ = ["CLUSTER_SCOPED", "identity", "is_namespaced", "is_object", "names", "prepare"]

CLUSTER_SCOPED: Final = frozenset(
    {
        "APIService", "CertificateSigningRequest", "ClusterIssuer", "ClusterPolicy", "ClusterRole",
        "ClusterRoleBinding", "ClusterSecretStore", "ClusterTriggerAuthentication", "ComponentStatus",
        "CSIDriver", "CSINode", "CustomResourceDefinition", "EC2NodeClass", "FlowSchema", "GatewayClass",
        "IngressClass", "MutatingWebhookConfiguration", "Namespace", "Node", "NodePool",
        "PersistentVolume", "PodSecurityPolicy", "PriorityClass", "PriorityLevelConfiguration",
        "RuntimeClass", "StorageClass", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration", "VolumeAttachment", "VolumeAttributesClass",
    }
)  # fmt: skip
"""Kinds that live in no namespace, the platform's operators' included."""
OVERLAYS: Final = frozenset({"helm.sh", "yaml", "kustomize", "meta"})


def is_object(token: str) -> bool:
    """Whether the token is a kind that an API server keeps, rather than a chart or a file of them."""
    area = token.split(":")[1].partition("/")[0]
    return area not in OVERLAYS and not token.endswith("List")


@cache
def is_namespaced(token: str) -> bool:
    """Whether objects of the kind live in a namespace."""
    return token.rpartition(":")[2].removesuffix("Patch") not in CLUSTER_SCOPED


def names(facts: Facts) -> Mapping[str, str]:
    """The holes that the tables use beyond the place's: none of Kubernetes' own."""
    return {"service": facts.token.split(":")[1].partition("/")[0]}


def identity(facts: Facts) -> str:
    """``namespace/name``, or the name alone for what lives in no namespace."""
    metadata = facts.properties.get("metadata")
    given = metadata if isinstance(metadata, dict) else {}
    name = given.get("name")
    own = name if isinstance(name, str) else facts.names["ownName"]
    if not is_object(facts.token):
        own = str(facts.properties.get("name", facts.names["ownName"]))
    if not is_namespaced(facts.token):
        return own
    return f"{_namespace(facts, given)}/{own}"


def _namespace(facts: Facts, metadata: Mapping[str, Value]) -> str:
    given = metadata.get("namespace", facts.properties.get("namespace"))
    return given if isinstance(given, str) else facts.place["namespace"]


def prepare(facts: Facts) -> None:
    """What the API server and its controllers add."""
    properties = facts.properties
    if not is_object(facts.token):
        return
    given = properties.get("metadata")
    metadata = dict(given) if isinstance(given, dict) else {}
    metadata.setdefault("name", facts.names["ownName"])
    if is_namespaced(facts.token):
        metadata.setdefault("namespace", _namespace(facts, metadata))
    metadata.setdefault("uid", fill("{uuid}", facts, "metadata.uid"))
    metadata.setdefault("resourceVersion", str(facts.generation + 1))
    metadata.setdefault("generation", 1)
    metadata.setdefault("creationTimestamp", INSTANT)
    properties["metadata"] = metadata
    _run(facts, facts.token.rpartition(":")[2])


def _run(facts: Facts, kind: str) -> None:
    properties = facts.properties
    spec = properties.get("spec")
    wanted = spec if isinstance(spec, dict) else {}
    count = wanted.get("replicas", 1)
    conditions: Value = [{"type": "Available", "status": "True"}]
    statuses: dict[str, Value] = {
        "Namespace": {"phase": "Active"},
        "PersistentVolumeClaim": {"phase": "Bound"},
        "Pod": {"phase": "Running", "podIP": fill("{ipv4}", facts, "status.podIP")},
        "Deployment": {
            "replicas": count, "readyReplicas": count, "availableReplicas": count, "updatedReplicas": count,
            "observedGeneration": 1, "conditions": conditions,
        },
        "StatefulSet": {
            "replicas": count, "readyReplicas": count, "availableReplicas": count, "observedGeneration": 1,
        },
        "Job": {
            "succeeded": wanted.get("completions", 1),
            "conditions": [{"type": "Complete", "status": "True"}],
        },
        "PodDisruptionBudget": {
            "currentHealthy": 1, "desiredHealthy": 1, "disruptionsAllowed": 1, "expectedPods": 1,
        },
    }  # fmt: skip
    if kind in statuses:
        properties.setdefault("status", statuses[kind])
    elif kind == "Service":
        _serve(facts, wanted)


def _serve(facts: Facts, spec: Mapping[str, Value]) -> None:
    """A cluster address, and an outer one where the service asks for a load balancer."""
    kind = spec.get("type", "ClusterIP")
    address = fill("{ipv4}", facts, "spec.clusterIP")
    served = dict(spec)
    if kind != "ExternalName":
        served.setdefault("clusterIP", address)
        served.setdefault("clusterIPs", [served["clusterIP"]])
    served.setdefault("type", "ClusterIP")
    facts.properties["spec"] = served
    outer: dict[str, Value] = {}
    if kind == "LoadBalancer":
        outer = {"ingress": [{"hostname": fill("simulated-{hex:12}.example.com", facts, "status")}]}
    facts.properties.setdefault("status", {"loadBalancer": outer})
