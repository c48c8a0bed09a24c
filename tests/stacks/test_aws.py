from __future__ import annotations

import json

import pytest

from components import contracts
from components.aws.cluster import Cluster
from components.aws.database import Database
from components.aws.identity import Identity
from components.aws.keys import Keys
from components.aws.network import Network
from components.aws.storage import Storage
from components.base import Part
from tests.support import STACKS, planned, said


def test_the_provider_refuses_any_other_account() -> None:
    (provider,) = planned("prod").of_type("pulumi:providers:aws")
    assert said(provider)["region"] == "us-east-1"
    assert json.loads(str(said(provider)["allowedAccountIds"])) == ["333344445555"]


def test_objects_reach_the_cluster_by_a_kubeconfig_that_a_new_login_does_not_replace() -> None:
    plan = planned("dev")
    (provider,) = plan.of_type("pulumi:providers:kubernetes")
    (cluster,) = plan.of_type("aws:eks/cluster:Cluster")
    assert provider.property_dependencies["kubeconfig"] == (cluster.urn,)
    assert said(provider)["clusterIdentifier"] == said(cluster)["name"]


@pytest.mark.parametrize("stack", STACKS)
def test_machines_and_databases_stand_in_their_own_tiers(stack: str) -> None:
    plan = planned(stack)
    tier = {str(subnet.id): said(subnet)["tags"]["tier"] for subnet in plan.of_type("aws:ec2/subnet:Subnet")}
    for group in plan.of_type("aws:eks/nodeGroup:NodeGroup"):
        assert {tier[str(subnet)] for subnet in said(group)["subnetIds"]} == {"private"}
    (subnets,) = plan.of_type("aws:rds/subnetGroup:SubnetGroup")
    assert {tier[str(subnet)] for subnet in said(subnets)["subnetIds"]} == {"database"}


@pytest.mark.parametrize("room", [Network, Keys, Storage, Cluster, Database, Identity])
def test_each_room_gives_all_that_its_contract_promises(room: type[Part]) -> None:
    """The type checker holds the types; this holds the names, and that the engine is told of them."""
    contract = getattr(contracts, f"{room.__name__}Outputs")
    assert contract.__annotations__.keys() <= room.__annotations__.keys()
