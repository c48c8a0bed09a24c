"""What a room may ask of the Google region that it is in: the rooms that stand already, and whose it is.

`stacks.gcp_rooms` and `stacks.gcp_entry` read it; `stacks.gcp_region` fills it, one room after the other.
"""

from __future__ import annotations

from pulumi import ResourceOptions

from components.base import Part
from components.gcp.backup_vault import BackupVault
from components.gcp.cache import Cache
from components.gcp.cluster import Cluster
from components.gcp.database import Database
from components.gcp.edge import Edge
from components.gcp.identity import Identity
from components.gcp.keys import Keys
from components.gcp.network import Network
from components.gcp.operator_accounts import OperatorAccounts
from components.naming import Naming
from config.clouds import Gcp
from stacks.gcp_project import GcpProject
from stacks.place import RegionArgs

__all__ = ["GcpPlace"]


class GcpPlace(Part):
    """A region while it is built: each attribute is there once its room stands."""

    args: RegionArgs[Gcp, GcpPlace]
    home: GcpPlace | None
    project: GcpProject
    """What was there before the first region."""
    naming: Naming
    inside: ResourceOptions
    """For a room: below the region, by its provider."""
    region: str
    network_cidr: str
    cluster_name: str
    is_active: bool

    keys: Keys
    network: Network
    cluster: Cluster
    identity: Identity
    database: Database
    cache: Cache
    vault: BackupVault | None
    """None where nothing is protected."""
    edge: Edge
    operator_accounts: OperatorAccounts
