"""One database in two regions: Aurora copies the storage, typically in under a second.

The *founder* is the cluster that is born as the primary, the *follower* the one that is born as its
copy. In a switchover or a failover AWS swaps the roles. Nothing that this program declares says
which of the two writes now, so a deployment never swaps them back.

Tearing down takes the follower first, then the founder, then the frame. AWS gives up a primary only
last of all: after a swap of roles, swap them back before you destroy.

Sources: Aurora user guide, *Using switchover or failover in Aurora Global Database*, *Limitations
for Secrets Manager integration*; the provider's reports #8186 and #16065 (order of destruction).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import rds

from components.base import Part
from components.naming import Naming

__all__ = ["Follower", "Founder", "GlobalDatabase", "GlobalDatabaseArgs", "Member"]

PASSWORD_BYTES: Final = 30
"""Of chance; they make 40 characters. AWS takes 41 at most, and no slash, quote or at sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Founder:
    """The place of the cluster that is born as the primary."""

    global_cluster_id: pulumi.Input[str]
    peer_region: str
    """Where the other cluster is."""
    password: pulumi.Input[str]
    """The master's until the first rotation, minutes later."""
    password_version: int
    """AWS is told the password again when this is raised, and only then. Raise it only while this
    cluster is the primary: a copy has no password to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """The place of the cluster that is born as a copy: no user, no password, no database of its own."""

    global_cluster_id: pulumi.Input[str]
    peer_region: str
    """Where the other cluster is."""
    after: Sequence[pulumi.Resource]
    """The founder's instances: AWS copies only from a cluster that has a writer."""


Member: TypeAlias = Founder | Follower


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalDatabaseArgs:
    """What both clusters have in common."""

    naming: Naming
    version: str
    """PostgreSQL version of both clusters, for example 17.5. A new one is put in at once and without
    regard to the maintenance window, the copy first: raise it on a day without trading."""
    protect: bool


class GlobalDatabase(Part):
    """The frame that both clusters stand in, and the password that the founder is born with."""

    global_cluster_id: pulumi.Output[str]

    def __init__(self, name: str, args: GlobalDatabaseArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        cluster = rds.GlobalCluster(
            self.named("cluster"),
            global_cluster_identifier=args.naming.of("global-database", "orders"),
            engine=rds.EngineType.AURORA_POSTGRESQL,
            engine_version=args.version,
            # By default AWS keeps an outdated version alive, at a price that grows every year.
            engine_lifecycle_support="open-source-rds-extended-support-disabled",
            # No `source_db_cluster_identifier`: it names today's primary, and is untrue after a switchover.
            storage_encrypted=True,
            deletion_protection=args.protect,
            force_destroy=not args.protect,
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        self.global_cluster_id = cluster.id
        # Made anew by every run, in this process, and read by AWS only where the version beside it was
        # raised. It waits for the frame, so that the preview of a first deployment does not know it.
        self._master_password = pulumi.Output.secret(
            cluster.id.apply(lambda _: secrets.token_urlsafe(PASSWORD_BYTES))
        )
        self.finish()

    @property
    def master_password(self) -> pulumi.Output[str]:
        """For the founder and for its secret. No output of the part: outputs are written to the state."""
        return self._master_password
