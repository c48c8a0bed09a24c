"""Which regions can share a bucket, and where its key and the images have to be."""

from __future__ import annotations

from itertools import combinations
from typing import get_args

import pytest

from config.clouds import GcpRegion
from config.dual_region import Place, dual_region, place

REGIONS: tuple[str, ...] = get_args(GcpRegion)
PAIRS = list(combinations(REGIONS, 2))


@pytest.mark.parametrize(
    ("home", "dr", "expected"),
    [
        (
            "us-central1",
            "us-east4",
            Place(
                bucket_location="US",
                data_locations=("US-CENTRAL1", "US-EAST4"),
                dual=True,
                key_location="us",
                registry_location="us",
                log_location="us",
            ),
        ),
        (
            "europe-west4",
            "europe-west1",
            Place(
                bucket_location="EU",
                data_locations=("EUROPE-WEST1", "EUROPE-WEST4"),
                dual=True,
                key_location="europe",
                registry_location="europe",
                log_location="eu",
            ),
        ),
    ],
)
def test_two_regions_of_one_union_share_a_bucket_whose_key_is_in_the_union(
    home: str, dr: str, expected: Place
) -> None:
    assert dual_region(home, dr) == expected


@pytest.mark.parametrize(
    ("home", "dr", "location", "images"),
    [("us-central1", "us-east1", "NAM4", "us"), ("europe-west4", "europe-north1", "EUR4", "europe")],
)
def test_two_pairs_have_a_name_of_their_own_and_their_key_is_there_but_the_images_are_not(
    home: str, dr: str, location: str, images: str
) -> None:
    found = dual_region(home, dr)
    assert found is not None
    assert (found.bucket_location, found.data_locations) == (location, None)
    assert (found.key_location, found.registry_location) == (location.lower(), images)


@pytest.mark.parametrize(("home", "dr"), PAIRS)
def test_home_and_the_other_region_agree_on_the_place(home: str, dr: str) -> None:
    assert dual_region(home, dr) == dual_region(dr, home)


@pytest.mark.parametrize(
    ("home", "dr"),
    [
        ("us-central1", "europe-west1"),
        ("europe-west1", "europe-west2"),
        ("us-east4", "northamerica-northeast1"),
        ("asia-northeast1", "asia-southeast1"),
        ("us-east1", "us-east1"),
    ],
)
def test_regions_that_google_does_not_pair_are_refused_with_some_that_it_does(home: str, dr: str) -> None:
    assert dual_region(home, dr) is None
    with pytest.raises(ValueError, match=rf"{home} and {dr} are no dual-region.*expected.*us-east4"):
        place(home, dr)


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_that_is_alone_is_its_own_place(region: str) -> None:
    found = place(region, None)
    assert (found.dual, found.data_locations) == (False, None)
    assert found.bucket_location == region.upper()
    assert found.key_location == found.registry_location == region


def test_every_pair_has_its_bucket_in_both_regions_and_nowhere_else() -> None:
    for home, dr in PAIRS:
        found = dual_region(home, dr)
        if found and found.data_locations:
            assert {one.lower() for one in found.data_locations} == {home, dr}
