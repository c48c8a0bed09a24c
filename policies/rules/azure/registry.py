"""The container registry on Azure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import Truth
from policies.views.arm import says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["REGISTRY"]

REGISTRY: Final = "azure-native:containerregistry:Registry"
PREMIUM: Final = "Premium"
"""The tier that can be closed to the internet."""


@policy(
    id="azure-acr-hardened",
    title="ACR has no admin user, no anonymous pull, no public network",
    violation="adminUserEnabled is true; anonymousPullEnabled is true (the Basic tier has none); "
    "publicNetworkAccess is not Disabled",
    severity="high",
    category="security",
    reads={REGISTRY: ("adminUserEnabled", "anonymousPullEnabled", "publicNetworkAccess", "sku.name")},
    parts=("admin-user", "anonymous-pull", "network"),
    fix=Fix(
        "auto",
        "Let Entra ID say who pulls, through a private endpoint, which the Premium tier has.",
        'admin_user_enabled=False, anonymous_pull_enabled=False, public_network_access="Disabled", '
        'sku={"name": "Premium"}',
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.6"),
    cis=(),
)
def acr_hardened(subject: Subject) -> Iterator[Judgement]:
    """Whoever can push an image runs it in the cluster; whoever can pull one reads what is in it."""
    admin, anonymous = subject.at("adminUserEnabled"), subject.at("anonymousPullEnabled")
    access, tier = subject.at("publicNetworkAccess"), subject.at("sku.name")
    message = "one password, which nobody owns, may push"
    yield fail_if(admin.is_true, admin, message, part="admin-user", mend=[admin.becomes(value=False)])
    pulled = anonymous.is_true & says(tier, "standard", "premium")
    mend = [anonymous.becomes(value=False)]
    yield fail_if(pulled, anonymous, "everybody may pull", part="anonymous-pull", mend=mend)
    mend = [access.becomes("Disabled")]
    if says(tier, PREMIUM.lower()) == Truth.NO:
        mend.append(tier.becomes(PREMIUM))
    public = ~says(access, "disabled")
    yield fail_if(public, access, "the registry has a public address", part="network", mend=mend)
