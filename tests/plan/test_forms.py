"""A simulated answer has the form that the cloud uses."""

from __future__ import annotations

import re

import pytest

from plan.forms.answer import STEP
from plan.simulate import Place
from plan.value import Value
from tests.plan.sweep import made


@pytest.mark.parametrize(
    ("token", "inputs", "path", "form"),
    [
        ("aws:ec2/vpc:Vpc", {}, "id", r"vpc-[0-9a-f]{17}"),
        ("aws:ec2/vpc:Vpc", {}, "arn", r"arn:aws:ec2:eu-west-1:444455556666:vpc/vpc-[0-9a-f]{17}"),
        ("aws:ec2/subnet:Subnet", {"vpcId": "v"}, "id", r"subnet-[0-9a-f]{17}"),
        ("aws:ec2/natGateway:NatGateway", {}, "id", r"nat-[0-9a-f]{17}"),
        ("aws:s3/bucket:Bucket", {"bucket": "b"}, "arn", r"arn:aws:s3:::b"),
        ("aws:s3/bucket:Bucket", {"bucket": "b"}, "bucketRegionalDomainName",
         r"b\.s3\.eu-west-1\.amazonaws\.com"),
        ("aws:iam/role:Role", {"name": "r", "path": "/p/"}, "arn", r"arn:aws:iam::444455556666:role/p/r"),
        ("aws:iam/openIdConnectProvider:OpenIdConnectProvider", {"url": "https://oidc.x/id/A"}, "arn",
         r"arn:aws:iam::444455556666:oidc-provider/oidc\.x/id/A"),
        ("aws:kms/key:Key", {"multiRegion": True}, "keyId", r"mrk-[0-9a-f-]{36}"),
        ("aws:kms/alias:Alias", {"name": "alias/a"}, "arn", r"arn:aws:kms:eu-west-1:444455556666:alias/a"),
        ("aws:cloudwatch/logGroup:LogGroup", {"name": "/a"}, "arn",
         r"arn:aws:logs:eu-west-1:444455556666:log-group:/a"),
        ("aws:eks/cluster:Cluster", {"name": "c"}, "endpoint",
         r"https://[0-9A-F]{32}\.gr7\.eu-west-1\.eks\.amazonaws\.com"),
        ("aws:eks/cluster:Cluster", {"name": "c"}, "identities[0].oidcs[0].issuer",
         r"https://oidc\.eks\.eu-west-1\.amazonaws\.com/id/[0-9A-F]{32}"),
        ("aws:eks/cluster:Cluster", {"name": "c"}, "certificateAuthority.data", r"[A-Za-z0-9+/]{43}="),
        ("aws:eks/nodeGroup:NodeGroup", {"clusterName": "c", "nodeGroupName": "n"}, "id", r"c:n"),
        ("aws:rds/cluster:Cluster", {"clusterIdentifier": "d"}, "readerEndpoint",
         r"d\.cluster-ro-[a-z0-9]{12}\.eu-west-1\.rds\.amazonaws\.com"),
        ("aws:rds/cluster:Cluster", {"manageMasterUserPassword": True}, "masterUserSecrets[0].secretArn",
         r"arn:aws:secretsmanager:eu-west-1:444455556666:secret:rds!cluster-[0-9a-f-]{36}-\w{6}"),
        ("aws:sns/topic:Topic", {"name": "t"}, "id", r"arn:aws:sns:eu-west-1:444455556666:t"),
        ("aws:budgets/budget:Budget", {"name": "b"}, "id", r"444455556666:b"),
        ("aws:lb/loadBalancer:LoadBalancer", {"name": "l", "loadBalancerType": "network"}, "arn",
         r"arn:aws:elasticloadbalancing:eu-west-1:444455556666:loadbalancer/net/l/[0-9a-f]{16}"),
        ("aws:ec2/placementGroup:PlacementGroup", {"name": "p"}, "arn",
         r"arn:aws:ec2:eu-west-1:444455556666:.*/p"),
        ("aws:ec2/vpcDhcpOptions:VpcDhcpOptions", {}, "id", r"dopt-[0-9a-f]{17}"),
        pytest.param(
            "gcp:compute/network:Network", {"name": "n"}, "selfLink",
            r"https://www\.googleapis\.com/compute/v1/projects/444455556666/global/networks/n",
            marks=pytest.mark.slow,
        ),
        ("gcp:container/cluster:Cluster", {"name": "c", "location": "l"}, "id",
         r"projects/444455556666/locations/l/clusters/c"),
        ("gcp:sql/databaseInstance:DatabaseInstance", {"name": "d"}, "connectionName",
         r"444455556666:eu-west-1:d"),
        ("gcp:serviceaccount/account:Account", {"accountId": "a"}, "email",
         r"a@444455556666\.iam\.gserviceaccount\.com"),
        ("azure-native:resources:ResourceGroup", {"resourceGroupName": "g"}, "id",
         r"/subscriptions/444455556666/resourceGroups/g"),
        ("azure-native:containerservice:AgentPool",
         {"resourceGroupName": "g", "resourceName": "c", "agentPoolName": "p"}, "id",
         r".*/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c/agentPools/p"),
        ("azure-native:storage:StorageAccount", {"resourceGroupName": "g", "accountName": "a"},
         "primaryEndpoints.blob", r"https://a\.blob\.core\.windows\.net/"),
        ("kubernetes:core/v1:ConfigMap", {"metadata": {"name": "c", "namespace": "n"}}, "id", r"n/c"),
        ("kubernetes:core/v1:Namespace", {"metadata": {"name": "n"}}, "id", r"n"),
        ("kubernetes:core/v1:Namespace", {"metadata": {"name": "n"}}, "metadata.uid", r"[0-9a-f-]{36}"),
        ("kubernetes:core/v1:Service", {"spec": {}}, "spec.clusterIP", r"198\.18\.\d+\.\d+"),
        ("kubernetes:core/v1:Service", {"spec": {"clusterIP": "None"}}, "spec.clusterIP", r"None"),
    ],
)  # fmt: skip
def test_an_answer_has_the_form_that_the_cloud_uses(
    token: str, inputs: dict[str, Value], path: str, form: str
) -> None:
    answer = made(token, inputs)
    value: Value = {**answer.outputs, "id": answer.id}
    for name, index in STEP.findall(path):
        value = (
            value[name] if isinstance(value, dict) else value[int(index)] if isinstance(value, list) else None
        )
    assert re.fullmatch(form, str(value)), value


def test_a_region_of_the_resource_goes_before_the_providers() -> None:
    answer = made("aws:sns/topic:Topic", {"name": "t", "region": "us-west-2"})
    assert answer.id == "arn:aws:sns:us-west-2:444455556666:t"


def test_other_partitions_of_aws_have_their_own_names() -> None:
    place = Place("444455556666", "us-gov-west-1")
    assert str(made("aws:iam/role:Role", {"name": "r"}, place=place).outputs["arn"]).startswith(
        "arn:aws-us-gov:iam"
    )
    china = made("aws:s3/bucket:Bucket", {"bucket": "b"}, place=Place("4", "cn-north-1")).outputs
    assert str(china["bucketDomainName"]).endswith(".amazonaws.com.cn")


def test_no_managed_password_means_no_secret_of_it() -> None:
    assert made("aws:rds/cluster:Cluster", {"engine": "aurora-postgresql"}).outputs["masterUserSecrets"] == []


def test_a_certificate_has_one_validation_record_for_each_name() -> None:
    answer = made(
        "aws:acm/certificate:Certificate",
        {"domainName": "a.example", "subjectAlternativeNames": ["*.a.example"]},
    )
    options = answer.outputs["domainValidationOptions"]
    assert isinstance(options, list)
    assert [option["domainName"] for option in options if isinstance(option, dict)] == [
        "a.example", "*.a.example",
    ]  # fmt: skip


def test_a_deployment_is_reported_ready_with_its_replicas() -> None:
    status = made("kubernetes:apps/v1:Deployment", {"spec": {"replicas": 3}}).outputs["status"]
    assert isinstance(status, dict)
    assert status["readyReplicas"] == 3
