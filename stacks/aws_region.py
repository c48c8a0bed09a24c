"""One AWS region: the rooms in the order in which they need each other.

The region that is home and the one for disaster recovery are the same rooms. What differs between
them is said by `Birth` and does not change when the platform moves; what does change is `active`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pulumi import ResourceOptions

from components.aws.cluster import group_of
from components.naming import Naming
from components.providers import aws_provider, kubernetes_provider
from config.clouds import Aws
from config.safety import ClusterRole
from stacks import aws_entry as entry
from stacks import aws_rooms as rooms
from stacks.aws_operators import operators
from stacks.aws_place import AwsPlace
from stacks.place import RegionArgs

__all__ = ["AwsRegion"]


class AwsRegion(AwsPlace):
    """The platform's cloud in one region; satisfies `stacks.cloud.CloudRegion`."""

    region: str
    network_cidr: str
    role: str
    """``active`` or ``standby``."""
    groups: Mapping[ClusterRole, Sequence[str]]

    def __init__(
        self, name: str, args: RegionArgs[Aws, AwsPlace], opts: ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self.args = args
        self.home = args.birth.home
        self.naming = Naming(args.settings.environment)
        self.cluster_name = self.naming.of("eks-cluster", args.birth.region)
        self.provider = aws_provider(
            self.named("provider"),
            account=args.cloud.account,
            region=args.birth.region,
            sts_region=args.cloud.active_region or args.cloud.region,
            opts=ResourceOptions(parent=self),
        )
        self.inside = ResourceOptions(parent=self, provider=self.provider)
        self.region = args.birth.region
        self.network_cidr = args.birth.cidr
        self.is_active = args.active
        self.groups = {role: [group_of(role)] for role in args.settings.access.roles}
        self.role = "active" if args.active else "standby"
        self.zonal_shift = args.settings.network.zones > 2  # noqa: PLR2004 - of two zones, one is too few

        self.keys = rooms.keys(self)
        self.alerts = rooms.alerts(self)
        self.dns = self.home.dns if self.home else rooms.dns(self)
        self.network = rooms.network(self)
        self.storage = rooms.storage(self)
        self.pipeline = self.home.pipeline if self.home else rooms.pipeline(self)
        self.cluster = rooms.cluster(self)
        self.frame = self.home.frame if self.home else rooms.global_database(self)
        self.database = rooms.database(self)
        self.cache = rooms.cache(self)
        self.copies = self.home.copies if self.home else rooms.global_cache(self)
        self.registry = rooms.registry(self)
        self.identity = rooms.identity(self)
        self.vault = rooms.vault(self)
        self.certificate = entry.certificate(self)
        self.edge = entry.edge(self)
        entry.access(self)
        self.operators = operators(self)
        self.kubernetes = kubernetes_provider(
            self.named("kubernetes"),
            cluster_name=self.cluster.cluster_name,
            kubeconfig=self.cluster.kubeconfig,
            # Not only its address: who may enter, and machines to run on. No more: with `--target` all that
            # a provider waits for is made, and the first deployment begins before there is a certificate.
            opts=ResourceOptions(parent=self, depends_on=[self.cluster]),
        )
        self.finish()
