"""The provider plugin, called as the engine calls it, in this process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from plan.provider import KILLED, SimulatedCloud
from plan.store import Store
from plan.value import UNKNOWN, Secret, Value, decode, encode
from tests.plan.cloud import URN, Cloud, RefusedError, context

ROOT = Path(__file__).parent.parent.parent
VPC, SUBNET, ROLE = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:iam/role:Role"
DATABASE, CONFIG_MAP = "aws:rds/cluster:Cluster", "kubernetes:core/v1:ConfigMap"
RECORD = "aws:route53/record:Record"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
ADD, UPDATE, UPDATE_REPLACE = (
    provider_pb2.PropertyDiff.ADD,
    provider_pb2.PropertyDiff.UPDATE,
    provider_pb2.PropertyDiff.UPDATE_REPLACE,
)


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path, region="us-east-1")


def test_a_mistyped_property_is_refused_with_the_one_that_was_meant(cloud: Cloud) -> None:
    failures = cloud.check(VPC, "vpc", {"cidrBlok": "10.0.0.0/16"}).failures
    assert [failure.property for failure in failures] == ["cidrBlok"]
    assert "cidrBlock" in failures[0].reason


def test_a_type_that_the_sdk_does_not_have_is_refused(cloud: Cloud) -> None:
    assert "aws:ec2/vpx:Vpx" in cloud.check("aws:ec2/vpx:Vpx", "vpc", {}).failures[0].reason


def test_a_resource_without_a_name_gets_one_and_keeps_it(cloud: Cloud) -> None:
    first = cloud.checked(ROLE, "role", {"assumeRolePolicy": TRUST})
    assert str(first["name"]).startswith("role-")
    assert "name" in first["__defaults"]  # pyright: ignore[reportOperatorIssue]
    cloud.create(ROLE, "role", {"assumeRolePolicy": TRUST})
    later = cloud.checked(ROLE, "role", {"assumeRolePolicy": TRUST, "description": "new"}, olds=first)
    assert later["name"] == first["name"]


def test_a_replacement_gets_another_name_than_the_one_it_replaces(cloud: Cloud) -> None:
    first = cloud.checked(ROLE, "role", {"assumeRolePolicy": TRUST})
    cloud.create(ROLE, "role", {"assumeRolePolicy": TRUST})
    assert cloud.checked(ROLE, "role", {"assumeRolePolicy": TRUST})["name"] != first["name"]


def test_a_name_in_a_cluster_is_kept_too(tmp_path: Path) -> None:
    cluster = Cloud(tmp_path, "kubernetes", kubeconfig="{}")
    inputs: dict[str, Value] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "apps"}}
    first = cluster.checked(CONFIG_MAP, "settings", inputs)
    cluster.create(CONFIG_MAP, "settings", inputs)
    assert (
        cluster.checked(CONFIG_MAP, "settings", {**inputs, "data": {"a": "b"}}, olds=first)["metadata"]
        == (first["metadata"])
    )


def test_a_preview_creates_nothing_and_invents_no_id(cloud: Cloud) -> None:
    identity, outputs = cloud.create(VPC, "vpc", {"cidrBlock": "10.0.0.0/16"}, preview=True)
    assert identity == ""
    assert outputs["cidrBlock"] == "10.0.0.0/16"
    assert outputs["arn"] is UNKNOWN
    assert cloud.service.store.all() == []


def test_what_was_created_is_read_back_by_another_process(cloud: Cloud, tmp_path: Path) -> None:
    identity, outputs = cloud.create(VPC, "vpc", {"cidrBlock": "10.0.0.0/16"})
    found = Cloud(tmp_path, region="us-east-1").read(VPC, "vpc", identity, outputs)
    assert found.id == identity
    assert decode(found.properties) == outputs


def test_what_was_created_in_one_region_is_not_in_another(cloud: Cloud, tmp_path: Path) -> None:
    identity, _ = cloud.create(VPC, "vpc", {"cidrBlock": "10.0.0.0/16"})
    assert Cloud(tmp_path, region="eu-west-1").read(VPC, "vpc", identity).id == ""


def test_a_secret_is_a_secret_on_the_way_back_and_on_no_disk(cloud: Cloud, tmp_path: Path) -> None:
    inputs: dict[str, Value] = {
        "clusterIdentifier": "store",
        "engine": "aurora-postgresql",
        "masterPassword": Secret("correct horse"),
        "skipFinalSnapshot": True,
    }
    identity, outputs = cloud.create(DATABASE, "store", inputs)
    assert outputs["masterPassword"] == Secret("correct horse")
    assert decode(cloud.read(DATABASE, "store", identity, outputs).properties) == outputs
    assert not [
        file for file in tmp_path.rglob("*") if file.is_file() and b"correct horse" in file.read_bytes()
    ]


def test_a_taken_name_is_a_conflict_as_on_a_cloud(cloud: Cloud) -> None:
    cloud.create(ROLE, "one", {"assumeRolePolicy": TRUST, "name": "trader"})
    with pytest.raises(RefusedError, match=r"ALREADY_EXISTS: simulated aws: .*'trader' exists already"):
        cloud.create(ROLE, "two", {"assumeRolePolicy": TRUST, "name": "trader"})


def test_a_change_that_the_cloud_makes_in_place_is_an_update(cloud: Cloud) -> None:
    answer = cloud.diff(
        VPC, "vpc", {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.0.0.0/16", "tags": {"a": "b"}}
    )
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert {path: found.kind for path, found in answer.detailedDiff.items()} == {"tags": ADD}
    assert not answer.replaces


def test_a_change_that_the_cloud_cannot_make_is_a_replacement(cloud: Cloud) -> None:
    answer = cloud.diff(VPC, "vpc", {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"})
    assert list(answer.replaces) == ["cidrBlock"]
    assert answer.detailedDiff["cidrBlock"].kind == UPDATE_REPLACE
    assert not answer.deleteBeforeReplace


def test_a_replacement_under_the_same_name_waits_for_the_old_one_to_go(cloud: Cloud) -> None:
    old: dict[str, Value] = {
        "clusterIdentifier": "store",
        "engine": "aurora-postgresql",
        "masterUsername": "a",
    }
    identity, _ = cloud.create(DATABASE, "store", old)
    answer = cloud.diff(DATABASE, "store", old, {**old, "masterUsername": "b"}, id=identity)
    assert "masterUsername" in answer.replaces
    assert answer.deleteBeforeReplace


def test_a_nested_change_is_named_by_its_path(cloud: Cloud) -> None:
    old: dict[str, Value] = {"tags": {"owner": "a", "team": "b"}}
    answer = cloud.diff(VPC, "vpc", old, {"tags": {"owner": "a", "team": "c"}})
    assert {path: found.kind for path, found in answer.detailedDiff.items()} == {"tags.team": UPDATE}
    assert list(answer.diffs) == ["tags"]


def test_what_the_program_ignores_is_no_difference(cloud: Cloud) -> None:
    answer = cloud.diff(VPC, "vpc", {"tags": {"a": "b"}}, {"tags": {"a": "c"}}, ignoreChanges=["tags"])
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


@pytest.mark.parametrize(
    ("ignored", "paths"),
    [
        (["scalingConfig.desiredSize"], ["scalingConfig.maxSize"]),
        (["scalingConfig.desiredSize", "scalingConfig.maxSize"], []),
        (["scalingConfig"], []),
        (["scalingConfig.minSize"], ["scalingConfig.desiredSize", "scalingConfig.maxSize"]),
    ],
)
def test_an_ignored_path_hides_what_lies_below_it_and_nothing_beside_it(
    cloud: Cloud, ignored: list[str], paths: list[str]
) -> None:
    def sizes(desired: int, most: int) -> dict[str, Value]:
        return {"scalingConfig": {"desiredSize": desired, "maxSize": most, "minSize": 1}}

    answer = cloud.diff("aws:eks/nodeGroup:NodeGroup", "n", sizes(3, 5), sizes(4, 6), ignoreChanges=ignored)
    assert sorted(answer.detailedDiff) == sorted(paths)


def test_two_records_of_one_name_are_told_apart_by_their_set_and_change_in_place(cloud: Cloud) -> None:
    def record(role: str, target: str) -> dict[str, Value]:
        alias: Value = {"name": target, "zoneId": "Z2", "evaluateTargetHealth": True}
        return {
            "zoneId": "Z1", "name": "api.a.example", "type": "A", "setIdentifier": role,
            "failoverRoutingPolicies": [{"type": role.upper()}], "aliases": [alias],
        }  # fmt: skip

    primary, _ = cloud.create(RECORD, "one", record("primary", "east.example"))
    secondary, _ = cloud.create(RECORD, "two", record("secondary", "west.example"))
    assert primary != secondary
    answer = cloud.diff(RECORD, "one", record("primary", "east.example"), record("primary", "west.example"))
    assert list(answer.detailedDiff) == ["aliases[0].name"]
    assert not answer.replaces


def test_a_name_of_a_global_service_is_taken_in_every_region(cloud: Cloud, tmp_path: Path) -> None:
    identity, outputs = cloud.create(ROLE, "one", {"assumeRolePolicy": TRUST, "name": "trader"})
    elsewhere = Cloud(tmp_path, region="eu-west-1")
    with pytest.raises(RefusedError, match=r"ALREADY_EXISTS: .*'trader' exists already in \d+/global"):
        elsewhere.create(ROLE, "two", {"assumeRolePolicy": TRUST, "name": "trader"})
    assert elsewhere.read(ROLE, "one", identity, outputs).id == identity


def test_a_record_that_may_overwrite_takes_the_place_of_one_that_is_there(cloud: Cloud) -> None:
    record: dict[str, Value] = {"zoneId": "Z1", "name": "a.example", "type": "CNAME", "ttl": 60}
    cloud.create(RECORD, "one", {**record, "records": ["old"]})
    with pytest.raises(RefusedError, match="ALREADY_EXISTS"):
        cloud.create(RECORD, "two", {**record, "records": ["new"]})
    identity, _ = cloud.create(RECORD, "two", {**record, "records": ["new"], "allowOverwrite": True})
    assert decode(cloud.read(RECORD, "two", identity).properties)["records"] == ["new"]
    assert len(cloud.service.store.all()) == 1


def test_an_update_keeps_the_id_and_changes_what_is_read(cloud: Cloud) -> None:
    identity, before = cloud.create(VPC, "vpc", {"cidrBlock": "10.0.0.0/16"})
    after = cloud.update(VPC, "vpc", identity, {"cidrBlock": "10.0.0.0/16", "tags": {"a": "b"}})
    assert after["arn"] == before["arn"]
    assert decode(cloud.read(VPC, "vpc", identity).properties)["tags"] == {"a": "b"}


def test_a_previewed_update_changes_nothing(cloud: Cloud) -> None:
    identity, before = cloud.create(VPC, "vpc", {"cidrBlock": "10.0.0.0/16"})
    cloud.update(VPC, "vpc", identity, {"cidrBlock": "10.0.0.0/16", "tags": {"a": "b"}}, preview=True)
    assert decode(cloud.read(VPC, "vpc", identity).properties) == before


def test_a_previewed_update_by_something_unknown_keeps_what_does_not_follow_from_it(cloud: Cloud) -> None:
    identity, before = cloud.create(VPC, "vpc", {"cidrBlock": "10.0.0.0/16"})
    after = cloud.update(
        VPC, "vpc", identity, {"cidrBlock": "10.0.0.0/16", "tags": UNKNOWN}, preview=True, olds=encode(before)
    )
    assert after["tags"] is UNKNOWN
    assert after["arn"] == before["arn"]


def test_an_update_of_what_somebody_removed_says_what_to_do(cloud: Cloud) -> None:
    with pytest.raises(RefusedError, match=r"NOT_FOUND: .*pulumi refresh"):
        cloud.update(VPC, "vpc", "vpc-gone", {"cidrBlock": "10.0.0.0/16"})


def test_what_was_deleted_is_gone_and_deleting_it_again_is_no_error(cloud: Cloud) -> None:
    identity, _ = cloud.create(VPC, "vpc", {"cidrBlock": "10.0.0.0/16"})
    cloud.delete(VPC, "vpc", identity)
    cloud.delete(VPC, "vpc", identity)
    assert cloud.read(VPC, "vpc", identity).id == ""


@pytest.mark.parametrize(
    ("protection", "lifted"),
    [
        (
            {"deletionProtection": True, "skipFinalSnapshot": True},
            {"deletionProtection": False, "skipFinalSnapshot": True},
        ),
        ({"skipFinalSnapshot": False}, {"skipFinalSnapshot": False, "finalSnapshotIdentifier": "last"}),
    ],
)
def test_a_database_that_protects_itself_is_not_deleted_until_that_is_lifted(
    cloud: Cloud, protection: dict[str, Value], lifted: dict[str, Value]
) -> None:
    plain: dict[str, Value] = {"clusterIdentifier": "store", "engine": "aurora-postgresql"}
    identity, _ = cloud.create(DATABASE, "store", {**plain, **protection})
    with pytest.raises(RefusedError, match="FAILED_PRECONDITION: simulated aws: deleting"):
        cloud.delete(DATABASE, "store", identity)
    cloud.update(DATABASE, "store", identity, {**plain, **lifted})
    cloud.delete(DATABASE, "store", identity)
    assert cloud.service.store.all() == []


@pytest.mark.parametrize(
    ("package", "old", "new", "replaced"),
    [
        ("aws", {"region": "us-east-1"}, {"region": "eu-west-1"}, True),
        ("aws", {"region": "us-east-1"}, {"region": "us-east-1", "maxRetries": "5"}, False),
        ("aws", {"region": "us-east-1"}, {"region": "us-east-1"}, None),
    ],
)
def test_a_provider_that_moves_to_another_place_replaces_all_that_it_made(
    tmp_path: Path, package: str, old: dict[str, Value], new: dict[str, Value], *, replaced: bool | None
) -> None:
    service = SimulatedCloud(package, "1.0.0", Store(tmp_path))
    answer = service.DiffConfig(provider_pb2.DiffRequest(old_inputs=encode(old), news=encode(new)), context())
    assert (answer.changes == provider_pb2.DiffResponse.DIFF_SOME) is (replaced is not None)
    assert bool(answer.replaces) is bool(replaced)


def test_a_provider_setting_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    service = SimulatedCloud("aws", "7.51.1", Store(tmp_path))
    request = provider_pb2.CheckRequest(news=encode({"regoin": "us-east-1", "version": "7.51.1"}))
    failures = service.CheckConfig(request, context()).failures
    assert [failure.property for failure in failures] == ["regoin"]


def test_the_plugin_serves_by_the_protocol_and_dies_once_when_it_is_told_to(tmp_path: Path) -> None:
    environment = {**os.environ, "SIMULATED_CLOUD_STORE": str(tmp_path), "SIMULATED_CLOUD_KILL_AFTER": "1"}
    command = [sys.executable, "-m", "plan.provider", "aws", "7.51.1", "127.0.0.1:1"]

    def attempt() -> int | None:
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        ) as plugin:
            assert plugin.stdout is not None
            channel = grpc.insecure_channel(f"127.0.0.1:{int(plugin.stdout.readline())}")
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            assert stub.GetPluginInfo(empty_pb2.Empty()).version == "7.51.1"
            stub.Configure(provider_pb2.ConfigureRequest(args=encode({"region": "us-east-1"})))
            request = provider_pb2.CreateRequest(
                urn=URN.format(VPC, "vpc"), properties=encode({"cidrBlock": "10.0.0.0/16"})
            )
            try:
                stub.Create(request, timeout=30)
            except grpc.RpcError:
                return plugin.wait(30)
            finally:
                channel.close()
                plugin.terminate()
        return None

    assert attempt() == KILLED
    assert Store(tmp_path).all() == []
    assert attempt() is None
    assert len(Store(tmp_path).all()) == 1


def test_the_plugin_ends_when_the_engine_that_started_it_is_gone(tmp_path: Path) -> None:
    start = (
        "import subprocess, sys\n"
        "plugin = subprocess.Popen([sys.executable, '-m', 'plan.provider', 'aws', '1.0.0'],"
        " stdout=subprocess.PIPE, text=True)\n"
        "plugin.stdout.readline()\n"
        "print(plugin.pid)\n"
    )
    environment = {**os.environ, "SIMULATED_CLOUD_STORE": str(tmp_path)}
    engine = subprocess.run(
        [sys.executable, "-c", start],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    deadline = time.monotonic() + 10
    while _alive(int(engine.stdout)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _alive(int(engine.stdout))


def _alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"
