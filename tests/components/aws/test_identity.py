"""What identities promise: a service is itself and nobody else, and may do its own work only."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_aws import eks, iam

from components.aws.identity import ANNOTATION
from components.aws.operator_rights import BACKUPS
from tests.components.aws.kit import (
    ACCOUNT,
    BUCKET,
    CACHE,
    CACHE_USER,
    DATABASE,
    DEV,
    REGION,
    SECRETS,
    SERVICES,
    key,
    region,
)
from tests.components.kit import before, every, said, sources, the, token
from tests.support import policy_documents, statements


def documents(service: str, kind: str) -> list[dict[str, Any]]:
    """The statements of a service's trust (``Role``) or rights (``RolePolicy``)."""
    return [
        statement
        for one, document in policy_documents(region(DEV))
        if one.name == f"identity-{service}" and one.type.endswith(f":{kind}")
        for statement in statements(document)
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_is_taken_by_the_pods_of_its_own_service_alone(service: str) -> None:
    (trust,) = documents(service, "Role")
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert set(trust["Action"]) == {"sts:AssumeRole", "sts:TagSession"}
    assert trust["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": ACCOUNT,
            "aws:RequestTag/eks-cluster-name": "trading-dev",
            "aws:RequestTag/kubernetes-namespace": "trading",
            "aws:RequestTag/kubernetes-service-account": service,
        }
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_account_gets_its_own_role_once_that_has_its_rights(service: str) -> None:
    plan = region(DEV)
    association = the(plan, eks.PodIdentityAssociation, f"identity-{service}")
    assert (said(association, "namespace"), said(association, "serviceAccount")) == ("trading", service)
    assert sources(plan, association, "roleArn") == {f"identity-{service}"}
    assert said(association, "roleArn") == the(plan, iam.Role, f"identity-{service}").outputs["arn"]
    assert sources(plan, association, "clusterName") == {"cluster-control-plane"}
    assert (token(iam.RolePolicy), f"identity-{service}") in before(plan, association)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_logs_in_to_the_database_as_itself(service: str) -> None:
    granted = [one for one in documents(service, "RolePolicy") if one["Action"] == "rds-db:connect"]
    assert [one["Resource"] for one in granted] == [
        f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:{DATABASE}/{service}"
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_sees_or_changes_a_backup_of_the_cluster(service: str) -> None:
    """The bucket is one and the same, and every secret of the cluster is in there."""
    found = documents(service, "RolePolicy")
    (closed,) = [one for one in found if one["Effect"] == "Deny"]
    assert closed["Resource"] == f"{BUCKET}/{BACKUPS}/*"
    (open_to,) = [one for one in found if one["Sid"] == "DataObjects"]
    assert set(closed["Action"]) == set(open_to["Action"])


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_and_writes_the_data_bucket_and_deletes_nothing(service: str) -> None:
    reached: dict[str, set[str]] = {}
    for one in documents(service, "RolePolicy"):
        if one["Sid"].startswith("Data") and "s3:" in str(one["Action"]):
            reached.setdefault(one["Resource"], set()).update(one["Action"])
    assert set(reached) == {BUCKET, f"{BUCKET}/*"}
    assert {"s3:GetObject", "s3:PutObject"} <= reached[f"{BUCKET}/*"]
    assert not any("Delete" in action for actions in reached.values() for action in actions)


def keys(service: str) -> dict[str, Any]:
    """By what keys open: under which condition."""
    granted = [one for one in documents(service, "RolePolicy") if "kms:" in str(one["Action"])]
    return {one["Resource"]: one["Condition"] for one in granted}


def by_way_of(service: str) -> dict[str, dict[str, str]]:
    return {"StringEquals": {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}}


@pytest.mark.parametrize("service", SERVICES)
def test_the_data_key_opens_by_way_of_object_storage_alone(service: str) -> None:
    assert keys(service)[key("data")] == by_way_of("s3")


def test_the_secrets_key_opens_by_way_of_the_secret_store_alone_and_for_who_has_secrets() -> None:
    assert keys("api") == {key("data"): by_way_of("s3"), key("secrets"): by_way_of("secretsmanager")}
    assert keys("worker") == {key("data"): by_way_of("s3")}


def rights_over(what: str, service: str) -> list[dict[str, Any]]:
    return [one for one in documents(service, "RolePolicy") if f"{what}:" in str(one["Action"])]


def test_a_service_logs_in_to_the_one_cache_as_itself() -> None:
    (granted,) = rights_over("elasticache", "api")
    assert granted["Action"] == "elasticache:Connect"
    assert granted["Resource"] == [CACHE, CACHE_USER]


def test_a_service_reads_the_secrets_that_it_declares_and_changes_none() -> None:
    (granted,) = rights_over("secretsmanager", "api")
    assert granted["Resource"] == list(SECRETS)
    assert set(granted["Action"]) == {"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"}


@pytest.mark.parametrize("what", ["elasticache", "secretsmanager"])
def test_a_service_that_asked_for_nothing_has_no_right_to_it(what: str) -> None:
    assert rights_over(what, "worker") == []


def test_no_right_of_a_service_is_over_everything() -> None:
    for service in SERVICES:
        for statement in documents(service, "RolePolicy"):
            resource = statement["Resource"]
            assert "*" not in (resource if isinstance(resource, list) else [resource])


def test_who_uses_a_service_account_waits_until_its_role_is_its_own() -> None:
    plan = region(DEV)
    part = next(one for one in plan if one.type == "trading-platform:aws:Identity")
    ids = {
        str(said(one, "serviceAccount")): one.outputs["associationId"]
        for one in every(plan, eks.PodIdentityAssociation)
    }
    told = {service: {ANNOTATION: ids[service]} for service in SERVICES}
    assert part.outputs["service_account_annotations"] == told


def test_there_is_one_identity_a_service() -> None:
    associated = [said(one, "serviceAccount") for one in every(region(DEV), eks.PodIdentityAssociation)]
    assert associated == list(SERVICES)
