"""The exchanges' sessions, handed to the market-calendar service.

The service says from them whether a market is open (``market_session_open``), whether pods must be ready
(``market_session_prewarm``), when it opens next and how many days it still knows. It needs no calendar
library and no time zones: every session until the end of the data is in the ConfigMap, in UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.core.v1 import ConfigMap
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.base import Part
from components.k8s.calendars import PREWARM, Session, calendar
from components.k8s.labels import Labels

__all__ = ["PREWARM_KEY", "MarketHours", "MarketHoursArgs", "key_of", "sessions_csv"]

PREWARM_KEY: Final = "prewarm-minutes"
"""Its key in the ConfigMap: how long before the open, and after the close, pods are to be ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketHoursArgs:
    """Whose sessions, and where they go."""

    namespace: pulumi.Input[str]
    labels: Labels
    calendars: Sequence[str]
    """ISO 10383 codes, ``24/7``, ``24/5``; each must be one of `components.k8s.calendars.codes`."""


class MarketHours(Part):
    """One file a calendar, to be mounted by the market-calendar service."""

    config_map_name: pulumi.Output[str]

    def __init__(self, name: str, args: MarketHoursArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        sessions = {key_of(code): sessions_csv(calendar(code).sessions) for code in args.calendars}
        config_map = ConfigMap(
            self.named("market-calendars"),
            # No name of its own, as with `components.k8s.configuration`: the service rolls over to new days.
            metadata=ObjectMetaArgs(
                namespace=args.namespace, labels=args.labels.of("market-calendar", "market-hours")
            ),
            data={**sessions, PREWARM_KEY: str(int(PREWARM.total_seconds()) // 60)},
            opts=ResourceOptions(parent=self),
        )
        self.config_map_name = config_map.metadata.apply(lambda metadata: metadata.name or "")
        self.finish()


def key_of(code: str) -> str:
    """The calendar's file in the ConfigMap; a key takes no slash."""
    return f"{code.replace('/', '-')}.csv"


def sessions_csv(sessions: Sequence[Session]) -> str:
    """A line a session: the exchange's name of the day, open and close."""
    lines = (
        f"{session.day.isoformat()},{session.opens:%Y-%m-%dT%H:%MZ},{session.closes:%Y-%m-%dT%H:%MZ}"
        for session in sessions
    )
    return "\n".join(("day,open,close", *lines, ""))
