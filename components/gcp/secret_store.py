"""Secrets that partners give to people: Google's Secret Manager keeps them, this program never sees one.

The program makes the place, empty; a person puts the value there (``gcloud secrets versions add``), and
services read it by its name. A secret is one thing in the whole project, with a replica in each region
under that region's key. Google answers from whichever replica is there, so nothing is to be promoted when
a region is lost, and a reader is told one name. Reading one secret is granted to one service, by the
secret's name (`components.gcp.identity`).

A new value goes to all replicas at once: while a region is away, expect that nobody can put one in. What
is there is read as always.

Google cannot renew a key that a partner issues. Its reminder (``rotation``) wants the day of the next one
in the program, and a day in a program is one day in the past; so nothing here pretends to rotate, and
nothing rings. A label says how old a value may become; ``gcloud secrets versions list`` shows its day.

A version that somebody destroys is disabled first, and gone only after some days. A secret that is
deleted is gone at once: what holds it are Pulumi's protection and the provider's.

Sources, read 2026-11: Secret Manager, *Choose a replication policy*, *Enable customer-managed encryption
keys* (a key in each replica's location), *Delayed destruction of secret versions*, *Rotation schedules*;
the pinned SDK's docstrings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import secretmanager

from components.base import Part
from components.naming import Naming

__all__ = ["AGE_LABEL", "SecretStore", "SecretStoreArgs", "replicated", "secret_name"]

AGE_LABEL: Final = "max-age-days"
DAY: Final = 24 * 3600
DESTROY_DAYS, SHORT_DESTROY_DAYS = 30, 7
"""A version that was destroyed can be had back for so long, as on the other clouds."""


def secret_name(naming: Naming, name: str) -> str:
    """What services read the secret by, in either region: ``trading-prod-broker``."""
    return naming.of("secret", name)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretStoreArgs:
    """Which secrets there are, and under which keys."""

    naming: Naming
    names: Sequence[str]
    """For example ``broker``; the environment is put before it."""
    keys: Mapping[str, pulumi.Input[str]]
    """By region that keeps a replica, that region's key. A replica can neither be added nor moved later."""
    topics: Sequence[pulumi.Input[str]] = ()
    """Pub/Sub topics that hear of each change. Google's agent must be allowed to publish there."""
    max_age_days: int
    """How old a value may become. Nothing enforces it: it is written on the secret as a label."""
    protect: bool

    def __post_init__(self) -> None:
        """Refuse secrets without a place, which Google would spread over the world under its own keys."""
        if not self.keys:
            msg = "keys is empty, expected the key of each region that keeps a replica"
            raise ValueError(msg)


class SecretStore(Part):
    """Empty secrets, with a replica in each region."""

    secret_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: SecretStoreArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self.secret_ids = {name: self._secret(name) for name in args.names}
        self.finish()

    def _secret(self, name: str) -> pulumi.Output[str]:
        args = self._args
        days = DESTROY_DAYS if args.protect else SHORT_DESTROY_DAYS
        secret = secretmanager.Secret(
            self.named(name),
            secret_id=secret_name(args.naming, name),
            replication=replicated(args.keys),
            topics=[secretmanager.SecretTopicArgs(name=topic) for topic in args.topics] or None,
            version_destroy_ttl=f"{days * DAY}s",
            deletion_protection=args.protect,
            labels={AGE_LABEL: str(args.max_age_days)},
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        return secret.secret_id


def replicated(keys: Mapping[str, pulumi.Input[str]]) -> secretmanager.SecretReplicationArgs:
    """A replica in each region, under the region's key."""
    return secretmanager.SecretReplicationArgs(
        user_managed=secretmanager.SecretReplicationUserManagedArgs(
            replicas=[_replica(region, key) for region, key in keys.items()]
        )
    )


def _replica(region: str, key: pulumi.Input[str]) -> secretmanager.SecretReplicationUserManagedReplicaArgs:
    return secretmanager.SecretReplicationUserManagedReplicaArgs(
        location=region,
        customer_managed_encryption=(
            secretmanager.SecretReplicationUserManagedReplicaCustomerManagedEncryptionArgs(kms_key_name=key)
        ),
    )
