"""What a pair promises: a copy that takes over, and no deployment that turns it back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import pytest
from pulumi_gcp import dns, monitoring, sql

from components.gcp.database import DatabaseArgs
from components.gcp.database_alarms import LAG_SECONDS, VISIBLE_SECONDS
from components.gcp.database_members import SWAPPED, Follower, Founder
from tests.components.gcp.kit import ELSEWHERE, REGION
from tests.components.gcp.support_database import (
    REGIONS,
    SMALL,
    WHERE,
    Where,
    alone,
    args,
    instance,
    pair,
)
from tests.components.kit import before, every, said, sources, the, token
from tests.support import values

BORN = {"name", "encryptionKeyName"}
"""What each is in its region for ever."""


def differences() -> Iterator[str]:
    """Paths at which the two instances are told something else."""
    home, dr = (dict(values(dict(instance(pair().plan, where).inputs))) for where in WHERE)
    yield from (path for path in {*home, *dr} if home.get(path) != dr.get(path))


@pytest.mark.parametrize("where", WHERE)
def test_whatever_differs_by_rank_may_be_turned_round_without_a_deployment_that_turns_it_back(
    where: Where,
) -> None:
    ignored = instance(pair().plan, where).options.ignore_changes
    for path in differences():
        covered = any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in ignored)
        updates_only = path == "includeReplicasForMajorVersionUpgrade"  # says nothing until then
        assert covered or path in BORN or updates_only, path


def test_the_original_of_a_copy_is_never_a_wish() -> None:
    """The provider would replace the instance that writes by an empty copy."""
    for where in WHERE:
        assert "masterInstanceName" in instance(pair().plan, where).options.ignore_changes
    assert (
        "masterInstanceName" in the(pair().plan, sql.DatabaseInstance, "home-readers").options.ignore_changes
    )


def test_nothing_is_told_which_region_is_active() -> None:
    words = {field.name for kind in (DatabaseArgs, Founder, Follower) for field in fields(kind)}
    assert not {word for word in words if "active" in word or "role" in word or "primary" in word}


@pytest.mark.parametrize("where", WHERE)
def test_what_a_swap_does_not_touch_is_still_deployed(where: Where) -> None:
    ignored = set(instance(pair().plan, where).options.ignore_changes)
    assert "settings" not in ignored
    assert not {"settings.tier", "settings.databaseFlags", "settings.ipConfiguration"} & ignored
    assert "encryptionKeyName" not in ignored


def test_a_database_that_stands_alone_hides_no_change_but_its_growth() -> None:
    assert instance(alone().plan, "alone").options.ignore_changes == ("settings.diskSize",)
    assert not set(SWAPPED) & set(instance(alone().plan, "alone").options.ignore_changes)


def test_the_copy_comes_from_the_founder_and_after_it() -> None:
    plan = pair().plan
    copy = instance(plan, "dr")
    assert sources(plan, copy, "masterInstanceName") == {"home-instance"}
    assert (token(sql.DatabaseInstance), "home-instance") in before(plan, copy)
    assert said(copy, "instanceType") == "READ_REPLICA_INSTANCE"
    assert said(instance(plan, "home"), "instanceType") == "CLOUD_SQL_INSTANCE"


def test_no_dependency_leads_from_home_to_the_other_region() -> None:
    plan = pair().plan
    for one in plan:
        if one.name.startswith("home-"):
            assert not [name for _, name in before(plan, one) if name.startswith("dr")], one.name


def test_the_copy_has_no_user_no_database_and_no_backup_of_its_own() -> None:
    plan = pair().plan
    for kind in (sql.User, sql.Database):
        assert {next(iter(sources(plan, one, "instance"))) for one in every(plan, kind)} == {"home-instance"}
    for own in SWAPPED:
        if own.startswith("settings."):
            assert said(instance(plan, "dr"), *own.split(".")) is None
            assert said(instance(plan, "home"), *own.split(".")) is not None


def test_which_copy_takes_over_is_not_said_before_it_is_there() -> None:
    """The provider sends it with updates alone; what it would send after a swap is untrue."""
    assert "replicationCluster" not in instance(pair().plan, "home").inputs


def test_what_holds_in_one_region_holds_after_a_swap_too() -> None:
    """Google carries no setting over, and refuses a copy with fewer connections than its original."""
    plan = pair().plan
    home, dr = (said(instance(plan, where), "settings") for where in WHERE)
    assert isinstance(home, dict)
    assert isinstance(dr, dict)
    for setting in (
        "tier", "edition", "availabilityType", "databaseFlags", "ipConfiguration", "dataCacheConfig",
        "insightsConfig", "connectorEnforcement", "deletionProtectionEnabled", "userLabels", "diskType",
        "diskAutoresizeLimit",
    ):  # fmt: skip
        assert home[setting] == dr[setting], setting


def test_a_new_version_takes_the_copy_along() -> None:
    """Google upgrades the copy with its original; asked for again, it would be refused."""
    plan = pair().plan
    assert said(instance(plan, "home"), "includeReplicasForMajorVersionUpgrade") is True
    assert "databaseVersion" not in instance(plan, "home").options.ignore_changes
    for name in ("dr-instance", "home-readers"):
        assert "databaseVersion" in the(plan, sql.DatabaseInstance, name).options.ignore_changes


def test_the_copy_has_a_standby_when_it_has_two_instances_and_never_readers() -> None:
    assert said(instance(pair(copies=1).plan, "dr"), "settings", "availabilityType") == "ZONAL"
    assert said(instance(pair(copies=2).plan, "dr"), "settings", "availabilityType") == "REGIONAL"
    copy = Follower(peer_region=REGION, original="orders")
    with pytest.raises(ValueError, match="a copy has one or 2"):
        args(ELSEWHERE, instances=3, member=copy)
    with pytest.raises(ValueError, match="there is no copy without one"):
        args(ELSEWHERE, instances=0, member=copy)


@pytest.mark.parametrize("member", [Founder(peer_region=ELSEWHERE), Follower(peer_region="", original="")])
def test_a_pair_needs_the_edition_that_gives_back_what_it_took_over(member: Founder | Follower) -> None:
    with pytest.raises(ValueError, match="Enterprise Plus for a pair"):
        args(machine=SMALL, member=member)


@pytest.mark.parametrize("where", WHERE)
def test_each_instance_is_its_own_regions_key_and_door(where: Where) -> None:
    plan, region = pair().plan, REGIONS[where]
    other = ELSEWHERE if region == REGION else REGION
    told = {
        (one.name, path)
        for one in plan
        if one.name.startswith(f"{where}-")
        for path, value in values(dict(one.inputs))
        if other in str(value)
    }
    assert told == ({("dr-instance", "masterInstanceName")} if where == "dr" else set())
    assert said(the(plan, dns.ManagedZone, f"{where}-zone"), "dnsName") == f"{region}.sql.goog."


@pytest.mark.parametrize("where", WHERE)
def test_a_copy_that_falls_behind_or_stops_wakes_somebody_whichever_of_the_two_it_is(where: Where) -> None:
    plan = pair().plan
    for name in ("lag", "stopped"):
        found = the(plan, monitoring.AlertPolicy, f"{where}-{name}")
        assert sources(plan, found, "conditions") == {f"{where}-instance"}
        assert said(found, "severity") == "CRITICAL"


def test_what_may_be_lost_is_what_the_alarm_lets_pass_until_it_is_seen() -> None:
    found = the(pair().plan, monitoring.AlertPolicy, "dr-lag")
    threshold = said(found, "conditions", 0, "conditionThreshold", "thresholdValue")
    period = str(said(found, "conditions", 0, "conditionThreshold", "aggregations", 0, "alignmentPeriod"))
    duration = str(said(found, "conditions", 0, "conditionThreshold", "duration"))
    assert threshold == LAG_SECONDS
    lost = LAG_SECONDS + int(period[:-1]) + int(duration[:-1]) + VISIBLE_SECONDS
    for recovery in pair().recovery.values():
        assert recovery.lag == lost
    assert lost < 300


def test_a_copy_takes_over_within_minutes_and_the_figure_says_that_it_is_assumed() -> None:
    recovery = pair().recovery["dr"]
    assert recovery.part == "database"
    assert recovery.time == 300
    assert "assumed" in recovery.source
