"""What a pod mounts, and where it may write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth
from policies.views.pod import container_reads, pod_reads, see_pod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["VOLUME_TYPES"]

VOLUME_TYPES: Final = (
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
)
"""What a volume may be: all that the pod's own node or a claim gives it. Nothing else, old or yet to come."""


@policy(
    id="k8s-volume-types",
    title="Only PSS restricted volume types",
    violation=f"a volume of another type than {', '.join(VOLUME_TYPES)}",
    severity="medium",
    category="security",
    reads=pod_reads(
        "spec.volumes[*]",
        *(
            f"spec.volumes[*].{kind}"
            for kind in (
                "awsElasticBlockStore",
                "azureDisk",
                "azureFile",
                "cephfs",
                "cinder",
                "fc",
                "flexVolume",
                "flocker",
                "gcePersistentDisk",
                "gitRepo",
                "glusterfs",
                "hostPath",
                "iscsi",
                "nfs",
                "photonPersistentDisk",
                "portworxVolume",
                "quobyte",
                "rbd",
                "scaleIO",
                "storageos",
                "vsphereVolume",
            )
        ),
    ),
    fix=Fix(
        "none", "Ask for storage by a claim, and let its class say where it is.", "persistentVolumeClaim: {}"
    ),
    enforcement="AMM",
    soc2=("CC6.1",),
    cis=("K5.2.11",),
)
def volume_types(subject: Subject) -> Iterator[Judgement]:
    """A pod that names a disk or a file server itself chooses whose data it reads; a claim asks for its own.

    A volume that says nothing but its name is an emptyDir.
    """
    for volume in subject.view(see_pod).spec.key("volumes").items():
        name = volume.key("name").shown
        for kind, source in volume.entries():
            if kind not in ("name", *VOLUME_TYPES):
                yield fail_if(source.exists, source, f"volume {name} is of the type {kind}")


@policy(
    id="k8s-read-only-root-fs",
    title="Root file system is read-only",
    violation="readOnlyRootFilesystem is not true on any container (Linux pods)",
    severity="medium",
    category="security",
    reads=pod_reads("spec.os.name", *container_reads("securityContext.readOnlyRootFilesystem")),
    fix=Fix(
        "auto",
        "Say true, and mount an emptyDir where the program has to write.",
        "securityContext: {readOnlyRootFilesystem: true}",
    ),
    enforcement="AAM",
    soc2=("CC6.8",),
    cis=("K5.6.3",),
)
def read_only_root_fs(subject: Subject) -> Iterator[Judgement]:
    """Who breaks into a container with a writable root puts tools there, or changes the program that runs."""
    pod = subject.view(see_pod)
    if pod.is_linux == Truth.NO:
        yield not_applicable("a Windows pod has no such setting")
        return
    for container in pod.containers:
        flag = container.security("readOnlyRootFilesystem")
        message = f"container {container.name} can write to its root file system"
        yield fail_if(~flag.is_true & pod.is_linux, flag, message, mend=[flag.becomes(value=True)])
