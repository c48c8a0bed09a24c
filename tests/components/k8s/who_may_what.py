"""Who may do what in the cluster, said a second time: as people expect it, not as the roles' table has it.

`tests/components/k8s/test_rbac.py` asks the roles as they are written, `tests/e2e/test_rbac.py` a real API
server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pulumi import ResourceOptions

from components.k8s.rbac import ROLES, Rbac, RbacArgs, RoleName
from plan.resource import Plan
from tests.components.k8s.support import LABELS, deploy

NAMESPACES: Final = ("trading", "gateway", "monitoring")
BACKUPS: Final = "velero"
NOBODY: Final = "nobody"
ORCHESTRATOR: Final = "system:serviceaccount:trading:orchestrator"
API: Final = "system:serviceaccount:trading:api"

APPS: Final = "apps"
ARGO: Final = "argoproj.io"
ENVOY: Final = "gateway.envoyproxy.io"
LEASES: Final = "coordination.k8s.io"
RBAC: Final = "rbac.authorization.k8s.io"
VELERO: Final = "velero.io"

VIEWER, OPERATOR, ON_CALL, DEPLOYER, AUDITOR = ROLES
PEOPLE: Final[tuple[RoleName, ...]] = (VIEWER, OPERATOR, ON_CALL)
WORKING: Final[tuple[RoleName, ...]] = (*PEOPLE, DEPLOYER)


@dataclass(frozen=True, slots=True)
class Case:
    """One question and its answer."""

    who: str
    """A role, or the name of a service account."""
    verb: str
    resource: str
    """With its subresource."""
    group: str
    namespace: str
    allowed: bool
    name: str = ""

    def __str__(self) -> str:
        """As a sentence."""
        where = f" in {self.namespace}" if self.namespace else ""
        what = f"{self.group}/{self.resource}" if self.group else self.resource
        may = "may" if self.allowed else "must not"
        return f"{self.who.rpartition(':')[2]} {may} {self.verb} {what} {self.name}".rstrip() + where


def group_of(role: RoleName) -> str:
    """The group that has a role in these tests."""
    return f"trading-{role}"


def access(groups: Mapping[RoleName, Sequence[str]] | None = None) -> Plan:
    """The part in a plan of its own; each role has a group, unless others are named."""
    args = RbacArgs(
        labels=LABELS,
        groups={role: [group_of(role)] for role in ROLES} if groups is None else groups,
        namespaces=NAMESPACES,
        backups_namespace=BACKUPS,
        tools_namespaces=["monitoring"],
        leases={"orchestrator": "orchestrator"},
        services_namespace="trading",
    )
    return deploy(lambda provider: Rbac("access", args, ResourceOptions(provider=provider)))


def cases() -> list[Case]:
    """All of them."""
    return [*_forbidden_to_all(), *_by_role(), *_of_services()]


# Whoever may do one of these may do anything, or read what is nobody's business.
_NEVER: Final = (
    ("get", "secrets", ""),
    ("list", "secrets", ""),
    ("watch", "secrets", ""),
    ("create", "secrets", ""),
    ("create", "pods/exec", ""),
    ("get", "pods/exec", ""),
    ("create", "pods/attach", ""),
    ("create", "pods/portforward", ""),
    ("patch", "pods/ephemeralcontainers", ""),
    ("create", "pods", ""),
    ("patch", "pods", ""),
    ("create", "serviceaccounts/token", ""),
    ("create", "serviceaccounts", ""),
    ("create", "jobs", "batch"),
    ("patch", "cronjobs", "batch"),
    ("create", "deployments", APPS),
    ("delete", "deployments", APPS),
    ("patch", "daemonsets", APPS),
    ("delete", "statefulsets", APPS),
    ("delete", "rollouts", ARGO),
    ("delete", "persistentvolumeclaims", ""),
    ("create", "rolebindings", RBAC),
    ("patch", "roles", RBAC),
    ("delete", "networkpolicies", "networking.k8s.io"),
    ("patch", "networkpolicies", "networking.k8s.io"),
    ("patch", "securitypolicies", ENVOY),
    ("create", "securitypolicies", ENVOY),
    ("patch", "clienttrafficpolicies", ENVOY),
    ("patch", "httproutes", "gateway.networking.k8s.io"),
    ("create", "externalsecrets", "external-secrets.io"),
    ("patch", "secretstores", "external-secrets.io"),
    ("patch", "resourcequotas", ""),
    ("create", "leases", LEASES),
    ("patch", "authorizationpolicies", "security.istio.io"),
)
_NEVER_ANYWHERE: Final = (
    ("create", "clusterrolebindings", RBAC),
    ("patch", "clusterroles", RBAC),
    ("escalate", "clusterroles", RBAC),
    ("bind", "clusterroles", RBAC),
    ("impersonate", "users", ""),
    ("impersonate", "groups", ""),
    ("patch", "namespaces", ""),
    ("delete", "namespaces", ""),
    ("delete", "nodes", ""),
    ("get", "nodes/proxy", ""),
    ("create", "nodes/proxy", ""),
    ("update", "certificatesigningrequests/approval", "certificates.k8s.io"),
    ("patch", "validatingwebhookconfigurations", "admissionregistration.k8s.io"),
    ("create", "validatingadmissionpolicies", "admissionregistration.k8s.io"),
    ("patch", "customresourcedefinitions", "apiextensions.k8s.io"),
    ("delete", "persistentvolumes", ""),
    ("list", "secrets", ""),
    ("list", "pods", ""),
)


def _forbidden_to_all() -> Iterator[Case]:
    for who in (*ROLES, NOBODY, API, ORCHESTRATOR):
        for verb, resource, group in _NEVER:
            for namespace in ("trading", BACKUPS):
                yield Case(who, verb, resource, group, namespace, allowed=False)
        for verb, resource, group in _NEVER_ANYWHERE:
            yield Case(who, verb, resource, group, "", allowed=False)
        for namespace in ("kube-system", "default"):
            yield Case(who, "get", "pods", "", namespace, allowed=False)
        yield Case(who, "delete", "backups", VELERO, BACKUPS, allowed=False)
        yield Case(who, "create", "deletebackuprequests", VELERO, BACKUPS, allowed=False)
        yield Case(who, "patch", "backupstoragelocations", VELERO, BACKUPS, allowed=False)


# verb, resource, group, namespace: and which roles alone may
_SHARED: Final[tuple[tuple[str, str, str, str, tuple[RoleName, ...]], ...]] = (
    ("list", "pods", "", "trading", WORKING),
    ("get", "pods/log", "", "trading", WORKING),
    ("watch", "events", "", "gateway", (*WORKING, AUDITOR)),
    ("list", "deployments", APPS, "monitoring", WORKING),
    ("list", "rollouts", ARGO, "trading", WORKING),
    ("get", "analysisruns", ARGO, "trading", WORKING),
    ("get", "scaledobjects", "keda.sh", "trading", WORKING),
    ("list", "horizontalpodautoscalers", "autoscaling", "trading", WORKING),
    ("list", "pods", "metrics.k8s.io", "trading", WORKING),
    ("list", "nodes", "metrics.k8s.io", "", WORKING),
    ("list", "nodes", "", "", (*WORKING, AUDITOR)),
    ("list", "nodepools", "karpenter.sh", "", PEOPLE),
    ("list", "httproutes", "gateway.networking.k8s.io", "trading", (*WORKING, AUDITOR)),
    ("get", "certificates", "cert-manager.io", "gateway", (*WORKING, AUDITOR)),
    ("list", "networkpolicies", "networking.k8s.io", "trading", (*PEOPLE, AUDITOR)),
    ("list", "externalsecrets", "external-secrets.io", "trading", (*WORKING, AUDITOR)),
    ("list", "rolebindings", RBAC, "trading", (AUDITOR,)),
    ("list", "clusterrolebindings", RBAC, "", (AUDITOR,)),
    ("get", "validatingwebhookconfigurations", "admissionregistration.k8s.io", "", (AUDITOR,)),
    ("list", "securitypolicies", ENVOY, "trading", (*WORKING, AUDITOR)),
    ("delete", "pods", "", "trading", (OPERATOR, ON_CALL)),
    ("create", "pods/eviction", "", "trading", (OPERATOR, ON_CALL)),
    ("patch", "deployments/scale", APPS, "trading", (OPERATOR, ON_CALL)),
    ("patch", "rollouts/scale", ARGO, "trading", (OPERATOR, ON_CALL)),
    ("patch", "rollouts/status", ARGO, "trading", (OPERATOR, ON_CALL, DEPLOYER)),
    ("patch", "scaledobjects", "keda.sh", "trading", (OPERATOR, ON_CALL, DEPLOYER)),
    ("create", "events", "", "trading", (OPERATOR, ON_CALL)),
    ("patch", "nodes", "", "", (OPERATOR, ON_CALL)),
    # who can change a template can have a pod print a secret
    ("patch", "deployments", APPS, "trading", (ON_CALL, DEPLOYER)),
    ("patch", "statefulsets", APPS, "trading", (ON_CALL, DEPLOYER)),
    ("patch", "rollouts", ARGO, "trading", (ON_CALL, DEPLOYER)),
    ("create", "analysistemplates", ARGO, "trading", (DEPLOYER,)),
    ("create", "configmaps", "", "trading", (DEPLOYER,)),
    ("patch", "services", "", "trading", (DEPLOYER,)),
    ("create", "pods/portforward", "", "monitoring", PEOPLE),
    ("create", "pods/portforward", "", "gateway", ()),
    ("list", "backups", VELERO, BACKUPS, PEOPLE),
    ("create", "backups", VELERO, BACKUPS, (OPERATOR, ON_CALL)),
    ("create", "restores", VELERO, BACKUPS, (ON_CALL,)),
    ("list", "backups", VELERO, "trading", ()),
)


def _by_role() -> Iterator[Case]:
    for verb, resource, group, namespace, may in _SHARED:
        for role in ROLES:
            yield Case(role, verb, resource, group, namespace, allowed=role in may)
        yield Case(NOBODY, verb, resource, group, namespace, allowed=False)


def _of_services() -> Iterator[Case]:
    for verb in ("get", "update", "patch"):
        yield Case(ORCHESTRATOR, verb, "leases", LEASES, "trading", allowed=True, name="orchestrator")
        yield Case(ORCHESTRATOR, verb, "leases", LEASES, "trading", allowed=False, name="worker")
        yield Case(ORCHESTRATOR, verb, "leases", LEASES, "kube-system", allowed=False, name="orchestrator")
        yield Case(API, verb, "leases", LEASES, "trading", allowed=False, name="orchestrator")
    for verb in ("list", "watch", "delete", "deletecollection"):
        yield Case(ORCHESTRATOR, verb, "leases", LEASES, "trading", allowed=False, name="orchestrator")
    for service in (ORCHESTRATOR, API):
        yield Case(service, "get", "configmaps", "", "trading", allowed=False)
        yield Case(service, "get", "pods", "", "trading", allowed=False)
