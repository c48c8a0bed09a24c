"""From when on something is worth telling a person: the numbers behind the alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the environment promises, may cost, and calls unusual."""

    services: Sequence[str]
    """By name, the services that must answer at any time."""
    budget: Decimal
    """Dollars a month that the cluster may cost: machines, volumes, load balancers, control plane."""
    availability: Decimal = Decimal("99.9")
    """Percent of 30 days that each objective promises. A Decimal, so that 0.1 % is 0.001 in a rule."""
    latency_seconds: Decimal = Decimal("0.3")
    """95 of a hundred requests are answered within so long."""
    order_ack_seconds: Decimal = Decimal("0.25")
    """A venue acknowledges an order within so long; the histogram has a bucket that ends there."""
    fresh_seconds: int = 5
    """Market data older than this is stale."""
    volatility: Decimal = Decimal("0.8")
    """Above it a market is called volatile, and workers stand ready."""
    reject_percent: Decimal = Decimal(1)
    """Of a venue's orders that it may reject."""
    queue_length: int = 1000
    """Tasks that wait while the workers are as many as they may be: 10 for each of 100."""
    clock_seconds: Decimal = Decimal("0.05")
    """How far a machine's clock may be off: timestamps of orders are evidence."""
    auth_failures_per_second: Decimal = Decimal(5)
    """More refused logins than customers' slips explain."""
    standby: bool = False
    """Another region stands by: its lag and its tests are watched."""
    rpo_seconds: int = 300
    """So much of the past may be lost with a region."""
    rto_seconds: int = 900
    """So soon the other region trades."""
    recovery_test_days: int = 35
    """Monthly, with some days of grace."""
