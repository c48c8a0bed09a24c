"""The GKE cluster and the machines under it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import Truth, some
from policies.views.addresses import is_everyone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["CLUSTER", "POOL"]

CLUSTER: Final = "gcp:container/cluster:Cluster"
POOL: Final = "gcp:container/nodePool:NodePool"
IN_A_POOL: Final = (
    "management.autoRepair",
    "management.autoUpgrade",
    "nodeConfig.workloadMetadataConfig.mode",
)
ZONE: Final = re.compile(r"[a-z]+-[a-z]+\d+-[a-z]")
TWO: Final = 2


@policy(
    id="gcp-gke-private",
    title="GKE nodes and control plane are private",
    violation="privateClusterConfig.enablePrivateNodes is not true, or a pool takes it back; "
    "masterAuthorizedNetworksConfig missing or holding everyone, while the API has a public address",
    severity="high",
    category="security",
    reads={
        CLUSTER: (
            "privateClusterConfig.enablePrivateNodes",
            "privateClusterConfig.enablePrivateEndpoint",
            "masterAuthorizedNetworksConfig.cidrBlocks[*].cidrBlock",
            "controlPlaneEndpointsConfig.ipEndpointsConfig.enabled",
            "nodePools[*].networkConfig.enablePrivateNodes",
        ),
        POOL: ("networkConfig.enablePrivateNodes",),
    },
    parts=("nodes", "control-plane"),
    fix=Fix(
        "none",
        "Name the networks that may reach the API, or none.",
        "cluster: {public_access_cidrs: [203.0.113.0/24]}",
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.6"),
    cis=(),
)
def gke_private(subject: Subject) -> Iterator[Judgement]:
    """The API is the cluster's front door; behind a public one, a leaked token works from anywhere."""
    for pool in _pools(subject):
        flag = pool.at("networkConfig.enablePrivateNodes")
        yield fail_if(flag.is_false, flag, "machines have public addresses", part="nodes")
    if subject.type == POOL:
        return
    flag = subject.at("privateClusterConfig.enablePrivateNodes")
    yield fail_if(~flag.is_true, flag, "machines have public addresses", part="nodes")
    networks = subject.at("masterAuthorizedNetworksConfig")
    # An empty block names nobody; without a block there is no list, and the API answers everybody.
    unsaid = networks.test(lambda value: value == [], absent=Truth.YES)
    to_all = some(is_everyone(block.key("cidrBlock")) for block in networks.key("cidrBlocks").items())
    inside = subject.at("privateClusterConfig.enablePrivateEndpoint").is_true
    no_address = subject.at("controlPlaneEndpointsConfig.ipEndpointsConfig.enabled").is_false
    yield fail_if(
        (unsaid | to_all) & ~inside & ~no_address,
        networks,
        "the API server answers the whole internet",
        part="control-plane",
    )


@policy(
    id="gcp-gke-hardened",
    title="GKE: workload identity, shielded nodes, no legacy auth, network policy, release channel",
    violation="workloadIdentityConfig missing, or a pool shows its own identity (GCE_METADATA); "
    "enableLegacyAbac; a client certificate; neither networkPolicy nor ADVANCED_DATAPATH; shielded nodes "
    "off; no release channel; management without autoRepair or autoUpgrade. Autopilot settles most of it",
    severity="high",
    category="security",
    reads={
        CLUSTER: (
            "enableAutopilot",
            "workloadIdentityConfig.workloadPool",
            "enableLegacyAbac",
            "masterAuth.clientCertificateConfig.issueClientCertificate",
            "networkPolicy.enabled",
            "datapathProvider",
            "enableShieldedNodes",
            "releaseChannel.channel",
            "nodeConfig.workloadMetadataConfig.mode",
            *(f"nodePools[*].{path}" for path in IN_A_POOL),
        ),
        POOL: IN_A_POOL,
    },
    parts=(
        "workload-identity",
        "legacy-abac",
        "client-certificate",
        "network-policy",
        "shielded-nodes",
        "release-channel",
        "auto-repair",
        "auto-upgrade",
    ),
    fix=Fix(
        "suggest",
        "Say each in the cluster and in its pools; of a new data plane the cluster is made anew.",
        'workload_identity_config={"workload_pool": f"{project}.svc.id.goog"}, '
        'datapath_provider="ADVANCED_DATAPATH", release_channel={"channel": "REGULAR"}',
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.6", "CC7.1"),
    cis=(),
)
def gke_hardened(subject: Subject) -> Iterator[Judgement]:
    """Each is a short way from one pod that is taken over to its machine, its neighbours or the project."""
    for pool in _pools(subject):
        yield from _pool(pool)
    if subject.type == CLUSTER:
        yield from _control_plane(subject)


def _pools(subject: Subject) -> list[Node]:
    return [subject.root] if subject.type == POOL else subject.at("nodePools").items()


def _pool(pool: Node) -> Iterator[Judgement]:
    yield _metadata(pool.key("nodeConfig"))
    management = pool.key("management")
    for key, part in (("autoRepair", "auto-repair"), ("autoUpgrade", "auto-upgrade")):
        # Google does both where the block is missing; one that is left out of it says no to Google's API.
        missing = management.exists & ~management.key(key).is_true
        yield fail_if(missing, management, f"{key} is not on", part=part)


def _metadata(config: Node) -> Judgement:
    mode = config.at("workloadMetadataConfig.mode")
    return fail_if(
        mode.equals("GCE_METADATA"), mode, "pods can be what their machine is", part="workload-identity"
    )


def _control_plane(subject: Subject) -> Iterator[Judgement]:
    standard = ~subject.at("enableAutopilot").is_true
    pool = subject.at("workloadIdentityConfig.workloadPool")
    yield _metadata(subject.at("nodeConfig"))
    message = "pods have no identity of their own"
    yield fail_if(pool.is_empty & standard, pool, message, part="workload-identity")
    abac = subject.at("enableLegacyAbac")
    yield fail_if(abac.is_true, abac, "rights that no role shows are granted", part="legacy-abac")
    issues = subject.at("masterAuth.clientCertificateConfig.issueClientCertificate")
    message = "a client certificate is issued, which nobody can revoke"
    yield fail_if(issues.is_true, issues, message, part="client-certificate")
    calico, plane = subject.at("networkPolicy.enabled"), subject.at("datapathProvider")
    obeyed = calico.is_true | plane.equals("ADVANCED_DATAPATH")
    yield fail_if(~obeyed & standard, plane, "network policies are not obeyed", part="network-policy")
    shielded = subject.at("enableShieldedNodes")
    message = "a machine can claim to be another"
    yield fail_if(shielded.is_false & standard, shielded, message, part="shielded-nodes")
    channel = subject.at("releaseChannel.channel")
    none = channel.test(lambda value: value in ("", "UNSPECIFIED"), absent=Truth.YES)
    yield fail_if(none & standard, channel, "it is in no release channel", part="release-channel")


@policy(
    id="gcp-gke-regional",
    title="Production GKE is regional with surge upgrades",
    violation="the location is a zone, or nodeLocations has fewer than two; a pool, not of spot machines, is "
    "upgraded without an additional machine; deletionProtection is false",
    severity="high",
    category="reliability",
    reads={
        CLUSTER: ("location", "nodeLocations[*]", "deletionProtection"),
        POOL: (
            "location",
            "nodeLocations[*]",
            "upgradeSettings.maxSurge",
            "upgradeSettings.strategy",
            "nodeConfig.spot",
            "nodeConfig.preemptible",
        ),
    },
    fix=Fix("none", "Put the cluster into a region; it is made anew for it.", 'location="europe-west1"'),
    enforcement="DAM",
    soc2=("A1.2",),
    cis=(),
)
def gke_regional(subject: Subject) -> Iterator[Judgement]:
    """A zone that is lost, or a Saturday's upgrade, takes the only machines or the only API with it."""
    location, zones = subject.at("location"), subject.at("nodeLocations")
    in_a_zone = location.test(lambda value: ZONE.fullmatch(str(value)) is not None)
    yield fail_if(in_a_zone, location, f"it is in one zone, {location.shown}")
    few = ~zones.is_empty & zones.test(lambda _: len(zones.items()) < TWO)
    yield fail_if(few, zones, "its machines are in one zone")
    lock, upgrade = subject.at("deletionProtection"), subject.at("upgradeSettings")
    yield fail_if(lock.is_false, lock, "it can be deleted by a slip")
    in_place = upgrade.key("maxSurge").equals(0) & ~upgrade.key("strategy").equals("BLUE_GREEN")
    # Of spot machines there may be none to have, and whoever is on them is used to losing one.
    spot = subject.at("nodeConfig.spot").is_true | subject.at("nodeConfig.preemptible").is_true
    yield fail_if(in_place & ~spot, upgrade, "an upgrade takes a machine away before there is another")
