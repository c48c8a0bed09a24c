"""What the alarms on the record promise: the benchmark's calls ring, with words for who is woken."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_gcp import logging, monitoring

from components.gcp.audit_alarms import WATCHED, Watch
from tests.components.gcp.kit import CHANNELS
from tests.components.gcp.support_audit import DEV, PROD, takes, watched
from tests.components.kit import before, every, said, sources, the, token

DELTA = "bindingDeltas"
CIS = {
    "2.5": 'protoPayload.methodName="SetIamPolicy"'
    " AND protoPayload.serviceData.policyDelta.auditConfigDeltas:*",
    "2.6": 'resource.type="iam_role" AND (protoPayload.methodName="google.iam.admin.v1.CreateRole"'
    ' OR protoPayload.methodName="google.iam.admin.v1.DeleteRole"'
    ' OR protoPayload.methodName="google.iam.admin.v1.UpdateRole")',
    "2.7": 'resource.type="gce_firewall_rule" AND (protoPayload.methodName:"compute.firewalls.patch"'
    ' OR protoPayload.methodName:"compute.firewalls.insert"'
    ' OR protoPayload.methodName:"compute.firewalls.delete")',
    "2.8": 'resource.type="gce_route" AND (protoPayload.methodName:"compute.routes.delete"'
    ' OR protoPayload.methodName:"compute.routes.insert")',
    "2.9": 'resource.type="gce_network" AND (protoPayload.methodName:"compute.networks.insert"'
    ' OR protoPayload.methodName:"compute.networks.patch"'
    ' OR protoPayload.methodName:"compute.networks.delete"'
    ' OR protoPayload.methodName:"compute.networks.removePeering"'
    ' OR protoPayload.methodName:"compute.networks.addPeering")',
    "2.10": 'resource.type="gcs_bucket" AND protoPayload.methodName="storage.setIamPermissions"',
    "2.11": 'protoPayload.methodName="cloudsql.instances.update"',
}
"""As the benchmark prints them, and auditors' tools compare them."""


def rung(call: dict[str, Any]) -> set[str]:
    """Names of the alarms that an entry counts for."""
    return {watch.name for watch in WATCHED if takes(watch.filter, call)}


def call(service: str, method: str, kind: str = "audited_resource", **payload: Any) -> dict[str, Any]:
    """A call by a person, as the audit logs have it."""
    return {
        "resource": {"type": kind},
        "protoPayload": {
            "serviceName": f"{service}.googleapis.com",
            "methodName": method,
            "authenticationInfo": {"principalEmail": "ada@example.com"},
            **payload,
        },
    }


def policy(*deltas: dict[str, str], **more: Any) -> dict[str, Any]:
    """The project's policy is set anew, with these differences."""
    data = {"policyDelta": {DELTA: list(deltas), **more}}
    return call("cloudresourcemanager", "SetIamPolicy", "project", serviceData=data)


def test_the_benchmarks_eight_sections_are_all_there_in_its_order() -> None:
    assert [watch.cis for watch in WATCHED if watch.cis] == [f"2.{number}" for number in range(4, 12)]
    assert len({watch.name for watch in WATCHED}) == len(WATCHED)


@pytest.mark.parametrize(("cis", "text"), CIS.items())
def test_auditors_tools_find_the_benchmarks_own_words(cis: str, text: str) -> None:
    (found,) = [watch.filter for watch in WATCHED if watch.cis == cis]
    assert text in found


@pytest.mark.parametrize(
    ("service", "method", "kind", "alarm"),
    [
        ("iam", "google.iam.admin.v1.UpdateRole", "iam_role", "role-changes"),
        ("iam", "google.iam.admin.v1.UndeleteRole", "iam_role", "role-changes"),
        ("compute", "v1.compute.firewalls.insert", "gce_firewall_rule", "firewall-changes"),
        ("compute", "v1.compute.networkFirewallPolicies.addRule", "", "firewall-changes"),
        ("compute", "v1.compute.routes.insert", "gce_route", "route-changes"),
        ("compute", "v1.compute.routers.patch", "gce_router", "route-changes"),
        ("compute", "v1.compute.networks.addPeering", "gce_network", "network-changes"),
        ("storage", "storage.setIamPermissions", "gcs_bucket", "bucket-policy-changes"),
        ("storage", "storage.buckets.update", "gcs_bucket", "bucket-policy-changes"),
        ("cloudsql", "cloudsql.instances.update", "cloudsql_database", "database-changes"),
        ("cloudsql", "cloudsql.instances.delete", "cloudsql_database", "database-changes"),
        ("iam", "google.iam.admin.v1.CreateServiceAccountKey", "service_account", "service-account-keys"),
        (
            "iam",
            "google.iam.v1.WorkloadIdentityPools.UpdateWorkloadIdentityPoolProvider",
            "",
            "trust-changes",
        ),
        ("logging", "google.logging.v2.ConfigServiceV2.DeleteSink", "logging_sink", "watch-changes"),
        ("logging", "google.logging.v2.MetricsServiceV2.DeleteLogMetric", "metric", "watch-changes"),
        ("monitoring", "google.monitoring.v3.AlertPolicyService.DeleteAlertPolicy", "", "watch-changes"),
        (
            "securitycenter",
            "google.cloud.securitycenter.v2.SecurityCenter.DeleteNotificationConfig",
            "",
            "watch-changes",
        ),
        ("cloudkms", "DestroyCryptoKeyVersion", "cloudkms_cryptokeyversion", "key-removal"),
        (
            "cloudkms",
            "google.cloud.kms.v1.KeyManagementService.UpdateCryptoKeyVersion",
            "cloudkms_cryptokeyversion",
            "key-removal",
        ),
        ("cloudsql", "cloudsql.backupRuns.delete", "cloudsql_database", "backup-deletions"),
        ("gkebackup", "google.cloud.gkebackup.v1.BackupForGKE.DeleteBackup", "", "backup-deletions"),
        ("cloudsql", "cloudsql.instances.clone", "cloudsql_database", "copies-made"),
        ("compute", "v1.compute.snapshots.setIamPolicy", "gce_snapshot", "copies-made"),
    ],
)
def test_a_call_that_matters_rings_its_own_alarm_and_no_other(
    service: str, method: str, kind: str, alarm: str
) -> None:
    assert rung(call(service, method, kind)) == {alarm}


@pytest.mark.parametrize(
    ("service", "method"),
    [
        ("compute", "v1.compute.firewalls.list"),
        ("cloudkms", "Decrypt"),
        ("cloudkms", "CreateCryptoKeyVersion"),
        ("storage", "storage.objects.get"),
        ("cloudsql", "cloudsql.instances.export"),
        ("logging", "google.logging.v2.ConfigServiceV2.GetSink"),
    ],
)
def test_reading_a_keys_rotation_and_the_nights_copy_ring_nothing(service: str, method: str) -> None:
    assert rung(call(service, method)) == set()


@pytest.mark.parametrize("action", ["ADD", "REMOVE"])
def test_an_owner_who_comes_or_goes_rings(action: str) -> None:
    assert "owner-changes" in rung(policy({"action": action, "role": "roles/owner"}))
    assert "owner-changes" not in rung(policy({"action": action, "role": "roles/compute.viewer"}))


def test_an_owner_who_is_invited_rings() -> None:
    invited = call(
        "cloudresourcemanager", "InsertProjectOwnershipInvite", "project", request="projectOwnerInvitee"
    )
    assert rung(invited) == {"owner-changes"}


@pytest.mark.parametrize(
    "role",
    [
        "roles/editor",
        "roles/iam.securityAdmin",
        "roles/iam.serviceAccountTokenCreator",
        "roles/iam.serviceAccountKeyAdmin",
        "roles/iam.workloadIdentityPoolAdmin",
        "roles/resourcemanager.projectIamAdmin",
    ],
)
def test_who_is_given_the_power_to_take_more_rings(role: str) -> None:
    assert rung(policy({"action": "ADD", "role": role})) == {"power-taken"}
    assert rung(policy({"action": "REMOVE", "role": role})) == set()
    assert rung(policy({"action": "ADD", "role": f"{role}Viewer"})) == set()


def test_who_stops_the_recording_rings() -> None:
    assert rung(policy(auditConfigDeltas=[{"action": "REMOVE"}])) == {"record-settings"}


def test_what_is_refused_rings_except_for_what_google_tries_by_itself() -> None:
    refused = call("compute", "v1.compute.instances.list", status={"code": 7})
    assert rung(refused) == {"refused-calls"}
    agent = {"principalEmail": "service-1@gcp-sa-notebooks.iam.gserviceaccount.com"}
    by_google = call("compute", "v1.compute.instances.list", status={"code": 7}, authenticationInfo=agent)
    assert rung(by_google) == set()


@pytest.mark.parametrize("watch", WATCHED, ids=lambda watch: watch.name)
def test_each_metric_counts_in_the_records_log_bucket_what_its_alarm_watches(watch: Watch) -> None:
    plan = watched()
    counted = the(plan, logging.Metric, f"audit-{watch.name}")
    alarm = the(plan, monitoring.AlertPolicy, f"audit-{watch.name}")
    assert said(counted, "filter") == watch.filter
    assert sources(plan, counted, "bucketName") == {"audit-log"}
    condition: Any = said(alarm, "conditions", 0, "conditionPrometheusQueryLanguage")
    name = str(said(counted, "name")).replace("-", "_")
    assert f"(logging_googleapis_com:user_{name}[" in condition["query"]
    assert said(alarm, "notificationChannels") == list(CHANNELS)
    assert (token(logging.Metric), counted.name) in before(plan, alarm), "an alarm on no metric is refused"


@pytest.mark.parametrize("watch", WATCHED, ids=lambda watch: watch.name)
def test_an_alarm_counts_over_five_minutes_and_from_where_on_it_is_bad(watch: Watch) -> None:
    condition: Any = said(
        the(watched(), monitoring.AlertPolicy, f"audit-{watch.name}"),
        *("conditions", 0, "conditionPrometheusQueryLanguage"),
    )
    assert condition["query"].startswith("sum(sum_over_time(")
    assert condition["query"].endswith(f"[600s])) > {watch.above}")


def test_only_what_people_do_by_mistake_may_happen_a_few_times() -> None:
    assert {watch.name for watch in WATCHED if watch.above} == {"refused-calls"}


@pytest.mark.parametrize("watch", WATCHED, ids=lambda watch: watch.name)
def test_the_woken_person_reads_what_it_means_and_what_to_do(watch: Watch) -> None:
    text = said(the(watched(), monitoring.AlertPolicy, f"audit-{watch.name}"), "documentation", "content")
    assert isinstance(text, str)
    assert text.startswith(watch.meaning)
    assert watch.action in text
    assert watch.action.endswith((".", "?"))


@pytest.mark.parametrize("watch", WATCHED, ids=lambda watch: watch.name)
def test_logging_takes_each_filter(watch: Watch) -> None:
    assert len(watch.filter) <= 20_000
    assert watch.filter.count("(") == watch.filter.count(")")
    assert "\\" not in watch.filter, "a backslash has two meanings there, one after the other"


def test_two_environments_of_one_project_count_apart() -> None:
    names = [
        {said(one, "name") for one in every(watched(project), logging.Metric)} for project in (PROD, DEV)
    ]
    assert len(names[0]) == len(WATCHED)
    assert not names[0] & names[1]
