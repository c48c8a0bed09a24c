"""Machines on Azure: no password opens them, and nobody reads their disks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, some
from policies.views.arm import says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["MACHINE", "SCALE_SET"]

MACHINE: Final = "azure-native:compute:VirtualMachine"
SCALE_SET: Final = "azure-native:compute:VirtualMachineScaleSet"
DISK: Final = "azure-native:compute:Disk"
TEMPLATE: Final = "virtualMachineProfile"
"""Where a scale set says what its machines are."""
IMAGES: Final = ("id", "sharedGalleryImageId", "communityGalleryImageId")
"""Where a machine names an image that does not tell by its publisher what it is."""
OF_A_MACHINE: Final = (
    "osProfile.linuxConfiguration.disablePasswordAuthentication",
    "osProfile.windowsConfiguration",
    "storageProfile.osDisk.osType",
    "storageProfile.imageReference.publisher",
    *(f"storageProfile.imageReference.{key}" for key in IMAGES),
    "securityProfile.encryptionAtHost",
)
PUBLISHER: Final = "microsoftwindows"
"""How the publishers of Windows begin: MicrosoftWindowsServer, MicrosoftWindowsDesktop."""
PRIVATE: Final = ("denyall", "allowprivate")


@policy(
    id="azure-vm-hardened",
    title="VMs: SSH keys only, encryption at host, patching",
    violation="a Linux machine whose linuxConfiguration.disablePasswordAuthentication is not true; "
    "securityProfile.encryptionAtHost is not true; networkAccessPolicy of a disk is AllowAll (as it is "
    "unless said), while its publicNetworkAccess is not Disabled",
    severity="high",
    category="security",
    reads={
        MACHINE: OF_A_MACHINE,
        SCALE_SET: tuple(f"{TEMPLATE}.{path}" for path in OF_A_MACHINE),
        DISK: ("networkAccessPolicy", "publicNetworkAccess"),
    },
    parts=("password", "encryption-at-host", "disk-access"),
    fix=Fix(
        "suggest",
        "Give the machine a key; it is made anew for it, and stopped for the encryption.",
        'os_profile={"linux_configuration": {"disable_password_authentication": True}}, '
        'security_profile={"encryption_at_host": True}',
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.7", "CC7.1"),
    cis=(),
)
def vm_hardened(subject: Subject) -> Iterator[Judgement]:
    """Passwords are guessed by machines day and night, and a disk that anybody may export needs none."""
    if subject.type == DISK:
        for part in ("password", "encryption-at-host"):
            yield not_applicable("a disk is no machine", part=part)
        access = subject.at("networkAccessPolicy")
        private = says(access, *PRIVATE) | says(subject.at("publicNetworkAccess"), "disabled")
        message = "whoever has a link to the disk takes it home"
        yield fail_if(~private, access, message, part="disk-access")
        return
    yield not_applicable("its disks are resources of their own", part="disk-access")
    machine = subject.at(TEMPLATE) if subject.type == SCALE_SET else subject.root
    if machine.is_absent:
        for part in ("password", "encryption-at-host"):
            yield not_applicable("each machine of the set says it of itself", part=part)
        return
    yield _password(machine)
    encrypted = machine.at("securityProfile.encryptionAtHost")
    message = "temporary disks and caches are not encrypted"
    yield fail_if(~encrypted.is_true, encrypted, message, part="encryption-at-host")


def _password(machine: Node) -> Judgement:
    flag = machine.at("osProfile.linuxConfiguration.disablePasswordAuthentication")
    spared = _takes_none(machine)
    if spared == Truth.YES:
        return not_applicable("the machine is no Linux, or its users are those of its disk", part="password")
    return fail_if(~flag.is_true & ~spared, flag, "a password opens the machine", part="password")


def _takes_none(machine: Node) -> Truth:
    """Whether nobody asks it for passwords: Windows, a disk with users, an image of who knows what."""
    profile, storage = machine.key("osProfile"), machine.key("storageProfile")
    kind, image = storage.at("osDisk.osType"), storage.key("imageReference")
    windows = profile.key("windowsConfiguration").exists | says(kind, "windows")
    windows |= image.key("publisher").test(lambda value: str(value).lower().startswith(PUBLISHER))
    silent = ~profile.key("linuxConfiguration").exists & ~says(kind, "linux")
    nameless = some(image.key(key).exists for key in IMAGES)
    return ~profile.exists | windows | (silent & nameless)
