"""Disks that outlive the claim that asked for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth
from policies.views.allowed import is_listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["STORAGE_CLASS"]

STORAGE_CLASS: Final = "kubernetes:storage.k8s.io/v1:StorageClass"
VOLUME: Final = "kubernetes:core/v1:PersistentVolume"
RETAIN: Final = "Retain"
CLEAR_UNLESS_SAID: Final = ("ebs.csi.aws.com", "kubernetes.io/aws-ebs")
"""Provisioners whose disks are not encrypted unless the class says so. Google's and Azure's always are."""


@policy(
    id="k8s-storage-retain",
    title="Persistent data survives a delete",
    violation="in production a StorageClass (Delete unless it says) or a PersistentVolume (Retain unless it "
    "says) that does not retain; anywhere a StorageClass of EBS that does not encrypt",
    severity="medium",
    category="reliability",
    reads={
        STORAGE_CLASS: ("metadata.name", "reclaimPolicy", "provisioner", "parameters[*]"),
        VOLUME: ("spec.persistentVolumeReclaimPolicy",),
    },
    defaults={"disposableClasses": []},
    fix=Fix("suggest", "Keep the disk when its claim is deleted.", "reclaimPolicy: Retain"),
    enforcement="DAM",
    soc2=("A1.2", "PI1.5"),
    cis=(),
)
def storage_retain(subject: Subject) -> Iterator[Judgement]:
    """With Delete, whoever removes a claim or a namespace removes the data in the same second."""
    is_prod = subject.environment == "prod"
    if subject.type == VOLUME:
        policy_ = subject.at("spec.persistentVolumeReclaimPolicy")
        if not is_prod:
            yield not_applicable("outside production a disk may go with its claim")
            return
        lost = policy_.test(lambda value: value != RETAIN)
        yield fail_if(lost, policy_, f"the disk has the reclaim policy {policy_.shown}")
        return
    policy_ = subject.at("reclaimPolicy")
    if is_prod:
        disposable = is_listed(subject.at("metadata.name"), subject.config.texts("disposableClasses"))
        lost = policy_.test(lambda value: value != RETAIN, absent=Truth.YES) & ~disposable
        yield fail_if(lost, policy_, f"its disks have the reclaim policy {policy_.shown}")
    encrypted = subject.at("parameters").key("encrypted")
    clear = encrypted.is_false | ~encrypted.is_true & subject.at("provisioner").one_of(CLEAR_UNLESS_SAID)
    yield fail_if(clear, encrypted, "its disks are not encrypted")
