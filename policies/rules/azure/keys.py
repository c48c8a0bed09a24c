"""Key vaults on Azure: nobody deletes them for good, and nothing in them is for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.views.arm import is_closed, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["VAULT"]

VAULT: Final = "azure-native:keyvault:Vault"
KEY: Final = "azure-native:keyvault:Key"
SECRET: Final = "azure-native:keyvault:Secret"  # noqa: S105 - a type, not a secret
EXPIRES: Final = "properties.attributes.expires"


@policy(
    id="azure-keyvault-hardened",
    title="Key Vault: purge protection, RBAC, private",
    violation="properties.enablePurgeProtection or properties.enableRbacAuthorization is not true; "
    "properties.networkAcls.defaultAction is not Deny, while publicNetworkAccess is not Disabled",
    severity="high",
    category="security",
    reads={
        VAULT: (
            "properties.enablePurgeProtection",
            "properties.enableRbacAuthorization",
            "properties.publicNetworkAccess",
            "properties.networkAcls.defaultAction",
        )
    },
    parts=("purge-protection", "rbac", "network"),
    fix=Fix(
        "suggest",
        "Give those whom access policies let in a role first, then say all three.",
        'properties={"enable_purge_protection": True, "enable_rbac_authorization": True, '
        '"network_acls": {"default_action": "Deny", "bypass": "AzureServices"}}',
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.6", "A1.2"),
    cis=("Z8.3.5", "Z8.3.6", "Z8.3.7"),
)
def keyvault_hardened(subject: Subject) -> Iterator[Judgement]:
    """Whoever can purge a vault destroys all that its keys encrypt; whoever may write its policies, takes it.

    All three are off unless said. Addresses in ``ipRules`` narrow nothing while the default is to allow.
    """
    inside = subject.at("properties")
    purge, roles = inside.key("enablePurgeProtection"), inside.key("enableRbacAuthorization")
    yield fail_if(~purge.is_true, purge, "keys can be deleted for good at once", part="purge-protection")
    message = "the vault's own access policies, not roles, say who may what"
    yield fail_if(~roles.is_true, roles, message, part="rbac")
    action = inside.at("networkAcls.defaultAction")
    denied = says(action, "deny") | is_closed(inside.key("publicNetworkAccess"))
    yield fail_if(~denied, action, "the vault answers the whole internet", part="network")


@policy(
    id="azure-keyvault-expiry",
    title="Keys and secrets expire",
    violation="properties.attributes.expires of a key or a secret is missing",
    severity="medium",
    category="security",
    reads={KEY: (EXPIRES,), SECRET: (EXPIRES,)},
    fix=Fix(
        "none",
        "Say when it ends, and who makes the next one before.",
        'properties={"attributes": {"expires": 1798758000}}',
    ),
    enforcement="AAM",
    soc2=("CC6.1",),
    cis=("Z8.3.1", "Z8.3.3"),
)
def keyvault_expiry(subject: Subject) -> Iterator[Judgement]:
    """A secret without an end is in use until somebody remembers it, and so is every copy that leaked.

    A rotation policy dates only the versions that come after it.
    """
    expires = subject.at(EXPIRES)
    never = ~expires.exists | expires.equals(0)
    yield fail_if(never, expires, f"the {'key' if subject.type == KEY else 'secret'} never expires")
