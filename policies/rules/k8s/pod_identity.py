"""Who a pod is to the cluster's API, and whether it has anything to show for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policies.families import WORKLOADS
from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, known
from policies.views.pod import pod_reads, see_pod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject
    from policies.views.pod import Pod

__all__ = ["DEFAULT", "SERVICE_ACCOUNT"]

SERVICE_ACCOUNT: Final = "kubernetes:core/v1:ServiceAccount"
BINDINGS: Final = tuple(
    f"kubernetes:rbac.authorization.k8s.io/v1:{kind}" for kind in ("RoleBinding", "ClusterRoleBinding")
)
DEFAULT: Final = "default"
"""The account that each namespace has unasked, and that each pod gets which names none."""
AS_USER: Final = re.compile(rf"system:serviceaccount:[^:]+:{DEFAULT}")
"""The same account by the name that the API server gives it."""
NAMED: Final = ("spec.serviceAccountName", "spec.serviceAccount")


def _account(pod: Pod) -> Node:
    """The account that a pod names; the second field is the first one's old name."""
    name = pod.root.at(NAMED[0])
    return pod.root.at(NAMED[1]) if name.is_empty == Truth.YES else name


@policy(
    id="k8s-no-automount-token",
    title="Service account tokens are mounted only on request",
    violation="automountServiceAccountToken is not false on a pod, or on the default ServiceAccount of a "
    "namespace",
    severity="medium",
    category="security",
    reads={
        **pod_reads("spec.automountServiceAccountToken", *NAMED),
        SERVICE_ACCOUNT: ("metadata.name", "automountServiceAccountToken"),
    },
    defaults={"allowedServiceAccounts": []},
    fix=Fix(
        "auto",
        "Say false; a pod that speaks with the API mounts a token of its own that ends.",
        "automountServiceAccountToken: false",
    ),
    enforcement="AAM",
    soc2=("CC6.1", "CC6.3"),
    cis=("K5.1.6",),
)
def no_automount_token(subject: Subject) -> Iterator[Judgement]:
    """Kubernetes puts a token into every pod unless told otherwise; a stolen one opens the cluster's API."""
    if subject.type == SERVICE_ACCOUNT:
        name, holder, who = subject.at("metadata.name"), subject.root, "the default service account"
        concerned = name.equals(DEFAULT)
        if concerned == Truth.NO:
            yield not_applicable(
                "not the account that pods get unasked: each pod that names it says it itself"
            )
            return
    else:
        pod = subject.view(see_pod)
        name, holder, who = _account(pod), pod.spec, "the pod"
        allowed = subject.config.texts("allowedServiceAccounts")
        concerned = ~name.one_of(allowed) if allowed else known(value=True)
        if concerned == Truth.NO:
            yield not_applicable(f"the service account {name.shown} is allowed a token by configuration")
            return
    flag = holder.key("automountServiceAccountToken")
    yield fail_if(
        ~flag.is_false & concerned, flag, f"{who} mounts a token unasked", mend=[flag.becomes(value=False)]
    )


@policy(
    id="k8s-no-default-service-account",
    title="Workloads name their own service account; default has no bindings",
    violation="serviceAccountName missing or default, or a binding with the ServiceAccount default among its "
    "subjects",
    severity="medium",
    category="security",
    reads={
        **pod_reads(*NAMED),
        **dict.fromkeys(BINDINGS, ("subjects[*].kind", "subjects[*].name")),
    },
    fix=Fix("none", "Make an account for each service, and bind to that.", "serviceAccountName: api"),
    enforcement="AAM",
    soc2=("CC6.1", "CC6.3"),
    cis=("K5.1.5",),
)
def no_default_service_account(subject: Subject) -> Iterator[Judgement]:
    """What the default account may do, every pod of the namespace may do that names no other."""
    if subject.type in WORKLOADS:
        name = _account(subject.view(see_pod))
        unnamed = name.test(lambda value: value in ("", DEFAULT), absent=Truth.YES)
        yield fail_if(unnamed, name, "the pod runs as the default service account")
        return
    for bound in subject.at("subjects").items():
        kind, name = bound.key("kind"), bound.key("name")
        is_account = kind.equals("ServiceAccount") & name.equals(DEFAULT)
        is_user = kind.equals("User") & name.test(
            lambda _, text=name.text: AS_USER.fullmatch(text) is not None
        )
        yield fail_if(is_account | is_user, bound, "the default service account is given a role")
