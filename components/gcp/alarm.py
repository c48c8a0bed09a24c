"""One form for every alert policy: what is watched, from where on it is bad, and who hears of it.

An alarm without a channel is a number that nobody sees, so there is no way to make one here. Policies
live in the project, not in a region: they ring when a region is gone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import monitoring

from components.base import Part
from components.naming import Naming

__all__ = ["Metric", "Query", "Severity", "Silence", "alarm", "none_for"]

Severity = Literal["CRITICAL", "ERROR", "WARNING"]
Silence = Literal["active", "inactive", "no-op"]
"""What it means that the metric says nothing: as bad as a bad value, as good as a good one, no news."""

FUNCTIONS: Final[Mapping[str, str]] = {
    "ALIGN_DELTA": "sum_over_time",  # a single event counts, which `increase` may miss
    "ALIGN_MAX": "max_over_time",
    "ALIGN_SUM": "sum_over_time",
}
"""What PromQL calls an aligner, and below a reducer."""
REDUCERS: Final[Mapping[str | None, str]] = {None: "max", "REDUCE_MAX": "max", "REDUCE_SUM": "sum"}
LATE_SECONDS: Final = 300
EVERY_SECONDS: Final = 60
AUTO_CLOSE_SECONDS: Final = 1800
"""An incident whose metric fell silent is closed after so long; the shortest that Google takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What is watched, and from where on it is bad."""

    type: str
    """For example ``cloudsql.googleapis.com/database/replication/replica_lag``."""
    resource: str
    """The monitored resource's type, for example ``cloudsql_database``. Google refuses a filter without."""
    labels: Mapping[str, pulumi.Input[str]]
    """Which of them: by the label's full path, for example ``resource.labels.database_id``."""
    above: float | None = None
    """Bad when greater. Either this or ``below``."""
    below: float | None = None
    aligner: str = "ALIGN_MAX"
    """How the values of one period become one, for example ``ALIGN_RATE``."""
    reducer: str | None = None
    """How several time series become one, for example ``REDUCE_SUM``. None: each is watched by itself."""
    seconds: int = 60
    """Length of one period: 60 or more."""
    periods: int = 1
    """Bad for so many periods in a row."""
    silence: Silence = "inactive"
    listed: bool = True
    """Whether Google's list of metrics has it. One that we know by analogy alone is asked for in PromQL:
    there Google takes an alarm on a metric that it has not seen yet, which it refuses everywhere else."""
    own: pulumi.Resource | None = None
    """What makes it, where it is ours, counted from a log. Monitoring knows such a one minutes after it was
    made, so it is asked for like one that is not listed."""

    def __post_init__(self) -> None:
        """Refuse a metric with no bad side, or two."""
        if (self.above is None) == (self.below is None):
            msg = f"the metric {self.type} needs either above or below, for example above=60"
            raise ValueError(msg)

    @property
    def unseen(self) -> bool:
        """Whether Google may not know it when the alarm is made."""
        return self.own is not None or not self.listed

    @property
    def notices_after(self) -> int:
        """Seconds for which it is bad before the alarm rings."""
        return self.seconds * self.periods


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is watched, in PromQL: what no threshold on one metric can say."""

    text: pulumi.Input[str]
    """Bad while it answers anything."""
    seconds: int = 0
    """Bad for so long."""


def alarm(
    part: Part,
    child: str,
    watched: Metric | Query,
    *,
    naming: Naming,
    channels: Sequence[pulumi.Input[str]],
    description: str,
    severity: Severity = "ERROR",
) -> monitoring.AlertPolicy:
    """An alert policy of the part: rings, and says when it is over, through the channels.

    ``description`` is what the woken person reads first: what is wrong, and what to do.
    """
    title = naming.of("alarm", *part.named(child).split("-"))
    query = watched if isinstance(watched, Query) else _unseen(watched) if watched.unseen else None
    own = [watched.own] if isinstance(watched, Metric) and watched.own else None
    return monitoring.AlertPolicy(
        part.named(child),
        display_name=title,
        combiner="OR",
        conditions=[
            monitoring.AlertPolicyConditionArgs(
                display_name=child.replace("-", " "),
                condition_threshold=_threshold(watched)
                if isinstance(watched, Metric) and not query
                else None,
                condition_prometheus_query_language=_query(query) if query else None,
            )
        ],
        documentation=monitoring.AlertPolicyDocumentationArgs(
            content=description, mime_type="text/markdown", subject=title
        ),
        alert_strategy=monitoring.AlertPolicyAlertStrategyArgs(
            auto_close=f"{AUTO_CLOSE_SECONDS}s", notification_prompts=["OPENED", "CLOSED"]
        ),
        severity=severity,
        notification_channels=list(channels),
        opts=ResourceOptions(parent=part, depends_on=own),
    )


def _threshold(metric: Metric) -> monitoring.AlertPolicyConditionConditionThresholdArgs:
    return monitoring.AlertPolicyConditionConditionThresholdArgs(
        filter=_filter(metric),
        comparison="COMPARISON_GT" if metric.below is None else "COMPARISON_LT",
        threshold_value=metric.above if metric.below is None else metric.below,
        duration=f"{metric.seconds * (metric.periods - 1)}s",
        evaluation_missing_data=_missing(metric),
        trigger=monitoring.AlertPolicyConditionConditionThresholdTriggerArgs(count=1),
        aggregations=[
            monitoring.AlertPolicyConditionConditionThresholdAggregationArgs(
                alignment_period=f"{metric.seconds}s",
                per_series_aligner=metric.aligner,
                cross_series_reducer=metric.reducer,
            )
        ],
    )


def _selector(metric: Metric) -> pulumi.Output[str]:
    """The metric in PromQL: ``a.b.com/c/d`` is ``a_b_com:c_d``, and a label is called by its last word."""
    service, _, path = metric.type.partition("/")
    name = f"{service.replace('.', '_')}:{re.sub('[^a-zA-Z0-9_]', '_', path)}"
    # our own have names of their own, and are seen under more than one resource
    matchers: list[pulumi.Input[str]] = [] if metric.own else [f'monitored_resource="{metric.resource}"']
    for label, value in metric.labels.items():
        matchers += [", " if matchers else "", f'{label.rpartition(".")[2]}="', value, '"']
    return pulumi.Output.concat(name, *(("{", *matchers, "}") if matchers else ()))


def none_for(metric: Metric, *, hours: int) -> Query:
    """That what is counted did not happen for so long, or never did.

    A threshold looks back a day at most, and takes a series that never began for no news.
    """
    return Query(
        text=pulumi.Output.concat(
            "(sum(sum_over_time(", _selector(metric), f"[{hours}h])) or vector(0)) < {metric.below:g}"
        )
    )


def _unseen(metric: Metric) -> Query:
    """What Google has not seen yet, in PromQL. What is counted may be seen minutes late."""
    bad = f"> {metric.above:g}" if metric.above is not None else f"< {metric.below:g}"
    over, together = FUNCTIONS[metric.aligner], REDUCERS[metric.reducer]
    window = metric.seconds + LATE_SECONDS
    return Query(
        text=pulumi.Output.concat(f"{together}({over}(", _selector(metric), f"[{window}s])) {bad}"),
        seconds=metric.seconds * (metric.periods - 1),
    )


def _query(found: Query) -> monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs:
    return monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs(
        query=found.text,
        duration=f"{found.seconds}s",
        evaluation_interval=f"{EVERY_SECONDS}s",
        disable_metric_validation=True,
    )


def _missing(metric: Metric) -> str | None:
    """Google takes the word only with a duration: without one, silence is no news."""
    if metric.periods == 1:
        return None
    return {
        "active": "EVALUATION_MISSING_DATA_ACTIVE",
        "inactive": "EVALUATION_MISSING_DATA_INACTIVE",
        "no-op": "EVALUATION_MISSING_DATA_NO_OP",
    }[metric.silence]


def _filter(metric: Metric) -> pulumi.Output[str]:
    parts: list[pulumi.Input[str]] = [
        f'metric.type = "{metric.type}" AND resource.type = "{metric.resource}"',
    ]
    for path, value in metric.labels.items():
        parts += [f' AND {path} = "', value, '"']
    return pulumi.Output.concat(*parts)
