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
from components.gcp.alarm import Metric, alarm
from components.naming import Naming

__all__ = ["watch"]

CONTROL_PLANE: Final = "prometheus_target"
REQUESTS: Final = "prometheus.googleapis.com/apiserver_request_total/counter"
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
    control_plane = {"resource.labels.cluster": cluster_name, "resource.labels.location": region}
    tell(
        "silent",
        Metric(
            type=REQUESTS,
            resource=CONTROL_PLANE,
            labels=control_plane,
            below=0.1,
            aligner="ALIGN_RATE",
            reducer="REDUCE_SUM",
            periods=5,
            silence="active",
        ),
        severity="CRITICAL",
        description="The Kubernetes API has answered nobody for 5 minutes; the cluster's own controllers "
        "alone ask it many times a second. Running pods go on; nothing starts, scales or fails over. Look at "
        "Google Cloud's service health, and at the cluster in the console.",
    )
    tell(
        "errors",
        Metric(
            type=REQUESTS,
            resource=CONTROL_PLANE,
            labels={**control_plane, "metric.labels.code": "500"},
            above=API_ERRORS,
            aligner="ALIGN_DELTA",
            reducer="REDUCE_SUM",
            periods=5,
        ),
        description=f"The Kubernetes API has answered more than {API_ERRORS} requests a minute with an error "
        "of its own for 5 minutes. An admission webhook that does not answer is the usual cause; look at the "
        "log of the API server in Cloud Logging.",
    )
    tell(
        "slow",
        Metric(
            type="prometheus.googleapis.com/apiserver_request_duration_seconds/histogram",
            resource=CONTROL_PLANE,
            labels={**control_plane, "metric.labels.verb": "POST"},
            above=SLOW_SECONDS,
            aligner="ALIGN_DELTA",
            reducer="REDUCE_PERCENTILE_99",
            periods=10,
        ),
        severity="WARNING",
        description=f"One write in a hundred takes the Kubernetes API more than {SLOW_SECONDS} s, for 10 "
        "minutes. Look for a slow admission webhook, or for a controller that asks too much.",
    )
    tell(
        "pending",
        Metric(
            type="prometheus.googleapis.com/scheduler_pending_pods/gauge",
            resource=CONTROL_PLANE,
            labels={**control_plane, "metric.labels.queue": "unschedulable"},
            above=0,
            reducer="REDUCE_MAX",
            periods=10,  # a machine more takes two to four minutes, and is no reason to wake anybody
        ),
        description="A pod has found no machine for 10 minutes. See its events: the pools may be at their "
        "most (cluster.on_demand.max), a zone may be out of machines, or nothing fits what it asks for.",
    )
    tell(
        "store",
        Metric(
            type="prometheus.googleapis.com/apiserver_storage_objects/gauge",
            resource=CONTROL_PLANE,
            labels=control_plane,
            above=STORED_OBJECTS,
            reducer="REDUCE_MAX",
            group_by=("metric.labels.resource",),
            seconds=300,
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
