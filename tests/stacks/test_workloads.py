from __future__ import annotations

from typing import Any

import pytest

from components.k8s.places import TRADING
from config.loader import load_file
from config.services import KNOWN
from config.types import cpu_cores, memory_bytes
from tests.components.k8s.workload import RUNS
from tests.support import AWS_STACKS, GCP_STACKS, ROOT, STACKS, TWO_REGIONS, planned, said


def running(stack: str) -> list[Any]:
    """The inputs of whatever runs a service's pods."""
    found = [said(one) for one in planned(stack).of_type(*set(RUNS.values()))]
    return [one for one in found if one["metadata"]["namespace"] == TRADING]


def told_to_all(stack: str) -> dict[str, str]:
    """What the platform's ConfigMap tells every service."""
    found = [said(one)["data"] for one in planned(stack).of_type("kubernetes:core/v1:ConfigMap")]
    (data,) = [one for one in found if "TRADING_ROLE" in one]
    return data


def test_services_are_told_where_the_database_and_the_bucket_really_are_on_google() -> None:
    plan = planned("dev-gcp")
    told = told_to_all("dev-gcp")
    (instance,) = plan.of_type("gcp:sql/databaseInstance:DatabaseInstance")
    assert told["DATABASE_HOST"] == str(instance.outputs["dnsName"]).rstrip(".")
    assert told["DATA_BUCKET"] in {
        str(bucket.outputs["name"]) for bucket in plan.of_type("gcp:storage/bucket:Bucket")
    }
    assert told["TRADING_CLOUD"] == "gcp"


def test_services_are_told_where_the_database_and_the_bucket_really_are_on_aws() -> None:
    plan = planned("dev")
    told = told_to_all("dev")
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
    for found in running("dev"):
        name = found["metadata"]["name"]
        (container,) = found["spec"]["template"]["spec"]["containers"]
        told = {variable["name"]: variable.get("value") for variable in container["env"]}
        assert told["DATABASE_USER"] == name, "the user that its role may log in as (components.aws.identity)"
        (user,) = [
            found
            for found in planned("dev").of_type("aws:elasticache/user:User")
            if found.outputs["userName"] == told["CACHE_USER"]
        ]
        assert user.name.endswith(f"-{name}")


@pytest.mark.parametrize("stack", STACKS)
def test_all_workloads_of_the_platform_run_in_every_shipped_environment(stack: str) -> None:
    names = [found["metadata"]["name"] for found in running(stack)]
    regions = 2 if stack in TWO_REGIONS else 1
    assert sorted(names) == sorted(list(KNOWN) * regions)


@pytest.mark.parametrize("stack", STACKS)
def test_nobody_but_the_autoscaler_says_how_many_pods_a_scaled_service_has(stack: str) -> None:
    settings = load_file(ROOT / f"Pulumi.{stack}.yaml").settings
    for found in running(stack):
        scaled = settings.services[found["metadata"]["name"]].max_replicas is not None
        assert ("replicas" in found["spec"]) is not scaled


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
            found["metadata"]["namespace"],
            found["spec"]["template"]["spec"]["serviceAccountName"],
        )
        for found in running(stack)
    }
    assert used
    assert used <= associated


@pytest.mark.parametrize("stack", STACKS)
def test_the_quota_holds_every_service_twice_for_the_time_of_a_rollout(stack: str) -> None:
    services = load_file(ROOT / f"Pulumi.{stack}.yaml").settings.services.values()
    most = [(service.max_replicas or service.replicas, service) for service in services]
    cpu = 2 * sum(copies * cpu_cores(service.cpu) for copies, service in most)
    memory = 2 * sum(copies * memory_bytes(service.memory) for copies, service in most)
    quotas = [
        found
        for found in planned(stack).of_type("kubernetes:core/v1:ResourceQuota")
        if said(found)["metadata"]["namespace"] == TRADING
    ]
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
