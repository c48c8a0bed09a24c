"""Encryption keys in one Google Cloud location: one a class of data: a reader of logs reads no orders.

A key leaves the decision to IAM, and IAM lets in the services that keep data of that class, each as its
agent in this project, and nobody else: neither people nor our own services ever call a key themselves.

A room gets a key's name from here, and with it waits until the services may use the key. Who is let in
later changes no name, so nothing looks as if it had to be made anew.

Google knows no replica of a key. What was encrypted in one region is read with that region's key alone:
copies in the other region lie under the other region's keys, and what belongs to both regions lies under
the keys of a multi-region (`components.gcp.shared_keys`).

A key ring can never be deleted, nor can a key: only what it is made of. So a ring that was in a stack
that is gone keeps its name, and the next one has the next generation in its own.

Sources: Cloud KMS, *Key rotation*, *Destroy and restore key versions*, *CMEK-integrated services*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import kms

from components.base import Part
from components.gcp.agents import agent
from components.naming import Naming

__all__ = ["USERS", "Keys", "KeysArgs", "ring"]

USERS: Final[Mapping[str, Sequence[str]]] = {
    "data": (
        "artifactregistry.googleapis.com",
        "compute.googleapis.com",  # disks of machines and of pods
        "gkebackup.googleapis.com",
        "memorystore.googleapis.com",
        "sqladmin.googleapis.com",
        "storage.googleapis.com",
    ),
    "secrets": (
        "container.googleapis.com",  # what Kubernetes calls secrets
        "secretmanager.googleapis.com",
    ),
    "logs": (
        "pubsub.googleapis.com",  # alarms
        "storage.googleapis.com",  # the audit trail and the access logs
    ),
}
"""By class of data, the services that keep some of it."""
ROLE: Final = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
DAY: Final = 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysArgs:
    """How the keys live and die."""

    naming: Naming
    number: str
    """The project's number, which the agents' addresses are made of."""
    location: str
    """A region, or a multi-region such as ``us``."""
    rotation_days: int
    """New key material every so many days; what was encrypted before stays readable."""
    deletion_days: int
    """What was destroyed can be had back for so many days. Google decides it once, when it makes the
    key: another number is another key."""
    hardware: bool
    """Whether the keys live in hardware security modules; dearer, and decided once as well."""
    protect: bool
    users: Mapping[str, Sequence[str]] | None = None
    """By class of data, the APIs of the services that may use the key. None: who keeps some of it here."""


class Keys(Part):
    """A key ring, three symmetric keys, and who may use them."""

    data: pulumi.Output[str]
    secrets: pulumi.Output[str]
    logs: pulumi.Output[str]

    def __init__(self, name: str, args: KeysArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        keys = ring(self, args, args.users or USERS)
        self.data, self.secrets, self.logs = keys["data"], keys["secrets"], keys["logs"]
        self.finish()


def ring(part: Part, args: KeysArgs, users: Mapping[str, Sequence[str]]) -> dict[str, pulumi.Output[str]]:
    """A key ring of the part with a key for each class: by class, the key's name, once it may be used."""
    made = kms.KeyRing(
        part.named("ring"),
        name=args.naming.once("key-ring"),
        location=args.location,
        opts=_kept(part, args),
    )
    return {
        purpose: _granted(part, args, _key(part, args, made, purpose), purpose, apis)
        for purpose, apis in users.items()
    }


def _key(part: Part, args: KeysArgs, made: kms.KeyRing, purpose: str) -> kms.CryptoKey:
    return kms.CryptoKey(
        part.named(purpose),
        name=args.naming.of("crypto-key", purpose),
        key_ring=made.id,
        purpose="ENCRYPT_DECRYPT",
        rotation_period=f"{args.rotation_days * DAY}s",
        destroy_scheduled_duration=f"{args.deletion_days * DAY}s",
        version_template=kms.CryptoKeyVersionTemplateArgs(
            algorithm="GOOGLE_SYMMETRIC_ENCRYPTION",
            protection_level="HSM" if args.hardware else "SOFTWARE",
        ),
        opts=_kept(part, args),
    )


def _granted(
    part: Part, args: KeysArgs, key: kms.CryptoKey, purpose: str, apis: Sequence[str]
) -> pulumi.Output[str]:
    grants = [
        kms.CryptoKeyIAMMember(
            part.named(f"{purpose}-{api.split('.')[0]}"),
            crypto_key_id=key.id,
            role=ROLE,
            member=agent(api, args.number),
            opts=_kept(part, args),
        )
        for api in apis
    ]
    # By way of the grants, and of what they were told: that is known of a grant that is yet to be made,
    # so a service that is let in later does not make the name unknown to all that is encrypted with it.
    return pulumi.Output.all(key.id, *(grant.crypto_key_id for grant in grants)).apply(lambda ids: ids[0])


def _kept(part: Part, args: KeysArgs) -> ResourceOptions:
    """A lost key is lost data, backups included, and so is a key that nobody may use any more.

    Where data counts both outlive even a stack that was unprotected and destroyed.
    """
    return ResourceOptions(parent=part, protect=args.protect, retain_on_delete=args.protect)
