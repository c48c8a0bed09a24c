"""What the address plan promises: room for all, no overlap, and a zone more moves nothing."""

from __future__ import annotations

import ipaddress
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.cidr import MAX_ZONES, AddressPlan, halves

TIERS = ("private", "public", "database")


@st.composite
def networks(draw: st.DrawFn) -> ipaddress.IPv4Network:
    """Any network that the settings accept: /16 to /20."""
    length = draw(st.integers(16, 20))
    number = draw(st.integers(0, 2**length - 1))
    return ipaddress.IPv4Network((number << (32 - length), length))


def cuts(plan: AddressPlan, zones: int) -> dict[tuple[str, int], ipaddress.IPv4Network]:
    return {
        (tier, zone): ipaddress.IPv4Network(getattr(plan, tier)(zone))
        for tier in TIERS
        for zone in range(zones)
    }


@given(networks())
def test_every_cut_lies_in_the_network(network: ipaddress.IPv4Network) -> None:
    assert all(cut.subnet_of(network) for cut in cuts(AddressPlan(str(network)), MAX_ZONES).values())


@given(networks())
def test_no_two_cuts_overlap(network: ipaddress.IPv4Network) -> None:
    found = cuts(AddressPlan(str(network)), MAX_ZONES).values()
    assert not any(one.overlaps(other) for one, other in combinations(found, 2))


@given(networks(), st.integers(1, MAX_ZONES - 1))
def test_a_zone_more_moves_no_cut(network: ipaddress.IPv4Network, zones: int) -> None:
    plan = AddressPlan(str(network))
    assert cuts(plan, zones).items() < cuts(plan, zones + 1).items()


@given(networks())
def test_every_cut_is_one_that_a_cloud_makes(network: ipaddress.IPv4Network) -> None:
    """AWS refuses subnets smaller than /28 and takes five addresses of each."""
    found = cuts(AddressPlan(str(network)), MAX_ZONES)
    assert all(cut.prefixlen <= 28 for cut in found.values())
    assert all(found["private", zone].num_addresses * 4 == network.num_addresses for zone in range(MAX_ZONES))


@pytest.mark.parametrize("zone", [-1, MAX_ZONES])
@pytest.mark.parametrize("tier", TIERS)
def test_a_zone_that_the_plan_does_not_have_is_refused(tier: str, zone: int) -> None:
    with pytest.raises(ValueError, match=f"zone {zone} has no addresses"):
        getattr(AddressPlan("10.16.0.0/16"), tier)(zone)


@given(networks())
def test_a_tier_is_the_same_size_in_every_zone(network: ipaddress.IPv4Network) -> None:
    """Else the zone with the smaller subnet is full first, and no longer takes over from another."""
    found = cuts(AddressPlan(str(network)), MAX_ZONES)
    for tier in TIERS:
        assert len({found[tier, zone].prefixlen for zone in range(MAX_ZONES)}) == 1


@given(networks())
def test_rooms_to_come_find_room(network: ipaddress.IPv4Network) -> None:
    """Half of the last quarter is nobody's yet."""
    free = list(list(network.subnets(prefixlen_diff=2))[3].subnets(prefixlen_diff=1))[1]
    assert not any(cut.overlaps(free) for cut in cuts(AddressPlan(str(network)), MAX_ZONES).values())


@given(networks())
def test_names_are_asked_of_an_address_that_aws_keeps_for_itself(network: ipaddress.IPv4Network) -> None:
    """AWS takes the first four addresses of a subnet; the third of the network answers DNS."""
    plan = AddressPlan(str(network))
    assert plan.resolver == str(network.network_address + 2)
    taken = [ipaddress.IPv4Network(plan.private(0))[index] for index in range(4)]
    assert ipaddress.IPv4Address(plan.resolver) in taken


@given(networks())
def test_the_halves_of_a_range_are_the_range_and_are_apart(network: ipaddress.IPv4Network) -> None:
    first, second = map(ipaddress.IPv4Network, halves(str(network)))
    assert list(ipaddress.collapse_addresses([first, second])) == [network]
    assert not first.overlaps(second)
