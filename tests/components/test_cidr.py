"""What the address plan promises: room for all, no overlap, and a zone more moves nothing."""

from __future__ import annotations

import ipaddress
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.cidr import MAX_ZONES, AddressPlan

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
