"""What an add-on promises: a role of its own where it needs rights, and none where it does not."""

from __future__ import annotations

import json

from pulumi_aws import eks, iam

from components.aws.addon import AFTER_COMPUTE, BEFORE_COMPUTE
from tests.components.aws.kit import DEV, REGION, key, region
from tests.components.kit import before, every, said, sources, the, token
from tests.support import policy_documents, statements

RIGHTS = {"vpc-cni": "aws-node", "aws-ebs-csi-driver": "ebs-csi-controller-sa"}


def test_exactly_the_add_ons_that_call_the_cloud_have_a_role_each_its_own() -> None:
    plan = region(DEV)
    roles = {
        str(said(one, "addonName")): sources(plan, one, "podIdentityAssociations")
        for one in every(plan, eks.Addon)
    }
    assert {name: found for name, found in roles.items() if found} == {
        name: {f"cluster-{name}-role"} for name in RIGHTS
    }


def test_an_add_ons_role_is_for_its_own_service_account_in_kube_system() -> None:
    trusts = {one.name: document for one, document in policy_documents(region(DEV)) if "-role" in one.name}
    for name, account in RIGHTS.items():
        (statement,) = statements(trusts[f"cluster-{name}-role"])
        assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
        tags = statement["Condition"]["StringEquals"]
        assert tags["aws:RequestTag/kubernetes-namespace"] == "kube-system"
        assert tags["aws:RequestTag/kubernetes-service-account"] == account
        assert tags["aws:RequestTag/eks-cluster-name"] == "trading-dev"


def test_an_add_on_runs_only_while_its_role_has_its_rights() -> None:
    plan = region(DEV)
    for name in RIGHTS:
        needed = before(plan, the(plan, eks.Addon, f"cluster-{name}-addon"))
        assert (token(iam.RolePolicyAttachment), f"cluster-{name}-role-policy") in needed
    driver = the(plan, eks.Addon, "cluster-aws-ebs-csi-driver-addon")
    assert (token(iam.RolePolicy), "cluster-aws-ebs-csi-driver-role-more") in before(plan, driver)


def test_disks_are_made_under_the_key_of_the_data_by_way_of_ec2_and_no_other_key() -> None:
    (document,) = [
        document
        for one, document in policy_documents(region(DEV))
        if one.name == "cluster-aws-ebs-csi-driver-role-more"
    ]
    found = statements(document)
    assert {statement["Resource"] for statement in found} == {key("data")}
    for statement in found:
        assert statement["Condition"]["StringEquals"] == {"kms:ViaService": f"ec2.{REGION}.amazonaws.com"}
    (grant,) = [statement for statement in found if statement["Action"] == "kms:CreateGrant"]
    assert grant["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
    others = [role.name for role in every(region(DEV), iam.RolePolicy) if role.name.endswith("-role-more")]
    assert others == ["cluster-aws-ebs-csi-driver-role-more"]


def test_somebody_asks_for_the_snapshots_of_a_backup() -> None:
    assert "snapshot-controller" in {said(one, "addonName") for one in every(region(DEV), eks.Addon)}


def test_network_policies_are_enforced_and_addresses_come_in_blocks() -> None:
    addon = the(region(DEV), eks.Addon, "cluster-vpc-cni-addon")
    configuration = json.loads(str(said(addon, "configurationValues")))
    assert configuration["enableNetworkPolicy"] == "true"
    assert configuration["env"]["ENABLE_PREFIX_DELEGATION"] == "true"


def test_an_add_on_taken_out_of_the_program_cuts_no_pod_off() -> None:
    addons = every(region(DEV), eks.Addon)
    assert len(addons) == len(BEFORE_COMPUTE) + len(AFTER_COMPUTE)
    assert all(said(one, "preserve") is True for one in addons)
