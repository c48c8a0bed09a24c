"""What was promised for the loss of a region, against what the stores can keep."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from policies.node import Node
from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.rules.common.tagging import PROVIDER_DEFAULTS
from policies.truth import Truth, known, some

if TYPE_CHECKING:
    from policies.outcome import Judgement
    from policies.subject import Body, Stack, Subject

__all__: list[str] = []

RDS: Final = "aws:rds/instance:Instance"
AURORA: Final = "aws:rds/cluster:Cluster"
GLOBAL_AURORA: Final = "aws:rds/globalCluster:GlobalCluster"
DYNAMODB: Final = "aws:dynamodb/table:Table"
DYNAMODB_REPLICA: Final = "aws:dynamodb/tableReplica:TableReplica"
REDIS: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
GLOBAL_REDIS: Final = "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup"
CLOUD_SQL: Final = "gcp:sql/databaseInstance:DatabaseInstance"
POSTGRES: Final = "azure-native:dbforpostgresql:Server"
AZURE_SQL: Final = "azure-native:sql:Database"
BACKUP_PLAN: Final = "aws:backup/plan:Plan"
BACKUP_SELECTION: Final = "aws:backup/selection:Selection"
DAY: Final = 24 * 60
HOUR: Final = 60
CRON: Final = re.compile(r"cron\(\S+\s+(\S+)\s+(\S+)\s+\S+\s+(\S+)\s+\S+\)")
RATE: Final = re.compile(r"rate\((\d+)\s+(minute|hour|day)s?\)")
UNITS: Final = {"minute": 1, "hour": HOUR, "day": DAY}


class Copy(NamedTuple):
    """Where another resource says that it is a copy of this one."""

    type: str
    path: str
    names: tuple[str, ...]


COPIES: Final[Mapping[str, tuple[Copy, ...]]] = {
    RDS: (Copy(RDS, "replicateSourceDb", ("identifier", "arn")),),
    AURORA: (
        Copy(GLOBAL_AURORA, "sourceDbClusterIdentifier", ("arn",)),
        Copy(AURORA, "replicationSourceIdentifier", ("arn",)),
    ),
    DYNAMODB: (Copy(DYNAMODB_REPLICA, "globalTableArn", ("arn",)),),
    REDIS: (Copy(GLOBAL_REDIS, "primaryReplicationGroupId", ("id", "replicationGroupId")),),
    CLOUD_SQL: (Copy(CLOUD_SQL, "masterInstanceName", ("name", "id")),),
    POSTGRES: (Copy(POSTGRES, "sourceServerResourceId", ("id",)),),
    AZURE_SQL: (Copy(AZURE_SQL, "sourceDatabaseId", ("id",)),),
}
OWN_COPIES: Final = {
    AURORA: "globalClusterIdentifier",
    DYNAMODB: "replicas",
    REDIS: "globalReplicationGroupId",
}
"""What a store itself says of its copies."""
REPLICA_LAG: Final = 1
POINT_IN_TIME: Final = 5
"""Minutes: RDS, Aurora, DynamoDB and Azure's PostgreSQL can be restored to five minutes ago."""
AZURE_LOG: Final = 10
"""Minutes between two backups of Azure SQL's log."""


@policy(
    id="rel-rto-target",
    title="RTO/RPO are declared and met",
    violation="a store of tier 1 (`criticalTag`, on it, its provider or its stack) has no tags that say in "
    "how many minutes it is back and how many may be lost; its backups and copies lose more; or it is to be "
    "back within an hour and has no copy that stands by",
    severity="medium",
    category="reliability",
    scope="stack",
    reads={
        RDS: ("tags[*]", "backupRetentionPeriod", "replicateSourceDb", "identifier"),
        AURORA: ("tags[*]", "globalClusterIdentifier", "replicationSourceIdentifier"),
        DYNAMODB: ("tags[*]", "pointInTimeRecovery.enabled", "replicas"),
        REDIS: ("tags[*]", "snapshotRetentionLimit", "globalReplicationGroupId", "replicationGroupId"),
        CLOUD_SQL: (
            "settings.userLabels[*]",
            "settings.backupConfiguration.enabled",
            "settings.backupConfiguration.pointInTimeRecoveryEnabled",
            "settings.backupConfiguration.binaryLogEnabled",
            "masterInstanceName",
            "name",
        ),
        POSTGRES: ("tags[*]", "sourceServerResourceId"),
        AZURE_SQL: ("tags[*]", "sourceDatabaseId"),
    },
    related={
        GLOBAL_AURORA: ("sourceDbClusterIdentifier",),
        DYNAMODB_REPLICA: ("globalTableArn",),
        GLOBAL_REDIS: ("primaryReplicationGroupId",),
        BACKUP_PLAN: ("rules[*].schedule", "rules[*].enableContinuousBackup"),
        BACKUP_SELECTION: ("planId", "resources", "selectionTags[*].key", "selectionTags[*].value"),
    },
    defaults={"tags": ["rto-minutes", "rpo-minutes"], "criticalTag": {"criticality": "tier1"}},
    fix=Fix(
        "none",
        "Say what was promised, and give the store the copy or the backups that keep it.",
        'tags={"criticality": "tier1", "rto-minutes": "15", "rpo-minutes": "5"}',
    ),
    enforcement="DAM",
    soc2=("A1.2", "A1.3", "CC7.5"),
    cis=(),
)
def rto_target(subject: Subject) -> Iterator[Judgement]:
    """A promise that nobody wrote down is kept by luck; one that a nightly backup cannot keep, not at all."""
    critical = some(
        _tag(subject, key).equals(value) for key, value in subject.config.table("criticalTag").items()
    )
    if critical == Truth.NO:
        yield not_applicable("nobody marked it as tier 1")
        return
    copied = _is_copy(subject)
    if copied == Truth.YES:
        yield not_applicable("it is a copy: its source is judged")
        return
    judged = critical & ~copied
    for index, key in enumerate(subject.config.texts("tags")):
        minutes = _tag(subject, key)
        said = minutes.test(lambda _, minutes=minutes: minutes.number is not None)
        yield fail_if(judged & ~said, minutes, f"no tag {key} says a number of minutes")
        if minutes.number is None:
            continue
        if index == 0:
            fast = known(value=minutes.number < HOUR)
            message = f"it is to be back in {minutes.number} minutes, and no copy stands by"
            yield fail_if(judged & fast & ~_has_copy(subject), minutes, message)
        else:
            kept = some(truth & known(value=lost <= minutes.number) for lost, truth in _losses(subject))
            message = f"{minutes.number} minutes may be lost, and its backups and copies lose more"
            yield fail_if(judged & ~kept, minutes, message)


def _tag(subject: Subject, key: str) -> Node:
    """A tag of the resource, else one that its provider adds, else the stack's."""
    own = subject.at("settings.userLabels" if subject.type == CLOUD_SQL else "tags")
    setting, inner = PROVIDER_DEFAULTS.get(subject.type.partition(":")[0], ("", ""))
    added = subject.body.provider.key(setting).parsed() if setting else own
    places = [own.key(key), (added.key(inner) if inner else added).key(key)]
    stack = Node(subject.tags.get(key), own, key)
    return next((place for place in places if not place.is_absent), stack)


def _is_copy(subject: Subject) -> Truth:
    return some(subject.at(copy.path).exists for copy in COPIES[subject.type] if copy.type == subject.type)


def _has_copy(subject: Subject) -> Truth:
    own = OWN_COPIES.get(subject.type, "")
    return (~subject.at(own).is_empty if own else Truth.NO) | some(
        subject.stack.refers(other, copy.path, subject.body, *copy.names)
        for copy in COPIES[subject.type]
        for other in subject.stack.of(copy.type)
        if other is not subject.body
    )


def _losses(subject: Subject) -> Iterator[tuple[float, Truth]]:
    """Each way to get the data back: how many minutes it loses, and whether the store has it."""
    yield REPLICA_LAG, _has_copy(subject)
    if subject.type == RDS:
        days = subject.at("backupRetentionPeriod")
        yield POINT_IN_TIME, days.test(lambda _: (days.number or 0) > 0)
    elif subject.type in {AURORA, POSTGRES}:
        yield POINT_IN_TIME, Truth.YES
    elif subject.type == AZURE_SQL:
        yield AZURE_LOG, Truth.YES
    elif subject.type == DYNAMODB:
        yield POINT_IN_TIME, subject.at("pointInTimeRecovery.enabled").is_true
    elif subject.type == REDIS:
        kept = subject.at("snapshotRetentionLimit")
        yield DAY, kept.test(lambda _: (kept.number or 0) > 0)
    elif subject.type == CLOUD_SQL:
        backups = subject.at("settings.backupConfiguration")
        logs = backups.key("pointInTimeRecoveryEnabled").is_true | backups.key("binaryLogEnabled").is_true
        yield DAY, backups.key("enabled").is_true
        yield POINT_IN_TIME, backups.key("enabled").is_true & logs
    if subject.type.startswith("aws:"):
        yield from _planned_backups(subject)


def _planned_backups(subject: Subject) -> Iterator[tuple[float, Truth]]:
    stack = subject.stack
    for plan in stack.of(BACKUP_PLAN):
        chosen = some(
            stack.refers(selection, "planId", plan, "id") & _selects(subject, stack, selection)
            for selection in stack.of(BACKUP_SELECTION)
        )
        for rule in plan.root.key("rules").items():
            yield POINT_IN_TIME, chosen & rule.key("enableContinuousBackup").is_true
            schedule = rule.key("schedule")
            if schedule.is_open:
                yield 0, chosen & Truth.UNKNOWN
            else:
                yield _interval(schedule.text), chosen


def _selects(subject: Subject, stack: Stack, selection: Body) -> Truth:
    own = subject.body.root.key("arn").text
    named = some(
        item.equals("*") | (item.equals(own) if own else Truth.NO)
        for item in selection.root.key("resources").items()
    )
    tagged = some(
        tag.key("value").test(lambda value, tag=tag: _tag(subject, tag.key("key").text).text == value)
        for tag in selection.root.key("selectionTags").items()
    )
    return named | tagged | stack.refers(selection, "resources", subject.body)


def _interval(schedule: str) -> float:
    """Minutes between two backups. None said: AWS Backup's default, a day."""
    rate, cron = RATE.fullmatch(schedule), CRON.fullmatch(schedule)
    if rate:
        return int(rate[1]) * UNITS[rate[2]]
    if not cron:
        return DAY
    hours, days, weekdays = cron.groups()
    if days not in {"*", "?", "1/1", "*/1"} or weekdays not in {"*", "?"}:
        return 31 * DAY
    step = re.fullmatch(r"(?:\*|\d+)/(\d+)", hours)
    if hours == "*":
        return HOUR
    return int(step[1]) * HOUR if step else DAY / len(hours.split(","))
