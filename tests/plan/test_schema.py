"""A mistake in what a program asks for is found before a cloud sees it, and named by its path."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan import schema, sdk
from plan.schema import Mistake, check
from plan.value import UNKNOWN, Secret, Value

CLUSTER = "aws:eks/cluster:Cluster"
KEY_INPUTS = sdk.inputs("aws:kms/key:Key") or {}
NEEDED: dict[str, dict[str, Value]] = {
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"serviceName": "s", "vpcId": "v"},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {"comparisonOperator": "c", "evaluationPeriods": 1},
}
GOOD: dict[str, Value] = {
    "roleArn": "arn",
    "vpcConfig": {"subnetIds": ["subnet-1"], "endpointPrivateAccess": True},
    "encryptionConfig": {"resources": ["secrets"], "provider": {"keyArn": "arn"}},
}


def only(token: str, inputs: dict[str, Value]) -> Mistake:
    found = check(token, inputs)
    assert len(found) == 1, found
    return found[0]


def pod(container: dict[str, Value]) -> dict[str, Value]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "spec": {
            "selector": {"matchLabels": {"app": "api"}},
            "template": {"spec": {"containers": [{"name": "api", **container}]}},
        },
    }


def test_what_the_sdk_takes_is_accepted() -> None:
    assert check(CLUSTER, GOOD) == []
    assert check("kubernetes:apps/v1:Deployment", pod({"image": "a"})) == []


def test_a_typing_error_in_a_nested_key_is_named_with_its_nearest_neighbour() -> None:
    mistake = only(CLUSTER, {**GOOD, "vpcConfig": {"subnetIds": [], "endpointPrivateAcces": True}})
    assert mistake.path == "vpcConfig.endpointPrivateAcces"
    assert mistake.hint == "Did you mean 'endpointPrivateAccess'?"


def test_a_typing_error_deep_in_a_list_is_named_with_its_index() -> None:
    probe: Value = {"httpGet": {"port": 80, "pth": "/"}}
    mistake = only("kubernetes:apps/v1:Deployment", pod({"readinessProbe": probe}))
    assert mistake.path == "spec.template.spec.containers[0].readinessProbe.httpGet.pth"
    assert "'path'" in mistake.hint


def test_pythons_spelling_of_a_wire_name_is_recognised() -> None:
    assert only(CLUSTER, {**GOOD, "upgrade_policy": {}}).hint == "Did you mean 'upgradePolicy'?"


def test_a_missing_property_is_named_at_the_top_and_nested() -> None:
    assert only(CLUSTER, {"vpcConfig": GOOD["vpcConfig"]}) == Mistake(
        "roleArn", "nothing", "a text", "It is required."
    )
    assert only(CLUSTER, {**GOOD, "encryptionConfig": {"resources": []}}).path == "encryptionConfig.provider"


@pytest.mark.parametrize(
    ("token", "name", "wrong", "right"),
    [
        ("aws:kms/key:Key", "deletionWindowInDays", "7", 7),
        ("aws:kms/key:Key", "deletionWindowInDays", 7.5, 7.0),
        ("aws:kms/key:Key", "deletionWindowInDays", True, 7),
        ("aws:kms/key:Key", "enableKeyRotation", "true", True),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", "threshold", True, 0.5),
        ("aws:kms/key:Key", "description", 7, "seven"),
        ("aws:kms/key:Key", "tags", ["a"], {"a": "b"}),
        ("aws:kms/key:Key", "tags", {"a": 1}, {"a": UNKNOWN}),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", "subnetIds", "subnet-1", ["subnet-1"]),
        ("kubernetes:core/v1:Service", "kind", "Servce", "Service"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused_and_of_the_right_form_taken(
    token: str, name: str, wrong: Value, right: Value
) -> None:
    needed = NEEDED.get(token, {})
    assert only(token, {**needed, name: wrong}).path.startswith(name)
    assert check(token, {**needed, name: right}) == []


def test_an_open_enumeration_takes_any_text_and_a_closed_one_only_its_own() -> None:
    pool: dict[str, Value] = {"resourceGroupName": "g", "resourceName": "c"}
    assert check("azure-native:containerservice:AgentPool", {**pool, "osType": "Plan9"}) == []
    account: dict[str, Value] = {
        "resourceGroupName": "g", "kind": "StorageV2", "sku": {"name": "Standard_LRS"},
    }  # fmt: skip
    mistake = only("azure-native:storage:StorageAccount", {**account, "accessTier": "Warm"})
    assert mistake.path == "accessTier"
    assert mistake.expected.startswith("one of Hot, Cool")


def test_a_union_takes_each_of_its_forms_and_no_other() -> None:
    for port in (80, "http"):
        service: dict[str, Value] = {"spec": {"ports": [{"port": 80, "targetPort": port}]}}
        assert check("kubernetes:core/v1:Service", service) == []
    wrong: dict[str, Value] = {"spec": {"ports": [{"port": 80, "targetPort": [80]}]}}
    assert only("kubernetes:core/v1:Service", wrong).expected == "a whole number or a text"


def test_an_unknown_is_accepted_wherever_a_value_is() -> None:
    assert check(CLUSTER, {**GOOD, "vpcConfig": UNKNOWN, "version": UNKNOWN}) == []
    assert check(CLUSTER, {**GOOD, "vpcConfig": {"subnetIds": [UNKNOWN]}}) == []


def test_a_secret_is_looked_through_and_never_shown() -> None:
    assert check("aws:kms/key:Key", {"description": Secret("a")}) == []
    inputs: dict[str, Value] = {"deletionWindowInDays": Secret("hunter2")}
    with pytest.raises(schema.SchemaError) as caught:
        schema.refuse([("urn:pulumi:dev::p::aws:kms/key:Key::k", only("aws:kms/key:Key", inputs))])
    assert "hunter2" not in str(caught.value)
    assert "deletionWindowInDays" in str(caught.value)


def test_a_typing_error_inside_a_secret_is_still_named() -> None:
    inputs: dict[str, Value] = {**GOOD, "vpcConfig": Secret({"subnetIds": [], "vpcIdd": "x"})}
    assert only(CLUSTER, inputs).path == "vpcConfig.vpcIdd"


def test_a_providers_settings_are_read_from_the_json_that_they_travel_as() -> None:
    good = {"region": "us-east-1", "allowedAccountIds": '["1"]', "defaultTags": '{"tags": {"a": "b"}}'}
    assert check("pulumi:providers:aws", dict[str, Value](good)) == []
    assert only("pulumi:providers:aws", {"defaultTags": '{"tag": {"a": "b"}}'}).path == "defaultTags.tag"


def test_a_custom_resource_is_checked_in_what_kubernetes_defines_and_free_in_the_rest() -> None:
    token = "kubernetes:keda.sh/v1alpha1:ScaledObject"
    inputs: dict[str, Value] = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "a"},
        "spec": {"triggers": [{"type": "cron"}]},
    }
    assert check(token, inputs) == []
    assert only(token, {**inputs, "metadata": {"nam": "a"}}).path == "metadata.nam"


def test_what_sdks_and_providers_add_for_themselves_is_ignored() -> None:
    assert check("aws:kms/key:Key", {"__defaults": ["name"], "__internal": {}}) == []


def test_all_mistakes_of_all_resources_come_in_one_error_by_name() -> None:
    urn = "urn:pulumi:dev::p::platform:aws:Cluster$aws:eks/cluster:Cluster::cluster"
    found = check(CLUSTER, {"roleArn": 3, "vpcConfig": {"subnetIds": ["a", 3]}})
    with pytest.raises(schema.SchemaError) as caught:
        schema.refuse([(urn, mistake) for mistake in found])
    lines = str(caught.value).splitlines()
    assert lines[1] == "cluster (aws:eks/cluster:Cluster)"
    assert "roleArn: given the number 3, expected a text" in lines[2]
    assert "vpcConfig.subnetIds[1]" in lines[3]
    assert urn in lines[-1]
    schema.refuse([])


@given(
    key=st.text(st.characters(categories=["Ll"]), min_size=1, max_size=20).filter(
        lambda key: key not in KEY_INPUTS
    )
)
def test_any_key_that_the_type_does_not_have_is_refused_by_name(key: str) -> None:
    found = check("aws:kms/key:Key", {key: "x"})
    assert [mistake.path for mistake in found] == [key]


@given(
    st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(), st.lists, max_leaves=5)
)
def test_no_value_at_all_makes_the_check_fail_itself(value: Value) -> None:
    for mistake in check(CLUSTER, {**GOOD, "kubernetesNetworkConfig": value}):
        assert json.dumps(str(mistake))
