"""Where the platform's name leads to, and how customers follow when a region is away.

**A public name never moves.** It leads to the one address of both regions; which region gets a request is
the balancer's to say (`components.gcp.balancer`), within seconds and with no cache between. So the record has
nothing to check and no role, and a swap does not touch it.

**An internal name has two addresses**, one in each region's network; behind either stands the same balancer,
which sends to the active region's machines. The name leads to the address in the active region, because
that is where its clients are, and to the other one while Cloud DNS finds no balancer at the first. That
check is of the balancer's proxies in the region, not of what is behind them, and needs no checker of ours.
Nothing trickles to the second address while the first is well. With one region there is nothing to choose.

**A name is not a database.** What arrives in the second region before its database has been promoted can
read and cannot write: see there for what holds home afterwards.

No AAAA records: the networks speak IPv4 alone.

Sources: Cloud DNS, *DNS routing policies and health checks* (failover; an Application Load Balancer's own
health is looked at), *Manage DNS routing policies*; Cloud Load Balancing, *Health checks overview*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import dns

from components.base import Part
from components.contracts import Recovery
from components.gcp.balancer import NOTICED_SECONDS

__all__ = ["Failover", "FailoverArgs"]

PUBLIC_TTL_SECONDS: Final = 300
"""Of what never changes."""
INTERNAL_TTL_SECONDS: Final = 30
MOVED_SECONDS: Final = 60
"""Until all of Google's proxies know that a region is ill, or that another one is preferred: assumed."""
NAME_NOTICED_SECONDS: Final = 60
"""Until Cloud DNS knows that a region's proxies are away: assumed."""
PORT: Final = "443"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailoverArgs:
    """The name, and where it may lead."""

    project: str
    domain: str
    zone_name: pulumi.Input[str]
    """The domain's public zone for a public entry, its private one for an internal entry."""
    public: bool
    network_id: pulumi.Input[str]
    entries: Mapping[str, pulumi.Output[str]]
    """By region, the address at which the balancer answers; home first."""
    active_region: str
    """The region that serves now."""


class Failover(Part):
    """Records of the platform's domain and of everything directly under it."""

    host_name: pulumi.Output[str]
    """What customers call."""

    def __init__(self, name: str, args: FailoverArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        if args.active_region not in args.entries:
            expected = ", ".join(args.entries)
            msg = f"active_region {args.active_region!r} has no entry: expected one of {expected}"
            raise ValueError(msg)
        for which, host in (("apex", args.domain), ("wildcard", f"*.{args.domain}")):
            self._record(which, f"{host}.")
        self.host_name = pulumi.Output.from_input(args.domain)
        self.finish()

    @property
    def recovery(self) -> Recovery:
        """Customers follow by themselves; a person's exchange of the regions takes no longer."""
        if self._args.public:
            return Recovery(
                part="entry",
                detection=NOTICED_SECONDS,
                promotion=MOVED_SECONDS,
                source=(
                    f"health checks: {NOTICED_SECONDS} s until two have failed; assumed: {MOVED_SECONDS} s "
                    "until all of Google's edge knows; the address stays"
                ),
            )
        return Recovery(
            part="entry",
            detection=max(NOTICED_SECONDS, NAME_NOTICED_SECONDS),
            promotion=MOVED_SECONDS,
            warm_up=INTERNAL_TTL_SECONDS,
            source=(
                f"health checks: {NOTICED_SECONDS} s until two have failed; assumed: "
                f"{NAME_NOTICED_SECONDS} s until Cloud DNS sees that the proxies are away, "
                f"{MOVED_SECONDS} s until all proxies know; "
                f"the record's TTL: {INTERNAL_TTL_SECONDS} s"
            ),
        )

    def _record(self, which: str, host: str) -> dns.RecordSet:
        """Named by the kind of entry: they are in different zones, and one is there before the other goes."""
        args = self._args
        others = [region for region in args.entries if region != args.active_region]
        moves = not args.public and bool(others)
        return dns.RecordSet(
            self.named(which if args.public else f"{which}-internal"),
            managed_zone=args.zone_name,
            name=host,
            type="A",
            ttl=PUBLIC_TTL_SECONDS if args.public else INTERNAL_TTL_SECONDS,
            rrdatas=None if moves else [args.entries[args.active_region]],
            routing_policy=self._policy(others[0]) if moves else None,
            opts=ResourceOptions(parent=self),
        )

    def _policy(self, other: str) -> dns.RecordSetRoutingPolicyArgs:
        args = self._args
        first = dns.RecordSetRoutingPolicyPrimaryBackupPrimaryInternalLoadBalancerArgs(
            load_balancer_type="globalL7ilb",
            ip_address=args.entries[args.active_region],
            ip_protocol="tcp",
            port=PORT,
            network_url=args.network_id,
            project=args.project,
        )
        targets = dns.RecordSetRoutingPolicyPrimaryBackupBackupGeoHealthCheckedTargetsArgs
        target = dns.RecordSetRoutingPolicyPrimaryBackupBackupGeoHealthCheckedTargetsInternalLoadBalancerArgs
        second = target(
            load_balancer_type="globalL7ilb",
            ip_address=args.entries[other],
            ip_protocol="tcp",
            port=PORT,
            network_url=args.network_id,
            project=args.project,
        )
        return dns.RecordSetRoutingPolicyArgs(
            primary_backup=dns.RecordSetRoutingPolicyPrimaryBackupArgs(
                primary=dns.RecordSetRoutingPolicyPrimaryBackupPrimaryArgs(internal_load_balancers=[first]),
                backup_geos=[
                    dns.RecordSetRoutingPolicyPrimaryBackupBackupGeoArgs(
                        location=other, health_checked_targets=targets(internal_load_balancers=[second])
                    )
                ],
                # a fence would keep a client elsewhere at an address that is away
                enable_geo_fencing_for_backups=False,
                trickle_ratio=0.0,
            )
        )
