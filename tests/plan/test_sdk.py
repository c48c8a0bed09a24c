"""What the project knows of the SDKs' types, without importing the SDKs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from plan import sdk
from plan.shape import Shape


def test_every_sdk_of_the_project_is_known_with_its_version() -> None:
    assert set(sdk.installed()) == {"aws", "gcp", "azure-native", "kubernetes"}
    assert sdk.version("aws").startswith("7.")
    assert all(len(sdk.tokens(package)) > 500 for package in sdk.installed())


def test_knowing_all_tokens_imports_no_sdk_and_asking_for_one_imports_only_its_module() -> None:
    program = (
        "import sys; from plan import sdk\n"
        "for package in sdk.PACKAGES: sdk.tokens(package)\n"
        "assert not [name for name in sys.modules if name.startswith(('pulumi_aws', 'pulumi_kubernetes'))]\n"
        "sdk.inputs('aws:sqs/queue:Queue')\n"
        "loaded = [name for name in sys.modules if name.endswith(('.queue', '.vpc'))]\n"
        "assert 'pulumi_aws.sqs.queue' in loaded and 'pulumi_aws.ec2.vpc' not in loaded, loaded\n"
        "assert 'pulumi_kubernetes' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    ("token", "name"),
    [
        ("aws:ec2/vpc:Vpc", "Vpc"),
        ("gcp:projects/iAMMember:IAMMember", "IAMMember"),
        ("azure-native:containerservice:AgentPool", "AgentPool"),
        ("kubernetes:apps/v1:DeploymentPatch", "DeploymentPatch"),
        ("kubernetes:apps/v1:DeploymentList", "DeploymentList"),
        ("kubernetes:keda.sh/v1alpha1:ScaledObject", "CustomResource"),
        ("pulumi:providers:aws", "Provider"),
    ],
)
def test_a_token_leads_to_the_sdks_class(token: str, name: str) -> None:
    assert sdk.resource_class(token).__name__ == name


def test_inputs_carry_wire_names_forms_and_whether_they_are_needed() -> None:
    inputs = sdk.inputs("aws:eks/cluster:Cluster")
    assert inputs is not None
    assert inputs["vpcConfig"].required
    assert not inputs["name"].required
    assert inputs["vpcConfig"].shape.fields["subnetIds"].shape == Shape("list", item=Shape("text"))
    assert inputs["encryptionConfig"].shape.fields["provider"].shape.fields["keyArn"].required


def test_outputs_tell_what_the_cloud_always_answers() -> None:
    outputs = sdk.outputs("kubernetes:core/v1:Service")
    assert outputs["metadata"].required
    assert not outputs["status"].required
    assert "arn" in sdk.outputs("aws:ec2/vpc:Vpc")
    assert "arn" not in (sdk.inputs("aws:ec2/vpc:Vpc") or {})


def test_a_kubernetes_kind_takes_its_resource_arguments_not_the_nested_type_of_the_same_name() -> None:
    inputs = sdk.inputs("kubernetes:core/v1:Service")
    assert inputs is not None
    assert inputs["apiVersion"].shape == Shape("constant", values=("v1",))
    ports = inputs["spec"].shape.fields["ports"].shape
    assert ports.item is not None
    target = ports.item.fields["targetPort"].shape
    assert {arm.kind for arm in target.arms} == {"integer", "text"}


def test_an_unknown_type_is_named_with_its_nearest_neighbour() -> None:
    with pytest.raises(sdk.UnknownTokenError, match=r"'aws:ec2/vcp:Vpc'.*Did you mean 'aws:ec2/vpc:Vpc'\?"):
        sdk.resource_class("aws:ec2/vcp:Vpc")
    with pytest.raises(sdk.UnknownTokenError, match="Did you mean 'kubernetes:core/v1:Service'"):
        sdk.resource_class("kubernetes:core/v1:Servise")


def test_a_kind_that_a_built_in_group_does_not_have_is_no_custom_resource() -> None:
    with pytest.raises(sdk.UnknownTokenError):
        sdk.resource_class("kubernetes:networking.k8s.io/v1:NetworkPolcy")


def test_an_unknown_package_and_a_missing_sdk_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(sdk.MissingSdkError, match="'random', expected one of: aws, gcp"):
        sdk.tokens("random")
    monkeypatch.setitem(dict_of(), "elsewhere", sdk.Sdk("pulumi_elsewhere", "pulumi-elsewhere", "azure"))
    with pytest.raises(sdk.MissingSdkError, match=r"pulumi-elsewhere is not installed.*\.\[azure\]"):
        sdk.resource_class("elsewhere:index:Thing")


def dict_of() -> dict[str, sdk.Sdk]:
    assert isinstance(sdk.PACKAGES, dict)
    return sdk.PACKAGES


def test_an_unknown_data_function_is_named_with_its_nearest_neighbour() -> None:
    assert "accountId" in sdk.function_outputs("aws:index/getCallerIdentity:getCallerIdentity")
    with pytest.raises(sdk.UnknownTokenError, match="getPolicyDocument:getPolicyDocument'"):
        sdk.function_outputs("aws:iam/getPolicyDocumen:getPolicyDocumen")


def test_the_sdks_own_text_about_a_type_can_be_read() -> None:
    assert "pulumi import aws:ec2/vpc:Vpc" in sdk.documentation("aws:ec2/vpc:Vpc")
