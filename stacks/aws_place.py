"""What a room may ask of the AWS region that it is in: the rooms that stand already, and whose it is.

`stacks.aws_rooms` and `stacks.aws_entry` read it; `stacks.aws_region` fills it, one room after the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from pulumi import ResourceOptions

from components.aws.alerts import Alerts
from components.aws.cache import Cache
from components.aws.certificate import Certificate
from components.aws.cluster import Cluster
from components.aws.database import Database
from components.aws.dns import Dns
from components.aws.global_cache import GlobalCache
from components.aws.global_database import GlobalDatabase
from components.aws.keys import Keys
from components.aws.network import Network
from components.aws.pipeline import Pipeline
from components.aws.storage import Storage
from components.base import Part
from components.naming import Naming
from components.tagging import Tags
from config.clouds import Aws
from config.settings import Settings
from stacks.cloud import WorkloadNames

__all__ = ["AwsPlace", "AwsRegionArgs", "Birth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """What a region is for ever, whichever of the two works."""

    region: str
    cidr: str
    client_cidr: str
    """Addresses of the VPN's clients."""
    database_instances: int
    peer: str | None
    """The other region; None where there is none."""
    home: AwsPlace | None
    """The region that this one is the twin of; None: this one is home."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsRegionArgs:
    """The environment's wishes, which of its regions this is, and who will live there."""

    settings: Settings
    cloud: Aws
    tags: Tags
    workloads: WorkloadNames
    birth: Birth
    active: bool
    """Whether the platform works here now. Nothing that the cloud makes in the region reads it, but the
    second region's answer to whether home is held."""


class AwsPlace(Part):
    """A region while it is built: each attribute is there once its room stands."""

    args: AwsRegionArgs
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
