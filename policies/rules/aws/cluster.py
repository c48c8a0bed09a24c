"""The EKS cluster and the machines under it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import Truth, every, some
from policies.views.addresses import is_everyone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["CLUSTER"]

CLUSTER: Final = "aws:eks/cluster:Cluster"
INSTANCE: Final = "aws:ec2/instance:Instance"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
CONFIGURATION: Final = "aws:ec2/launchConfiguration:LaunchConfiguration"
VOLUME: Final = "aws:ebs/volume:Volume"
BY_DEFAULT: Final = "aws:ebs/encryptionByDefault:EncryptionByDefault"
SNAPSHOT: Final = "aws:ebs/snapshotCopy:SnapshotCopy"


@policy(
    id="aws-eks-private-endpoint",
    title="EKS API endpoint is private or limited to named networks",
    violation="endpointPublicAccess not false and publicAccessCidrs missing, empty or holding everyone",
    severity="high",
    category="security",
    reads={
        CLUSTER: (
            "vpcConfig.endpointPublicAccess",
            "vpcConfig.endpointPrivateAccess",
            "vpcConfig.publicAccessCidrs[*]",
        )
    },
    fix=Fix(
        "auto",
        "Keep the API inside the network, or name the networks that may reach it.",
        "cluster: {public_access_cidrs: [203.0.113.0/24]}",
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.6"),
    cis=(),
)
def eks_private_endpoint(subject: Subject) -> Iterator[Judgement]:
    """The API server is the cluster's front door; behind a public one, a leaked token works from anywhere."""
    access = subject.at("vpcConfig.endpointPublicAccess")
    networks = subject.at("vpcConfig.publicAccessCidrs")
    open_to_all = networks.is_empty | some(is_everyone(network) for network in networks.items())
    inside = subject.at("vpcConfig.endpointPrivateAccess")
    yield fail_if(
        ~access.is_false & open_to_all,
        networks,
        "the API server answers the whole internet",
        mend=[access.becomes(value=False), inside.becomes(value=True)],
    )


@policy(
    id="aws-eks-secrets-encryption",
    title="EKS secrets are encrypted with a key of ours",
    violation="encryptionConfig.resources lacks secrets",
    severity="high",
    category="security",
    reads={CLUSTER: ("encryptionConfig.resources[*]",)},
    fix=Fix(
        "none",
        "Give the cluster a KMS key for secrets; it cannot be taken back.",
        'encryption_config={"provider": {"key_arn": key.arn}, "resources": ["secrets"]}',
    ),
    enforcement="MMM",
    soc2=("CC6.1", "C1.1"),
    cis=(),
)
def eks_secrets_encryption(subject: Subject) -> Iterator[Judgement]:
    """With a key of ours, reading the cluster's secrets from its store needs our key, and leaves a trace."""
    resources = subject.at("encryptionConfig.resources")
    encrypted = some(item.equals("secrets") for item in resources.items())
    yield fail_if(~encrypted, resources, "the cluster's secrets are not encrypted with a KMS key")


@policy(
    id="aws-eks-logging",
    title="The control plane's logs are on",
    violation="enabledClusterLogTypes lacks one of the required logs",
    severity="medium",
    category="operations",
    reads={CLUSTER: ("enabledClusterLogTypes",)},
    defaults={"required": ["api", "audit", "authenticator"]},
    fix=Fix("auto", "Turn the logs on.", 'enabled_cluster_log_types=["api", "audit", "authenticator"]'),
    enforcement="RRM",
    soc2=("CC7.2", "CC7.3"),
    cis=(),
)
def eks_logging(subject: Subject) -> Iterator[Judgement]:
    """Without the audit log nobody can say who changed what in the cluster, or who tried to."""
    enabled, required = subject.at("enabledClusterLogTypes"), subject.config.texts("required")
    given = [item.text for item in enabled.items()]
    complete = [*given, *(kind for kind in required if kind not in given)]
    for kind in required:
        on = some(item.equals(kind) for item in enabled.items())
        yield fail_if(~on, enabled, f"the {kind} log is off", mend=[enabled.becomes(list(complete))])


@policy(
    id="aws-ec2-imdsv2",
    title="The metadata service wants a token, from close by",
    violation="metadataOptions.httpTokens not required (unless httpEndpoint is disabled), or "
    "httpPutResponseHopLimit over maxHopLimit",
    severity="high",
    category="security",
    reads=dict.fromkeys(
        (INSTANCE, TEMPLATE, CONFIGURATION),
        (
            "metadataOptions.httpTokens",
            "metadataOptions.httpEndpoint",
            "metadataOptions.httpPutResponseHopLimit",
        ),
    ),
    parts=("tokens", "hop-limit"),
    defaults={"maxHopLimit": 2},
    fix=Fix("auto", "Require tokens.", 'metadata_options={"http_tokens": "required"}'),
    enforcement="RMM",
    soc2=("CC6.1", "CC6.6"),
    cis=("A6.7",),
)
def ec2_imdsv2(subject: Subject) -> Iterator[Judgement]:
    """Without tokens, a request that a program is tricked into making reads the machine's credentials."""
    options = subject.at("metadataOptions")
    enabled = ~options.key("httpEndpoint").equals("disabled")
    tokens, hops = options.key("httpTokens"), options.key("httpPutResponseHopLimit")
    most = subject.config.number("maxHopLimit")
    yield fail_if(
        ~tokens.equals("required") & enabled,
        tokens,
        "the metadata service answers without a token",
        part="tokens",
        mend=[tokens.becomes("required")],
    )
    far = hops.test(lambda _: hops.number is not None and hops.number > most)
    yield fail_if(
        far & enabled,
        hops,
        f"the metadata service is reached over {hops.shown} hops, at most {most}",
        part="hop-limit",
        mend=[hops.becomes(most)],
    )


@policy(
    id="aws-ebs-encrypted",
    title="Block storage is encrypted",
    violation="encrypted is not true on a volume, a root or data device or a snapshot's copy; the account's "
    "default is turned off",
    severity="high",
    category="security",
    reads={
        VOLUME: ("encrypted", "snapshotId"),
        SNAPSHOT: ("encrypted",),
        BY_DEFAULT: ("enabled",),
        **dict.fromkeys(
            (INSTANCE, CONFIGURATION),
            ("rootBlockDevice.encrypted", "ebsBlockDevices[*].encrypted", "ebsBlockDevices[*].snapshotId"),
        ),
        TEMPLATE: (
            "blockDeviceMappings",
            "blockDeviceMappings[*].ebs.encrypted",
            "blockDeviceMappings[*].ebs.snapshotId",
        ),
    },
    fix=Fix(
        "suggest",
        "Encrypt each device, the root under the name that its image gives it; a disk that is there is "
        "replaced for it, so copy it first.",
        'root_block_device={"encrypted": True}',
    ),
    enforcement="RMM",
    soc2=("CC6.1", "CC6.7", "C1.1", "PI1.5"),
    cis=("A6.1.1",),
)
def ebs_encrypted(subject: Subject) -> Iterator[Judgement]:
    """A disk that is not encrypted leaves the house in every snapshot that is shared or copied."""
    if subject.type == BY_DEFAULT:
        enabled = subject.at("enabled")
        yield fail_if(enabled.is_false, enabled, "the account's encryption by default is turned off")
    elif subject.type in (VOLUME, SNAPSHOT):
        yield _plain(subject.root, "the volume")
    elif subject.type == TEMPLATE:
        mappings = subject.at("blockDeviceMappings")
        yield fail_if(
            mappings.is_empty, mappings, "the root device is left to the image, which may not encrypt it"
        )
        for mapping in mappings.items():
            # A mapping without ebs is an instance store, or takes a device away.
            if not mapping.key("ebs").is_absent:
                yield _plain(mapping.key("ebs"), f"device {mapping.key('deviceName').shown}")
    else:
        yield _plain(subject.at("rootBlockDevice"), "the root device")
        for device in subject.at("ebsBlockDevices").items():
            yield _plain(device, f"device {device.key('deviceName').shown}")


def _plain(device: Node, name: str) -> Judgement:
    """A device is encrypted if it says so, or if it is made from a snapshot and says nothing."""
    flag = device.key("encrypted")
    inherited = every([flag.test(lambda _: False, absent=Truth.YES), ~device.key("snapshotId").is_empty])
    return fail_if(~(flag.is_true | inherited), flag, f"{name} is not encrypted")
