"""The address plan: which part of the network is whose. Pure arithmetic, the same in each cloud.

The range is cut in four. A zone owns one quarter for its machines and pods, by its number, so that
adding a zone moves nothing. The last quarter is cut in sixteen small slots for everything else.

=========  ==========================  ======================
in /16     slot                        for
=========  ==========================  ======================
/18        quarters 0-2                machines and pods, zones 0-2
/22        quarter 3, slots 0-2        the edge: load balancers, ways out
/22        quarter 3, slots 4-6        databases: no way out
/22        quarter 3, slots 8-15       free, for rooms to come
=========  ==========================  ======================
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

__all__ = ["MAX_ZONES", "AddressPlan", "halves"]

MAX_ZONES: Final = 3
_QUARTER_BITS, _SLOT_BITS = 2, 4
_DATABASE_SLOT: Final = 4


@dataclass(frozen=True, slots=True)
class AddressPlan:
    """Names for the parts of one network range (IPv4, /16 to /20)."""

    cidr: str

    def private(self, zone: int) -> str:
        """Where the zone's machines and pods live."""
        return str(self._quarters()[_checked(zone, self.cidr)])

    def public(self, zone: int) -> str:
        """Where the zone's load balancers and its way out live."""
        return self._slot(_checked(zone, self.cidr))

    def database(self, zone: int) -> str:
        """Where the zone's databases live; routed nowhere but within the network."""
        return self._slot(_DATABASE_SLOT + _checked(zone, self.cidr))

    @property
    def resolver(self) -> str:
        """Where AWS answers DNS queries in the network: the third address. Never a machine's."""
        return str(ipaddress.IPv4Network(self.cidr)[2])

    def _slot(self, number: int) -> str:
        slots = list(self._quarters()[MAX_ZONES].subnets(prefixlen_diff=_SLOT_BITS))
        return str(slots[number])

    def _quarters(self) -> list[ipaddress.IPv4Network]:
        return list(ipaddress.IPv4Network(self.cidr).subnets(prefixlen_diff=_QUARTER_BITS))


def halves(cidr: str) -> tuple[str, str]:
    """A range for each of two regions: what is beside the network, such as the clients of a VPN."""
    first, second = ipaddress.IPv4Network(cidr).subnets(prefixlen_diff=1)
    return str(first), str(second)


def _checked(zone: int, cidr: str) -> int:
    """The zone itself. Unchecked, a fourth zone would be given what belongs to somebody else."""
    if not 0 <= zone < MAX_ZONES:
        msg = f"zone {zone} has no addresses: the plan of {cidr} has zones 0 to {MAX_ZONES - 1}"
        raise ValueError(msg)
    return zone
