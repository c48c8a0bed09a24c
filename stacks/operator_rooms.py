"""What carries the services inside a cluster: the settings as the rooms' arguments, a function a room.

`stacks.workloads` calls them in the order in which the rooms need each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi
from pulumi import ResourceOptions

from components.k8s import entry, gateway, quiet_hours
from components.k8s.backup import Backup, BackupArgs
from components.k8s.chaos import Chaos, ChaosArgs
from components.k8s.gateway_envoy import controller_values
from components.k8s.gitops import GitOps, GitOpsArgs
from components.k8s.machines import Machines, MachinesArgs, Pool
from components.k8s.mesh import Mesh, MeshArgs, MeshService
from components.k8s.mesh import marks as mesh_marks
from components.k8s.monitoring import chart
from components.k8s.monitoring.alertmanager import Mail, Receivers
from components.k8s.namespaces import Namespace, NamespaceArgs, Quota
from components.k8s.network_policy import NetworkPolicies, NetworkPoliciesArgs, Way, kubernetes_api
from components.k8s.network_policy import mesh as mesh_ways
from components.k8s.operator_table import choose
from components.k8s.operators import Operators, OperatorsArgs
from components.k8s.places import GATEWAY, LOGGING, MONITORING, TRADING, VELERO
from components.k8s.pod import HTTP
from components.k8s.priorities import Priorities, PrioritiesArgs
from components.k8s.rbac import Rbac, RbacArgs
from components.k8s.routes import Route, Routes, RoutesArgs
from components.k8s.storage import Storage, StorageArgs
from config.checks import SERVICE_CIDR
from config.sections import NodePool
from config.size_checks import cores
from config.types import memory_bytes
from stacks.cluster_place import ClusterPlace
from stacks.service_rooms import callers

__all__ = [
    "backup",
    "chaos",
    "gateway_namespace",
    "gitops",
    "logging_namespace",
    "machines",
    "mesh",
    "openings",
    "operators",
    "priorities",
    "rbac",
    "routes",
    "storage",
    "way_in",
]

ELASTICSEARCH_CPU, ELASTICSEARCH_MEMORY = "500m", "4Gi"
"""What each Elasticsearch server asks for."""
PROMETHEUS_ACCOUNT: Final = "prometheus"
PROMETHEUS_PORT: Final = 9090
SIDE_PODS: Final = 120
"""Filebeats in the logs' namespace: two a machine, on as many machines as a cluster of ours has at most."""


def priorities(at: ClusterPlace) -> Priorities:
    """Who gives way when machines are short."""
    return Priorities(at.named("priorities"), PrioritiesArgs(labels=at.labels), at.inside)


def gateway_namespace(at: ClusterPlace) -> Namespace:
    """Closed both ways; its one way in is opened by the gateway itself."""
    door, implementation = at.region.operators.door, at.settings.gateway.implementation
    return Namespace(
        at.named("gateway-namespace"),
        NamespaceArgs(
            namespace=GATEWAY,
            labels=at.labels,
            quota=gateway.quota(
                size(at), door, implementation, _WAF if at.settings.gateway.waf else _NOTHING
            ),
            marks={**gateway.marks(door), **mesh_marks(on=at.settings.addons.mesh)},
        ),
        at.inside,
    )


_NOTHING: Final = Quota(0, 0, 0)
_WAF: Final = Quota(2, 4 * 2**30, 6)
"""Room for the firewall that is asked about every request: three pods, twice while they are replaced."""


def logging_namespace(at: ClusterPlace) -> Namespace | None:
    """Not restricted: whoever ships logs reads the machine's own files."""
    logs = at.settings.logs
    if logs is None:
        return None
    return Namespace(
        at.named("logging-namespace"),
        NamespaceArgs(
            namespace=LOGGING,
            labels=at.labels,
            quota=Quota(
                cpu=2 * logs.nodes + 0.05 * SIDE_PODS + 4,
                memory_bytes=2 * logs.nodes * memory_bytes(ELASTICSEARCH_MEMORY)
                + SIDE_PODS * memory_bytes("256Mi")
                + memory_bytes("8Gi"),
                pods=2 * logs.nodes + SIDE_PODS + 8,
            ),
            pod_security="privileged",
        ),
        at.inside,
    )


def operators(at: ClusterPlace, after: list[pulumi.Resource]) -> Operators:
    """Whoever brings a kind of object, and the cloud's word on who each of them is."""
    settings, cloud = at.settings, at.region.operators
    return Operators(
        at.named("operators"),
        OperatorsArgs(
            labels=at.labels,
            chosen=choose(
                gateway=settings.gateway.implementation,
                machines=cloud.machines is not None,
                target_group=cloud.door.target_group_id is not None,
                metrics_server=False,  # every cloud's cluster brings its own
                gitops=settings.addons.gitops is not None,
                mesh=settings.addons.mesh,
                chaos=settings.addons.chaos,
                logs=settings.logs is not None,
            ),
            cluster_name=at.region.cluster.cluster_name,
            domain=settings.domain,
            highly_available=settings.environment != "dev",
            velero_plugin=cloud.backup_store.plugin,
            service_account_annotations=cloud.service_account_annotations,
            cloud_values=cloud.values,
            token_endpoints=at.region.identity.token_endpoints,
            values={**_watching(at), "envoy-gateway": controller_values(GATEWAY, TRADING)},
            after=after,
        ),
        at.inside,
    )


def _watching(at: ClusterPlace) -> Mapping[str, Mapping[str, object]]:
    settings = at.settings
    return chart.values(
        chart.ChartArgs(
            environment=settings.environment,
            region=at.region.region,
            cluster_name=at.region.cluster.cluster_name,
            retention_days=settings.monitoring.retention_days,
            disk_gib=settings.monitoring.disk_gib,
            replicas=settings.monitoring.replicas,
            storage_class=at.storage.retained_class,
            receivers=receivers(at),
            pod_labels=mesh_marks(on=settings.addons.mesh),  # it measures what refuses plain traffic
        )
    )


def receivers(at: ClusterPlace) -> Receivers:
    """Who can be told at all: whoever's key is in a secret."""
    told = at.settings.monitoring
    mail = told.mail
    return Receivers(
        pager=told.pager is not None,
        chat=told.chat is not None,
        heartbeat=told.heartbeat is not None,
        mail=Mail(to=at.settings.alerts.email, sender=mail.sender, relay=mail.relay, user=mail.user)
        if mail
        else None,
    )


def storage(at: ClusterPlace) -> Storage:
    """Disks, before anything asks for one."""
    return Storage(
        at.named("storage"), StorageArgs(labels=at.labels, volumes=at.region.operators.volumes), at.inside
    )


def machines(at: ClusterPlace) -> Machines | None:
    """Karpenter's pools, where the cloud does not scale its own."""
    cloud, cluster = at.region.operators.machines, at.settings.cluster
    if cloud is None:
        return None
    return Machines(
        at.named("machines"),
        MachinesArgs(
            labels=at.labels,
            cloud=cloud,
            on_demand=_pool(cluster.on_demand),
            spot=_pool(cluster.spot) if cluster.spot else None,
            busy=quiet_hours.busy_windows(at.settings.market.calendars),
            after=at.after("karpenter.sh/NodePool"),
        ),
        at.inside,
    )


def _pool(pool: NodePool) -> Pool:
    return Pool(
        instance_types=pool.instance_types,
        machines=pool.max,
        cores=max(cores(kind) for kind in pool.instance_types),
    )


def size(at: ClusterPlace) -> entry.Size:
    """Of the gateway: in dev as small as it can be without being away with its machine."""
    if at.settings.environment == "dev":
        return entry.Size(min_replicas=2, max_replicas=3, cpu_millis=100, memory_mib=256)
    return entry.Size()


def _login(at: ClusterPlace) -> entry.Login | None:
    said = at.settings.gateway.login
    if said is None:
        return None
    return entry.Login(issuer=said.issuer, audiences=said.audiences, keys_url=said.jwks, cookie=said.cookie)


def _limits(at: ClusterPlace) -> entry.Limits:
    said = at.settings.gateway
    return entry.Limits(client_requests_per_minute=said.requests_per_minute, body_kib=said.body_kib)


def _web(at: ClusterPlace) -> list[str]:
    return [name for name, service in at.settings.services.items() if service.kind == "web"]


def way_in(at: ClusterPlace, namespace: Namespace) -> gateway.Gateway:
    """Behind the entry, before the web services."""
    settings, door = at.settings, at.region.operators.door
    waf = settings.gateway.waf
    return gateway.Gateway(
        at.named("gateway"),
        gateway.GatewayArgs(
            namespace=namespace.namespace,
            labels=at.labels,
            implementation=settings.gateway.implementation,
            domain=settings.domain,
            door=door,
            trusted_hops=door.hops,
            entry_addresses=[]
            if door.node_port is None
            else [pulumi.Output.concat(at.region.edge.host_name, "/32")],  # it appends its own
            services_namespace=TRADING,
            backends={name: settings.services[name].port for name in _web(at)},
            login=_login(at),
            size=size(at),
            limits=_limits(at),
            waf=entry.Waf(service=waf.service, port=waf.port) if waf else None,
            mesh=settings.addons.mesh,
            after=at.after(
                "gateway.networking.k8s.io/Gateway",
                "cert-manager.io/Certificate",
                *_KINDS[settings.gateway.implementation],
                *(() if door.target_group_id is None else ("elbv2.k8s.aws/TargetGroupBinding",)),
            ),
        ),
        at.inside,
    )


_KINDS: Final = {
    "envoy": ("gateway.envoyproxy.io/EnvoyProxy",),
    "nginx": ("gateway.nginx.org/NginxProxy",),
}


def routes(at: ClusterPlace, before: list[pulumi.Resource]) -> Routes:
    """A path a service; the dashboard takes what nobody else does."""
    settings = at.settings
    access = "token" if settings.gateway.implementation == "envoy" else "open"
    return Routes(
        at.named("routes"),
        RoutesArgs(
            namespace=at.namespace,
            labels=at.labels,
            implementation=settings.gateway.implementation,
            hosts=[settings.domain],
            routes=[
                Route(
                    service=name,
                    path="/" if name == FRONT else f"/{name}",
                    access=access,
                    browser=name == FRONT,
                    upgrades=name == FRONT,  # prices are pushed to people
                    by_weight=(settings.services[name].strategy or settings.delivery.strategy) != "rolling",
                )
                for name in _web(at)
            ],
            login=_login(at),
            limits=_limits(at),
            after=[
                *before,
                *at.after("gateway.networking.k8s.io/HTTPRoute", *_KINDS[settings.gateway.implementation]),
            ],
        ),
        at.inside,
    )


FRONT: Final = "dashboard"
"""What people see who come with a browser."""


def openings(at: ClusterPlace) -> None:
    """What the services' namespace opens as a whole: the API server for who holds a lease, and the mesh."""
    settings = at.settings
    holders = [name for name, service in settings.services.items() if service.kind == "singleton"]
    ways = [
        kubernetes_api(
            at.labels.selector(name), service_cidr=SERVICE_CIDR, control_plane=[at.region.network_cidr]
        )
        for name in holders
    ]
    meshed = [TRADING, GATEWAY, MONITORING]
    if settings.addons.mesh:
        ways += mesh_ways(meshed, probed=[HTTP])
        _open(at, "measuring-openings", MONITORING, mesh_ways(meshed, probed=[PROMETHEUS_PORT]))
    if ways:
        _open(at, "openings", TRADING, ways)


def _open(at: ClusterPlace, name: str, namespace: str, ways: list[Way]) -> None:
    NetworkPolicies(
        at.named(name),
        NetworkPoliciesArgs(namespace=namespace, labels=at.labels, ways=ways),
        ResourceOptions(parent=at, depends_on=[at.operators]),
    )


def mesh(at: ClusterPlace) -> Mesh | None:
    """Who may call whom, by identity."""
    settings = at.settings
    if not settings.addons.mesh:
        return None
    implementation = settings.gateway.implementation
    return Mesh(
        at.named("mesh"),
        MeshArgs(
            labels=at.labels,
            services_namespace=TRADING,
            gateway_namespace=GATEWAY,
            services={
                name: MeshService(
                    port=service.port, callers=callers(at, name), from_gateway=service.kind == "web"
                )
                for name, service in settings.services.items()
            },
            gateway_account=entry.account(implementation),
            gateway_metrics_port=entry.metrics_port(implementation),
            prometheus_account=PROMETHEUS_ACCOUNT,
            after=at.after("security.istio.io/AuthorizationPolicy"),
        ),
        at.inside,
    )


def rbac(at: ClusterPlace, before: list[pulumi.Resource]) -> Rbac:
    """Roles for people and programs, and the one lease of each who acts alone."""
    settings = at.settings
    return Rbac(
        at.named("rbac"),
        RbacArgs(
            labels=at.labels,
            groups=at.region.groups,
            namespaces=[TRADING, GATEWAY, MONITORING, *([LOGGING] if settings.logs else [])],
            backups_namespace=VELERO,
            tools_namespaces=[MONITORING, *([LOGGING] if settings.logs else [])],
            leases={name: name for name, service in settings.services.items() if service.kind == "singleton"},
            services_namespace=TRADING,
        ),
        ResourceOptions(parent=at, depends_on=before),
    )


def backup(at: ClusterPlace) -> Backup:
    """What Velero keeps for thirty days."""
    return Backup(
        at.named("backup"),
        BackupArgs(
            labels=at.labels,
            store=at.region.operators.backup_store,
            after=at.after("velero.io/Schedule"),
        ),
        at.inside,
    )


def gitops(at: ClusterPlace) -> GitOps | None:
    """Argo CD's application, by switch."""
    said = at.settings.addons.gitops
    if said is None:
        return None
    return GitOps(
        at.named("gitops"),
        GitOpsArgs(
            namespace=at.namespace,
            labels=at.labels,
            repository=said.repository,
            path=said.path,
            revision=said.revision,
            busy=quiet_hours.busy_windows(at.settings.market.calendars),
            after=at.after("argoproj.io/Application"),
        ),
        at.inside,
    )


def chaos(at: ClusterPlace) -> Chaos | None:
    """Experiments outside market hours, by switch and never in prod."""
    settings = at.settings
    workers = [name for name, service in settings.services.items() if service.kind == "worker"]
    if not settings.addons.chaos or not workers:
        return None
    return Chaos(
        at.named("chaos"),
        ChaosArgs(
            environment=settings.environment,
            namespace=at.namespace,
            labels=at.labels,
            calendars=settings.market.calendars,
            worker=workers[0],
            clients=[name for name, service in settings.services.items() if service.connections],
            database_host=at.region.database.endpoint,
            groups=at.region.groups.get("operator", ()),
            after=at.after("chaos-mesh.org/Schedule"),
        ),
        at.inside,
    )
