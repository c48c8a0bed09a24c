"""One region's part of the network: where machines, pods, stores and the entry have their addresses.

A subnet of Google's spans the region's zones, so there is one of each kind, and the loss of a zone takes
none away. Machines have no public address; they and their pods go out through Cloud NAT, which is the
region's and no machine that could be lost: ``network.nat`` says how many addresses it has, and not how
many gateways. The addresses are ours and stay the same, because exchanges let in whom they know. Nothing
else in the network goes through NAT: where the stores' private endpoints are, there is no way out.

The entry's subnet and the one that Google's proxies send from exist also where the entry faces the
internet, so that turning it inside needs no new network.

Nothing here carries a description: Google decides it once, and another word would be another network.

Left as Google makes it, on purpose: the log of flows goes to the project's own log, whose retention the
audit's sink decides. It knows accepted connections; refused ones are logged by `components.gcp.firewall`.

Settings and reasons: ``docs/architecture.md``; Google Cloud, *Cloud NAT: IP addresses and ports*, *Tune NAT
configuration*, *Cloud NAT metrics*, *Proxy-only subnets*, *About service connection policies*; CIS GCP 3.8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import compute, networkconnectivity

from components.base import Part
from components.gcp.alarm import Metric, alarm
from components.gcp.ranges import Ranges
from components.naming import Naming

__all__ = ["CACHE_SERVICE", "MAX_ADDRESSES", "PODS", "SERVICES", "Network", "NetworkArgs"]

PODS: Final = "pods"
SERVICES: Final = "services"
"""Names of the machines' subnet's secondary ranges."""
CACHE_SERVICE: Final = "gcp-memorystore"
"""Who may make private endpoints in the stores' subnet by itself. Cloud SQL's are made by its own room."""
MAX_ADDRESSES: Final = 8
"""More would be asked of an exchange by nobody; Google takes more."""
PORTS_AT_FIRST, PORTS_AT_MOST = 128, 32768
"""Connections to one and the same address and port that a machine may have. Google doubles a machine's
share while it is needed, and new connections wait for that: too small a start shows when a market opens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkArgs:
    """Which region, which range, and how it goes out."""

    naming: Naming
    region: str
    cidr: str
    """The region's range: /16 to /20, cut by `components.gcp.ranges`."""
    network_id: pulumi.Input[str]
    nat_addresses: int
    """Public addresses of the way out, each good for 64512 connections to one and the same destination.
    Adding one moves nothing; taking one away cuts what goes through it."""
    flow_logs: bool
    channels: Sequence[pulumi.Input[str]]
    protect: bool
    """Keep the public addresses: an exchange that knows them would shut out any other."""


class Network(Part):
    """Subnets, the way out, and the leave to make private endpoints."""

    network_id: pulumi.Output[str]
    private_subnet_ids: Sequence[pulumi.Output[str]]
    """One, for all zones: machines, with the pods' and the Services' ranges."""
    public_subnet_ids: Sequence[pulumi.Output[str]]
    """One: where an internal entry has its address. Nothing in it is public; what faces the internet on
    Google is in no subnet at all."""
    database_subnet_ids: Sequence[pulumi.Output[str]]
    """One: the stores' private endpoints."""
    pods_range_name: pulumi.Output[str]
    services_range_name: pulumi.Output[str]
    nat_addresses: Sequence[pulumi.Output[str]]
    """What an exchange has to let in."""

    def __init__(self, name: str, args: NetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        if not 1 <= args.nat_addresses <= MAX_ADDRESSES:
            msg = (
                f"the way out has {args.nat_addresses} addresses, expected 1 to {MAX_ADDRESSES}: with none "
                "no exchange is reached. For example network: {nat: single}, which makes one"
            )
            raise ValueError(msg)
        self._args = args
        self._ranges = Ranges(args.cidr)
        machines = self._machines()
        stores = self._subnet("stores", self._ranges.stores)
        entry = self._subnet("entry", self._ranges.entry)
        self._proxies = self._proxy_subnet()
        self._leave = self._cache_leave(stores)
        self.nat_addresses = self._way_out(machines)
        self.network_id = pulumi.Output.from_input(args.network_id)
        self.private_subnet_ids = [machines.id]
        self.public_subnet_ids = [entry.id]
        self.database_subnet_ids = [stores.id]
        self.pods_range_name = pulumi.Output.from_input(PODS)
        self.services_range_name = pulumi.Output.from_input(SERVICES)
        self.finish()

    @property
    def before_entry(self) -> Sequence[pulumi.Resource]:
        """What must stand before an internal entry, and goes only after it."""
        return [self._proxies]

    @property
    def before_cache(self) -> Sequence[pulumi.Resource]:
        """What must stand before a cache that makes its own endpoints, and goes only after it."""
        return [self._leave]

    def _machines(self) -> compute.Subnetwork:
        return self._subnet(
            "machines",
            self._ranges.machines,
            [
                compute.SubnetworkSecondaryIpRangeArgs(range_name=PODS, ip_cidr_range=self._ranges.pods),
                compute.SubnetworkSecondaryIpRangeArgs(
                    range_name=SERVICES, ip_cidr_range=self._ranges.services
                ),
            ],
        )

    def _subnet(
        self,
        tier: str,
        cidr: str,
        secondary: Sequence[compute.SubnetworkSecondaryIpRangeArgs] | None = None,
    ) -> compute.Subnetwork:
        return compute.Subnetwork(
            self.named(tier),
            name=self._args.naming.of("compute", tier),
            network=self._args.network_id,
            region=self._args.region,
            ip_cidr_range=cidr,
            secondary_ip_ranges=secondary,
            private_ip_google_access=True,
            log_config=self._flow_log(),
            opts=ResourceOptions(parent=self),
        )

    def _flow_log(self) -> compute.SubnetworkLogConfigArgs | None:
        if not self._args.flow_logs:
            return None
        return compute.SubnetworkLogConfigArgs(
            aggregation_interval="INTERVAL_1_MIN",
            flow_sampling=1.0,
            metadata="INCLUDE_ALL_METADATA",
        )

    def _proxy_subnet(self) -> compute.Subnetwork:
        """Google's own: it takes neither a flow log nor private access."""
        return compute.Subnetwork(
            self.named("proxies"),
            name=self._args.naming.of("compute", "proxies"),
            network=self._args.network_id,
            region=self._args.region,
            ip_cidr_range=self._ranges.proxies,
            purpose="GLOBAL_MANAGED_PROXY",
            role="ACTIVE",
            opts=ResourceOptions(parent=self),
        )

    def _cache_leave(self, stores: compute.Subnetwork) -> networkconnectivity.ServiceConnectionPolicy:
        return networkconnectivity.ServiceConnectionPolicy(
            self.named("cache"),
            name=self._args.naming.of("service-connection-policy", "cache", self._args.region),
            description="Caches make their private endpoints here",
            location=self._args.region,
            service_class=CACHE_SERVICE,
            network=self._args.network_id,
            psc_config=networkconnectivity.ServiceConnectionPolicyPscConfigArgs(subnetworks=[stores.id]),
            opts=ResourceOptions(parent=self),
        )

    def _way_out(self, machines: compute.Subnetwork) -> Sequence[pulumi.Output[str]]:
        args = self._args
        router = compute.Router(
            self.named("router"),
            name=args.naming.of("compute", "nat"),
            network=args.network_id,
            region=args.region,
            opts=ResourceOptions(parent=self),
        )
        addresses = [
            compute.Address(
                self.named(f"nat-{number}"),
                name=args.naming.of("compute", "nat", str(number)),
                region=args.region,
                address_type="EXTERNAL",
                network_tier="PREMIUM",
                opts=ResourceOptions(parent=self, protect=args.protect),
            )
            for number in range(1, args.nat_addresses + 1)
        ]
        nat = compute.RouterNat(
            self.named("nat"),
            name=args.naming.of("compute", "nat"),
            router=router.name,
            region=args.region,
            nat_ip_allocate_option="MANUAL_ONLY",
            nat_ips=[address.self_link for address in addresses],
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[
                compute.RouterNatSubnetworkArgs(
                    name=machines.self_link,
                    source_ip_ranges_to_nats=["PRIMARY_IP_RANGE", "LIST_OF_SECONDARY_IP_RANGES"],
                    secondary_ip_range_names=[PODS],
                )
            ],
            enable_dynamic_port_allocation=True,
            enable_endpoint_independent_mapping=False,  # Google takes only one of the two
            min_ports_per_vm=PORTS_AT_FIRST,
            max_ports_per_vm=PORTS_AT_MOST,
            log_config=compute.RouterNatLogConfigArgs(enable=True, filter="ERRORS_ONLY"),
            opts=ResourceOptions(parent=self),
        )
        self._watch(nat)
        return [address.address for address in addresses]

    def _watch(self, nat: compute.RouterNat) -> None:
        """Whose connection found no port hears nothing: it is dropped, and looks like a slow exchange."""
        alarm(
            self,
            "nat-drops",
            Metric(
                type="router.googleapis.com/nat/dropped_sent_packets_count",
                resource="nat_gateway",
                labels={
                    "resource.labels.gateway_name": nat.name,
                    "resource.labels.region": self._args.region,
                    "metric.labels.reason": "OUT_OF_RESOURCES",
                },
                above=0,
                aligner="ALIGN_DELTA",
                reducer="REDUCE_SUM",
                seconds=60,
                periods=2,
            ),
            naming=self._args.naming,
            channels=self._args.channels,
            description=(
                f"The way out of {self._args.region} has no ports left: connections to exchanges are "
                "dropped. Look which machine holds them (metric nat/port_usage); give the way out one more "
                "address and tell it to the exchanges."
            ),
        )
