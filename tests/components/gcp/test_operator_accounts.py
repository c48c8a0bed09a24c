"""What operators' accounts promise: each is its own operator's, and may do that operator's work only."""

from __future__ import annotations

import re

import pytest
from pulumi_gcp import container, dns, projects, secretmanager, serviceaccount, storage

from components.gcp.identity import ANNOTATION, BACKUPS
from tests.components.gcp.kit import PROJECT
from tests.components.gcp.support_operators import (
    BROKER,
    BUCKET,
    NAMESPACES,
    PAGER,
    TWO,
    ZONE,
    accounts,
    operators,
)
from tests.components.kit import every, said, sources, the

OPERATORS = ("external-dns", "external-secrets", "velero")


def member(operator: str) -> str:
    """What IAM calls the operator."""
    return str(the(operators(), serviceaccount.Account, f"accounts-{operator}").outputs["member"])


@pytest.mark.parametrize("operator", OPERATORS)
def test_an_account_is_taken_by_the_pods_of_its_own_operator_alone(operator: str) -> None:
    plan = operators()
    binding = the(plan, serviceaccount.IAMMember, f"accounts-{operator}-workload")
    assert said(binding, "role") == "roles/iam.workloadIdentityUser"
    pods = f"serviceAccount:{PROJECT}.svc.id.goog[{NAMESPACES[operator]}/{operator}]"
    assert said(binding, "member") == pods
    assert sources(plan, binding, "serviceAccountId") == {f"accounts-{operator}"}
    assert sources(plan, binding, "member") == {"cluster-control-plane"}


def test_an_operator_that_calls_nothing_of_googles_has_no_account_and_no_mark() -> None:
    found = accounts()["service_account_annotations"]
    assert {operator for operator, marks in found.items() if marks} == set(OPERATORS)
    assert found["aws-load-balancer-controller"] == {}
    for operator in OPERATORS:
        assert f"serviceAccount:{found[operator][ANNOTATION]}" == member(operator)


def test_there_is_one_account_an_operator_for_both_regions() -> None:
    names = [str(said(one, "accountId")) for one in every(operators(TWO), serviceaccount.Account)]
    assert len([name for name in names if "-op-" in name]) == len(OPERATORS)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", name) for name in names)
    assert len(set(names)) == len(names)


def test_the_secrets_that_come_into_the_clusters_are_the_named_ones_and_nobody_can_change_them() -> None:
    granted = {
        (said(one, "secretId"), said(one, "role"), said(one, "member"))
        for one in every(operators(), secretmanager.SecretIamMember)
    }
    assert granted == {
        (secret, "roles/secretmanager.secretAccessor", member("external-secrets"))
        for secret in (BROKER, PAGER)
    }


def permissions(name: str) -> set[str]:
    """What a role of ours allows."""
    found = said(the(operators(), projects.IAMCustomRole, f"accounts-{name}"), "permissions")
    assert isinstance(found, list)
    return {str(one) for one in found}


def test_external_dns_changes_records_of_one_zone_and_cannot_take_the_zone_away() -> None:
    plan = operators()
    right = the(plan, dns.DnsManagedZoneIamMember)
    assert (said(right, "managedZone"), said(right, "member")) == (ZONE, member("external-dns"))
    assert sources(plan, right, "role") == {"accounts-records"}
    assert {one for one in permissions("records") if "managedZones" in one} == {"dns.managedZones.get"}
    assert "dns.resourceRecordSets.update" in permissions("records")
    assert not [one for one in permissions("records") if "olicy" in one]


def test_in_the_rest_of_the_project_external_dns_sees_which_zones_there_are_and_nothing_in_them() -> None:
    mine = [
        one for one in every(operators(), projects.IAMMember) if said(one, "member") == member("external-dns")
    ]
    assert [sources(operators(), one, "role") for one in mine] == [{"accounts-zones"}]
    assert permissions("zones") == {"dns.managedZones.list"}


def test_velero_reads_and_writes_the_folder_of_backups_and_lists_no_other() -> None:
    (right,) = every(operators(), storage.BucketIAMMember)
    assert (said(right, "bucket"), said(right, "member")) == (BUCKET, member("velero"))
    assert said(right, "role") == "roles/storage.objectUser"
    below, listed = str(said(right, "condition", "expression")).split(" || ")
    assert below == f'resource.name.startsWith("projects/_/buckets/{BUCKET}/objects/{BACKUPS}/")'
    assert listed.endswith(f'objectListPrefix", "").startsWith("{BACKUPS}/")')


def test_velero_signs_as_itself_and_as_nobody_else() -> None:
    plan = operators()
    signs = the(plan, serviceaccount.IAMMember, "accounts-velero-signs")
    assert sources(plan, signs, "serviceAccountId") == {"accounts-velero"}
    assert said(signs, "member") == member("velero")
    assert permissions("signs") == {"iam.serviceAccounts.signBlob"}
    assert f"serviceAccount:{accounts()['backup_account']}" == member("velero")


def test_velero_has_no_right_over_disks_which_are_the_drivers_to_copy() -> None:
    assert not [
        one for one in every(operators(), projects.IAMMember) if said(one, "member") == member("velero")
    ]


def test_a_role_that_was_deleted_and_remembered_by_google_is_called_otherwise_next_time() -> None:
    for one in every(operators(), projects.IAMCustomRole):
        assert re.fullmatch(r"trading_dev_op_[a-z]+", str(said(one, "roleId")))


def test_there_is_no_key_that_could_leak() -> None:
    assert not every(operators(TWO), serviceaccount.Key)


def test_a_preview_shows_every_resource_of_the_deployment() -> None:
    assert {one.urn for one in operators(TWO, "preview")} == {one.urn for one in operators(TWO)}


def test_nothing_waits_for_the_second_regions_cluster() -> None:
    assert len(every(operators(TWO), container.Cluster)) == 1
