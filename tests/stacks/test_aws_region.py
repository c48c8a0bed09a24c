"""One AWS region as a stack composes it: the rooms fit, and the twin is the same rooms."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest

from components import contracts
from components.aws.alerts import Alerts
from components.aws.cache import Cache
from components.aws.cluster import Cluster
from components.aws.database import Database
from components.aws.dns import Dns
from components.aws.edge import Edge
from components.aws.identity import Identity
from components.aws.keys import Keys
from components.aws.network import Network
from components.aws.operators import Operators
from components.aws.registry import Registry
from components.aws.secret_store import SecretStore
from components.aws.storage import Storage
from components.base import Part
from plan.resource import Plan, Resource
from tests.components.kit import before
from tests.support import AWS_STACKS, planned, pods_at_rest, said

ROOMS = [
    Alerts, Cache, Cluster, Database, Dns, Edge, Identity, Keys, Network, Operators, Registry, SecretStore,
    Storage,
]  # fmt: skip


def of_region(plan: Plan, place: str, *types: str) -> list[Resource]:
    """The resources of these types in the region that is ``home`` or ``dr``."""
    return [found for found in plan.of_type(*types) if found.name.startswith(f"aws-{place}-")]


def the(plan: Plan, place: str, kind: str) -> Any:
    (found,) = of_region(plan, place, kind)
    return said(found)


@pytest.mark.parametrize(("stack", "places"), [("dev", 1), ("staging", 2), ("prod", 2)])
def test_every_provider_refuses_any_other_account(stack: str, places: int) -> None:
    providers = planned(stack).of_type("pulumi:providers:aws")
    assert len(providers) == places
    (accounts,) = {said(provider)["allowedAccountIds"] for provider in providers}
    assert len(json.loads(str(accounts))) == 1


def test_credentials_are_checked_where_the_platform_works_so_that_a_lost_region_does_not_stop_the_other() -> (
    None
):
    providers = planned("prod").of_type("pulumi:providers:aws")
    assert {said(provider)["stsRegion"] for provider in providers} == {"us-east-1"}
    assert {said(provider)["region"] for provider in providers} == {"us-east-1", "us-west-2"}


def test_objects_reach_the_cluster_by_a_kubeconfig_that_a_new_login_does_not_replace() -> None:
    plan = planned("dev")
    (provider,) = plan.of_type("pulumi:providers:kubernetes")
    (cluster,) = plan.of_type("aws:eks/cluster:Cluster")
    assert provider.property_dependencies["kubeconfig"] == (cluster.urn,)
    assert said(provider)["clusterIdentifier"] == said(cluster)["name"]


@pytest.mark.parametrize("stack", AWS_STACKS)
def test_machines_databases_and_caches_stand_in_their_own_tiers(stack: str) -> None:
    plan = planned(stack)
    tier = {str(subnet.id): said(subnet)["tags"]["tier"] for subnet in plan.of_type("aws:ec2/subnet:Subnet")}
    for group in plan.of_type("aws:eks/nodeGroup:NodeGroup"):
        assert {tier[str(subnet)] for subnet in said(group)["subnetIds"]} == {"private"}
    stores = plan.of_type("aws:rds/subnetGroup:SubnetGroup", "aws:elasticache/subnetGroup:SubnetGroup")
    assert len(stores) == 2 * len(plan.of_type("aws:ec2/vpc:Vpc"))
    for subnets in stores:
        assert {tier[str(subnet)] for subnet in said(subnets)["subnetIds"]} == {"database"}


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_gives_all_that_its_contract_promises(room: type[Part]) -> None:
    """The type checker holds the types; this holds the names, and that the engine is told of them."""
    contract = getattr(contracts, f"{room.__name__}Outputs")
    assert contract.__annotations__.keys() <= room.__annotations__.keys()


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_the_twin_has_every_kind_of_thing_that_home_has(stack: str) -> None:
    plan = planned(stack)

    def kinds(place: str) -> Counter[str]:
        return Counter(found.type for found in plan if found.name.startswith(f"aws-{place}-"))

    only_at_home = {kind for kind in kinds("home") if kind not in kinds("dr")}
    proofs = {
        "aws:backup/restoreTestingPlan:RestoreTestingPlan",
        "aws:backup/restoreTestingSelection:RestoreTestingSelection",
    }
    pipeline = {"aws:iam/openIdConnectProvider:OpenIdConnectProvider", "trading-platform:aws:Pipeline"}
    assert only_at_home - (proofs | pipeline if stack == "prod" else set()) == {
        "aws:kms/key:Key",  # the twin has replicas of them
        "aws:rds/globalCluster:GlobalCluster",
        "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup",
        "aws:route53/zone:Zone",
        "aws:route53/queryLog:QueryLog",
        "aws:elasticache/parameterGroup:ParameterGroup",  # a follower has the datastore's own
        "aws:route53/record:Record",  # home proves the domain for both
        "trading-platform:aws:Dns",
        "trading-platform:aws:GlobalCache",
        "trading-platform:aws:GlobalDatabase",
    }
    hold = {"aws:lb/listenerRule:ListenerRule"} if stack == "prod" else set[str]()
    only_there = {kind for kind in kinds("dr") if kind not in kinds("home")}
    assert only_there == {"aws:kms/replicaKey:ReplicaKey"} | hold


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_what_is_global_has_a_name_of_its_own_in_each_region(stack: str) -> None:
    """IAM and S3 know no regions: two things of one name would be one, or a refusal half-way through."""
    for kind, name in (("aws:iam/role:Role", "name"), ("aws:s3/bucket:Bucket", "bucket")):
        names = [said(found).get(name) for found in planned(stack).of_type(kind)]
        assert None not in names
        assert len(set(names)) == len(names)


def test_the_two_networks_share_no_address() -> None:
    plan = planned("prod")
    assert the(plan, "home", "aws:ec2/vpc:Vpc")["cidrBlock"] == "10.48.0.0/16"
    assert the(plan, "dr", "aws:ec2/vpc:Vpc")["cidrBlock"] == "10.49.0.0/16"
    clients = [said(found)["clientCidrBlock"] for found in plan.of_type("aws:ec2clientvpn/endpoint:Endpoint")]
    assert clients == ["10.112.16.0/22", "10.112.20.0/22"]


def test_the_twins_data_is_encrypted_with_replicas_of_homes_keys() -> None:
    plan = planned("prod")
    keys = {found.urn: found for found in of_region(plan, "dr", "aws:kms/replicaKey:ReplicaKey")}
    assert {plan[key.property_dependencies["primaryKeyArn"][0]].type for key in keys.values()} == {
        "aws:kms/key:Key"
    }
    (cluster,) = of_region(plan, "dr", "aws:rds/cluster:Cluster")
    assert cluster.property_dependencies["kmsKeyId"][0] in keys


def test_the_twins_database_takes_the_password_of_nobody() -> None:
    plan = planned("prod")
    (home,) = of_region(plan, "home", "aws:rds/cluster:Cluster")
    (twin,) = of_region(plan, "dr", "aws:rds/cluster:Cluster")
    assert "masterPasswordWo" in home.inputs
    assert not [name for name in twin.inputs if name.startswith("master")]


def test_the_prod_twin_is_warm_machines_database_and_pods_stand_ready() -> None:
    plan = planned("prod")
    pools = {
        said(found)["capacityType"]: said(found)
        for found in of_region(plan, "dr", "aws:eks/nodeGroup:NodeGroup")
    }
    assert pools["ON_DEMAND"]["scalingConfig"]["minSize"] == 3
    assert len(of_region(plan, "dr", "aws:rds/clusterInstance:ClusterInstance")) == 2
    assert pods_at_rest(plan) == {"api": 1, "dashboard": 1, "worker": 1}


@pytest.mark.parametrize("stack", AWS_STACKS)
def test_every_description_is_in_the_alphabet_that_ec2_takes(stack: str) -> None:
    """An apostrophe is refused, and what waits for the group with it: half of the region."""
    allowed = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}")
    groups = planned(stack).of_type(
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    )
    described = [text for found in groups if (text := said(found).get("description"))]
    assert described
    assert [text for text in described if not allowed.fullmatch(text)] == []


def test_ways_out_wait_for_the_gateway_that_they_go_through() -> None:
    """In a network without one AWS makes a NAT gateway and lets it fail, and refuses a balancer."""
    plan = planned("prod")
    for resource in plan.of_type("aws:ec2/natGateway:NatGateway", "aws:lb/loadBalancer:LoadBalancer"):
        needed = {kind for kind, _ in before(plan, resource)}
        assert "aws:ec2/internetGateway:InternetGateway" in needed, resource.name


def test_a_deployment_from_one_region_reaches_the_cluster_of_the_other() -> None:
    plan = planned("prod")
    for place, other in (("home", "10.49.0.0/16"), ("dr", "10.48.0.0/16")):
        (cluster,) = of_region(plan, place, "aws:eks/cluster:Cluster")
        assert not said(cluster)["vpcConfig"]["endpointPublicAccess"]
        rules = plan.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        (rule,) = [said(found) for found in rules if found.name == f"aws-bonds-peering-{place}-api"]
        answered = cluster.outputs["vpcConfig"]
        assert isinstance(answered, dict)
        assert rule["securityGroupId"] == answered["clusterSecurityGroupId"]
        assert rule["cidrIpv4"] == other
        assert rule["fromPort"] == rule["toPort"] == 443
        private = of_region(plan, place, "aws:ec2/natGateway:NatGateway")
        routes = [
            found
            for found in plan.of_type("aws:ec2/route:Route")
            if said(found)["destinationCidrBlock"] == other
        ]
        assert len(routes) == len(private)
