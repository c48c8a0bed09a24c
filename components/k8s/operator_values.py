"""What each operator's chart is told: ours, what only this cloud needs, and what the platform adds.

Maps are merged key by key, lists are replaced. Helm ignores a key that a chart does not know, in silence;
``tests/components/k8s/charts_values.csv`` holds the keys that the pinned charts do know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import pulumi

from components.k8s import operator_values_cluster as cluster
from components.k8s import operator_values_delivery as delivery
from components.k8s import operator_values_watching as watching
from components.k8s.operator_pods import Situation, Values
from components.k8s.operator_table import Operator

__all__ = ["VALUES", "merged", "values_of"]


def _none(_: Situation) -> Values:
    return {}


VALUES: Final[Mapping[str, Callable[[Situation], Values]]] = {
    "prometheus-operator-crds": watching.prometheus_operator_crds,
    "cert-manager": cluster.cert_manager,
    "envoy-gateway": delivery.envoy_gateway,
    "nginx-gateway-fabric": delivery.nginx_gateway_fabric,
    "aws-load-balancer-controller": cluster.aws_load_balancer_controller,
    "karpenter-crd": cluster.karpenter_crd,
    "karpenter": cluster.karpenter,
    "metrics-server": cluster.metrics_server,
    "istio-base": _none,
    "istiod": cluster.istiod,
    "istio-cni": cluster.istio_cni,
    "ztunnel": cluster.ztunnel,
    "kube-prometheus-stack": watching.kube_prometheus_stack,
    "blackbox-exporter": watching.blackbox_exporter,
    "keda": delivery.keda,
    "argo-rollouts": delivery.argo_rollouts,
    "external-secrets": cluster.external_secrets,
    "external-dns": cluster.external_dns,
    "velero": cluster.velero,
    "eck-operator": watching.eck_operator,
    "opencost": watching.opencost,
    "vpa": watching.vpa,
    "argo-cd": delivery.argo_cd,
    "chaos-mesh": watching.chaos_mesh,
}
"""By operator."""


def values_of(
    name: str,
    operator: Operator,
    situation: Situation,
    *,
    annotations: Mapping[str, pulumi.Input[str]],
    more: Mapping[str, object],
) -> Values:
    """All values of one operator; ``more`` is the last word.

    Raises ValueError where its account must carry something and its chart has no place for it.
    """
    found = VALUES[name](situation)
    if annotations:
        if operator.account is None:
            msg = (
                f"the service account of {name} shall carry {', '.join(annotations)}, but its chart has no "
                f"place for annotations. Fix: give it an identity without them, or say the place in "
                f"components/k8s/operator_table.py"
            )
            raise ValueError(msg)
        told: object = dict(annotations)
        for step in reversed(operator.account.split(".")):
            told = {step: told}
        found = merged(found, cast("Values", told))
    return merged(found, more)


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Values:
    """Both; where both say something that is no map, the upper."""
    found = dict(below)
    for key, value in above.items():
        old = found.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            found[key] = merged(cast("Mapping[str, Any]", old), cast("Mapping[str, Any]", value))
        else:
            found[key] = value
    return found
