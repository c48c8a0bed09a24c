"""What a region's network promises: a way out under known addresses, no way in, room for each kind."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network
from itertools import combinations

import pulumi
import pytest
from pulumi_gcp import compute, monitoring, networkconnectivity

from components.gcp.network import MAX_ADDRESSES, Network, NetworkArgs
from components.gcp.ranges import Ranges
from plan.resource import Plan, Resource
from tests.components.gcp.kit import CHANNELS, CIDR, REGION, deploy
from tests.components.gcp.support_network import both, network_args
from tests.components.kit import before, every, said, sources, the, token

ARGS = network_args("projects/p/global/networks/n")


def recorded(args: NetworkArgs) -> Plan:
    return deploy(lambda opts: Network("network", args, opts))


def subnet(name: str) -> Resource:
    return the(both(), compute.Subnetwork, f"network-{name}")


def test_subnets_and_their_ranges_lie_in_the_regions_range_and_never_overlap() -> None:
    found = [IPv4Network(str(said(one, "ipCidrRange"))) for one in every(both(), compute.Subnetwork)]
    found += [
        IPv4Network(str(said(subnet("machines"), "secondaryIpRanges", index, "ipCidrRange")))
        for index in range(2)
    ]
    assert len(found) == 6
    assert all(cut.subnet_of(IPv4Network(CIDR)) for cut in found)
    assert not any(one.overlaps(other) for one, other in combinations(found, 2))


@pytest.mark.parametrize(
    ("name", "part"), [("machines", "machines"), ("stores", "stores"), ("entry", "entry")]
)
def test_each_kind_is_where_the_firewall_believes_it_is(name: str, part: str) -> None:
    assert said(subnet(name), "ipCidrRange") == getattr(Ranges(CIDR), part)


def test_pods_and_services_have_ranges_of_their_own_beside_the_machines() -> None:
    assert said(subnet("machines"), "secondaryIpRanges") == [
        {"rangeName": "pods", "ipCidrRange": Ranges(CIDR).pods},
        {"rangeName": "services", "ipCidrRange": Ranges(CIDR).services},
    ]


def test_all_subnets_are_the_one_networks_in_this_region() -> None:
    for one in every(both(), compute.Subnetwork):
        assert "vpc-network" in sources(both(), one, "network")
        assert said(one, "region") == REGION


def test_nothing_is_made_before_the_network_has_a_way_out() -> None:
    route = the(both(), compute.Route)
    assert (route.type, route.name) in before(both(), subnet("machines"))


@pytest.mark.parametrize("name", ["machines", "stores", "entry"])
def test_googles_services_are_reached_without_a_public_address_and_flows_are_logged(name: str) -> None:
    assert said(subnet(name), "privateIpGoogleAccess") is True
    assert said(subnet(name), "logConfig", "flowSampling") == 1
    assert said(subnet(name), "logConfig", "metadata") == "INCLUDE_ALL_METADATA"


def test_without_flow_logs_no_subnet_has_one() -> None:
    plan = recorded(replace(ARGS, flow_logs=False))
    assert all(said(one, "logConfig") is None for one in every(plan, compute.Subnetwork))


def test_the_proxies_subnet_is_of_the_kind_that_balancers_across_regions_take() -> None:
    proxies = subnet("proxies")
    assert (said(proxies, "purpose"), said(proxies, "role")) == ("GLOBAL_MANAGED_PROXY", "ACTIVE")
    assert said(proxies, "ipCidrRange") == Ranges(CIDR).proxies
    assert said(proxies, "logConfig") is None, "Google refuses a flow log there"


def test_no_word_that_people_read_could_replace_a_subnet_or_an_address() -> None:
    """Google decides descriptions once: a mended one would make the network anew."""
    for kind in (compute.Network, compute.Subnetwork, compute.Address, compute.Router):
        for one in every(both(), kind):
            assert said(one, "description") is None


def test_only_machines_and_pods_go_out() -> None:
    nat = the(both(), compute.RouterNat)
    assert said(nat, "sourceSubnetworkIpRangesToNat") == "LIST_OF_SUBNETWORKS"
    assert sources(both(), nat, "subnetworks") == {"network-machines"}
    assert said(nat, "subnetworks", 0, "sourceIpRangesToNats") == [
        "PRIMARY_IP_RANGE",
        "LIST_OF_SECONDARY_IP_RANGES",
    ]
    assert said(nat, "subnetworks", 0, "secondaryIpRangeNames") == ["pods"]
    assert sources(both(), nat, "router") == {"network-router"}


def test_exchanges_see_known_addresses_and_never_another() -> None:
    nat = the(both(), compute.RouterNat)
    assert said(nat, "natIpAllocateOption") == "MANUAL_ONLY"
    assert sources(both(), nat, "natIps") == {"network-nat-1", "network-nat-2", "network-nat-3"}
    part = next(one for one in both() if one.type == "trading-platform:gcp:Network")
    addresses = [the(both(), compute.Address, f"network-nat-{number}") for number in (1, 2, 3)]
    assert part.outputs["nat_addresses"] == [one.outputs["address"] for one in addresses]


def test_an_address_more_moves_none_of_those_that_exchanges_know() -> None:
    def known(count: int) -> set[str]:
        return {one.urn for one in every(recorded(replace(ARGS, nat_addresses=count)), compute.Address)}

    assert known(1) < known(2) < known(3)


@pytest.mark.parametrize("protect", [False, True])
def test_in_prod_no_address_that_exchanges_know_can_be_destroyed(*, protect: bool) -> None:
    for one in every(recorded(replace(ARGS, protect=protect)), compute.Address):
        assert one.options.protect is protect


@pytest.mark.parametrize("count", [0, MAX_ADDRESSES + 1])
def test_a_way_out_without_an_address_or_with_too_many_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=rf"has {count} addresses, expected 1 to {MAX_ADDRESSES}"):
        recorded(replace(ARGS, nat_addresses=count))


def test_a_machine_gets_more_ports_while_it_needs_them_in_steps_that_google_takes() -> None:
    nat = the(both(), compute.RouterNat)
    assert said(nat, "enableDynamicPortAllocation") is True
    assert said(nat, "enableEndpointIndependentMapping") is False
    least, most = said(nat, "minPortsPerVm"), said(nat, "maxPortsPerVm")
    assert isinstance(least, int | float)
    assert isinstance(most, int | float)
    assert 32 <= least < most <= 65536
    assert all(int(ports).bit_count() == 1 for ports in (least, most))


def test_a_connection_that_finds_no_port_is_logged_and_rings() -> None:
    nat = the(both(), compute.RouterNat)
    assert said(nat, "logConfig") == {"enable": True, "filter": "ERRORS_ONLY"}
    policy = the(both(), monitoring.AlertPolicy, "network-nat-drops")
    assert said(policy, "notificationChannels") == list(CHANNELS)
    watched = str(said(policy, "conditions", 0, "conditionThreshold", "filter"))
    assert 'metric.labels.reason = "OUT_OF_RESOURCES"' in watched
    assert f'resource.labels.region = "{REGION}"' in watched, "both regions have a NAT of that name"
    assert f'resource.labels.gateway_name = "{said(nat, "name")}"' in watched


def test_caches_and_nobody_else_may_make_endpoints_by_themselves_and_only_among_the_stores() -> None:
    leave = the(both(), networkconnectivity.ServiceConnectionPolicy)
    assert said(leave, "serviceClass") == "gcp-memorystore"
    assert said(leave, "location") == REGION
    assert sources(both(), leave, "pscConfig") == {"network-stores"}


def test_the_outside_learns_one_subnet_of_each_kind_and_the_names_of_the_ranges() -> None:
    part = next(one for one in both() if one.type == "trading-platform:gcp:Network")
    assert part.outputs["private_subnet_ids"] == [subnet("machines").id]
    assert part.outputs["database_subnet_ids"] == [subnet("stores").id]
    assert part.outputs["public_subnet_ids"] == [subnet("entry").id]
    assert (part.outputs["pods_range_name"], part.outputs["services_range_name"]) == ("pods", "services")
    assert part.outputs["network_id"] == the(both(), compute.Network).id


def test_an_entry_waits_for_the_proxies_and_a_cache_for_its_leave() -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        network = Network("network", ARGS, opts)
        for name, first in (("an-entry", network.before_entry), ("a-cache", network.before_cache)):
            waits = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(first)))
            compute.Address(name, opts=waits)

    plan = deploy(program)
    leave = token(networkconnectivity.ServiceConnectionPolicy)
    assert (token(compute.Subnetwork), "network-proxies") in before(
        plan, the(plan, compute.Address, "an-entry")
    )
    assert (leave, "network-cache") in before(plan, the(plan, compute.Address, "a-cache"))


def test_a_preview_shows_every_resource_of_the_deployment() -> None:
    preview = deploy(lambda opts: Network("network", ARGS, opts), "preview")
    assert {one.urn for one in preview} == {one.urn for one in recorded(ARGS)}
