"""What trust promises: whoever takes a role says who it is, and a stranger is none of them."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest
from pulumi_aws import iam

from components.aws.trust import machine_trust, service_trust, web_identity_trust
from tests.components.aws.kit import ACCOUNT, deploy
from tests.components.kit import said, the

ISSUER = "gitlab.com"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
JOB = "project_path:acme/platform:ref_type:branch:ref:main"


def web_trust(*subjects: str) -> dict[str, Any]:
    """The one statement of a role that a token may take."""

    def program(opts: pulumi.ResourceOptions) -> None:
        policy = web_identity_trust(
            provider_arn=PROVIDER, issuer=ISSUER, audience="sts.amazonaws.com", subjects=subjects
        )
        iam.Role("role", assume_role_policy=policy, opts=opts)

    document = json.loads(str(said(the(deploy(program), iam.Role), "assumeRolePolicy")))
    (statement,) = document["Statement"]
    return statement


def test_a_token_must_be_of_that_issuer_for_that_audience_and_about_that_subject() -> None:
    statement = web_trust(JOB)
    assert statement["Principal"] == {"Federated": PROVIDER}
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": [JOB]}
    }


def test_the_audience_is_whole_even_where_the_subject_is_not() -> None:
    every_branch = "project_path:acme/platform:ref_type:branch:ref:*"
    assert web_trust(JOB, every_branch)["Condition"] == {
        "StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"},
        "StringLike": {f"{ISSUER}:sub": [JOB, every_branch]},
    }


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "*",
        "repo:*",
        "repo:acme/*",
        "repo:acme/platform*",
        "repo:acme*/platform:environment:prod",
        "repo:acm?/platform:environment:prod",
        "repo:acme/platform:*:prod",
        "repo:acme/platform",
    ],
)
def test_a_subject_that_a_stranger_could_have_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match="expected subjects with a whole repository"):
        web_trust(JOB, subject)


def test_a_role_that_would_trust_every_subject_is_refused() -> None:
    with pytest.raises(ValueError, match="every subject of gitlab"):
        web_trust()


def test_a_service_takes_a_role_on_behalf_of_one_account_and_one_resource() -> None:
    trust = json.loads(service_trust("rds.amazonaws.com", account=ACCOUNT, source_arn="arn:aws:rds:x:y:db:z"))
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"Service": "rds.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnEquals": {"aws:SourceArn": "arn:aws:rds:x:y:db:z"},
    }


def test_a_machines_role_is_for_machines() -> None:
    (statement,) = json.loads(machine_trust())["Statement"]
    assert statement["Principal"] == {"Service": "ec2.amazonaws.com"}
    assert statement["Action"] == ["sts:AssumeRole"]
