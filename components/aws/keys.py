"""Encryption keys in one AWS region: one a class of data, so that who reads logs cannot read orders.

Every key leaves the decision to IAM: its policy trusts the account and nothing else. The key of the
logs also trusts the services that write logs, trails and alarms with no role of ours: each for things
of this account and no other.

The second region's keys are replicas: the same key material, under policies and aliases of their own.
What was encrypted in one region can be read in the other after the first is lost.

Sources: AWS KMS developer guide, *Default key policy*, *Multi-Region keys*; CloudWatch Logs user
guide, *Encrypt log data using AWS KMS*; CloudTrail user guide, *Configure AWS KMS key policies*;
Amazon SNS developer guide, *Managing encryption keys*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import kms

from components.aws.alerts import PUBLISHERS
from components.aws.document import Statement, document
from components.base import Part
from components.contracts import KeysOutputs
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
    protect: bool
    primary: KeysOutputs | None = None
    """The other region's keys, which these are replicas of. None: these are the originals."""


class Keys(Part):
    """Three symmetric keys and their aliases."""

    data: pulumi.Output[str]
    secrets: pulumi.Output[str]
    logs: pulumi.Output[str]

    def __init__(self, name: str, args: KeysArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        primary = args.primary
        self.data = self._key("data", "Orders, market data, backups", primary.data if primary else None)
        self.secrets = self._key(
            "secrets",
            "Passwords and Kubernetes secrets",
            primary.secrets if primary else None,
            [_rotation(args)] if primary else [],
        )
        self.logs = self._key(
            "logs", "Logs and audit trails", primary.logs if primary else None, _writers(args)
        )
        self.finish()

    def _key(
        self,
        purpose: str,
        description: str,
        primary_arn: pulumi.Input[str] | None,
        more: Sequence[Statement] = (),
    ) -> pulumi.Output[str]:
        policy = document(_account(self._args), *more)
        # A lost key is lost data, snapshots and backups included, so where data counts the key
        # outlives even a stack that was unprotected and destroyed.
        opts = ResourceOptions(parent=self, protect=self._args.protect, retain_on_delete=self._args.protect)
        if primary_arn is None:
            key = kms.Key(
                self.named(purpose),
                description=description,
                enable_key_rotation=True,
                rotation_period_in_days=self._args.rotation_days,
                deletion_window_in_days=self._args.deletion_days,
                # AWS decides this once, when it makes the key, and takes nothing for it: a key that
                # cannot have a replica would have to be replaced on the day that one is wanted.
                multi_region=True,
                policy=policy,
                opts=opts,
            )
        else:
            # Renewed with its original, which alone can be told when.
            key = kms.ReplicaKey(
                self.named(purpose),
                primary_key_arn=primary_arn,
                description=description,
                deletion_window_in_days=self._args.deletion_days,
                policy=policy,
                opts=opts,
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


def _rotation(args: KeysArgs) -> Statement:
    """Let AWS's own rotation functions write the replica of what they renew, by way of Secrets Manager.

    Secrets Manager writes a replica for whoever wrote the original. The function's role is made by its
    application, which knows of the original's key alone; its name is known only by how it begins, and a
    look-up in the home region would stop every deployment on the day on which that region is lost.
    """
    return {
        "Sid": "RotationWritesReplicas",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {"kms:CallerAccount": args.account},
            "StringLike": {"kms:ViaService": "secretsmanager.*.amazonaws.com"},
            "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{args.account}:role/serverlessrepo-*"},
        },
    }


def _writers(args: KeysArgs) -> list[Statement]:
    """Services that write what the log key encrypts, in their own name."""
    here = f"{args.region}:{args.account}"
    return [
        {
            "Sid": "LogGroupsOfThisAccount",
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{args.region}.amazonaws.com"},
            "Action": [
                "kms:Encrypt*",
                "kms:Decrypt*",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
                "kms:Describe*",
            ],
            "Resource": "*",
            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{here}:*"}},
        },
        {
            # No condition on the encryption context: with a bucket key (`components.aws.storage`) S3
            # names the bucket there and not the trail. Decrypt is for that bucket key too: without it
            # CloudTrail refuses to make a trail.
            "Sid": "TrailsOfThisAccount",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": ["kms:GenerateDataKey*", "kms:Decrypt", "kms:DescribeKey"],
            "Resource": "*",
            "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudtrail:{here}:trail/*"}},
        },
        {
            # The topic, which SNS itself names, and not the source: EventBridge names none here, and
            # under such a condition its alarms would be dropped with no sign.
            "Sid": "TopicsOfThisAccount",
            "Effect": "Allow",
            "Principal": {"Service": [*PUBLISHERS, "events.amazonaws.com"]},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": f"arn:aws:sns:{here}:*"}},
        },
    ]
