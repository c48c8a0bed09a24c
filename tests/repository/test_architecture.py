"""The table of environments in docs/architecture.md says what the profiles say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from config.environments import Profile, profile
from report.recovery import recovery_of
from stacks.recovery import spoken
from tests.support import AWS_STACKS, ROOT, planned

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def _nat(found: Profile) -> int:
    return found.network.zones if found.network.nat == "per-zone" else 1


def _pools(found: Profile) -> str:
    spot = found.cluster.spot
    assert spot
    return f"{found.cluster.on_demand.min}-{found.cluster.on_demand.max}, {spot.min}-{spot.max}"


def _database(found: Profile) -> str:
    told = found.database
    return f"{told.instances}, {told.units[0]:g}-{told.units[1]:g}, {told.backup_days}"


def _yes(*, on: bool) -> str:
    return "yes" if on else "no"


ROWS: dict[str, Callable[[Profile], str]] = {
    "zones, NAT gateways": lambda found: f"{found.network.zones}, {_nat(found)}",
    "interface endpoints": lambda found: "yes" if found.network.interface_endpoints else "no",
    "machines on demand, spot": _pools,
    "database instances, units, days back": _database,
    "cache, copies in other zones": lambda found: f"{found.cache.node_type}, {found.cache.replicas}",
    "the account's own services": lambda found: _yes(on=found.audit.manage_account_baseline),
    "backups: days, months' days, restored": lambda found: (
        f"{found.backup.daily_days}, {found.backup.monthly_days}, {_yes(on=found.backup.restore_tests)}"
    ),
    "deletion refused (by Pulumi and by AWS)": lambda found: "yes" if found.protect else "no",
    "audit objects locked": lambda found: (
        f"{found.storage.audit_days} days, {'compliance' if found.protect else 'governance'}"
    ),
}


@pytest.mark.parametrize("title", ROWS)
def test_each_row_of_the_table_is_what_the_profiles_say(title: str) -> None:
    told = [ROWS[title](profile(stack, "aws")) for stack in AWS_STACKS]
    assert f"| {title} | {' | '.join(told)} |" in PAGE


def test_the_table_has_no_row_that_nothing_holds() -> None:
    table = PAGE.partition("| | dev | staging | prod |\n")[2].partition("\n\n")[0]
    assert len(table.splitlines()) == 1 + len(ROWS)


def test_the_table_of_the_promise_is_what_the_plan_of_prod_counts() -> None:
    found = recovery_of(planned("prod"))
    assert found
    rows = {part.part: part for part in found.parts}
    for line in PAGE.partition("| prod on AWS |")[2].partition("\n\n")[0].splitlines()[2:]:
        name, away, lost = (cell.strip(" *") for cell in line.split("|")[1:4])
        if name == "all":
            assert away == f"{spoken(found.rto)} of 15"
            assert lost == f"{spoken(found.rpo)} of 5"
            continue
        part = rows.pop(name)
        assert away == (spoken(part.time) if part.time else ""), name
        assert lost == (spoken(part.lag) if part.lag else ""), name
    assert not rows, "a part that costs time is not in the table"
