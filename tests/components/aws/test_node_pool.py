"""What a pool of machines promises: hardened, private, and honest about what may be taken back."""

from __future__ import annotations

import pytest
from pulumi_aws import ec2, eks

from components.aws.node_pool import CAPACITY_LABEL, NodePool, NodePoolArgs, ami_type
from components.naming import Naming
from tests.components.aws.kit import PROD, TAGS, deploy, machines, region
from tests.components.kit import every, said, sources, the

POOLS = ("on-demand", "spot")


@pytest.mark.parametrize("pool", POOLS)
def test_machines_stand_in_the_networks_private_subnets_in_every_zone(pool: str) -> None:
    plan = region(PROD)
    group = the(plan, eks.NodeGroup, f"cluster-{pool}-group")
    assert sources(plan, group, "subnetIds") == {f"network-private-{zone}" for zone in "abc"}


@pytest.mark.parametrize("pool", POOLS)
def test_a_group_uses_its_own_template_and_follows_its_versions(pool: str) -> None:
    plan = region(PROD)
    group = the(plan, eks.NodeGroup, f"cluster-{pool}-group")
    assert sources(plan, group, "launchTemplate") == {f"cluster-{pool}-template"}
    assert isinstance(said(group, "launchTemplate", "version"), str)


@pytest.mark.parametrize("pool", POOLS)
def test_a_pod_cannot_take_its_machines_credentials(pool: str) -> None:
    template = the(region(PROD), ec2.LaunchTemplate, f"cluster-{pool}-template")
    assert said(template, "metadataOptions", "httpTokens") == "required"
    assert said(template, "metadataOptions", "httpPutResponseHopLimit") == 1


@pytest.mark.parametrize("pool", POOLS)
def test_disks_are_encrypted_and_go_with_their_machine(pool: str) -> None:
    template = the(region(PROD), ec2.LaunchTemplate, f"cluster-{pool}-template")
    disk = said(template, "blockDeviceMappings", 0, "ebs")
    assert disk == {
        "volumeType": "gp3",
        "volumeSize": 50,
        "encrypted": "true",
        "deleteOnTermination": "true",
    }


@pytest.mark.parametrize("pool", POOLS)
def test_machines_have_the_clusters_own_security_group_and_no_other(pool: str) -> None:
    plan = region(PROD)
    template = the(plan, ec2.LaunchTemplate, f"cluster-{pool}-template")
    groups = said(template, "networkInterfaces", 0, "securityGroups")
    made = the(plan, eks.Cluster).outputs["vpcConfig"]
    assert isinstance(made, dict)
    assert groups == [made["clusterSecurityGroupId"]]
    assert said(template, "vpcSecurityGroupIds") is None


@pytest.mark.parametrize("pool", POOLS)
def test_machines_and_disks_say_who_pays_for_them(pool: str) -> None:
    template = the(region(PROD), ec2.LaunchTemplate, f"cluster-{pool}-template")
    kinds = {said(template, "tagSpecifications", index, "resourceType") for index in (0, 1)}
    assert kinds == {"instance", "volume"}
    for index in (0, 1):
        tags = said(template, "tagSpecifications", index, "tags")
        assert isinstance(tags, dict)
        assert TAGS.as_map().items() <= tags.items()


def test_only_what_says_so_runs_on_machines_that_may_be_taken_back() -> None:
    plan = region(PROD)
    spot = the(plan, eks.NodeGroup, "cluster-spot-group")
    assert said(spot, "capacityType") == "SPOT"
    assert said(spot, "taints") == [{"key": CAPACITY_LABEL, "value": "spot", "effect": "NO_SCHEDULE"}]
    assert said(spot, "labels") == {CAPACITY_LABEL: "spot"}
    steady = the(plan, eks.NodeGroup, "cluster-on-demand-group")
    assert not said(steady, "taints")
    assert said(steady, "labels") == {CAPACITY_LABEL: "on-demand"}


def test_the_number_of_machines_belongs_to_the_autoscaler() -> None:
    group = the(region(PROD), eks.NodeGroup, "cluster-on-demand-group")
    assert group.options.ignore_changes == ("scalingConfig.desiredSize",)
    assert said(group, "scalingConfig") == {"minSize": 2, "desiredSize": 2, "maxSize": 4}


def test_a_group_that_is_replaced_stands_beside_the_old_one() -> None:
    for group in every(region(PROD), eks.NodeGroup):
        assert said(group, "nodeGroupName") is None
        assert len(str(said(group, "nodeGroupNamePrefix"))) <= 37


def test_an_ill_machine_is_replaced_and_an_update_takes_a_third_at_most() -> None:
    for group in every(region(PROD), eks.NodeGroup):
        assert said(group, "nodeRepairConfig") == {"enabled": True}
        assert said(group, "updateConfig") == {"maxUnavailablePercentage": 33}


@pytest.mark.parametrize(
    ("instance_type", "expected"),
    [
        ("m7g.large", "AL2023_ARM_64_STANDARD"),
        ("t4g.large", "AL2023_ARM_64_STANDARD"),
        ("c7gn.xlarge", "AL2023_ARM_64_STANDARD"),
        ("m7i.large", "AL2023_x86_64_STANDARD"),
        ("t3.medium", "AL2023_x86_64_STANDARD"),
        ("m7i-flex.large", "AL2023_x86_64_STANDARD"),
    ],
)
def test_the_image_is_built_for_the_machines_processor(instance_type: str, expected: str) -> None:
    assert ami_type([instance_type]) == expected


def test_a_spot_pool_of_two_types_is_refused_with_a_line_that_fixes_it() -> None:
    with pytest.raises(ValueError, match=r"2 machine type\(s\) \(m7g.large, c7g.large\).*instance_types: \["):
        deploy(
            lambda opts: NodePool(
                "pool",
                NodePoolArgs(
                    naming=Naming("dev"),
                    cluster_name="trading-dev",
                    cluster_group_id="sg-0",
                    node_role_arn="arn:aws:iam::111122223333:role/nodes",
                    subnet_ids=["subnet-0"],
                    capacity="spot",
                    machines=machines("m7g.large", "c7g.large"),
                    tags={},
                    after=[],
                ),
                opts,
            )
        )
