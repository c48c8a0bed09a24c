"""One Google region: the rooms in the order in which they need each other.

The region that is home and the one for disaster recovery are the same rooms. What differs between them is
said by `stacks.place.Birth` and does not change when the platform moves.
"""

from __future__ import annotations

from dataclasses import dataclass

from pulumi import ResourceOptions

from components.naming import Naming
from components.providers import gcp_provider, kubernetes_provider
from config.clouds import Gcp
from stacks import gcp_entry as entry
from stacks import gcp_rooms as rooms
from stacks.gcp_operators import operator_accounts, operators
from stacks.gcp_place import GcpPlace
from stacks.gcp_project import GcpProject
from stacks.place import RegionArgs

__all__ = ["GcpRegion", "GcpRegionArgs"]


@dataclass(frozen=True, kw_only=True)  # as what it extends
class GcpRegionArgs(RegionArgs[Gcp, GcpPlace]):
    """As any region's, and what the project has once."""

    naming: Naming
    project: GcpProject


class GcpRegion(GcpPlace):
    """The platform's cloud in one region; satisfies `stacks.cloud.CloudRegion`."""

    region: str
    network_cidr: str
    role: str
    """``active`` or ``standby``."""

    def __init__(self, name: str, args: GcpRegionArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        self.home, self.project, self.naming = args.birth.home, args.project, args.naming
        self.region = args.birth.region
        self.network_cidr = args.birth.cidr
        self.cluster_name = self.naming.of("gke-cluster", self.region)
        self.is_active = args.active
        self.groups = args.settings.access.roles
        self.role = "active" if args.active else "standby"
        self.provider = gcp_provider(
            self.named("provider"),
            project=args.cloud.project,
            region=self.region,
            opts=ResourceOptions(parent=self, depends_on=[self.project.apis]),
        )
        self.inside = ResourceOptions(parent=self, provider=self.provider)

        self.keys = self.project.keys[self.region]
        self.storage = self.project.storage
        self.registry = self.project.registry
        self.network = rooms.network(self)
        self.cluster = rooms.cluster(self)
        self.identity = self.home.identity if self.home else rooms.identity(self)
        self.database = rooms.database(self)
        self.cache = rooms.cache(self)
        rooms.store_access(self)
        self.vault = rooms.vault(self)
        self.edge = entry.edge(self)
        entry.access(self)
        self.operator_accounts = self.home.operator_accounts if self.home else operator_accounts(self)
        self.operators = operators(self)
        self.kubernetes = kubernetes_provider(
            self.named("kubernetes"),
            cluster_name=self.cluster.cluster_name,
            kubeconfig=self.cluster.kubeconfig,
            # not only its address: who may enter, and machines to run on
            opts=ResourceOptions(parent=self, depends_on=[self.cluster]),
        )
        self.finish()
