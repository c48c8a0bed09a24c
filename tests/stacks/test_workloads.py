from __future__ import annotations

from typing import Any

import pytest

from config.loader import load_file
from config.types import cpu_cores, memory_bytes
from tests.support import AWS_STACKS, GCP_STACKS, ROOT, STACKS, TWO_REGIONS, planned, said


def only(stack: str, kind: str) -> Any:
    (found,) = planned(stack).of_type(kind)
    return said(found)


def test_services_are_told_where_the_database_and_the_bucket_really_are_on_google() -> None:
    plan = planned("dev-gcp")
    told = only("dev-gcp", "kubernetes:core/v1:ConfigMap")["data"]
    (instance,) = plan.of_type("gcp:sql/databaseInstance:DatabaseInstance")
    assert told["DATABASE_HOST"] == str(instance.outputs["dnsName"]).rstrip(".")
    assert told["DATA_BUCKET"] in {
        str(bucket.outputs["name"]) for bucket in plan.of_type("gcp:storage/bucket:Bucket")
    }
    assert told["TRADING_CLOUD"] == "gcp"


def test_services_are_told_where_the_database_and_the_bucket_really_are_on_aws() -> None:
    plan = planned("dev")
    told = only("dev", "kubernetes:core/v1:ConfigMap")["data"]
    (database,) = plan.of_type("aws:rds/cluster:Cluster")
    assert told["DATABASE_HOST"] == database.outputs["endpoint"]
    assert told["DATABASE_READER_HOST"] == database.outputs["readerEndpoint"]
    assert told["DATA_BUCKET"] in {
        str(bucket.outputs["bucket"]) for bucket in plan.of_type("aws:s3/bucket:Bucket")
    }
    assert told["TRADING_CLOUD"] == "aws"
    assert told["MARKET_CALENDARS"] == "XNYS"
    assert told["TRADING_DOMAIN"] == "dev.trade.example.com"


def test_each_service_is_told_as_whom_it_logs_in() -> None:
    (container,) = only("dev", "kubernetes:apps/v1:Deployment")["spec"]["template"]["spec"]["containers"]
    told = {variable["name"]: variable["value"] for variable in container["env"]}
    assert told["DATABASE_USER"] == "api", "the user that its role may log in as (components.aws.identity)"
    (user,) = [
        found
        for found in planned("dev").of_type("aws:elasticache/user:User")
        if found.outputs["userName"] == told["CACHE_USER"]
    ]
    assert user.name.endswith("-api")


@pytest.mark.parametrize("stack", GCP_STACKS)
def test_each_service_account_says_which_google_identity_it_is(stack: str) -> None:
    plan = planned(stack)
    emails = {str(found.outputs["email"]) for found in plan.of_type("gcp:serviceaccount/account:Account")}
    accounts = plan.of_type("kubernetes:core/v1:ServiceAccount")
    assert accounts
    for account in accounts:
        assert said(account)["metadata"]["annotations"]["iam.gke.io/gcp-service-account"] in emails


@pytest.mark.parametrize("stack", AWS_STACKS)
def test_each_service_has_an_identity_for_the_account_that_its_pods_use(stack: str) -> None:
    plan = planned(stack)
    associated = {
        (said(found)["namespace"], said(found)["serviceAccount"])
        for found in plan.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation")
    }
    used = {
        (
            said(found)["metadata"]["namespace"],
            said(found)["spec"]["template"]["spec"]["serviceAccountName"],
        )
        for found in plan.of_type("kubernetes:apps/v1:Deployment")
    }
    assert used
    assert used <= associated


@pytest.mark.parametrize("stack", STACKS)
def test_the_quota_holds_every_service_twice_for_the_time_of_a_rollout(stack: str) -> None:
    services = load_file(ROOT / f"Pulumi.{stack}.yaml").settings.services.values()
    cpu = 2 * sum(service.replicas * cpu_cores(service.cpu) for service in services)
    memory = 2 * sum(service.replicas * memory_bytes(service.memory) for service in services)
    quotas = planned(stack).of_type("kubernetes:core/v1:ResourceQuota")
    assert len(quotas) == (2 if stack in TWO_REGIONS else 1), (
        "where it stands by, it will have to hold as much"
    )
    for quota in quotas:
        hard = said(quota)["spec"]["hard"]
        assert cpu_cores(hard["requests.cpu"]) == cpu
        assert int(hard["requests.memory"]) == memory


@pytest.mark.parametrize(
    ("stack", "server"), [("dev", "169.254.170.23/32"), ("dev-gcp", "169.254.169.254/32")]
)
def test_a_pod_may_ask_for_its_identity_although_the_namespace_is_closed(stack: str, server: str) -> None:
    policies = planned(stack).of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
    assert any(server in str(policy.inputs) for policy in policies)
