"""What operators are promised and denied: each is itself alone, does its own work, and opens nothing."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

import pytest
from pulumi_aws import eks, iam

from components.aws.identity import ANNOTATION
from components.aws.operator_rights import BACKUPS
from tests.components.aws.kit import ACCOUNT, BUCKET, REGION, SECRETS, key
from tests.components.aws.support_operators import (
    CIDR,
    CLUSTER,
    DEV,
    DOMAIN,
    HEALTH_PATH,
    NAMESPACES,
    NETWORK,
    PROD,
    SHAPES,
    TARGETS,
    TWIN,
    ZONE,
    Shape,
    many,
    operators,
    rights,
    told,
    trust,
)
from tests.components.kit import before, every, said, sources, the, token

OPERATORS = tuple(NAMESPACES)
LOOKING = re.compile(r"\w+(-\w+)*:(Describe|Get|List)\w+")


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_role_is_taken_by_the_pods_of_its_own_operator_alone(operator: str) -> None:
    found = trust(operator)
    assert found["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert found["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": ACCOUNT,
            "aws:RequestTag/eks-cluster-name": CLUSTER,
            "aws:RequestTag/kubernetes-namespace": NAMESPACES[operator],
            "aws:RequestTag/kubernetes-service-account": operator,
        }
    }


@pytest.mark.parametrize("operator", OPERATORS)
def test_an_operators_pods_get_their_role_once_it_has_its_rights(operator: str) -> None:
    plan = operators()
    association = the(plan, eks.PodIdentityAssociation, f"operators-{operator}")
    assert (said(association, "namespace"), said(association, "serviceAccount")) == (
        NAMESPACES[operator],
        operator,
    )
    assert sources(plan, association, "roleArn") == {f"operators-{operator}"}
    assert (token(iam.RolePolicy), f"operators-{operator}") in before(plan, association)


def test_two_operators_are_never_one_role_whatever_their_names_length() -> None:
    names = [str(said(one, "name")) for one in every(operators(), iam.Role)]
    assert len(set(names)) == len(names) == len(OPERATORS)
    assert all(len(name) <= 64 for name in names)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_right_is_a_wildcard_but_for_looking_where_iam_knows_no_resource(shape: Shape) -> None:
    for operator in OPERATORS:
        for right in rights(operator, shape):
            assert right["Effect"] == "Allow"
            assert not [action for action in many(right["Action"]) if "*" in action]
            if "*" in many(right["Resource"]):
                assert all(LOOKING.fullmatch(action) for action in many(right["Action"])), right["Sid"]


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_key_opens_only_by_way_of_the_service_that_it_is_for(operator: str) -> None:
    for right in rights(operator):
        if any(action.startswith("kms:") for action in many(right["Action"])):
            service = right["Condition"]["StringEquals"]["kms:ViaService"]
            expected = {"velero": ("s3", "data"), "external-secrets": ("secretsmanager", "secrets")}
            through, of = expected[operator]
            assert service == f"{through}.{REGION}.amazonaws.com"
            assert right["Resource"] == key(of)


# -- external-secrets ----------------------------------------------------------------------------------------


def test_the_secrets_that_come_into_the_cluster_are_the_named_ones_and_nobody_can_change_them() -> None:
    (reading,) = [one for one in rights("external-secrets") if "secretsmanager" in str(one["Action"])]
    assert set(many(reading["Action"])) == {"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"}
    assert reading["Resource"] == list(SECRETS)


def test_where_the_settings_name_no_secret_there_is_nobody_to_read_one() -> None:
    bare = Shape(secrets=())
    assert not rights("external-secrets", bare)
    names = {one.name for one in every(operators(bare), iam.Role)}
    assert names == {f"operators-{operator}" for operator in OPERATORS if operator != "external-secrets"}


def test_the_store_is_asked_in_the_clusters_own_region() -> None:
    assert told()["secret_provider"] == {"aws": {"service": "SecretsManager", "region": REGION}}


# -- external-dns --------------------------------------------------------------------------------------------


def writable() -> str:
    """The pattern of names that may be written."""
    (right,) = [one for one in rights("external-dns") if "Change" in str(one["Action"])]
    assert right["Resource"] == f"arn:aws:route53:::hostedzone/{ZONE}"
    (pattern,) = right["Condition"]["ForAllValues:StringLike"][
        "route53:ChangeResourceRecordSetsNormalizedRecordNames"
    ]
    return str(pattern)


@pytest.mark.parametrize(
    "name",
    [
        DOMAIN,
        f"\\052.{DOMAIN}",
        f"api.{DOMAIN}",
        f"{REGION}.{DOMAIN}",
        f"us-west-2.{DOMAIN}",
        f"grafana.us-west-2.{DOMAIN}",
        f"_a1b2c3.{DOMAIN}",
    ],
)
def test_what_customers_call_and_what_proves_the_certificate_is_out_of_external_dnss_reach(name: str) -> None:
    assert not fnmatchcase(name, writable())


@pytest.mark.parametrize("name", ["grafana", "a-grafana", "\\052.previews"])
def test_external_dns_writes_names_below_its_own_regions(name: str) -> None:
    assert fnmatchcase(f"{name}.{REGION}.{DOMAIN}", writable())


def test_external_dns_tries_no_name_that_it_may_not_write() -> None:
    values = told()["values"]["external-dns"]
    assert [f"*.{domain}" for domain in values["domainFilters"]] == [writable()]
    assert values["extraArgs"]["zone-id-filter"] == ZONE
    # without it the zone, whose name is above the filter's, is a stranger's
    assert {"name": "EXTERNAL_DNS_AWS_ZONE_MATCH_PARENT", "value": "true"} in values["env"]


def test_no_certificate_authority_and_no_name_server_is_written_from_inside() -> None:
    (right,) = [one for one in rights("external-dns") if "Change" in str(one["Action"])]
    kinds = right["Condition"]["ForAllValues:StringEquals"]["route53:ChangeResourceRecordSetsRecordTypes"]
    assert set(kinds) == {*told()["values"]["external-dns"]["managedRecordTypes"], "TXT"}
    assert not {"CAA", "NS", "SOA", "DS"} & set(kinds)


def test_two_clusters_in_one_zone_know_their_own_records() -> None:
    owners = {
        told(Shape(cluster_name=name))["values"]["external-dns"]["txtOwnerId"] for name in (CLUSTER, TWIN)
    }
    assert owners == {CLUSTER, TWIN}


# -- velero --------------------------------------------------------------------------------------------------


def reached(shape: Shape) -> dict[str, set[str]]:
    """By object pattern, what Velero may do there."""
    found: dict[str, set[str]] = {}
    for right in rights("velero", shape):
        for where in many(right["Resource"]):
            if where.startswith(f"{BUCKET}/"):
                found.setdefault(where.removeprefix(f"{BUCKET}/"), set()).update(many(right["Action"]))
    return found


def test_velero_works_in_its_clusters_own_folder_which_is_where_it_is_told_to_keep_things() -> None:
    store = told()["backup_store"]
    assert store["prefix"] == f"{BACKUPS}/{CLUSTER}"
    assert store["bucket"] == BUCKET.rpartition(":")[2]
    assert set(reached(DEV)) == {f"{store['prefix']}/*"}
    assert {"s3:DeleteObject", "s3:GetObject", "s3:PutObject"} <= reached(DEV)[f"{store['prefix']}/*"]
    assert store["twin_prefix"] is None


def test_the_other_regions_backups_can_be_read_and_not_touched() -> None:
    store = told(PROD)["backup_store"]
    assert store["twin_prefix"] == f"{BACKUPS}/{TWIN}"
    assert reached(PROD)[f"{BACKUPS}/{TWIN}/*"] == {"s3:GetObject"}


def test_backups_lie_where_no_service_may_look() -> None:
    """`test_identity` holds the services to it."""
    assert all(folder.startswith(f"{BACKUPS}/") for folder in reached(PROD))


def test_disks_are_copied_by_the_driver_and_velero_calls_nothing_of_ec2() -> None:
    actions = {action for right in rights("velero", PROD) for action in many(right["Action"])}
    assert {action.partition(":")[0] for action in actions} == {"kms", "s3"}


@pytest.mark.parametrize("shape", SHAPES)
def test_veleros_plugin_is_of_an_exact_version_and_knows_the_buckets_region(shape: Shape) -> None:
    store = told(shape)["backup_store"]
    assert re.fullmatch(r"[^:@]+-for-aws:v\d+\.\d+\.\d+", store["plugin"])
    assert (store["provider"], store["config"]) == ("aws", {"region": REGION})


# -- the way in, disks and machines --------------------------------------------------------------------------


def test_the_gateways_pods_are_put_into_the_entrys_target_group_and_into_no_other() -> None:
    changing = [
        one
        for one in rights("aws-load-balancer-controller")
        if not all(LOOKING.fullmatch(action) for action in many(one["Action"]))
    ]
    (right,) = changing
    assert right["Resource"] == TARGETS
    assert set(right["Action"]) == {
        "elasticloadbalancing:RegisterTargets",
        "elasticloadbalancing:DeregisterTargets",
    }


def test_the_load_balancer_controller_knows_its_network_and_makes_no_balancer() -> None:
    values = told()["values"]["aws-load-balancer-controller"]
    assert (values["vpcId"], values["region"], values["clusterName"]) == (NETWORK, REGION, CLUSTER)
    assert not any(values["controllerConfig"]["featureGates"].values())
    assert values["createIngressClassResource"] is False


def test_the_door_is_a_target_group_and_no_port_of_the_machines() -> None:
    assert told()["door"] == {
        "target_group_id": TARGETS,
        "node_port": None,
        "front_ends": [CIDR],
        "hops": 1,
        "health_path": HEALTH_PATH,
    }


def test_a_pods_disk_is_encrypted_with_the_key_of_the_data() -> None:
    volumes = told()["volumes"]
    assert volumes["provisioner"] == "ebs.csi.aws.com"
    assert volumes["parameters"] == {"type": "gp3", "encrypted": "true", "kmsKeyId": key("data")}


@pytest.mark.parametrize(("standing", "replicas"), [(1, 1), (2, 2), (3, 2)])
def test_karpenter_asks_for_no_more_machines_than_stand_without_it(standing: int, replicas: int) -> None:
    """Its pods stand apart, and never on machines that it made: one too many would wait for ever."""
    found = told(Shape(standing=standing))
    assert found["values"]["karpenter"]["replicas"] == replicas
    assert found["machines"]["standing"] == standing


def test_karpenters_settings_are_those_of_its_machines() -> None:
    found = told(PROD)
    assert found["values"]["karpenter"]["settings"] == found["machines"]["settings"]


@pytest.mark.parametrize("operator", ["external-dns", "karpenter"])
def test_an_operator_is_told_its_region_as_it_cannot_ask_its_machine(operator: str) -> None:
    values: Any = told()["values"][operator]
    env = values["controller"]["env"] if operator == "karpenter" else values["env"]
    assert {"name": "AWS_REGION", "value": REGION} in env


def test_an_operator_that_has_a_role_waits_for_it_and_no_other_is_marked() -> None:
    plan = operators()
    ids = {
        str(said(one, "serviceAccount")): one.outputs["associationId"]
        for one in every(plan, eks.PodIdentityAssociation)
    }
    assert told()["service_account_annotations"] == {name: {ANNOTATION: id_} for name, id_ in ids.items()}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_preview_shows_every_resource_of_the_deployment(shape: Shape) -> None:
    assert {one.urn for one in operators(shape, "preview")} == {one.urn for one in operators(shape)}
