"""What watches that a bucket in two regions keeps its promise: every object in both within 15 minutes.

A dual-region bucket is its own replica: Google copies, both ways, and there is nothing to set up and
nothing to turn round. What it does not do is say when it is late. Deletions travel as well as objects:
against whoever deletes on purpose there are versions, the soft delete and the audit trail's lock, not
the other region.

Source: Google Cloud metrics, ``storage.googleapis.com/replication/…`` (read 2026-11; sampled every
minute, seen up to 210 seconds later).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions

from components.base import Part
from components.contracts import BucketOutputs
from components.gcp.alarm import Metric, Severity, alarm
from components.gcp.storage import REPLICATION_SECONDS
from components.naming import Naming

__all__ = ["Replica", "ReplicaArgs"]

NAMESPACE: Final = "storage.googleapis.com/replication"
LATE_SECONDS: Final = REPLICATION_SECONDS * 2 // 3
"""From here on it is not on time any more, and there is time to stop a bulk load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaArgs:
    """Which buckets are watched, and who hears."""

    naming: Naming
    channels: Sequence[pulumi.Input[str]]
    data: BucketOutputs
    audit: BucketOutputs
    """Both in a dual-region; in one region alone Google publishes none of these metrics."""


class Replica(Part):
    """Two alarms a bucket: its copy is late, its copy has missed its time."""

    def __init__(self, name: str, args: ReplicaArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        for purpose, bucket in (("data", args.data), ("audit", args.audit)):
            self._watch(purpose, bucket)
        self.finish()

    def _watch(self, purpose: str, bucket: BucketOutputs) -> None:
        labels = {"resource.labels.bucket_name": bucket.name}
        late = _metric("turbo_max_delay", labels, above=LATE_SECONDS)
        self._alarm(
            f"{purpose}-late",
            late,
            f"The oldest object of the {purpose} bucket that is in one region only is more than "
            f"{LATE_SECONDS // 60} minutes old. Look for a bulk load and slow it down, or at Google's health "
            "page.",
            severity="WARNING",
        )
        missed = _metric("meeting_rpo", labels, below=1, aligner="ALIGN_FRACTION_TRUE")
        self._alarm(
            f"{purpose}-missed",
            missed,
            f"The copy of the {purpose} bucket is more than {REPLICATION_SECONDS // 60} minutes behind: so "
            "much would be lost with a region. Nothing here mends it: stop bulk loads, look at Google's "
            "health page, and open a case. Do not switch regions over for this.",
            severity="ERROR",
        )

    def _alarm(self, child: str, metric: Metric, description: str, *, severity: Severity) -> None:
        alarm(
            self,
            child,
            metric,
            naming=self._args.naming,
            channels=self._args.channels,
            description=description,
            severity=severity,
        )


def _metric(
    name: str,
    labels: Mapping[str, pulumi.Input[str]],
    *,
    above: float | None = None,
    below: float | None = None,
    aligner: str = "ALIGN_MAX",
) -> Metric:
    """Bad for five minutes: a single sample that is lost or late changes nothing."""
    return Metric(
        type=f"{NAMESPACE}/{name}",
        resource="gcs_bucket",
        labels=labels,
        above=above,
        below=below,
        aligner=aligner,
        periods=5,
        silence="no-op",
    )
