"""How an AWS region is entered: customers through the firewall, people through the VPN. A function a room."""

from __future__ import annotations

from typing import Final

from components.aws.access import Access, AccessArgs, Door
from components.aws.certificate import Certificate, CertificateArgs
from components.aws.edge import Edge, EdgeArgs
from stacks.aws_place import AwsPlace

HEALTH_PATH: Final = "/healthz/ready"
"""What the gateway inside the cluster answers with 200 when it can serve."""
DRAIN_SECONDS: Final = 30
"""An order in flight is answered within so long."""


def certificate(at: AwsPlace) -> Certificate:
    """For the domain and all directly under it. Home proves the domain once, for both regions."""
    return Certificate(
        at.named("certificate"),
        CertificateArgs(
            domain=at.args.settings.domain,
            zone_id=at.dns.zone_id,
            proof=at.home.certificate.proof if at.home else None,
        ),
        at.inside,
    )


def edge(at: AwsPlace) -> Edge:
    """The balancer and its firewall, before the cluster's gateway."""
    settings = at.args.settings
    return Edge(
        at.named("edge"),
        EdgeArgs(
            naming=at.naming,
            account=at.args.cloud.account,
            region=at.region,
            network_id=at.network.network_id,
            public_subnet_ids=at.network.public_subnet_ids,
            private_subnet_ids=at.network.private_subnet_ids,
            client_group_id=at.cluster.client_group_id,
            certificate_arn=at.certificate.certificate_arn,
            open_to=settings.edge.open_to,
            # a client of the VPN comes with an address of the network: the endpoint translates
            inside=[at.network_cidr],
            health_path=HEALTH_PATH,
            drain_seconds=DRAIN_SECONDS,
            access_log_bucket=at.storage.access_logs.name,
            rate_limit=settings.edge.requests_per_five_minutes,
            blocking=settings.edge.blocking,
            ddos_advanced=settings.edge.ddos_advanced is not None,
            zonal_shift=at.zonal_shift,
            holds=at.is_active if at.home else None,
            log_key_arn=at.keys.logs,
            log_days=settings.cluster.log_retention_days,
            topic_arn=at.alerts.topic_id,
            protect=settings.protect,
            after=[at.storage, at.network],
        ),
        at.inside,
    )


def access(at: AwsPlace) -> None:
    """The VPN, where the settings name people and who vouches for them."""
    settings, saml_provider = at.args.settings, at.args.cloud.saml_provider
    if not (settings.access.groups and saml_provider):
        return
    Access(
        at.named("access"),
        AccessArgs(
            naming=at.naming,
            network_id=at.network.network_id,
            network_cidr=at.network_cidr,
            subnet_ids=at.network.private_subnet_ids,
            associations=settings.network.zones if settings.network.nat == "per-zone" else 1,
            client_cidr=at.args.birth.client_cidr,
            saml_provider_arn=saml_provider,
            certificate_arn=at.certificate.certificate_arn,
            groups={group: [at.network_cidr] for group in settings.access.groups},
            doors={"api": Door(group_id=at.cluster.client_group_id)},
            log_key_arn=at.keys.logs,
            log_days=settings.cluster.log_retention_days,
        ),
        at.inside,
    )
