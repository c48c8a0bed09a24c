"""One line about each room that carries the services inside a cluster: scaling, watching, the way in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from plan.resource import Resource
from report.look import dig, join, many, of, words

__all__ = ["PLATFORM"]

Describer = Callable[[Sequence[Resource]], str]

RULES: Final = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"


def _operators(inside: Sequence[Resource]) -> str:
    releases = of(inside, "kubernetes:helm.sh/v3:Release")
    return join(many(len(releases), "pinned release")) if releases else ""


def _autoscaling(inside: Sequence[Resource]) -> str:
    found = of(inside, "kubernetes:keda.sh/v1alpha1:ScaledObject")
    if not found:
        return ""
    least, most = (words(dig(found[0], "spec", key)) for key in ("minReplicaCount", "maxReplicaCount"))
    triggers = dig(found[0], "spec", "triggers")
    names = (
        [words(trigger.get("name")) for trigger in triggers if isinstance(trigger, dict)]
        if (isinstance(triggers, list))
        else []
    )
    reasons = dict.fromkeys(name.partition("-")[0] for name in names)
    return f"{least}-{most} pods by {', '.join(reasons)}"


def _prometheus(inside: Sequence[Resource]) -> str:
    groups = [
        group
        for found in of(inside, RULES)
        if isinstance(said := dig(found, "spec", "groups"), list)
        for group in said
        if isinstance(group, dict)
    ]
    rules = [rule for group in groups if isinstance(said := group.get("rules"), list) for rule in said]
    alerts = sum(isinstance(rule, dict) and "alert" in rule for rule in rules)
    return f"{many(alerts, 'alert')}, {many(len(rules) - alerts, 'recorded measure')}" if rules else ""


def _dashboards(inside: Sequence[Resource]) -> str:
    found = of(inside, "kubernetes:core/v1:ConfigMap")
    return many(len(found), "dashboard") if found else ""


def _logs(inside: Sequence[Resource]) -> str:
    found = of(inside, "kubernetes:elasticsearch.k8s.elastic.co/v1:Elasticsearch")
    return f"Elasticsearch {words(dig(found[0], 'spec', 'version'))}" if found else ""


def _machines(inside: Sequence[Resource]) -> str:
    pools = of(inside, "kubernetes:karpenter.sh/v1:NodePool")
    names = [
        f"{words(dig(pool, 'metadata', 'name'))} up to {words(dig(pool, 'spec', 'limits', 'cpu'))} CPU"
        for pool in pools
    ]
    return f"Karpenter: {', '.join(names)}" if names else ""


def _backup(inside: Sequence[Resource]) -> str:
    found = of(inside, "kubernetes:velero.io/v1:Schedule")
    return many(len(found), "schedule") if found else ""


def _gateway(inside: Sequence[Resource]) -> str:
    found = of(inside, "kubernetes:gateway.networking.k8s.io/v1:Gateway")
    name = words(dig(found[0], "spec", "gatewayClassName")) if found else ""
    return join({"envoy": "Envoy", "nginx": "NGINX"}.get(name, name), "TLS anew") if found else ""


def _routes(inside: Sequence[Resource]) -> str:
    found = of(inside, "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute")
    return many(len(found), "route") if found else ""


def _rbac(inside: Sequence[Resource]) -> str:
    names = [
        words(dig(role, "metadata", "name")).removeprefix("platform-")
        for role in of(inside, "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole")
    ]
    roles = [name for name in names if not any(name.startswith(f"{other}-") for other in names)]
    return ", ".join(roles)


def _secrets(inside: Sequence[Resource]) -> str:
    found = of(inside, "kubernetes:external-secrets.io/v1:ExternalSecret")
    return f"{many(len(found), 'copy', 'copies')} of the cloud's secrets" if found else ""


def _storage(inside: Sequence[Resource]) -> str:
    found = of(inside, "kubernetes:storage.k8s.io/v1:StorageClass")
    return many(len(found), "class of disks", "classes of disks") if found else ""


PLATFORM: Final[dict[str, Describer]] = {
    "Autoscaling": _autoscaling,
    "Backup": _backup,
    "Elk": _logs,
    "Gateway": _gateway,
    "Grafana": _dashboards,
    "Machines": _machines,
    "Operators": _operators,
    "Prometheus": _prometheus,
    "Rbac": _rbac,
    "Routes": _routes,
    "Secrets": _secrets,
    "Storage": _storage,
}
