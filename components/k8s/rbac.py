"""Who may do what in the cluster: roles for people and programs, as one table (`RULES`).

Nobody here may read a secret or run a command in a pod; nobody may change who may do what. A port may be
forwarded only to the tools that show measurements and logs, which have no other way in. That nobody reads
secrets is also why nobody but the deployer and on-call may change what a pod is made of: who can write a
pod's template can mount any secret of its namespace and have the pod print it. So an **operator** restarts
by ending pods (by eviction, which the disruption budgets hear of), scales through the ``scale`` of a
workload, pins an autoscaler, and promotes or aborts a rollout through its ``status``, which is where Argo
looks; none of that touches a template. What does (going back to an earlier version, a new image) is
**on-call**'s with ``tradectl``, and the **deployer**'s, which is the pipeline.

A **viewer** sees everything but secrets. An **auditor** sees who may do what and what has been closed,
but no logs, which hold customers' data.

The services may do nothing. One that acts alone holds a Lease, and may read and renew that one:
Kubernetes cannot grant the making of an object by its name, so the Lease is made here, empty, and nobody
may make another.

Groups are the cloud's: on EKS an access entry maps an IAM role to Kubernetes groups, on GKE they are
Google Groups of the organisation's ``gke-security-groups``.

Sources: Kubernetes, *Using RBAC Authorization* (``resourceNames`` and ``create``), *Role Based Access
Control Good Practices* (workload creation); Argo Rollouts 1.9, its command-line tool (what each verb
patches).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.coordination.v1 import Lease
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.rbac import v1 as rbac

from components.base import Part
from components.k8s.labels import Labels
from components.k8s.resource_names import resource_names

__all__ = ["ROLES", "RULES", "Grant", "Rbac", "RbacArgs", "RoleName"]

RoleName = Literal["viewer", "operator", "on-call", "deployer", "auditor"]
Where = Literal["namespaces", "cluster", "backups", "tools"]
"""In each of the platform's namespaces, on what belongs to none, where backups are ordered, or where people
look at measurements and logs."""

ROLES: Final[tuple[RoleName, ...]] = ("viewer", "operator", "on-call", "deployer", "auditor")
_WHERE: Final[Mapping[Where, str]] = {
    "namespaces": "",
    "cluster": "-cluster",
    "backups": "-backups",
    "tools": "-tools",
}
"""Suffix of the role's name: each is bound elsewhere."""
READ: Final = ("get", "list", "watch")
CHANGE: Final = ("get", "list", "watch", "create", "update", "patch")


@dataclass(frozen=True, slots=True)
class Grant:
    """One line of the table."""

    roles: tuple[RoleName, ...]
    groups: tuple[str, ...]
    """API groups; the core one is empty."""
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    where: Where = "namespaces"


def _brought(roles: tuple[RoleName, ...], *groups: str, where: Where = "namespaces") -> tuple[Grant, ...]:
    """Reading what operators bring, every kind by its name: a kind that comes later is not granted unseen."""
    return tuple(Grant(roles, (group,), resource_names(group), READ, where) for group in groups)


_PEOPLE: Final[tuple[RoleName, ...]] = ("viewer", "operator", "on-call")
_WORKING: Final[tuple[RoleName, ...]] = (*_PEOPLE, "deployer")

RULES: Final = (
    # What runs, and how it is.
    Grant(
        _WORKING,
        ("",),
        ("configmaps", "endpoints", "events", "persistentvolumeclaims", "pods", "pods/log", "services"),
        READ,
    ),
    Grant(
        _WORKING,
        ("apps",),
        ("controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"),
        READ,
    ),
    Grant(_WORKING, ("batch",), ("cronjobs", "jobs"), READ),
    Grant(_WORKING, ("autoscaling",), ("horizontalpodautoscalers",), READ),
    *_brought(_WORKING, "autoscaling.k8s.io", "keda.sh"),
    Grant(_WORKING, ("argoproj.io",), ("analysisruns", "analysistemplates", "experiments", "rollouts"), READ),
    Grant(_WORKING, ("coordination.k8s.io",), ("leases",), READ),
    Grant(_WORKING, ("discovery.k8s.io",), ("endpointslices",), READ),
    Grant(_WORKING, ("policy",), ("poddisruptionbudgets",), READ),
    *_brought(
        _WORKING,
        "gateway.envoyproxy.io",
        "gateway.networking.k8s.io",
        "gateway.nginx.org",
        "elbv2.k8s.aws",
        "cert-manager.io",
        "external-secrets.io",
        "monitoring.coreos.com",
    ),
    Grant(_WORKING, ("events.k8s.io",), ("events",), READ),
    Grant(_WORKING, ("metrics.k8s.io",), ("pods",), READ),
    Grant(_WORKING, ("",), ("namespaces", "nodes"), READ, "cluster"),
    Grant(_WORKING, ("metrics.k8s.io",), ("nodes",), READ, "cluster"),
    *_brought(_PEOPLE, "karpenter.sh", where="cluster"),
    Grant(
        _PEOPLE,
        ("storage.k8s.io",),
        ("csidrivers", "csinodes", "storageclasses", "volumeattachments"),
        READ,
        "cluster",
    ),
    Grant(_PEOPLE, ("scheduling.k8s.io",), ("priorityclasses",), READ, "cluster"),
    Grant(_PEOPLE, ("",), ("persistentvolumes",), READ, "cluster"),
    Grant(("viewer", "operator", "on-call"), ("",), ("pods/portforward",), ("create",), "tools"),
    # What is closed, and who may do what.
    Grant(
        ("viewer", "operator", "on-call", "auditor"),
        ("",),
        ("limitranges", "resourcequotas", "serviceaccounts"),
        READ,
    ),
    Grant(
        ("viewer", "operator", "on-call", "auditor"),
        ("networking.k8s.io", "security.istio.io"),
        ("authorizationpolicies", "networkpolicies", "peerauthentications"),
        READ,
    ),
    Grant(("auditor",), ("rbac.authorization.k8s.io",), ("rolebindings", "roles"), READ),
    Grant(("auditor",), ("gateway.envoyproxy.io",), ("securitypolicies",), READ),
    Grant(("auditor",), ("gateway.networking.k8s.io",), ("gateways", "httproutes"), READ),
    Grant(("auditor",), ("cert-manager.io",), ("certificates", "issuers"), READ),
    Grant(("auditor",), ("external-secrets.io",), ("externalsecrets", "secretstores"), READ),
    Grant(("auditor",), ("", "events.k8s.io"), ("events",), READ),
    Grant(
        ("auditor",),
        ("rbac.authorization.k8s.io",),
        ("clusterrolebindings", "clusterroles"),
        READ,
        "cluster",
    ),
    Grant(
        ("auditor",),
        ("admissionregistration.k8s.io",),
        (
            "mutatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "validatingwebhookconfigurations",
        ),
        READ,
        "cluster",
    ),
    Grant(("auditor",), ("apiextensions.k8s.io",), ("customresourcedefinitions",), READ, "cluster"),
    Grant(("auditor",), ("",), ("namespaces", "nodes"), READ, "cluster"),
    # Operating: none of it touches a template.
    Grant(("operator", "on-call"), ("",), ("pods",), ("delete",)),
    Grant(("operator", "on-call"), ("",), ("pods/eviction",), ("create",)),
    Grant(
        ("operator", "on-call"),
        ("apps",),
        ("deployments/scale", "statefulsets/scale"),
        ("get", "patch", "update"),
    ),
    Grant(("operator", "on-call"), ("argoproj.io",), ("rollouts/scale",), ("get", "patch", "update")),
    Grant(("operator", "on-call"), ("argoproj.io",), ("rollouts/status",), ("get", "patch")),
    Grant(("operator", "on-call"), ("keda.sh",), ("scaledobjects",), ("patch", "update")),
    Grant(("operator", "on-call"), ("",), ("events",), ("create", "patch")),
    Grant(("operator", "on-call"), ("",), ("nodes",), ("patch",), "cluster"),  # to cordon
    # Changing what runs.
    Grant(("on-call", "deployer"), ("apps",), ("deployments", "statefulsets"), ("patch", "update")),
    Grant(("on-call", "deployer"), ("argoproj.io",), ("rollouts",), ("patch", "update")),
    Grant(("deployer",), ("argoproj.io",), ("rollouts/status",), ("get", "patch")),
    Grant(("deployer",), ("argoproj.io",), ("analysistemplates",), CHANGE),
    Grant(("deployer",), ("",), ("configmaps", "services"), CHANGE),
    Grant(("deployer",), ("keda.sh",), ("scaledobjects",), CHANGE),
    # Backups: ordered, looked at, brought back; never deleted.
    Grant(_PEOPLE, ("velero.io",), ("backups", "restores", "schedules"), READ, "backups"),
    Grant(_PEOPLE, ("velero.io",), ("backupstoragelocations",), READ, "backups"),
    Grant(("operator", "on-call"), ("velero.io",), ("backups",), ("create",), "backups"),
    Grant(("on-call",), ("velero.io",), ("downloadrequests", "restores"), ("create", "get"), "backups"),
)
"""The whole table. Who is in no line of it may do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RbacArgs:
    """Who is who, and where."""

    labels: Labels
    groups: Mapping[RoleName, Sequence[str]]
    """By role, the groups that have it. A role that nobody has is there all the same."""
    namespaces: Sequence[str]
    """Where the roles hold."""
    backups_namespace: str
    tools_namespaces: Sequence[str]
    """Where Grafana is, and Kibana: reached by a forwarded port."""
    leases: Mapping[str, str]
    """By service account, the name of the one Lease that it holds."""
    services_namespace: str
    standing: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """By name, the namespaces that are made in the same program: what is put into one waits for it."""


class Rbac(Part):
    """ClusterRoles, their bindings, and the Leases with their holders."""

    lease_names: Mapping[str, pulumi.Output[str]]
    """By service account, once the account may hold it."""

    def __init__(self, name: str, args: RbacArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        for role in ROLES:
            self._role(role)
        self.lease_names = {account: self._lease(account, lease) for account, lease in args.leases.items()}
        self.finish()

    def _role(self, role: RoleName) -> None:
        groups = self._args.groups.get(role, ())
        for where, suffix in _WHERE.items():
            rules = [_rule(grant) for grant in RULES if role in grant.roles and grant.where == where]
            if not rules:
                continue
            made = rbac.ClusterRole(
                self.named(f"{role}{suffix}"),
                metadata=self._metadata(f"platform-{role}{suffix}"),
                rules=rules,
                opts=ResourceOptions(parent=self),
            )
            if groups:
                self._bind(f"{role}{suffix}", made, groups, where)

    def _bind(self, child: str, role: rbac.ClusterRole, groups: Sequence[str], where: str) -> None:
        reference = rbac.RoleRefArgs(
            api_group="rbac.authorization.k8s.io",
            kind="ClusterRole",
            name=role.metadata.apply(lambda metadata: metadata.name or ""),
        )
        subjects = [
            rbac.SubjectArgs(api_group="rbac.authorization.k8s.io", kind="Group", name=group)
            for group in groups
        ]
        if where == "cluster":
            rbac.ClusterRoleBinding(
                self.named(child),
                metadata=self._metadata(f"platform-{child}"),
                role_ref=reference,
                subjects=subjects,
                opts=ResourceOptions(parent=self),
            )
            return
        args = self._args
        inside = {"backups": [args.backups_namespace], "tools": args.tools_namespaces}
        for namespace in inside.get(where, args.namespaces):
            rbac.RoleBinding(
                self.named(f"{child}-{namespace}"),
                metadata=self._metadata(f"platform-{child}", namespace),
                role_ref=reference,
                subjects=subjects,
                opts=ResourceOptions(parent=self),
            )

    def _lease(self, account: str, lease: str) -> pulumi.Output[str]:
        """Made empty; who holds it is written in by the service, and is none of this program's business."""
        namespace = self._args.services_namespace
        called = f"{account}-lease"
        made = Lease(
            self.named(called),
            metadata=self._metadata(lease, namespace),
            opts=ResourceOptions(parent=self, ignore_changes=["spec"]),
        )
        role = rbac.Role(
            self.named(called),
            metadata=self._metadata(called, namespace),
            rules=[
                rbac.PolicyRuleArgs(
                    api_groups=["coordination.k8s.io"],
                    resources=["leases"],
                    resource_names=[lease],
                    verbs=["get", "update", "patch"],
                )
            ],
            opts=ResourceOptions(parent=self),
        )
        binding = rbac.RoleBinding(
            self.named(called),
            metadata=self._metadata(called, namespace),
            role_ref=rbac.RoleRefArgs(
                api_group="rbac.authorization.k8s.io",
                kind="Role",
                name=role.metadata.apply(lambda metadata: metadata.name or ""),
            ),
            subjects=[rbac.SubjectArgs(kind="ServiceAccount", name=account, namespace=namespace)],
            opts=ResourceOptions(parent=self),
        )
        return pulumi.Output.all(made.id, binding.id).apply(lambda _: lease)

    def _metadata(self, called: str, namespace: str | None = None) -> ObjectMetaArgs:
        where = self._args.standing.get(namespace, namespace) if namespace else None
        return ObjectMetaArgs(name=called, namespace=where, labels=self._args.labels.of(called, "access"))


def _rule(grant: Grant) -> rbac.PolicyRuleArgs:
    return rbac.PolicyRuleArgs(
        api_groups=list(grant.groups), resources=list(grant.resources), verbs=list(grant.verbs)
    )
