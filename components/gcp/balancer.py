"""The one way in for both regions: a balancer that ends TLS, a firewall before it, machine groups behind.

Nothing is open unless the settings name networks: then the balancer is the global external one, with one
address that all of Google's edge announces. Else it is the cross-region internal one, with an address in
each region's network, and what reaches it is the network and who came in through its doors. It has no
firewall of its own (Cloud Armor does not stand before it), and Google's firewall rules do not see what is
between a client and a proxy: whoever is inside may knock.

Behind it TLS begins anew, to the machines: whoever listens inside the network hears nothing. Google does
not check the gateway's certificate, so that may be one that it made itself. It is HTTP/1.1 within TLS,
because Google carries no WebSocket over HTTP/2. The gateway must keep an idle connection for longer than
`components.gcp.balancer.GATEWAY_KEEPS_SECONDS`, or it will close one that Google is just about to use.

**Which region gets the customers.** The active region's groups are preferred, and their capacity is so
great that no burst fills them: a standby that can only read is no place for what is too much. A rate, not
the machines' load: that is the one measure which cannot be reached by accident. So customers leave
the active region only when it is ill, and the threshold makes that mean: hardly one machine in a hundred
answers. A zone that is ill alone is drained (fewer than one machine in four answers), so that its part goes
to the other zones and not to the other region; never half of all groups at once, which a whole region
would be. What is moved arrives in a region whose database still only reads.

**Home takes nothing back.** While the other region is the active one, home's groups have no capacity at all,
however well they are: what comes back after a disaster may hold an old truth and believe in it. The
balancer's settings are Google's own, in no region: they can be changed on the day on which home is lost.
So on that day ``active_region`` comes first, and the promotion of the database after it.

Google also warns that a failover looks at a few other groups only, and that a lost region's groups are
better set to no capacity: setting ``active_region`` does just that.

What this cannot survive is a failure of Google's global balancing itself. Google's answer would be a
second entry of another kind, in one region, behind a record that is checked; it would need its own
address, certificate and firewall, and is not built.

Sources: Cloud Load Balancing, *Advanced load balancing optimizations* (preferred backends; drained below
25 %, at most half; failover threshold), *Backend services overview* (rate; timeouts and WebSockets;
keep-alive of 600 s), *SSL policies overview*, *Application capacity optimizations with global load
balancing* (limited number of alternate groups), *Cross-region internal Application Load Balancer with VM
instance group backends*; Cloud Armor, *Security policy overview* (supported load balancers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import compute, networkservices

from components.base import Part
from components.gcp.edge import GATEWAY_PORT_NAME, Side, active_side
from components.gcp.edge_alarms import Watched, watch
from components.gcp.security_policy import ANYWHERE, SecurityPolicy, SecurityPolicyArgs
from components.naming import Naming

__all__ = ["GATEWAY_KEEPS_SECONDS", "NOTICED_SECONDS", "Balancer", "BalancerArgs"]

HTTPS, HTTP = "443", "80"
GATEWAY_KEEPS_SECONDS: Final = 600
"""Google keeps its own connections to the machines for so long, and this cannot be changed."""
IDLE_SECONDS: Final = 300
"""A client's connection without a request; the same in both kinds of entry."""
ANSWER_SECONDS: Final = 600
"""The longest answer, and the longest life of a WebSocket, busy or not: after so long it has to come again,
so that a planned move to the other region is over in minutes."""
CHECK_SECONDS: Final = 5
FAILURES: Final = 2
NOTICED_SECONDS: Final = CHECK_SECONDS * FAILURES + CHECK_SECONDS
"""Until a machine is known to be away: two questions, and the wait for the answer to the second."""
UNREACHED_RATE: Final = 1_000_000.0
"""Requests a second for each machine: no machine serves so many, and so none is ever full."""
LEAVES_BELOW_PERCENT: Final = 1
"""The least that Google takes."""
BROWSERS_SAY_HTTPS: Final = "Strict-Transport-Security: max-age=31536000; includeSubDomains"


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancerArgs:
    """Who may come in, to whom they come, and what is kept about it."""

    naming: Naming
    project: str
    domain: str
    sides: Sequence[Side]
    """Home first. Each one's edge is of the same kind as this entry."""
    network_id: pulumi.Input[str]
    open_to: Sequence[str]
    """Networks that may reach the entry; none makes it internal."""
    certificate_id: pulumi.Input[str]
    """What `components.gcp.certificate.Certificate` gives, for the same kind of entry."""
    health_path: str
    """What the gateway answers with 200 when it can serve, for example ``/healthz/ready``."""
    drain_seconds: int
    """A machine that goes may finish its requests for so long."""
    rate_limit: int
    """Requests of one address in five minutes."""
    blocking: bool
    """The firewall refuses; false: it counts."""
    ddos_advanced: bool
    """Put the project into Cloud Armor's paid tier, the one by use."""
    channels: Sequence[pulumi.Input[str]]
    after: Sequence[pulumi.Resource]
    """What must stand first: an internal entry's subnets for proxies, each region's."""

    @property
    def public(self) -> bool:
        """Whether anybody outside may reach it."""
        return bool(self.open_to)

    @property
    def open_to_anybody(self) -> bool:
        """Whether the whole internet may: Google's uptime checkers can only then."""
        return ANYWHERE in self.open_to


class Balancer(Part):
    """Health check, backend service, proxies, forwarding rules, firewall and alarms."""

    entries: Mapping[str, pulumi.Output[str]]
    """By region, the address at which the entry answers: of a public one the same for both."""

    def __init__(self, name: str, args: BalancerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._active = active_side(args.sides)
        # of another kind all is made anew, beside what is there: Google lets no part move over
        self._shape: Literal["public", "internal"] = "public" if args.public else "internal"
        self._scheme = "EXTERNAL_MANAGED" if args.public else "INTERNAL_MANAGED"
        firewall = self._firewall() if args.public else None
        routes = self._routes(self._service(firewall))
        proxy = self._proxy(routes)
        self.entries = self._public_rules(proxy) if args.public else self._internal_rules(proxy)
        watch(
            self,
            Watched(
                routes=routes,
                public=args.public,
                project=args.project,
                domain=args.domain,
                health_path=args.health_path,
                asked_from_outside=args.open_to_anybody,
                naming=args.naming,
                channels=args.channels,
            ),
        )
        self.finish()

    def _child(self, what: str) -> str:
        return self.named(f"{self._shape}-{what}")

    def _physical(self, *what: str) -> str:
        return self._args.naming.of("compute", "edge", self._shape, *what)

    def _firewall(self) -> SecurityPolicy:
        args = self._args
        return SecurityPolicy(
            self.named("firewall"),
            SecurityPolicyArgs(
                naming=args.naming,
                name="edge",
                open_to=args.open_to,
                rate_limit=args.rate_limit,
                blocking=args.blocking,
                ddos_advanced=args.ddos_advanced,
                channels=args.channels,
            ),
            ResourceOptions(parent=self),
        )

    def _service(self, firewall: SecurityPolicy | None) -> compute.BackendService:
        args = self._args
        return compute.BackendService(
            self._child("service"),
            name=self._physical(),
            description="The gateway's machines, in each region",
            load_balancing_scheme=self._scheme,
            protocol="HTTPS",
            port_name=GATEWAY_PORT_NAME,
            health_checks=self._health().id,
            service_lb_policy=pulumi.Output.concat("//networkservices.googleapis.com/", self._moves().id),
            backends=[self._backend(side, group) for side in args.sides for group in side.edge.groups],
            session_affinity="NONE",
            timeout_sec=ANSWER_SECONDS,
            connection_draining_timeout_sec=args.drain_seconds,
            security_policy=firewall.policy_id if firewall else None,
            custom_response_headers=[BROWSERS_SAY_HTTPS] if args.public else None,
            # what the firewall did is in this log and nowhere else, so no part of it is left out
            log_config=compute.BackendServiceLogConfigArgs(enable=True, sample_rate=1.0),
            opts=ResourceOptions(parent=self),
        )

    def _health(self) -> compute.HealthCheck:
        return compute.HealthCheck(
            self._child("health"),
            name=self._physical(),
            description="Whether the gateway can serve, as it says itself",
            check_interval_sec=CHECK_SECONDS,
            timeout_sec=CHECK_SECONDS,
            healthy_threshold=FAILURES,
            unhealthy_threshold=FAILURES,
            https_health_check=compute.HealthCheckHttpsHealthCheckArgs(
                host=self._args.domain,
                port_specification="USE_SERVING_PORT",
                request_path=self._args.health_path,
            ),
            log_config=compute.HealthCheckLogConfigArgs(enable=True),
            opts=ResourceOptions(parent=self),
        )

    def _moves(self) -> networkservices.ServiceLbPolicies:
        """When customers are moved away from a zone, and from a region."""
        return networkservices.ServiceLbPolicies(
            self._child("moves"),
            name=self._physical(),
            location="global",
            description="An ill zone is left at once, a region when nothing in it answers",
            auto_capacity_drain=networkservices.ServiceLbPoliciesAutoCapacityDrainArgs(enable=True),
            failover_config=networkservices.ServiceLbPoliciesFailoverConfigArgs(
                failover_health_threshold=LEAVES_BELOW_PERCENT
            ),
            opts=ResourceOptions(parent=self),
        )

    def _backend(self, side: Side, group: pulumi.Output[str]) -> compute.BackendServiceBackendArgs:
        home_is_held = side is self._args.sides[0] and not side.active
        return compute.BackendServiceBackendArgs(
            group=group,
            description=side.region,
            balancing_mode="RATE",
            max_rate_per_instance=UNREACHED_RATE,
            capacity_scaler=0.0 if home_is_held else 1.0,
            preference="PREFERRED" if side.active else "DEFAULT",
        )

    def _routes(self, service: compute.BackendService) -> compute.URLMap:
        return compute.URLMap(
            self._child("routes"),
            name=self._physical(),
            description="Everything goes to the gateway, which knows the services",
            default_service=service.id,
            opts=ResourceOptions(parent=self),
        )

    def _proxy(self, routes: compute.URLMap) -> compute.TargetHttpsProxy:
        args = self._args
        policy = compute.SSLPolicy(
            self._child("tls"),
            name=self._physical(),
            description="TLS 1.3, and 1.2 with forward secrecy",
            profile="RESTRICTED",
            min_tls_version="TLS_1_2",
            # what is recorded today is not read tomorrow
            post_quantum_key_exchange="ENABLED" if args.public else None,
            opts=ResourceOptions(parent=self),
        )
        return compute.TargetHttpsProxy(
            self._child("proxy"),
            name=self._physical(),
            description="Ends TLS",
            url_map=routes.id,
            ssl_policy=policy.id,
            certificate_map=args.certificate_id if args.public else None,
            certificate_manager_certificates=None if args.public else [args.certificate_id],
            http_keep_alive_timeout_sec=IDLE_SECONDS,
            # a request within the first packet can be sent again by whoever copied it: an order, twice
            tls_early_data="DISABLED" if args.public else None,
            # customers' programs speak TCP; UDP would be one door more
            quic_override="DISABLE" if args.public else None,
            opts=ResourceOptions(parent=self),
        )

    def _public_rules(self, proxy: compute.TargetHttpsProxy) -> dict[str, pulumi.Output[str]]:
        """One address; without TLS one is only told where to go, by who knows no backend."""
        address = self._args.sides[0].edge.host_name
        rule = self._rule("https", HTTPS, proxy.id, address, network_tier="PREMIUM")
        redirect = compute.URLMap(
            self._child("redirect"),
            name=self._physical("redirect"),
            description="To the same place by HTTPS",
            default_url_redirect=compute.URLMapDefaultUrlRedirectArgs(
                https_redirect=True, redirect_response_code="MOVED_PERMANENTLY_DEFAULT", strip_query=False
            ),
            opts=ResourceOptions(parent=self),
        )
        plain = compute.TargetHttpProxy(
            self._child("redirect"),
            name=self._physical("redirect"),
            description="Says where to go",
            url_map=redirect.id,
            opts=ResourceOptions(parent=self),
        )
        self._rule("http", HTTP, plain.id, address, network_tier="PREMIUM")
        return {side.region: rule.ip_address for side in self._args.sides}

    def _internal_rules(self, proxy: compute.TargetHttpsProxy) -> dict[str, pulumi.Output[str]]:
        """An address in each region, all to the one proxy; whoever is inside knows to say https."""
        return {
            side.region: self._rule(
                side.region, HTTPS, proxy.id, side.edge.host_name, subnet_id=side.edge.subnet_id
            ).ip_address
            for side in self._args.sides
        }

    def _rule(
        self,
        which: str,
        port: str,
        target: pulumi.Input[str],
        address: pulumi.Input[str],
        *,
        network_tier: str | None = None,
        subnet_id: pulumi.Input[str] | None = None,
    ) -> compute.GlobalForwardingRule:
        args = self._args
        return compute.GlobalForwardingRule(
            self._child(which),
            name=self._physical(which),
            description=f"The entry, port {port}",
            load_balancing_scheme=self._scheme,
            ip_address=address,
            ip_protocol="TCP",
            port_range=port,
            network_tier=network_tier,
            network=args.network_id if subnet_id is not None else None,
            subnetwork=subnet_id,
            target=target,
            opts=ResourceOptions(parent=self, depends_on=list(args.after)),
        )
