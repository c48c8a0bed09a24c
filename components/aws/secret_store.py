"""Secrets that partners give to people: AWS Secrets Manager keeps them, this program never sees one.

The program makes the place, empty, and says who cannot look into it; a person puts the value there
(``aws secretsmanager put-secret-value``), and services read it by its name. The name is the same in
both regions, and the ARN but for the region, so that a reader is told a name and a policy is written
with `secret_arn_pattern`, before the secret exists.

The other region holds a replica under that region's key. It is read only, and made from here: there
is no store of its own there. When the home region is lost, the runbook promotes the replicas. After
that, nothing here overwrites what people put there: replication starts again when somebody has
decided which value is right, and has deleted the other.

AWS cannot renew a key that a partner issues, so nothing here pretends to rotate, and nothing rings. A
tag says how old a value may become; ``aws secretsmanager list-secrets`` shows it beside the day of the
last change.

Sources: AWS Secrets Manager user guide, *Replicate secrets across Regions*, *Promote a replica secret*,
*Limiting access to specific secrets* (six characters of AWS's own end each ARN); IAM user guide,
*aws:PrincipalAccount*, *aws:PrincipalIsAWSService*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import secretsmanager

from components.aws.document import document
from components.base import Part
from components.naming import Naming

__all__ = ["AGE_TAG", "SecretStore", "SecretStoreArgs", "secret_arn_pattern", "secret_name"]

AGE_TAG: Final = "max-age-days"
RECOVERY_DAYS, SHORT_RECOVERY_DAYS = 30, 7
"""A secret that was deleted can be had back for so long; these are the longest and the shortest of AWS."""
LOOKS_LIKE_AN_ARN: Final = re.compile(r".*-[^/]{6}")
"""A look-up by a part of an ARN takes such a name for a name and AWS's own six characters."""


def secret_name(naming: Naming, name: str) -> str:
    """What services read the secret by, in either region: ``trading-prod/broker``.

    A slash, not a hyphen: AWS advises against names that end in a hyphen and six characters, as
    ``trading-prod-broker`` does.

    Raises:
        ValueError: the name itself ends so.
    """
    if LOOKS_LIKE_AN_ARN.fullmatch(name):
        msg = (
            f"the secret {name} ends in a hyphen and six characters, which AWS takes for the end of an ARN: "
            f"expected another name, for example {name}-key"
        )
        raise ValueError(msg)
    return f"{naming.prefix}/{name}"


def secret_arn_pattern(*, account: str, region: str, name: str) -> str:
    """What an IAM policy calls the secret of that whole name in that region, before it exists.

    AWS ends an ARN with six characters of its own; as many question marks match them and nothing
    longer, where a ``*`` would match every secret whose name begins alike.
    """
    return f"arn:aws:secretsmanager:{region}:{account}:secret:{name}-??????"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretStoreArgs:
    """Which secrets there are, and under which keys."""

    naming: Naming
    account: str
    names: Sequence[str]
    """For example ``broker``; the environment is put before it."""
    key_arn: pulumi.Input[str]
    replica_region: str | None
    """Where a replica of each is kept; None: nowhere."""
    replica_key_arn: pulumi.Input[str] | None
    """The key of that region. Needed with ``replica_region``, or AWS would take one that is not ours."""
    max_age_days: int
    """How old a value may become. Nothing enforces it: it is written on the secret as a tag."""
    protect: bool

    def __post_init__(self) -> None:
        """Refuse a replica without a key, and a key without a replica."""
        if (self.replica_region is None) != (self.replica_key_arn is None):
            msg = (
                f"replica_region {self.replica_region} and replica_key_arn belong together, expected both or "
                "neither: a replica without a key of ours would be encrypted with AWS's own"
            )
            raise ValueError(msg)


class SecretStore(Part):
    """Empty secrets, their replicas, and who cannot read them."""

    secret_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: SecretStoreArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self.secret_ids = {name: self._secret(name) for name in args.names}
        self.finish()

    def _secret(self, name: str) -> pulumi.Output[str]:
        args = self._args
        secret = secretsmanager.Secret(
            self.named(name),
            name=secret_name(args.naming, name),
            description="Given by a partner, put in by a person",
            kms_key_id=args.key_arn,
            replicas=self._replicas(),
            # What has this name in the other region may be the replica that was promoted when this region
            # was lost: the only right value there is.
            force_overwrite_replica_secret=False,
            recovery_window_in_days=RECOVERY_DAYS if args.protect else SHORT_RECOVERY_DAYS,
            tags={AGE_TAG: str(args.max_age_days)},
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        secretsmanager.SecretPolicy(
            self.named(name),
            secret_arn=secret.arn,
            policy=_this_account_only(args.account),
            block_public_policy=True,
            opts=ResourceOptions(parent=self),
        )
        return secret.name

    def _replicas(self) -> list[secretsmanager.SecretReplicaArgs] | None:
        args = self._args
        if args.replica_region is None:
            return None
        return [secretsmanager.SecretReplicaArgs(region=args.replica_region, kms_key_id=args.replica_key_arn)]


def _this_account_only(account: str) -> str:
    """No right that somebody gives later reaches beyond the account. AWS's own services are not people."""
    return document(
        {
            "Sid": "ThisAccountOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "secretsmanager:*",
            "Resource": "*",  # in a secret's policy: this secret
            "Condition": {
                "StringNotEquals": {"aws:PrincipalAccount": account},
                "Bool": {"aws:PrincipalIsAWSService": "false"},
            },
        }
    )
