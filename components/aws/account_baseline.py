"""What an AWS account has once, wherever it works: made by one stack of the account, or by none.

Two stacks that both made these would overwrite each other at every deployment, and the one that is
destroyed first would take them from the other. So a stack makes them only where
``audit.manage_account_baseline`` says that the account is its own. What another owner made before has
to be imported (``pulumi import``), or the setting stays off: the service-linked role can exist once.

Left out, with the reason: activating cost allocation tags, which only the account that pays can do;
the account's security contact, which is a person with a telephone number; Macie, which is paid by the
gigabyte and looks for personal data where market data are.

Sources: CIS AWS Foundations Benchmark v3.0.0, 1.8, 1.9, 2.1.4, 3.3; AWS Security Hub user guide,
*Controls for IAM* (IAM.7) and *Controls for AWS Config* (Config.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import iam, s3

from components.base import Part

__all__ = ["AccountBaseline", "AccountBaselineArgs"]

PASSWORD_DAYS: Final = 90
"""Security Hub asks for it (IAM.7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBaselineArgs:
    """Which account."""

    account: str
    protect: bool


class AccountBaseline(Part):
    """Passwords are strong, no bucket is public, and AWS Config has the role that AWS made for it."""

    config_role_arn: pulumi.Output[str]
    """What `components.aws.region_baseline` records with, in every region."""

    def __init__(self, name: str, args: AccountBaselineArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        # Nobody is meant to have a password: people come through the directory. This is for the day
        # on which somebody makes a user all the same.
        iam.AccountPasswordPolicy(
            self.named("passwords"),
            minimum_password_length=14,
            password_reuse_prevention=24,
            require_lowercase_characters=True,
            require_uppercase_characters=True,
            require_numbers=True,
            require_symbols=True,
            max_password_age=PASSWORD_DAYS,
            allow_users_to_change_password=True,
            hard_expiry=False,  # who comes late, and at night, can still change it and go on
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        s3.AccountPublicAccessBlock(
            self.named("buckets"),
            account_id=args.account,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        # Not a role of ours: AWS adds to this one what each new kind of resource needs to be recorded,
        # and Security Hub calls any other role a critical finding.
        role = iam.ServiceLinkedRole(
            self.named("config"),
            aws_service_name="config.amazonaws.com",
            description="Records the account's configuration",
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        self.config_role_arn = role.arn
        self.finish()
