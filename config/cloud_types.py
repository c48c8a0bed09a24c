"""What the clouds call accounts, projects, roles and people: types for `config.clouds`, as `config.types`."""

from __future__ import annotations

from typing import Annotated

from config.types import Matching

__all__ = [
    "AccountId",
    "BillingAccount",
    "Guid",
    "PolicyArn",
    "ProjectId",
    "ProjectNumber",
    "RoleArn",
    "RoleName",
    "SamlProviderArn",
]

AccountId = Annotated[
    str,
    Matching(
        "[0-9]{12}",
        'the twelve digits of an AWS account, in quotes, for example "111122223333"',
        "111122223333",
    ),
]
"""An AWS account. In quotes, or YAML reads a number and drops leading zeros."""

ProjectId = Annotated[
    str,
    Matching(
        "[a-z][a-z0-9-]{4,28}[a-z0-9]",
        "the id (not the name or number) of a Google Cloud project, for example trading-prod-1",
        "trading-prod-1",
    ),
]
"""A Google Cloud project."""

ProjectNumber = Annotated[
    str,
    Matching(
        "[1-9][0-9]{5,18}",
        'the number of a Google Cloud project in quotes, for example "123456789012"',
        "123456789012",
    ),
]
"""By which Google's own agents in a project are known. `gcloud projects describe` shows it."""

BillingAccount = Annotated[
    str,
    Matching(
        "[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}",
        "the id of a billing account of Google Cloud, for example 012345-6789AB-CDEF01",
        "012345-6789AB-CDEF01",
    ),
]
"""Who pays for a Google Cloud project."""

RoleName = Annotated[
    str,
    Matching(
        r"(?:roles|(?:projects|organizations)/[a-z0-9-]{1,40}/roles)/[A-Za-z0-9_.]{3,64}",
        "an IAM role of Google Cloud, for example roles/container.admin",
        "roles/container.admin",
    ),
]
"""What a Google identity may do."""

Guid = Annotated[
    str,
    Matching(
        "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "a GUID in lower case, for example 00000000-0000-0000-0000-000000000001",
        "00000000-0000-0000-0000-000000000001",
    ),
]
"""An Azure subscription or an Entra tenant."""

RoleArn = Annotated[
    str,
    Matching(
        "arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,512}",
        "the ARN of an IAM role, for example arn:aws:iam::111122223333:role/platform-admin",
        "arn:aws:iam::111122223333:role/platform-admin",
    ),
]
"""An AWS identity that people and machines assume."""

SamlProviderArn = Annotated[
    str,
    Matching(
        "arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:saml-provider/[A-Za-z0-9._-]{1,128}",
        "the ARN of an IAM SAML provider, for example arn:aws:iam::111122223333:saml-provider/staff",
        "arn:aws:iam::111122223333:saml-provider/staff",
    ),
]
"""The company's directory, as AWS knows it."""

PolicyArn = Annotated[
    str,
    Matching(
        "arn:aws(?:-[a-z]+)*:iam::(?:aws|[0-9]{12}):policy/[A-Za-z0-9_+=,.@/-]{1,512}",
        "the ARN of an IAM policy, for example arn:aws:iam::111122223333:policy/platform-deploy",
        "arn:aws:iam::111122223333:policy/platform-deploy",
    ),
]
"""What an AWS identity may do."""
