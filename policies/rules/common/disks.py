"""Disks that do the same for less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, known, some
from policies.views.machines import bare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["DEAR"]

VOLUME: Final = "aws:ebs/volume:Volume"
INSTANCE: Final = "aws:ec2/instance:Instance"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
DATABASE: Final = "aws:rds/instance:Instance"
CLASS: Final = "kubernetes:storage.k8s.io/v1:StorageClass"
DEAR: Final = ("gp2", "standard", "io1")
EBS_CSI: Final = "ebs.csi.aws.com"
IN_TREE: Final = "kubernetes.io/aws-ebs"
MOST_IOPS: Final = 16_000
"""What gp3 does on every machine."""
STRIPED: Final = 400
"""GiB from which RDS lays gp3 over four volumes."""
SMALL_IOPS: Final = 3_000
"""What gp3 of RDS does below that; it takes no number there."""
TOO_FEW_STRIPED_IOPS: Final = 11_999
"""gp3 of RDS has one more than that there, and takes a number from there to the most."""
MOST_STRIPED_IOPS: Final = 64_000
ELSEWHERE: Final = ("replicateSourceDb", "snapshotIdentifier", "restoreToPointInTime", "s3Import")
"""Where a database comes from that has its storage from another."""


@policy(
    id="cost-ebs-gp3",
    title="Use gp3, not gp2/io1/standard",
    violation="a volume, a block device, a database or a storage class of type gp2, standard or io1, said or "
    "by default, unless io1 is asked for more IOPS than gp3 has",
    severity="low",
    category="cost",
    reads={
        VOLUME: ("type", "iops", "snapshotId"),
        INSTANCE: (
            "rootBlockDevice.volumeType",
            "rootBlockDevice.iops",
            "ebsBlockDevices[*].volumeType",
            "ebsBlockDevices[*].iops",
        ),
        TEMPLATE: ("blockDeviceMappings[*].ebs.volumeType", "blockDeviceMappings[*].ebs.iops"),
        DATABASE: ("storageType", "iops", "allocatedStorage", "engine", *ELSEWHERE),
        CLASS: ("parameters.type", "provisioner"),
    },
    fix=Fix("auto", "Take gp3.", 'type="gp3"'),
    enforcement="RRR",
    soc2=("A1.1",),
    cis=(),
)
def ebs_gp3(subject: Subject) -> Iterator[Judgement]:
    """The older volumes cost a fifth more and do less; io1 costs several times as much for the same IOPS.

    Who says nothing gets gp2 for a volume and a database, the image's own type for a root device or a launch
    template, and gp3 from the CSI driver of EBS (gp2 from the one inside Kubernetes).
    """
    if subject.type == VOLUME:
        yield _volume(subject.root, "type", absent=Truth.YES)
    elif subject.type == INSTANCE:
        root, others = subject.at("rootBlockDevice"), subject.at("ebsBlockDevices").items()
        if root.is_absent and not others:
            yield not_applicable("its disks are those of its image or launch template")
            return
        yield _volume(root, "volumeType", absent=Truth.NO)
        yield from (_volume(other, "volumeType", absent=Truth.YES) for other in others)
    elif subject.type == TEMPLATE:
        devices = subject.at("blockDeviceMappings").items()
        if not devices:
            yield not_applicable("its disks are those of its image")
        yield from (_volume(device.key("ebs"), "volumeType", absent=Truth.NO) for device in devices)
    elif subject.type == DATABASE:
        yield from _database(subject)
    else:
        yield from _class(subject)


def _volume(device: Node, path: str, *, absent: Truth) -> Judgement:
    kind, iops = device.key(path), device.key("iops")
    fast = kind.equals("io1") & _above(iops, MOST_IOPS)
    dear = kind.test(lambda said: said in DEAR, absent=absent) & ~fast
    return fail_if(dear, kind, f"the volume's type is {kind.shown}", mend=[kind.becomes("gp3")])


def _above(iops: Node, most: int) -> Truth:
    return iops.test(lambda _: iops.number is not None and iops.number > most)


def _database(subject: Subject) -> Iterator[Judgement]:
    aurora = subject.at("engine").test(lambda said: str(said).startswith("aurora"))
    elsewhere = aurora | some(subject.at(path).exists for path in ELSEWHERE)
    if elsewhere == Truth.YES:
        yield not_applicable("its storage is that of its cluster or of where it comes from")
        return
    kind, iops, size = subject.at("storageType"), subject.at("iops"), subject.at("allocatedStorage")
    large = size.test(lambda _: size.number is None or size.number >= STRIPED)
    io1 = kind.test(lambda said: said == "io1", absent=~iops.is_empty)
    fast = io1 & ((large & _above(iops, MOST_STRIPED_IOPS)) | (~large & _above(iops, SMALL_IOPS)))
    dear = kind.test(lambda said: said in DEAR, absent=Truth.YES) & ~fast & ~elsewhere
    kept = ~iops.exists | (large & _above(iops, TOO_FEW_STRIPED_IOPS))
    mend = [kind.becomes("gp3"), *([] if kept == Truth.YES else [iops.removed()])]
    yield fail_if(dear, kind, f"the database's storage is {kind.shown}", mend=mend)


def _class(subject: Subject) -> Iterator[Judgement]:
    provisioner, kind = subject.at("provisioner"), subject.at("parameters.type")
    ours = provisioner.one_of((EBS_CSI, IN_TREE))
    if ours == Truth.NO:
        yield not_applicable("its volumes are not Amazon's")
        return
    dear = kind.test(lambda said: said in DEAR, absent=provisioner.equals(IN_TREE))
    yield fail_if(ours & dear, kind, f"its volumes are {kind.shown}", mend=[kind.becomes("gp3")])


POOL: Final = "gcp:container/nodePool:NodePool"
GOOGLE_DISK: Final = "gcp:compute/disk:Disk"
AZURE_DISK: Final = "azure-native:compute:Disk"
AGENTS: Final = "azure-native:containerservice:AgentPool"
ACCOUNT: Final = "azure-native:storage:StorageAccount"
FAST: Final = ("pd-ssd", "pd-extreme", "hyperdisk-")
BALANCED: Final = "hyperdisk-balanced"
HYPERDISK_ONLY: Final = ("n4", "n4a", "n4d", "c4", "c4a", "c4d", "m4", "x4", "h4d")
"""Families of machines that take no other disk."""
FAR: Final = ("GRS", "GZRS")
PREMIUM_KINDS: Final = ("BlockBlobStorage", "FileStorage")


@policy(
    id="cost-disk-tier-dev",
    title="No premium disks outside production",
    violation="a disk of type pd-ssd, pd-extreme or hyperdisk-* (balanced is right for machines that take "
    "nothing else), Premium or Ultra; a storage account that is premium or has a copy in another region",
    severity="low",
    category="cost",
    reads={
        GOOGLE_DISK: ("type",),
        POOL: ("nodeConfig.diskType", "nodeConfig.machineType"),
        AZURE_DISK: ("sku.name",),
        AGENTS: ("enableUltraSSD",),
        ACCOUNT: ("sku.name", "kind"),
    },
    fix=Fix("auto", "Take the balanced disk, and one region's copies.", 'disk_type="pd-balanced"'),
    enforcement="RAD",
    soc2=("A1.1",),
    cis=(),
)
def disk_tier_dev(subject: Subject) -> Iterator[Judgement]:
    """A fast disk, or a copy in a second region, is paid for by the month whether or not anybody tests on it.

    A disk of Google's is pd-standard and a pool's is pd-balanced unless said; Azure's sizes have no default.
    """
    if subject.type in {GOOGLE_DISK, POOL}:
        kind = subject.at("type" if subject.type == GOOGLE_DISK else "nodeConfig.diskType")
        fast = kind.test(lambda said: bare(said).startswith(FAST))
        fits = kind.test(lambda said: bare(said) == BALANCED) & _only_hyperdisk(subject)
        mend = [kind.becomes("pd-balanced")]
        yield fail_if(fast & ~fits, kind, f"the disk is {kind.shown}", mend=mend)
    elif subject.type == AGENTS:
        ultra = subject.at("enableUltraSSD")
        yield fail_if(
            ultra.is_true, ultra, "its machines take ultra disks", mend=[ultra.becomes(value=False)]
        )
    elif subject.type == AZURE_DISK:
        sku = subject.at("sku.name")
        premium = sku.test(lambda said: str(said).startswith(("Premium", "UltraSSD")))
        yield fail_if(premium, sku, f"the disk is {sku.shown}", mend=[sku.becomes("StandardSSD_LRS")])
    else:
        yield _account(subject)


def _only_hyperdisk(subject: Subject) -> Truth:
    if subject.type != POOL:
        return known(value=False)
    machine = subject.at("nodeConfig.machineType")
    return machine.test(lambda said: bare(said).partition("-")[0] in HYPERDISK_ONLY)


def _account(subject: Subject) -> Judgement:
    sku, kind = subject.at("sku.name"), subject.at("kind")
    dear = sku.test(lambda said: str(said).startswith("Premium") or str(said).endswith(FAR))
    mend = [sku.becomes("Standard_LRS")]
    if kind.text in PREMIUM_KINDS:
        mend.append(kind.becomes("StorageV2"))
    return fail_if(dear, sku, f"the account is {sku.shown}", mend=mend)
