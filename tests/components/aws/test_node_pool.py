"""What a pool of machines promises: hardened, private, and honest about what may be taken back."""

from __future__ import annotations

import pytest
from pulumi_aws import ec2, eks

from components.aws.node_pool import CAPACITY_LABEL, NodePool, NodePoolArgs, ami_type
from components.naming import Naming
from plan.resource import Resource
from tests.components.aws.kit import PROD, TAGS, deploy, machines, region
from tests.components.kit import said, sources, the


def group() -> Resource:
    """The managed group."""
    return the(region(PROD), eks.NodeGroup, "cluster-on-demand-group")


def template() -> Resource:
    """What its machines are made by."""
    return the(region(PROD), ec2.LaunchTemplate, "cluster-on-demand-template")


def test_machines_stand_in_the_networks_private_subnets_in_every_zone() -> None:
    assert sources(region(PROD), group(), "subnetIds") == {f"network-private-{zone}" for zone in "abc"}


def test_a_group_uses_its_own_template_and_follows_its_versions() -> None:
    assert sources(region(PROD), group(), "launchTemplate") == {"cluster-on-demand-template"}
    assert isinstance(said(group(), "launchTemplate", "version"), str)


def test_a_pod_cannot_take_its_machines_credentials() -> None:
    assert said(template(), "metadataOptions", "httpTokens") == "required"
    assert said(template(), "metadataOptions", "httpPutResponseHopLimit") == 1


def test_disks_are_encrypted_and_go_with_their_machine() -> None:
    disk = said(template(), "blockDeviceMappings", 0, "ebs")
    assert disk == {
        "volumeType": "gp3",
        "volumeSize": 50,
        "encrypted": "true",
        "deleteOnTermination": "true",
    }


def test_machines_have_the_clusters_own_security_group_and_no_other() -> None:
    plan = region(PROD)
    groups = said(template(), "networkInterfaces", 0, "securityGroups")
    made = the(plan, eks.Cluster).outputs["vpcConfig"]
    assert isinstance(made, dict)
    assert groups == [made["clusterSecurityGroupId"]]
    assert said(template(), "vpcSecurityGroupIds") is None


def test_machines_and_disks_say_who_pays_for_them() -> None:
    kinds = {said(template(), "tagSpecifications", index, "resourceType") for index in (0, 1)}
    assert kinds == {"instance", "volume"}
    for index in (0, 1):
        tags = said(template(), "tagSpecifications", index, "tags")
        assert isinstance(tags, dict)
        assert TAGS.as_map().items() <= tags.items()


def test_anything_may_run_on_the_machines_that_stand() -> None:
    assert not said(group(), "taints")
    assert said(group(), "labels") == {CAPACITY_LABEL: "on-demand"}


def test_nobody_but_the_program_says_how_many_machines_stand() -> None:
    assert not group().options.ignore_changes
    assert said(group(), "scalingConfig") == {"minSize": 2, "desiredSize": 2, "maxSize": 4}


def test_a_group_that_is_replaced_stands_beside_the_old_one() -> None:
    assert said(group(), "nodeGroupName") is None
    assert len(str(said(group(), "nodeGroupNamePrefix"))) <= 37


def test_an_ill_machine_is_replaced_and_an_update_takes_a_third_at_most() -> None:
    assert said(group(), "nodeRepairConfig") == {"enabled": True}
    assert said(group(), "updateConfig") == {"maxUnavailablePercentage": 33}


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


def test_a_cluster_in_which_no_machine_stands_is_refused_with_a_line_that_fixes_it() -> None:
    with pytest.raises(ValueError, match=r"no machine stands.*Karpenter.*on_demand: \{min: 1\}"):
        deploy(
            lambda opts: NodePool(
                "pool",
                NodePoolArgs(
                    naming=Naming("dev"),
                    cluster_name="trading-dev",
                    cluster_group_id="sg-0",
                    node_role_arn="arn:aws:iam::111122223333:role/nodes",
                    subnet_ids=["subnet-0"],
                    machines=machines("m7g.large", low=0),
                    tags={},
                    after=[],
                ),
                opts,
            )
        )
