"""What a stack costs, against bills that were added up by hand from the clouds' price lists."""

from __future__ import annotations

import csv
from math import inf
from typing import Any

import pytest

from plan.resource import Resource
from plan.value import UNKNOWN
from policies.estimate.bill import FILE, Bill
from policies.estimate.estimate import READS, bill, flat
from policies.estimate.fleets import FLEETS
from policies.estimate.stores import STORES
from policies.subject import Stack, bodies
from policies.testing import over_the_wire, urn_of

REGIONS = {"aws": "us-east-1", "gcp": "us-central1"}
EKS = "aws:eks/cluster:Cluster"
NODES = "aws:eks/nodeGroup:NodeGroup"
STANDARD = {"upgradePolicy": {"supportType": "STANDARD"}}


def billed(*said: tuple[str, dict[str, Any]], depends: dict[int, dict[str, int]] | None = None) -> Bill:
    """The bill of resources, each a type and its properties; ``depends``: whose property comes from which."""
    urns = [urn_of(token, f"r{place}") for place, (token, _) in enumerate(said)]
    found = [
        body
        for place, (token, inputs) in enumerate(said)
        for body in bodies(
            Resource(
                urns[place],
                token,
                f"r{place}",
                custom=True,
                inputs=over_the_wire(inputs),
                property_dependencies={
                    key: (urns[other],) for key, other in (depends or {}).get(place, {}).items()
                },
            ),
            over_the_wire(inputs),
            {"region": REGIONS.get(token.split(":")[0], "")} if token.split(":")[0] in REGIONS else None,
        )
    ]
    return bill(Stack(found))


def near(found: Bill, low: float, high: float | None = None) -> bool:
    """Whether the total is what somebody added up by hand."""
    wanted = (low, low if high is None else high)
    return tuple(found.total) == pytest.approx(wanted, rel=0.01)


def test_a_cluster_of_amazons_with_two_machines_and_a_way_out() -> None:
    found = billed(
        (EKS, STANDARD),
        (
            NODES,
            {"instanceTypes": ["t4g.large"], "scalingConfig": {"minSize": 2, "maxSize": 2}, "diskSize": 50},
        ),
        ("aws:ec2/natGateway:NatGateway", {}),
        ("aws:ec2/eip:Eip", {}),
        ("aws:lb/loadBalancer:LoadBalancer", {"loadBalancerType": "application"}),
    )
    # 0.10, 2 x 0.0672, 0.045, 0.005 and 0.0225 an hour; 2 x 50 GiB at 0.08.
    assert near(found, 730 * (0.10 + 2 * 0.0672 + 0.045 + 0.005 + 0.0225) + 8)
    assert found.uncounted == ()


def test_a_group_counts_from_its_least_to_its_most_with_the_disks_of_its_template() -> None:
    template = {"blockDeviceMappings": [{"ebs": {"volumeType": "gp3", "volumeSize": 100}}]}
    found = billed(
        ("aws:ec2/launchTemplate:LaunchTemplate", template),
        (
            NODES,
            {
                "instanceTypes": ["m7g.large"],
                "scalingConfig": {"minSize": 1, "maxSize": 3},
                "launchTemplate": {"id": UNKNOWN},
            },
        ),
        depends={1: {"launchTemplate": 0}},
    )
    one = 730 * 0.0816 + 8
    assert near(found, one, 3 * one)


def test_a_spot_machine_costs_at_most_what_it_costs_on_demand() -> None:
    sizes = {"minSize": 2, "maxSize": 2}
    found = billed((NODES, {"instanceTypes": ["m7g.large"], "capacityType": "SPOT", "scalingConfig": sizes}))
    assert near(found, 2 * 20 * 0.08, 2 * (730 * 0.0816 + 20 * 0.08))


def test_a_control_plane_that_may_grow_old_may_cost_six_times_as_much() -> None:
    assert near(billed((EKS, {})), 73, 438)


def test_databases_and_a_cache_of_amazons() -> None:
    found = billed(
        (
            "aws:rds/cluster:Cluster",
            {"serverlessv2ScalingConfiguration": {"minCapacity": 0.5, "maxCapacity": 4}},
        ),
        (
            "aws:rds/clusterInstance:ClusterInstance",
            {"clusterIdentifier": UNKNOWN, "instanceClass": "db.serverless"},
        ),
        (
            "aws:rds/instance:Instance",
            {
                "engine": "postgres",
                "instanceClass": "db.t4g.medium",
                "multiAz": True,
                "storageType": "gp3",
                "allocatedStorage": 100,
            },
        ),
        (
            "aws:elasticache/replicationGroup:ReplicationGroup",
            {"engine": "valkey", "nodeType": "cache.m7g.large", "numCacheClusters": 2},
        ),
        depends={1: {"clusterIdentifier": 0}},
    )
    # Capacity at 0.12; two servers at 0.065 with 100 GiB at 0.115 each; two nodes at 0.1264.
    rest = 2 * (730 * 0.065 + 11.5) + 2 * 730 * 0.1264
    assert near(found, 730 * 0.5 * 0.12 + rest, 730 * 4 * 0.12 + rest)


def test_the_second_region_of_a_cache_has_the_machines_of_the_first() -> None:
    found = billed(
        (
            "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup",
            {"cacheNodeType": "cache.t4g.micro", "engine": "valkey"},
        ),
        (
            "aws:elasticache/replicationGroup:ReplicationGroup",
            {"globalReplicationGroupId": UNKNOWN, "numNodeGroups": 2, "replicasPerNodeGroup": 1},
        ),
        depends={1: {"globalReplicationGroupId": 0}},
    )
    assert near(found, 4 * 730 * 0.0128)


def test_endpoints_cost_in_each_subnet_and_gateways_to_stores_nothing() -> None:
    subnets = ["subnet-1", "subnet-2", "subnet-3"]
    found = billed(
        ("aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "Interface", "subnetIds": subnets}),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "Gateway"}),
        ("aws:ec2clientvpn/networkAssociation:NetworkAssociation", {}),
        ("aws:ebs/volume:Volume", {"type": "gp2", "size": 100}),
        ("aws:kms/key:Key", {}),
    )
    assert near(found, 730 * (3 * 0.01 + 0.10) + 10 + 1)


def test_a_cluster_of_googles_with_a_database_and_a_cache() -> None:
    zones = {"location": "us-central1", "nodeLocations": ["us-central1-a", "us-central1-b"]}
    found = billed(
        ("gcp:container/cluster:Cluster", {**zones, "removeDefaultNodePool": True}),
        (
            "gcp:container/nodePool:NodePool",
            {
                **zones,
                "autoscaling": {"minNodeCount": 1, "maxNodeCount": 2},
                "nodeConfig": {"machineType": "e2-standard-2", "diskSizeGb": 50},
            },
        ),
        (
            "gcp:sql/databaseInstance:DatabaseInstance",
            {"settings": {"tier": "db-custom-2-7680", "availabilityType": "REGIONAL", "diskSize": 100}},
        ),
        (
            "gcp:memorystore/instance:Instance",
            {"nodeType": "SHARED_CORE_NANO", "shardCount": 1, "replicaCount": 1},
        ),
    )
    # Fee 0.10; machine 0.067, 50 GiB at 0.10; with standby 2 x 0.0826 + 7.5 x 0.014, 100 GiB at 0.34.
    fixed = 730 * (0.10 + 2 * 0.0826 + 7.5 * 0.014 + 2 * 0.0318) + 34
    machine = 730 * 0.06701 + 5
    assert near(found, fixed + 2 * machine, fixed + 4 * machine)


def test_what_google_makes_by_default_is_counted() -> None:
    found = billed(
        ("gcp:container/cluster:Cluster", {"location": "us-central1-a", "initialNodeCount": 2}),
        ("gcp:compute/instance:Instance", {"machineType": "n2-standard-4", "zone": "us-central1-a"}),
        ("gcp:compute/disk:Disk", {"type": "pd-ssd", "size": 200, "zone": "us-central1-a"}),
        ("gcp:compute/address:Address", {"addressType": "INTERNAL"}),
        ("gcp:compute/address:Address", {}),
        *([("gcp:compute/forwardingRule:ForwardingRule", {"target": "proxy"})] * 6),
    )
    hourly = 0.10 + 2 * 0.03350571 + 0.194236 + 0.005 + 0.025 + 0.01
    assert near(found, 730 * hourly + 2 * 100 * 0.10 + 200 * 0.17)


def test_machines_and_a_database_of_azures() -> None:
    found = billed(
        (
            "azure-native:containerservice:ManagedCluster",
            {
                "location": "westeurope",
                "sku": {"tier": "Standard"},
                "agentPoolProfiles": [{"vmSize": "Standard_D2s_v5", "count": 2}],
            },
        ),
        (
            "azure-native:containerservice:AgentPool",
            {"vmSize": "Standard_D2s_v5", "enableAutoScaling": True, "minCount": 0, "maxCount": 3},
        ),
        (
            "azure-native:dbforpostgresql:Server",
            {
                "location": "East US",
                "sku": {"name": "Standard_D2ds_v5"},
                "storage": {"storageSizeGB": 128},
                "highAvailability": {"mode": "ZoneRedundant"},
            },
        ),
        ("azure-native:network:NatGateway", {"location": "westeurope"}),
    )
    # Whose region nobody says may be the dearest: 0.115 in western Europe.
    fixed = 730 * (0.10 + 2 * 0.115 + 2 * 0.178 + 0.045) + 2 * 128 * 0.115
    assert near(found, fixed, fixed + 3 * 730 * 0.115)


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        ("aws:ec2/instance:Instance", {"instanceType": "x9.strange"}),
        (
            "aws:rds/instance:Instance",
            {"engine": "oracle-ee", "instanceClass": "db.m5.large", "storageType": "io1"},
        ),
        ("aws:msk/cluster:Cluster", {}),
        ("aws:ebs/volume:Volume", {"snapshotId": "snap-1"}),
        (
            "gcp:sql/databaseInstance:DatabaseInstance",
            {"settings": {"tier": "db-n1-standard-1", "diskSize": 0}},
        ),
        ("gcp:spanner/instance:Instance", {}),
        ("azure-native:compute:Disk", {}),
        # Disks of a size that no plan shows, and what is asked of disks beyond their size.
        (
            "aws:ec2/instance:Instance",
            {"instanceType": "m7g.large", "rootBlockDevice": {"volumeType": "gp3"}},
        ),
        (NODES, {"instanceTypes": ["m7g.large"], "launchTemplate": {"id": "lt-1"}}),
        ("gcp:compute/instance:Instance", {"machineType": "n2-standard-4", "zone": "us-central1-a"}),
        ("azure-native:containerservice:AgentPool", {"vmSize": "Standard_D2s_v5"}),
        ("aws:ebs/volume:Volume", {"type": "io2", "size": 10, "iops": 4000}),
        (
            "aws:rds/instance:Instance",
            {
                "engine": "postgres",
                "instanceClass": "db.t4g.medium",
                "storageType": "gp3",
                "allocatedStorage": 400,
                "iops": 20000,
            },
        ),
    ],
)
def test_what_has_no_price_is_named_and_is_no_zero(token: str, inputs: dict[str, Any]) -> None:
    found = billed((token, inputs))
    assert found.uncounted
    assert all(name.startswith("r0 (") for name in found.uncounted)


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (NODES, {"instanceTypes": UNKNOWN, "scalingConfig": {"minSize": 1, "maxSize": 1}}),
        (NODES, {"instanceTypes": ["t4g.large"], "scalingConfig": UNKNOWN}),
        ("aws:ebs/volume:Volume", {"type": "gp3", "size": UNKNOWN}),
        ("gcp:sql/databaseInstance:DatabaseInstance", {"settings": UNKNOWN}),
        ("azure-native:containerservice:ManagedCluster", {"agentPoolProfiles": UNKNOWN}),
    ],
)
def test_what_nobody_knows_yet_has_no_upper_end(token: str, inputs: dict[str, Any]) -> None:
    assert billed((token, inputs)).total.high == inf


def test_a_region_without_a_price_has_the_base_regions() -> None:
    sizes = {"minSize": 1, "maxSize": 1}
    inputs = {"instanceTypes": ["t4g.large"], "scalingConfig": sizes, "launchTemplate": {"id": "lt-1"}}
    assert near(billed((NODES, inputs | {"region": "ap-south-1"})), 730 * 0.0672)
    assert near(billed((NODES, inputs | {"region": "eu-west-1"})), 730 * 0.0736)


def test_what_is_asked_of_a_disk_beyond_its_share_is_paid_for() -> None:
    fast = {"type": "gp3", "size": 100, "iops": 4000, "throughput": 225}
    assert near(billed(("aws:ebs/volume:Volume", fast)), 8 + 1000 * 0.005 + 100 * 0.04)
    assert near(billed(("aws:ebs/volume:Volume", fast | {"iops": 3000, "throughput": 125})), 8)
    machine = {"instanceType": "m7g.large", "rootBlockDevice": {"volumeType": "gp3", "volumeSize": 100}}
    assert near(billed(("aws:ec2/instance:Instance", machine)), 730 * 0.0816 + 8)


def test_all_that_has_a_price_is_declared_as_read() -> None:
    assert {*FLEETS, *STORES, *flat()} <= set(READS)


def test_each_price_says_where_it_is_from_and_of_when() -> None:
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    keys = [(row["cloud"], row["region"], row["service"], row["sku"], row["dimension"]) for row in rows]
    assert len(keys) == len(set(keys))
    assert all(row["source"] and row["as_of"][:2] == "20" and float(row["price_usd"]) > 0 for row in rows)
    articles = {(row["service"], row["sku"], row["dimension"]) for row in rows}
    priced = [row for row in flat().values() if row["service"]]
    assert {(row["service"], row["sku"], row["dimension"]) for row in priced} <= articles
