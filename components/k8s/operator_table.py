"""Which operators there are, where each lives, what it waits for, and who may call into its namespace.

An operator's name is that of its release and of its service account, and the key under which a cloud says
who it is (`components.contracts.OperatorsOutputs`). What its chart is told is in
`components.k8s.operator_values`.

**Pod Security** is ``restricted`` where it can be. A namespace that is not says why.

**What the API server calls** (webhooks, metrics) listens on port 10250 wherever the chart lets us say it:
from the control plane of a private GKE cluster only that port and 443 reach a pod.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, Literal

from components.k8s import places
from components.k8s.namespaces import PodSecurity

__all__ = ["HOMES", "NGINX", "OPERATORS", "Home", "Operator", "choose", "in_order"]

NGINX: Final = "nginx-gateway"
"""Where NGINX Gateway Fabric lives."""
CALLED: Final = 10250
_PROMETHEUS: Final = 9090
_ASK_PROMETHEUS: Final = (places.KEDA, places.ROLLOUTS, places.OPENCOST, places.TRADING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One release."""

    chart: str
    namespace: str
    after: Sequence[str] = ()
    """Operators whose kinds of object or whose webhooks it needs, where they were chosen."""
    account: str | None = None
    """Where its chart's values take annotations of its service account. None: nowhere, it calls no cloud."""
    timeout: int = 300
    """Seconds until it must be ready; then everything of this step is taken back."""
    skip_crds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A namespace of operators. Closed both ways; its own pods may call each other."""

    pod_security: PodSecurity = "restricted"
    why: str = ""
    """Why it is not restricted."""
    scraped: Sequence[int] = ()
    """Ports with metrics."""
    called: Sequence[int] = ()
    """Ports that the API server calls."""
    callers: Mapping[str, Sequence[int]] = field(default_factory=dict[str, Sequence[int]])
    """By namespace: ports that its pods call."""
    calls: Mapping[str, Sequence[int]] = field(default_factory=dict[str, Sequence[int]])
    """By namespace: ports that its pods call there. The API server and the clouds' APIs, by 443, everybody's
    may call."""
    calls_out: Sequence[int] = ()
    """Ports that its pods call anywhere else."""
    sees_all: bool = False
    """Whether its pods call every port of every pod, and of machines."""
    critical: bool = False
    """Whether pods of a class of the cluster's own run here, which GKE allows only where a quota says so."""


_METRICS = ("prometheus-operator-crds",)  # what a ServiceMonitor is

OPERATORS: Final[Mapping[str, Operator]] = {
    "prometheus-operator-crds": Operator(chart="prometheus-operator-crds", namespace=places.MONITORING),
    "cert-manager": Operator(
        chart="cert-manager",
        namespace=places.CERT_MANAGER,
        after=_METRICS,
        account="serviceAccount.annotations",
    ),
    "envoy-gateway": Operator(chart="gateway-helm", namespace=places.ENVOY),
    "nginx-gateway-fabric": Operator(chart="nginx-gateway-fabric", namespace=NGINX),
    "aws-load-balancer-controller": Operator(
        chart="aws-load-balancer-controller",
        namespace=places.KUBE_SYSTEM,
        after=_METRICS,
        account="serviceAccount.annotations",
    ),
    "karpenter-crd": Operator(chart="karpenter-crd", namespace=places.KUBE_SYSTEM),
    "karpenter": Operator(
        chart="karpenter",
        namespace=places.KUBE_SYSTEM,
        after=(*_METRICS, "karpenter-crd"),
        account="serviceAccount.annotations",
        skip_crds=True,
    ),
    "metrics-server": Operator(
        chart="metrics-server", namespace=places.KUBE_SYSTEM, after=(*_METRICS, "cert-manager")
    ),
    "istio-base": Operator(chart="base", namespace=places.ISTIO),
    "istiod": Operator(chart="istiod", namespace=places.ISTIO, after=("istio-base",)),
    "istio-cni": Operator(chart="cni", namespace=places.ISTIO, after=("istiod",)),
    "ztunnel": Operator(chart="ztunnel", namespace=places.ISTIO, after=("istiod", "istio-cni")),
    "kube-prometheus-stack": Operator(
        chart="kube-prometheus-stack", namespace=places.MONITORING, after=_METRICS, timeout=900
    ),
    "blackbox-exporter": Operator(
        chart="prometheus-blackbox-exporter", namespace=places.MONITORING, after=_METRICS
    ),
    "keda": Operator(
        chart="keda",
        namespace=places.KEDA,
        after=_METRICS,
        account="serviceAccount.operator.annotations",
    ),
    "argo-rollouts": Operator(
        chart="argo-rollouts",
        namespace=places.ROLLOUTS,
        after=_METRICS,
        account="serviceAccount.annotations",
    ),
    "external-secrets": Operator(
        chart="external-secrets",
        namespace=places.EXTERNAL_SECRETS,
        after=_METRICS,
        account="serviceAccount.annotations",
    ),
    "external-dns": Operator(
        chart="external-dns",
        namespace=places.EXTERNAL_DNS,
        after=(
            *_METRICS,
            "envoy-gateway",
            "nginx-gateway-fabric",
        ),  # it ends where a kind that it reads lacks
        account="serviceAccount.annotations",
    ),
    "velero": Operator(
        chart="velero",
        namespace=places.VELERO,
        after=_METRICS,
        account="serviceAccount.server.annotations",
        timeout=600,
    ),
    "eck-operator": Operator(
        chart="eck-operator",
        namespace=places.ELASTIC,
        after=_METRICS,
        account="serviceAccount.annotations",
    ),
    "opencost": Operator(
        chart="opencost",
        namespace=places.OPENCOST,
        after=(*_METRICS, "kube-prometheus-stack"),  # it is not ready before Prometheus answers it
        account="serviceAccount.annotations",
    ),
    "vpa": Operator(chart="vertical-pod-autoscaler", namespace=places.VPA),
    "argo-cd": Operator(chart="argo-cd", namespace=places.ARGOCD, after=_METRICS, timeout=600),
    "chaos-mesh": Operator(chart="chaos-mesh", namespace=places.CHAOS),
}
"""By name, each after those that it waits for."""

_ASKS: Final[Mapping[str, Sequence[int]]] = {places.MONITORING: (_PROMETHEUS,)}

HOMES: Final[Mapping[str, Home]] = {
    places.MONITORING: Home(
        pod_security="privileged",
        why="node-exporter reads the machine's own files",
        called=(CALLED,),
        callers=dict.fromkeys(
            (places.KEDA, places.ROLLOUTS, places.OPENCOST, places.TRADING), (_PROMETHEUS,)
        ),
        sees_all=True,
    ),
    places.CERT_MANAGER: Home(scraped=(9402,), called=(CALLED,), critical=True),
    places.ENVOY: Home(scraped=(19001,), callers={places.GATEWAY: (18000, 18001, 18002)}, critical=True),
    NGINX: Home(scraped=(9113,), callers={places.GATEWAY: (8443,)}, critical=True),
    places.ISTIO: Home(
        pod_security="privileged",
        why="the mesh's agents change the network of the machine that they run on",
        scraped=(15014, 15020),
        called=(15017,),
        callers={places.TRADING: (15012,), places.GATEWAY: (15012,)},
        calls_out=(15008,),  # the tunnels to every machine's agent
        critical=True,
    ),
    places.KEDA: Home(scraped=(8080,), called=(CALLED,), calls=_ASKS, critical=True),
    places.ROLLOUTS: Home(scraped=(8090,), calls=_ASKS, critical=True),
    places.EXTERNAL_SECRETS: Home(scraped=(8080,), called=(CALLED,), critical=True),
    places.EXTERNAL_DNS: Home(scraped=(7979,)),
    places.VELERO: Home(
        pod_security="baseline",
        why="who copies a volume reads everybody's files, so it runs as root; of the machine it sees nothing",
        scraped=(8085,),
    ),
    places.ELASTIC: Home(scraped=(9090,), called=(CALLED,), calls={places.LOGGING: (9200,)}),
    places.OPENCOST: Home(scraped=(9003,), calls=_ASKS),
    places.VPA: Home(scraped=(8942,)),
    places.ARGOCD: Home(scraped=(8080, 8082, 8084), calls_out=(22,)),  # a repository by ssh
    places.CHAOS: Home(
        pod_security="privileged",
        why="a fault is put into another pod's network from the machine below it",
        scraped=(10080,),
        called=(CALLED,),
    ),
}
"""By namespace. ``kube-system`` is not here: it is the cluster's own."""


def choose(  # noqa: PLR0913 - each is a switch of its own
    *,
    gateway: Literal["envoy", "nginx"],
    machines: bool,
    target_group: bool,
    metrics_server: bool,
    gitops: bool,
    mesh: bool,
    chaos: bool,
    logs: bool,
) -> list[str]:
    """Names of the operators of one cluster, in the order of their installation.

    ``machines``: Karpenter makes them. ``target_group``: the gateway's pods are registered with one.
    ``metrics_server``: the cluster brings none. ``logs``: they are kept in the cluster.
    """
    switched = {
        "envoy-gateway": gateway == "envoy",
        "nginx-gateway-fabric": gateway == "nginx",
        "karpenter": machines,
        "karpenter-crd": machines,
        "aws-load-balancer-controller": target_group,
        "metrics-server": metrics_server,
        "argo-cd": gitops,
        "istio-base": mesh,
        "istiod": mesh,
        "istio-cni": mesh,
        "ztunnel": mesh,
        "chaos-mesh": chaos,
        "eck-operator": logs,
    }
    return [name for name in OPERATORS if switched.get(name, True)]


def in_order(names: Sequence[str]) -> list[str]:
    """The same, each after those that it waits for. Raises ValueError for a name that there is not."""
    for name in names:
        if name not in OPERATORS:
            near = get_close_matches(name, OPERATORS, n=1, cutoff=0.4)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            msg = f"there is no operator {name!r}{meant} Known: {', '.join(OPERATORS)}"
            raise ValueError(msg)
    return [name for name in OPERATORS if name in names]
