"""What Google's address plan promises: room for all, no overlap, and sizes that Google takes."""

from __future__ import annotations

from ipaddress import IPv4Network, collapse_addresses
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.gcp.cluster import PODS_PER_NODE
from components.gcp.ranges import Ranges
from config.environments import profile
from config.size_checks import GOOGLE_POD_BLOCK
from tests.components.test_cidr import networks

PARTS = ("pods", "machines", "services", "proxies", "stores", "entry")


def cuts(network: IPv4Network) -> dict[str, IPv4Network]:
    ranges = Ranges(str(network))
    return {part: IPv4Network(getattr(ranges, part)) for part in PARTS}


@given(networks())
def test_every_part_lies_in_the_network(network: IPv4Network) -> None:
    assert all(cut.subnet_of(network) for cut in cuts(network).values())


@given(networks())
def test_no_two_parts_overlap(network: IPv4Network) -> None:
    assert not any(one.overlaps(other) for one, other in combinations(cuts(network).values(), 2))


@given(networks())
def test_every_part_is_as_large_as_google_asks_for(network: IPv4Network) -> None:
    """A proxy-only subnet has /26 at least, Services /27, and no subnet is smaller than /29."""
    found = cuts(network)
    assert found["proxies"].prefixlen <= 26
    assert found["services"].prefixlen <= 27
    assert all(cut.prefixlen <= 29 for cut in found.values())


@given(networks())
def test_the_machines_subnet_can_grow_to_twice_its_size_and_moves_nothing(network: IPv4Network) -> None:
    """Google lets a subnet grow into what is beside it, and never shrink or move."""
    found = cuts(network)
    grown = found.pop("machines").supernet()
    assert grown.subnet_of(network)
    assert not any(grown.overlaps(cut) for cut in found.values())


@given(networks())
def test_pods_have_half_of_all_addresses(network: IPv4Network) -> None:
    assert cuts(network)["pods"].num_addresses * 2 == network.num_addresses


@given(networks())
def test_rooms_to_come_find_room(network: IPv4Network) -> None:
    taken = collapse_addresses(cuts(network).values())
    assert sum(cut.num_addresses for cut in taken) < network.num_addresses * 7 // 8


@given(networks(), st.sampled_from([8, 16, 32, 64, 110]))
def test_as_many_machines_find_room_as_have_a_block_for_their_pods(network: IPv4Network, pods: int) -> None:
    """Google gives each machine the next power of two of twice its pods: 64 pods take a /25."""
    length = {8: 28, 16: 27, 32: 26, 64: 25, 110: 24}[pods]
    assert Ranges(str(network)).room(pods) == 2 ** (length - network.prefixlen - 1)


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_the_largest_cluster_of_every_environment_finds_room(environment: str) -> None:
    """With one machine more in each zone while Google changes them."""
    settings = profile(environment, "gcp")  # pyright: ignore[reportArgumentType]
    cluster = settings.cluster
    most = cluster.on_demand.max + (cluster.spot.max if cluster.spot else 0) + 3 * settings.network.zones
    for cidr in (settings.network.cidr, settings.network.dr_cidr):
        assert most <= Ranges(cidr).room(PODS_PER_NODE)


@pytest.mark.parametrize("length", range(16, 21))
def test_the_check_of_the_settings_counts_as_the_plan_does(length: int) -> None:
    """A cluster that the settings' check lets pass finds addresses for its pods."""
    cidr = f"10.16.0.0/{length}"
    assert Ranges(cidr).room(PODS_PER_NODE) == IPv4Network(cidr).num_addresses // 2 // GOOGLE_POD_BLOCK
