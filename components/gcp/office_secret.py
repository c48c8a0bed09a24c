"""What both ends of the tunnels to the office know: made by the program, read by people in Secret Manager.

The value is made anew in every run and is read by Google only where the version beside it was raised (ADR
8): no plan keeps it, and what a state holds of it is encrypted. So a tunnel that is made in a later run than
the secret, after one that broke off or with another gateway, has another value than it: the tunnel's alarm
rings, and raising ``office.secret_version`` gives all of them a new one. The office's network engineers are
given ``roles/secretmanager.secretAccessor`` on this secret, for as long as they type it in.

Sources: Secret Manager, *Choose a replication policy*; the pinned SDK on ``secret_data_wo``.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import secretmanager

from components.base import Part
from components.gcp.secret_store import replicated, secret_name
from components.naming import Naming

__all__ = ["OfficeSecret", "OfficeSecretArgs"]

SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeSecretArgs:
    """Where it is kept, and which one it is."""

    naming: Naming
    keys: Mapping[str, pulumi.Input[str]]
    """By region that keeps a replica, that region's key."""
    version: int
    """Raise it for a new secret: the tunnels are down until the office has it too."""
    protect: bool


class OfficeSecret(Part):
    """The secret, and its one version."""

    secret_id: pulumi.Output[str]

    def __init__(self, name: str, args: OfficeSecretArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        secret = secretmanager.Secret(
            self.named("secret"),
            secret_id=secret_name(args.naming, "office-vpn"),
            replication=replicated(args.keys),
            deletion_protection=args.protect,
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        # It waits for the secret's place, so that the preview of a first deployment does not know it.
        made = pulumi.Output.secret(secret.id.apply(lambda _: secrets.token_urlsafe(SECRET_BYTES)))
        version = secretmanager.SecretVersion(
            self.named("version"),
            secret=secret.id,
            secret_data_wo=made,
            secret_data_wo_version=str(args.version),
            # The last one stays readable until the office has the new one.
            deletion_policy="DISABLE",
            opts=ResourceOptions(parent=self),
        )
        self._shared = pulumi.Output.all(made, version.id).apply(lambda both: both[0])
        self.secret_id = secret.secret_id
        self.finish()

    @property
    def shared_secret(self) -> pulumi.Output[str]:
        """For the tunnels. No output of the part: outputs are written to the state."""
        return self._shared
