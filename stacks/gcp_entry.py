"""How a Google region is entered: customers by its half of the balancer, people and the office beside."""

from __future__ import annotations

from typing import Final

from components.gcp.access import Access, AccessArgs
from components.gcp.edge import GATEWAY_PORT, Edge, EdgeArgs
from components.gcp.office import LINKS, Company
from stacks.gcp_place import GcpPlace

__all__ = ["DRAIN_SECONDS", "HEALTH_PATH", "access", "edge"]

HEALTH_PATH: Final = "/healthz/ready"
"""What the gateway inside the cluster answers with 200 when it can serve."""
DRAIN_SECONDS: Final = 30
"""An order in flight is answered within so long."""


def edge(at: GcpPlace) -> Edge:
    """The machines' port and the address; the balancer before both regions is `stacks.gcp`'s."""
    settings = at.args.settings
    public = bool(settings.edge.open_to)
    return Edge(
        at.named("edge"),
        EdgeArgs(
            naming=at.naming,
            region=at.region,
            machine_groups=at.cluster.machine_groups,
            subnet_id=at.network.public_subnet_ids[0],
            public=public,
            address=at.home.edge.host_name if at.home and public else None,
            protect=settings.protect,
        ),
        at.inside,
    )


def access(at: GcpPlace) -> None:
    """Where the settings name people, or the company's own network."""
    settings, office = at.args.settings, at.args.cloud.office
    if not settings.access.groups and office is None:
        return
    Access(
        at.named("access"),
        AccessArgs(
            naming=at.naming,
            region=at.region,
            cidr=at.network_cidr,
            network_id=at.network.network_id,
            groups=settings.access.groups,
            gateway_port=GATEWAY_PORT,
            office=_office(at),
            channels=at.project.alerts.channels,
        ),
        at.inside,
    )


def _office(at: GcpPlace) -> Company | None:
    office, secret = at.args.cloud.office, at.project.office_secret
    if office is None or secret is None:
        return None
    return Company(
        gateways=office.gateways,
        asn=office.asn,
        cidrs=office.cidrs,
        link_cidr=LINKS[1 if at.home else 0],
        shared_secret=secret.shared_secret,
        secret_version=office.secret_version,
    )
