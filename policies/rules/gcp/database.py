"""Databases on Google Cloud: out of the internet's reach, never in clear on the wire, and there tomorrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, every
from policies.views.addresses import is_everyone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["INSTANCE"]

INSTANCE: Final = "gcp:sql/databaseInstance:DatabaseInstance"
ABROAD: Final = "ON_PREMISES_INSTANCE"
"""No server, but a record of one that stands elsewhere and is copied from."""
COPIES: Final = ("READ_REPLICA_INSTANCE", "READ_POOL_INSTANCE")
TLS_ONLY: Final = ("ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED")
NOT_JUDGED: Final = "what it is told is told where its original stands"


@policy(
    id="gcp-sql-private",
    title="Cloud SQL has no public IP and no open networks",
    violation="settings.ipConfiguration.ipv4Enabled is not false, or an authorized network is 0.0.0.0/0",
    severity="critical",
    category="security",
    reads={
        INSTANCE: (
            "settings.ipConfiguration.ipv4Enabled",
            "settings.ipConfiguration.authorizedNetworks[*].value",
            "instanceType",
            "clone",
        )
    },
    fix=Fix(
        "suggest",
        "Keep the database inside the network, which its private address has to name.",
        'ip_configuration={"ipv4_enabled": False, "private_network": network.id}',
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.6"),
    cis=("G6.5", "G6.7"),
)
def sql_private(subject: Subject) -> Iterator[Judgement]:
    """A database with a public address is one password and one network rule away from everybody."""
    spared = _is_set_elsewhere(subject)
    if spared == Truth.YES:
        yield not_applicable(NOT_JUDGED)
        return
    addresses = subject.at("settings.ipConfiguration")
    flag, networks = addresses.key("ipv4Enabled"), addresses.key("authorizedNetworks")
    yield fail_if(~flag.is_false & ~spared, flag, "the database has a public address")
    for network in networks.items():
        yield fail_if(is_everyone(network.key("value")), network, "the database admits the whole internet")


@policy(
    id="gcp-sql-tls",
    title="Cloud SQL requires TLS",
    violation="settings.ipConfiguration.sslMode is neither ENCRYPTED_ONLY nor "
    "TRUSTED_CLIENT_CERTIFICATE_REQUIRED",
    severity="high",
    category="security",
    reads={INSTANCE: ("settings.ipConfiguration.sslMode", "instanceType", "clone")},
    fix=Fix("auto", "Refuse connections in clear.", 'ip_configuration={"ssl_mode": "ENCRYPTED_ONLY"}'),
    enforcement="RMM",
    soc2=("CC6.7",),
    cis=("G6.4",),
)
def sql_tls(subject: Subject) -> Iterator[Judgement]:
    """Cloud SQL answers in clear unless told not to; what a client sends that way, the network reads."""
    spared = _is_set_elsewhere(subject)
    if spared == Truth.YES:
        yield not_applicable(NOT_JUDGED)
        return
    mode = subject.at("settings.ipConfiguration.sslMode")
    clear, mend = ~mode.one_of(TLS_ONLY) & ~spared, [mode.becomes(TLS_ONLY[0])]
    yield fail_if(clear, mode, "connections in clear are answered", mend=mend)


@policy(
    id="gcp-sql-resilient",
    title="Cloud SQL is HA, backed up with PITR and protected",
    violation="availabilityType is not REGIONAL, or backups or point-in-time recovery are off (of a replica "
    "or a read pool none is asked), or deletionProtection or settings.deletionProtectionEnabled is false",
    severity="high",
    category="reliability",
    reads={
        INSTANCE: (
            "settings.availabilityType",
            "settings.backupConfiguration.enabled",
            "settings.backupConfiguration.pointInTimeRecoveryEnabled",
            "settings.backupConfiguration.binaryLogEnabled",
            "settings.deletionProtectionEnabled",
            "settings.edition",
            "databaseVersion",
            "deletionProtection",
            "masterInstanceName",
            "instanceType",
            "clone",
        )
    },
    fix=Fix("auto", "Have a standby that takes over, in another zone.", "database: {instances: 2}"),
    enforcement="DRM",
    soc2=("A1.2", "CC7.5"),
    cis=("G6.8", "G6.9"),
)
def sql_resilient(subject: Subject) -> Iterator[Judgement]:
    """A lost zone stops the one machine, a bad statement ruins the one copy, and a slip deletes both."""
    spared = _is_set_elsewhere(subject)
    if spared == Truth.YES:
        yield not_applicable(NOT_JUDGED)
        return
    settings, lock = subject.at("settings"), subject.at("deletionProtection")
    for flag in (lock, settings.key("deletionProtectionEnabled")):
        open_, mend = flag.is_false & ~spared, [flag.becomes(value=True)]
        yield fail_if(open_, flag, "the instance can be deleted by a slip", mend=mend)
    # A replica is a copy already; whether it needs a standby of its own, only its purpose could tell.
    own = ~(spared | subject.at("masterInstanceName").exists | subject.at("instanceType").one_of(COPIES))
    place, backups = settings.key("availabilityType"), settings.key("backupConfiguration")
    enabled = backups.key("enabled")
    alone, mend = ~place.equals("REGIONAL") & own, [place.becomes("REGIONAL")]
    yield fail_if(alone, place, "no standby takes over from a lost zone", mend=mend)
    yield fail_if(~enabled.is_true & own, enabled, "there are no backups", mend=[enabled.becomes(value=True)])
    recovery, log = backups.key("pointInTimeRecoveryEnabled"), backups.key("binaryLogEnabled")
    logged = recovery.is_true | log.is_true | _logs_anyway(subject)
    # MySQL has a log of its own kind for it.
    switch = log if _is_mysql(subject) == Truth.YES else recovery
    mend = [switch.becomes(value=True)]
    yield fail_if(~logged & own, backups, "it cannot go back to a point in time", mend=mend)


def _is_set_elsewhere(subject: Subject) -> Truth:
    """Whether it is only a record of a foreign server, or a clone that takes all its settings along."""
    cloned = subject.at("clone").exists & subject.at("settings").test(lambda _: False, absent=Truth.YES)
    return subject.at("instanceType").equals(ABROAD) | cloned


def _logs_anyway(subject: Subject) -> Truth:
    """Whether point-in-time recovery is on unless said otherwise: in Enterprise Plus, but not for MySQL."""
    flag = subject.at("settings.backupConfiguration.pointInTimeRecoveryEnabled")
    plus = subject.at("settings.edition").equals("ENTERPRISE_PLUS")
    return every([flag.test(lambda _: False, absent=Truth.YES), plus, ~_is_mysql(subject)])


def _is_mysql(subject: Subject) -> Truth:
    return subject.at("databaseVersion").test(lambda value: str(value).startswith("MYSQL"))
