"""Machines on Google Cloud: no way in but the one that is watched, and an identity of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["MACHINES"]

MACHINES: Final = (
    "gcp:compute/instance:Instance",
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
)
MADE_FROM: Final = (
    "gcp:compute/instanceFromTemplate:InstanceFromTemplate",
    "gcp:compute/instanceFromMachineImage:InstanceFromMachineImage",
)
"""What they do not say, their template or image has said."""
CLUSTER: Final = "gcp:container/cluster:Cluster"
POOL: Final = "gcp:container/nodePool:NodePool"
YES: Final = ("true", "yes", "y", "1")
NO: Final = ("false", "no", "n", "0")
"""How metadata says it; in any case."""
SHIELDED: Final = ("enableSecureBoot", "enableVtpm", "enableIntegrityMonitoring")
DEFAULT_ACCOUNT: Final = "-compute@developer.gserviceaccount.com"
PROVISIONED: Final = "clusterAutoscaling.autoProvisioningDefaults.serviceAccount"


@policy(
    id="gcp-compute-hardened",
    title="VMs: no public IP, shielded, OS Login, no serial port, no IP forwarding",
    violation="a network interface has an accessConfig; shieldedInstanceConfig missing, or one of its flags "
    "off (secure boot is unless said); metadata turns OS Login off or the serial port on, or does not block "
    "the project's SSH keys (OS Login ignores them anyway); canIpForward",
    severity="high",
    category="security",
    reads=dict.fromkeys(
        MACHINES,
        (
            "networkInterfaces[*].accessConfigs",
            "networkInterfaces[*].accessConfigs[*]",
            "networkInterfaces[*].ipv6AccessConfigs",
            "networkInterfaces[*].ipv6AccessConfigs[*]",
            "shieldedInstanceConfig",
            "shieldedInstanceConfig.enableVtpm",
            "shieldedInstanceConfig.enableIntegrityMonitoring",
            "shieldedInstanceConfig.enableSecureBoot",
            "metadata",
            "metadata[*]",
            "canIpForward",
        ),
    ),
    parts=(
        "public-address",
        "shielded",
        "secure-boot",
        "os-login",
        "serial-port",
        "project-keys",
        "forwarding",
    ),
    fix=Fix(
        "auto",
        "Log in through OS Login and Identity-Aware Proxy, on a machine that checks how it was started.",
        'metadata={"enable-oslogin": "TRUE", "block-project-ssh-keys": "TRUE"}, shielded_instance_config='
        '{"enable_secure_boot": True, "enable_vtpm": True, "enable_integrity_monitoring": True}',
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.6"),
    cis=("G4.3", "G4.4", "G4.5", "G4.6", "G4.8", "G4.9"),
)
def compute_hardened(subject: Subject) -> Iterator[Judgement]:
    """A machine with an address, a serial console or everybody's SSH keys has doors that no log-in guards."""
    for interface in subject.at("networkInterfaces").items():
        doors = [interface.key(key) for key in ("accessConfigs", "ipv6AccessConfigs")]
        public = some(one.exists for door in doors for one in door.items())
        mend = [door.removed() for door in doors if not door.is_absent]
        message = "the machine has a public address"
        yield fail_if(public, interface, message, part="public-address", mend=mend)
    boot = subject.at("shieldedInstanceConfig")
    unsaid = boot.test(lambda value: value == [], absent=Truth.YES)
    flags = [boot.key(key) for key in ("enableVtpm", "enableIntegrityMonitoring")]
    off = some(flag.is_false for flag in flags)
    mend = [flag.becomes(value=True) for flag in flags if flag.is_false == Truth.YES]
    if unsaid == Truth.YES:
        mend = [boot.becomes(dict.fromkeys(SHIELDED, True))]
    message = "nobody measures how the machine was started"
    yield fail_if(unsaid | off, boot, message, part="shielded", mend=mend)
    secure = boot.key("enableSecureBoot")
    unsigned = ~secure.is_true & ~unsaid
    message = "the machine starts what nobody has signed"
    yield fail_if(unsigned, secure, message, part="secure-boot", mend=[secure.becomes(value=True)])
    metadata = subject.at("metadata")
    login, serial = metadata.key("enable-oslogin"), metadata.key("serial-port-enable")
    keys = metadata.key("block-project-ssh-keys")
    blocked = _says(keys, YES) | _says(login, YES)
    mend = [login.becomes("TRUE")]
    yield fail_if(_says(login, NO), login, "OS Login is turned off", part="os-login", mend=mend)
    mend = [serial.becomes("FALSE")]
    yield fail_if(_says(serial, YES), serial, "the serial port takes log-ins", part="serial-port", mend=mend)
    message = "the project's SSH keys open the machine"
    yield fail_if(~blocked, metadata, message, part="project-keys", mend=[keys.becomes("TRUE")])
    forwards = subject.at("canIpForward")
    message = "it may send in the name of others"
    mend = [forwards.becomes(value=False)]
    yield fail_if(forwards.is_true, forwards, message, part="forwarding", mend=mend)


def _says(entry: Node, words: tuple[str, ...]) -> Truth:
    return entry.test(lambda value: str(value).lower() in words)


@policy(
    id="gcp-no-default-service-account",
    title="Compute and GKE do not use the default service account",
    violation="the service account of a machine or of a cluster's machines is missing, or is the default one "
    "(…-compute@developer.gserviceaccount.com)",
    severity="high",
    category="security",
    reads={
        **dict.fromkeys((*MACHINES, *MADE_FROM), ("serviceAccount.email", "name")),
        POOL: ("nodeConfig.serviceAccount",),
        CLUSTER: (
            "nodeConfig.serviceAccount",
            "nodePools[*].nodeConfig.serviceAccount",
            PROVISIONED,
            "clusterAutoscaling.enabled",
            "removeDefaultNodePool",
            "enableAutopilot",
        ),
    },
    fix=Fix(
        "none",
        "Give each kind of machine an account that may do what it needs.",
        'service_account={"email": account.email, "scopes": ["cloud-platform"]}',
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.3"),
    cis=("G4.1", "G4.2"),
)
def no_default_service_account(subject: Subject) -> Iterator[Judgement]:
    """The default account is often an editor of the project, and so is then each machine that has it."""
    if subject.type == CLUSTER:
        yield from _cluster_accounts(subject)
    elif subject.type == POOL:
        yield _judged(subject.at("nodeConfig.serviceAccount"))
    elif subject.type in MADE_FROM and subject.at("serviceAccount").is_absent:
        yield not_applicable("its account is that of its template or image")
    elif subject.at("name").text.startswith("gke-"):
        yield not_applicable("a machine of a cluster has the account of its node pool")
    else:
        yield _judged(subject.at("serviceAccount.email"))


def _judged(account: Node, *, used: Truth = Truth.YES) -> Judgement:
    default = account.test(
        lambda value: value in ("", "default") or str(value).endswith(DEFAULT_ACCOUNT), absent=Truth.YES
    )
    return fail_if(default & used, account, "machines are the project's default account")


def _cluster_accounts(subject: Subject) -> Iterator[Judgement]:
    """Of the first pool, unless it is removed or replaced; of the pools; of those that Google makes."""
    pools, autopilot = subject.at("nodePools"), subject.at("enableAutopilot").is_true
    first = ~subject.at("removeDefaultNodePool").is_true & pools.is_empty & ~autopilot
    provisions = autopilot | subject.at("clusterAutoscaling.enabled").is_true
    if (first | provisions | ~pools.is_empty) == Truth.NO:
        yield not_applicable("its machines are those of its node pools")
        return
    yield _judged(subject.at("nodeConfig.serviceAccount"), used=first)
    yield _judged(subject.at(PROVISIONED), used=provisions)
    for pool in pools.items():
        yield _judged(pool.at("nodeConfig.serviceAccount"))
