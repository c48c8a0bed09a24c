"""Plans of what no shipped stack switches on: mesh, chaos, GitOps, logs in dev, NGINX, a firewall, roles."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from config.loader import to_config
from plan.record import record
from plan.resource import Plan
from tests.support import ROOT

__all__ = ["VARIANTS", "variant"]

_SMALL_LOGS: Final = {"nodes": 1, "disk_gib": 20, "hot_days": 1, "keep_days": 7, "audit_days": 30}
_LOGIN: Final = {
    "issuer": "https://login.example.com",
    "audiences": ["trading"],
    "jwks": "https://login.example.com/keys",
}

VARIANTS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "everything": (
        "dev",
        {
            "addons": {
                "mesh": True,
                "chaos": True,
                "gitops": {"repository": "https://git.example.com/acme/rendered.git", "path": "dev"},
            },
            "logs": _SMALL_LOGS,
            "gateway": {"login": _LOGIN, "waf": {"service": "coraza"}},
            "delivery": {"strategy": "canary"},
            "monitoring": {"pager": "pager", "chat": "chat", "heartbeat": "heartbeat"},
            "access": {"roles": {"operator": ["arn:aws:iam::111122223333:role/sre"], "auditor": []}},
        },
    ),
    "nginx": ("dev", {"gateway": {"implementation": "nginx"}, "delivery": {"strategy": "blue-green"}}),
    "nginx-gcp": ("dev-gcp", {"gateway": {"implementation": "nginx"}}),
}
"""By name: the shipped stack, and the top-level settings that are said otherwise."""


@cache
def variant(name: str) -> Plan:
    """The plan of a variant; recorded once a test process."""
    stack, changes = VARIANTS[name]
    file = ROOT / f"Pulumi.{stack}.yaml"
    return record(to_config(_changed(file, changes)), stack=stack, mode="up")


def _changed(file: Path, changes: dict[str, Any]) -> Path:
    import tempfile  # noqa: PLC0415 - here alone

    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["config"] |= {f"trading-platform:{key}": value for key, value in changes.items()}
    copy = Path(tempfile.mkdtemp()) / file.name
    copy.write_text(yaml.safe_dump(content), encoding="utf-8")
    return copy
