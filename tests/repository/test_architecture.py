"""The table of environments in docs/architecture.md says what the profiles say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from config.environments import Profile, profile
from tests.support import ROOT, STACKS

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def _nat(found: Profile) -> int:
    return found.network.zones if found.network.nat == "per-zone" else 1


def _pools(found: Profile) -> str:
    spot = found.cluster.spot
    assert spot
    return f"{found.cluster.on_demand.min}-{found.cluster.on_demand.max}, {spot.min}-{spot.max}"


def _database(found: Profile) -> str:
    told = found.database
    return f"{told.instances}, {told.min_capacity:g}-{told.max_capacity:g}, {told.backup_days}"


ROWS: dict[str, Callable[[Profile], str]] = {
    "zones, NAT gateways": lambda found: f"{found.network.zones}, {_nat(found)}",
    "interface endpoints": lambda found: "yes" if found.network.interface_endpoints else "no",
    "machines on demand, spot": _pools,
    "database instances, units, days back": _database,
    "deletion refused (by Pulumi and by AWS)": lambda found: "yes" if found.protect else "no",
    "audit objects locked": lambda found: (
        f"{found.storage.audit_days} days, {'compliance' if found.protect else 'governance'}"
    ),
}


@pytest.mark.parametrize("title", ROWS)
def test_each_row_of_the_table_is_what_the_profiles_say(title: str) -> None:
    told = [ROWS[title](profile(stack, "aws")) for stack in STACKS]
    assert f"| {title} | {' | '.join(told)} |" in PAGE


def test_the_table_has_no_row_that_nothing_holds() -> None:
    table = PAGE.partition("| | dev | staging | prod |\n")[2].partition("\n\n")[0]
    assert len(table.splitlines()) == 1 + len(ROWS)
