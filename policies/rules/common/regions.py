"""Where things stand: data stays in the regions that were agreed on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["PLACES"]

PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "pulumi:providers:aws": ("region",),
    "pulumi:providers:gcp": ("region", "zone"),
    "pulumi:providers:azure-native": ("location",),
    "aws:*": (
        "region",
        "availabilityZone",
        "availabilityZones[*]",
        "replicas[*].regionName",
        "replicas[*].region",
    ),
    "gcp:*": (
        "region",
        "location",
        "zone",
        "nodeLocations[*]",
        "replicaZones[*]",
        "distributionPolicyZones[*]",
        "locationId",
        "alternativeLocationId",
        "customPlacementConfig.dataLocations[*]",
        "replication.userManaged.replicas[*].location",
    ),
    "azure-native:*": ("location", "locations[*].locationName"),
}
"""Where each cloud's resources say it. AWS's own regions of a resource came with its provider's version 7."""
EVERYWHERE: Final = ("global", "")
"""Of the whole cloud: a name or a route, in no region."""
AWS_ZONE: Final = re.compile(r"([a-z]{2,3}(?:-[a-z]+)+-\d)(?:[a-z]|-[a-z]{3}-\d[a-z])")
GCP_ZONE: Final = re.compile(r"([a-z]+(?:-[a-z]+)+\d+)-[a-z]")


@policy(
    id="ops-allowed-regions",
    title="Resources stay in allowed regions",
    violation="the region, location or zone of a provider, a resource or one of its replicas is none of "
    "`allowedRegions`; what is of the whole cloud (`global`) is in no region",
    severity="high",
    category="operations",
    reads=PLACES,
    defaults={"allowedRegions": ["eu-west-1", "eu-central-1", "europe-west1", "westeurope"]},
    fix=Fix("none", "Put it where its data may be.", 'aws.Provider("main", region="eu-west-1")'),
    enforcement="MMM",
    soc2=("CC6.1", "C1.1", "P4.1"),
    cis=(),
)
def allowed_regions(subject: Subject) -> Iterator[Judgement]:
    """Where data may be is a promise to customers and the law; one forgotten default puts it elsewhere."""
    allowed = {_region(name) for name in subject.config.texts("allowedRegions")}
    cloud = subject.type.partition(":")[0]
    paths = PLACES.get(subject.type) or PLACES.get(f"{cloud}:*", ())
    places = [place for path in paths for place in _at(subject.root, path)]
    said = [place for place in places if not place.is_absent]
    for place in said:
        strange = place.test(lambda value: not _is_allowed(value, allowed))
        yield fail_if(strange, place, f"it is in {place.shown}, expected one of {', '.join(sorted(allowed))}")
    if said:
        return
    if subject.type == "pulumi:providers:aws":
        unsaid = subject.at("region")
        yield fail_if(Truth.UNKNOWN, unsaid, "the region of who runs the program is an allowed one")
        return
    yield not_applicable("it says no region of its own")


def _at(root: Node, path: str) -> Iterator[Node]:
    head, star, rest = path.partition("[*]")
    place = root.at(head)
    if not star:
        yield place
        return
    for item in place.items():
        yield from _at(item, rest.removeprefix(".")) if rest else [item]


def _is_allowed(value: Any, allowed: set[str]) -> bool:  # noqa: ANN401 - any property value
    region = _region(value) if isinstance(value, str) else None
    return region in EVERYWHERE or region in allowed


def _region(name: str) -> str:
    """The region of a region, a zone or a link to one, however it is spelt."""
    plain = name.rpartition("/")[2].replace(" ", "").lower()
    zone = AWS_ZONE.fullmatch(plain) or GCP_ZONE.fullmatch(plain)
    return zone[1] if zone else plain
