"""The AKS cluster and the machines under it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import Truth, some
from policies.views.addresses import is_everyone
from policies.views.arm import says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["CLUSTER", "POOL"]

CLUSTER: Final = "azure-native:containerservice:ManagedCluster"
POOL: Final = "azure-native:containerservice:AgentPool"
IN_A_POOL: Final = ("availabilityZones[*]", "type")
POLICY_ADD_ON: Final = "azurepolicy"
TWO: Final = 2


@policy(
    id="azure-aks-private",
    title="AKS API server is private or IP-limited",
    violation="apiServerAccessProfile.enablePrivateCluster is not true, and authorizedIPRanges is empty or "
    "holds everyone",
    severity="high",
    category="security",
    reads={
        CLUSTER: (
            "apiServerAccessProfile.enablePrivateCluster",
            "apiServerAccessProfile.authorizedIPRanges[*]",
            "publicNetworkAccess",
        )
    },
    fix=Fix(
        "none",
        "Name the networks that may reach the API, or make the cluster a private one.",
        'api_server_access_profile={"authorized_ip_ranges": ["203.0.113.0/24"]}',
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.6"),
    cis=(),
)
def aks_private(subject: Subject) -> Iterator[Judgement]:
    """The API is the cluster's front door; behind a public one, a leaked token works from anywhere."""
    profile = subject.at("apiServerAccessProfile")
    ranges = profile.key("authorizedIPRanges")
    inside = profile.key("enablePrivateCluster").is_true | says(subject.at("publicNetworkAccess"), "disabled")
    to_all = ranges.is_empty | some(map(is_everyone, ranges.items()))
    yield fail_if(to_all & ~inside, ranges, "the API server answers the whole internet")


@policy(
    id="azure-aks-hardened",
    title="AKS: RBAC, no local accounts, network policy, policy add-on, workload identity",
    violation="enableRBAC is false; disableLocalAccounts is not true; no networkProfile.networkPolicy; the "
    "add-on azurepolicy or the oidcIssuerProfile is off; no autoUpgradeProfile.upgradeChannel. An Automatic "
    "cluster settles what is not said",
    severity="high",
    category="security",
    reads={
        CLUSTER: (
            "sku.name",
            "enableRBAC",
            "disableLocalAccounts",
            "networkProfile.networkPolicy",
            "networkProfile.networkDataplane",
            "addonProfiles[*].enabled",
            "oidcIssuerProfile.enabled",
            "autoUpgradeProfile.upgradeChannel",
        )
    },
    parts=(
        "rbac",
        "local-accounts",
        "network-policy",
        "policy-add-on",
        "workload-identity",
        "upgrade-channel",
    ),
    fix=Fix(
        "suggest",
        "Name the group of administrators in Entra ID, then say each; without RBAC the cluster is made anew.",
        'disable_local_accounts=True, oidc_issuer_profile={"enabled": True}, '
        'network_profile={"network_policy": "cilium"}, addon_profiles={"azurepolicy": {"enabled": True}}',
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.6", "CC7.1"),
    cis=(),
)
def aks_hardened(subject: Subject) -> Iterator[Judgement]:
    """Each is a short way from one pod or one leaked file to the whole cluster. RBAC alone is a default."""
    said = ~says(subject.at("sku.name"), "automatic")
    rbac, local = subject.at("enableRBAC"), subject.at("disableLocalAccounts")
    yield fail_if(rbac.is_false, rbac, "everybody in the cluster may do everything", part="rbac")
    message = "a certificate that nobody can revoke is an administrator"
    yield fail_if(~local.is_true & said, local, message, part="local-accounts")
    network = subject.at("networkProfile")
    engine, plane = network.key("networkPolicy"), network.key("networkDataplane")
    obeyed = ~says(engine, "", "none", absent=Truth.YES) | says(plane, "cilium")
    yield fail_if(~obeyed & said, engine, "network policies are not obeyed", part="network-policy")
    add_ons = subject.at("addonProfiles")
    guarded = some(
        add_on.key("enabled").is_true
        for name, add_on in add_ons.entries()
        if name.lower() in (POLICY_ADD_ON, "*")
    )
    yield fail_if(~guarded & said, add_ons, "nothing refuses a bad manifest", part="policy-add-on")
    issuer = subject.at("oidcIssuerProfile.enabled")
    message = "pods have no identity of their own"
    yield fail_if(~issuer.is_true & said, issuer, message, part="workload-identity")
    channel = subject.at("autoUpgradeProfile.upgradeChannel")
    never = says(channel, "", "none", absent=Truth.YES)
    yield fail_if(never & said, channel, "nobody upgrades the cluster", part="upgrade-channel")


@policy(
    id="azure-aks-resilient",
    title="AKS production: paid SLA tier and zones",
    violation="sku.tier is Free, or not said; a pool has fewer than two availabilityZones, or a type other "
    "than VirtualMachineScaleSets",
    severity="high",
    category="reliability",
    reads={
        CLUSTER: ("sku.name", "sku.tier", *(f"agentPoolProfiles[*].{path}" for path in IN_A_POOL)),
        POOL: IN_A_POOL,
    },
    fix=Fix(
        "none",
        "Pay for the API's uptime, and spread the machines; a pool is made anew for it.",
        'sku={"name": "Base", "tier": "Standard"}, availability_zones=["1", "2", "3"]',
    ),
    enforcement="DAM",
    soc2=("A1.2",),
    cis=(),
)
def aks_resilient(subject: Subject) -> Iterator[Judgement]:
    """A zone that is lost takes the only machines with it, and the free API comes with no promise at all."""
    if subject.type == POOL:
        yield from _spread(subject.root)
        return
    sku = subject.at("sku")
    tier = sku.key("tier")
    unsaid = ~says(sku.key("name"), "automatic")
    free = says(tier, "free") | (~tier.exists & unsaid)
    yield fail_if(free, tier, "nobody promises that the API is there")
    for pool in subject.at("agentPoolProfiles").items():
        yield from _spread(pool)


def _spread(pool: Node) -> Iterator[Judgement]:
    zones, kind = pool.key("availabilityZones"), pool.key("type")
    few = zones.test(lambda _: len(zones.items()) < TWO, absent=Truth.YES)
    yield fail_if(few, zones, "its machines are in one zone")
    loose = kind.exists & ~says(kind, "virtualmachinescalesets")
    yield fail_if(loose, kind, f"its machines are {kind.shown}, which no zone can be told of")
