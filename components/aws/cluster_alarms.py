"""What wakes somebody because of the cluster: an API that fails, pods without a machine, a full store.

EKS gives these figures by itself, every minute and free of charge (Kubernetes 1.28 and later). What
happens inside pods and machines is the monitoring's in the cluster; this is what still speaks when
the cluster cannot.

Source: Amazon EKS user guide, *Monitor cluster data with Amazon CloudWatch* (names and statistics),
*Organize and monitor cluster resources* (the store's 8 GiB).
"""

from __future__ import annotations

from functools import partial
from typing import Final

import pulumi

from components.aws.alarm import Metric, alarm
from components.base import Part
from components.naming import Naming

__all__ = ["watch"]

NAMESPACE: Final = "AWS/EKS"
API_ERRORS: Final = 30
"""A minute. One API server that is exchanged, as AWS does now and then, makes fewer, and not for long."""
STORE_BYTES: Final = 6 * 2**30
"""Of 8 GiB, at which the store takes no more writes: weeks of a normal growth are left."""


def watch(
    part: Part, *, naming: Naming, cluster_name: pulumi.Input[str], topic_arn: pulumi.Input[str]
) -> None:
    """The alarms of one cluster."""
    tell = partial(alarm, part, naming=naming, topic_arn=topic_arn)
    dimensions = {"ClusterName": cluster_name}
    tell(
        "api",
        Metric(
            namespace=NAMESPACE,
            name="apiserver_request_total_5XX",
            dimensions=dimensions,
            above=API_ERRORS,
            statistic="Sum",
            periods=5,
        ),
        description=f"The Kubernetes API has answered more than {API_ERRORS} requests a minute with an error "
        "of its own for 5 minutes. Running pods go on; nothing starts, scales or fails over. Look at AWS "
        "Health and at the control plane's log.",
    )
    tell(
        "pending",
        Metric(
            namespace=NAMESPACE,
            name="scheduler_pending_pods_UNSCHEDULABLE",
            dimensions=dimensions,
            above=0,
            statistic="Sum",
            periods=10,  # a machine more takes two to four minutes, and is no reason to wake anybody
        ),
        description="A pod has found no machine for 10 minutes. See its events: the pools may be at their "
        "most (cluster.on_demand.max), a zone may be out of machines, or nothing fits what it asks for.",
    )
    tell(
        "store",
        Metric(
            namespace=NAMESPACE,
            name="apiserver_storage_size_bytes",
            dimensions=dimensions,
            above=STORE_BYTES,
            seconds=300,
        ),
        description="The cluster's store holds more than 6 GiB; at 8 GiB it takes no more writes. Look for "
        "what is made and never deleted: jobs, events, revisions of releases.",
    )
