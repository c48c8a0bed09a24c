"""The way in and who may walk it: the gateway, the routes, the mesh, the openings; a function a room.

`stacks.workloads` calls them in the order in which the rooms need each other.
"""

from __future__ import annotations

from typing import Final

import pulumi

from components.k8s import entry, gateway
from components.k8s.mesh import Mesh, MeshArgs, MeshService
from components.k8s.mesh import marks as mesh_marks
from components.k8s.namespaces import Namespace, NamespaceArgs, Quota
from components.k8s.network_policy import NetworkPolicies, NetworkPoliciesArgs, Way, kubernetes_api
from components.k8s.network_policy import mesh as mesh_ways
from components.k8s.places import GATEWAY, MONITORING, TRADING
from components.k8s.pod import HTTP
from components.k8s.routes import Route, Routes, RoutesArgs
from config.checks import SERVICE_CIDR
from stacks.cluster_place import ClusterPlace
from stacks.service_rooms import callers

__all__ = ["gateway_namespace", "mesh", "openings", "routes", "way_in"]

PROMETHEUS_ACCOUNT: Final = "prometheus"
PROMETHEUS_PORT: Final = 9090


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
        NetworkPoliciesArgs(namespace=at.standing[namespace], labels=at.labels, ways=ways),
        at.inside,
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
