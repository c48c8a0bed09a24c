"""Where things live that both regions share: a dual-region of Cloud Storage, and the places around it.

Google pairs only some regions, and calls the same continent by other words in each service: a bucket is
in ``EU``, its key and the images in ``europe``. Two pairs exist under a name of their own alone, and the
key of such a bucket must be in the place of that name.

Sources, read 2026-11: Cloud Storage, *Bucket locations* (configurable and predefined dual-regions) and
*Customer-managed encryption keys* ("For most dual-regions, you must create the Cloud KMS key ring in the
associated multi-region … For the asia1, eur4, and nam4 predefined dual-regions … in the same predefined
dual-region"); Artifact Registry, *Repository locations*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["Place", "dual_region", "place"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What each service calls the place that one region or two have in common."""

    bucket_location: str
    data_locations: tuple[str, str] | None = None
    """The two regions of a configurable dual-region, as its buckets have to name them."""
    dual: bool
    """Whether what is written there is in two regions."""
    key_location: str
    """Where Cloud Storage asks the key of such a bucket to be."""
    registry_location: str
    """Where an image repository for the same regions is, and its key."""
    log_location: str
    """Where a log bucket is that no region's loss takes away; it cannot be moved later."""


CONTINENTS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "US": (
        "us",
        frozenset(
            {
                "us-central1",
                "us-east1",
                "us-east4",
                "us-east5",
                "us-south1",
                "us-west1",
                "us-west2",
                "us-west3",
                "us-west4",
            }
        ),
    ),
    # not London, not Zurich: they are in Europe and in none of the unions of regions
    "EU": (
        "europe",
        frozenset(
            {
                "europe-central2",
                "europe-north1",
                "europe-southwest1",
                "europe-west1",
                "europe-west3",
                "europe-west4",
                "europe-west9",
            }
        ),
    ),
    "ASIA": ("asia", frozenset({"asia-east1", "asia-southeast1"})),
}
"""By the bucket's word: the other services' word, and which regions may be paired there."""

LOG_LOCATIONS: Final[Mapping[str, str]] = {"us": "us", "europe": "eu"}
"""By continent, what Cloud Logging calls it; it has no other."""

PREDEFINED: Final[Mapping[frozenset[str], tuple[str, str]]] = {
    frozenset({"us-central1", "us-east1"}): ("NAM4", "us"),
    frozenset({"europe-north1", "europe-west4"}): ("EUR4", "europe"),
    frozenset({"asia-northeast1", "asia-northeast2"}): ("ASIA1", "asia"),
}
"""Pairs that exist only under a name of their own, and the images' continent.

London's pairs (EUR5, EUR7) and Zurich's (EUR8) are left out: no page says where their keys have to be.
"""


def dual_region(region: str, other: str) -> Place | None:
    """The place that the two regions share; None where Google does not pair them."""
    pair = frozenset({region, other})
    if len(pair) == 1:
        return None
    if pair in PREDEFINED:
        name, continent = PREDEFINED[pair]
        return Place(
            bucket_location=name,
            dual=True,
            key_location=name.lower(),
            registry_location=continent,
            log_location=LOG_LOCATIONS.get(continent, "global"),
        )
    for location, (continent, regions) in CONTINENTS.items():
        if pair <= regions:
            first, second = sorted(pair)
            return Place(
                bucket_location=location,
                data_locations=(first.upper(), second.upper()),
                dual=True,
                key_location=continent,
                registry_location=continent,
                log_location=LOG_LOCATIONS.get(continent, "global"),
            )
    return None


def place(region: str, other: str | None) -> Place:
    """The place that is shared with the other region; without another, the region itself.

    Raises:
        ValueError: Google does not pair the two regions.
    """
    if other is None:
        return Place(
            bucket_location=region.upper(),
            dual=False,
            key_location=region,
            registry_location=region,
            log_location=region,
        )
    found = dual_region(region, other)
    if found is None:
        msg = (
            f"{region} and {other} are no dual-region of Cloud Storage, expected two regions of one union, "
            "for example us-central1 with us-east4, or europe-west1 with europe-west4\n"
            "  why: one bucket holds the objects of both regions"
        )
        raise ValueError(msg)
    return found
