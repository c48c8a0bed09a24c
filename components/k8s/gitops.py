"""Argo CD follows a repository of rendered manifests: what is merged there is what runs.

The project can put the kinds of a service into one namespace and nothing anywhere else: no roles, no quotas,
no policies, no secrets, nothing of the cluster. Argo CD itself only reads; it acts as the account ``gitops``,
whose role is the same list (``operator_values_delivery.argo_cd``). So whoever may merge into the repository
can run another image, and cannot make himself an administrator.

Two things are not the repository's: how many pods there are (KEDA's) and how traffic is divided (the
rollout's). They are left as they are found, in comparing and in applying.

Through market hours nothing is applied by itself; a person may still do it.

Sources: Argo CD 3, *Projects*, *Application Sync using impersonation*, *Diff customization*
(``RespectIgnoreDifferences``), *Sync windows*, *Sync options*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.core.v1 import ServiceAccount
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.rbac import v1 as rbac

from components.base import Part
from components.k8s.labels import Labels
from components.k8s.objects import custom
from components.k8s.places import ARGOCD
from components.k8s.quiet_hours import Window

__all__ = ["ACCOUNT", "KINDS", "GitOps", "GitOpsArgs"]

ACCOUNT: Final = "gitops"
"""As whom Argo CD acts. Its chart's values name it too."""
PROJECT: Final = "trading"
APPLICATION: Final = "services"
HERE: Final = "https://kubernetes.default.svc"
KINDS: Final = (
    ("", "ConfigMap", "configmaps"),
    ("", "Service", "services"),
    ("", "ServiceAccount", "serviceaccounts"),
    ("apps", "Deployment", "deployments"),
    ("apps", "StatefulSet", "statefulsets"),
    ("argoproj.io", "AnalysisTemplate", "analysistemplates"),
    ("argoproj.io", "Rollout", "rollouts"),
    ("gateway.networking.k8s.io", "HTTPRoute", "httproutes"),
    ("keda.sh", "ScaledObject", "scaledobjects"),
    ("policy", "PodDisruptionBudget", "poddisruptionbudgets"),
)
"""What the repository may hold: group, kind, and the resource's name for the role."""
_COUNTED_BY_KEDA: Final = (("apps", "Deployment"), ("apps", "StatefulSet"), ("argoproj.io", "Rollout"))


@dataclass(frozen=True, slots=True, kw_only=True)
class GitOpsArgs:
    """Which repository, and where its manifests go."""

    namespace: pulumi.Input[str]
    """Of the services."""
    labels: Labels
    repository: str
    """``https://…``. How it is opened, if it is not public, is a secret of the namespace of Argo CD."""
    path: str
    """Folder of this environment and region."""
    revision: str
    """A branch: what is merged there is deployed."""
    busy: Sequence[Window]
    """Stretches of the week in which nothing is applied by itself (`quiet_hours.busy_windows`)."""
    after: Sequence[pulumi.Resource] = ()
    """What brings Argo CD's kinds."""

    def __post_init__(self) -> None:
        """A folder that leads out of the repository's own is always a mistake, or worse."""
        if not self.repository.startswith("https://"):
            msg = (
                f"the repository is {self.repository!r}, expected an address that begins with https://. "
                "Fix: gitops: {repository: https://git.example.com/trading/manifests.git}"
            )
            raise ValueError(msg)
        if self.path.startswith("/") or ".." in self.path.split("/"):
            msg = f"the path is {self.path!r}, expected a folder in the repository, such as prod/us-east-1"
            raise ValueError(msg)


class GitOps(Part):
    """Account, project and application."""

    application_name: str

    def __init__(self, name: str, args: GitOpsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        rights = self._account()
        project = custom(
            self.named("project"),
            "argoproj.io/v1alpha1/AppProject",
            self._metadata(PROJECT, ARGOCD),
            self._project(),
            ResourceOptions(parent=self, depends_on=[*args.after, *rights]),
        )
        custom(
            self.named("application"),
            "argoproj.io/v1alpha1/Application",
            self._metadata(APPLICATION, ARGOCD),
            self._application(),
            ResourceOptions(parent=self, depends_on=[project]),
        )
        self.application_name = APPLICATION
        self.finish()

    def _account(self) -> list[pulumi.Resource]:
        inside = self._metadata(ACCOUNT, self._args.namespace)
        account = ServiceAccount(
            self.named("account"),
            metadata=inside,
            automount_service_account_token=False,
            opts=ResourceOptions(parent=self),
        )
        role = rbac.Role(
            self.named("role"),
            metadata=inside,
            rules=[
                rbac.PolicyRuleArgs(
                    api_groups=[group],
                    resources=sorted(plural for other, _, plural in KINDS if other == group),
                    verbs=["get", "list", "watch", "create", "update", "patch", "delete"],
                )
                for group in sorted({group for group, _, _ in KINDS})
            ],
            opts=ResourceOptions(parent=self),
        )
        binding = rbac.RoleBinding(
            self.named("binding"),
            metadata=inside,
            role_ref=rbac.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=ACCOUNT),
            subjects=[rbac.SubjectArgs(kind="ServiceAccount", name=ACCOUNT, namespace=self._args.namespace)],
            opts=ResourceOptions(parent=self, depends_on=[role]),
        )
        return [account, binding]

    def _project(self) -> dict[str, Any]:
        args = self._args
        return {
            "description": "The services, as their repository says",
            "sourceRepos": [args.repository],
            "destinations": [{"server": HERE, "namespace": args.namespace}],
            "destinationServiceAccounts": [
                {"server": HERE, "namespace": args.namespace, "defaultServiceAccount": ACCOUNT}
            ],
            "clusterResourceWhitelist": [],
            "namespaceResourceWhitelist": [{"group": group, "kind": kind} for group, kind, _ in KINDS],
            "orphanedResources": {"warn": False},  # the program's own objects live beside the repository's
            "syncWindows": [
                {
                    "kind": "deny",
                    "schedule": window.schedule,
                    "duration": window.duration,
                    "timeZone": "UTC",
                    "applications": ["*"],
                    "manualSync": True,
                }
                for window in args.busy
            ],
        }

    def _application(self) -> dict[str, Any]:
        args = self._args
        return {
            "project": PROJECT,
            "source": {"repoURL": args.repository, "path": args.path, "targetRevision": args.revision},
            "destination": {"server": HERE, "namespace": args.namespace},
            "syncPolicy": {
                "automated": {"prune": True, "selfHeal": True, "allowEmpty": False},
                "syncOptions": [
                    "ApplyOutOfSyncOnly=true",
                    "CreateNamespace=false",
                    "FailOnSharedResource=true",
                    "PruneLast=true",
                    "RespectIgnoreDifferences=true",
                    "ServerSideApply=true",
                ],
                "retry": {
                    "limit": 3,
                    "backoff": {"duration": "30s", "factor": 2, "maxDuration": "5m"},
                },
            },
            "ignoreDifferences": [
                *(
                    {"group": group, "kind": kind, "jsonPointers": ["/spec/replicas"]}
                    for group, kind in _COUNTED_BY_KEDA
                ),
                {
                    "group": "gateway.networking.k8s.io",
                    "kind": "HTTPRoute",
                    "jqPathExpressions": [".spec.rules[].backendRefs[].weight"],
                },
            ],
            "revisionHistoryLimit": 10,
        }

    def _metadata(self, name: str, namespace: pulumi.Input[str]) -> ObjectMetaArgs:
        return ObjectMetaArgs(name=name, namespace=namespace, labels=self._args.labels.of(name, "gitops"))
