"""What wakes somebody because of the cluster, and that Google has a figure for it."""

from __future__ import annotations

from typing import Any, Final

from pulumi_gcp import container, monitoring

from plan.resource import Resource
from tests.components.gcp.kit import CHANNELS, REGION
from tests.components.gcp.support_cluster import PROD, cluster
from tests.components.kit import every, said, sources, the

GIVEN: Final = {
    "prometheus.googleapis.com/apiserver_request_total/counter": ("prometheus_target", "APISERVER"),
    "prometheus.googleapis.com/apiserver_request_duration_seconds/histogram": (
        "prometheus_target",
        "APISERVER",
    ),
    "prometheus.googleapis.com/apiserver_storage_objects/gauge": ("prometheus_target", "APISERVER"),
    "prometheus.googleapis.com/scheduler_pending_pods/gauge": ("prometheus_target", "SCHEDULER"),
    "kubernetes.io/node/status_condition": ("k8s_node", "SYSTEM_COMPONENTS"),
}
"""From Google's lists of metrics: the resource, and the component that the cluster must be told to show."""


def condition(alarm: str) -> dict[str, Any]:
    """What an alarm looks at."""
    found: Any = said(
        the(cluster(PROD), monitoring.AlertPolicy, f"cluster-{alarm}"), "conditions", 0, "conditionThreshold"
    )
    return found


def alarms() -> list[Resource]:
    """All of the cluster's."""
    return every(cluster(PROD), monitoring.AlertPolicy)


def test_who_is_woken_is_told_of_this_cluster_of_this_region() -> None:
    plan = cluster(PROD)
    assert len(alarms()) == 7
    for one in alarms():
        text = str(said(one, "conditions", 0, "conditionThreshold", "filter"))
        assert said(one, "notificationChannels") == list(CHANNELS)
        assert sources(plan, one, "conditions") == {"cluster-control-plane"}
        assert '= "trading-dev"' in text
        assert f'resource.labels.location = "{REGION}"' in text


def test_every_figure_that_is_watched_is_one_that_google_gives_and_the_cluster_is_told_to_show() -> None:
    shown: Any = said(the(cluster(PROD), container.Cluster), "monitoringConfig", "enableComponents")
    for one in alarms():
        text = str(said(one, "conditions", 0, "conditionThreshold", "filter"))
        resource, component = GIVEN[text.split('"')[1]]
        assert f'resource.type = "{resource}"' in text
        assert component in shown


def test_a_control_plane_that_says_nothing_is_as_bad_as_one_that_says_so() -> None:
    silent = condition("silent")
    assert silent["comparison"] == "COMPARISON_LT"
    assert silent["evaluationMissingData"] == "EVALUATION_MISSING_DATA_ACTIVE"
    policy = the(cluster(PROD), monitoring.AlertPolicy, "cluster-silent")
    assert said(policy, "severity") == "CRITICAL"


def test_nobody_is_woken_while_a_machine_may_still_be_on_its_way_or_exchanged() -> None:
    seconds = {alarm: int(condition(alarm)["duration"].rstrip("s")) + 60 for alarm in ("pending",)}
    assert seconds["pending"] > 2 * 240
    for alarm in ("machine-lost", "machine-ill"):
        assert int(condition(alarm)["duration"].rstrip("s")) >= 12 * 60, "GKE tries for about 10 minutes"


def test_a_machine_that_is_taken_away_is_no_alarm() -> None:
    for alarm in ("machine-lost", "machine-ill"):
        assert condition(alarm)["evaluationMissingData"] == "EVALUATION_MISSING_DATA_INACTIVE"


def test_a_machine_that_is_silent_and_one_that_is_ill_both_ring() -> None:
    for alarm, status in (("machine-lost", "Unknown"), ("machine-ill", "False")):
        text = condition(alarm)["filter"]
        assert 'metric.labels.condition = "Ready"' in text
        assert f'metric.labels.status = "{status}"' in text


def test_only_pods_that_found_no_machine_count_as_waiting() -> None:
    assert 'metric.labels.queue = "unschedulable"' in condition("pending")["filter"]


def test_errors_are_counted_over_all_that_is_asked() -> None:
    errors = condition("errors")
    assert 'metric.labels.code = "500"' in errors["filter"]
    (aggregation,) = errors["aggregations"]
    assert (aggregation["perSeriesAligner"], aggregation["crossSeriesReducer"]) == (
        "ALIGN_DELTA",
        "REDUCE_SUM",
    )
