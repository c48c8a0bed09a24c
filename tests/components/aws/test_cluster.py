"""What the cluster promises: who enters, what is encrypted and logged, and in which order it stands."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pulumi
import pytest
from pulumi_aws import cloudwatch, eks, iam

from components.aws.addon import AFTER_COMPUTE
from components.aws.backup_vault import BACKED_UP
from components.aws.cluster import Cluster, ClusterArgs, group_of
from components.contracts import Recovery
from components.naming import Naming
from plan.resource import Plan, Resource
from plan.value import UNKNOWN, Secret
from tests.components.aws.kit import (
    ACCOUNT,
    ADMIN,
    DEV,
    OFFICE,
    OFFICE_DEV,
    PROD,
    REGION,
    SHAPES,
    TAGS,
    TOPIC,
    Shape,
    deploy,
    key,
    machines,
    region,
)
from tests.components.kit import before, every, said, sources, the, token
from tests.support import policy_documents, statements, values


def part(plan: Plan) -> Resource:
    """The component itself."""
    return next(one for one in plan if one.type == "trading-platform:aws:Cluster")


def test_the_api_of_a_cluster_without_named_networks_is_private() -> None:
    cluster = the(region(DEV), eks.Cluster)
    assert said(cluster, "vpcConfig", "endpointPrivateAccess") is True
    assert said(cluster, "vpcConfig", "endpointPublicAccess") is False


def test_the_api_is_public_for_the_named_networks_and_nobody_else() -> None:
    cluster = the(region(OFFICE_DEV), eks.Cluster)
    assert said(cluster, "vpcConfig", "endpointPublicAccess") is True
    assert said(cluster, "vpcConfig", "publicAccessCidrs") == [OFFICE]
    assert said(cluster, "vpcConfig", "endpointPrivateAccess") is True


def test_the_control_plane_stands_in_the_private_subnets_alone() -> None:
    plan = region(PROD)
    expected = {f"network-private-{zone}" for zone in "abc"}
    assert sources(plan, the(plan, eks.Cluster), "vpcConfig") == expected


def test_kubernetes_secrets_and_logs_are_encrypted_each_with_its_own_key() -> None:
    plan = region(DEV)
    cluster = the(plan, eks.Cluster)
    assert said(cluster, "encryptionConfig", "provider", "keyArn") == key("secrets")
    assert said(cluster, "encryptionConfig", "resources") == ["secrets"]
    assert said(the(plan, cloudwatch.LogGroup, "cluster-logs"), "kmsKeyId") == key("logs")


def test_the_control_plane_may_use_the_secrets_key_and_no_other() -> None:
    documents = [
        document
        for one, document in policy_documents(region(DEV))
        if one.name == "cluster-control-plane-encryption"
    ]
    assert [statement["Resource"] for document in documents for statement in statements(document)] == [
        key("secrets")
    ]


def test_every_kind_of_log_is_kept_in_a_group_that_is_there_before_the_cluster() -> None:
    plan = region(DEV)
    cluster = the(plan, eks.Cluster)
    logs = the(plan, cloudwatch.LogGroup, "cluster-logs")
    assert set(cluster.inputs["enabledClusterLogTypes"]) == {  # pyright: ignore[reportArgumentType]
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    }
    assert said(logs, "name") == f"/aws/eks/{said(cluster, 'name')}/cluster"
    assert logs.urn in cluster.dependencies


def test_the_cluster_stands_only_while_its_role_has_its_rights() -> None:
    plan = region(DEV)
    rights = {
        (token(iam.RolePolicyAttachment), "cluster-control-plane"),
        (token(iam.RolePolicy), "cluster-control-plane-encryption"),
    }
    assert rights <= before(plan, the(plan, eks.Cluster))


def test_nobody_enters_but_the_named_roles_not_even_the_creator() -> None:
    plan = region(DEV)
    access = said(the(plan, eks.Cluster), "accessConfig")
    assert access == {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
    assert [said(one, "principalArn") for one in every(plan, eks.AccessEntry)] == [ADMIN]
    association = the(plan, eks.AccessPolicyAssociation)
    assert said(association, "principalArn") == ADMIN
    assert str(said(association, "policyArn")).endswith("/AmazonEKSClusterAdminPolicy")


def test_another_administrator_in_front_renames_nobody() -> None:
    first = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/night-shift"
    plan = region(replace(DEV, admin_roles=(first, ADMIN)))
    entries = {one.name: said(one, "principalArn") for one in every(plan, eks.AccessEntry)}
    assert entries == {
        "cluster-admin-aws-reserved-sso.amazonaws.com-night-shift": first,
        the(region(DEV), eks.AccessEntry).name: ADMIN,
    }


def test_whoever_has_a_role_in_the_cluster_may_do_what_rbac_says_and_nothing_by_awss_own_policies() -> None:
    viewer = f"arn:aws:iam::{ACCOUNT}:role/auditors/read"
    plan = region(replace(DEV, roles=(("viewer", (viewer,)),)))
    (entry,) = [one for one in every(plan, eks.AccessEntry) if said(one, "principalArn") == viewer]
    assert said(entry, "kubernetesGroups") == [group_of("viewer")]
    associated = {said(one, "principalArn") for one in every(plan, eks.AccessPolicyAssociation)}
    assert associated == {ADMIN}


def test_a_role_of_one_name_in_two_paths_is_two_administrators() -> None:
    roles = tuple(f"arn:aws:iam::{ACCOUNT}:role/{path}/admin" for path in ("london", "tokyo"))
    assert len(every(region(replace(DEV, admin_roles=roles)), eks.AccessEntry)) == 2


@pytest.mark.parametrize(("shape", "expected"), [(DEV, False), (PROD, True)])
def test_a_protected_cluster_is_protected_in_pulumi_and_in_the_cloud(shape: Shape, expected: bool) -> None:  # noqa: FBT001
    cluster = the(region(shape), eks.Cluster)
    assert cluster.options.protect is expected
    assert said(cluster, "deletionProtection") is expected


@pytest.mark.parametrize(("shape", "expected"), [(DEV, None), (PROD, {"enabled": True})])
def test_traffic_can_be_moved_away_from_an_ill_zone_where_that_is_asked_for(
    shape: Shape, expected: object
) -> None:
    assert said(the(region(shape), eks.Cluster), "zonalShiftConfig") == expected


def test_no_extended_support_is_paid_for_unasked() -> None:
    assert said(the(region(DEV), eks.Cluster), "upgradePolicy", "supportType") == "STANDARD"


def test_no_add_on_is_there_that_this_program_does_not_own() -> None:
    assert said(the(region(DEV), eks.Cluster), "bootstrapSelfManagedAddons") is False


@pytest.mark.parametrize("shape", SHAPES)
def test_machines_join_after_the_network_add_ons_and_leave_before_them(shape: Shape) -> None:
    plan = region(shape)
    needs = {
        (token(eks.Addon), f"cluster-{name}-addon")
        for name in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")
    }
    assert needs <= before(plan, the(plan, eks.NodeGroup))


def test_machines_leave_before_their_role_loses_a_right() -> None:
    plan = region(DEV)
    rights = {(token(iam.RolePolicyAttachment), f"cluster-nodes-{name}") for name in ("worker", "registry")}
    assert rights <= before(plan, the(plan, eks.NodeGroup))


def test_add_ons_that_are_pods_wait_for_a_machine_that_stays() -> None:
    plan = region(DEV)
    for kind in AFTER_COMPUTE:
        needed = before(plan, the(plan, eks.Addon, f"cluster-{kind.name}-addon"))
        assert (token(eks.NodeGroup), "cluster-on-demand-group") in needed


def test_machines_that_may_be_taken_back_are_karpenters_to_make() -> None:
    assert [said(one, "capacityType") for one in every(region(PROD), eks.NodeGroup)] == ["ON_DEMAND"]


def test_whoever_makes_more_machines_is_told_which_role_is_theirs() -> None:
    plan = region(DEV)
    role = the(plan, iam.Role, "cluster-nodes")
    outputs = part(plan).outputs
    assert (outputs["node_role_name"], outputs["node_role_arn"]) == (
        said(role, "name"),
        role.outputs["arn"],
    )
    assert said(the(plan, eks.NodeGroup), "nodeRoleArn") == role.outputs["arn"]


def test_the_machines_own_role_gives_pods_no_right_over_networks_or_disks() -> None:
    plan = region(DEV)
    attached = {
        str(said(one, "policyArn")).rpartition("/")[2]
        for one in every(plan, iam.RolePolicyAttachment)
        if "cluster-nodes" in sources(plan, one, "role")
    }
    assert attached == {"AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"}


def test_the_kubeconfig_says_how_to_get_a_token_and_holds_none() -> None:
    plan = region(DEV)
    given = part(plan).outputs["kubeconfig"]
    assert not isinstance(given, Secret)
    config: dict[str, Any] = json.loads(str(given))
    (user,) = config["users"]
    assert set(user["user"]) == {"exec"}
    login = user["user"]["exec"]
    assert set(login) == {"apiVersion", "command", "args", "interactiveMode"}
    assert [login["command"], *login["args"]] == (
        f"aws --region {REGION} eks get-token --cluster-name trading-dev --output json".split()
    )
    (cluster,) = config["clusters"]
    outputs = the(plan, eks.Cluster).outputs
    assert cluster["cluster"]["server"] == outputs["endpoint"]
    assert config["current-context"] in {context["name"] for context in config["contexts"]}


def test_the_network_knows_the_pods_by_the_clusters_own_security_group() -> None:
    plan = region(DEV)
    made: Any = the(plan, eks.Cluster).outputs["vpcConfig"]
    assert made["clusterSecurityGroupId"].startswith("sg-")
    assert part(plan).outputs["client_group_id"] == made["clusterSecurityGroupId"]


def test_a_preview_shows_every_resource_of_the_deployment() -> None:
    """No resource may wait inside an ``apply`` for what only the cloud can tell."""
    assert {one.urn for one in region(DEV, "preview")} == {one.urn for one in region(DEV, "up")}


def test_before_the_cluster_is_there_nobody_is_told_where_it_is() -> None:
    outputs = part(region(DEV, "preview")).outputs
    assert outputs["kubeconfig"] is UNKNOWN
    assert outputs["client_group_id"] is UNKNOWN
    assert outputs["cluster_name"] == "trading-dev"


def test_everything_follows_the_clusters_name_wherever_it_stands() -> None:
    """The twin in the second region has a name of its own; one that kept the old one would be lost."""
    plan = region(replace(DEV, cluster_name="trading-dev-eu-west-1"))
    config: dict[str, Any] = json.loads(str(part(plan).outputs["kubeconfig"]))
    (context,) = config["contexts"]
    assert context["context"] == {"cluster": "trading-dev-eu-west-1", "user": "trading-dev-eu-west-1"}
    assert config["current-context"] == context["name"] == "trading-dev-eu-west-1"
    left = [
        (one.name, path)
        for one in plan
        for path, value in values(dict(one.inputs))
        if re.search(r"(?<![\w-])trading-dev(?![\w-])", str(value))
    ]
    assert left == []


def standing_by(ready: int, rest: int) -> Recovery:
    """What a cluster with so many machines at rest promises, where the region at work has so many."""
    made: list[Cluster] = []

    def program(opts: pulumi.ResourceOptions) -> None:
        args = ClusterArgs(
            naming=Naming("dev"),
            tags=TAGS,
            account=ACCOUNT,
            region=REGION,
            cluster_name="trading-dev",
            version="1.35",
            subnet_ids=["subnet-a", "subnet-b"],
            public_access_cidrs=(),
            admin_roles=(ADMIN,),
            roles={},
            deploy_role_arn=None,
            secrets_key_arn=key("secrets"),
            data_key_arn=key("data"),
            log_key_arn=key("logs"),
            log_days=14,
            topic_arn=TOPIC,
            on_demand=machines("m7g.large", low=ready, high=9),
            rest_nodes=rest,
            zonal_shift=False,
            protect=False,
        )
        made.append(Cluster("cluster", args, opts))

    deploy(program)
    return made[0].recovery


@pytest.mark.parametrize(
    ("ready", "rest", "seconds"),
    [(3, 3, 60), (4, 3, 60), (2, 3, 240), (1, 3, 240), (1, 1, 60)],
)
def test_pods_are_back_the_sooner_the_more_machines_stand_ready(ready: int, rest: int, seconds: int) -> None:
    assert standing_by(ready, rest).time == seconds


def test_a_cluster_has_nothing_to_lose() -> None:
    assert standing_by(1, 3).lag is None


def test_who_is_woken_is_told_of_this_cluster() -> None:
    plan = region(DEV)
    alarms = every(plan, cloudwatch.MetricAlarm)
    assert {one.name for one in alarms} == {f"cluster-{name}" for name in ("api", "pending", "store")}
    for one in alarms:
        assert said(one, "alarmActions") == [TOPIC]
        assert sources(plan, one, "dimensions") == {"cluster-control-plane"}
        assert said(one, "dimensions") == {"ClusterName": said(the(plan, eks.Cluster), "name")}


def test_every_figure_that_is_watched_is_one_that_eks_gives_with_its_statistic() -> None:
    """From the user guide: any other statistic of these would be a number without a meaning."""
    given = {
        "apiserver_request_total_5XX": "Sum",
        "scheduler_pending_pods_UNSCHEDULABLE": "Sum",
        "apiserver_storage_size_bytes": "Maximum",
    }
    for one in every(region(DEV), cloudwatch.MetricAlarm):
        assert said(one, "namespace") == "AWS/EKS"
        assert given[str(said(one, "metricName"))] == said(one, "statistic")


def test_nobody_is_woken_while_a_machine_may_still_be_on_its_way() -> None:
    pending = the(region(DEV), cloudwatch.MetricAlarm, "cluster-pending")
    assert int(str(said(pending, "period"))) * int(str(said(pending, "evaluationPeriods"))) > 2 * 240


def test_a_store_that_fills_is_seen_before_it_takes_no_more() -> None:
    store = the(region(DEV), cloudwatch.MetricAlarm, "cluster-store")
    assert 0 < float(str(said(store, "threshold"))) < 8 * 2**30


def test_volumes_that_pods_ask_for_carry_the_environments_tags_and_are_backed_up() -> None:
    driver = the(region(DEV), eks.Addon, "cluster-aws-ebs-csi-driver-addon")
    found = json.loads(str(said(driver, "configurationValues")))["controller"]["extraVolumeTags"]
    assert found == {**TAGS.as_map(), **BACKED_UP}


def test_the_pipeline_enters_where_there_is_one() -> None:
    """The creator of a cluster has no rights in it: a role that is not named could deploy nothing."""
    deployer = f"arn:aws:iam::{ACCOUNT}:role/trading-dev-deploy"
    plan = region(replace(DEV, deploy_role_arn=deployer))
    assert {said(entry, "principalArn") for entry in every(plan, eks.AccessEntry)} == {ADMIN, deployer}
    assert len(every(plan, eks.AccessPolicyAssociation)) == 2
    assert len(every(region(DEV), eks.AccessEntry)) == 1
