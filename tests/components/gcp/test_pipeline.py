"""What the pipeline's accounts promise: no key, nobody else's repository, and no more than was given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest
from pulumi_gcp import iam, kms, projects, serviceaccount, storage

from components.gcp.pipeline import Issuer, Pipeline, PipelineArgs
from components.naming import Naming
from plan.resource import Plan
from tests.components.gcp.kit import PROJECT, deploy, key
from tests.components.kit import every, said, sources, the

DEPLOY: Final = f"projects/{PROJECT}/roles/platformDeploy"
NETWORK: Final = "roles/compute.networkUser"
GITHUB: Final = PipelineArgs(
    naming=Naming("staging"),
    project=PROJECT,
    issuer="github",
    repository="acme@123456/platform@456789",
    deploy_roles=(DEPLOY, NETWORK),
    state_bucket="acme-state",
    state_key=key("state"),
)
OLD_GITHUB: Final = replace(GITHUB, repository="acme/platform")
GITLAB: Final = replace(GITHUB, issuer="gitlab", repository="acme/trading/platform", branch="trunk")
ALL: Final = (GITHUB, OLD_GITHUB, GITLAB)
HOSTS: Final[dict[Issuer, str]] = {
    "github": "https://token.actions.githubusercontent.com",
    "gitlab": "https://gitlab.com",
}


@cache
def recorded(args: PipelineArgs) -> Plan:
    """The plan of the accounts; recorded once."""
    return deploy(lambda opts: Pipeline("pipeline", args, opts))


def evaluate(expression: str, claims: Mapping[str, str]) -> Any:
    """What Google makes of an expression over a token's claims; of CEL, the part that stands here."""
    quick, _, rest = expression.partition(" ? ")
    if rest:
        yes, _, no = rest.partition(" : ")
        return evaluate(yes if evaluate(quick, claims) else no, claims)
    tokens = re.findall(r"'[^']*'|assertion\.\w+|\.startsWith|&&|\|\||==|\+|[()]", expression)
    assert "".join(tokens) == re.sub(r"\s(?=(?:[^']*'[^']*')*[^']*$)", "", expression), "a token is not known"
    found = _or(tokens, claims)
    assert not tokens, f"not read: {tokens}"
    return found


def _or(tokens: list[str], claims: Mapping[str, str]) -> Any:
    found = _and(tokens, claims)
    while tokens and tokens[0] == "||":
        tokens.pop(0)
        found = _and(tokens, claims) or found
    return found


def _and(tokens: list[str], claims: Mapping[str, str]) -> Any:
    found = _test(tokens, claims)
    while tokens and tokens[0] == "&&":
        tokens.pop(0)
        found = _test(tokens, claims) and found
    return found


def _test(tokens: list[str], claims: Mapping[str, str]) -> Any:
    if tokens[0] == "(":
        tokens.pop(0)
        found = _or(tokens, claims)
        assert tokens.pop(0) == ")"
        return found
    value = _text(tokens.pop(0), claims)
    while tokens and tokens[0] in {"==", "+", ".startsWith"}:
        match tokens.pop(0):
            case "==":
                return value == _text(tokens.pop(0), claims)
            case "+":
                value += _text(tokens.pop(0), claims)
            case _:
                prefix = [tokens.pop(0) for _ in range(3)][1]
                return value.startswith(_text(prefix, claims))
    return value


def _text(token: str, claims: Mapping[str, str]) -> str:
    return claims[token.removeprefix("assertion.")] if token.startswith("assertion.") else token.strip("'")


def purpose(args: PipelineArgs, claims: Mapping[str, str]) -> str | None:
    """What Google takes a token for, and None where it is turned away."""
    provider = the(recorded(args), iam.WorkloadIdentityPoolProvider)
    if not evaluate(str(said(provider, "attributeCondition")), claims):
        return None
    return str(evaluate(str(said(provider, "attributeMapping", "attribute.purpose")), claims))


def job(args: PipelineArgs, why: str, **more: str) -> dict[str, str]:
    """A job's token. ``why`` is a branch, or for GitHub all that follows the repository in the subject."""
    if args.issuer == "gitlab":
        return {
            "sub": f"project_path:{args.repository}:ref_type:branch:ref:{why}",
            "project_path": args.repository,
            "project_id": "77",
            "job_id": "5",
            "ref_protected": "true" if why == args.branch else "false",
            **more,
        }
    reason = why if ":" in why or why == "pull_request" else f"ref:refs/heads/{why}"
    return {
        "sub": f"repo:{args.repository}:{reason}",
        "repository": "acme/platform",
        "repository_owner": "acme",
        "repository_owner_id": "123456",
        "repository_id": "456789",
        "run_id": "5",
        **more,
    }


@pytest.mark.parametrize("args", ALL)
@pytest.mark.parametrize("branch", ["main", "fix/lag"])
def test_any_branch_of_the_repository_may_preview(args: PipelineArgs, branch: str) -> None:
    assert purpose(args, job(args, branch)) == "preview"


@pytest.mark.parametrize("args", [GITHUB, OLD_GITHUB])
def test_a_pull_request_of_the_repository_may_preview(args: PipelineArgs) -> None:
    assert purpose(args, job(args, "pull_request")) == "preview"


@pytest.mark.parametrize("args", [GITHUB, OLD_GITHUB])
def test_on_github_only_the_environment_of_this_name_deploys(args: PipelineArgs) -> None:
    assert purpose(args, job(args, "environment:staging")) == "deploy"
    for other in ("environment:prod", "environment:staging-2", "ref:refs/tags/main"):
        assert purpose(args, job(args, other)) is None


def test_on_gitlab_only_the_branch_that_is_protected_deploys() -> None:
    assert purpose(GITLAB, job(GITLAB, "trunk")) == "deploy"
    assert purpose(GITLAB, job(GITLAB, "trunk-2")) == "preview"
    assert purpose(GITLAB, job(GITLAB, "trunk", ref_protected="false")) == "preview"
    tag = job(GITLAB, "trunk") | {"sub": f"project_path:{GITLAB.repository}:ref_type:tag:ref:trunk"}
    assert purpose(GITLAB, tag) is None


@pytest.mark.parametrize("args", ALL)
@pytest.mark.parametrize(
    "stranger", ["evil/platform", "acme/other", "acme/platform-fork", "evil/acme/platform"]
)
def test_nobody_elses_repository_is_anybody(args: PipelineArgs, stranger: str) -> None:
    for why in ("main", "trunk", "pull_request", "environment:staging"):
        token = job(replace(args, repository=stranger), why)
        owner = stranger.partition("/")[0]
        assert purpose(args, token | {"repository": stranger, "repository_owner": owner}) is None


@pytest.mark.parametrize(
    "claim", ["sub", "repository", "repository_owner", "repository_owner_id", "repository_id"]
)
def test_on_github_one_claim_of_a_stranger_is_enough_to_be_turned_away(claim: str) -> None:
    token = job(GITHUB, "environment:staging")
    assert purpose(GITHUB, token) == "deploy"
    assert purpose(GITHUB, token | {claim: "666"}) is None


def test_on_gitlab_the_path_and_the_subject_must_both_be_ours() -> None:
    for claim in ("sub", "project_path"):
        assert purpose(GITLAB, job(GITLAB, "trunk", **{claim: "evil/trading/platform"})) is None


@pytest.mark.parametrize("args", ALL)
def test_the_token_must_be_signed_by_the_issuer_and_meant_for_this_provider(args: PipelineArgs) -> None:
    provider = the(recorded(args), iam.WorkloadIdentityPoolProvider)
    assert said(provider, "oidc") == {"issuerUri": HOSTS[args.issuer]}, (
        "without a list of audiences Google takes the provider's own name alone"
    )
    assert sources(recorded(args), provider, "workloadIdentityPoolId") == {"pipeline-pool"}


@pytest.mark.parametrize("args", ALL)
def test_the_audit_logs_show_the_run_however_long_the_branchs_name_is(args: PipelineArgs) -> None:
    provider = the(recorded(args), iam.WorkloadIdentityPoolProvider)
    expression = str(said(provider, "attributeMapping", "google.subject"))
    subject = str(evaluate(expression, job(args, "b" * 250)))
    assert subject.endswith(":5")
    assert len(subject) <= 127, "Google refuses a longer one"


@pytest.mark.parametrize("which", ["preview", "deploy"])
def test_only_jobs_of_that_purpose_can_be_the_account(which: str) -> None:
    plan = recorded(GITHUB)
    (binding,) = [
        one
        for one in every(plan, serviceaccount.IAMMember)
        if sources(plan, one, "serviceAccountId") == {f"pipeline-{which}"}
    ]
    pool = the(plan, iam.WorkloadIdentityPool).outputs["name"]
    assert said(binding, "role") == "roles/iam.workloadIdentityUser"
    assert said(binding, "member") == (f"principalSet://iam.googleapis.com/{pool}/attribute.purpose/{which}")


def granted(args: PipelineArgs, which: str) -> set[str]:
    """The project's roles of an account."""
    plan = recorded(args)
    return {
        str(said(one, "role"))
        for one in every(plan, projects.IAMMember)
        if sources(plan, one, "member") == {f"pipeline-{which}"}
    }


def test_a_deployment_may_do_what_the_owner_of_the_project_wrote_and_nothing_else() -> None:
    plan = recorded(GITHUB)
    assert granted(GITHUB, "deploy") == {DEPLOY, NETWORK}
    for kind in (storage.BucketIAMMember, kms.CryptoKeyIAMMember):
        assert sources(plan, the(plan, kind), "member") == {"pipeline-preview"}


def test_a_preview_looks_and_reads_no_data() -> None:
    roles = granted(GITHUB, "preview")
    own = the(recorded(GITHUB), projects.IAMCustomRole, "pipeline-preview")
    assert str(own.outputs["name"]) in roles
    permissions: Any = said(own, "permissions")
    assert all(one.rpartition(".")[2] in {"get", "list", "getIamPolicy"} for one in permissions)
    for data in ("storage.objects", "logEntries", "secretmanager.versions", "cloudsql.instances.export"):
        assert not any(one.startswith(data) or data in one for one in permissions)
    reads_data = {
        "roles/viewer",
        "roles/cloudsql.viewer",  # may export the database
        "roles/logging.viewer",
        "roles/storage.objectViewer",
        "roles/secretmanager.secretAccessor",
        "roles/cloudkms.cryptoKeyDecrypter",
    }
    assert not roles & reads_data
    assert not any(re.search(r"[aA]dmin|[eE]ditor|owner|tokenCreator|User$", role) for role in roles)


def test_a_preview_may_use_services_in_the_projects_own_name() -> None:
    """The provider counts every call in the project itself, and Google asks for this right first."""
    assert "roles/serviceusage.serviceUsageConsumer" in granted(GITHUB, "preview")


def test_a_preview_reads_the_state_and_its_secrets_and_writes_neither() -> None:
    plan = recorded(GITHUB)
    state, secrets = the(plan, storage.BucketIAMMember), the(plan, kms.CryptoKeyIAMMember)
    assert (said(state, "bucket"), said(state, "role")) == ("acme-state", "roles/storage.objectViewer")
    assert (said(secrets, "cryptoKeyId"), said(secrets, "role")) == (
        key("state"),
        "roles/cloudkms.cryptoKeyDecrypter",
    )


def test_a_preview_has_no_right_over_a_state_that_is_elsewhere() -> None:
    elsewhere = replace(GITHUB, state_bucket=None)
    assert not every(recorded(elsewhere), storage.BucketIAMMember)
    assert every(recorded(elsewhere), kms.CryptoKeyIAMMember)
    assert not every(recorded(replace(elsewhere, state_key=None)), kms.CryptoKeyIAMMember)


@pytest.mark.parametrize(
    "role", ["roles/owner", "roles/editor", "roles/viewer", "roles/resourcemanager.projectIamAdmin"]
)
def test_a_pipeline_that_could_do_everything_is_refused(role: str) -> None:
    with pytest.raises(ValueError, match=f"deploy with {role}, expected roles that name"):
        recorded(replace(GITHUB, deploy_roles=(DEPLOY, role)))


def test_a_pipeline_that_could_do_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no right at all"):
        recorded(replace(GITHUB, deploy_roles=()))


@pytest.mark.parametrize("change", [{"repository": "acme/app' || true"}, {"branch": "main' || 'a' == 'a"}])
def test_a_name_that_would_end_the_condition_early_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="let strangers in"):
        recorded(replace(GITLAB, **change))


@pytest.mark.parametrize("args", ALL)
def test_there_is_no_key(args: PipelineArgs) -> None:
    assert not every(recorded(args), serviceaccount.Key)


def test_what_google_remembers_after_its_end_is_named_anew_when_the_environment_is() -> None:
    again = recorded(replace(GITHUB, naming=Naming("staging", generation=2)))
    names = {
        iam.WorkloadIdentityPool: "workloadIdentityPoolId",
        iam.WorkloadIdentityPoolProvider: "workloadIdentityPoolProviderId",
        projects.IAMCustomRole: "roleId",
    }
    for kind, name in names.items():
        assert said(the(again, kind), name) != said(the(recorded(GITHUB), kind), name), kind
        assert re.fullmatch(r"[a-z][a-z0-9_-]{3,63}", str(said(the(again, kind), name)))


def test_the_outside_learns_both_accounts_and_what_a_token_must_be_meant_for() -> None:
    plan = recorded(GITHUB)
    (part,) = plan.of_type("trading-platform:gcp:Pipeline")
    for which in ("preview", "deploy"):
        account = the(plan, serviceaccount.Account, f"pipeline-{which}")
        assert part.outputs[f"{which}_member"] == f"serviceAccount:{account.outputs['email']}"
    assert part.outputs["provider_name"] == the(plan, iam.WorkloadIdentityPoolProvider).outputs["name"]
