"""The platform inside a cluster: the same objects whichever cloud the cluster is in."""

from __future__ import annotations

from pulumi import ResourceOptions

from components.k8s.labels import Labels
from components.k8s.places import GATEWAY, LOGGING, TRADING
from stacks import operator_rooms as carrying
from stacks import service_rooms as services
from stacks import watch_rooms as watching
from stacks import way_in_rooms as entrance
from stacks.cluster_place import ClusterPlace, WorkloadsArgs

__all__ = ["Workloads", "WorkloadsArgs"]


class Workloads(ClusterPlace):
    """The rooms of a cluster, in the order in which they need each other."""

    def __init__(self, name: str, args: WorkloadsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args, self.settings, self.region = args, args.settings, args.region
        self.labels = Labels(args.tags)
        self.inside = ResourceOptions(parent=self)

        # Closed rooms and disks, then the operators that work in them.
        priorities = carrying.priorities(self)
        trading = services.namespace(self)
        self.namespace = trading.namespace
        gateway = entrance.gateway_namespace(self)
        logging = carrying.logging_namespace(self)
        self.storage = carrying.storage(self)
        homes = [trading, gateway, self.storage, *([logging] if logging else [])]
        self.operators = carrying.operators(self, [*homes])
        self.standing = {
            TRADING: trading.namespace,
            GATEWAY: gateway.namespace,
            **({LOGGING: logging.namespace} if logging else {}),
            **self.operators.namespaces,
        }
        entrance.openings(self)
        carrying.rbac(self)
        carrying.machines(self)
        carrying.backup(self)

        # Whoever watches stands before what is watched.
        watching.alarm_secrets(self)
        watching.prometheus(self, homes)
        watching.dashboards(self)
        if logging:
            watching.logs(self, logging)

        # The services, and what scales them.
        self.config_map_name = services.configuration(self).config_map_name
        secrets = watching.service_secrets(self)
        self.secret_names = secrets.secret_names if secrets else {}
        self.calendars_name = watching.market_hours(self).config_map_name
        mesh = entrance.mesh(self)
        before = [trading, priorities, *([mesh] if mesh else [])]
        for service in self.settings.services:
            made = services.service(self, service, before)
            watching.autoscaling(self, service, made)
        watching.right_sizing(self)

        # The way in, last: nobody comes before there is somebody to answer.
        way_in = entrance.way_in(self, gateway)
        entrance.routes(self, [way_in])
        carrying.gitops(self)
        carrying.chaos(self)
        self.finish()
