"""What wakes somebody because of the cluster, and that Google has a figure for it."""

from __future__ import annotations

from typing import Any, Final

from pulumi_gcp import container, monitoring

from plan.resource import Resource
from tests.components.gcp.kit import CHANNELS, REGION
from tests.components.gcp.support_cluster import PROD, cluster
from tests.components.kit import every, said, sources, the

GIVEN: Final = {
    "apiserver_request_total": "APISERVER",
    "apiserver_request_duration_seconds_bucket": "APISERVER",
    "apiserver_storage_objects": "APISERVER",
    "scheduler_pending_pods": "SCHEDULER",
    "kubernetes.io/node/status_condition": "SYSTEM_COMPONENTS",
}
"""From Google's lists of metrics: the component that the cluster must be told to show."""
MACHINES: Final = ("machine-lost", "machine-ill")


def asked(alarm: str) -> str:
    """What an alarm asks: a query, or a filter."""
    found: Any = said(the(cluster(PROD), monitoring.AlertPolicy, f"cluster-{alarm}"), "conditions", 0)
    query = found.get("conditionPrometheusQueryLanguage")
    return str(query["query"] if query else found["conditionThreshold"]["filter"])


def seconds(alarm: str) -> int:
    """How long it is bad before somebody is woken."""
    found: Any = said(the(cluster(PROD), monitoring.AlertPolicy, f"cluster-{alarm}"), "conditions", 0)
    condition = found.get("conditionPrometheusQueryLanguage") or found["conditionThreshold"]
    return int(condition["duration"].rstrip("s"))


def alarms() -> list[Resource]:
    """All of the cluster's."""
    return every(cluster(PROD), monitoring.AlertPolicy)


def names() -> list[str]:
    return [one.name.removeprefix("cluster-") for one in alarms()]


def test_who_is_woken_is_told_of_this_cluster_of_this_region() -> None:
    plan = cluster(PROD)
    assert len(alarms()) == 7
    for one in alarms():
        assert said(one, "notificationChannels") == list(CHANNELS)
        assert sources(plan, one, "conditions") == {"cluster-control-plane"}
    for name in names():
        text = asked(name).replace(" ", "")
        assert text.count('="trading-dev"') == text.count(f'location="{REGION}"') > 0


def test_every_figure_that_is_watched_is_one_that_google_gives_and_the_cluster_is_told_to_show() -> None:
    shown: Any = said(the(cluster(PROD), container.Cluster), "monitoringConfig", "enableComponents")
    for name in names():
        components = {component for metric, component in GIVEN.items() if metric in asked(name)}
        assert components, name
        assert components <= set(shown)


def test_an_alarm_on_what_the_control_plane_writes_may_stand_before_it_has_written_anything() -> None:
    for one in alarms():
        condition: Any = said(one, "conditions", 0)
        own = not one.name.endswith(MACHINES)
        assert ("conditionPrometheusQueryLanguage" in condition) == own, one.name
        if own:
            assert condition["conditionPrometheusQueryLanguage"]["disableMetricValidation"] is True


def test_a_control_plane_that_says_nothing_is_as_bad_as_one_that_says_so() -> None:
    assert "< 0.1 or absent(" in asked("silent")
    policy = the(cluster(PROD), monitoring.AlertPolicy, "cluster-silent")
    assert said(policy, "severity") == "CRITICAL"


def test_nobody_is_woken_while_a_machine_may_still_be_on_its_way_or_exchanged() -> None:
    assert seconds("pending") > 2 * 240
    for alarm in MACHINES:
        assert seconds(alarm) >= 12 * 60, "GKE tries for about 10 minutes"


def test_a_machine_that_is_taken_away_is_no_alarm() -> None:
    for alarm in MACHINES:
        policy = the(cluster(PROD), monitoring.AlertPolicy, f"cluster-{alarm}")
        missing = said(policy, "conditions", 0, "conditionThreshold", "evaluationMissingData")
        assert missing == "EVALUATION_MISSING_DATA_INACTIVE"


def test_a_machine_that_is_silent_and_one_that_is_ill_both_ring() -> None:
    for alarm, status in (("machine-lost", "Unknown"), ("machine-ill", "False")):
        assert 'metric.labels.condition = "Ready"' in asked(alarm)
        assert f'metric.labels.status = "{status}"' in asked(alarm)


def test_only_pods_that_found_no_machine_count_as_waiting() -> None:
    assert 'queue="unschedulable"' in asked("pending")


def test_every_kind_of_error_is_counted_over_all_that_is_asked() -> None:
    assert asked("errors").startswith("sum(increase(")
    assert 'code=~"5.."' in asked("errors")
