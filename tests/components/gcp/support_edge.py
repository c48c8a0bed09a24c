"""The way into the platform as its parts make it: edges, certificate, balancer and failover, both regions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import pulumi
from pulumi_gcp import compute, dns

from components.gcp.balancer import Balancer, BalancerArgs
from components.gcp.certificate import Certificate, CertificateArgs
from components.gcp.edge import Edge, EdgeArgs, Side
from components.gcp.failover import Failover, FailoverArgs
from components.providers import gcp_provider
from plan.diff import Diff, diff
from plan.replace import replaces
from plan.resource import Mode, Plan, Resource
from plan.value import Value, plain
from tests.components.gcp.kit import CHANNELS, ELSEWHERE, NAMING, PROJECT, REGION, deploy
from tests.components.kit import said

DOMAIN: Final = "trade.example.com"
OFFICE: Final = "198.51.100.0/24"
ANYWHERE: Final = "0.0.0.0/0"
NETWORK: Final = f"projects/{PROJECT}/global/networks/trading-dev"
HEALTH_PATH: Final = "/healthz/ready"
DRAIN_SECONDS, RATE_LIMIT = 45, 1200
"""All different, so that one in another's place is seen."""


@dataclass(frozen=True)
class Shape:
    """What differs between environments, as far as these parts are concerned."""

    open_to: tuple[str, ...] = ()
    dr: bool = False
    active_region: str = REGION
    blocking: bool = False
    ddos_advanced: bool = False
    rate_limit: int = RATE_LIMIT
    protect: bool = False
    mode: Mode = "up"


DEV: Final = Shape()
OFFICE_ONLY: Final = Shape(open_to=(OFFICE,))
PROD: Final = Shape(open_to=(OFFICE, ANYWHERE), dr=True, blocking=True, protect=True)
CLOSED_PROD: Final = Shape(dr=True, protect=True)
SHAPES: Final = (DEV, OFFICE_ONLY, PROD, CLOSED_PROD)


def groups(region: str) -> list[str]:
    """The machine groups of a region, as a node pool names them: two zones at home, three elsewhere."""
    zones = "ab" if region == REGION else "bcd"
    url = "https://www.googleapis.com/compute/v1/projects/{}/zones/{}-{}/instanceGroups/gke-{}-{}-grp"
    return [url.format(PROJECT, region, zone, region, zone) for zone in zones]


def subnet(region: str) -> str:
    """Where an internal entry has its address in a region."""
    return f"projects/{PROJECT}/regions/{region}/subnetworks/trading-dev-entry-{region}"


@cache
def entry(shape: Shape) -> Plan:
    """Zones, certificate, both edges, balancer and failover, wired as a stack wires them."""
    return deploy(lambda opts: _entry(shape, opts), shape.mode)


def _entry(shape: Shape, home: pulumi.ResourceOptions) -> None:
    public = bool(shape.open_to)
    open_zone = dns.ManagedZone("zone", name="zone", dns_name=f"{DOMAIN}.", opts=home)
    closed_zone = dns.ManagedZone(
        "private-zone", name="private", dns_name=f"{DOMAIN}.", visibility="private", opts=home
    )
    # stands for the subnets of proxies: something that must be there before the rules are
    proxies = compute.Network("proxies", name="proxies", opts=home)
    first = Edge("edge", edge_args(shape, REGION, None), home)
    sides = [Side(region=REGION, edge=first, active=shape.active_region == REGION)]
    if shape.dr:
        away = pulumi.ResourceOptions(provider=gcp_provider("gcp-dr", project=PROJECT, region=ELSEWHERE))
        args = edge_args(shape, ELSEWHERE, first.host_name if public else None)
        second = Edge("dr-edge", args, away)
        sides.append(Side(region=ELSEWHERE, edge=second, active=shape.active_region == ELSEWHERE))
    certificate = Certificate(
        "certificate",
        CertificateArgs(naming=NAMING, domain=DOMAIN, zone_name=open_zone.name, public=public),
        home,
    )
    balancer = Balancer(
        "balancer",
        BalancerArgs(
            naming=NAMING,
            project=PROJECT,
            domain=DOMAIN,
            sides=sides,
            network_id=NETWORK,
            open_to=shape.open_to,
            certificate_id=certificate.certificate_id,
            health_path=HEALTH_PATH,
            drain_seconds=DRAIN_SECONDS,
            rate_limit=shape.rate_limit,
            blocking=shape.blocking,
            ddos_advanced=shape.ddos_advanced,
            channels=CHANNELS,
            after=() if public else [proxies],
        ),
        home,
    )
    Failover(
        "failover",
        FailoverArgs(
            project=PROJECT,
            domain=DOMAIN,
            zone_name=(open_zone if public else closed_zone).name,
            public=public,
            network_id=NETWORK,
            entries=balancer.entries,
            active_region=shape.active_region,
        ),
        home,
    )


def edge_args(shape: Shape, region: str, address: pulumi.Input[str] | None) -> EdgeArgs:
    """A region's half of the entry in that shape."""
    return EdgeArgs(
        naming=NAMING,
        region=region,
        machine_groups=groups(region),
        subnet_id=subnet(region),
        public=bool(shape.open_to),
        address=address,
        protect=shape.protect,
    )


def changes(old: Shape, new: Shape) -> Diff:
    """What becomes of an environment when its settings change."""
    return diff(entry(old), entry(new), replaces=replaces)


def part(plan: Plan, name: str) -> Resource:
    """The component of that name: what it gives to the outside is in its outputs."""
    (found,) = (one for one in plan if one.name == name and not one.custom and one.type.count(":gcp:"))
    return found


def listed(resource: Resource, *path: str | int) -> list[dict[str, Value]]:
    """The list of maps at a path."""
    found = said(resource, *path)
    assert isinstance(found, list)
    for one in found:
        assert isinstance(one, dict)
    return [dict(one) for one in found if isinstance(one, dict)]


def alarm_filter(resource: Resource) -> str:
    """What an alert policy looks at."""
    return str(plain(said(resource, "conditions", 0, "conditionThreshold", "filter")))  # pyright: ignore[reportArgumentType]
