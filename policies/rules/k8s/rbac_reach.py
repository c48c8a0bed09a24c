"""What a role reaches behind the API: the values of secrets, and the inside of running pods and machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import every, known
from policies.views.allowed import is_listed
from policies.views.roles import CLUSTER_ROLE, ROLES, role_rules, rule_reads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["WAYS_IN"]

READ: Final = ("get", "list", "watch")
ENTER: Final = ("create", "get")
"""A WebSocket is opened with GET, and what it is opened for is allowed by that verb."""
WRITE: Final = ("create", "update", "patch")
CERTIFICATES: Final = "certificates.k8s.io"
ADMISSION: Final = "admissionregistration.k8s.io"
WAYS_IN: Final = {
    "pods/exec": (ENTER, ""),
    "pods/attach": (ENTER, ""),
    "pods/portforward": (ENTER, ""),
    "nodes/proxy": ((*READ, *WRITE, "delete"), ""),
    "certificatesigningrequests/approval": (("update", "patch"), CERTIFICATES),
    "validatingwebhookconfigurations": (WRITE, ADMISSION),
    "mutatingwebhookconfigurations": (WRITE, ADMISSION),
}
"""Each with the verbs that open it, and its API group."""


@policy(
    id="k8s-rbac-no-secret-read",
    title="Secrets are not readable cluster-wide",
    violation="a rule with get, list or watch (or '*') on secrets: of a Role without resourceNames, of a "
    "ClusterRole always",
    severity="high",
    category="security",
    reads=dict.fromkeys(ROLES, rule_reads("verbs", "resources", "apiGroups", "resourceNames")),
    fix=Fix(
        "none",
        "Name the secrets that are read, in a Role of their namespace.",
        'rules=[{"api_groups": [""], "resources": ["secrets"], "resource_names": ["api"], "verbs": ["get"]}]',
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.7"),
    cis=("K5.1.2",),
)
def rbac_no_secret_read(subject: Subject) -> Iterator[Judgement]:
    """Who may list secrets reads the token of every service account there, and is then all of them."""
    anywhere = known(value=subject.type == CLUSTER_ROLE)
    for rule in subject.view(role_rules):
        reading = every([rule.verbs(*READ), rule.resources("secrets"), rule.groups("")])
        unnamed = rule.node.key("resourceNames").is_empty
        place = rule.node.key("resources")
        yield fail_if(
            reading & (anywhere | unnamed), place, "who has the role reads secrets that nobody named"
        )


@policy(
    id="k8s-rbac-no-pod-exec",
    title="No pods/exec, attach, nodes/proxy or CSR approval rights",
    violation="a rule with create or get on pods/exec, pods/attach or pods/portforward, with any verb on "
    "nodes/proxy, or that may approve certificate signing requests or change webhook configurations",
    severity="high",
    category="security",
    reads=dict.fromkeys(ROLES, ("metadata.name", *rule_reads("verbs", "resources", "apiGroups"))),
    defaults={"allowedRoles": {}},
    fix=Fix(
        "none",
        "Let people see logs and measurements instead, and give the rest to a role for emergencies.",
        'rules=[{"api_groups": [""], "resources": ["pods/log"], "verbs": ["get"]}]',
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.3"),
    cis=("K5.1.4", "K5.1.10", "K5.1.11", "K5.1.12"),
)
def rbac_no_pod_exec(subject: Subject) -> Iterator[Judgement]:
    """A shell in a pod has its secrets and its network, past every review and almost every log."""
    name, allowed = subject.at("metadata.name"), subject.config.table("allowedRoles")
    excused = {
        way: is_listed(name, [role for role, ways in allowed.items() if way in ways]) for way in WAYS_IN
    }
    for rule in subject.view(role_rules):
        for way, (verbs, group) in WAYS_IN.items():
            opened = every([rule.verbs(*verbs), rule.resources(way), rule.groups(group)])
            place = rule.node.key("resources")
            yield fail_if(opened & ~excused[way], place, f"who has the role may use {way}")
