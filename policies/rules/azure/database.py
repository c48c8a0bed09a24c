"""Azure SQL: out of the internet's reach, never in clear on the wire, and with a record of who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, some
from policies.views.arm import admits_everyone, is_closed, joined, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["SERVER"]

SERVER: Final = "azure-native:sql:Server"
ENTRA_ONLY: Final = "azure-native:sql:ServerAzureADOnlyAuthentication"
"""The resource that says it of a server; what the server itself says holds only while it is made."""
FIREWALLS: Final = {
    "azure-native:sql:FirewallRule": ("startIpAddress", "endIpAddress"),
    "azure-native:sql:IPv6FirewallRule": ("startIPv6Address", "endIPv6Address"),
}
AUDITS: Final = (
    "azure-native:sql:ServerBlobAuditingPolicy",
    "azure-native:sql:ExtendedServerBlobAuditingPolicy",
)
SERVER_PARTS: Final = ("tls", "network", "entra-only")
GOOD_VERSIONS: Final = ("1.2", "1.3")
LEAST_DAYS: Final = 90


@policy(
    id="azure-sql-hardened",
    title="SQL server: TLS 1.2, private, Entra-only",
    violation="minimalTlsVersion is under 1.2 or not said; publicNetworkAccess is not Disabled; neither "
    "administrators.azureADOnlyAuthentication nor a ServerAzureADOnlyAuthentication is true; a firewall rule "
    "admits all addresses, or half of them",
    severity="high",
    category="security",
    scope="stack",
    reads={
        SERVER: ("minimalTlsVersion", "publicNetworkAccess", "administrators.azureADOnlyAuthentication"),
        **FIREWALLS,
    },
    related={ENTRA_ONLY: ("serverName", "azureADOnlyAuthentication"), SERVER: ("serverName",)},
    parts=(*SERVER_PARTS, "firewall"),
    fix=Fix(
        "suggest",
        "Name the group of administrators in Entra ID, and reach the server by a private endpoint.",
        'minimal_tls_version="1.2", public_network_access="Disabled", '
        'administrators={"azure_ad_only_authentication": True, "login": group, "sid": group_id}',
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.6", "CC6.7"),
    cis=(),
)
def sql_hardened(subject: Subject) -> Iterator[Judgement]:
    """A server on the internet with a password of its own is one leak away from everybody."""
    if subject.type != SERVER:
        for part in SERVER_PARTS:
            yield not_applicable("a firewall rule is no server", part=part)
        first, last = (subject.at(key) for key in FIREWALLS[subject.type])
        message = f"the server admits the whole internet, {first.shown} to {last.shown}"
        yield fail_if(admits_everyone(first, last), first, message, part="firewall")
        return
    yield not_applicable("a server is no firewall rule", part="firewall")
    tls, access = subject.at("minimalTlsVersion"), subject.at("publicNetworkAccess")
    yield fail_if(~says(tls, *GOOD_VERSIONS), tls, f"the oldest TLS it speaks is {tls.shown}", part="tls")
    yield fail_if(~is_closed(access), access, "the server has a public address", part="network")
    only = subject.at("administrators.azureADOnlyAuthentication")
    said = some(
        mine & one.root.key("azureADOnlyAuthentication").is_true
        for one, mine in joined(subject, ENTRA_ONLY, "serverName", "serverName")
    )
    message = "passwords of the server's own are taken"
    yield fail_if(~(only.is_true | said), only, message, part="entra-only")


@policy(
    id="azure-sql-audit",
    title="SQL auditing is on for 90+ days",
    violation="a server without an auditing policy in state Enabled that keeps its log for 90 days or for "
    "ever (retentionDays 0, as it is unless said; a workspace keeps it by a rule of its own), or such a "
    "policy that is off or short",
    severity="medium",
    category="operations",
    scope="stack",
    reads={
        SERVER: (),
        **dict.fromkeys(AUDITS, ("state", "retentionDays", "isAzureMonitorTargetEnabled", "storageEndpoint")),
    },
    related={SERVER: ("serverName",), **dict.fromkeys(AUDITS, ("serverName",))},
    fix=Fix(
        "suggest",
        "Give the server an auditing policy that keeps its log.",
        "azure_native.sql.ExtendedServerBlobAuditingPolicy(name, server_name=server.name, "
        'state="Enabled", is_azure_monitor_target_enabled=True)',
    ),
    enforcement="AAM",
    soc2=("CC7.2", "CC7.3"),
    cis=(),
)
def sql_audit(subject: Subject) -> Iterator[Judgement]:
    """Without the log nobody can say who read what; an intruder is often found only months later."""
    if subject.type == SERVER:
        audited = some(
            mine & _is_on(one.root) & _lasts(one.root)
            for token in AUDITS
            for one, mine in joined(subject, token, "serverName", "serverName")
        )
        yield fail_if(~audited, subject.root, "nothing keeps a record of what is done on the server")
        return
    yield fail_if(~_is_on(subject.root), subject.at("state"), "auditing is off")
    days = subject.at("retentionDays")
    yield fail_if(~_lasts(subject.root), days, f"the record is kept for {days.shown} days")


def _is_on(audit: Node) -> Truth:
    return says(audit.key("state"), "enabled")


def _lasts(audit: Node) -> Truth:
    days = audit.key("retentionDays")
    long = days.test(
        lambda _: days.number is not None and (days.number == 0 or days.number >= LEAST_DAYS),
        absent=Truth.YES,
    )
    elsewhere = audit.key("isAzureMonitorTargetEnabled").is_true & audit.key("storageEndpoint").is_empty
    return long | elsewhere
