"""What one region of a cloud is for ever, and what it is told: the same words on every cloud.

The regions of a cloud know their birth and not their rank (ADR 7), so that a swap after a failover
replaces nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from components.cidr import halves
from components.tagging import Tags
from config.clouds import Aws, Azure, Gcp
from config.settings import Settings
from stacks.cloud import WorkloadNames

__all__ = ["Birth", "RegionArgs"]

AnyCloud = TypeVar("AnyCloud", Aws, Gcp, Azure)
Place = TypeVar("Place")


@dataclass(frozen=True, kw_only=True)  # no slots: with them, Python 3.11 cannot make a generic one
class Birth(Generic[Place]):
    """What a region is for ever, whichever of the two works."""

    region: str
    cidr: str
    client_cidr: str
    """Addresses of the VPN's clients."""
    database_instances: int
    peer: str | None
    """The other region; None where there is none."""
    home: Place | None
    """The region that this one is the twin of; None: this one is home."""

    @classmethod
    def at_home(cls, settings: Settings) -> Birth[Place]:
        """The region in which the platform was born."""
        return cls(
            region=settings.cloud.region,
            cidr=settings.network.cidr,
            client_cidr=halves(settings.access.client_cidr)[0],
            database_instances=settings.database.instances,
            peer=settings.cloud.dr_region,
            home=None,
        )

    @classmethod
    def elsewhere(cls, settings: Settings, home: Place) -> Birth[Place] | None:
        """Its twin; None where the settings name none."""
        if settings.cloud.dr_region is None:
            return None
        return cls(
            region=settings.cloud.dr_region,
            cidr=settings.network.dr_cidr,
            client_cidr=halves(settings.access.client_cidr)[1],
            database_instances=settings.recovery.database_instances,
            peer=settings.cloud.region,
            home=home,
        )


@dataclass(frozen=True, kw_only=True)  # no slots: with them, Python 3.11 cannot make a generic one
class RegionArgs(Generic[AnyCloud, Place]):
    """The environment's wishes, which of its regions this is, and who will live there."""

    settings: Settings
    cloud: AnyCloud
    tags: Tags
    workloads: WorkloadNames
    birth: Birth[Place]

    @property
    def active(self) -> bool:
        """Whether the platform works here now. Nothing that holds data reads it."""
        return self.birth.region == (self.cloud.active_region or self.cloud.region)
