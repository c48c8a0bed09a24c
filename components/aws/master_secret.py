"""The master password of a global database: kept in both regions, renewed where the database was born.

Alone, RDS does all this by itself; in a global database AWS refuses it. So the founder is born with
a password of this process's making. Pulumi keeps it, encrypted, among its state's inputs although
it is write-only (pulumi-terraform-bridge #3201); the first rotation, minutes later, makes it void.
Nobody works with this password: services log in by their identity. It is for the night when they
cannot.

What was written here first is never written again by itself. Should the cluster and the secret ever
disagree (the cluster was made and the secret was not; the secret was lost), raise
``password_version``: both are given one new password, and the rotation voids that one too.

After a switchover nothing is renewed: the function reaches only the cluster beside it, which takes no
writes then, and its alarm says so. The password stays as it is, readable in both regions, and the
next rotation after the way back renews it.

Source: AWS Secrets Manager user guide, *JSON structure of secrets*, *Replicate secrets across
Regions*, *What's in a secret* (no name ends in a hyphen and six characters).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import secretsmanager

from components.aws.database import DATABASE_NAME, MASTER, PORT
from components.aws.document import document
from components.aws.rotation import Rotation, RotationArgs
from components.base import Part
from components.naming import Naming

__all__ = ["MasterSecret", "MasterSecretArgs"]

RECOVERY_DAYS: Final = 30
RECOVERY_DAYS_UNPROTECTED: Final = 7
"""AWS's most and least; until then the secret can be had back, and its name is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterSecretArgs:
    """Whose password it is, who may read it, and from where it is renewed."""

    naming: Naming
    account: str
    region: str
    """The founder's."""
    replica_region: str
    """The follower's."""
    secrets_key_arn: pulumi.Input[str]
    replica_key_arn: pulumi.Input[str]
    """The key of the secrets in the replica's region."""
    log_key_arn: pulumi.Input[str]
    log_days: int
    host: pulumi.Input[str]
    """The founder's endpoint."""
    cluster_identifier: str
    database_group_id: pulumi.Input[str]
    """The founder's security group: the rotation is let into it."""
    after: Sequence[pulumi.Resource]
    """The founder's instances: the first rotation follows at once, and needs an answer."""
    password: pulumi.Input[str]
    password_version: int
    """The same as the founder's; raise it where the two disagree."""
    network_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private ones, in the founder's network."""
    api_cidr: str
    """Where Secrets Manager answers: the network's own range where it has an endpoint for it, else
    everywhere, by way of NAT."""
    topic_arn: pulumi.Input[str]
    protect: bool


class MasterSecret(Part):
    """The secret, its replica, who may read it, its first value, and its rotation."""

    secret_arn: pulumi.Output[str]

    def __init__(self, name: str, args: MasterSecretArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        secret = self._secret()
        Rotation(
            self.named("rotation"),
            RotationArgs(
                naming=args.naming,
                account=args.account,
                region=args.region,
                secret_id=secret.id,
                password_version=args.password_version,
                after=[self._first_value(secret, self._close(secret)), *args.after],
                secrets_key_arn=args.secrets_key_arn,
                log_key_arn=args.log_key_arn,
                log_days=args.log_days,
                network_id=args.network_id,
                subnet_ids=args.subnet_ids,
                database_group_id=args.database_group_id,
                api_cidr=args.api_cidr,
                topic_arn=args.topic_arn,
            ),
            ResourceOptions(parent=self),
        )
        self.secret_arn = secret.arn
        self.finish()

    def _secret(self) -> secretsmanager.Secret:
        args = self._args
        return secretsmanager.Secret(
            self.named("secret"),
            # Not "…-master": AWS adds a hyphen and six characters to make the ARN, and takes a name
            # that ends so for an ARN without them.
            name=args.naming.of("secret", "orders", "master-user"),
            description="The database's master user. Services do not use it: it is for emergencies.",
            kms_key_id=args.secrets_key_arn,
            recovery_window_in_days=RECOVERY_DAYS if args.protect else RECOVERY_DAYS_UNPROTECTED,
            replicas=[
                secretsmanager.SecretReplicaArgs(region=args.replica_region, kms_key_id=args.replica_key_arn)
            ],
            opts=ResourceOptions(parent=self, protect=args.protect),
        )

    def _close(self, secret: secretsmanager.Secret) -> secretsmanager.SecretPolicy:
        """Within the account IAM decides; nobody outside it can be let in, by whatever mistake."""
        outsiders = {
            "Sid": "ThisAccountOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "secretsmanager:*",
            "Resource": "*",  # in a secret's policy: this secret
            "Condition": {
                "StringNotEquals": {"aws:PrincipalAccount": self._args.account},
                "Bool": {"aws:PrincipalIsAWSService": "false"},
            },
        }
        return secretsmanager.SecretPolicy(
            self.named("policy"),
            secret_arn=secret.arn,
            policy=document(outsiders),
            block_public_policy=True,
            opts=ResourceOptions(parent=self),
        )

    def _first_value(
        self, secret: secretsmanager.Secret, policy: secretsmanager.SecretPolicy
    ) -> secretsmanager.SecretVersion:
        args = self._args
        return secretsmanager.SecretVersion(
            self.named("first"),
            secret_id=secret.id,
            secret_string_wo=pulumi.Output.secret(
                pulumi.Output.json_dumps(
                    {
                        "engine": "postgres",
                        "host": args.host,
                        "port": PORT,
                        "username": MASTER,
                        "password": args.password,
                        "dbname": DATABASE_NAME,
                        "dbClusterIdentifier": args.cluster_identifier,
                        "ssl": True,  # else the rotation tries without TLS where TLS fails
                    }
                )
            ),
            secret_string_wo_version=args.password_version,
            opts=ResourceOptions(parent=self, depends_on=[policy]),
        )
