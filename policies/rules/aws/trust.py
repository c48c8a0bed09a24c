"""Who may take a role on AWS, or be let in by a token of somebody else."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, every, known, some
from policies.views.statements import account_of, statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject
    from policies.views.statements import Statement

__all__ = ["ROLE"]

ROLE: Final = "aws:iam/role:Role"
PROVIDER: Final = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
TRUST: Final = "assumeRolePolicy"
WHOLE_ACCOUNT: Final = re.compile(r"\d{12}|arn:[\w-]+:iam::\d{12}:root")
EXTERNAL_ID: Final = "sts:ExternalId"
EQUALS: Final = ("StringEquals", "StringLike")
WEB_IDENTITY: Final = "sts:assumerolewithwebidentity"
SAML: Final = ":saml-provider/"
LOGINS: Final = {
    "cognito-identity.amazonaws.com": "aud",
    "accounts.google.com": "aud",
    "www.amazon.com": "app_id",
    "graph.facebook.com": "app_id",
}
"""Where people log in with an app, whose id then says whom the role is for."""
GITHUB: Final = "token.actions.githubusercontent.com"
UNFORGEABLE: Final = ("repo:", "repository:", "repository_id:", "job_workflow_ref:")
"""How a subject begins that no other organisation can make GitHub write."""
REPOSITORY: Final = re.compile(r"(repo|repository|project_path):[^*?/:]+(/[^*?/:]+)+(:.*)?")
SERVICE_ACCOUNT: Final = re.compile(r"system:serviceaccount:[^*?:]+:[^*?:]+\*?")
SOMEBODY: Final = re.compile(r"[^*?:/]+[:/][^*?:/].*|[^*?]+")
KNOWN_SHAPES: Final = {
    "repo:": REPOSITORY,
    "repository:": REPOSITORY,
    "project_path:": REPOSITORY,
    "system:": SERVICE_ACCOUNT,
}


@policy(
    id="aws-iam-trust-not-public",
    title="Role trust policy is not public",
    violation="Principal '*', {AWS: '*'} or an ARN of any account without a restricting condition; all of an "
    "account that is neither ours (the provider's allowedAccountIds) nor in trustedAccounts, without "
    "sts:ExternalId",
    severity="critical",
    category="security",
    reads={ROLE: (TRUST,)},
    defaults={"trustedAccounts": []},
    fix=Fix(
        "none",
        "Name the roles or the service that take the role; ask a foreign account for an ExternalId.",
        '"Principal": {"Service": "ec2.amazonaws.com"}',
    ),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.3"),
    cis=("A2.21",),
)
def iam_trust_not_public(subject: Subject) -> Iterator[Judgement]:
    """A role that everybody may take lets everybody in; a partner's account is many people, and their guests.

    Which account is ours no trust policy says: where neither the provider's settings nor trustedAccounts
    name one, nobody can tell a foreign account from our own.
    """
    document = subject.at(TRUST)
    ours = subject.body.provider.at("allowedAccountIds").parsed().items()
    for statement in statements(document):
        narrowed = statement.knows_caller()
        public = statement.admits_everyone() & ~narrowed
        yield fail_if(public, document, "everybody may take the role")
        asked = some(item.exists for name in EQUALS for item in statement.condition(name, EXTERNAL_ID))
        for principal in statement.principals():
            foreign = _is_foreign(principal, ours, subject.config.texts("trustedAccounts"))
            message = f"all of {principal.shown} may take the role, without an ExternalId"
            yield fail_if(statement.allows & foreign & ~asked & ~narrowed, document, message)


def _is_foreign(principal: Node, ours: Sequence[Node], trusted: Sequence[str]) -> Truth:
    """Whether it is all of an account that is not ours, and not one that we trust."""
    familiar = {*trusted, *(account.shown for account in ours)}
    foreign = principal.test(
        lambda value: (
            WHOLE_ACCOUNT.fullmatch(str(value)) is not None and account_of(str(value)) not in familiar
        )
    )
    nobody_told = not familiar or any(account.is_open for account in ours)
    return foreign & (Truth.UNKNOWN if nobody_told else Truth.YES)


@policy(
    id="aws-iam-oidc-scoped",
    title="OIDC trust is scoped to one subject",
    violation="sts:AssumeRoleWithWebIdentity without StringEquals or StringLike on :sub, or a sub such as "
    "'*', 'repo:org/*' or one that others can have; a GCP provider without attributeCondition",
    severity="critical",
    category="security",
    reads={ROLE: (TRUST,), PROVIDER: ("attributeCondition", "disabled")},
    fix=Fix(
        "none",
        "Ask for the whole subject: the repository and the environment or branch, or the service account.",
        '"Condition": {"StringEquals": {f"{issuer}:sub": "repo:acme/platform:environment:prod"}}',
    ),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.3"),
    cis=(),
)
def iam_oidc_scoped(subject: Subject) -> Iterator[Judgement]:
    """Everybody may have an account with a public issuer, and its tokens look alike but for their subject.

    With GitHub an organisation chooses how its subjects begin: one that does not begin with the repository
    can be made to measure elsewhere. With an app's log-in (Cognito, Google, Amazon, Facebook) the app's id
    says enough.
    """
    if subject.type == PROVIDER:
        if subject.at("disabled").is_true == Truth.YES:
            yield not_applicable("the provider is disabled")
            return
        condition = subject.at("attributeCondition")
        anything = condition.test(lambda value: str(value).strip().lower() in ("", "true"), absent=Truth.YES)
        message = "every token of the issuer is let in"
        yield fail_if(anything & ~subject.at("disabled").is_true, condition, message)
        return
    document = subject.at(TRUST)
    found = [(one, _by_token(one)) for one in statements(document)]
    if all(concerned == Truth.NO for _, concerned in found):
        yield not_applicable("nobody takes the role with a token of an issuer")
        return
    for statement, concerned in found:
        violation = statement.allows & concerned & ~_is_scoped(statement)
        yield fail_if(violation, document, "tokens of more than one subject take the role")


def _by_token(statement: Statement) -> Truth:
    """Whether it is for callers who show an issuer's token."""
    actions = statement.node.key("Action").items()
    named = some(action.test(lambda value: str(value).lower() == WEB_IDENTITY) for action in actions)
    covered = some(
        action.test(lambda value: fnmatchcase(WEB_IDENTITY, str(value).lower())) for action in actions
    )
    issuers = statement.principals("Federated")
    issued = some(issuer.test(lambda value: SAML not in str(value)) for issuer in issuers)
    return named | (covered & issued)


def _is_scoped(statement: Statement) -> Truth:
    return some(_scopes(statement.node.key("Condition")))


def _scopes(condition: Node) -> Iterator[Truth]:
    """For each condition that must hold, whether it leaves one subject, or one app of a known log-in."""
    for operator, keys in condition.entries():
        for key, values in keys.entries():
            issuer, _, claim = key.lower().rpartition(":")
            if "*" in (operator, key):
                yield Truth.UNKNOWN
            elif not _must_hold(operator) or not values.items():
                yield known(value=False)
            elif claim == "sub":
                yield every(
                    value.test(lambda said, issuer=issuer: _is_one(issuer, said)) for value in values.items()
                )
            elif LOGINS.get(issuer) == claim:
                yield every(value.test(lambda said: "*" not in str(said)) for value in values.items())


def _must_hold(operator: str) -> bool:
    return operator.lower().rpartition(":")[2] in ("stringequals", "stringlike", "stringequalsignorecase")


def _is_one(issuer: str, said: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a subject, perhaps with wildcards, is that of one repository, service account or the like."""
    text = str(said)
    if GITHUB in issuer and not text.startswith(UNFORGEABLE):
        return False
    shape = next((shape for start, shape in KNOWN_SHAPES.items() if text.startswith(start)), SOMEBODY)
    return shape.fullmatch(text) is not None
