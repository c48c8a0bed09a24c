"""Who may do what in the cluster: no more than was meant, and nobody more than they were given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import every, known
from policies.views.allowed import is_listed
from policies.views.roles import BINDINGS, ROLES, role_rules, rule_reads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["ADMIN"]

ADMIN: Final = "cluster-admin"
EVERYBODY: Final = ("system:masters", "system:authenticated", "system:unauthenticated", "system:anonymous")
"""Groups and users that no binding should name: above all rules, or open to whoever reaches the server."""
WILDCARDS: Final = {"verbs": "verbs", "resources": "resources", "api-groups": "apiGroups"}
RBAC: Final = "rbac.authorization.k8s.io"
OTHERS: Final = ("users", "groups", "serviceaccounts", "uids", "userextras")
"""Whom somebody with the verb ``impersonate`` may act as."""


@policy(
    id="k8s-rbac-no-wildcards",
    title="Roles hold no wildcard verbs, resources or apiGroups",
    violation="a rule of a Role or ClusterRole with '*' among its verbs, its resources or its apiGroups",
    severity="high",
    category="security",
    reads=dict.fromkeys(ROLES, rule_reads(*WILDCARDS.values())),
    parts=tuple(WILDCARDS),
    fix=Fix(
        "none",
        "List what is needed.",
        'rules=[{"api_groups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch"]}]',
    ),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.3"),
    cis=("K5.1.3",),
)
def rbac_no_wildcards(subject: Subject) -> Iterator[Judgement]:
    """A wildcard also grants what is added later: a new verb, a new kind, whatever an operator brings."""
    for rule in subject.view(role_rules):
        for part, field in WILDCARDS.items():
            for item in rule.node.key(field).items():
                yield fail_if(item.equals("*"), item, f"a rule grants all {field}", part=part)


@policy(
    id="k8s-rbac-no-cluster-admin",
    title="cluster-admin is not bound",
    violation="a binding whose roleRef is cluster-admin, or one of whose subjects is system:masters, "
    "system:authenticated, system:unauthenticated or system:anonymous",
    severity="critical",
    category="security",
    reads=dict.fromkeys(BINDINGS, ("roleRef.name", "subjects[*].name")),
    defaults={"allowedSubjects": []},
    fix=Fix(
        "none",
        "Bind a role that grants what is needed, to those who need it.",
        'role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "deployer"}',
    ),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.3"),
    cis=("K5.1.1", "K5.1.7"),
)
def rbac_no_cluster_admin(subject: Subject) -> Iterator[Judgement]:
    """Who is cluster-admin reads every secret and can undo every other rule."""
    role, subjects = subject.at("roleRef.name"), subject.at("subjects").items()
    allowed = subject.config.texts("allowedSubjects")
    names = [one.key("name") for one in subjects]
    expected = every(is_listed(name, allowed) for name in names) & known(value=bool(names))
    yield fail_if(role.equals(ADMIN) & ~expected, role, "it makes its subjects administrators of everything")
    for name in names:
        open_to_all = name.one_of(EVERYBODY) & ~is_listed(name, allowed)
        yield fail_if(open_to_all, name, f"it is bound to {name.shown}")


@policy(
    id="k8s-rbac-no-escalation-verbs",
    title="No bind, escalate or impersonate verbs",
    violation="a rule with the verb bind or escalate (or '*') on roles or clusterroles, with the verb "
    "impersonate, or with '*' on users, groups or serviceaccounts, which holds it",
    severity="critical",
    category="security",
    reads=dict.fromkeys(ROLES, rule_reads("verbs", "resources", "apiGroups")),
    fix=Fix(
        "none",
        "Let one reviewed program make roles and bindings, and nobody act as somebody else.",
        'verbs=["get", "list", "watch"]',
    ),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.3"),
    cis=("K5.1.8",),
)
def rbac_no_escalation_verbs(subject: Subject) -> Iterator[Judgement]:
    """With these verbs a small role grows into any role, and the audit log names somebody else."""
    for rule in subject.view(role_rules):
        granting = rule.verbs("bind", "escalate") & rule.resources("roles", "clusterroles")
        verbs = rule.node.key("verbs")
        yield fail_if(granting & rule.groups(RBAC), verbs, "who has the role may grant what it does not hold")
        acting = rule.verbs() & rule.resources(*OTHERS) & rule.groups("", "authentication.k8s.io")
        acting |= rule.names_verb("impersonate")
        yield fail_if(acting, verbs, "who has the role may act as somebody else")
