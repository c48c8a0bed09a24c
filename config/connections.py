"""How many connections a database takes: each cloud has its own reckoning.

Sources: Aurora user guide, *Maximum connections for Aurora Serverless v2*; Cloud SQL for PostgreSQL,
*Database flags* (the default of ``max_connections`` by memory), read 2026-11.
"""

from __future__ import annotations

from typing import Final

from config.clouds import Aws, Azure, Gcp
from config.sections import Database

__all__ = ["aurora_connections", "connections", "google_connections"]

UNIT_BYTES: Final = 2 * 2**30
"""Memory of one Aurora unit."""
BYTES_PER_CONNECTION: Final = 9_531_392
"""Aurora allows as many connections as the memory of the largest size holds of these …"""
MAX_CONNECTIONS: Final = 5000
"""… but no more than this …"""
MAX_CONNECTIONS_SMALL: Final = 2000
"""… and where the cluster may shrink to half a unit or to nothing, no more than this."""
SMALL_UNITS: Final = 0.5

GOOGLE_PLUS: Final = "db-perf-optimized-N-"
GOOGLE_PLUS_CONNECTIONS, GOOGLE_CONNECTIONS = 500, 100
"""Google's own default for the smallest useful machine of each edition. Fixed, because it must never be
smaller on a copy than on its original, and both follow a new machine at different times."""


def aurora_connections(min_capacity: float, max_capacity: float) -> int:
    """Of a cluster of so many Aurora units, idle and at the peak."""
    most = MAX_CONNECTIONS if min_capacity > SMALL_UNITS else MAX_CONNECTIONS_SMALL
    return int(min(most, max_capacity * UNIT_BYTES // BYTES_PER_CONNECTION))


def google_connections(node_type: str) -> int:
    """Of a Cloud SQL machine, as the flag says it that this platform sets."""
    return GOOGLE_PLUS_CONNECTIONS if node_type.startswith(GOOGLE_PLUS) else GOOGLE_CONNECTIONS


def connections(cloud: Aws | Gcp | Azure, database: Database) -> int | None:
    """So many at once, and no more; None where the size is not said, or the cloud not known well enough."""
    if isinstance(cloud, Aws) and database.min_capacity is not None and database.max_capacity is not None:
        return aurora_connections(database.min_capacity, database.max_capacity)
    if isinstance(cloud, Gcp) and database.node_type is not None:
        return google_connections(database.node_type)
    return None
