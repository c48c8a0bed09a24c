"""What the platform's name promises: it leads to where customers are served, and a move replaces nothing."""

from __future__ import annotations

from dataclasses import replace

import pulumi
import pytest
from pulumi_gcp import compute, dns

from components.contracts import Recovery
from components.gcp.failover import Failover, FailoverArgs
from plan.resource import Plan, Resource
from tests.components.gcp.kit import ELSEWHERE, PROJECT, REGION, deploy
from tests.components.gcp.support_edge import (
    CLOSED_PROD,
    DEV,
    DOMAIN,
    NETWORK,
    OFFICE_ONLY,
    PROD,
    SHAPES,
    Shape,
    changes,
    entry,
    part,
)
from tests.components.kit import before, every, said, sources, the, token

NAMES = {f"{DOMAIN}.", f"*.{DOMAIN}."}
MOVED = replace(CLOSED_PROD, active_region=ELSEWHERE)
EDGES = {REGION: "edge", ELSEWHERE: "dr-edge"}
FIRST = ("routingPolicy", "primaryBackup", "primary", "internalLoadBalancers")
SECOND = ("routingPolicy", "primaryBackup", "backupGeos", 0)


def addresses(plan: Plan) -> list[Resource]:
    """The records that lead customers."""
    return [one for one in every(plan, dns.RecordSet) if said(one, "type") == "A"]


def address(plan: Plan, region: str) -> object:
    return part(plan, EDGES[region]).outputs["host_name"]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_domain_and_every_name_directly_under_it_lead_to_the_entry(shape: Shape) -> None:
    assert {said(one, "name") for one in addresses(entry(shape))} == NAMES
    assert {said(one, "type") for one in every(entry(shape), dns.RecordSet)} == {"A", "CNAME"}, "IPv4 alone"


@pytest.mark.parametrize("shape", [OFFICE_ONLY, PROD])
def test_a_public_name_leads_to_the_one_address_and_never_moves(shape: Shape) -> None:
    plan = entry(shape)
    for record in addresses(plan):
        assert said(record, "rrdatas") == [the(plan, compute.GlobalAddress).outputs["address"]]
        assert said(record, "routingPolicy") is None
        assert sources(plan, record, "managedZone") == {"zone"}


def test_a_swap_behind_a_public_name_touches_no_record() -> None:
    found = changes(PROD, replace(PROD, active_region=ELSEWHERE))
    assert [one.resource.name for one in found.changes] == ["balancer-public-service"]


@pytest.mark.parametrize("shape", [DEV, CLOSED_PROD])
def test_an_internal_name_is_told_to_nobody_outside(shape: Shape) -> None:
    plan = entry(shape)
    assert {name for one in addresses(plan) for name in sources(plan, one, "managedZone")} == {"private-zone"}


@pytest.mark.parametrize(
    ("shape", "active", "other"), [(CLOSED_PROD, REGION, ELSEWHERE), (MOVED, ELSEWHERE, REGION)]
)
def test_an_internal_name_leads_to_the_active_region_and_while_that_is_away_to_the_other(
    shape: Shape, active: str, other: str
) -> None:
    plan = entry(shape)
    same = {
        "loadBalancerType": "globalL7ilb",
        "ipProtocol": "tcp",
        "port": "443",
        "networkUrl": NETWORK,
        "project": PROJECT,
    }
    for record in addresses(plan):
        assert said(record, *FIRST) == [{**same, "ipAddress": address(plan, active)}]
        assert said(record, *SECOND, "location") == other
        target = ("healthCheckedTargets", "internalLoadBalancers")
        assert said(record, *SECOND, *target) == [{**same, "ipAddress": address(plan, other)}]
        assert said(record, "rrdatas") is None


def test_nobody_is_sent_to_the_second_address_while_the_first_is_well() -> None:
    for record in addresses(entry(CLOSED_PROD)):
        policy = said(record, "routingPolicy", "primaryBackup")
        assert isinstance(policy, dict)
        assert policy["trickleRatio"] == 0
        assert policy["enableGeoFencingForBackups"] is False


def test_a_swap_changes_where_two_internal_records_lead_in_place() -> None:
    found = changes(CLOSED_PROD, MOVED)
    records = [one for one in found.changes if one.resource.type == token(dns.RecordSet)]
    assert {one.resource.name for one in records} == {"failover-apex-internal", "failover-wildcard-internal"}
    assert {one.action for one in found.changes} == {"update"}
    moved = {one.path.rpartition(".")[2] for change in records for one in change.properties}
    assert moved == {"ipAddress", "location"}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_name_leads_anywhere_before_somebody_answers_there(shape: Shape) -> None:
    plan = entry(shape)
    kind = token(compute.GlobalForwardingRule)
    answering = {("public-https" if shape.open_to else f"internal-{region}") for region in EDGES}
    if not (shape.dr or shape.open_to):
        answering = {f"internal-{REGION}"}
    for record in addresses(plan):
        assert {(kind, f"balancer-{which}") for which in answering} <= before(plan, record)


def test_with_one_region_an_internal_name_is_one_address() -> None:
    plan = entry(DEV)
    for record in addresses(plan):
        assert said(record, "rrdatas") == [address(plan, REGION)]
        assert said(record, "routingPolicy") is None


def test_a_second_region_gives_an_internal_name_its_second_address_in_place() -> None:
    found = changes(DEV, replace(DEV, dr=True))
    records = {
        one.resource.name: one.action for one in found.changes if one.resource.name.startswith("failover-")
    }
    assert records == {"failover-apex-internal": "update", "failover-wildcard-internal": "update"}


def test_a_name_that_can_move_is_not_remembered_for_long() -> None:
    assert {said(one, "ttl") for one in addresses(entry(CLOSED_PROD))} == {30}


def test_the_outside_learns_what_customers_call() -> None:
    assert part(entry(PROD), "failover").outputs == {"host_name": DOMAIN}


def recovery(*, public: bool, active_region: str = REGION) -> Recovery:
    found: list[Recovery] = []

    def program(opts: pulumi.ResourceOptions) -> None:
        args = FailoverArgs(
            project=PROJECT,
            domain=DOMAIN,
            zone_name="zone",
            public=public,
            network_id=NETWORK,
            entries={region: pulumi.Output.from_input("192.0.2.1") for region in EDGES},
            active_region=active_region,
        )
        found.append(Failover("failover", args, opts).recovery)

    deploy(program)
    return found[0]


@pytest.mark.parametrize(("public", "seconds"), [(True, (15, 60, 0)), (False, (60, 60, 30))])
def test_the_loss_of_a_region_costs_what_it_takes_to_be_missed_and_to_be_known(
    *, public: bool, seconds: tuple[int, int, int]
) -> None:
    found = recovery(public=public)
    assert (found.detection, found.promotion, found.warm_up) == seconds
    assert found.part == "entry"
    assert found.lag is None, "a name loses nothing"
    assert "assumed" in found.source, "Google documents the checks, not how soon all its edge knows"


def test_what_an_internal_name_promises_is_the_ttl_that_its_record_has() -> None:
    assert {said(one, "ttl") for one in addresses(entry(CLOSED_PROD))} == {recovery(public=False).warm_up}


def test_a_region_without_an_entry_cannot_be_the_active_one() -> None:
    with pytest.raises(ValueError, match=f"'eu' has no entry: expected one of {REGION}, {ELSEWHERE}"):
        recovery(public=True, active_region="eu")
