"""How Azure names things: one path for everything, from the subscription down.

The SDK does not carry the paths. The table has those of the types that the platform uses; for the
others the path is made as Azure makes them: provider namespace, then each parent's collection and
name (the inputs ``accountName``, ``serverName`` …), then its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from plan import sdk
from plan.forms.form import Facts, Unanswered, fill, read_rows

__all__ = ["identity", "names", "own_name"]

NAMESPACES: Final = {
    "containerservice": "ContainerService",
    "keyvault": "KeyVault",
    "managedidentity": "ManagedIdentity",
    "dbforpostgresql": "DBforPostgreSQL",
    "operationalinsights": "OperationalInsights",
    "containerregistry": "ContainerRegistry",
    "eventhub": "EventHub",
    "servicebus": "ServiceBus",
    "recoveryservices": "RecoveryServices",
    "dataprotection": "DataProtection",
    "monitor": "Insights",
    "privatedns": "Network",
    "dns": "Network",
    "redis": "Cache",
    "redisenterprise": "Cache",
}
"""Provider namespaces whose spelling is not the SDK module's with a capital."""
VERSION: Final = re.compile(r"Uses Azure REST API version ([\w-]+)")
GROUP: Final = "azure-native:resources:ResourceGroup"


def names(facts: Facts) -> Mapping[str, str]:
    """The holes that Azure's tables use beyond the place's."""
    path = _path(facts)
    _, module, _ = facts.token.split(":", 2)
    version = VERSION.search(sdk.documentation(facts.token))
    return {
        "armName": path.rpartition("/")[2],
        "armType": _type(path),
        "service": module,
        "apiVersion": version[1] if version else "",
        "tenant": fill("{uuid}", Facts("azure-native", facts.place["account"], facts.place, {}), "tenant"),
    }


def identity(facts: Facts) -> str:
    """The ARM identifier."""
    return _path(facts)


def _path(facts: Facts) -> str:
    subscription = f"/subscriptions/{facts.place['account']}"
    group = facts.properties.get("resourceGroupName")
    in_group = f"{subscription}/resourceGroups/{group}" if isinstance(group, str) else subscription
    if facts.token == GROUP:
        return in_group
    scope = facts.properties.get("scope", facts.properties.get("resourceUri"))
    for row in read_rows("azure.csv").get(facts.token, ()):
        if row.property in {"arm", "scoped"}:
            above = str(scope) if row.property == "scoped" and isinstance(scope, str) else in_group
            try:
                return f"{above}/providers/{fill(row.form, facts, 'id')}"
            except Unanswered:
                break
    return f"{in_group}/providers/{_made(facts)}"


def _type(path: str) -> str:
    """``Microsoft.Network/virtualNetworks/subnets`` of a path that ends in such a thing."""
    namespace, *steps = path.rpartition("/providers/")[2].split("/")
    return (
        "/".join([namespace, *steps[::2]]) if "/providers/" in path else "Microsoft.Resources/resourceGroups"
    )


def _made(facts: Facts) -> str:
    _, module, kind = facts.token.split(":", 2)
    namespace = NAMESPACES.get(module, module[:1].upper() + module[1:])
    own = own_name(facts.token)
    steps = [f"Microsoft.{namespace}"]
    for name in _parents(facts.token):
        steps += [_collection(name.removesuffix("Name")), _text(facts, name)]
    return "/".join([*steps, _collection(kind[:1].lower() + kind[1:]), _text(facts, own)])


def _text(facts: Facts, name: str) -> str:
    try:
        return facts.text(name) if name else facts.names["ownName"]
    except Unanswered:
        return facts.names["ownName"]


def _collection(kind: str) -> str:
    if kind.endswith("y") and not kind.endswith(("ay", "ey", "oy", "uy")):
        return kind[:-1] + "ies"
    return kind if kind.endswith("s") else kind + "s"


@cache
def _parents(token: str) -> tuple[str, ...]:
    """The required inputs that name what the resource lives in."""
    own = own_name(token)
    return tuple(
        name
        for name, field in (sdk.inputs(token) or {}).items()
        if field.required and name.endswith("Name") and name not in {"resourceGroupName", own}
    )


@cache
def own_name(token: str) -> str:
    """The input that names the resource itself: Azure makes it up when it is left out. Empty: none."""
    kind = token.rpartition(":")[2].lower()
    fields = sdk.inputs(token) or {}
    optional = [
        name
        for name, field in fields.items()
        if not field.required and field.shape.kind == "text" and name.endswith("Name")
    ]
    exact = [name for name in optional if name.removesuffix("Name").lower() in {kind, "resource"}]
    partial = [name for name in optional if kind.endswith(name.removesuffix("Name").lower())]
    for candidates in (exact, partial, _in_table(token, fields), ["name"] if "name" in fields else []):
        if candidates:
            return candidates[0]
    return ""


def _in_table(token: str, fields: Mapping[str, object]) -> list[str]:
    for row in read_rows("azure.csv").get(token, ()):
        last = re.search(r"\{(\w+)\}$", row.form) if row.property in {"arm", "scoped"} else None
        if last and last[1] in fields:
            return [last[1]]
    return []
