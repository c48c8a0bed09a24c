from __future__ import annotations

import dataclasses

import pytest

from config.loader import to_config
from plan import simulate
from plan.diff import DATA_STORES
from plan.record import record
from plan.resource import STACK_TYPE
from plan.value import UNKNOWN, WRITE_ONLY, Secret
from stacks.refusal import CloudNotBuiltError
from tests.support import GCP_STACKS, ROOT, STACKS, TWO_REGIONS, planned, values


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_uses_an_explicit_provider_of_its_own_package(stack: str) -> None:
    plan = planned(stack)
    for resource in plan:
        if resource.custom and not resource.is_provider:
            assert resource.provider, f"{resource.name} would use a default provider"
            assert plan[resource.provider].package == resource.package


@pytest.mark.parametrize("stack", STACKS)
def test_everything_has_a_place_in_the_tree(stack: str) -> None:
    plan = planned(stack)
    for resource in plan:
        assert resource.type == STACK_TYPE or resource.parent in {other.urn for other in plan}


@pytest.mark.parametrize("stack", STACKS)
def test_everything_that_can_carry_tags_says_whose_it_is(stack: str) -> None:
    words = {"aws": ("tags",), "gcp": ("userLabels", "resourceLabels", "labels")}
    tagged = [
        (resource, word)
        for resource in planned(stack)
        if (word := next((one for one in words.get(resource.package, ()) if one in resource.inputs), None))
    ]
    assert len(tagged) > 20
    for resource, word in tagged:
        tags = resource.inputs[word]
        assert isinstance(tags, dict)
        assert tags.keys() >= {"environment", "owner", "cost-center", "project"}, resource.name
        assert tags["environment"] == stack.removesuffix("-gcp")


@pytest.mark.parametrize("stack", STACKS)
def test_no_password_is_in_the_plan_in_any_form(stack: str) -> None:
    for resource in planned(stack):
        for path, value in values(dict(resource.inputs)):
            leaf = path.rpartition(".")[2].lower()
            if "password" in leaf and isinstance(value, str) and value != WRITE_ONLY.value:
                pytest.fail(f"{resource.name}: {path} holds a text")
        held = {name for name, value in resource.inputs.items() if isinstance(value, Secret)}
        assert all(resource.inputs[name] == WRITE_ONLY for name in held), resource.name


@pytest.mark.parametrize("stack", STACKS)
def test_two_recordings_are_the_same_plan(stack: str) -> None:
    again = record(to_config(ROOT / f"Pulumi.{stack}.yaml"), stack=stack, mode="up")
    assert dataclasses.asdict(again) == dataclasses.asdict(planned(stack))


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_is_asked_of_a_cloud_while_the_plan_is_made(
    stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question to the lost region would stop every deployment, to the other one too."""
    asked: list[str] = []

    def refuse(token: str, *_: object, **__: object) -> None:
        asked.append(token)
        pytest.fail(f"{token} was asked for")

    monkeypatch.setattr(simulate, "invoke", refuse)
    record(to_config(ROOT / f"Pulumi.{stack}.yaml"), stack=stack, mode="up")
    assert asked == []


UNUSED = {
    "aws": {"aws:dynamodb/table:Table", "aws:ebs/volume:Volume", "aws:efs/fileSystem:FileSystem",
            "aws:rds/instance:Instance"},
    "gcp": {"gcp:backupdisasterrecovery/backupVault:BackupVault", "gcp:compute/disk:Disk",
            "gcp:redis/cluster:Cluster", "gcp:redis/instance:Instance"},
}  # fmt: skip
"""Kinds of stores that the platform does not have."""


@pytest.mark.parametrize("stack", TWO_REGIONS)
def test_what_holds_data_is_protected_where_money_moves(stack: str) -> None:
    cloud = "gcp" if stack in GCP_STACKS else "aws"
    more = {"aws:eks/cluster:Cluster", "aws:cloudtrail/trail:Trail", "gcp:container/cluster:Cluster"}
    stateful = {kind for kind in (*DATA_STORES, *more) if kind.startswith(f"{cloud}:")}
    found = planned(stack).of_type(*stateful)
    assert {resource.type for resource in found} == stateful - UNUSED[cloud]
    inside = {resource.urn for resource in found if resource.inputs.get("visibility") == "private"}
    assert [one.name for one in found if not one.options.protect and one.urn not in inside] == []


@pytest.mark.parametrize("stack", ["dev", "dev-gcp"])
def test_nothing_is_protected_in_dev_so_that_it_can_be_thrown_away(stack: str) -> None:
    assert [resource.name for resource in planned(stack) if resource.options.protect] == []


def test_another_cloud_is_refused_by_name_and_with_a_way_out() -> None:
    guid = "00000000-0000-0000-0000-000000000001"
    config = to_config(ROOT / "tests" / "config" / "cases" / "azure.happy.yaml")
    assert guid[:8] in config["trading-platform:cloud"]
    with pytest.raises(CloudNotBuiltError, match="azure: this version has rooms for aws and gcp only"):
        record(config, stack="dev")


@pytest.mark.parametrize("stack", ["dev", "dev-gcp"])
def test_the_outputs_reach_the_platform_and_hold_no_token(stack: str) -> None:
    outputs = planned(stack).outputs
    assert set(outputs) == {
        "region", "network_id", "cluster_name", "kubeconfig", "namespace",
        "database_endpoint", "database_reader_endpoint", "cache_endpoint", "data_bucket", "entry",
        "target_group_id", "repositories", "name_servers", "retained",
    }  # fmt: skip
    assert "token:" not in str(outputs["kubeconfig"])
    assert all(value is not UNKNOWN for value in outputs.values())


@pytest.mark.parametrize("stack", STACKS)
def test_what_outlives_the_stack_is_told_while_somebody_can_still_be_told(stack: str) -> None:
    plan = planned(stack)
    kinds = {
        "aws:kms/key:Key": "arn",
        "aws:kms/replicaKey:ReplicaKey": "arn",
        "aws:s3/bucket:Bucket": "arn",
        "gcp:kms/cryptoKey:CryptoKey": "",
        "gcp:storage/bucket:Bucket": "name",
    }
    kept = {
        str(found.outputs[kinds[found.type]] if kinds[found.type] else found.id)
        for found in plan.of_type(*kinds)
        if found.options.retain_on_delete
    }
    told = plan.outputs["retained"]
    assert isinstance(told, list)
    assert set(map(str, told)) == kept
    assert bool(kept) == (stack not in {"dev", "dev-gcp"})


def test_a_preview_reveals_nothing_that_only_the_cloud_can_know() -> None:
    outputs = planned("dev", "preview").outputs
    assert outputs["network_id"] is UNKNOWN
    assert outputs["kubeconfig"] is UNKNOWN
    assert outputs["region"] == "us-east-1"
