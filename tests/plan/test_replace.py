"""Which changes a plan has to announce as replacements."""

from __future__ import annotations

import csv

import pytest

from plan import sdk
from plan.replace import TABLE, replaces

LINES = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))


def test_every_line_names_a_type_a_property_of_it_and_a_source() -> None:
    wrong: list[str] = []
    for line in LINES:
        fields = {} if line["type"].endswith("*") else sdk.inputs(line["type"]) or {}
        for step in line["property"].split(".") if fields else ():
            if step not in fields:
                wrong.append(f"{line['type']} has no {line['property']}")
                break
            shape = fields[step].shape
            fields = (shape.item or shape).fields
    assert wrong == []
    assert {line["source"] for line in LINES} <= {"cfn", "sdk", "api", "k8s", "clouds"}


def test_no_line_is_said_twice() -> None:
    said = [(line["type"], line["property"]) for line in LINES]
    assert sorted(set(said)) == said


@pytest.mark.parametrize(
    ("token", "replaced", "kept"),
    [
        ("aws:ec2/vpc:Vpc", "cidrBlock", "enableDnsHostnames"),
        ("aws:rds/cluster:Cluster", "storageEncrypted", "engineVersion"),
        ("aws:rds/cluster:Cluster", "clusterIdentifier", "backupRetentionPeriod"),
        ("aws:eks/cluster:Cluster", "kubernetesNetworkConfig.serviceIpv4Cidr", "version"),
        ("aws:eks/nodeGroup:NodeGroup", "instanceTypes", "scalingConfig"),
        ("aws:s3/bucket:Bucket", "bucket", "forceDestroy"),
        ("aws:route53/record:Record", "name", "aliases"),
        ("aws:route53/record:Record", "zoneId", "setIdentifier"),
        ("aws:secretsmanager/secretVersion:SecretVersion", "secretStringWoVersion", "secretStringWo"),
        ("aws:rds/globalCluster:GlobalCluster", "globalClusterIdentifier", "engineVersion"),
        ("kubernetes:apps/v1:Deployment", "spec.selector", "spec.replicas"),
        ("kubernetes:core/v1:Service", "spec.clusterIP", "spec.ports"),
        ("kubernetes:keda.sh/v1alpha1:ScaledObject", "metadata.name", "spec"),
        ("gcp:sql/databaseInstance:DatabaseInstance", "region", "deletionProtection"),
        ("azure-native:dbforpostgresql:Server", "administratorLogin", "tags"),
    ],
)
def test_what_identifies_or_shapes_a_thing_replaces_it_and_what_tunes_it_does_not(
    token: str, replaced: str, kept: str
) -> None:
    assert replaced in replaces(token)
    assert kept not in replaces(token)


def test_a_region_of_its_own_always_replaces_and_is_not_claimed_where_there_is_none() -> None:
    assert "region" in replaces("aws:rds/cluster:Cluster")
    assert "region" not in replaces("aws:iam/role:Role")


def test_a_type_without_lines_follows_the_rule_of_names() -> None:
    assert "aws:athena/workgroup:Workgroup" not in {line["type"] for line in LINES}
    assert replaces("aws:athena/workgroup:Workgroup") == ("name", "region")
    assert {"resourceName", "agentPoolName", "resourceGroupName"} <= set(
        replaces("azure-native:containerservice:AgentPool")
    )


def test_every_kubernetes_object_is_replaced_by_a_new_name_or_namespace() -> None:
    for token in ("kubernetes:core/v1:ConfigMap", "kubernetes:policy/v1:PodDisruptionBudget"):
        assert {"metadata.name", "metadata.namespace"} <= set(replaces(token))


def test_a_provider_is_not_replaced_by_its_settings() -> None:
    assert replaces("pulumi:providers:aws") == ()


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(sdk.UnknownTokenError):
        replaces("aws:ec2/vcp:Vpc")
