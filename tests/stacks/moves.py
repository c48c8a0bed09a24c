"""What tests of a move to the other region share: a stack's plan before it, after it, and what differs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from config.loader import load_file, to_config
from plan.diff import Diff, diff
from plan.record import record
from plan.replace import replaces
from plan.resource import Plan
from tests.support import ROOT, planned

__all__ = ["config", "moved", "regions", "the_move"]

PREFIX: Final = "trading-platform"


def config(stack: str, **changes: Mapping[str, Any]) -> dict[str, str]:
    """A shipped stack's configuration with settings added or replaced."""
    found = to_config(ROOT / f"Pulumi.{stack}.yaml")
    for key, value in changes.items():
        name = f"{PREFIX}:{key}"
        found[name] = json.dumps({**json.loads(found.get(name, "{}")), **value})
    return found


def regions(stack: str) -> tuple[str, str]:
    """Home, and the one that stands by."""
    cloud = load_file(ROOT / f"Pulumi.{stack}.yaml").settings.cloud
    assert cloud.dr_region
    return cloud.region, cloud.dr_region


@cache
def moved(stack: str = "prod") -> Plan:
    """The stack after its move."""
    return record(config(stack, cloud={"active_region": regions(stack)[1]}), stack=stack, mode="up")


def the_move(stack: str = "prod") -> Diff:
    """What the move changes."""
    return diff(planned(stack), moved(stack), replaces=replaces)
