"""The address plan of one Google region. Pure arithmetic, as `components.cidr` has it for zones.

Google's subnets are the region's and not a zone's, and pods and Services have ranges of their own beside
the machines'. So the range is cut otherwise than AWS's:

=========  =======================  ==========================================================
in /16     slot                     for
=========  =======================  ==========================================================
/17        the first half           pods
/19        eighth 4                 machines
/19        eighth 5                 free: the machines' subnet grows into it, or more pods
/19        eighth 6                 Services of Kubernetes
/22        eighth 7, slot 0         Google's own proxies, which send what the entry lets in
/22        eighth 7, slot 1         stores: private endpoints, and nothing that has a way out
/22        eighth 7, slot 2         the internal entry's address
/22        eighth 7, slots 3-7      free, for rooms to come
=========  =======================  ==========================================================

Pods are what runs out first: a machine takes a block of twice as many addresses as it may have pods.
Services have a range in each region, since both regions are one network, in which no two ranges overlap.

Sources: Google Cloud, *Plan IP addresses for GKE*, *Proxy-only subnets* (/26 at least, /23 advised),
*Subnets* (the smallest is /29, four addresses of each are Google's), read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

__all__ = ["Ranges"]

_HALF_BITS, _EIGHTH_BITS, _SLOT_BITS = 1, 3, 3
_MACHINES, _SERVICES, _SLOTS = 4, 6, 7
_PROXIES, _STORES, _ENTRY = 0, 1, 2
_ADDRESS_BITS = 32


@dataclass(frozen=True, slots=True)
class Ranges:
    """Names for the parts of one region's range (IPv4, /16 to /20)."""

    cidr: str

    @property
    def pods(self) -> str:
        """Where pods live."""
        return str(_part(IPv4Network(self.cidr), _HALF_BITS, 0))

    @property
    def machines(self) -> str:
        """Where machines live, and the cluster's own private door."""
        return str(self._eighth(_MACHINES))

    @property
    def services(self) -> str:
        """Addresses of Kubernetes Services: inside the cluster only."""
        return str(self._eighth(_SERVICES))

    @property
    def proxies(self) -> str:
        """From where Google's balancers talk to the gateway."""
        return self._slot(_PROXIES)

    @property
    def stores(self) -> str:
        """Where the databases' and caches' private endpoints are."""
        return self._slot(_STORES)

    @property
    def entry(self) -> str:
        """Where an internal entry has its address."""
        return self._slot(_ENTRY)

    def room(self, pods_per_machine: int) -> int:
        """Machines that find a block of addresses for so many pods each: what bounds the cluster."""
        block = 1 << (2 * pods_per_machine - 1).bit_length()
        return min(
            IPv4Network(self.pods).num_addresses // block,
            IPv4Network(self.machines).num_addresses - 4,
        )

    def _eighth(self, number: int) -> IPv4Network:
        return _part(IPv4Network(self.cidr), _EIGHTH_BITS, number)

    def _slot(self, number: int) -> str:
        return str(_part(self._eighth(_SLOTS), _SLOT_BITS, number))


def _part(network: IPv4Network, bits: int, number: int) -> IPv4Network:
    """One of the equal parts that so many more bits cut a network into."""
    length = network.prefixlen + bits
    return IPv4Network((int(network.network_address) + (number << (_ADDRESS_BITS - length)), length))
