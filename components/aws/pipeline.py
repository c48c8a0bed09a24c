"""Who the pipelines of one repository are to an AWS account: two roles, and no key.

GitHub or GitLab signs a token that says which repository a job belongs to and why it runs; AWS believes
the signature and hands out a role for an hour. ``preview`` is for every branch and pull request, and
reads. ``deploy`` is for jobs that passed the repository's own gate: on GitHub the protected environment
that is called as this one, on GitLab the protected branch. What ``deploy`` may do, the owner of the
account wrote into policies: a program that chose its own rights could choose them all.

A pipeline that runs on a machine of the account (Jenkins) has that machine's role and needs nothing here.

There is one of this in an account. The roles' names have no region, as people write them into workflows.

Sources: IAM user guide, *Create an OpenID Connect identity provider*, *Available keys for AWS OIDC
federation*; GitHub, *OpenID Connect reference*; GitLab, *Configure OpenID Connect in AWS*; Pulumi, the
DIY backend's source: a preview takes no lock and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import iam

from components.aws.document import Statement, document_of
from components.aws.trust import web_identity_trust
from components.base import Part
from components.naming import Naming

__all__ = ["READ_POLICIES", "Issuer", "Pipeline", "PipelineArgs"]

Issuer = Literal["github", "gitlab"]

SESSION_SECONDS: Final = 3600
AUDIENCE: Final = "sts.amazonaws.com"
"""Whom the token must be meant for: GitHub's own action asks for it, a GitLab job names it."""
_HOSTS: Final[dict[Issuer, str]] = {"github": "token.actions.githubusercontent.com", "gitlab": "gitlab.com"}
READ_POLICIES: Final = {
    "audit": "arn:aws:iam::aws:policy/SecurityAudit",
    "view": "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
}
"""How every resource is set up, for ``pulumi preview --refresh``; a bare preview asks AWS nothing. Neither
reads an object, a table or a secret, as the shorter ``ReadOnlyAccess`` would."""
_TOO_MUCH: Final = frozenset({"AdministratorAccess", "IAMFullAccess"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineArgs:
    """Which repository, what it may do, and where the state is that it compares with."""

    naming: Naming
    issuer: Issuer
    repository: str
    """As the token's subject names it. On GitHub ``acme/platform`` or, for a repository that was made,
    renamed or moved since July 2026, ``acme@123456/platform@456789``:
    ``gh api repos/acme/platform/actions/oidc/customization/sub`` tells."""
    branch: str = "main"
    """GitLab's protected branch; its tokens name no environment."""
    deploy_policy_arns: Sequence[str]
    """What a deployment may do: policies that the owner of the account wrote."""
    state_bucket: str | None
    """Where Pulumi keeps the state, if in a bucket."""
    state_key_arn: str | None
    """The key of the state's secrets, and of its bucket."""
    provider_arn: str | None
    """The issuer as IAM knows it, where another program made it: an account has one for each issuer."""


class Pipeline(Part):
    """The issuer, and a role each for previews and deployments."""

    provider_arn: pulumi.Output[str]
    preview_role_arn: pulumi.Output[str]
    deploy_role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: PipelineArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        _check(args.deploy_policy_arns)
        self._args = args
        self.provider_arn = (
            pulumi.Output.from_input(args.provider_arn) if args.provider_arn else self._issuer()
        )
        self.preview_role_arn = self._preview()
        self.deploy_role_arn = self._deploy()
        self.finish()

    def _issuer(self) -> pulumi.Output[str]:
        return iam.OpenIdConnectProvider(
            self.named("issuer"),
            url=f"https://{_HOSTS[self._args.issuer]}",
            client_id_lists=[AUDIENCE],
            # No thumbprint: AWS knows the authorities that vouch for these two, and would not read it.
            opts=ResourceOptions(parent=self),
        ).arn

    def _preview(self) -> pulumi.Output[str]:
        role = self._role("preview", _preview_subjects(self._args))
        for name, arn in READ_POLICIES.items():
            self._attach(f"preview-{name}", role, arn)
        if statements := self._state():
            iam.RolePolicy(
                self.named("preview-state"),
                role=role.id,
                policy=document_of(*statements),
                opts=ResourceOptions(parent=self),
            )
        return role.arn

    def _deploy(self) -> pulumi.Output[str]:
        role = self._role("deploy", [_deploy_subject(self._args)])
        for arn in self._args.deploy_policy_arns:
            self._attach(f"deploy-{arn.partition(':policy/')[2].replace('/', '-')}", role, arn)
        return role.arn

    def _role(self, purpose: str, subjects: Sequence[str]) -> iam.Role:
        return iam.Role(
            self.named(purpose),
            name=self._args.naming.of("iam-role", "pipeline", purpose),
            description=f"Pipelines of {self._args.repository}: {purpose}",
            max_session_duration=SESSION_SECONDS,
            assume_role_policy=web_identity_trust(
                provider_arn=self.provider_arn,
                issuer=_HOSTS[self._args.issuer],
                audience=AUDIENCE,
                subjects=subjects,
            ),
            opts=ResourceOptions(parent=self),
        )

    def _attach(self, child: str, role: iam.Role, policy_arn: str) -> None:
        iam.RolePolicyAttachment(
            self.named(child), role=role.name, policy_arn=policy_arn, opts=ResourceOptions(parent=self)
        )

    def _state(self) -> list[Statement]:
        """What a preview compares with. It writes no state, so it may not."""
        found: list[Statement] = []
        if self._args.state_bucket:
            bucket = f"arn:aws:s3:::{self._args.state_bucket}"
            found += [
                {"Sid": "StateList", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket},
                {
                    "Sid": "StateRead",
                    "Effect": "Allow",
                    "Action": "s3:GetObject",
                    "Resource": f"{bucket}/.pulumi/*",
                },
            ]
        if self._args.state_key_arn:
            found.append(
                {
                    "Sid": "StateKey",
                    "Effect": "Allow",
                    "Action": "kms:Decrypt",
                    "Resource": self._args.state_key_arn,
                }
            )
        return found


def _preview_subjects(args: PipelineArgs) -> list[str]:
    """Every branch: who may push one may open a pull request of it, so the star lets nobody else in."""
    if args.issuer == "gitlab":
        return [f"project_path:{args.repository}:ref_type:branch:ref:*"]
    return [f"repo:{args.repository}:pull_request", f"repo:{args.repository}:ref:refs/heads/*"]


def _deploy_subject(args: PipelineArgs) -> str:
    if args.issuer == "gitlab":
        return f"project_path:{args.repository}:ref_type:branch:ref:{args.branch}"
    return f"repo:{args.repository}:environment:{args.naming.environment}"


def _check(policies: Sequence[str]) -> None:
    wide = [arn for arn in policies if arn.rpartition("/")[2] in _TOO_MUCH]
    if wide or not policies:
        msg = (
            f"the pipeline would deploy with {', '.join(wide) or 'no right at all'}, expected policies that "
            "name what a deployment may do: whoever can change the repository's main branch has this role. "
            'For example cloud: {deploy_policies: ["arn:aws:iam::111122223333:policy/platform-deploy"]}'
        )
        raise ValueError(msg)
