"""Encryption keys in one AWS region: one a class of data, so that who reads logs cannot read orders.

Every key leaves the decision to IAM: its policy trusts the account and nothing else. The key of the
logs also trusts the region's log service, for the log groups of this account and no other.

Sources: AWS KMS developer guide, *Default key policy*, *Multi-Region keys*; CloudWatch Logs user
guide, *Encrypt log data using AWS KMS*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import kms

from components.aws.document import Statement, document
from components.base import Part
from components.naming import Naming

__all__ = ["Keys", "KeysArgs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysArgs:
    """How the keys live and die."""

    naming: Naming
    account: str
    region: str
    rotation_days: int
    """New key material every so many days; what was encrypted before stays readable."""
    deletion_days: int
    """A key that was deleted can be had back for so many days: 7 to 30."""
    multi_region: bool
    """Whether another region may hold a replica of the key. AWS decides this once, when it makes the key."""
    protect: bool


class Keys(Part):
    """Three symmetric keys and their aliases."""

    data: pulumi.Output[str]
    secrets: pulumi.Output[str]
    logs: pulumi.Output[str]

    def __init__(self, name: str, args: KeysArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self.data = self._key("data", "Orders, market data, backups")
        self.secrets = self._key("secrets", "Passwords and Kubernetes secrets")
        self.logs = self._key("logs", "Logs and audit trails", [_log_service(args)])
        self.finish()

    def _key(self, purpose: str, description: str, more: Sequence[Statement] = ()) -> pulumi.Output[str]:
        key = kms.Key(
            self.named(purpose),
            description=description,
            enable_key_rotation=True,
            rotation_period_in_days=self._args.rotation_days,
            deletion_window_in_days=self._args.deletion_days,
            multi_region=self._args.multi_region,
            policy=document(_account(self._args), *more),
            # A lost key is lost data, snapshots and backups included, so where data counts the key
            # outlives even a stack that was unprotected and destroyed.
            opts=ResourceOptions(
                parent=self, protect=self._args.protect, retain_on_delete=self._args.protect
            ),
        )
        kms.Alias(
            self.named(purpose),
            name=f"alias/{self._args.naming.of('kms-alias', purpose)}",
            target_key_id=key.id,
            opts=ResourceOptions(parent=self),
        )
        return key.arn


def _account(args: KeysArgs) -> Statement:
    """Hand the decision to the account's IAM policies; without it nobody could mend the key's policy."""
    return {
        "Sid": "AccountDecides",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{args.account}:root"},
        "Action": "kms:*",
        "Resource": "*",  # in a key's policy: this key
    }


def _log_service(args: KeysArgs) -> Statement:
    return {
        "Sid": "LogGroupsOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{args.region}.amazonaws.com"},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
        "Condition": {
            "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{args.region}:{args.account}:*"}
        },
    }
