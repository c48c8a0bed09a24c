"""One database in two regions: Cloud SQL copies what is written, typically within seconds.

The *founder* is the instance that is born as the primary, the *follower* the one that is born as its
copy in the other region. In a switchover or a failover Google swaps the roles. Nothing that this
program declares says which of the two writes now, so a deployment never swaps them back.

After the first deployment a person tells the founder once which copy takes over: Google knows a copy
only when it is there, the provider says nothing of it when it makes an instance, and what it says
later would be untrue after a swap (docs/runbooks/region-loss-gcp.md).

Sources: Cloud SQL for PostgreSQL, *Use advanced disaster recovery*; the provider's guide *Performing a
SQL Instance Switchover* and its source (``replication_cluster`` is sent by updates alone); its reports
#10486 and #25713 (promotion outside of the program).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import pulumi

__all__ = ["SWAPPED", "Follower", "Founder", "Member"]

SWAPPED: Final = (
    "instanceType",
    "masterInstanceName",
    "replicaConfiguration",
    "replicaNames",
    "replicationCluster",
    "settings.backupConfiguration",
    "settings.denyMaintenancePeriod",
    "settings.finalBackupConfig",
    "settings.maintenanceWindow",
    "settings.passwordValidationPolicy",
    "settings.retainBackupsOnDelete",
)
"""What a swap of roles turns round: who copies from whom, and what only a primary can have. The
provider takes a new ``masterInstanceName`` for another database, and replaces this one by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Founder:
    """The place of the instance that is born as the primary."""

    peer_region: str
    """Where the copy is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """The place of the instance that is born as a copy: no user, no backup, no database of its own."""

    peer_region: str
    """Where the original is."""
    original: pulumi.Input[str]
    """The founder's name, from the founder itself: Google copies only what is there."""


Member: TypeAlias = Founder | Follower
