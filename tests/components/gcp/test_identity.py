"""What identities promise: a service is itself and nobody else, and may do its own work only."""

from __future__ import annotations

import pytest
from pulumi_gcp import container, secretmanager, serviceaccount, storage

from components.gcp.identity import BACKUPS
from plan.resource import Resource
from tests.components.gcp.kit import PROJECT, SERVICES
from tests.components.gcp.support_identity import BROKER, BUCKET, email, platform
from tests.components.kit import every, said, sources, the


def part() -> Resource:
    """The component itself."""
    return next(one for one in platform() if one.type == "trading-platform:gcp:Identity")


@pytest.mark.parametrize("service", SERVICES)
def test_an_account_is_taken_by_the_pods_of_its_own_service_alone(service: str) -> None:
    plan = platform()
    binding = the(plan, serviceaccount.IAMMember, f"identity-{service}-workload")
    assert said(binding, "role") == "roles/iam.workloadIdentityUser"
    assert said(binding, "member") == f"serviceAccount:{PROJECT}.svc.id.goog[trading/{service}]"
    assert sources(plan, binding, "serviceAccountId") == {f"identity-{service}"}


def test_nobody_is_bound_before_the_pool_of_identities_is_there() -> None:
    """IAM refuses a member of a pool that does not exist, and the first cluster makes it."""
    plan = platform()
    for binding in every(plan, serviceaccount.IAMMember):
        assert sources(plan, binding, "member") == {"cluster-control-plane"}
    for account in every(plan, serviceaccount.Account):
        assert the(plan, container.Cluster).urn not in account.dependencies


def test_there_is_one_account_and_one_binding_a_service_for_both_regions() -> None:
    plan = platform()
    assert len(every(plan, serviceaccount.IAMMember)) == len(SERVICES)
    accounts = {str(said(one, "accountId")) for one in every(plan, serviceaccount.Account)}
    assert accounts == {"trading-dev-nodes-us-central1", "trading-dev-svc-api", "trading-dev-svc-worker"}
    assert all(len(name) <= 30 for name in accounts)


def test_a_service_account_says_which_account_is_its_own_once_it_may_take_it() -> None:
    assert part().outputs["service_account_annotations"] == {
        service: {"iam.gke.io/gcp-service-account": email(service)} for service in SERVICES
    }


def test_a_services_database_user_is_called_as_cloud_sql_calls_it() -> None:
    assert part().outputs["database_users"] == {
        service: f"trading-dev-svc-{service}@{PROJECT}.iam" for service in SERVICES
    }
    assert part().outputs["members"] == {service: f"serviceAccount:{email(service)}" for service in SERVICES}


def test_a_closed_namespace_learns_where_tokens_are_given_out() -> None:
    assert part().outputs["token_endpoints"] == [["169.254.169.254/32", 80]]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_and_writes_the_data_bucket_and_deletes_nothing(service: str) -> None:
    granted = {
        (said(one, "bucket"), said(one, "role"))
        for one in every(platform(), storage.BucketIAMMember)
        if said(one, "member") == f"serviceAccount:{email(service)}"
    }
    assert granted == {
        (BUCKET, "roles/storage.objectViewer"),
        (BUCKET, "roles/storage.objectCreator"),
    }


def test_no_service_sees_or_changes_a_backup_of_the_cluster() -> None:
    """The bucket is one and the same, and every secret of the cluster is in there."""
    for right in every(platform(), storage.BucketIAMMember):
        folder = f"projects/_/buckets/{BUCKET}/objects/{BACKUPS}/"
        assert said(right, "condition", "expression") == f'!resource.name.startsWith("{folder}")'


def test_a_service_reads_the_secrets_that_it_declares_and_no_other() -> None:
    granted = [
        (said(one, "secretId"), said(one, "role"), said(one, "member"))
        for one in every(platform(), secretmanager.SecretIamMember)
    ]
    assert granted == [(BROKER, "roles/secretmanager.secretAccessor", f"serviceAccount:{email('api')}")]


def test_there_is_no_key_that_could_leak() -> None:
    assert not every(platform(), serviceaccount.Key)


def test_no_account_may_act_as_another() -> None:
    roles = {said(one, "role") for one in every(platform(), serviceaccount.IAMMember)}
    assert roles == {"roles/iam.workloadIdentityUser"}


def test_a_preview_shows_every_resource_of_the_deployment() -> None:
    assert {one.urn for one in platform("preview")} == {one.urn for one in platform()}
