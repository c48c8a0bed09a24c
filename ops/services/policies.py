"""What ``tradectl policy`` does: say what the rules are."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from ops.adapters import console
from ops.errors import UsageError
from policies.policy import ENVIRONMENTS, Policy
from policies.registry import load

__all__ = ["list_all", "show"]

API_VERSION: Final = "tradectl/v1"


def list_all(*, json: bool) -> None:
    """All policies, one a line."""
    registry = load()
    if json:
        console.write_json(
            {
                "apiVersion": API_VERSION,
                "kind": "PolicyList",
                "policies": [_facts(policy) for policy in registry],
            }
        )
        return
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for heading in ("policy", "severity", *ENVIRONMENTS, "title"):
        table.add_column(heading, no_wrap=heading == "policy")
    for policy in registry:
        table.add_row(
            policy.id, policy.severity, *(policy.level(name) for name in ENVIRONMENTS), policy.title
        )
    console.output().print(table)


def show(policy_id: str, *, json: bool) -> None:
    """One policy in full. Raises `UsageError` for an id that there is not."""
    registry = load()
    if policy_id not in registry:
        near = get_close_matches(policy_id, [policy.id for policy in registry], n=1, cutoff=0.4)
        msg = f"there is no policy {policy_id!r}{f'; did you mean {near[0]!r}?' if near else ''}"
        raise UsageError(msg, fix="tradectl policy list")
    policy = registry[policy_id]
    if json:
        console.write_json({"apiVersion": API_VERSION, "kind": "Policy", **_facts(policy)})
        return
    out = console.output()
    out.print(Text.assemble((policy.id, "bold"), f"  {policy.title}"), soft_wrap=True)
    out.print(Text(policy.why))
    levels = ", ".join(f"{policy.level(name)} in {name}" for name in ENVIRONMENTS)
    rows = {
        "violation": policy.violation,
        "severity": f"{policy.severity}, {policy.category}; {levels}",
        "looks at": ", ".join(policy.types),
        "parts": ", ".join(policy.parts),
        "settings": ", ".join(f"{key} = {value}" for key, value in policy.defaults.items()),
        "SOC 2": ", ".join(policy.soc2),
        "CIS": ", ".join(policy.cis),
        "fix": policy.fix.steps,
        "for example": policy.fix.line,
        "page": policy.url,
    }
    table = Table(box=None, pad_edge=False, show_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for heading, text in rows.items():
        if text:
            table.add_row(heading, Text(text))
    out.print(table)


def _facts(policy: Policy) -> dict[str, Any]:
    return {
        "id": policy.id,
        "title": policy.title,
        "violation": policy.violation,
        "why": policy.why,
        "severity": policy.severity,
        "category": policy.category,
        "scope": policy.scope,
        "types": list(policy.types),
        "parts": list(policy.parts),
        "enforcement": {name: policy.level(name) for name in ENVIRONMENTS},
        "settings": dict(policy.defaults),
        "soc2": list(policy.soc2),
        "cis": list(policy.cis),
        "fix": {"kind": policy.fix.kind, "steps": policy.fix.steps, "line": policy.fix.line},
        "doc": policy.url,
    }
