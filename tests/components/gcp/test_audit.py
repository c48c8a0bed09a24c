"""What the record promises: complete, kept where nobody rewrites it, and paid for once."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_gcp import logging, projects, storage

from components.gcp.audit import ALWAYS
from tests.components.gcp.kit import PROJECT, REGION
from tests.components.gcp.support_audit import AUDIT_BUCKET, DEV, LOG_DAYS, PROD, Project, takes, watched
from tests.components.kit import every, said, sources, the

KINDS = ("activity", "data_access", "policy", "system_event")


def recorded(project: Project) -> dict[str, set[str]]:
    """By service, which kinds of permission leave an entry when they are used."""
    found: dict[str, set[str]] = {}
    for one in every(watched(project), projects.IAMAuditConfig):
        kinds: Any = said(one, "auditLogConfigs")
        assert not any(kind.get("exemptedMembers") for kind in kinds), "an exempt identity is unseen"
        found[str(said(one, "service"))] = {kind["logType"] for kind in kinds}
    return found


def entry(kind: str, **payload: Any) -> dict[str, Any]:
    return {"logName": f"projects/{PROJECT}/logs/cloudaudit.googleapis.com%2F{kind}", "protoPayload": payload}


def sink(name: str) -> Any:
    return the(watched(), logging.ProjectSink, f"audit-{name}")


def test_where_data_access_is_recorded_it_is_in_every_service_for_everybody() -> None:
    assert recorded(PROD) == {"allServices": {"ADMIN_READ", "DATA_READ", "DATA_WRITE"}}


def test_elsewhere_the_busy_services_are_left_out_and_keys_secrets_and_identities_are_not() -> None:
    found = recorded(DEV)
    assert found.pop("allServices") == {"ADMIN_READ"}
    assert found == {f"{service}.googleapis.com": {"DATA_READ", "DATA_WRITE"} for service in ALWAYS}
    assert {"cloudkms", "iam", "secretmanager", "sts"} <= set(ALWAYS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["files", "log"])
def test_both_copies_have_audit_logs_of_every_kind_and_no_others(name: str, kind: str) -> None:
    query = str(said(sink(name), "filter"))
    assert takes(query, entry(kind))
    assert not takes(query, {"logName": f"projects/{PROJECT}/logs/stdout"})


def test_one_copy_goes_to_the_audit_bucket_and_the_sinks_own_identity_is_let_in() -> None:
    plan = watched()
    assert said(sink("files"), "destination") == f"storage.googleapis.com/{AUDIT_BUCKET}"
    assert said(sink("files"), "uniqueWriterIdentity") is True
    grant = the(plan, storage.BucketIAMMember)
    assert said(grant, "bucket") == AUDIT_BUCKET
    assert said(grant, "role") == "roles/storage.objectCreator", "it adds files, and reads or deletes none"
    assert sources(plan, grant, "member") == {"audit-files"}


def test_the_copy_does_not_record_its_own_arriving_files_but_every_other_touch_of_them() -> None:
    query = str(said(sink("files"), "exclusions", 0, "filter"))

    def touch(kind: str, method: str, bucket: str = AUDIT_BUCKET) -> bool:
        resource = {"type": "gcs_bucket", "labels": {"bucket_name": bucket}}
        return takes(query, entry(kind, methodName=method) | {"resource": resource})

    assert touch("data_access", "storage.objects.create")
    assert not touch("data_access", "storage.objects.get")
    assert not touch("data_access", "storage.objects.delete")
    assert not touch("activity", "storage.objects.create")
    assert not touch("data_access", "storage.objects.create", bucket="trading-prod-data")


def test_the_other_copy_goes_to_a_log_bucket_in_the_region_for_as_long_as_the_settings_say() -> None:
    plan = watched()
    kept = the(plan, logging.ProjectBucketConfig)
    assert sources(plan, sink("log"), "destination") == {"audit-log"}
    assert said(sink("log"), "destination") == f"logging.googleapis.com/{kept.id}"
    assert said(kept, "retentionDays") == LOG_DAYS
    assert said(kept, "location") == REGION


def test_what_the_log_bucket_has_is_not_paid_for_in_googles_own_bucket_too() -> None:
    query = str(said(the(watched(), logging.ProjectExclusion), "filter"))
    assert takes(query, entry("data_access"))
    assert not takes(query, entry("system_event")), "these are free, and stay where people look first"


@pytest.mark.parametrize("project", [PROD, DEV])
def test_in_prod_the_record_is_locked_and_nothing_of_it_can_be_taken_away(project: Project) -> None:
    plan = watched(project)
    assert said(the(plan, logging.ProjectBucketConfig), "locked") is project.protect
    parts = (
        logging.ProjectBucketConfig,
        logging.ProjectSink,
        projects.IAMAuditConfig,
        storage.BucketIAMMember,
    )
    for kind in parts:
        assert {one.options.protect for one in every(plan, kind)} == {project.protect}, kind


def test_the_outside_learns_where_questions_are_asked() -> None:
    plan = watched()
    (part,) = plan.of_type("trading-platform:gcp:Audit")
    assert part.outputs == {"log_bucket_id": the(plan, logging.ProjectBucketConfig).id}
