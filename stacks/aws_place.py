"""What a room may ask of the AWS region that it is in: the rooms that stand already, and whose it is.

`stacks.aws_rooms` and `stacks.aws_entry` read it; `stacks.aws_region` fills it, one room after the other.
"""

from __future__ import annotations

from pulumi import ResourceOptions

from components.aws.alerts import Alerts
from components.aws.cache import Cache
from components.aws.certificate import Certificate
from components.aws.cluster import Cluster
from components.aws.database import Database
from components.aws.dns import Dns
from components.aws.edge import Edge
from components.aws.global_cache import GlobalCache
from components.aws.global_database import GlobalDatabase
from components.aws.keys import Keys
from components.aws.network import Network
from components.aws.pipeline import Pipeline
from components.aws.storage import Storage
from components.base import Part
from components.naming import Naming
from config.clouds import Aws
from stacks.place import RegionArgs

__all__ = ["AwsPlace"]


class AwsPlace(Part):
    """A region while it is built: each attribute is there once its room stands."""

    args: RegionArgs[Aws, AwsPlace]
    home: AwsPlace | None
    naming: Naming
    inside: ResourceOptions
    """For a room: below the region, by its provider."""
    region: str
    network_cidr: str
    cluster_name: str
    zonal_shift: bool
    is_active: bool

    keys: Keys
    alerts: Alerts
    dns: Dns
    network: Network
    storage: Storage
    pipeline: Pipeline | None
    cluster: Cluster
    frame: GlobalDatabase | None
    database: Database
    cache: Cache
    copies: GlobalCache | None
    certificate: Certificate
    edge: Edge
