"""Which ports a rule of a firewall opens, whatever the firewall calls its fields."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from policies.truth import Truth, known

if TYPE_CHECKING:
    from policies.node import Node

__all__ = ["all_protocols", "has_no_ports", "opens", "opens_more_than", "span"]

ALL_PROTOCOLS: Final = ("-1", "all")
WITHOUT_PORTS: Final = ("icmp", "icmpv6", "1", "58")
"""ICMP keeps its types and codes where other protocols have ports."""


def _protocol(rule: Node) -> Node:
    named = rule.key("ipProtocol")
    return rule.key("protocol") if named.is_absent else named


def all_protocols(rule: Node) -> Truth:
    """Whether it is for every protocol: then AWS opens all ports, whatever ports are named."""
    return _protocol(rule).test(lambda value: str(value).lower() in ALL_PROTOCOLS)


def has_no_ports(rule: Node) -> Truth:
    """Whether it is for a protocol without ports."""
    return _protocol(rule).test(lambda value: str(value).lower() in WITHOUT_PORTS)


def opens(rule: Node, ports: Collection[int]) -> Truth:
    """Whether it opens one of these ports."""
    everything = all_protocols(rule) & known(value=bool(ports))
    first, last = rule.key("fromPort"), rule.key("toPort")
    if first.is_open or last.is_open:
        return everything | (Truth.UNKNOWN & ~has_no_ports(rule))
    low, high = first.number, last.number if last.number is not None else first.number
    if low is None or high is None:
        return everything
    # 0 to 0 is how "all ports" is commonly written; nobody serves on port 0.
    inside = bool(ports) and (low == high == 0 or any(low <= port <= high for port in ports))
    return everything | (known(value=inside) & ~has_no_ports(rule))


def opens_more_than(rule: Node, ports: Collection[int]) -> Truth:
    """Whether it opens a port that is none of these."""
    first, last = rule.key("fromPort"), rule.key("toPort")
    if first.is_open or last.is_open:
        return all_protocols(rule) | (Truth.UNKNOWN & ~has_no_ports(rule))
    low, high = first.number, last.number if last.number is not None else first.number
    approved = (
        low is not None
        and high is not None
        and len({port for port in ports if low <= port <= high}) >= high - low + 1
    )
    return all_protocols(rule) | (known(value=not approved) & ~has_no_ports(rule))


def span(rule: Node) -> str:
    """Its ports, for messages."""
    if all_protocols(rule) == Truth.YES:
        return "all ports"
    first, last = rule.key("fromPort").shown, rule.key("toPort").shown
    return f"port {first}" if first == last else f"ports {first} to {last}"
