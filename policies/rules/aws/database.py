"""Databases on AWS: encrypted, and out of the internet's reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["CLUSTER", "INSTANCE"]

INSTANCE: Final = "aws:rds/instance:Instance"
CLUSTER: Final = "aws:rds/cluster:Cluster"
REDSHIFT: Final = "aws:redshift/cluster:Cluster"


@policy(
    id="aws-rds-encrypted",
    title="Databases are encrypted at rest",
    violation="storageEncrypted (Redshift: encrypted) is not true; a replica follows its source, and Aurora "
    "Serverless v1 is always encrypted",
    severity="high",
    category="security",
    reads={
        INSTANCE: ("storageEncrypted", "replicateSourceDb"),
        CLUSTER: ("storageEncrypted", "engineMode"),
        "aws:rds/globalCluster:GlobalCluster": ("storageEncrypted", "sourceDbClusterIdentifier"),
        "aws:docdb/cluster:Cluster": ("storageEncrypted",),
        "aws:neptune/cluster:Cluster": ("storageEncrypted",),
        REDSHIFT: ("encrypted",),
    },
    fix=Fix(
        "auto", "Encrypt the storage; a running database must be replaced for it.", "storage_encrypted=True"
    ),
    enforcement="RMM",
    soc2=("CC6.1", "CC6.7", "C1.1", "PI1.5"),
    cis=("A3.2.1",),
)
def rds_encrypted(subject: Subject) -> Iterator[Judgement]:
    """Storage that is not encrypted is readable in every snapshot and on every disk that is thrown away."""
    source = "sourceDbClusterIdentifier" if "globalCluster" in subject.type else "replicateSourceDb"
    is_copy = subject.at(source).exists
    if is_copy == Truth.YES:
        yield not_applicable("a copy is encrypted as its source is")
        return
    flag = subject.at("encrypted" if subject.type == REDSHIFT else "storageEncrypted")
    serverless = subject.at("engineMode").equals("serverless")
    violation = ~flag.is_true & ~serverless & ~is_copy
    yield fail_if(violation, flag, "the storage is not encrypted", mend=[flag.becomes(value=True)])


@policy(
    id="aws-rds-not-public",
    title="Databases are not public",
    violation="publiclyAccessible true (for Redshift also unset)",
    severity="critical",
    category="security",
    reads={
        INSTANCE: ("publiclyAccessible",),
        "aws:rds/clusterInstance:ClusterInstance": ("publiclyAccessible",),
        REDSHIFT: ("publiclyAccessible",),
        "aws:dms/replicationInstance:ReplicationInstance": ("publiclyAccessible",),
    },
    fix=Fix("auto", "Keep the database inside the network.", "publicly_accessible=False"),
    enforcement="RMM",
    soc2=("CC6.1", "CC6.6"),
    cis=("A3.2.3",),
)
def rds_not_public(subject: Subject) -> Iterator[Judgement]:
    """A database with a public address is one security group rule away from everybody.

    The provider asks for none unless it is told to, also for a replication instance of DMS, which AWS by
    itself would give one. With a Redshift cluster it did the opposite before version 7: so that must be said.
    """
    flag = subject.at("publiclyAccessible")
    unset = Truth.YES if flag.is_absent and subject.type == REDSHIFT else Truth.NO
    yield fail_if(
        flag.is_true | unset,
        flag,
        "the database has a public address, or nobody says that it has none",
        mend=[flag.becomes(value=False)],
    )
