"""What wakes somebody because of the database: a copy that falls behind, and a cluster that is full.

Sources: Aurora user guide, *CloudWatch metrics for Amazon Aurora* (the lag exists only in the region
that holds the copy, under the cluster and the region that it is copied from), *Performance and
scaling for Aurora Serverless v2*, *Maximum connections*.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import pulumi

from components.aws.alarm import Metric, alarm
from components.base import Part
from components.naming import Naming
from config.connections import aurora_connections

__all__ = ["LAG_SECONDS", "Watch", "lag", "watch"]

NAMESPACE: Final = "AWS/RDS"
LAG_SECONDS: Final = 60
"""A copy that is further behind wakes somebody. Typical is under a second."""
FULL_PERCENT: Final = 90
CONNECTIONS_SHARE: Final = 0.7
"""Of all connections, so many before somebody is woken: the engine itself takes a part of the memory."""
SCRATCH_BYTES: Final = 2**30
"""What is left for sorts and temporary tables; at zero, queries fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Which cluster, how far it may grow, and who is woken."""

    naming: Naming
    topic_arn: pulumi.Input[str]
    cluster_id: pulumi.Input[str]
    min_capacity: float
    max_capacity: float
    """Both in Aurora units."""

    @property
    def connections(self) -> int:
        """From so many connections on there are too many."""
        return int(CONNECTIONS_SHARE * aurora_connections(self.min_capacity, self.max_capacity))

    def metric(
        self,
        name: str,
        *,
        above: float | None = None,
        below: float | None = None,
        statistic: Literal["Maximum", "Minimum"] = "Maximum",
        seconds: int,
        periods: int = 1,
    ) -> Metric:
        """The worst of the cluster's instances. No instance (a bare copy, a paused cluster): no news."""
        return Metric(
            namespace=NAMESPACE,
            name=name,
            dimensions={"DBClusterIdentifier": self.cluster_id},
            above=above,
            below=below,
            statistic=statistic,
            seconds=seconds,
            periods=periods,
        )


def lag(cluster_id: pulumi.Input[str], source_region: str) -> Metric:
    """How much would be lost if the source's region went away now.

    Not the storage's lag (``AuroraGlobalDBProgressLag``): a long transaction drives that up, and
    what nobody has committed nobody can lose. The cluster that writes has no such metric, and which of
    the two that is, nothing here knows: silence is no alarm, but its beginning is told once. Route 53's
    own alarms stand in us-east-1 and go with it; this one stands beside the copy.
    """
    return Metric(
        namespace=NAMESPACE,
        name="AuroraGlobalDBRPOLag",
        dimensions={"DBClusterIdentifier": cluster_id, "SourceRegion": source_region},
        above=LAG_SECONDS * 1000,
        seconds=60,
        periods=2,
        end_rings=True,
    )


def watch(part: Part, args: Watch, copy: Metric | None) -> None:
    """The alarms of one cluster; ``copy`` is the lag of a global database's member."""
    rings = partial(alarm, part, naming=args.naming, topic_arn=args.topic_arn)
    rings(
        "capacity",
        args.metric("ACUUtilization", above=FULL_PERCENT, seconds=300, periods=3),
        description=f"The database has been above {FULL_PERCENT} % of its largest size for 15 minutes: "
        "queries wait. Find the query in Performance Insights, or raise database.max_capacity (no restart).",
    )
    rings(
        "connections",
        args.metric("DatabaseConnections", above=args.connections, seconds=60, periods=5),
        description="Connections run out: soon nobody gets in. Find the service that opens and does not "
        "close them, or raise database.max_capacity: the limit grows with it after a restart.",
    )
    rings(
        "scratch",
        args.metric("FreeLocalStorage", below=SCRATCH_BYTES, statistic="Minimum", seconds=300),
        description="An instance has less than 1 GiB left for temporary files: large sorts will fail. Find "
        "the query in Performance Insights and end it.",
    )
    if copy:
        rings(
            "lag",
            copy,
            description=f"The copy of the database is more than {LAG_SECONDS} s behind: so much would be "
            "lost with the other region. Hold bulk loads; start no switchover before it has caught up. If "
            "nothing is heard of the lag any more, the other region is perhaps gone: see "
            "docs/runbooks/region-loss-aws.md.",
        )
