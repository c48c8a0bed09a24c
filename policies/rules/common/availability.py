"""A second one of everything is for production."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["STANDBYS"]

STANDBYS: Final = {
    "aws:rds/instance:Instance": ("multiAz", (), False),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("multiAzEnabled", (), False),
    "gcp:sql/databaseInstance:DatabaseInstance": ("settings.availabilityType", ("REGIONAL",), "ZONAL"),
    "azure-native:dbforpostgresql:Server": (
        "highAvailability.mode",
        ("ZoneRedundant", "SameZone"),
        "Disabled",
    ),
    "azure-native:sql:Database": ("zoneRedundant", (), False),
}
"""Where each store says that it has a standby, with which words (none: true), and how it says that not."""


@policy(
    id="cost-no-ha-in-dev",
    title="High availability is off outside production",
    violation="multiAz, multiAzEnabled or zoneRedundant is true, availabilityType is REGIONAL, or "
    "highAvailability.mode is ZoneRedundant or SameZone",
    severity="low",
    category="cost",
    reads={token: (path,) for token, (path, _, _) in STANDBYS.items()},
    fix=Fix("auto", "Leave the standby out.", "multi_az=False"),
    enforcement="RAD",
    soc2=("A1.1",),
    cis=(),
)
def no_ha_in_dev(subject: Subject) -> Iterator[Judgement]:
    """A standby doubles what a database costs, and a test environment may be down for an hour.

    Without a word there is none: that is the default of all five.
    """
    path, words, off = STANDBYS[subject.type]
    place = subject.at(path)
    standby = place.one_of(words) if words else place.is_true
    yield fail_if(standby, place, f"it has a standby ({place.shown})", mend=[place.becomes(off)])
