"""The record of what was done on Azure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import every, some
from policies.views.arm import joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["SETTING"]

SETTING: Final = "azure-native:monitor:DiagnosticSetting"
WATCHED: Final = (
    "azure-native:keyvault:Vault",
    "azure-native:network:NetworkSecurityGroup",
    "azure-native:sql:Server",
    "azure-native:containerservice:ManagedCluster",
)
DESTINATIONS: Final = (
    "workspaceId",
    "storageAccountId",
    "eventHubAuthorizationRuleId",
    "marketplacePartnerId",
)


@policy(
    id="azure-diagnostic-settings",
    title="Key resources send diagnostics",
    violation="a key vault, a network security group, an SQL server or a cluster without a "
    "DiagnosticSetting; a setting that sends no logs, or sends them nowhere",
    severity="medium",
    category="operations",
    scope="stack",
    reads={**dict.fromkeys(WATCHED, ()), SETTING: ("logs[*].enabled", *DESTINATIONS)},
    related={SETTING: ("resourceUri",)},
    fix=Fix(
        "suggest",
        "Send the resource's logs to the workspace.",
        "azure_native.monitor.DiagnosticSetting(name, resource_uri=vault.id, workspace_id=workspace.id, "
        'logs=[{"category_group": "audit", "enabled": True}])',
    ),
    enforcement="AAM",
    soc2=("CC7.2",),
    cis=("Z6.1.4", "Z6.1.1.4"),
)
def diagnostic_settings(subject: Subject) -> Iterator[Judgement]:
    """Azure keeps none of these logs by itself: after an incident nobody can say who read the key."""
    if subject.type != SETTING:
        sent = some(mine for _, mine in joined(subject, SETTING, "resourceUri"))
        yield fail_if(~sent, subject.root, "no diagnostic setting sends its logs anywhere")
        return
    logs = subject.at("logs")
    yield fail_if(~some(log.key("enabled").is_true for log in logs.items()), logs, "it sends no logs")
    lost = every(subject.at(key).is_empty for key in DESTINATIONS)
    yield fail_if(lost, subject.root, "it sends its logs nowhere")
