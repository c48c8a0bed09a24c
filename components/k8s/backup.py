"""What of the cluster is kept outside it, when, and for how long: Velero's place and its schedules.

* **daily**, kept 30 days: the namespaces in which something is that nobody else has, and their volumes. A
  volume's snapshot is copied into the bucket and removed, so a backup outlives the disk, the zone and, where
  the bucket has a copy there, the region.
* **hourly**, kept 3 days: the objects of the services' namespace alone. What was changed by hand in an
  incident can be looked up.
* **weekly**, kept 30 days: every object of the cluster without volumes, to see what was where.

**What is left out.** The databases: they are outside the cluster and have backups of their own
(`components.aws.backup`, `components.gcp.backup`). Secrets: they come from the cloud's store or are issued
anew, and whoever may read the bucket can open Velero's volume copies, whose key is the same everywhere.
Elasticsearch: pictures of its disks that were not taken at one moment are no backup of it. The operators: the
program makes them, before anything is restored. What a controller makes from another object is restored by
that controller; a copy of it would be in its way.

Velero's schedule keeps its backups when it is deleted. ``PartiallyFailed`` is a failure: the metric by which
a missing backup is seen (`LAST_SUCCESS`) counts completed ones only, and `OLDEST` says how old it may be.

Sources: Velero 1.18, *Backup API type*, *Schedule API type*, *CSI snapshot data movement* (the static key);
robfig/cron, *Time zones*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.base import Part
from components.contracts import BackupStore
from components.k8s import places
from components.k8s.labels import Labels
from components.k8s.objects import custom

__all__ = ["KEPT", "LAST_SUCCESS", "OLDEST", "STORE", "TWIN", "Backup", "BackupArgs"]

STORE: Final = "default"
"""The place that backups go to."""
TWIN: Final = "twin"
"""The other region's place, for reading: what is restored here when that region is lost."""
LAST_SUCCESS: Final = "velero_backup_last_successful_timestamp"
"""Metric, labelled with the schedule: seconds since 1970."""
OLDEST: Final[Mapping[str, int]] = {"hourly": 3 * 3600, "daily": 26 * 3600, "weekly": 8 * 86400}
"""By schedule: the age in seconds of its last success above which it is missing."""
KEPT: Final = (places.TRADING, places.GATEWAY, places.MONITORING)
"""Namespaces with something that nobody else has."""

_HOUR: Final = "h0m0s"
_MADE_BY_OTHERS: Final = (
    "endpointslices.discovery.k8s.io",
    "events",
    "events.events.k8s.io",
    "horizontalpodautoscalers.autoscaling",  # KEDA's; a second one on the same workload is refused
    "leases.coordination.k8s.io",  # with them an old leader would come back
    "podmetrics.metrics.k8s.io",
)
_SECRET: Final = ("secrets",)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupArgs:
    """Where backups go."""

    labels: Labels
    store: BackupStore
    after: Sequence[pulumi.Resource] = ()
    """What brings Velero's kinds."""


class Backup(Part):
    """Places and schedules."""

    schedule_names: Sequence[str]

    def __init__(self, name: str, args: BackupArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._place(STORE, args.store.prefix, "ReadWrite")
        if args.store.twin_prefix is not None:
            self._place(TWIN, args.store.twin_prefix, "ReadOnly")
        self._schedule(
            "hourly",
            "15 * * * *",
            days=3,
            template={"includedNamespaces": [places.TRADING], "snapshotVolumes": False},
        )
        self._schedule(
            "daily",
            "30 2 * * *",
            days=30,
            template={
                "includedNamespaces": list(KEPT),
                "snapshotVolumes": True,
                "snapshotMoveData": True,
                "defaultVolumesToFsBackup": False,
                "csiSnapshotTimeout": "10m0s",
                "itemOperationTimeout": f"4{_HOUR}",
            },
        )
        self._schedule(
            "weekly",
            "30 4 * * 0",
            days=30,
            template={
                "includedNamespaces": ["*"],
                "includeClusterResources": True,
                "snapshotVolumes": False,
            },
        )
        self.schedule_names = list(OLDEST)
        self.finish()

    def _place(self, name: str, prefix: str, mode: Literal["ReadOnly", "ReadWrite"]) -> None:
        store = self._args.store
        custom(
            self.named(f"{name}-store"),
            "velero.io/v1/BackupStorageLocation",
            self._metadata(name),
            {
                "provider": store.provider,
                "default": name == STORE,
                "accessMode": mode,
                "objectStorage": {"bucket": store.bucket, "prefix": prefix},
                "config": dict(store.config),
            },
            ResourceOptions(parent=self, depends_on=list(self._args.after)),
        )

    def _schedule(self, name: str, cron: str, *, days: int, template: Mapping[str, Any]) -> None:
        custom(
            self.named(name),
            "velero.io/v1/Schedule",
            self._metadata(name),
            {
                "schedule": f"CRON_TZ=UTC {cron}",
                "skipImmediately": False,  # the first backup is there on the first day
                "useOwnerReferencesInBackup": False,
                "template": {
                    "ttl": f"{days * 24}{_HOUR}",
                    "storageLocation": STORE,
                    "excludedResources": [*_SECRET, *_MADE_BY_OTHERS],
                    **template,
                },
            },
            ResourceOptions(parent=self, depends_on=list(self._args.after)),
        )

    def _metadata(self, name: str) -> ObjectMetaArgs:
        return ObjectMetaArgs(name=name, namespace=places.VELERO, labels=self._args.labels.of(name, "backup"))
