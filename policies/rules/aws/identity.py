"""Who may do what on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import every
from policies.views.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject
    from policies.truth import Truth
    from policies.views.statements import Statement

__all__ = ["ADMIN_POLICIES", "DOCUMENTS"]

DOCUMENTS: Final = {
    "aws:iam/policy:Policy": ("policy",),
    "aws:iam/rolePolicy:RolePolicy": ("policy",),
    "aws:iam/userPolicy:UserPolicy": ("policy",),
    "aws:iam/groupPolicy:GroupPolicy": ("policy",),
    "aws:iam/role:Role": ("inlinePolicies[*].policy",),
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": ("inlinePolicy",),
}
"""Where a policy document stands, by type."""
ATTACHMENTS: Final = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("policyArn",),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": ("policyArn",),
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": ("policyArn",),
    "aws:iam/policyAttachment:PolicyAttachment": ("policyArn",),
    "aws:iam/role:Role": ("managedPolicyArns[*]",),
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": ("managedPolicyArn",),
}
"""Where a policy is attached by its ARN, by type."""
ADMIN_POLICIES: Final = frozenset({"AdministratorAccess", "IAMFullAccess"})


@policy(
    id="aws-iam-no-admin-wildcard",
    title="No policy grants everything",
    violation="Allow with Action '*' (or NotAction) on Resource '*', or AdministratorAccess or IAMFullAccess "
    "attached",
    severity="critical",
    category="security",
    reads={
        token: DOCUMENTS.get(token, ()) + ATTACHMENTS.get(token, ()) for token in {**DOCUMENTS, **ATTACHMENTS}
    },
    parts=("statement", "attachment"),
    fix=Fix("none", "Name the actions and the resources that the work needs.", '"Action": ["s3:GetObject"]'),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.3"),
    cis=("A2.14",),
)
def iam_no_admin_wildcard(subject: Subject) -> Iterator[Judgement]:
    """One identity that may do everything makes every leak of it a leak of the whole account."""
    for path in DOCUMENTS.get(subject.type, ()):
        for document in _at(subject.root, path):
            for statement in statements(document):
                message = "a statement allows every action on every resource"
                yield fail_if(_grants_everything(statement), document, message, part="statement")
    for path in ATTACHMENTS.get(subject.type, ()):
        for arn in _at(subject.root, path):
            admin = arn.test(
                lambda value: isinstance(value, str) and value.rpartition("/")[2] in ADMIN_POLICIES
            )
            yield fail_if(
                admin, arn, f"the policy {arn.shown.rpartition('/')[2]} is attached", part="attachment"
            )


def _at(root: Node, path: str) -> list[Node]:
    """The places that a path of one list at most leads to."""
    before, bracket, after = path.partition("[*]")
    if not bracket:
        return [root.at(path)]
    return [item.at(after[1:]) if after else item for item in root.at(before).items()]


def _grants_everything(statement: Statement) -> Truth:
    actions = statement.has("Action", "*", "*:*") | statement.node.key("NotAction").exists
    return every([statement.allows, actions, statement.has("Resource", "*")])
