"""Who may do what on Google Cloud: named roles for named members, and no keys that can be copied."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import every, known, some
from policies.views.grants import EVERYBODY, granting, grants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject
    from policies.truth import Truth
    from policies.views.grants import Grant

__all__ = ["SHARED"]

SCOPES: Final = granting(
    "projects/iAM", "folder/iAM", "organizations/iAM", also=("role", "condition.expression")
)
"""Where a role holds for everything below."""
KEY: Final = "gcp:serviceaccount/key:Key"
DATASET: Final = "gcp:bigquery/dataset:Dataset"
DATASET_ACCESS: Final = "gcp:bigquery/datasetAccess:DatasetAccess"
SHARED: Final = granting(
    "artifactregistry/repositoryIam",
    "bigquery/datasetIam",
    "bigquery/iam",
    "cloudfunctions/functionIam",
    "cloudfunctionsv2/functionIam",
    "cloudrun/iam",
    "cloudrunv2/jobIam",
    "cloudrunv2/serviceIam",
    "kms/cryptoKeyIAM",
    "kms/keyRingIAM",
    "pubsub/subscriptionIAM",
    "pubsub/topicIAM",
    "secretmanager/secretIam",
    "serviceaccount/iAM",
)
"""What has members of its own. Buckets have a policy of their own."""
SERVICES: Final = {
    **dict.fromkeys(granting("cloudfunctions/functionIam", "cloudfunctionsv2/functionIam"), "cloudFunction"),
    **dict.fromkeys(granting("cloudrun/iam"), "service"),
    **dict.fromkeys(granting("cloudrunv2/serviceIam"), "name"),
}
"""What can be meant for everybody, and where its name stands."""
BASIC: Final = frozenset(
    f"roles/{name}" for name in ("owner", "editor", "viewer", "admin", "writer", "reader")
)
IMPERSONATING: Final = frozenset(
    f"roles/iam.{name}"
    for name in (
        "serviceAccountAdmin",
        "serviceAccountKeyAdmin",
        "serviceAccountOpenIdTokenCreator",
        "serviceAccountTokenCreator",
        "serviceAccountUser",
        "workloadIdentityUser",
    )
)
"""On a project: to act as each of its service accounts."""
ADMIN: Final = re.compile(r"roles/(.*[.])?\w*admin", re.IGNORECASE)
AGENT: Final = re.compile(r"serviceAccount:(service-\d+@|[^@]+@gcp-sa-|\d+@cloudservices[.]).*")
"""By its address a service of Google's own."""
READERS: Final = ("userByEmail", "groupByEmail", "domain", "specialGroup", "iamMember", "view", "routine")
"""Who may read a dataset, each in a place of its own; and, as another dataset:"""
OTHER_DATASET: Final = {DATASET: "dataset", DATASET_ACCESS: "authorizedDataset"}


@policy(
    id="gcp-iam-no-primitive-roles",
    title="No owner/editor/viewer basic roles, no user token-creator at project level",
    violation="a basic role (owner, editor, viewer …), a role to act as every service account, a service "
    "agent's role for somebody else, or an admin role for a service account, on a project, folder or "
    "organisation",
    severity="high",
    category="security",
    reads=SCOPES,
    parts=("basic", "impersonation", "admin"),
    fix=Fix(
        "none",
        "Give the narrow role, on the one resource that needs it.",
        "serviceaccount.IAMMember(name, service_account_id=account.name, member=member, "
        'role="roles/iam.serviceAccountUser")',
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.3"),
    cis=("G1.6", "G1.7"),
)
def iam_no_primitive_roles(subject: Subject) -> Iterator[Judgement]:
    """A basic role holds thousands of rights over everything; who may be any account has all their rights."""
    for grant in subject.view(grants):
        role = grant.role
        name = role.text or "the role"
        yield fail_if(role.one_of(BASIC), role, f"{name} is a basic role", part="basic")
        acting = role.one_of(IMPERSONATING) | (_is_agents(role) & ~every(map(_is_agent, grant.members)))
        message = f"{name} is the right to act as other accounts"
        yield fail_if(acting, role, message, part="impersonation")
        administers = every([_is_admin(role), some(map(_is_account, grant.members)), ~_is_narrow(grant)])
        yield fail_if(administers, role, f"a service account has {name}", part="admin")


def _is_agents(role: Node) -> Truth:
    return role.test(lambda value: str(value).endswith(".serviceAgent"))


def _is_admin(role: Node) -> Truth:
    return role.test(lambda value: ADMIN.fullmatch(str(value)) is not None)


def _is_agent(member: Node) -> Truth:
    return member.test(lambda value: AGENT.fullmatch(str(value)) is not None)


def _is_account(member: Node) -> Truth:
    return member.test(lambda value: str(value).startswith("serviceAccount:")) & ~_is_agent(member)


def _is_narrow(grant: Grant) -> Truth:
    """Whether it is for named resources: some services have no other place to say so."""
    return grant.condition.key("expression").test(lambda value: "resource.name" in str(value))


@policy(
    id="gcp-iam-no-sa-keys",
    title="No user-managed service account keys",
    violation="a key exists, made or uploaded, of an account that is not in allowedAccounts",
    severity="high",
    category="security",
    reads={KEY: ("serviceAccountId",)},
    defaults={"allowedAccounts": []},
    fix=Fix(
        "none",
        "Let the caller log in as itself, by workload identity federation.",
        "iam.WorkloadIdentityPoolProvider(name, workload_identity_pool_id=pool.workload_identity_pool_id, "
        "workload_identity_pool_provider_id=name, oidc={...})",
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.2"),
    cis=("G1.5", "G1.8"),
)
def iam_no_sa_keys(subject: Subject) -> Iterator[Judgement]:
    """A key is a password that never ends: who copies it once is the account until somebody notices."""
    account, allowed = subject.at("serviceAccountId"), subject.config.texts("allowedAccounts")
    excused = account.test(lambda value: _last(value) in allowed) & known(value=bool(allowed))
    yield fail_if(~excused, account, "the account has a key that can be copied")


@policy(
    id="gcp-public-iam",
    title="No resource is shared with allUsers",
    violation="a member or special group is allUsers or allAuthenticatedUsers, or a dataset's access names "
    "nobody; not for the services of Cloud Run and Cloud Functions in allowedPublicServices",
    severity="critical",
    category="security",
    reads={
        **{
            token: (*paths, SERVICES[token]) if token in SERVICES else paths
            for token, paths in SHARED.items()
        },
        DATASET: tuple(f"accesses[*].{key}" for key in (*READERS, OTHER_DATASET[DATASET])),
        DATASET_ACCESS: (*READERS, OTHER_DATASET[DATASET_ACCESS]),
    },
    defaults={"allowedPublicServices": []},
    fix=Fix("none", "Name who needs it.", 'member="group:analysts@example.com"'),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.6"),
    cis=("G7.1", "G1.10"),
)
def public_iam(subject: Subject) -> Iterator[Judgement]:
    """What everybody may read or call is read and called by everybody, and paid for by us."""
    if subject.type in OTHER_DATASET:
        entries = subject.at("accesses").items() if subject.type == DATASET else [subject.root]
        for entry in entries:
            everybody = some(entry.key(key).one_of(EVERYBODY) for key in ("specialGroup", "iamMember"))
            named = some(entry.key(key).exists for key in (*READERS, OTHER_DATASET[subject.type]))
            yield fail_if(everybody | ~named, entry, "everybody reads the dataset")
        return
    service = subject.at(SERVICES.get(subject.type, ""))
    allowed = subject.config.texts("allowedPublicServices")
    meant = service.test(lambda value: _last(value) in allowed) & known(value=bool(allowed))
    for grant in subject.view(grants):
        for member in grant.members:
            message = f"everybody has {grant.role.text or 'the role'}"
            yield fail_if(member.one_of(EVERYBODY) & ~meant, member, message)


def _last(name: object) -> str:
    """The name in a path of names."""
    return str(name).rpartition("/")[2]
