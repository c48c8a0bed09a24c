"""CloudFront: nothing in clear, nothing unseen, and somebody at the door."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import Truth, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["DISTRIBUTION"]

DISTRIBUTION: Final = "aws:cloudfront/distribution:Distribution"
SOURCE: Final = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
DELIVERY: Final = "aws:cloudwatch/logDelivery:LogDelivery"
VERSION: Final = re.compile(r"TLSv1\.([23])_(\d{4})")


@policy(
    id="aws-cloudfront-tls",
    title="CloudFront enforces HTTPS, TLS 1.2, logging and WAF",
    violation="a cache behavior's viewerProtocolPolicy allow-all; minimumProtocolVersion under TLS 1.2 "
    "or of a year before minimumYear, or CloudFront's own certificate; no loggingConfig and no log "
    "delivery; no webAclId",
    severity="high",
    category="security",
    scope="stack",
    reads={
        DISTRIBUTION: (
            "defaultCacheBehavior.viewerProtocolPolicy",
            "orderedCacheBehaviors[*].viewerProtocolPolicy",
            "viewerCertificate.minimumProtocolVersion",
            "viewerCertificate.cloudfrontDefaultCertificate",
            "loggingConfig.bucket",
            "webAclId",
        )
    },
    related={SOURCE: ("resourceArn", "logType", "name"), DELIVERY: ("deliverySourceName",)},
    parts=("https", "tls-version", "logging", "firewall"),
    defaults={"minimumYear": 2018},
    fix=Fix(
        "suggest",
        "Send viewers to HTTPS with a certificate of ours, log what they ask, and put a web ACL before it.",
        'viewer_certificate={"acm_certificate_arn": certificate.arn, "ssl_support_method": "sni-only", '
        '"minimum_protocol_version": "TLSv1.2_2021"}',
    ),
    enforcement="AMM",
    soc2=("CC6.6", "CC6.7", "CC7.2"),
    cis=("A4.10",),
)
def cloudfront_tls(subject: Subject) -> Iterator[Judgement]:
    """The edge is where the world comes in: what it takes in clear or unlogged, nobody can answer for.

    By default a distribution takes TLS 1.0, and always does under CloudFront's own certificate.
    """
    behaviors = [subject.at("defaultCacheBehavior"), *subject.at("orderedCacheBehaviors").items()]
    for behavior in behaviors:
        policy_ = behavior.key("viewerProtocolPolicy")
        yield fail_if(policy_.equals("allow-all"), policy_, "viewers may come over plain HTTP", part="https")
    certificate = subject.at("viewerCertificate")
    version = certificate.key("minimumProtocolVersion")
    year = subject.config.number("minimumYear")
    modern = version.test(lambda value: _year(value) >= year)
    old = ~modern | certificate.key("cloudfrontDefaultCertificate").is_true
    message = f"viewers may come over less than TLS 1.2 ({version.shown})"
    yield fail_if(old, version, message, part="tls-version")
    logs, firewall = subject.at("loggingConfig.bucket"), subject.at("webAclId")
    logged = ~logs.is_empty | _delivered(subject)
    yield fail_if(~logged, logs, "nobody logs what viewers ask for", part="logging")
    yield fail_if(firewall.is_empty, firewall, "no web ACL stands before it", part="firewall")


def _year(version: object) -> int:
    """The year of a security policy of TLS 1.2 or newer, else 0."""
    match = VERSION.fullmatch(version) if isinstance(version, str) else None
    return int(match[2]) if match else 0


def _delivered(subject: Subject) -> Truth:
    """Whether its logs go through CloudWatch's deliveries: a source that has a delivery."""
    stack = subject.stack
    return some(
        stack.refers(source, "resourceArn", subject.body, "arn")
        & ~source.root.key("logType").test(lambda value: value != "ACCESS_LOGS")
        & some(stack.refers(one, "deliverySourceName", source, "name", "id") for one in stack.of(DELIVERY))
        for source in stack.of(SOURCE)
    )
