"""What Grafana makes of a dashboard's variables before it asks Prometheus."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["ALL", "substituted"]

ALL = ".*"
"""What our variables stand for while nobody has chosen anything: their ``allValue``."""
_VARIABLE = re.compile(r"\$\{(?P<braced>\w+)(?::\w+)?\}|\$(?P<plain>\w+)")


def substituted(
    expression: str,
    *,
    step: float,
    scraped_every: float,
    chosen: Mapping[str, str] | None = None,
) -> str:
    """PromQL without variables.

    ``step``: seconds between two points of the picture; ``scraped_every``: the data source's own interval.
    A variable that Grafana would not know stays as it is there, and is refused by Prometheus; here it raises.
    """
    values = dict.fromkeys(("cluster", "namespace", "job", "instance"), ALL) | dict(chosen or {})
    values["__interval"] = f"{step:g}s"
    values["__rate_interval"] = f"{max(step + scraped_every, 4 * scraped_every):g}s"

    def value(match: re.Match[str]) -> str:
        name = match["braced"] or match["plain"]
        if name not in values:
            msg = f"${name} is no variable of the dashboard: {expression}"
            raise KeyError(msg)
        return values[name]

    return _VARIABLE.sub(value, expression)
