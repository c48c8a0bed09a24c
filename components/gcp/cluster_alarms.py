"""What wakes somebody because of the cluster: an API that is silent, ill or slow, pods and machines lost.

Google writes the control plane's figures to Cloud Monitoring where the cluster's settings ask for
them (`components.gcp.cluster`), and those of machines by itself. What happens inside pods is the
monitoring's in the cluster; this is what still speaks when the cluster cannot. Upgrades, and bulletins
about holes, come as messages through the cluster's own notifications: Google has no figure for them.

Sources: Google, *Collect and view control plane metrics* (names, labels, upper bounds), *Google Cloud
metrics: Kubernetes* (machines), *GKE quotas and limits* (the store), read 2026-11.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import pulumi

from components.base import Part
from components.gcp.alarm import Metric, Query, alarm
from components.naming import Naming

__all__ = ["watch"]

REQUESTS: Final = "apiserver_request_total"
"""Written by the control plane itself: Google knows such a metric when a cluster has spoken, so the alarms
on it ask in PromQL, where they may stand before that."""
MINUTES: Final = 300
SILENT_SECONDS: Final = 600
"""A new cluster has said nothing yet for some minutes."""
API_ERRORS: Final = 30
"""A minute. One API server that is exchanged makes fewer, and not for long."""
SLOW_SECONDS: Final = 1
"""Kubernetes' own upper bound for a call about one object."""
STORED_OBJECTS: Final = 40_000
"""Of one kind. Google's limit is 800 MB a kind: half of it, with objects of 10 KB."""


def watch(
    part: Part,
    *,
    naming: Naming,
    cluster_name: pulumi.Input[str],
    region: str,
    channels: Sequence[pulumi.Input[str]],
) -> None:
    """The alarms of one cluster."""
    tell = partial(alarm, part, naming=naming, channels=channels)
    place: list[pulumi.Input[str]] = ['cluster="', cluster_name, f'", location="{region}"']

    def control_plane(before: str, more: str, after: str) -> pulumi.Output[str]:
        """A query on this cluster's series of one of the control plane's own metrics."""
        return pulumi.Output.concat(f"{before}{{", *place, f"{more}}}{after}")

    tell(
        "silent",
        Query(
            text=pulumi.Output.concat(
                control_plane(f"sum(rate({REQUESTS}", "", "[5m])) < 0.1 or "),
                control_plane(f"absent({REQUESTS}", "", ")"),
            ),
            seconds=SILENT_SECONDS,
        ),
        severity="CRITICAL",
        description="The Kubernetes API has answered nobody for minutes; the cluster's own controllers "
        "alone ask it many times a second. Running pods go on; nothing starts, scales or fails over. Look at "
        "Google Cloud's service health, and at the cluster in the console.",
    )
    tell(
        "errors",
        Query(
            text=control_plane(f"sum(increase({REQUESTS}", ', code=~"5.."', f"[5m])) > {5 * API_ERRORS}"),
            seconds=MINUTES,
        ),
        description=f"The Kubernetes API has answered more than {API_ERRORS} requests a minute with an error "
        "of its own for 5 minutes. An admission webhook that does not answer is the usual cause; look at the "
        "log of the API server in Cloud Logging.",
    )
    tell(
        "slow",
        Query(
            text=control_plane(
                "histogram_quantile(0.99, sum by (le) (rate(apiserver_request_duration_seconds_bucket",
                ', verb="POST"',
                f"[5m]))) > {SLOW_SECONDS}",
            ),
            seconds=2 * MINUTES,
        ),
        severity="WARNING",
        description=f"One write in a hundred takes the Kubernetes API more than {SLOW_SECONDS} s, for 10 "
        "minutes. Look for a slow admission webhook, or for a controller that asks too much.",
    )
    tell(
        "pending",
        Query(
            text=control_plane("max(scheduler_pending_pods", ', queue="unschedulable"', ") > 0"),
            seconds=2 * MINUTES,  # a machine more takes two to four, and is no reason to wake anybody
        ),
        description="A pod has found no machine for 10 minutes. See its events: the pools may be at their "
        "most (cluster.on_demand.max), a zone may be out of machines, or nothing fits what it asks for.",
    )
    tell(
        "store",
        Query(
            text=control_plane("max by (resource) (apiserver_storage_objects", "", f") > {STORED_OBJECTS}"),
            seconds=MINUTES,
        ),
        severity="WARNING",
        description=f"The cluster's store holds more than {STORED_OBJECTS} objects of one kind; at its limit "
        "it takes no more. Look for what is made and never deleted: jobs, events, revisions of releases.",
    )
    for child, status, what in (
        ("machine-lost", "Unknown", "has not been heard of"),
        ("machine-ill", "False", "says that it is not ready"),
    ):
        tell(
            child,
            Metric(
                type="kubernetes.io/node/status_condition",
                resource="k8s_node",
                labels={
                    "resource.labels.cluster_name": cluster_name,
                    "resource.labels.location": region,
                    "metric.labels.condition": "Ready",
                    "metric.labels.status": status,
                },
                above=0.5,
                aligner="ALIGN_FRACTION_TRUE",
                periods=15,
            ),
            description=f"A machine {what} for 15 minutes. GKE exchanges one after about 10: it could not, "
            "or the new one is no better. Look at the operations of the node pool.",
        )
