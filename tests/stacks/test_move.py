"""A move to the other region, on every cloud: it loses nothing, and only one region trades."""

from __future__ import annotations

import pytest

from plan.diff import DATA_STORES
from plan.resource import Plan
from tests.stacks.moves import moved, regions, the_move
from tests.support import TWO_REGIONS, planned, said

pytestmark = pytest.mark.parametrize("stack", TWO_REGIONS)


def test_moving_to_the_other_region_replaces_nothing_and_deletes_nothing(stack: str) -> None:
    """A ConfigMap is never changed in place: a new one comes, and the services roll over to it."""
    found = [change for change in the_move(stack).changes if "ConfigMap" not in change.resource.type]
    assert {change.action for change in found} == {"update"}


def test_moving_changes_no_input_of_anything_that_holds_data(stack: str) -> None:
    touched = [change.address for change in the_move(stack).changes if change.resource.type in DATA_STORES]
    assert touched == []


def test_only_one_region_is_told_to_trade(stack: str) -> None:
    def roles(plan: Plan) -> dict[str, str]:
        data = [said(found)["data"] for found in plan.of_type("kubernetes:core/v1:ConfigMap")]
        return {found["TRADING_REGION"]: found["TRADING_ROLE"] for found in data if "TRADING_ROLE" in found}

    home, dr = regions(stack)
    assert roles(planned(stack)) == {home: "active", dr: "standby"}
    assert roles(moved(stack)) == {home: "standby", dr: "active"}


def test_no_dependency_turns_around_with_the_active_region(stack: str) -> None:
    """The engine, told to look at targets alone, meets such a resource twice and gives up."""
    after = moved(stack)
    below: dict[str, set[str]] = {}

    def needed(urn: str) -> set[str]:
        if urn not in below:
            direct = after[urn].dependencies
            below[urn] = set(direct).union(*(needed(other) for other in direct))
        return below[urn]

    for resource in planned(stack):
        turned = [other for other in resource.dependencies if resource.urn in needed(other)]
        assert not turned, f"{resource.name}: {turned}"


def test_every_pod_is_made_anew_when_its_role_changes(stack: str) -> None:
    """The role is read when a pod starts: a running one would go on trading."""
    for plan in (planned(stack), moved(stack)):
        for deployment in plan.of_type("kubernetes:apps/v1:Deployment"):
            waits = {plan[urn].type for urn in deployment.property_dependencies["spec"]}
            assert "kubernetes:core/v1:ConfigMap" in waits, "the pods name it, and its name changes with it"


def test_the_outputs_without_a_prefix_are_of_the_region_that_works(stack: str) -> None:
    home, dr = regions(stack)
    before, after = planned(stack).outputs, moved(stack).outputs
    assert (before["region"], before["standby_region"]) == (home, dr)
    assert (after["region"], after["standby_region"]) == (dr, home)
    assert after["database_endpoint"] == before["standby_database_endpoint"]
