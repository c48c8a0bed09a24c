"""A simulated answer has the form that the cloud uses."""

from __future__ import annotations

import re

import pytest

from plan.forms.answer import STEP
from plan.simulate import Place
from plan.value import Value
from tests.plan.sweep import made

MULTI_REGION_KEY: dict[str, Value] = {"primaryKeyArn": "arn:aws:kms:us-east-1:444455556666:key/mrk-0a1b"}
GLOBAL_CACHE: dict[str, Value] = {"globalReplicationGroupIdSuffix": "s", "primaryReplicationGroupId": "c"}
APPLICATIONS = "arn:aws:serverlessrepo:us-east-1:297356227824:applications"


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
        ("aws:lb/loadBalancer:LoadBalancer", {"name": "l", "loadBalancerType": "network"}, "dnsName",
         r"l-[0-9a-f]{16}\.elb\.eu-west-1\.amazonaws\.com"),
        ("aws:lb/loadBalancer:LoadBalancer", {"name": "l", "internal": True}, "dnsName",
         r"internal-l-\d{10}\.eu-west-1\.elb\.amazonaws\.com"),
        ("aws:kms/replicaKey:ReplicaKey", MULTI_REGION_KEY, "arn",
         r"arn:aws:kms:eu-west-1:444455556666:key/mrk-0a1b"),
        ("aws:kms/replicaKey:ReplicaKey", MULTI_REGION_KEY, "keyId", r"mrk-0a1b"),
        ("aws:rds/globalCluster:GlobalCluster", {"globalClusterIdentifier": "g"}, "arn",
         r"arn:aws:rds::444455556666:global-cluster:g"),
        ("aws:rds/globalCluster:GlobalCluster", {"globalClusterIdentifier": "g"}, "endpoint",
         r"g\.global-[a-z0-9]{12}\.global\.rds\.amazonaws\.com"),
        ("aws:rds/globalCluster:GlobalCluster", {"globalClusterIdentifier": "g"}, "globalClusterMembers",
         r"\[\]"),
        ("aws:rds/globalCluster:GlobalCluster",
         {"globalClusterIdentifier": "g", "sourceDbClusterIdentifier": "arn:d"},
         "globalClusterMembers[0].dbClusterArn", r"arn:d"),
        ("aws:elasticache/globalReplicationGroup:GlobalReplicationGroup", GLOBAL_CACHE, "arn",
         r"arn:aws:elasticache::444455556666:globalreplicationgroup:\w{5}-s"),
        ("aws:elasticache/globalReplicationGroup:GlobalReplicationGroup", GLOBAL_CACHE, "id", r"\w{5}-s"),
        ("aws:elasticache/user:User", {"userId": "u", "userName": "n", "engine": "valkey"}, "arn",
         r"arn:aws:elasticache:eu-west-1:444455556666:user:u"),
        ("aws:elasticache/userGroup:UserGroup", {"userGroupId": "g", "engine": "valkey"}, "arn",
         r"arn:aws:elasticache:eu-west-1:444455556666:usergroup:g"),
        ("aws:elasticache/replicationGroup:ReplicationGroup",
         {"replicationGroupId": "c", "numCacheClusters": 2}, "memberClusters[1]", r"c-002"),
        ("aws:wafv2/webAcl:WebAcl", {"name": "w", "scope": "CLOUDFRONT"}, "arn",
         r"arn:aws:wafv2:eu-west-1:444455556666:global/webacl/w/[0-9a-f-]{36}"),
        ("aws:wafv2/webAclAssociation:WebAclAssociation", {"webAclArn": "w", "resourceArn": "r"}, "id",
         r"w,r"),
        ("aws:wafv2/ipSet:IpSet", {"name": "s", "scope": "REGIONAL"}, "arn",
         r"arn:aws:wafv2:eu-west-1:444455556666:regional/ipset/s/[0-9a-f-]{36}"),
        ("aws:route53/record:Record", {"zoneId": "Z", "name": "a", "type": "A", "setIdentifier": "x"}, "id",
         r"Z_a_A_x"),
        ("aws:route53/zone:Zone", {"name": "a.example"}, "nameServers[3]", r"ns-\d+\.awsdns-\d\d\.co\.uk"),
        ("aws:guardduty/detectorFeature:DetectorFeature", {"detectorId": "d", "name": "EKS"}, "id", r"d/EKS"),
        ("aws:sns/topic:Topic", {"name": "t"}, "owner", r"444455556666"),
        ("aws:secretsmanager/secret:Secret", {"name": "a/b"}, "arn",
         r"arn:aws:secretsmanager:eu-west-1:444455556666:secret:a/b-\w{6}"),
        ("aws:secretsmanager/secret:Secret", {"name": "s", "replicas": [{"region": "us-west-2"}]},
         "replicas[0].status", r"InSync"),
        ("aws:secretsmanager/secretVersion:SecretVersion", {"secretId": "arn:s"}, "secretArn", r"arn:s"),
        ("aws:secretsmanager/secretVersion:SecretVersion", {"secretId": "arn:s"}, "arn", r"arn:s"),
        ("aws:secretsmanager/secretVersion:SecretVersion", {"secretId": "arn:s"}, "id",
         r"arn:s\|[0-9a-f-]{36}"),
        ("aws:secretsmanager/secretRotation:SecretRotation", {"secretId": "arn:s"}, "id", r"arn:s"),
        ("aws:ec2clientvpn/endpoint:Endpoint", {}, "arn",
         r"arn:aws:ec2:eu-west-1:444455556666:client-vpn-endpoint/cvpn-endpoint-[0-9a-f]{17}"),
        ("aws:ec2clientvpn/endpoint:Endpoint", {}, "dnsName",
         r"\*\.cvpn-endpoint-[0-9a-f]{17}\.prod\.clientvpn\.eu-west-1\.amazonaws\.com"),
        ("aws:ec2clientvpn/authorizationRule:AuthorizationRule",
         {"clientVpnEndpointId": "e", "targetNetworkCidr": "10.0.0.0/8", "accessGroupId": "g"}, "id",
         r"e,10\.0\.0\.0/8,g"),
        ("aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
         {"name": "s", "applicationId": f"{APPLICATIONS}/SecretsManager",
          "parameters": {"functionName": "f"}},
         "outputs.RotationLambdaARN", r"arn:aws:lambda:eu-west-1:444455556666:function:f"),
        ("aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
         {"name": "s", "applicationId": f"{APPLICATIONS}/Other"}, "outputs", r"\{\}"),
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


def test_a_certificates_record_is_that_of_its_account_and_domain_in_every_region() -> None:
    def records(place: Place, *names: str) -> set[str]:
        others: Value = list(names[1:])
        inputs: dict[str, Value] = {"domainName": names[0], "subjectAlternativeNames": others}
        options = made("aws:acm/certificate:Certificate", inputs, place=place).outputs[
            "domainValidationOptions"
        ]
        assert isinstance(options, list)
        return {str(option["resourceRecordName"]) for option in options if isinstance(option, dict)}

    east, west = Place("444455556666", "us-east-1"), Place("444455556666", "us-west-2")
    assert records(east, "a.example", "*.a.example") == records(west, "*.a.example")
    assert len(records(east, "a.example", "b.example")) == 2
    assert records(east, "a.example") != records(Place("111122223333", "us-east-1"), "a.example")


def test_a_cache_has_one_address_with_cluster_mode_and_two_without() -> None:
    token, group = "aws:elasticache/replicationGroup:ReplicationGroup", {"replicationGroupId": "c"}
    names = ("configurationEndpointAddress", "primaryEndpointAddress", "readerEndpointAddress")
    plain, sharded = made(token, {**group}).outputs, made(token, {**group, "numNodeGroups": 2}).outputs
    assert [bool(plain[name]) for name in names] == [False, True, True]
    assert [bool(sharded[name]) for name in names] == [True, False, False]
    hosts = [str(plain[name]).partition(".c.")[2] for name in names[1:]]
    assert re.fullmatch(r"\w{6}\.euw1\.cache\.amazonaws\.com", hosts[0])
    assert hosts[0] == hosts[1]


def test_a_deployment_is_reported_ready_with_its_replicas() -> None:
    status = made("kubernetes:apps/v1:Deployment", {"spec": {"replicas": 3}}).outputs["status"]
    assert isinstance(status, dict)
    assert status["readyReplicas"] == 3
