"""The operators: pinned Helm releases, each in a namespace that is closed until something is opened.

A release that is not ready in time is taken back as a whole (``atomic``), so that there is never half of one.
What has to stand first is said in `components.k8s.operator_table`: the kinds of object, then who needs them.
Objects of those kinds wait for the release that brings them: ``operators.bringing("keda.sh/ScaledObject")``.

The versions are in ``charts.lock``; a chart that was vendored is taken from the project's folder
(`components.k8s.charts`).

**A namespace whose pods are of a class of the cluster's own** has a quota that names those classes. It bounds
nothing. GKE lets such pods run only in ``kube-system`` and where a quota says that they may; without it a
Deployment has no pods, and says so to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.helm.v3 import Release, RepositoryOptsArgs
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking import v1 as networking
from pulumi_kubernetes.yaml.v2 import ConfigFile

from components.base import Part
from components.k8s.charts import ROOT, read_lock, vendored
from components.k8s.labels import Labels
from components.k8s.namespaces import Namespace, NamespaceArgs
from components.k8s.network_policy import Block, NetworkPolicies, NetworkPoliciesArgs, Peer, Way
from components.k8s.operator_pods import Situation, Values
from components.k8s.operator_table import HOMES, OPERATORS, Home, in_order
from components.k8s.operator_values import merged, values_of
from components.k8s.places import MONITORING

__all__ = ["Operators", "OperatorsArgs"]

HISTORY: Final = 5
"""Releases that can be gone back to. Each is a secret in the cluster."""
CRITICAL_CLASSES: Final = ("system-cluster-critical", "system-node-critical")
MANY: Final = "1000"
HTTPS: Final = 443
MACHINE_PORTS: Final = (9100, 10250)
"""Of every machine: node-exporter's and the kubelet's."""
GATEWAY_API: Final = "gateway-api"
"""The Gateway API's own kinds, where no chart brings them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorsArgs:
    """Which operators, in what situation, and who they are to the cloud."""

    labels: Labels
    chosen: Sequence[str]
    """Names, as `components.k8s.operator_table.choose` gives them."""
    cluster_name: pulumi.Input[str]
    domain: str
    """The platform's."""
    highly_available: bool
    velero_plugin: str
    """Image by which Velero speaks to this cloud's storage."""
    service_account_annotations: Mapping[str, Mapping[str, pulumi.Input[str]]]
    """By operator."""
    cloud_values: Mapping[str, Mapping[str, object]]
    """By operator, what only this cloud needs."""
    values: Mapping[str, Mapping[str, object]]
    """By operator, what the platform adds. The last word."""
    token_endpoints: Sequence[tuple[str, int]] = ()
    """Where a pod gets its identity in this cloud: (CIDR, port)."""
    after: Sequence[pulumi.Resource] = ()
    """Namespaces that operators work in, such as those of the services, the gateway and the logs."""
    root: Path = field(default=ROOT)
    """The project, in which vendored charts are."""


class Operators(Part):
    """Namespaces and releases."""

    versions: Mapping[str, str]

    def __init__(self, name: str, args: OperatorsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._lock = read_lock()
        self._chosen = in_order(args.chosen)
        self._strangers()
        self._releases: dict[str, Release] = {}
        self._kinds: dict[str, pulumi.Resource] = {}
        homes = {OPERATORS[one].namespace for one in self._chosen} & HOMES.keys()
        self._namespaces: dict[str, pulumi.Output[str]] = {}
        self._homes = {namespace: self._home(namespace, HOMES[namespace]) for namespace in sorted(homes)}
        if "envoy-gateway" not in self._chosen:
            self._gateway_api()
        for one in self._chosen:
            self._release(one)
        self.versions = {one: self._lock[OPERATORS[one].chart].version for one in self._chosen}
        self.finish()

    @property
    def releases(self) -> Mapping[str, Release]:
        """By operator."""
        return self._releases

    @property
    def namespaces(self) -> Mapping[str, pulumi.Output[str]]:
        """By name, those that stand: an object that is put into one waits for it."""
        return self._namespaces

    def bringing(self, *kinds: str) -> list[pulumi.Resource]:
        """What an object of these kinds (``group/Kind``) has to wait for.

        Raises ValueError for a kind that none of the chosen operators brings.
        """
        found: dict[int, pulumi.Resource] = {}
        for kind in kinds:
            if kind not in self._kinds:
                msg = (
                    f"no chosen operator brings {kind}. Chosen: {', '.join(self._chosen)}. "
                    "Fix: choose one that does, or leave such objects out"
                )
                raise ValueError(msg)
            found[id(self._kinds[kind])] = self._kinds[kind]
        return list(found.values())

    def _strangers(self) -> None:
        """Values for somebody who does not exist would be lost in silence."""
        for given in (self._args.values, self._args.cloud_values):
            if unknown := given.keys() - OPERATORS.keys():
                msg = f"values for {', '.join(sorted(unknown))}: expected operators, {', '.join(OPERATORS)}"
                raise ValueError(msg)

    def _home(self, namespace: str, home: Home) -> list[pulumi.Resource]:
        args = self._args
        made = Namespace(
            self.named(namespace),
            NamespaceArgs(
                namespace=namespace,
                labels=args.labels,
                quota=None,
                pod_security=home.pod_security,
            ),
            ResourceOptions(parent=self),
        )
        self._namespaces[namespace] = made.namespace
        opened = NetworkPolicies(
            self.named(f"{namespace}-openings"),
            NetworkPoliciesArgs(
                namespace=made.namespace,
                labels=args.labels,
                ways=[*_in(home), *_out(home, args.token_endpoints)],
            ),
            ResourceOptions(parent=self),
        )
        inside = networking.NetworkPolicy(
            self.named(f"{namespace}-inside"),
            metadata=ObjectMetaArgs(
                name="inside", namespace=made.namespace, labels=args.labels.of(namespace, "namespace")
            ),
            spec=networking.NetworkPolicySpecArgs(
                pod_selector=LabelSelectorArgs(),
                policy_types=["Ingress", "Egress"],
                # one operator's own pods, whichever ports its versions talk on
                ingress=[networking.NetworkPolicyIngressRuleArgs(from_=[_OWN])],
                egress=[
                    networking.NetworkPolicyEgressRuleArgs(to=[_OWN]),
                    *([networking.NetworkPolicyEgressRuleArgs(to=[_EVERYBODY])] if home.sees_all else []),
                ],
            ),
            opts=ResourceOptions(parent=self),
        )
        return [made, opened, inside, *([self._critical(namespace, made)] if home.critical else [])]

    def _critical(self, namespace: str, made: Namespace) -> pulumi.Resource:
        return core.ResourceQuota(
            self.named(f"{namespace}-critical"),
            metadata=ObjectMetaArgs(
                name="critical-pods",
                namespace=made.namespace,
                labels=self._args.labels.of(namespace, "namespace"),
            ),
            spec=core.ResourceQuotaSpecArgs(
                hard={"pods": MANY},
                scope_selector=core.ScopeSelectorArgs(
                    match_expressions=[
                        core.ScopedResourceSelectorRequirementArgs(
                            scope_name="PriorityClass", operator="In", values=list(CRITICAL_CLASSES)
                        )
                    ]
                ),
            ),
            opts=ResourceOptions(parent=self),
        )

    def _gateway_api(self) -> None:
        chart = self._lock[GATEWAY_API]
        made = ConfigFile(
            self.named(GATEWAY_API),
            file=vendored(chart, self._args.root) or chart.reference,
            opts=ResourceOptions(parent=self),
        )
        self._kinds |= dict.fromkeys(chart.crds, made)

    def _release(self, name: str) -> None:
        args, operator = self._args, OPERATORS[name]
        chart = self._lock[operator.chart]
        archive = vendored(chart, args.root)
        first = [self._releases[one] for one in operator.after if one in self._releases]
        release = Release(
            self.named(name),
            name=name,
            namespace=operator.namespace,
            chart=archive or (chart.reference if chart.is_oci else chart.name),
            version=chart.version,
            repository_opts=None if archive or chart.is_oci else RepositoryOptsArgs(repo=chart.repository),
            values=self._values(name),
            atomic=True,
            cleanup_on_fail=True,
            skip_await=False,
            create_namespace=False,
            dependency_update=False,
            skip_crds=operator.skip_crds,
            timeout=operator.timeout,
            max_history=HISTORY,
            opts=ResourceOptions(
                parent=self, depends_on=[*args.after, *self._homes.get(operator.namespace, []), *first]
            ),
        )
        self._releases[name] = release
        self._kinds |= dict.fromkeys(chart.crds, release)

    def _values(self, name: str) -> Values:
        args = self._args
        situation = Situation(
            cluster_name=args.cluster_name,
            domain=args.domain,
            highly_available=args.highly_available,
            velero_plugin=args.velero_plugin,
        )
        ours = values_of(
            name,
            OPERATORS[name],
            situation,
            annotations=args.service_account_annotations.get(name, {}),
            more=args.cloud_values.get(name, {}),
        )
        return merged(ours, args.values.get(name, {}))


_OWN: Final = networking.NetworkPolicyPeerArgs(pod_selector=LabelSelectorArgs())
_EVERYBODY: Final = networking.NetworkPolicyPeerArgs(namespace_selector=LabelSelectorArgs())


def _in(home: Home) -> list[Way]:
    """Who may call in from outside: Prometheus, the API server, and those that the table names."""
    ways: list[Way] = []
    if home.scraped:
        ways.append(Way(name="metrics", direction="in", peers=[Peer(MONITORING)], ports=home.scraped))
    if home.called:
        # from addresses that differ from cloud to cloud, so anybody may; who is no API server learns nothing
        ways.append(Way(name="api-server", direction="in", peers=[], ports=home.called))
    ways += [
        Way(name=f"from-{caller}", direction="in", peers=[Peer(caller)], ports=ports)
        for caller, ports in home.callers.items()
    ]
    return ways


def _out(home: Home, token_endpoints: Sequence[tuple[str, int]]) -> list[Way]:
    """Whom its pods may call: the API server and the clouds, who they are, and those that the table names."""
    machines = MACHINE_PORTS if home.sees_all else ()
    anywhere = [HTTPS, *home.calls_out, *machines]
    return [
        Way(name="api-server-and-clouds", direction="out", peers=[], ports=anywhere),
        *(
            Way(name=f"identity-{number}", direction="out", peers=[Block(cidr)], ports=[port])
            for number, (cidr, port) in enumerate(token_endpoints)
        ),
        *(
            Way(name=f"to-{called}", direction="out", peers=[Peer(called)], ports=ports)
            for called, ports in home.calls.items()
        ),
    ]
