"""What the table of zones promises: each region of the settings, and zones that are there."""

from __future__ import annotations

from typing import get_args

import pytest

from components.gcp.zones import ZONES, zone_names
from config.clouds import GcpRegion

REGIONS = get_args(GcpRegion)


def test_every_region_of_the_settings_has_its_zones_and_no_other_has() -> None:
    assert set(ZONES) == set(REGIONS)


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_has_three_zones_of_its_own_name(region: str) -> None:
    found = zone_names(region, 3)
    assert len(set(found)) == 3
    assert all(zone.rpartition("-")[0] == region for zone in found)


@pytest.mark.parametrize("region", ["us-east1", "europe-west1"])
def test_the_two_regions_without_a_zone_a_begin_with_b(region: str) -> None:
    assert zone_names(region, 2) == (f"{region}-b", f"{region}-c")


@pytest.mark.parametrize("region", REGIONS)
def test_a_third_zone_moves_none_of_the_two(region: str) -> None:
    assert zone_names(region, 3)[:2] == zone_names(region, 2)
