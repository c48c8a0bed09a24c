"""The zones of the platform's domain: the public one, and for an internal entry a private one beside it.

The public zone is made here; the parent domain has to delegate to its name servers, which only its owner
can do. Until then no name resolves and no certificate is issued. A new environment is therefore deployed
in two steps: first the zone (``pulumi up --target``), then, delegated to, the rest.

Its answers are signed. The parent has to vouch for the key (a DS record) before anybody checks that:
``gcloud dns dns-keys describe`` shows it. A zone that is destroyed while the parent still vouches for it
takes the name off the internet for who checks, until the parent's record has gone.

An internal entry needs the public zone too: whoever issues its certificate asks there. Who is inside the
network is answered by the private zone first, for every name of the domain; a record that both shall know
is written to both.

Cloud DNS is global: no region's loss takes it away, and records can be changed meanwhile.

Sources: Google Cloud, *DNSSEC*, *Cloud DNS logging*, *Specify the CAs that can issue your Google-managed
certificate*, *Name resolution order*, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import dns

from components.base import Part
from components.naming import Naming

__all__ = ["AUTHORITIES", "Dns", "DnsArgs"]

AUTHORITIES: Final = ("pki.goog", "letsencrypt.org")
"""Google's own, and whom Certificate Manager goes to when that one cannot issue."""
CAA_SECONDS: Final = 3600
ALGORITHM: Final = "ecdsap256sha256"
"""Short answers, and what every checker has known for ten years."""
KEY_BITS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsArgs:
    """Which domain, who sees it, and how hard it is to lose."""

    naming: Naming
    domain: str
    network_ids: Sequence[pulumi.Input[str]]
    """Networks with a zone of their own for the domain; none where the entry faces the internet."""
    protect: bool
    """A zone that is made anew has other name servers: the platform is gone until the parent follows."""


class Dns(Part):
    """The zones, and who may issue certificates for their names."""

    zone_id: pulumi.Output[str]
    """``projects/…/managedZones/…``"""
    name_servers: pulumi.Output[Sequence[str]]
    zone_name: pulumi.Output[str]
    """What a public record says it is in."""
    private_zone_name: pulumi.Output[str] | None
    """What a record for the inside says it is in; None where there is no inside of its own."""

    def __init__(self, name: str, args: DnsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        zone = self._public()
        dns.RecordSet(
            self.named("authority"),
            managed_zone=zone.name,
            name=f"{args.domain}.",
            type="CAA",
            ttl=CAA_SECONDS,
            rrdatas=[f'0 {what} "{who}"' for what in ("issue", "issuewild") for who in AUTHORITIES],
            opts=ResourceOptions(parent=self),
        )
        self.zone_id = zone.id
        self.zone_name = zone.name
        self.name_servers = zone.name_servers
        self.private_zone_name = self._private(args.network_ids).name if args.network_ids else None
        self.finish()

    def _public(self) -> dns.ManagedZone:
        args = self._args
        return dns.ManagedZone(
            self.named("zone"),
            name=args.naming.of("dns-zone", "public"),
            description=f"Where {args.domain} is; the parent domain delegates to its name servers",
            dns_name=f"{args.domain}.",
            visibility="public",
            dnssec_config=dns.ManagedZoneDnssecConfigArgs(
                state="on",
                non_existence="nsec3",  # which tells nobody what other names there are
                default_key_specs=[
                    dns.ManagedZoneDnssecConfigDefaultKeySpecArgs(
                        algorithm=ALGORITHM, key_length=KEY_BITS, key_type=kind
                    )
                    for kind in ("keySigning", "zoneSigning")
                ],
            ),
            cloud_logging_config=dns.ManagedZoneCloudLoggingConfigArgs(enable_logging=True),
            force_destroy=not args.protect,
            opts=ResourceOptions(parent=self, protect=args.protect),
        )

    def _private(self, network_ids: Sequence[pulumi.Input[str]]) -> dns.ManagedZone:
        """No log of its own: the network logs every question that is asked in it."""
        args = self._args
        return dns.ManagedZone(
            self.named("private-zone"),
            name=args.naming.of("dns-zone", "private"),
            description=f"{args.domain} as the network sees it",
            dns_name=f"{args.domain}.",
            visibility="private",
            private_visibility_config=dns.ManagedZonePrivateVisibilityConfigArgs(
                networks=[
                    dns.ManagedZonePrivateVisibilityConfigNetworkArgs(network_url=network)
                    for network in network_ids
                ]
            ),
            force_destroy=not args.protect,
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
