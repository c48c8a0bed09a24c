"""What calls people when a store, a balancer or a cluster is not well."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import Truth, known, some

if TYPE_CHECKING:
    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Body, Stack, Subject

__all__: list[str] = []

METRIC_ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE: Final = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
HEALTH_CHECK: Final = "aws:route53/healthCheck:HealthCheck"
ALERT_POLICY: Final = "gcp:monitoring/alertPolicy:AlertPolicy"
METRIC_ALERT: Final = "azure-native:monitor:MetricAlert"
CLOUD_SQL: Final = "gcp:sql/databaseInstance:DatabaseInstance"
WATCHING: Final[Mapping[str, tuple[str, ...]]] = {
    METRIC_ALARM: ("dimensions", "metricQueries"),
    ALERT_POLICY: ("conditions",),
    METRIC_ALERT: ("scopes",),
}
"""Where an alarm says what it watches."""
WATCHED: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "aws:rds/instance:Instance": (METRIC_ALARM, ("identifier",)),
    "aws:rds/cluster:Cluster": (METRIC_ALARM, ("clusterIdentifier",)),
    "aws:lb/loadBalancer:LoadBalancer": (METRIC_ALARM, ("arnSuffix", "name")),
    CLOUD_SQL: (ALERT_POLICY, ("name",)),
    "azure-native:dbforpostgresql:Server": (METRIC_ALERT, ("id", "serverName")),
    "azure-native:sql:Database": (METRIC_ALERT, ("id", "databaseName")),
    "azure-native:containerservice:ManagedCluster": (METRIC_ALERT, ("id", "resourceName")),
}
"""What is to be watched: by which alarms, and what they call it."""
ALL_SQL: Final = re.compile(r"cloudsql(?:_database|\.googleapis\.com)")


@policy(
    id="ops-alarms",
    title="Production databases, balancers and clusters have alarms",
    violation="a database, a load balancer or a cluster that no alarm of its cloud watches; an alarm that is "
    "turned off, or calls nobody and is no part of another one",
    severity="medium",
    category="operations",
    scope="stack",
    reads={
        **{
            kind: tuple(name for name in names if name not in {"id", "arnSuffix"})
            for kind, (_, names) in WATCHED.items()
        },
        METRIC_ALARM: ("alarmActions", "actionsEnabled", "name"),
        ALERT_POLICY: ("notificationChannels", "enabled"),
        METRIC_ALERT: ("actions", "enabled"),
    },
    related={**WATCHING, COMPOSITE: ("alarmRule",), HEALTH_CHECK: ("cloudwatchAlarmName",)},
    fix=Fix(
        "none",
        "Watch it, and call somebody who can help.",
        'aws.cloudwatch.MetricAlarm(name, dimensions={"DBInstanceIdentifier": database.identifier}, '
        "alarm_actions=[topic.arn], …)",
    ),
    enforcement="DAM",
    soc2=("CC7.2", "CC7.3", "A1.1"),
    cis=(),
)
def alarms(subject: Subject) -> Iterator[Judgement]:
    """A failing database that calls nobody is found by customers; an alarm without a receiver is none."""
    if subject.type in WATCHED:
        kind, _ = WATCHED[subject.type]
        seen = some(_watches(subject.stack, alarm, subject.body) for alarm in subject.stack.of(kind))
        yield fail_if(~seen, subject.root, "no alarm watches it")
        return
    silent, off = _silent(subject)
    yield fail_if(off, subject.root, "the alarm is turned off")
    yield fail_if(silent, subject.root, "the alarm calls nobody")


def _silent(subject: Subject) -> tuple[Truth, Truth]:
    """Whether an alarm has no receiver, and whether it is off."""
    if subject.type == METRIC_ALARM:
        used = some(
            subject.stack.refers(other, path, subject.body) | _names(other.root.key(path), subject.at("name"))
            for token, path in ((COMPOSITE, "alarmRule"), (HEALTH_CHECK, "cloudwatchAlarmName"))
            for other in subject.stack.of(token)
        )
        return subject.at("alarmActions").is_empty & ~used, subject.at("actionsEnabled").is_false & ~used
    receivers = "notificationChannels" if subject.type == ALERT_POLICY else "actions"
    return subject.at(receivers).is_empty, subject.at("enabled").is_false


def _watches(stack: Stack, alarm: Body, target: Body) -> Truth:
    """Whether an alarm means this resource: by what its conditions depend on, else by name."""
    _, names = WATCHED[target.type]
    found = Truth.NO
    for path in WATCHING[alarm.type]:
        place = alarm.root.key(path)
        found |= stack.refers(alarm, path, target)
        traced = bool(alarm.resource.property_dependencies.get(path))
        for leaf in _leaves(place):
            if leaf.is_open:
                found |= known(value=False) if traced else Truth.UNKNOWN
                continue
            found |= some(_names(leaf, target.root.key(name)) for name in names)
            generic = bool(ALL_SQL.search(leaf.text)) and "database_id" not in leaf.text
            found |= known(value=target.type == CLOUD_SQL and generic)
    return found


def _names(place: Node, name: Node) -> Truth:
    """Whether a text names something, as a word of its own."""
    if not name.text:
        return Truth.NO
    return place.test(
        lambda text: (
            isinstance(text, str)
            and re.search(rf"(?<![\w-]){re.escape(name.text)}(?![\w-])", text) is not None
        )
    )


def _leaves(place: Node) -> Iterator[Node]:
    if place.value.__class__ is dict:
        for _, below in place.entries():
            yield from _leaves(below)
    elif place.value.__class__ is list:
        for item in place.items():
            yield from _leaves(item)
    elif not place.is_absent:
        yield place
