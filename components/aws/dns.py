"""The public zone of the platform's domain: every name that leads to it, and who may vouch for them.

The zone is made here; the parent domain has to delegate to its name servers, which only its owner
can do. Until then no name resolves and no certificate is issued. A new environment is therefore
deployed in two steps: first the zone (``pulumi up --target``), then, delegated to, the rest.

Route 53's records are changed through us-east-1 alone, although they are answered from everywhere.
Accelerated recovery lets them be changed again within an hour of that region's loss; the failover
itself (`components.aws.failover`) waits for nobody, because health checks need no change.

Sources: Route 53 developer guide, *Accelerated recovery for managing public DNS records*, *Public DNS
query logging*; ACM user guide, *Configure a CAA record*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch, route53

from components.aws.document import document_of
from components.base import Part

__all__ = ["QUERY_LOG_REGION", "Dns", "DnsArgs", "QueryLog"]

QUERY_LOG_REGION: Final = "us-east-1"
"""Route 53 delivers the log of queries to this region and to no other."""
AUTHORITY: Final = "amazon.com"
"""What ACM looks for in a CAA record, before it issues."""
CAA_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLog:
    """Who asked for which name. Needs the part's provider, and the key, to be of `QUERY_LOG_REGION`."""

    log_key_arn: pulumi.Input[str]
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsArgs:
    """Which domain, and how hard it is to lose."""

    account: str
    domain: str
    accelerated_recovery: bool
    """Whether records must be changeable while us-east-1 is away: where there is a second region."""
    query_log: QueryLog | None
    """None where the stack has no provider of `QUERY_LOG_REGION`."""
    protect: bool
    """A zone that is made anew has other name servers: the platform is gone until the parent follows."""


class Dns(Part):
    """The zone, who may issue certificates for its names, and the log of who asked for them."""

    zone_id: pulumi.Output[str]
    name_servers: pulumi.Output[Sequence[str]]

    def __init__(self, name: str, args: DnsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        zone = route53.Zone(
            self.named("zone"),
            name=args.domain,
            comment=f"Where {args.domain} is; the parent domain delegates to its name servers",
            enable_accelerated_recovery=args.accelerated_recovery,
            force_destroy=not args.protect,
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        route53.Record(
            self.named("authority"),
            zone_id=zone.zone_id,
            name=args.domain,
            type="CAA",
            ttl=CAA_SECONDS,
            records=[f'0 {what} "{AUTHORITY}"' for what in ("issue", "issuewild")],
            opts=ResourceOptions(parent=self),
        )
        if args.query_log:
            self._log_queries(zone, args.query_log)
        self.zone_id = zone.zone_id
        self.name_servers = zone.name_servers
        self.finish()

    def _log_queries(self, zone: route53.Zone, log: QueryLog) -> None:
        name = f"/aws/route53/{self._args.domain}"
        group = cloudwatch.LogGroup(
            self.named("queries"),
            name=name,
            retention_in_days=log.days,
            kms_key_id=log.log_key_arn,
            opts=ResourceOptions(parent=self),
        )
        let_in = cloudwatch.LogResourcePolicy(
            self.named("queries"),
            policy_name=name.strip("/").replace("/", "-"),
            policy_document=document_of(
                {
                    "Sid": "QueriesOfThisZone",
                    "Effect": "Allow",
                    "Principal": {"Service": "route53.amazonaws.com"},
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": pulumi.Output.concat(group.arn, ":*"),
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": self._args.account},
                        "ArnEquals": {"aws:SourceArn": zone.arn},
                    },
                }
            ),
            opts=ResourceOptions(parent=self),
        )
        route53.QueryLog(
            self.named("queries"),
            zone_id=zone.zone_id,
            cloudwatch_log_group_arn=group.arn,
            opts=ResourceOptions(parent=self, depends_on=[let_in]),
        )
