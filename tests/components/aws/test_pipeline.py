"""What the pipeline's roles promise: no key, nobody else's repository, and no more than was given."""

from __future__ import annotations

import json
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final

import pytest
from pulumi_aws import iam

from components.aws.pipeline import Issuer, Pipeline, PipelineArgs
from components.naming import Naming
from plan.resource import Plan
from tests.components.aws.kit import ACCOUNT, deploy, key
from tests.components.kit import every, said, sources, the
from tests.support import policy_documents, statements, values

DEPLOY: Final = f"arn:aws:iam::{ACCOUNT}:policy/platform/deploy"
NETWORK: Final = f"arn:aws:iam::{ACCOUNT}:policy/deploy-network"
GITHUB: Final = PipelineArgs(
    naming=Naming("staging"),
    issuer="github",
    repository="acme@123456/platform@456789",
    deploy_policy_arns=(DEPLOY, NETWORK),
    state_bucket="acme-state",
    state_key_arn=key("state"),
    provider_arn=None,
)
GITLAB: Final = replace(GITHUB, issuer="gitlab", repository="acme/trading/platform", branch="trunk")
ISSUERS: Final = (GITHUB, GITLAB)
HOSTS: Final[dict[Issuer, str]] = {"github": "token.actions.githubusercontent.com", "gitlab": "gitlab.com"}


@cache
def recorded(args: PipelineArgs) -> Plan:
    """The plan of the roles; recorded once."""
    return deploy(lambda opts: Pipeline("pipeline", args, opts))


def admits(args: PipelineArgs, role: str, subject: str, audience: str = "sts.amazonaws.com") -> bool:
    """Whether IAM would give the role to a token of the issuer, as its conditions are documented."""
    document = json.loads(str(said(the(recorded(args), iam.Role, f"pipeline-{role}"), "assumeRolePolicy")))
    (statement,) = document["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    token = {f"{HOSTS[args.issuer]}:aud": audience, f"{HOSTS[args.issuer]}:sub": subject}
    tested: set[str] = set()
    for operator, wanted in statement["Condition"].items():
        for claim, given in wanted.items():
            allowed = given if isinstance(given, list) else [given]
            like = operator == "StringLike"
            assert like or operator == "StringEquals"
            if not any(fnmatchcase(token[claim], one) if like else token[claim] == one for one in allowed):
                return False
            tested.add(claim)
    assert tested == token.keys(), "a claim that nobody looks at may say anything"
    return True


def job(args: PipelineArgs, branch: str, *, repository: str | None = None) -> str:
    """The subject of a job that runs for a branch, in no environment."""
    if args.issuer == "github":
        return f"repo:{repository or args.repository}:ref:refs/heads/{branch}"
    return f"project_path:{repository or args.repository}:ref_type:branch:ref:{branch}"


@pytest.mark.parametrize("args", ISSUERS)
def test_any_branch_of_the_repository_may_preview(args: PipelineArgs) -> None:
    assert admits(args, "preview", job(args, "main"))
    assert admits(args, "preview", job(args, "fix/lag"))


def test_a_pull_request_of_the_repository_may_preview() -> None:
    assert admits(GITHUB, "preview", f"repo:{GITHUB.repository}:pull_request")


@pytest.mark.parametrize("role", ["preview", "deploy"])
@pytest.mark.parametrize("args", ISSUERS)
def test_nobody_elses_repository_gets_a_role(args: PipelineArgs, role: str) -> None:
    for stranger in ("evil/platform", "acme/other", f"{args.repository}-fork", f"evil/{args.repository}"):
        for branch in ("main", "trunk"):
            assert not admits(args, role, job(args, branch, repository=stranger))
        assert not admits(args, role, f"repo:{stranger}:environment:staging")
        assert not admits(args, role, f"repo:{stranger}:pull_request")


@pytest.mark.parametrize("role", ["preview", "deploy"])
@pytest.mark.parametrize("args", ISSUERS)
def test_a_token_that_was_meant_for_somebody_else_is_refused(args: PipelineArgs, role: str) -> None:
    known = {"preview": job(args, "main"), "deploy": f"repo:{GITHUB.repository}:environment:staging"}
    subject = known[role] if args is GITHUB else job(args, "trunk")
    assert admits(args, role, subject)
    assert not admits(args, role, subject, audience="https://vault.example.com")


def test_on_github_only_the_environment_of_this_name_deploys() -> None:
    assert admits(GITHUB, "deploy", f"repo:{GITHUB.repository}:environment:staging")
    for other in ("environment:prod", "environment:staging-2", "pull_request", "ref:refs/heads/main"):
        assert not admits(GITHUB, "deploy", f"repo:{GITHUB.repository}:{other}")


def test_on_gitlab_only_the_protected_branch_deploys() -> None:
    assert admits(GITLAB, "deploy", job(GITLAB, "trunk"))
    assert not admits(GITLAB, "deploy", job(GITLAB, "trunk-2"))
    assert not admits(GITLAB, "deploy", f"project_path:{GITLAB.repository}:ref_type:tag:ref:trunk")


@pytest.mark.parametrize("args", ISSUERS)
def test_the_issuer_is_made_and_both_roles_believe_it(args: PipelineArgs) -> None:
    plan = recorded(args)
    issuer = the(plan, iam.OpenIdConnectProvider)
    assert said(issuer, "url") == f"https://{HOSTS[args.issuer]}"
    for role in every(plan, iam.Role):
        assert sources(plan, role, "assumeRolePolicy") == {"pipeline-issuer"}


def test_an_issuer_that_the_account_has_already_is_used_and_not_made_again() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{HOSTS['github']}"
    plan = recorded(replace(GITHUB, provider_arn=arn))
    assert not every(plan, iam.OpenIdConnectProvider)
    for role in every(plan, iam.Role):
        assert json.loads(str(said(role, "assumeRolePolicy")))["Statement"][0]["Principal"] == {
            "Federated": arn
        }


def attached(plan: Plan, role: str) -> set[str]:
    return {
        str(said(one, "policyArn"))
        for one in every(plan, iam.RolePolicyAttachment)
        if sources(plan, one, "role") == {f"pipeline-{role}"}
    }


def test_a_deployment_may_do_what_the_owner_of_the_account_wrote_and_nothing_else() -> None:
    plan = recorded(GITHUB)
    assert attached(plan, "deploy") == {DEPLOY, NETWORK}
    assert {tuple(sources(plan, one, "role")) for one in every(plan, iam.RolePolicy)} == {
        ("pipeline-preview",)
    }


def test_a_preview_looks_and_reads_no_data() -> None:
    names = {arn.rpartition("/")[2] for arn in attached(recorded(GITHUB), "preview")}
    assert names == {"SecurityAudit", "ViewOnlyAccess"}


def rights(args: PipelineArgs) -> list[dict[str, Any]]:
    """What a preview may do by the program's own policy."""
    return [
        statement
        for one, document in policy_documents(recorded(args))
        if one.name == "pipeline-preview-state"
        for statement in statements(document)
    ]


def test_a_preview_reads_the_state_and_its_secrets_and_writes_neither() -> None:
    granted = {(one["Action"], one["Resource"]) for one in rights(GITHUB)}
    assert granted == {
        ("s3:ListBucket", "arn:aws:s3:::acme-state"),
        ("s3:GetObject", "arn:aws:s3:::acme-state/.pulumi/*"),
        ("kms:Decrypt", key("state")),
    }


def test_a_preview_has_no_right_over_a_state_that_is_elsewhere() -> None:
    elsewhere = replace(GITHUB, state_bucket=None)
    assert [one["Sid"] for one in rights(elsewhere)] == ["StateKey"]
    assert rights(replace(elsewhere, state_key_arn=None)) == []


@pytest.mark.parametrize("name", ["AdministratorAccess", "IAMFullAccess"])
def test_a_pipeline_that_could_do_everything_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"deploy with .*{name}, expected policies that name"):
        recorded(replace(GITHUB, deploy_policy_arns=(DEPLOY, f"arn:aws:iam::aws:policy/{name}")))


def test_a_pipeline_that_could_do_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no right at all"):
        recorded(replace(GITHUB, deploy_policy_arns=()))


@pytest.mark.parametrize("args", ISSUERS)
def test_a_role_lasts_an_hour_and_there_is_no_key(args: PipelineArgs) -> None:
    plan = recorded(args)
    assert {said(one, "maxSessionDuration") for one in every(plan, iam.Role)} == {3600}
    assert not every(plan, iam.AccessKey)
    assert not every(plan, iam.User)
    for one in plan:
        for path, _ in values(dict(one.inputs)):
            assert "thumbprint" not in path.lower(), one.name


def test_the_outside_learns_both_roles() -> None:
    plan = recorded(GITHUB)
    part = next(one for one in plan if one.type == "trading-platform:aws:Pipeline")
    for role in ("preview", "deploy"):
        made = the(plan, iam.Role, f"pipeline-{role}")
        assert part.outputs[f"{role}_role_arn"] == made.outputs["arn"]
        assert said(made, "name") == f"trading-staging-pipeline-{role}"
