"""What a simulated cloud answers: typed as the SDK says, in the cloud's form, the same every time."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan import sdk, simulate
from plan.forms.answer import STEP
from plan.forms.form import read_rows
from plan.simulate import Place
from plan.value import UNKNOWN, Secret, Value, has_unknown, plain
from tests.plan import sweep
from tests.plan.sweep import HERE, made, urn

SEED = 20260101
AREAS = {"aws": 18, "gcp": 12, "azure-native": 24, "kubernetes": 10}
"""Areas from which a sample is taken: loading an SDK's modules takes the time, asking them none."""
PER_SDK = 150

TABLES = ["aws", pytest.param("gcp", marks=pytest.mark.slow), pytest.param("azure", marks=pytest.mark.slow)]
"""The large modules of the other two SDKs take ten seconds to load: their tables are swept with all else."""
KINDS = [
    "core/v1:Namespace", "core/v1:Service", "core/v1:ServiceAccount", "core/v1:ConfigMap",
    "core/v1:Secret", "core/v1:ResourceQuota", "core/v1:LimitRange", "apps/v1:Deployment",
    "apps/v1:StatefulSet", "batch/v1:CronJob", "batch/v1:Job", "policy/v1:PodDisruptionBudget",
    "networking.k8s.io/v1:NetworkPolicy", "rbac.authorization.k8s.io/v1:ClusterRoleBinding",
    "autoscaling/v2:HorizontalPodAutoscaler", "storage.k8s.io/v1:StorageClass",
    "helm.sh/v3:Release", "helm.sh/v4:Chart", "keda.sh/v1alpha1:ScaledObject", "argoproj.io/v1alpha1:Rollout",
]  # fmt: skip


# ------------------------------------------------------------------------------------- every type


@pytest.mark.parametrize("table", TABLES)
def test_every_type_that_the_platform_uses_is_answered_with_the_sdks_types(table: str) -> None:
    found = sweep.sweep(read_rows(f"{table}.csv"))
    assert found["wrong"] == []
    assert found["types"] == len(read_rows(f"{table}.csv"))


def test_every_kubernetes_kind_that_the_platform_uses_is_answered_with_the_sdks_types() -> None:
    assert sweep.sweep(f"kubernetes:{kind}" for kind in KINDS)["wrong"] == []


@pytest.mark.parametrize("package", list(sdk.PACKAGES))
def test_a_sample_of_all_other_types_is_answered_with_the_sdks_types(package: str) -> None:
    chance = random.Random(SEED)  # noqa: S311 - a sample, not a key
    areas = sorted({token.split(":")[1].split("/")[0] for token in sdk.tokens(package)})
    chosen = set(chance.sample(areas, AREAS[package]))
    tokens = sorted(token for token in sdk.tokens(package) if token.split(":")[1].split("/")[0] in chosen)
    found = sweep.sweep(chance.sample(tokens, min(PER_SDK, len(tokens))))
    assert found["wrong"] == []
    assert found["types"] == min(PER_SDK, len(tokens)) >= 100


@pytest.mark.slow
@pytest.mark.parametrize("package", list(sdk.PACKAGES))
def test_every_type_of_every_sdk_is_answered_and_two_processes_agree(package: str) -> None:
    command = [sys.executable, str(Path(sweep.__file__)), package]
    root = str(Path(simulate.__file__).parent.parent)
    runs = [
        subprocess.Popen(
            command, cwd=root, env={"PYTHONPATH": root, "PYTHONHASHSEED": hash_seed}, stdout=subprocess.PIPE
        )
        for hash_seed in ("1", "2")
    ]
    first, second = (json.loads(run.communicate()[0]) for run in runs)
    assert first["wrong"] == []
    assert first["types"] == len(sdk.tokens(package))
    assert first["digest"] == second["digest"]


@pytest.mark.slow
def test_every_data_function_of_every_sdk_is_answered_with_the_sdks_types() -> None:
    calls = re.compile(r"runtime\.invoke\('([^']+)'")
    wrong: list[str] = []
    asked = 0
    for package in sdk.PACKAGES:
        folder = Path(
            str(sys.modules[sdk.resource_class(f"pulumi:providers:{package}").__module__].__file__)
        ).parent
        texts = (path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py")))
        for token in sorted({token for text in texts for token in calls.findall(text)}):
            answer = simulate.invoke(token, {}, place=HERE)
            wrong += [f"{token} {what}" for what in sweep.ill_typed(sdk.function_outputs(token), answer)]
            asked += 1
    assert wrong == []
    assert asked > 3500


@pytest.mark.parametrize("table", TABLES)
def test_every_line_of_the_tables_names_a_property_that_the_sdk_has(table: str) -> None:
    wrong: list[str] = []
    for row in (row for rows in read_rows(f"{table}.csv").values() for row in rows):
        fields = sdk.outputs(row.type)
        for step in [step for step, _ in STEP.findall(row.property) if step]:
            if row.property in {"id", "arm", "scoped"}:
                break
            if step not in fields:
                wrong.append(f"{row.type} has no {row.property}")
                break
            shape = fields[step].shape
            fields = (shape.item or shape).fields
    assert wrong == []


# --------------------------------------------------------------------------------- the same answer


def test_the_same_question_has_the_same_answer_and_another_resource_another_one() -> None:
    token = "aws:ec2/vpc:Vpc"
    assert made(token, {"cidrBlock": "10.0.0.0/16"}) == made(token, {"cidrBlock": "10.0.0.0/16"})
    other = simulate.create(token, urn(token, "other"), {}, place=HERE, mode="up")
    successor = simulate.create(token, urn(token), {}, place=HERE, mode="up", generation=1)
    assert len({str(made(token).id), str(other.id), str(successor.id)}) == 3


def test_two_things_that_a_cloud_makes_up_for_one_resource_differ() -> None:
    vpc = made("aws:ec2/vpc:Vpc").outputs
    suffixes = [
        str(vpc[name]).partition("-")[2] for name in ("defaultNetworkAclId", "defaultSecurityGroupId")
    ]
    assert suffixes[0] != suffixes[1]


def test_inputs_come_back_as_they_were_given_and_are_not_written_to() -> None:
    inputs: dict[str, Value] = {"roleArn": "r", "vpcConfig": {"subnetIds": ["a"]}, "version": "1.34"}
    outputs = simulate.create("aws:eks/cluster:Cluster", urn("c"), inputs, place=HERE, mode="up").outputs
    assert outputs["roleArn"] == "r"
    assert outputs["version"] == "1.34"
    assert inputs == {"roleArn": "r", "vpcConfig": {"subnetIds": ["a"]}, "version": "1.34"}


@given(tags=st.dictionaries(st.text(max_size=8), st.text(max_size=8)), cidr=st.ip_addresses(v=4).map(str))
def test_whatever_is_asked_for_is_echoed_and_a_preview_knows_nothing_more(
    tags: dict[str, str], cidr: str
) -> None:
    inputs: dict[str, Value] = {"tags": dict(tags), "cidrBlock": cidr}
    shown = made("aws:ec2/vpc:Vpc", inputs, mode="preview")
    known = {key: value for key, value in shown.outputs.items() if value is not UNKNOWN}
    assert known == inputs
    assert shown.id is UNKNOWN
    assert made("aws:ec2/vpc:Vpc", inputs).outputs["tagsAll"] == tags


def test_a_preview_has_the_shape_of_what_follows_with_nested_answers_unknown() -> None:
    config: Value = {"subnetIds": ["subnet-1"]}
    shown = made("aws:eks/cluster:Cluster", {"roleArn": "r", "vpcConfig": config}, mode="preview")
    done = made("aws:eks/cluster:Cluster", {"roleArn": "r", "vpcConfig": config})
    assert shown.outputs.keys() == done.outputs.keys()
    assert shown.outputs["vpcConfig"] == {
        "subnetIds": ["subnet-1"], "clusterSecurityGroupId": UNKNOWN, "vpcId": UNKNOWN,
    }  # fmt: skip
    assert not has_unknown(dict(done.outputs))


def test_an_unknown_input_never_ends_up_as_text_in_an_answer() -> None:
    answer = made(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"role": UNKNOWN, "policyArn": UNKNOWN}
    )
    assert "UNKNOWN" not in str(answer.id)


def test_a_secret_stays_wrapped_and_is_not_built_into_identifiers() -> None:
    answer = made(
        "aws:secretsmanager/secret:Secret", {"name": Secret("hunter2"), "description": Secret("hunter2")}
    )
    assert answer.outputs["description"] == Secret("hunter2")
    assert "hunter2" not in json.dumps([plain(answer.id), plain(answer.outputs)])


# ----------------------------------------------------------------------------------- check, places


@pytest.mark.parametrize(
    ("token", "name"),
    [
        ("aws:iam/role:Role", "name"),
        ("aws:s3/bucket:Bucket", "bucket"),
        ("aws:rds/cluster:Cluster", "clusterIdentifier"),
        ("gcp:pubsub/topic:Topic", "name"),
        ("azure-native:managedidentity:UserAssignedIdentity", "resourceName"),
        ("azure-native:containerservice:AgentPool", "agentPoolName"),
    ],
)
def test_a_name_that_is_left_out_is_made_up_from_the_logical_one(token: str, name: str) -> None:
    checked = simulate.check(token, urn(token), {}, place=HERE)
    assert re.fullmatch(r"thing-[0-9a-f]{7}", str(checked[name]))
    assert simulate.check(token, urn(token), {}, place=HERE, generation=1)[name] != checked[name]
    assert simulate.check(token, urn(token), {name: "mine"}, place=HERE)[name] == "mine"


def test_the_providers_own_additions_are_noted_as_terraforms_bridge_does() -> None:
    token = "aws:iam/role:Role"
    assert simulate.check(token, urn(token), {}, place=HERE)["__defaults"] == ["name"]
    assert simulate.check(token, urn(token), {"name": "r"}, place=HERE)["__defaults"] == []
    assert "__defaults" not in made(token).outputs


def test_a_prefix_is_completed_by_the_cloud_and_so_unknown_before() -> None:
    token = "aws:iam/role:Role"
    assert "name" not in simulate.check(token, urn(token), {"namePrefix": "ab-"}, place=HERE)
    assert made(token, {"namePrefix": "ab-"}, mode="preview").outputs["name"] is UNKNOWN
    assert re.fullmatch(r"ab-[0-9a-f]{26}", str(made(token, {"namePrefix": "ab-"}).id))


def test_a_queue_that_keeps_order_has_the_suffix_that_aws_asks_for() -> None:
    token = "aws:sqs/queue:Queue"
    checked = simulate.check(token, urn(token), {"fifoQueue": True}, place=HERE)
    assert str(checked["name"]).endswith(".fifo")


def test_a_storage_account_has_a_name_that_azure_takes() -> None:
    token = "azure-native:storage:StorageAccount"
    name = urn(token, "The-Audit-Trail-Of-The-Platform")
    checked = simulate.check(token, name, {}, place=HERE)
    assert re.fullmatch(r"[a-z0-9]{3,24}", str(checked["accountName"]))
    assert checked["location"] == "eu-west-1"


def test_a_kubernetes_object_is_named_with_the_note_that_pulumi_leaves() -> None:
    token = "kubernetes:core/v1:ConfigMap"
    given_: dict[str, Value] = {"metadata": {"labels": {"a": "b"}}}
    metadata = simulate.check(token, urn(token), given_, place=HERE)["metadata"]
    assert isinstance(metadata, dict)
    assert re.fullmatch(r"thing-[0-9a-f]{7}", str(metadata["name"]))
    assert metadata["annotations"] == {"pulumi.com/autonamed": "true"}
    assert metadata["labels"] == {"a": "b"}
    assert given_ == {"metadata": {"labels": {"a": "b"}}}


def test_a_providers_settings_tell_where_it_works() -> None:
    place = simulate.place_of("aws", {"region": "eu-west-1", "allowedAccountIds": '["444455556666"]'})
    assert place == HERE
    assert simulate.place_of("aws", {"allowedAccountIds": Secret(["1"])}) == Place("1", "us-east-1")
    assert simulate.place_of("gcp", {"project": "p", "region": "r"}) == Place("p", "r")
    assert simulate.place_of("azure-native", {"subscriptionId": "s", "location": "l"}) == Place("s", "l")
    assert simulate.place_of("kubernetes", {"clusterIdentifier": "c"}) == Place("c", "default")
    assert simulate.place_of("kubernetes", {}) != simulate.place_of("kubernetes", {"clusterIdentifier": "c"})
    assert simulate.place_of("elsewhere", {}) == Place("", "")


def test_a_provider_has_an_identifier_of_its_own_and_answers_its_settings() -> None:
    token = "pulumi:providers:aws"
    answer = simulate.create(token, urn(token), {"region": "r"}, place=HERE, mode="up")
    assert re.fullmatch(r"[0-9a-f-]{36}", str(answer.id))
    assert answer.outputs == {"region": "r"}
    assert simulate.create(token, urn(token), {}, place=HERE, mode="preview").id is UNKNOWN


def test_an_unknown_type_is_refused_with_its_nearest_neighbour() -> None:
    with pytest.raises(sdk.UnknownTokenError, match="aws:ec2/vpc:Vpc"):
        made("aws:ec2/vcp:Vpc")
