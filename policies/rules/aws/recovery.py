"""Databases on AWS outlive a zone, a slip of the hand and a bad day: copies, backups, no quick deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.node import Node
from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.edit import Edit
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["CLUSTER", "INSTANCE", "TABLE"]

INSTANCE: Final = "aws:rds/instance:Instance"
CLUSTER: Final = "aws:rds/cluster:Cluster"
MEMBER: Final = "aws:rds/clusterInstance:ClusterInstance"
DOCUMENTS: Final = "aws:docdb/cluster:Cluster"
GRAPH: Final = "aws:neptune/cluster:Cluster"
TABLE: Final = "aws:dynamodb/table:Table"
FLAGS: Final = {
    **dict.fromkeys(
        (
            *(INSTANCE, CLUSTER, DOCUMENTS, GRAPH),
            *("aws:rds/globalCluster:GlobalCluster", "aws:docdb/globalCluster:GlobalCluster"),
            *("aws:neptune/globalCluster:GlobalCluster", "aws:eks/cluster:Cluster"),
        ),
        "deletionProtection",
    ),
    **dict.fromkeys((TABLE, "aws:dynamodb/tableReplica:TableReplica"), "deletionProtectionEnabled"),
    "aws:lb/loadBalancer:LoadBalancer": "enableDeletionProtection",
}
POOL: Final = "aws:cognito/userPool:UserPool"
SNAPSHOTS: Final = (INSTANCE, CLUSTER, DOCUMENTS, GRAPH)


@policy(
    id="aws-rds-multi-az",
    title="Production databases are Multi-AZ",
    violation="multiAz not true on an instance (a read replica follows its source); an Aurora cluster with "
    "fewer than two instances in different zones",
    severity="high",
    category="reliability",
    scope="stack",
    reads={
        INSTANCE: ("multiAz", "engine", "replicateSourceDb"),
        CLUSTER: ("engine", "engineMode", "dbClusterInstanceClass"),
    },
    related={CLUSTER: ("clusterIdentifier",), MEMBER: ("clusterIdentifier", "availabilityZone")},
    fix=Fix(
        "suggest",
        "Keep a standby in a second zone; of Aurora a second instance.",
        "multi_az=True  # Aurora: database: {instances: 2}",
    ),
    enforcement="DAM",
    soc2=("A1.2",),
    cis=("A3.2.4",),
)
def rds_multi_az(subject: Subject) -> Iterator[Judgement]:
    """When its only zone fails, a database comes back from a backup: in hours, without the last orders.

    An instance has no standby by default. Aurora keeps its data in three zones whatever is said, but
    answers only where it has instances; a Multi-AZ cluster of MySQL or PostgreSQL has three by design.
    """
    if subject.type == INSTANCE:
        is_copy = subject.at("replicateSourceDb").exists
        if is_copy == Truth.YES:
            yield not_applicable("a read replica is itself the second copy")
            return
        flag = subject.at("multiAz")
        yield fail_if(~flag.is_true & ~is_copy, flag, "the database stands in one zone")
        return
    serverless = subject.at("engineMode").equals("serverless")
    managed = serverless | subject.at("dbClusterInstanceClass").exists
    if managed == Truth.YES:
        yield not_applicable("AWS spreads this kind of cluster over zones itself")
        return
    yield fail_if(
        ~_spread(subject) & ~managed, subject.root, "the cluster has no second instance in another zone"
    )


def _spread(subject: Subject) -> Truth:
    """Whether it has instances in two zones. Aurora puts those that name none into different ones."""
    sure: set[str] = set()
    maybe = 0
    for body in subject.stack.of(MEMBER):
        mine = subject.stack.refers(body, "clusterIdentifier", subject.body, "id", "clusterIdentifier")
        pinned = {**body.resource.inputs, **body.resource.property_dependencies}
        # Only what the program says: where AWS has put an instance by itself may change.
        zone = body.root.key("availabilityZone") if "availabilityZone" in pinned else Node(None)
        if mine == Truth.YES and not zone.is_open:
            sure.add(zone.text or body.urn)
        elif mine != Truth.NO:
            maybe += 1
    if len(sure) > 1:
        return Truth.YES
    return Truth.UNKNOWN if len(sure) + maybe > 1 else Truth.NO


@policy(
    id="aws-rds-backup-retention",
    title="Backup retention meets the RPO",
    violation="backupRetentionPeriod unset, 0, or under minDays of the environment; copyTagsToSnapshot not "
    "true (a read replica is covered by its source)",
    severity="high",
    category="reliability",
    reads={
        INSTANCE: ("backupRetentionPeriod", "copyTagsToSnapshot", "replicateSourceDb"),
        CLUSTER: ("backupRetentionPeriod", "copyTagsToSnapshot"),
        DOCUMENTS: ("backupRetentionPeriod",),
        GRAPH: ("backupRetentionPeriod", "copyTagsToSnapshot"),
    },
    defaults={"minDays": {"dev": 1, "staging": 7, "prod": 30}},
    fix=Fix(
        "auto",
        "Keep backups for as long as an error may stay unseen, with the tags that say whose they are.",
        "backup_retention_period=30, copy_tags_to_snapshot=True",
    ),
    enforcement="RMM",
    soc2=("A1.2", "CC7.5"),
    cis=(),
)
def rds_backup_retention(subject: Subject) -> Iterator[Judgement]:
    """An error that is found after the last backup is gone is an error for ever.

    To say nothing is none for an instance and one day for a cluster: nobody decided that. A snapshot without
    tags is found by no rule that goes by them.
    """
    is_copy = subject.at("replicateSourceDb").exists if subject.type == INSTANCE else Truth.NO
    if is_copy == Truth.YES:
        yield not_applicable("a read replica is restored from its source")
        return
    least = subject.config.table("minDays").get(subject.environment, 1)
    days = subject.at("backupRetentionPeriod")
    number = days.number
    short = Truth.UNKNOWN if number is None else known(value=number < least)
    if days.is_absent:
        short = Truth.YES
    message = f"backups are kept for {days.shown} days, at least {least}"
    said = "nobody says how long backups are kept" if days.is_absent else message
    yield fail_if(short & ~is_copy, days, said, mend=[days.becomes(least)])
    if subject.type != DOCUMENTS:
        flag = subject.at("copyTagsToSnapshot")
        yield fail_if(
            ~flag.is_true & ~is_copy, flag, "snapshots lose the tags", mend=[flag.becomes(value=True)]
        )


@policy(
    id="aws-deletion-protection",
    title="Stateful resources have deletion protection",
    violation="deletionProtection, deletionProtectionEnabled or enableDeletionProtection not true (Cognito: "
    "not ACTIVE); in prod skipFinalSnapshot true",
    severity="high",
    category="reliability",
    reads={token: (flag,) for token, flag in FLAGS.items() if token not in SNAPSHOTS}
    | dict.fromkeys(SNAPSHOTS, ("deletionProtection", "skipFinalSnapshot"))
    | {
        INSTANCE: ("deletionProtection", "skipFinalSnapshot", "replicateSourceDb"),
        POOL: ("deletionProtection",),
    },
    parts=("protection", "final-snapshot"),
    fix=Fix(
        "auto",
        "Protect it, and keep a last snapshot; until it has a name, a deletion is refused.",
        "deletion_protection=True, skip_final_snapshot=False, final_snapshot_identifier=f'{name}-final'",
    ),
    enforcement="DRM",
    soc2=("A1.2", "CC7.5", "C1.1"),
    cis=(),
)
def deletion_protection(subject: Subject) -> Iterator[Judgement]:
    """One slip in a program or a console deletes a database; the protection makes that a refused call.

    None of them is protected by default.
    """
    message = "it can be deleted with one call"
    if subject.type == POOL:
        mode = subject.at("deletionProtection")
        yield fail_if(~mode.equals("ACTIVE"), mode, message, part="protection", mend=[mode.becomes("ACTIVE")])
    else:
        flag = subject.at(FLAGS[subject.type])
        on: list[Edit] = [flag.becomes(value=True)]
        yield fail_if(~flag.is_true, flag, message, part="protection", mend=on)
    skips = subject.at("skipFinalSnapshot")
    is_copy = subject.at("replicateSourceDb").exists if subject.type == INSTANCE else Truth.NO
    if subject.type not in SNAPSHOTS or subject.environment != "prod" or is_copy == Truth.YES:
        yield not_applicable("it leaves no last snapshot", part="final-snapshot")
        return
    yield fail_if(
        skips.is_true & ~is_copy,
        skips,
        "its deletion leaves no snapshot",
        part="final-snapshot",
        mend=[skips.becomes(value=False)],
    )


@policy(
    id="aws-dynamodb-pitr",
    title="DynamoDB has point-in-time recovery",
    violation="pointInTimeRecovery.enabled not true",
    severity="medium",
    category="reliability",
    reads={TABLE: ("pointInTimeRecovery.enabled",)},
    fix=Fix("auto", "Let the table be taken back to any second.", 'point_in_time_recovery={"enabled": True}'),
    enforcement="DRM",
    soc2=("A1.2", "CC7.5"),
    cis=(),
)
def dynamodb_pitr(subject: Subject) -> Iterator[Judgement]:
    """Without it, what a faulty release wrote into a table cannot be taken back. It is off by default."""
    flag = subject.at("pointInTimeRecovery.enabled")
    message = "the table cannot be taken back to an earlier moment"
    yield fail_if(~flag.is_true, flag, message, mend=[flag.becomes(value=True)])
