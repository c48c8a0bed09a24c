"""Two tunnels between one Google region and the company's own network, and what each learns of the other.

Each of our gateway's two interfaces has its tunnel, to the office's second address if it has one: with
two Google promises 99.99 %. One suite of ciphers is offered, so that both sides always choose the same.

The office learns the way to the internal entry, and with it the address that answers its questions for
names, and to nothing else: machines, pods and stores are not on its map. Of what the office announces,
only the networks in the settings are believed: whoever else is behind its gateway gets no answer, and
it cannot offer itself as the way to the internet or to a partner.

The secret is written and never read back. Raising its version makes both tunnels anew: for these minutes
the office is cut off, and afterwards its gateway must know the new secret.

Sources: Google Cloud, *HA VPN topologies*, *Supported IKE ciphers*, *Configure HA VPN* (BGP addresses),
*BGP route policies*, *Cloud VPN metrics*, *Cloud Router metrics*; RFC 6996, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import compute

from components.base import Part
from components.gcp.alarm import Metric, alarm
from components.naming import Naming

__all__ = ["LINKS", "OUR_ASN", "Company", "Office", "OfficeArgs"]

OUR_ASN: Final = 4_200_000_001
"""Our private number in BGP: of 32 bits, so that it is never the office's, which has 16. The same in both
regions: what the office learned from one of them it cannot teach the other."""
LINKS: Final = ("169.254.16.0/29", "169.254.16.8/29")
"""Link-local addresses of home's tunnels and of the other region's: no two may be the same in a network."""
TUNNELS: Final = 2
CIPHER: Final = "AES-GCM-16-256"
RANDOM: Final = "PRF-HMAC-SHA2-384"
EXCHANGE: Final = "Group-20"
"""Elliptic curve of 384 bits."""
DOWN_PERIODS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The company's gateway, its networks, and the secret between us."""

    gateways: Sequence[str]
    """Public addresses of the company's gateway: one or two."""
    asn: int
    """The company's private number in BGP."""
    cidrs: Sequence[str]
    """Networks behind the gateway, which may come in."""
    link_cidr: str
    """One of `LINKS`: a /29 that the two ends of both tunnels have their addresses from."""
    shared_secret: pulumi.Input[str]
    secret_version: int
    """Raise it to give the tunnels a new secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeArgs:
    """Where the tunnels begin, where they lead, and what is known at their end."""

    naming: Naming
    region: str
    network_id: pulumi.Input[str]
    company: Company
    advertised: Sequence[str]
    """What the office learns the way to."""
    channels: Sequence[pulumi.Input[str]]


class Office(Part):
    """Our gateway, what we know of theirs, the tunnels, the router between, and alarms."""

    addresses: pulumi.Output[Sequence[str]]
    """Of our gateway's two interfaces: what the company's gateway connects to."""
    peers: Sequence[str]
    """By tunnel, what the company's router has as its own link-local address; ours is the one before it."""

    def __init__(self, name: str, args: OfficeArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        _check(args.company)
        gateway = compute.HaVpnGateway(
            self.named("gateway"),
            name=args.naming.of("compute", "office"),
            network=args.network_id,
            region=args.region,
            opts=ResourceOptions(parent=self),
        )
        theirs = self._their_gateway()
        router = self._router()
        believed = self._believed(router)
        links = [_ends(link) for link in IPv4Network(args.company.link_cidr).subnets(new_prefix=30)]
        for number, (here, there) in enumerate(links):
            tunnel = self._tunnel(number, gateway, theirs, router)
            self._session(number, f"{here}/30", there, tunnel, router, believed)
        self.addresses = gateway.vpn_interfaces.apply(
            lambda found: [str(one.ip_address) for one in sorted(found, key=lambda one: one.id or 0)]
        )
        self.peers = [there for _, there in links]
        self.finish()

    def _their_gateway(self) -> compute.ExternalVpnGateway:
        args = self._args
        return compute.ExternalVpnGateway(
            self.named("their-gateway"),
            name=args.naming.of("compute", "office", args.region),  # one name in the project
            redundancy_type=(
                "SINGLE_IP_INTERNALLY_REDUNDANT" if len(args.company.gateways) == 1 else "TWO_IPS_REDUNDANCY"
            ),
            interfaces=[
                compute.ExternalVpnGatewayInterfaceArgs(id=number, ip_address=address)
                for number, address in enumerate(args.company.gateways)
            ],
            opts=ResourceOptions(parent=self),
        )

    def _router(self) -> compute.Router:
        args = self._args
        return compute.Router(
            self.named("router"),
            name=args.naming.of("compute", "office"),
            network=args.network_id,
            region=args.region,
            bgp=compute.RouterBgpArgs(
                asn=OUR_ASN,
                advertise_mode="CUSTOM",
                advertised_ip_ranges=[
                    compute.RouterBgpAdvertisedIpRangeArgs(range=cidr) for cidr in args.advertised
                ],
            ),
            opts=ResourceOptions(parent=self),
        )

    def _believed(self, router: compute.Router) -> compute.RouterRoutePolicy:
        """Both halves are said, so that nothing depends on what Google does with a route no line is about."""
        args = self._args
        ranges = ", ".join(f"prefix('{cidr}').orLonger()" for cidr in args.company.cidrs)
        theirs = f"destination.inAnyRange([{ranges}])"
        return compute.RouterRoutePolicy(
            self.named("believed"),
            name=args.naming.of("compute", "office"),
            router=router.name,
            region=args.region,
            type="ROUTE_POLICY_TYPE_IMPORT",
            terms=[
                compute.RouterRoutePolicyTermArgs(
                    priority=priority,
                    match=compute.RouterRoutePolicyTermMatchArgs(expression=match),
                    actions=[compute.RouterRoutePolicyTermActionArgs(expression=action)],
                )
                for priority, match, action in ((1, theirs, "accept()"), (2, f"!{theirs}", "drop()"))
            ],
            opts=ResourceOptions(parent=self),
        )

    def _tunnel(
        self,
        number: int,
        gateway: compute.HaVpnGateway,
        theirs: compute.ExternalVpnGateway,
        router: compute.Router,
    ) -> compute.VPNTunnel:
        args = self._args
        tunnel = compute.VPNTunnel(
            self.named(f"tunnel-{number}"),
            name=args.naming.of("compute", "office", str(number)),
            region=args.region,
            vpn_gateway=gateway.id,
            vpn_gateway_interface=number,
            peer_external_gateway=theirs.id,
            peer_external_gateway_interface=number % len(args.company.gateways),
            router=router.id,
            ike_version=2,
            cipher_suite=compute.VPNTunnelCipherSuiteArgs(
                phase1=compute.VPNTunnelCipherSuitePhase1Args(
                    encryptions=[CIPHER], prves=[RANDOM], dhs=[EXCHANGE]
                ),
                phase2=compute.VPNTunnelCipherSuitePhase2Args(encryptions=[CIPHER], pfs=[EXCHANGE]),
            ),
            shared_secret_wo=pulumi.Output.secret(args.company.shared_secret),
            shared_secret_wo_version=str(args.company.secret_version),
            # two tunnels between the same two interfaces are one too many
            opts=ResourceOptions(parent=self, delete_before_replace=True),
        )
        alarm(
            self,
            f"tunnel-{number}",
            Metric(
                type="vpn.googleapis.com/tunnel_established",
                resource="vpn_gateway",
                labels={"metric.labels.tunnel_name": tunnel.name, "resource.labels.region": args.region},
                below=1,
                aligner="ALIGN_MIN",
                periods=DOWN_PERIODS,
                silence="active",
            ),
            naming=args.naming,
            channels=args.channels,
            severity="WARNING",
            description=(
                f"Tunnel {number} between {args.region} and the office is down. While the other one stands, "
                "nobody notices; with both down the office reaches no internal entry. Look at the tunnel's "
                "status message, then at the company's gateway."
            ),
        )
        return tunnel

    def _session(
        self,
        number: int,
        here: str,
        there: str,
        tunnel: compute.VPNTunnel,
        router: compute.Router,
        believed: compute.RouterRoutePolicy,
    ) -> None:
        args = self._args
        interface = compute.RouterInterface(
            self.named(f"interface-{number}"),
            name=args.naming.of("compute", "office", str(number)),
            router=router.name,
            region=args.region,
            ip_range=here,
            vpn_tunnel=tunnel.name,
            opts=ResourceOptions(parent=self, delete_before_replace=True),
        )
        peer = compute.RouterPeer(
            self.named(f"peer-{number}"),
            name=args.naming.of("compute", "office", str(number)),
            router=router.name,
            region=args.region,
            interface=interface.name,
            ip_address=here.partition("/")[0],
            peer_ip_address=there,
            peer_asn=args.company.asn,
            import_policies=[believed.name],
            opts=ResourceOptions(parent=self, delete_before_replace=True),
        )
        alarm(
            self,
            f"routes-{number}",
            Metric(
                type="router.googleapis.com/bgp/session_up",
                resource="gce_router",
                labels={"metric.labels.bgp_peer_name": peer.name, "resource.labels.region": args.region},
                below=1,
                aligner="ALIGN_MIN",
                periods=DOWN_PERIODS,
                silence="active",
            ),
            naming=args.naming,
            channels=args.channels,
            severity="WARNING",
            description=(
                f"{args.region} and the office exchange no routes over tunnel {number}. If the tunnel's own "
                "alarm rings too, mend that one first; else compare the numbers and the link-local addresses "
                "of both ends."
            ),
        )


def _ends(link: IPv4Network) -> tuple[str, str]:
    """Our address of a /30, and theirs."""
    here, there = link.hosts()
    return str(here), str(there)


def _check(company: Company) -> None:
    """Refuse what Google would refuse half-way through."""
    if not 1 <= len(company.gateways) <= TUNNELS:
        msg = (
            f"the office's gateway has {len(company.gateways)} addresses, expected 1 or {TUNNELS}: "
            'ours has two interfaces. For example office: {gateways: ["203.0.113.10"]}'
        )
        raise ValueError(msg)
    if IPv4Network(company.link_cidr).prefixlen != IPv4Network(LINKS[0]).prefixlen:
        msg = f"the tunnels' ends have {company.link_cidr}, expected a /29 such as {LINKS[0]}: a /30 for each"
        raise ValueError(msg)
