"""The platform inside a cluster: the same objects whichever cloud the cluster is in."""

from __future__ import annotations

from pulumi import ResourceOptions

from components.k8s.labels import Labels
from components.k8s.priorities import Priorities, PrioritiesArgs
from stacks import service_rooms as services
from stacks.cluster_place import ClusterPlace, WorkloadsArgs

__all__ = ["Workloads", "WorkloadsArgs"]


class Workloads(ClusterPlace):
    """The rooms of a cluster, in the order in which they need each other."""

    def __init__(self, name: str, args: WorkloadsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args, self.settings, self.region = args, args.settings, args.region
        self.labels = Labels(args.tags)
        self.inside = ResourceOptions(parent=self)
        self.releases, self.secret_names = {}, {}

        priorities = Priorities(self.named("priorities"), PrioritiesArgs(labels=self.labels), self.inside)
        trading = services.namespace(self)
        self.namespace = trading.namespace
        self.config_map_name = services.configuration(self).config_map_name
        for service in self.settings.services:
            services.service(self, service, [trading, priorities])
        self.finish()
