"""Load balancers on AWS: TLS at the door, nothing strange through it, and a log of who came."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, every, known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["BALANCER", "CLASSIC"]

BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
CLASSIC: Final = "aws:elb/loadBalancer:LoadBalancer"
LISTENER: Final = "aws:lb/listener:Listener"
MODERN: Final = re.compile(r"ELBSecurityPolicy-(TLS13|TLS|FS)-1-[23]-.+")
"""The number is the oldest version that is taken: TLS13-1-0 still takes TLS 1.0."""
ENCRYPTED: Final = ("https", "tls")
"""Protocols that a listener ends. QUIC passes through to the target, as TCP does."""
PLAIN: Final = ("tcp", "udp", "tcp_udp", "tcp_quic")


@policy(
    id="aws-elb-tls",
    title="Load balancers use TLS 1.2+",
    violation="a listener's protocol is HTTP (an ALB's default) and one of its default actions is not a "
    "redirect to HTTPS; the sslPolicy of an HTTPS or TLS listener is missing or takes less than TLS 1.2; "
    "with forbidTcp also TCP and UDP without TLS",
    severity="high",
    category="security",
    reads={
        LISTENER: (
            "protocol",
            "port",
            "sslPolicy",
            "defaultActions[*].type",
            "defaultActions[*].redirect.protocol",
        ),
        CLASSIC: ("listeners[*].lbProtocol",),
    },
    parts=("protocol", "policy"),
    defaults={"forbidTcp": False},
    fix=Fix(
        "suggest",
        "Listen with a certificate and TLS 1.2 or newer, and send plain HTTP there.",
        'protocol="HTTPS", certificate_arn=certificate.arn, '
        'ssl_policy="ELBSecurityPolicy-TLS13-1-2-Res-2021-06"',
    ),
    enforcement="AMM",
    soc2=("CC6.7",),
    cis=(),
)
def elb_tls(subject: Subject) -> Iterator[Judgement]:
    """What is sent in clear or over TLS 1.0 can be read and changed on its way.

    A listener that names no policy gets ELBSecurityPolicy-2016-08, which takes TLS 1.0. The policy of a
    classic load balancer is a resource of its own.
    """
    if subject.type == CLASSIC:
        for listener in subject.at("listeners").items():
            yield _plain(subject, listener.key("lbProtocol"), Truth.NO)
        yield not_applicable("a classic load balancer's policy is another resource", part="policy")
        return
    protocol = subject.at("protocol")
    if protocol.is_absent and subject.at("port").is_absent:
        yield not_applicable("the listener of a gateway load balancer has no protocol")
        return
    yield _plain(subject, protocol, _redirects(subject.at("defaultActions")))
    ends_tls = _says(protocol, *ENCRYPTED)
    if ends_tls == Truth.NO:
        yield not_applicable("only a listener that ends TLS has a policy", part="policy")
        return
    name = subject.at("sslPolicy")
    modern = name.test(lambda value: isinstance(value, str) and MODERN.fullmatch(value) is not None)
    message = f"connections below TLS 1.2 are taken (its policy: {name.shown})"
    yield fail_if(ends_tls & ~modern, name, message, part="policy")


def _says(protocol: Node, *names: str) -> Truth:
    return protocol.test(lambda value: isinstance(value, str) and value.lower() in names)


def _plain(subject: Subject, protocol: Node, redirected: Truth) -> Judgement:
    http = (_says(protocol, "http") | protocol.test(lambda _: False, absent=Truth.YES)) & ~redirected
    raw = _says(protocol, *PLAIN) & known(value=subject.config.flag("forbidTcp"))
    shown = "HTTP" if protocol.is_absent else protocol.shown.upper()
    return fail_if(http | raw, protocol, f"a listener speaks {shown}, in clear", part="protocol")


def _redirects(actions: Node) -> Truth:
    """Whether all that it does is to send people to HTTPS. A redirect that names no protocol keeps HTTP."""
    to_https = every(
        action.key("type").equals("redirect") & _says(action.at("redirect.protocol"), "https")
        for action in actions.items()
    )
    return to_https & ~actions.is_empty


def _kind(subject: Subject, *kinds: str) -> Truth:
    """Whether a load balancer is of one of these kinds; one that says nothing is an application's."""
    absent = known(value="application" in kinds)
    return subject.at("loadBalancerType").test(lambda value: value in kinds, absent=absent)


@policy(
    id="aws-elb-hardened",
    title="ALB drops invalid headers and logs access",
    violation="an application load balancer's dropInvalidHeaderFields not true, or desyncMitigationMode "
    "monitor; accessLogs.enabled not true on an application or network load balancer",
    severity="medium",
    category="security",
    reads={
        BALANCER: (
            "loadBalancerType",
            "dropInvalidHeaderFields",
            "accessLogs.enabled",
            "desyncMitigationMode",
        )
    },
    parts=("headers", "logs", "desync"),
    fix=Fix(
        "suggest",
        "Drop what is no header, and log to a bucket that lets the load balancer write.",
        'drop_invalid_header_fields=True, access_logs={"bucket": logs.bucket, "enabled": True}',
    ),
    enforcement="AAM",
    soc2=("CC6.6", "CC7.2"),
    cis=("A4.10",),
)
def elb_hardened(subject: Subject) -> Iterator[Judgement]:
    """What two servers read differently smuggles requests past checks; without a log nobody sees by whom.

    By default headers are passed on, nothing is logged, and odd requests are handled defensively.
    """
    application = _kind(subject, "application")
    if application == Truth.NO:
        yield not_applicable("only an application load balancer reads headers", part="headers")
        yield not_applicable("only an application load balancer reads requests", part="desync")
    else:
        drops, mode = subject.at("dropInvalidHeaderFields"), subject.at("desyncMitigationMode")
        yield fail_if(~drops.is_true & application, drops, "invalid headers are passed on", part="headers")
        message = "requests that smuggle others are only counted"
        yield fail_if(mode.equals("monitor") & application, mode, message, part="desync")
    gateway = _kind(subject, "gateway")
    if gateway == Truth.YES:
        yield not_applicable("a gateway load balancer has no access log", part="logs")
        return
    logs = subject.at("accessLogs.enabled")
    yield fail_if(~logs.is_true & ~gateway, logs, "nobody logs who comes in", part="logs")


@policy(
    id="aws-elb-cross-zone",
    title="Load balancer spreads over zones",
    violation="enableCrossZoneLoadBalancing not true on a network or gateway load balancer; "
    "crossZoneLoadBalancing false on a classic one",
    severity="low",
    category="reliability",
    reads={
        BALANCER: ("loadBalancerType", "enableCrossZoneLoadBalancing"),
        CLASSIC: ("crossZoneLoadBalancing",),
    },
    fix=Fix("auto", "Let each zone's node use the targets of all.", "enable_cross_zone_load_balancing=True"),
    enforcement="DAM",
    soc2=("A1.2",),
    cis=(),
)
def elb_cross_zone(subject: Subject) -> Iterator[Judgement]:
    """A zone that lost its targets answers nobody, while other zones have machines with nothing to do.

    It is off by default for network and gateway load balancers, on for classic ones, and always on for
    application load balancers.
    """
    message = "a zone uses its own targets alone"
    if subject.type == CLASSIC:
        flag = subject.at("crossZoneLoadBalancing")
        yield fail_if(flag.is_false, flag, message, mend=[flag.becomes(value=True)])
        return
    application = _kind(subject, "application")
    if application == Truth.YES:
        yield not_applicable("an application load balancer always spreads over zones")
        return
    flag = subject.at("enableCrossZoneLoadBalancing")
    yield fail_if(~flag.is_true & ~application, flag, message, mend=[flag.becomes(value=True)])
