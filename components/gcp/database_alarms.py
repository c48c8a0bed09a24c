"""What wakes somebody because of the database: a copy that falls behind, an instance that is full or down.

A policy lives in the project and knows the instance by ``project:name``. Which of two instances writes,
none of them knows: a primary has no lag, and says nothing of it. Google has no metric of a failed
backup, so none is watched here; what a restore reaches back to is (``archive``).

Source: Cloud Monitoring, *Google Cloud metrics*, ``cloudsql``, read 2026-11: "Sampled every 60 seconds.
After sampling, data is not visible for up to 165 seconds."
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import pulumi

from components.base import Part
from components.gcp.alarm import Metric, alarm
from components.naming import Naming

__all__ = ["LAG_SECONDS", "VISIBLE_SECONDS", "Watch", "lag", "watch", "watch_readers"]

LAG_SECONDS: Final = 60
"""A copy that is further behind wakes somebody. Typical are a few seconds."""
VISIBLE_SECONDS: Final = 165
"""Until a sample can be seen, and rung for."""
STALE_SECONDS: Final = 300
"""Readers that are further behind tell of a market that is gone."""
FULL: Final = 0.9
"""Of processor and memory."""
DISK_SHARE: Final = 0.8
"""Of what the disk may grow to: at the end of it, PostgreSQL stops."""
CONNECTIONS_SHARE: Final = 0.7
TRANSACTIONS_SHARE: Final = 0.6
"""Of the transaction numbers. Far from the end, because a vacuum of the whole takes long."""
ARCHIVE_FAILURES: Final = 5
GIB: Final = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Which instance, how far it may grow, and who is woken."""

    naming: Naming
    channels: tuple[pulumi.Input[str], ...]
    database_id: pulumi.Input[str]
    """What metrics call it by: ``project:instance``."""
    disk_limit_gib: int
    max_connections: int

    def metric(
        self,
        name: str,
        *,
        above: float | None = None,
        below: float | None = None,
        aligner: str = "ALIGN_MAX",
        reducer: str | None = None,
        seconds: int = 60,
        periods: int = 1,
    ) -> Metric:
        """One of the instance's own."""
        return Metric(
            type=f"cloudsql.googleapis.com/database/{name}",
            resource="cloudsql_database",
            labels={"resource.labels.database_id": self.database_id},
            above=above,
            below=below,
            aligner=aligner,
            reducer=reducer,
            seconds=seconds,
            periods=periods,
        )

    @property
    def up(self) -> Metric:
        """Whether it answers. Of what is lost nothing is heard, so silence is as bad."""
        return replace(self.metric("up", below=1, aligner="ALIGN_MIN", periods=2), silence="active")


def lag(args: Watch) -> Metric:
    """How much would be lost if the other region went away now, to the second or nearly so.

    One period: what is written meanwhile counts too, and the promise is short.
    """
    return args.metric("replication/replica_lag", above=LAG_SECONDS)


def watch(part: Part, args: Watch, copy: Metric | None) -> None:
    """The alarms of one instance; ``copy`` is the lag of a pair's member."""
    rings = partial(alarm, part, naming=args.naming, channels=args.channels)
    rings(
        "down",
        args.up,
        description="The database does not answer, or nothing is heard of it any more. If its region is "
        "lost, follow docs/runbooks/region-loss-gcp.md; else look at the instance's operations: a standby "
        "takes over by itself within about a minute.",
        severity="CRITICAL",
    )
    rings(
        "cpu",
        args.metric("cpu/utilization", above=FULL, aligner="ALIGN_MEAN", seconds=300, periods=3),
        description=f"The database's processors have been above {FULL:.0%} for 15 minutes: queries wait. "
        "Find the query in Query Insights, or take a larger database.node_type (a short restart).",
    )
    rings(
        "memory",
        args.metric("memory/utilization", above=FULL, aligner="ALIGN_MEAN", seconds=300, periods=3),
        description=f"The database's memory has been above {FULL:.0%} for 15 minutes: PostgreSQL may be "
        "killed and start again. Find the sessions that hold it, or take a larger database.node_type.",
    )
    rings(
        "disk",
        args.metric("disk/bytes_used", above=int(DISK_SHARE * args.disk_limit_gib * GIB), seconds=300),
        description=f"The data fill {DISK_SHARE:.0%} of the {args.disk_limit_gib} GiB that the disk may grow "
        "to; then the database stops. Clear data away, or raise the limit by a larger database.disk_gib.",
    )
    rings(
        "connections",
        args.metric(
            "postgresql/num_backends",
            above=int(CONNECTIONS_SHARE * args.max_connections),
            reducer="REDUCE_SUM",
            periods=5,
        ),
        description=f"Connections run out: of {args.max_connections}, few are left, and soon nobody gets in. "
        "Find the service that opens and does not close them, and restart it.",
    )
    rings(
        "transactions",
        args.metric("postgresql/transaction_id_utilization", above=TRANSACTIONS_SHARE, seconds=300),
        description="Transaction numbers run out, and then PostgreSQL takes no more writes. End what is open "
        "since long (sessions, slots, prepared transactions), then vacuum the oldest tables.",
    )
    rings(
        "archive",
        args.metric(
            "replication/log_archive_failure_count",
            above=ARCHIVE_FAILURES,
            aligner="ALIGN_DELTA",
            seconds=600,
        ),
        description="The database's log does not get to its archive: a restore would not reach to the last "
        "minutes, and the disk fills. Look at the key's state and the instance's log.",
    )
    if copy:
        rings(
            "lag",
            copy,
            description=f"The copy of the database is more than {LAG_SECONDS} s behind: so much would be "
            "lost with the other region. Hold bulk loads; start no switchover before it has caught up. If "
            "the other region is gone, see docs/runbooks/region-loss-gcp.md.",
            severity="CRITICAL",
        )
        rings(
            "stopped",
            args.metric("replication/replica_lag", below=0, periods=2),
            description="The copy of the database copies no more. Look at its log: a full disk and a lost "
            "key stop it. Until it copies again, the loss of the other region loses all since.",
            severity="CRITICAL",
        )


def watch_readers(part: Part, args: Watch) -> None:
    """The alarms of the instances that only read."""
    rings = partial(alarm, part, naming=args.naming, channels=args.channels)
    rings(
        "readers-down",
        args.up,
        description="A reader of the database does not answer. Orders go on; what reads from it fails. Look "
        "at the operations of the read pool.",
    )
    rings(
        "readers-cpu",
        args.metric("cpu/utilization", above=FULL, aligner="ALIGN_MEAN", seconds=300, periods=3),
        description=f"A reader's processors have been above {FULL:.0%} for 15 minutes: reports wait. Find "
        "the query in Query Insights, or raise database.instances.",
        severity="WARNING",
    )
    rings(
        "readers-lag",
        args.metric("replication/replica_lag", above=STALE_SECONDS, periods=5),
        description=f"A reader is more than {STALE_SECONDS} s behind: what reads from it sees the past. End "
        "the long query that holds it, or wait for the bulk load.",
        severity="WARNING",
    )
