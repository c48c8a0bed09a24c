"""Who may do what on AWS."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, every, some
from policies.views.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject
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
USERS: Final = {
    "aws:iam/accessKey:AccessKey": ("user",),
    "aws:iam/userLoginProfile:UserLoginProfile": ("user",),
    "aws:iam/serviceSpecificCredential:ServiceSpecificCredential": ("userName",),
    "aws:iam/userPolicy:UserPolicy": ("user",),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": ("user",),
    "aws:iam/policyAttachment:PolicyAttachment": ("users[*]",),
}
"""What a user has of its own, and where the user is named."""
CALLED: Final = {
    "AccessKey": "key that never ends",
    "UserLoginProfile": "password",
    "ServiceSpecificCredential": "password for a service",
}
READS_OBJECTS: Final = "s3:getobject"
PRIVILEGED: Final = ("iam:passrole", "sts:assumerole", "kms:decrypt", READS_OBJECTS)
SERVICE_WIDE: Final = re.compile(r"[^:]*:?\*+")
EVERYTHING: Final = re.compile(r"\*+|arn:[^:]*:[^:]*:\*?:\*?:\*(/\*)?")
PASSWORDS: Final = "aws:iam/accountPasswordPolicy:AccountPasswordPolicy"
LENGTH: Final = "minimumPasswordLength"
REUSE: Final = "passwordReusePrevention"
CHARACTERS: Final = {
    "lowercase": "requireLowercaseCharacters",
    "uppercase": "requireUppercaseCharacters",
    "numbers": "requireNumbers",
    "symbols": "requireSymbols",
}
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


@policy(
    id="aws-iam-no-wildcard-action",
    title="No service-wide wildcard actions on all resources",
    violation="Allow action 'svc:*' or '*' (or NotAction) or privileged actions (iam:PassRole, "
    "sts:AssumeRole, kms:Decrypt, s3:Get*) on Resource '*' (or NotResource)",
    severity="high",
    category="security",
    reads=DOCUMENTS,
    defaults={"allowedActions": []},
    fix=Fix("none", "Name the actions, or the resources that they are for.", '"Resource": [bucket.arn]'),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.3"),
    cis=("A2.14",),
)
def iam_no_wildcard_action(subject: Subject) -> Iterator[Judgement]:
    """All of a service, everywhere, is more than any job needs; some actions hand out all the rest.

    Who may pass any role or take any role has the rights of each; who may decrypt with any key, or read any
    object, has the data. ``allowedActions`` names actions, as policies write them, that are needed so.
    """
    allowed = {action.lower() for action in subject.config.texts("allowedActions")}
    for path in DOCUMENTS[subject.type]:
        for document in _at(subject.root, path):
            for statement in statements(document):
                resources = statement.node.key("Resource").items()
                everywhere = some(item.test(_is_everything) for item in resources)
                granted = statement.allows & (everywhere | statement.node.key("NotResource").exists)
                others = statement.node.key("NotAction").exists
                message = "a statement allows all but a few actions on every resource"
                yield fail_if(granted & others, document, message)
                for action in statement.node.key("Action").items():
                    wide = action.test(
                        lambda value: str(value).lower() not in allowed and _is_wide(str(value).lower())
                    )
                    message = f"a statement allows {action.shown} on every resource"
                    yield fail_if(granted & wide, document, message)


def _is_everything(resource: object) -> bool:
    """Whether a resource is ``*``, or everything of a service."""
    return EVERYTHING.fullmatch(str(resource)) is not None


def _is_wide(action: str) -> bool:
    """Whether an action, in small letters, is all of a service or covers a privileged one."""
    covered = any(fnmatchcase(privileged, action) for privileged in PRIVILEGED)
    return covered or action.startswith(READS_OBJECTS) or SERVICE_WIDE.fullmatch(action) is not None


@policy(
    id="aws-iam-no-long-lived-keys",
    title="No IAM users with keys, no inline user policies",
    violation="an access key, a password or another credential of an IAM user; a policy on a user (a "
    "PolicyAttachment only with users); a role with OIDC or Pod Identity is the allowed path",
    severity="high",
    category="security",
    reads=USERS,
    defaults={"allowedUsers": []},
    fix=Fix(
        "none",
        "Let people come by single sign-on and programs by a role; give users rights through a group.",
        "aws.iam.Role(name, assume_role_policy=web_identity_trust(…))",
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.2", "CC6.3"),
    cis=("A2.13", "A2.16", "A2.19"),
)
def iam_no_long_lived_keys(subject: Subject) -> Iterator[Judgement]:
    """A key that never ends is found years later, in an old laptop or a public repository, and still works.

    A user alone can do nothing: what counts is what it logs in with, and what it may do by itself.
    ``allowedUsers`` names users, such as one for emergencies, that are meant.
    """
    allowed = subject.config.texts("allowedUsers")
    (path,) = USERS[subject.type]
    kind = subject.type.rpartition(":")[2]
    given = ~subject.at("users").is_empty if path == "users[*]" else Truth.YES
    if given == Truth.NO:
        yield not_applicable("no user is given the policy")
        return
    for user in _at(subject.root, path):
        meant = user.one_of(allowed) if allowed else Truth.NO
        yield fail_if(~meant & given, user, f"{user.shown} has a {CALLED.get(kind, 'policy of its own')}")


@policy(
    id="aws-iam-password-policy",
    title="Account password policy is strong",
    violation="minimumPasswordLength < 14, passwordReusePrevention < 24, or a character class not required",
    severity="medium",
    category="security",
    reads={PASSWORDS: (LENGTH, REUSE, *CHARACTERS.values())},
    parts=("length", "reuse", *CHARACTERS),
    fix=Fix(
        "auto",
        "Ask for 14 characters of all four kinds, and for none of the last 24 passwords.",
        "minimum_password_length=14, password_reuse_prevention=24, require_symbols=True",
    ),
    enforcement="MMM",
    soc2=("CC6.1",),
    cis=("A2.8", "A2.9"),
)
def iam_password_policy(subject: Subject) -> Iterator[Judgement]:
    """A short password that may be used again is guessed from the lists of the last leak elsewhere.

    What the policy does not say is off; the length is then 6.
    """
    for part, name, least in (("length", LENGTH, 14), ("reuse", REUSE, 24)):
        node = subject.at(name)
        short = node.test(
            lambda _, node=node, least=least: node.number is None or node.number < least, absent=Truth.YES
        )
        message = f"{name} is {node.shown}, at least {least}"
        yield fail_if(short, node, message, part=part, mend=[node.becomes(least)])
    for part, name in CHARACTERS.items():
        flag = subject.at(name)
        message = f"a password needs no {part}"
        yield fail_if(~flag.is_true, flag, message, part=part, mend=[flag.becomes(value=True)])
