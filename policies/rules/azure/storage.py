"""Storage accounts on Azure: never public, never in clear on the wire, and there again after a slip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import some
from policies.views.arm import NAMES, is_closed, joined, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["ACCOUNT"]

ACCOUNT: Final = "azure-native:storage:StorageAccount"
CONTAINER: Final = "azure-native:storage:BlobContainer"
BLOBS: Final = "azure-native:storage:BlobServiceProperties"
GOOD_VERSIONS: Final = ("tls1_2", "tls1_3")
IN_TWO_REGIONS: Final = ("grs", "ragrs", "gzrs", "ragzrs")
"""How the name of such a kind of copies ends: ``Standard_GRS``, ``StandardV2_GZRS``."""


@policy(
    id="azure-storage-secure-transfer",
    title="Storage requires HTTPS with TLS 1.2",
    violation="enableHttpsTrafficOnly is false; minimumTlsVersion is neither TLS1_2 nor TLS1_3",
    severity="high",
    category="security",
    reads={ACCOUNT: ("enableHttpsTrafficOnly", "minimumTlsVersion")},
    parts=("https", "tls"),
    fix=Fix(
        "auto",
        "Refuse plain HTTP and old TLS.",
        'enable_https_traffic_only=True, minimum_tls_version="TLS1_2"',
    ),
    enforcement="RMM",
    soc2=("CC6.7",),
    cis=("Z9.3.4", "Z9.3.6"),
)
def storage_secure_transfer(subject: Subject) -> Iterator[Judgement]:
    """A key that goes over the wire in clear opens the account to whoever reads it there.

    HTTPS alone is the default; the oldest TLS is one too.
    """
    https, tls = subject.at("enableHttpsTrafficOnly"), subject.at("minimumTlsVersion")
    mend = [https.becomes(value=True)]
    yield fail_if(https.is_false, https, "requests over plain HTTP are answered", part="https", mend=mend)
    message = f"the oldest TLS it speaks is {tls.shown}"
    yield fail_if(~says(tls, *GOOD_VERSIONS), tls, message, part="tls", mend=[tls.becomes("TLS1_2")])


@policy(
    id="azure-storage-no-public-blob",
    title="No anonymous blobs",
    violation="allowBlobPublicAccess of an account is not false; publicAccess of a container is Blob or "
    "Container",
    severity="critical",
    category="security",
    reads={ACCOUNT: ("allowBlobPublicAccess",), CONTAINER: ("publicAccess",)},
    parts=("account", "container"),
    fix=Fix("auto", "Refuse anonymous readers for the whole account.", "allow_blob_public_access=False"),
    enforcement="RMM",
    soc2=("CC6.1", "C1.1"),
    cis=("Z9.3.8",),
)
def storage_no_public_blob(subject: Subject) -> Iterator[Judgement]:
    """What a container shows to everybody is copied within hours; the account refuses the slip itself.

    Unsaid it is refused in a new account only: in one from before 2023 it is allowed.
    """
    if subject.type == ACCOUNT:
        allowed = subject.at("allowBlobPublicAccess")
        mend = [allowed.becomes(value=False)]
        yield fail_if(
            ~allowed.is_false, allowed, "its containers may be made public", part="account", mend=mend
        )
        yield not_applicable("an account is no container", part="container")
    else:
        access = subject.at("publicAccess")
        message = f"everybody reads the container ({access.shown})"
        public = says(access, "blob", "container")
        yield fail_if(public, access, message, part="container", mend=[access.becomes("None")])
        yield not_applicable("a container is no account", part="account")


@policy(
    id="azure-storage-network",
    title="Storage denies by default and disallows shared keys",
    violation="networkRuleSet.defaultAction is not Deny, while publicNetworkAccess is not Disabled; "
    "allowSharedKeyAccess is not false",
    severity="high",
    category="security",
    reads={ACCOUNT: ("networkRuleSet.defaultAction", "publicNetworkAccess", "allowSharedKeyAccess")},
    parts=("network", "shared-key"),
    fix=Fix(
        "auto",
        "Deny whom no rule names, and let Entra ID alone say who somebody is.",
        'network_rule_set={"default_action": "Deny", "bypass": "AzureServices"}, '
        "allow_shared_key_access=False",
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.6"),
    cis=("Z9.3.1.3", "Z9.3.2.2", "Z9.3.2.3"),
)
def storage_network(subject: Subject) -> Iterator[Judgement]:
    """An account key is everybody's who has seen it, and unless told not to Azure takes it from anywhere."""
    action, shared = subject.at("networkRuleSet.defaultAction"), subject.at("allowSharedKeyAccess")
    denied = says(action, "deny") | is_closed(subject.at("publicNetworkAccess"))
    mend = [action.becomes("Deny")]
    yield fail_if(~denied, action, "the account answers the whole internet", part="network", mend=mend)
    taken, mend = ~shared.is_false, [shared.becomes(value=False)]
    yield fail_if(taken, shared, "whoever has the account's key is let in", part="shared-key", mend=mend)


@policy(
    id="azure-storage-recovery",
    title="Soft delete, versioning and geo-redundancy",
    violation="the sku keeps no copy in another region (GRS, RAGRS, GZRS, RAGZRS); no blob service "
    "properties of the account, or soft delete of blobs or containers or versioning off in them (an account "
    "with a hierarchical namespace has no versions, one for files no blobs)",
    severity="medium",
    category="reliability",
    scope="stack",
    reads={
        ACCOUNT: ("sku.name", "kind"),
        BLOBS: (
            "deleteRetentionPolicy.enabled",
            "containerDeleteRetentionPolicy.enabled",
            "isVersioningEnabled",
        ),
    },
    related={ACCOUNT: ("accountName", "isHnsEnabled"), BLOBS: ("accountName",)},
    fix=Fix(
        "none",
        "Keep copies in two regions, and what was deleted for two weeks.",
        "azure_native.storage.BlobServiceProperties(name, account_name=account.name, "
        'delete_retention_policy={"enabled": True, "days": 14}, is_versioning_enabled=True)',
    ),
    enforcement="DAM",
    soc2=("A1.2", "CC7.5"),
    cis=("Z9.2.1", "Z9.2.2", "Z9.2.3", "Z9.3.11"),
)
def storage_recovery(subject: Subject) -> Iterator[Judgement]:
    """A lost region takes the only copy with it, and so does one wrong delete. All is off unless said."""
    if subject.type == BLOBS:
        yield from _blobs(subject)
        return
    sku = subject.at("sku.name")
    apart = sku.test(lambda value: str(value).lower().rpartition("_")[2] in IN_TWO_REGIONS)
    yield fail_if(~apart, sku, f"no copy is in another region ({sku.shown})")
    settings = joined(subject, BLOBS, "accountName", "accountName")
    has_blobs = ~says(subject.at("kind"), "filestorage")
    message = "a blob that is deleted is gone: no blob service properties say otherwise"
    yield fail_if(has_blobs & ~some(mine for _, mine in settings), subject.root, message)


def _blobs(subject: Subject) -> Iterator[Judgement]:
    for path, what in (
        ("deleteRetentionPolicy.enabled", "blob"),
        ("containerDeleteRetentionPolicy.enabled", "container"),
    ):
        flag = subject.at(path)
        yield fail_if(~flag.is_true, flag, f"a {what} that is deleted is gone")
    flag = subject.at("isVersioningEnabled")
    has_none = some(
        subject.stack.refers(subject.body, "accountName", account, "accountName", *NAMES)
        & account.root.key("isHnsEnabled").is_true
        for account in subject.stack.of(ACCOUNT)
    )
    yield fail_if(~flag.is_true & ~has_none, flag, "a blob that is overwritten is gone")
