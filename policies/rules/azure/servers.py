"""Databases on Azure: SQL, PostgreSQL and MySQL are there tomorrow, the flexible servers out of reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, known
from policies.views.arm import admits_everyone, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["SERVERS"]

DATABASE: Final = "azure-native:sql:Database"
POOL: Final = "azure-native:sql:ElasticPool"
SERVERS: Final = ("azure-native:dbforpostgresql:Server", "azure-native:dbformysql:Server")
FIREWALLS: Final = ("azure-native:dbforpostgresql:FirewallRule", "azure-native:dbformysql:FirewallRule")
SETTINGS: Final = ("azure-native:dbforpostgresql:Configuration", "azure-native:dbformysql:Configuration")
COPIES: Final = ("replica", "asyncreplica", "georeplica")
OFF: Final = ("off", "0", "false")
DEFAULT_DAYS: Final = 7


@policy(
    id="azure-database-resilient",
    title="SQL/PostgreSQL/MySQL: zone-redundant, geo-backup",
    violation="zoneRedundant of a database outside a pool, or of a pool, is not true, or its backups stay in "
    "the zone (Local); geoRedundantBackup of a flexible server is not Enabled, its highAvailability is not "
    "ZoneRedundant, or it keeps backups for fewer days than minDays (seven unless said). Of a replica none "
    "is asked",
    severity="high",
    category="reliability",
    reads={
        DATABASE: ("zoneRedundant", "requestedBackupStorageRedundancy", "elasticPoolId"),
        POOL: ("zoneRedundant",),
        **dict.fromkeys(
            SERVERS,
            (
                "backup.geoRedundantBackup",
                "backup.backupRetentionDays",
                "highAvailability.mode",
                "createMode",
                "replicationRole",
            ),
        ),
    },
    defaults={"minDays": {"prod": 30}},
    fix=Fix(
        "suggest",
        "Have a standby in another zone, and backups in another region: they are chosen when it is made.",
        'high_availability={"mode": "ZoneRedundant"}, '
        'backup={"geo_redundant_backup": "Enabled", "backup_retention_days": 30}',
    ),
    enforcement="DAM",
    soc2=("A1.2", "A1.3", "CC7.5"),
    cis=(),
)
def database_resilient(subject: Subject) -> Iterator[Judgement]:
    """A lost zone stops the one machine; a lost region takes the backups that were kept beside it."""
    if subject.type in SERVERS:
        yield from _flexible(subject)
        return
    zoned, backups = subject.at("zoneRedundant"), subject.at("requestedBackupStorageRedundancy")
    pooled = ~subject.at("elasticPoolId").is_empty
    yield fail_if(~zoned.is_true & ~pooled, zoned, "nothing takes over from a lost zone")
    yield fail_if(says(backups, "local"), backups, "its backups are lost with the zone")


def _flexible(subject: Subject) -> Iterator[Judgement]:
    copy = says(subject.at("createMode"), "replica") | says(subject.at("replicationRole"), *COPIES)
    if copy == Truth.YES:
        yield not_applicable("a replica has no standby and no backups of its own")
        return
    backup, mode = subject.at("backup"), subject.at("highAvailability.mode")
    apart, days = backup.key("geoRedundantBackup"), backup.key("backupRetentionDays")
    kept = says(apart, "enabled") | apart.is_true
    yield fail_if(~kept & ~copy, apart, "its backups are lost with the region")
    yield fail_if(~says(mode, "zoneredundant") & ~copy, mode, "nothing takes over from a lost zone")
    least = subject.config.table("minDays").get(subject.environment, 0)
    fewer = days.test(
        lambda _: days.number is not None and days.number < least, absent=known(value=least > DEFAULT_DAYS)
    )
    yield fail_if(fewer & ~copy, days, f"backups are kept for {days.shown} days, expected {least}")


@policy(
    id="azure-database-private",
    title="PostgreSQL/MySQL flexible servers are private with TLS",
    violation="network.publicNetworkAccess is not Disabled and the server stands in no subnet "
    "(network.delegatedSubnetResourceId); require_secure_transport is off; a firewall rule admits all "
    "addresses, or half of them",
    severity="high",
    category="security",
    reads={
        **dict.fromkeys(SERVERS, ("network.publicNetworkAccess", "network.delegatedSubnetResourceId")),
        **dict.fromkeys(FIREWALLS, ("startIpAddress", "endIpAddress")),
        **dict.fromkeys(SETTINGS, ("configurationName", "value")),
    },
    fix=Fix(
        "none",
        "Put the server into a subnet of its own; it is made anew for it.",
        'network={"delegated_subnet_resource_id": subnet.id, "private_dns_zone_arm_resource_id": zone.id}',
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.6", "CC6.7"),
    cis=(),
)
def database_private(subject: Subject) -> Iterator[Judgement]:
    """A database with a public address is one password and one firewall rule away from everybody."""
    if subject.type in SERVERS:
        access, subnet = (
            subject.at("network.publicNetworkAccess"),
            subject.at("network.delegatedSubnetResourceId"),
        )
        inside = says(access, "disabled") | ~subnet.is_empty
        yield fail_if(~inside, access, "the database has a public address")
    elif subject.type in FIREWALLS:
        first, last = subject.at("startIpAddress"), subject.at("endIpAddress")
        message = f"the database admits the whole internet, {first.shown} to {last.shown}"
        yield fail_if(admits_everyone(first, last), first, message)
    else:
        encrypts, value = (
            says(subject.at("configurationName"), "require_secure_transport"),
            subject.at("value"),
        )
        if encrypts == Truth.NO:
            yield not_applicable("the setting is another")
            return
        yield fail_if(encrypts & says(value, *OFF), value, "connections in clear are answered")
