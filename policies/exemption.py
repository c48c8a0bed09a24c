"""An exemption: a violation that somebody answers for, until a day that is written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

__all__ = ["Exemption"]


@dataclass(frozen=True, slots=True)
class Exemption:
    """One exemption as it is written."""

    policy: str
    """``policy`` or ``policy#part``."""
    urn: str
    """The resource, as a glob over URNs."""
    reason: str
    owner: str
    expires: date
    """The last day on which it holds."""

    def covers(self, policy: str, part: str, urn: str) -> bool:
        """Whether it means this finding, live or not."""
        return self.policy in (policy, f"{policy}#{part}") and fnmatchcase(urn, self.urn)

    def is_live(self, today: date) -> bool:
        """Whether it still holds."""
        return today <= self.expires
