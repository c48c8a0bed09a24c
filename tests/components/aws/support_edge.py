"""The way into the platform as its parts make it: domain, certificates, entries and failover, two regions.

Recorded in mode ``up``, like `tests.components.aws.kit`, so that simulated answers can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import pulumi
from pulumi_aws import sns

from components.aws.certificate import Certificate, CertificateArgs
from components.aws.dns import Dns, DnsArgs, QueryLog
from components.aws.edge import Edge, EdgeArgs
from components.aws.edge_alarms import UNSERVED_SECONDS
from components.aws.failover import Bell, Failover, FailoverArgs, Side
from components.naming import Naming
from components.providers import aws_provider
from plan.diff import Diff, diff
from plan.replace import replaces
from plan.resource import Mode, Plan, Resource
from tests.components.aws.kit import ACCOUNT, OFFICE, REGION, deploy, key
from tests.components.kit import the

DOMAIN: Final = "trade.example.com"
DR_REGION: Final = "us-west-2"
ANYWHERE: Final = "0.0.0.0/0"
INSIDE: Final = ("10.16.0.0/16", "10.112.0.0/22")
PUBLIC: Final = ("subnet-0aaaaaaaaaaaaaaa1", "subnet-0aaaaaaaaaaaaaaa2")
PRIVATE: Final = ("subnet-0bbbbbbbbbbbbbbb1", "subnet-0bbbbbbbbbbbbbbb2")
CLIENTS: Final = "sg-0123456789abcdef0"
BUCKET: Final = "trading-dev-access-logs"
HEALTH_PATH: Final = "/healthz/ready"
DRAIN_SECONDS, RATE_LIMIT, LOG_DAYS, QUERY_LOG_DAYS = 45, 1200, 90, 60
"""All different, so that one in another's place is seen."""


@dataclass(frozen=True)
class Shape:
    """What differs between environments, as far as these parts are concerned."""

    open_to: tuple[str, ...] = ()
    dr: bool = False
    active_region: str = REGION
    blocking: bool = False
    ddos_advanced: bool = False
    zonal_shift: bool = False
    protect: bool = False
    here: bool = True
    """The stack has a provider and a topic in us-east-1."""
    mode: Mode = "up"


DEV: Final = Shape()
OFFICE_ONLY: Final = Shape(open_to=(OFFICE,))
PROD: Final = Shape(open_to=(OFFICE, ANYWHERE), dr=True, blocking=True, zonal_shift=True, protect=True)
CLOSED_PROD: Final = Shape(dr=True, protect=True)


@cache
def entry(shape: Shape) -> Plan:
    """Zone, certificates, entries and failover, wired as a stack wires them. Recorded once a shape."""
    return deploy(lambda opts: _entry(shape, opts), shape.mode)


def _entry(shape: Shape, home: pulumi.ResourceOptions) -> None:
    dns = Dns(
        "dns",
        DnsArgs(
            account=ACCOUNT,
            domain=DOMAIN,
            accelerated_recovery=shape.dr,
            query_log=QueryLog(log_key_arn=key("logs"), days=QUERY_LOG_DAYS) if shape.here else None,
            protect=shape.protect,
        ),
        home,
    )
    certificate, at_home = _side(shape, dns, "", REGION, None, home)
    at_dr, elsewhere = None, home
    if shape.dr:
        opts = elsewhere = pulumi.ResourceOptions(
            provider=aws_provider("aws-dr", account=ACCOUNT, region=DR_REGION)
        )
        _, at_dr = _side(shape, dns, "dr-", DR_REGION, certificate, opts)
    Failover(
        "failover",
        FailoverArgs(
            naming=Naming("dev"),
            domain=DOMAIN,
            zone_id=dns.zone_id,
            home=at_home,
            dr=at_dr,
            active_region=shape.active_region,
            health_path=HEALTH_PATH,
            bell=Bell(provider=home.provider, topic_arn=topic(REGION))
            if shape.here and home.provider
            else None,
        ),
        elsewhere,
    )


def _side(
    shape: Shape, dns: Dns, prefix: str, region: str, first: Certificate | None, opts: pulumi.ResourceOptions
) -> tuple[Certificate, Side]:
    certificate = Certificate(
        f"{prefix}certificate",
        CertificateArgs(domain=DOMAIN, zone_id=dns.zone_id, proof=first.proof if first else None),
        opts,
    )
    # stands for the log bucket: something that must be there before the balancer is
    bucket = sns.Topic(f"{prefix}bucket", opts=opts)
    args = edge_args(shape, region, certificate.certificate_arn, [bucket])
    edge = Edge(f"{prefix}edge", args, opts)
    return certificate, Side(
        region=region,
        edge=edge,
        reached_by_checkers=args.open_to_anybody,
        unserved_alarm=edge.unserved_alarm,
        alarm_seconds=UNSERVED_SECONDS,
        hold=edge.hold,
    )


def edge_args(
    shape: Shape, region: str, certificate_arn: pulumi.Input[str], after: Sequence[pulumi.Resource] = ()
) -> EdgeArgs:
    """The entry of a region in that shape."""
    return EdgeArgs(
        naming=Naming("dev"),
        account=ACCOUNT,
        region=region,
        network_id="vpc-0123456789abcdef0",
        public_subnet_ids=PUBLIC,
        private_subnet_ids=PRIVATE,
        client_group_id=CLIENTS,
        certificate_arn=certificate_arn,
        open_to=shape.open_to,
        inside=INSIDE,
        health_path=HEALTH_PATH,
        drain_seconds=DRAIN_SECONDS,
        access_log_bucket=BUCKET,
        rate_limit=RATE_LIMIT,
        blocking=shape.blocking,
        ddos_advanced=shape.ddos_advanced,
        zonal_shift=shape.zonal_shift,
        holds=None if region == REGION else shape.active_region == region,
        log_key_arn=key("logs"),
        log_days=LOG_DAYS,
        topic_arn=topic(region),
        protect=shape.protect,
        after=after,
    )


def topic(region: str) -> str:
    """The ARN of the region's topic for alarms."""
    return f"arn:aws:sns:{region}:{ACCOUNT}:alerts"


def changes(old: Shape, new: Shape) -> Diff:
    """What becomes of an environment when its settings change."""
    return diff(entry(old), entry(new), replaces=replaces)


def part(plan: Plan, name: str) -> Resource:
    """The component of that name: what it gives to the outside is in its outputs."""
    (found,) = (one for one in plan if one.name == name and not one.custom and one.type.count(":aws:"))
    return found


def region_of(plan: Plan, resource: Resource) -> object:
    """Where a resource is made."""
    return plan[resource.provider].inputs["region"]


def arn(plan: Plan, kind: type[pulumi.Resource], name: str) -> object:
    """What the (simulated) cloud calls the resource."""
    return the(plan, kind, name).outputs["arn"]
