"""What is watched about the entry: that somebody answers, that the answers are no errors, and how fast.

Google has no figure for how many machines stand healthily behind a balancer, so that nobody does is
counted in its log: each request that found nobody says so. An entry that is open to anybody is also asked
every minute, from all over the world, as a customer asks; that covers the name, the certificate and the
firewall too. A closed entry cannot be asked from outside.

The figures are the entry's, not a region's: they go on when the other region has taken over.

Sources: Cloud Load Balancing, *Global external Application Load Balancer logging and monitoring* and
*Internal Application Load Balancer logging and monitoring* (``statusDetails``, ``proxyStatus``); Cloud
Monitoring, *Google Cloud metrics*, *Create public uptime checks*; terraform-provider-google #11102 (an alarm
on a log's metric that is minutes old is refused with 404: deploy again).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import compute, logging, monitoring

from components.base import Part
from components.gcp.alarm import Metric, alarm
from components.naming import Naming

__all__ = ["Watched", "watch"]

MINUTE: Final = 60
ERRORS_A_MINUTE: Final = 10
SLOW_MILLISECONDS: Final = 1000
"""One request in twenty waits longer: an order that waits a second is an order at another price."""
ASK_SECONDS: Final = 10
HALF: Final = 0.5
CERTIFICATE_DAYS: Final = 20
"""Google renews a certificate about 30 days before its end: what is older could not be renewed."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How Google calls the figures and the log of one kind of balancer."""

    metrics: str
    resource: str
    """Of its figures."""
    logged: str
    """What its log's entries are of."""
    counted: str
    """What figures that are counted in its log are of."""
    nobody: str
    """What its log says of a request for which there was no machine."""


PUBLIC: Final = _Kind(
    metrics="loadbalancing.googleapis.com/https",
    resource="https_lb_rule",
    logged="http_load_balancer",
    counted="l7_lb_rule",
    nobody='jsonPayload.statusDetails="failed_to_pick_backend"',
)
INTERNAL: Final = _Kind(
    metrics="loadbalancing.googleapis.com/https/internal",
    resource="internal_http_lb_rule",
    logged="internal_http_lb_rule",
    counted="internal_http_lb_rule",
    nobody='jsonPayload.proxyStatus:"failed_to_pick_backend"',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """An entry, and who hears of it."""

    routes: compute.URLMap
    """The entry's figures and its log are found by its name."""
    public: bool
    project: str
    domain: str
    health_path: str
    asked_from_outside: bool
    """Whether Google's uptime checkers may come in."""
    naming: Naming
    channels: Sequence[pulumi.Input[str]]

    @property
    def kind(self) -> _Kind:
        """Google's words for it."""
        return PUBLIC if self.public else INTERNAL


def watch(part: Part, entry: Watched) -> None:
    """Every alarm of the entry."""
    _errors(part, entry)
    _slow(part, entry)
    _unserved(part, entry)
    if entry.asked_from_outside:
        _away(part, entry, _ask(part, entry))


def _errors(part: Part, entry: Watched) -> None:
    alarm(
        part,
        "errors",
        Metric(
            type=f"{entry.kind.metrics}/request_count",
            resource=entry.kind.resource,
            labels={
                "resource.labels.url_map_name": entry.routes.name,
                "metric.labels.response_code_class": "500",
            },
            above=ERRORS_A_MINUTE,
            aligner="ALIGN_DELTA",
            reducer="REDUCE_SUM",
            seconds=MINUTE,
            periods=2,
        ),
        naming=entry.naming,
        channels=entry.channels,
        description=(
            f"The entry answers with errors, more than {ERRORS_A_MINUTE} a minute. Its log says which; "
            "response_sent_by_backend are the services' own."
        ),
    )


def _slow(part: Part, entry: Watched) -> None:
    alarm(
        part,
        "slow",
        Metric(
            type=f"{entry.kind.metrics}/backend_latencies",
            resource=entry.kind.resource,
            labels={
                "resource.labels.url_map_name": entry.routes.name,
                # a WebSocket is 101, and takes as long as it lives
                "metric.labels.response_code_class": "200",
            },
            above=SLOW_MILLISECONDS,
            aligner="ALIGN_DELTA",
            reducer="REDUCE_PERCENTILE_95",
            seconds=MINUTE,
            periods=5,
        ),
        naming=entry.naming,
        channels=entry.channels,
        description=(
            f"One request in twenty takes longer than {SLOW_MILLISECONDS} ms: look at the services first, "
            "then at the database."
        ),
    )


def _unserved(part: Part, entry: Watched) -> None:
    kind, name = entry.kind, entry.naming.of("log-metric", *part.named("unserved").split("-"))
    counted = logging.Metric(
        part.named("unserved"),
        name=name,
        description="Requests for which there was no healthy machine",
        filter=pulumi.Output.concat(
            f'resource.type="{kind.logged}" AND resource.labels.url_map_name="',
            entry.routes.name,
            f'" AND {kind.nobody}',
        ),
        metric_descriptor=logging.MetricMetricDescriptorArgs(metric_kind="DELTA", value_type="INT64"),
        opts=ResourceOptions(parent=part),
    )
    alarm(
        part,
        "unserved",
        Metric(
            type=f"logging.googleapis.com/user/{name}",
            resource=kind.counted,
            labels={},
            above=0,
            aligner="ALIGN_DELTA",
            reducer="REDUCE_SUM",
            seconds=MINUTE,
            own=counted,
        ),
        naming=entry.naming,
        channels=entry.channels,
        description=(
            "Requests find no healthy machine. Look at the gateway's pods in the active region, and at its "
            "NodePort. If that region is away and the other one has not taken over, set active_region."
        ),
        severity="CRITICAL",
    )


def _ask(part: Part, entry: Watched) -> monitoring.UptimeCheckConfig:
    """The entry, from outside, the way a customer does; the name need not be there yet."""
    return monitoring.UptimeCheckConfig(
        part.named("outside"),
        display_name=entry.naming.of("display-name", "edge", "outside"),
        timeout=f"{ASK_SECONDS}s",
        period=f"{MINUTE}s",
        checker_type="STATIC_IP_CHECKERS",
        monitored_resource=monitoring.UptimeCheckConfigMonitoredResourceArgs(
            type="uptime_url", labels={"project_id": entry.project, "host": entry.domain}
        ),
        http_check=monitoring.UptimeCheckConfigHttpCheckArgs(
            path=entry.health_path,
            port=443,
            request_method="GET",
            use_ssl=True,
            validate_ssl=True,
        ),
        opts=ResourceOptions(parent=part),
    )


def _away(part: Part, entry: Watched, check: monitoring.UptimeCheckConfig) -> None:
    labels: dict[str, pulumi.Input[str]] = {"metric.labels.check_id": check.uptime_check_id}
    alarm(
        part,
        "away",
        Metric(
            type="monitoring.googleapis.com/uptime_check/check_passed",
            resource="uptime_url",
            labels=labels,
            below=HALF,
            aligner="ALIGN_FRACTION_TRUE",
            reducer="REDUCE_MEAN",
            seconds=MINUTE,
            periods=2,
            silence="active",
        ),
        naming=entry.naming,
        channels=entry.channels,
        description=(
            "Half of the world or more cannot reach the entry. If the active region is away, customers are "
            "in the other one, whose database still only reads: set active_region, then promote it."
        ),
        severity="CRITICAL",
    )
    alarm(
        part,
        "certificate",
        Metric(
            type="monitoring.googleapis.com/uptime_check/time_until_ssl_cert_expires",
            resource="uptime_url",
            labels=labels,
            below=CERTIFICATE_DAYS,
            aligner="ALIGN_MIN",
            reducer="REDUCE_MIN",
            seconds=MINUTE * 10,
        ),
        naming=entry.naming,
        channels=entry.channels,
        description=(
            f"The entry's certificate ends in less than {CERTIFICATE_DAYS} days and was not renewed: look at "
            "the proof's record in the public zone, and at the delegation from the parent domain."
        ),
    )
