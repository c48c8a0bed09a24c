"""What a region's half of the entry promises: one port on every machine, and an address that stays."""

from __future__ import annotations

from dataclasses import replace

import pulumi
import pytest
from pulumi_gcp import compute

from components.gcp.edge import GATEWAY_PORT, Edge, Side, active_side
from components.naming import Naming
from plan.resource import Plan
from tests.components.gcp.kit import ELSEWHERE, REGION, deploy
from tests.components.gcp.support_edge import (
    ANYWHERE,
    CLOSED_PROD,
    DEV,
    OFFICE_ONLY,
    PROD,
    SHAPES,
    Shape,
    changes,
    edge_args,
    entry,
    groups,
    part,
    subnet,
)
from tests.components.kit import before, every, said, sources, the, token
from tests.support import values


def addresses(plan: Plan) -> list[object]:
    return [
        one.outputs["address"]
        for kind in (compute.Address, compute.GlobalAddress)
        for one in every(plan, kind)
    ]


@pytest.mark.parametrize(("prefix", "region"), [("", REGION), ("dr-", ELSEWHERE)])
def test_every_machine_group_knows_the_gateways_port_by_name(prefix: str, region: str) -> None:
    plan = entry(PROD)
    ports = [
        one for one in every(plan, compute.InstanceGroupNamedPort) if one.name.startswith(f"{prefix}edge-")
    ]
    for port, url in zip(ports, groups(region), strict=True):
        assert (said(port, "name"), said(port, "port")) == ("gateway", GATEWAY_PORT)
        assert url.endswith(f"/zones/{said(port, 'zone')}/instanceGroups/{said(port, 'group')}")


def test_a_node_port_is_one_that_kubernetes_gives() -> None:
    assert 30000 <= GATEWAY_PORT <= 32767


def test_a_public_entry_has_one_address_for_both_regions() -> None:
    plan = entry(PROD)
    address = the(plan, compute.GlobalAddress)
    assert every(plan, compute.Address) == []
    for name in ("edge", "dr-edge"):
        assert part(plan, name).outputs["host_name"] == address.outputs["address"]


def test_an_internal_entry_has_an_address_in_each_regions_own_subnet() -> None:
    plan = entry(CLOSED_PROD)
    assert every(plan, compute.GlobalAddress) == []
    for name, region in (("edge", REGION), ("dr-edge", ELSEWHERE)):
        address = the(plan, compute.Address, f"{name}-internal")
        assert (said(address, "addressType"), said(address, "subnetwork")) == ("INTERNAL", subnet(region))
        assert plan[address.provider].inputs["region"] == region
        assert part(plan, name).outputs["host_name"] == address.outputs["address"]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_address_that_customers_know_is_protected_where_it_counts(shape: Shape) -> None:
    plan = entry(shape)
    for kind in (compute.Address, compute.GlobalAddress):
        assert {one.options.protect for one in every(plan, kind)} <= {shape.protect}


@pytest.mark.parametrize("shape", [PROD, CLOSED_PROD])
def test_no_address_changes_when_the_other_region_takes_over(shape: Shape) -> None:
    moved = entry(replace(shape, active_region=ELSEWHERE))
    assert addresses(moved) == addresses(entry(shape))


@pytest.mark.parametrize("shape", [DEV, OFFICE_ONLY])
def test_a_second_region_leaves_the_first_ones_address_and_ports_alone(shape: Shape) -> None:
    found = changes(shape, replace(shape, dr=True))
    kinds = {token(one) for one in (compute.Address, compute.GlobalAddress, compute.InstanceGroupNamedPort)}
    assert {one.action for one in found.changes if one.resource.type in kinds} == {"create"}


@pytest.mark.parametrize("shape", [DEV, CLOSED_PROD, OFFICE_ONLY])
def test_the_whole_internet_is_named_nowhere_unless_the_settings_name_it(shape: Shape) -> None:
    leaves = [value for resource in entry(shape) for _, value in values(dict(resource.inputs))]
    assert not {ANYWHERE, "::/0"} & {value for value in leaves if isinstance(value, str)}


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_addresses_keep_their_whole_names(environment: str) -> None:
    assert Naming(environment).of("compute", "edge", "northamerica-northeast1").endswith("northeast1")


def test_a_balancer_sees_no_group_before_its_port_has_a_name() -> None:
    plan = entry(PROD)
    seen = {name for kind, name in before(plan, the(plan, compute.BackendService)) if "NamedPort" in kind}
    assert seen == {one.name for one in every(plan, compute.InstanceGroupNamedPort)}
    assert sources(plan, the(plan, compute.BackendService), "backends") == seen


def test_the_outside_learns_the_address_and_the_port_for_the_gateways_service() -> None:
    plan = entry(PROD)
    outputs = part(plan, "dr-edge").outputs
    assert outputs["target_group_id"] == str(GATEWAY_PORT)
    assert outputs["groups"] == groups(ELSEWHERE)


def test_the_address_of_a_manager_is_not_taken_for_a_groups() -> None:
    manager = groups(REGION)[0].replace("instanceGroups", "instanceGroupManagers")
    args = replace(edge_args(DEV, REGION, None), machine_groups=[manager])
    with pytest.raises(Exception, match=r"expected …/zones/<zone>/instanceGroups/<name>"):
        deploy(lambda opts: Edge("edge", args, opts))


def test_exactly_one_region_is_the_active_one() -> None:
    found: list[str] = []

    def program(opts: pulumi.ResourceOptions) -> None:
        edge = Edge("edge", edge_args(DEV, REGION, None), opts)
        sides = [Side(region=region, edge=edge, active=False) for region in (REGION, ELSEWHERE)]
        for wrong in (sides, [replace(side, active=True) for side in sides]):
            with pytest.raises(ValueError, match=f"of the regions {REGION}, {ELSEWHERE} are active"):
                active_side(wrong)
        found.append(active_side([sides[0], replace(sides[1], active=True)]).region)

    deploy(program)
    assert found == [ELSEWHERE]
