"""Google Cloud whole: two regions behind one entry, and a move that Google's global side makes."""

from __future__ import annotations

from typing import Any

import pytest

from components.gcp.edge import GATEWAY_PORT
from plan.record import record
from plan.resource import Plan
from stacks.recovery import RecoveryBudgetError
from tests.components.kit import before
from tests.stacks.moves import config, moved, the_move
from tests.support import GCP_STACKS, planned, said

HOME, DR = "us-central1", "us-east1"
BACKENDS = "gcp:compute/backendService:BackendService"
INTERNAL = {"edge": {"open_to": []}}


def capacity(plan: Plan) -> dict[str, set[tuple[str, float]]]:
    """By the region of each machine group: what the entry thinks of it."""
    (service,) = plan.of_type(BACKENDS)
    found: dict[str, set[tuple[str, float]]] = {}
    for backend in said(service)["backends"]:
        region = HOME if f"/{HOME}-" in backend["group"] else DR
        found.setdefault(region, set()).add((backend["preference"], backend["capacityScaler"]))
    return found


def test_moving_changes_nothing_in_google_cloud_but_whom_the_entry_prefers() -> None:
    inside = [change for change in the_move("prod-gcp").changes if change.resource.package == "gcp"]
    assert {change.resource.type for change in inside} == {BACKENDS}
    assert {found.path.partition("[")[0] for change in inside for found in change.properties} == {"backends"}


def test_customers_go_to_the_region_that_works_and_home_takes_nothing_back_by_itself() -> None:
    assert capacity(planned("prod-gcp")) == {HOME: {("PREFERRED", 1)}, DR: {("DEFAULT", 1)}}
    assert capacity(moved("prod-gcp")) == {HOME: {("DEFAULT", 0)}, DR: {("PREFERRED", 1)}}


def test_what_is_changed_on_the_day_on_which_home_is_lost_is_in_no_region() -> None:
    """Nothing of a region is asked for: the entry and the names are Google's global ones."""
    plan = moved("prod-gcp")
    for change in the_move("prod-gcp").changes:
        if change.resource.package == "gcp":
            assert not {"region", "location", "zone"} & set(plan[change.resource.urn].inputs)


def test_an_internal_name_leads_to_the_region_that_works_and_to_the_other_when_it_is_away() -> None:
    def leads(**cloud: Any) -> set[tuple[str, str]]:
        plan = record(config("prod-gcp", cloud=cloud, **INTERNAL), stack="prod-gcp", mode="up")
        found = [
            said(one)["routingPolicy"]["primaryBackup"]
            for one in plan.of_type("gcp:dns/recordSet:RecordSet")
            if "routingPolicy" in one.inputs
        ]
        assert len(found) == 2, "the domain, and all directly under it"
        entries = {
            str(one.outputs["address"]): str(plan[one.provider].inputs["region"])
            for one in plan.of_type("gcp:compute/address:Address")
            if "-edge-" in one.name
        }
        return {
            (
                entries[one["primary"]["internalLoadBalancers"][0]["ipAddress"]],
                entries[
                    one["backupGeos"][0]["healthCheckedTargets"]["internalLoadBalancers"][0]["ipAddress"]
                ],
            )
            for one in found
        }

    assert leads() == {(HOME, DR)}
    assert leads(active_region=DR) == {(DR, HOME)}


def test_nothing_is_made_before_the_apis_that_it_calls_are_on() -> None:
    for stack in GCP_STACKS:
        plan = planned(stack)
        services = {found.urn for found in plan.of_type("gcp:projects/service:Service")}
        for resource in plan:
            if resource.package != "gcp" or "-apis-" in resource.name or resource.is_provider:
                continue
            waits = {("gcp:projects/service:Service", plan[urn].name) for urn in services}
            assert waits <= before(plan, plan[resource.provider]), resource.name


def test_the_entry_looks_for_the_gateway_on_the_port_that_the_firewall_opens() -> None:
    plan = planned("prod-gcp")
    assert plan.outputs["target_group_id"] == str(GATEWAY_PORT)
    opened = [
        said(rule)["match"]["layer4Configs"]
        for rule in plan.of_type("gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule")
        if "35.191.0.0/16" in said(rule)["match"].get("srcIpRanges", [])
    ]
    assert opened
    assert all(found == [{"ipProtocol": "tcp", "ports": [str(GATEWAY_PORT)]}] for found in opened)


def test_prod_is_back_within_a_quarter_of_an_hour_and_object_storage_is_named_as_the_exception() -> None:
    told = planned("prod-gcp").outputs["recovery"]
    assert isinstance(told, dict)
    assert (told["rto"], told["rpo"]) == (735, 285)
    assert told["not_promised"] == ["object storage"]


@pytest.mark.parametrize(
    ("recovery", "slowest"),
    [({"nodes": 0}, "cluster, 20 min"), ({"decision_minutes": 10}, "decision, 10 min")],
)
def test_a_prod_that_would_be_away_for_too_long_is_refused_by_the_slowest_parts_name(
    recovery: dict[str, Any], slowest: str
) -> None:
    with pytest.raises(RecoveryBudgetError, match=f"slowest: {slowest}"):
        record(config("prod-gcp", recovery=recovery), stack="prod-gcp")


def test_dev_is_one_region_and_has_nothing_that_belongs_to_two() -> None:
    plan = planned("dev-gcp")
    assert not [name for name in plan.outputs if name.startswith("standby_")]
    assert not [found for found in plan if found.type.endswith((":SharedKeys", ":Replica"))]
    for bucket in plan.of_type("gcp:storage/bucket:Bucket"):
        assert said(bucket)["location"].lower() == HOME


@pytest.mark.parametrize(("stack", "managed"), [("dev-gcp", False), ("prod-gcp", True)])
def test_what_a_project_has_once_is_made_only_where_the_settings_say_so(stack: str, *, managed: bool) -> None:
    singletons = planned(stack).of_type(
        "gcp:compute/projectMetadataItem:ProjectMetadataItem",
        "gcp:essentialcontacts/contact:Contact",
        "gcp:orgpolicy/policy:Policy",
        "gcp:projects/defaultServiceAccounts:DefaultServiceAccounts",
        "gcp:securitycenter/v2ProjectNotificationConfig:V2ProjectNotificationConfig",
    )
    assert bool(singletons) == managed


def test_a_project_without_an_organisation_asks_nothing_of_one() -> None:
    plan = record(config("prod-gcp", cloud={"organization": False}), stack="prod-gcp", mode="up")
    assert not plan.of_type(
        "gcp:orgpolicy/policy:Policy",
        "gcp:securitycenter/v2ProjectNotificationConfig:V2ProjectNotificationConfig",
    )
    assert plan.of_type("gcp:essentialcontacts/contact:Contact")


def test_the_paid_protection_is_built_only_for_who_wrote_its_price() -> None:
    tier = "gcp:compute/projectCloudArmorTier:ProjectCloudArmorTier"
    assert not planned("prod-gcp").of_type(tier)
    paid = record(config("prod-gcp", edge={"ddos_advanced": "3000 USD"}), stack="prod-gcp", mode="up")
    assert len(paid.of_type(tier)) == 1


def test_another_generation_has_other_names_for_what_google_remembers() -> None:
    """A key ring is never deleted: an environment that is made anew needs new ones."""
    again = record(config("dev-gcp", cloud={"generation": 2}), stack="dev-gcp", mode="up")
    kinds = ("kms/keyRing:KeyRing", "sql/databaseInstance:DatabaseInstance", "storage/bucket:Bucket")
    for kind in (f"gcp:{kind}" for kind in kinds):
        first = {said(found)["name"] for found in planned("dev-gcp").of_type(kind)}
        second = {said(found)["name"] for found in again.of_type(kind)}
        assert first
        assert not first & second, kind
