"""Which zones the platform uses in a region, by name: on Google a name means the same zone to everybody.

Written down and not asked for, so that a plan needs no answer of Google's. Two regions have no zone ``a``;
``us-central1`` has a fourth one, ``f``, which is left out.

Source: Google Cloud, *Regions and zones*, read 2026-11.
"""

from __future__ import annotations

from typing import Final

__all__ = ["ZONES", "zone_names"]

ZONES: Final[dict[str, str]] = {
    "asia-northeast1": "abc",
    "asia-south1": "abc",
    "asia-southeast1": "abc",
    "australia-southeast1": "abc",
    "europe-north1": "abc",
    "europe-west1": "bcd",
    "europe-west2": "abc",
    "europe-west3": "abc",
    "europe-west4": "abc",
    "northamerica-northeast1": "abc",
    "southamerica-east1": "abc",
    "us-central1": "abc",
    "us-east1": "bcd",
    "us-east4": "abc",
    "us-west1": "abc",
}
"""Last letters of the zones' names."""


def zone_names(region: str, count: int) -> tuple[str, ...]:
    """The first ``count`` zones of the region. The order is API: a cluster keeps the zones it was made in."""
    return tuple(f"{region}-{letter}" for letter in ZONES[region][:count])
