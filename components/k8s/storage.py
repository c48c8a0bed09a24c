"""Disks for pods, and pictures of them: two classes of volume, and how snapshots are taken.

``fast`` is what a pod gets that does not say: encrypted with the platform's key, in the zone where the pod
runs, and gone with its claim. ``fast-retained`` is the same for what cannot be had again: the disk stays when
its claim is deleted, and somebody has to decide about it.

A class cannot be changed. What changes in it (the key, the kind of disk) replaces it; volumes that are there
keep what they were made with.

Snapshots need kinds and a controller that no chart here brings: GKE and AKS have them built in, EKS as its
add-on ``snapshot-controller``. Velero takes a snapshot, copies it into the bucket and removes it
(`components.k8s.backup`), so the class deletes what is released.

Sources: Kubernetes, *Storage Classes* (of two defaults the newer one wins, which on GKE is ours); Kubernetes
CSI, *Snapshot controller*; Velero, *Container Storage Interface snapshot support* (the label).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.storage.v1 import StorageClass

from components.base import Part
from components.contracts import Volumes
from components.k8s.labels import Labels

__all__ = ["DEFAULT", "RETAINED", "SNAPSHOTS", "Storage", "StorageArgs"]

DEFAULT: Final = "fast"
RETAINED: Final = "fast-retained"
SNAPSHOTS: Final = "fast"
"""Name of the class of snapshots."""
_DEFAULT_MARK: Final = {"storageclass.kubernetes.io/is-default-class": "true"}
_VELERO_MARK: Final = {"velero.io/csi-volumesnapshot-class": "true"}
_SNAPSHOT_KIND: Final = "snapshot.storage.k8s.io/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageArgs:
    """Which disks this cloud has."""

    labels: Labels
    volumes: Volumes
    after: Sequence[pulumi.Resource] = ()
    """What brings the kinds of the snapshot controller, where the cluster is not born with them."""


class Storage(Part):
    """Two StorageClasses and a VolumeSnapshotClass."""

    default_class: pulumi.Output[str]
    retained_class: pulumi.Output[str]

    def __init__(self, name: str, args: StorageArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self.default_class = self._class(DEFAULT, "Delete", _DEFAULT_MARK)
        self.retained_class = self._class(RETAINED, "Retain", {})
        _VolumeSnapshotClass(
            self.named("snapshots"),
            metadata={
                "name": SNAPSHOTS,
                "labels": {**args.labels.of(SNAPSHOTS, "storage"), **_VELERO_MARK},
            },
            driver=args.volumes.provisioner,
            opts=ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.finish()

    def _class(
        self, name: str, reclaim: Literal["Delete", "Retain"], marks: Mapping[str, str]
    ) -> pulumi.Output[str]:
        args = self._args
        made = StorageClass(
            self.named(name),
            metadata=ObjectMetaArgs(
                name=name, labels=args.labels.of(name, "storage"), annotations=dict(marks) or None
            ),
            provisioner=args.volumes.provisioner,
            parameters=dict(args.volumes.parameters),
            reclaim_policy=reclaim,
            volume_binding_mode="WaitForFirstConsumer",  # else the disk may be in a zone where no pod can go
            allow_volume_expansion=True,
            opts=ResourceOptions(parent=self),
        )
        return made.metadata.apply(lambda metadata: metadata.name or name)


class _VolumeSnapshotClass(pulumi.CustomResource):
    """The one kind here without a ``spec``, which is all that the SDK's class for custom kinds takes."""

    def __init__(self, name: str, *, metadata: Mapping[str, Any], driver: str, opts: ResourceOptions) -> None:
        super().__init__(
            f"kubernetes:{_SNAPSHOT_KIND}:VolumeSnapshotClass",
            name,
            {
                "apiVersion": _SNAPSHOT_KIND,
                "kind": "VolumeSnapshotClass",
                "metadata": dict(metadata),
                "driver": driver,
                "deletionPolicy": "Delete",
            },
            opts,
        )
