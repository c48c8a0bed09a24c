"""A lost region: nothing that is in it answers, all others work on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plan.value import Secret, Value
from tests.plan.cloud import Cloud, RefusedError

LOST, OTHER = "us-east-1", "us-west-2"
VPC, ROLE, CONFIG_MAP = "aws:ec2/vpc:Vpc", "aws:iam/role:Role", "kubernetes:core/v1:ConfigMap"
NETWORK: dict[str, Value] = {"cidrBlock": "10.0.0.0/16"}
SETTINGS: dict[str, Value] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}
SILENT = "UNAVAILABLE: simulated {}: us-east-1 does not answer"


def lost(store: Path, package: str = "aws", **settings: Any) -> Cloud:
    """A provider that was configured with the help of another region, after the region was lost."""
    own: dict[str, Value] = {"region": LOST, "stsRegion": OTHER} if package == "aws" else {}
    return Cloud(store, package, LOST, **{**own, **settings})


def kubeconfig(region: str) -> Secret:
    server = f"https://0123ABCD.gr7.{region}.eks.amazonaws.com"
    other = ["--endpoint-url", f"https://sts.{LOST}.amazonaws.com"]  # where a token is from is another matter
    cluster = {"name": "c", "cluster": {"server": server}}
    return Secret(json.dumps({"clusters": [cluster], "users": [{"user": {"exec": {"args": other}}}]}))


def test_everything_that_asks_the_cloud_fails_and_says_why(tmp_path: Path) -> None:
    identity, outputs = Cloud(tmp_path, region=LOST).create(VPC, "vpc", NETWORK)
    cloud = lost(tmp_path)
    for ask in (
        lambda: cloud.create(VPC, "other", NETWORK),
        lambda: cloud.read(VPC, "vpc", identity, outputs),
        lambda: cloud.update(VPC, "vpc", identity, NETWORK),
        lambda: cloud.delete(VPC, "vpc", identity),
        lambda: cloud.invoke("aws:index/getCallerIdentity:getCallerIdentity"),
        lambda: cloud.create(ROLE, "role", {"assumeRolePolicy": "{}"}),
    ):
        with pytest.raises(RefusedError, match=SILENT.format("aws")):
            ask()
    assert [record.id for record in cloud.service.store.all()] == [identity]


def test_what_the_provider_works_out_by_itself_is_still_answered(tmp_path: Path) -> None:
    identity, _ = Cloud(tmp_path, region=LOST).create(VPC, "vpc", NETWORK)
    cloud = lost(tmp_path)
    assert cloud.create(VPC, "other", NETWORK, preview=True)[0] == ""
    assert cloud.update(VPC, "vpc", identity, {**NETWORK, "tags": {"a": "b"}}, preview=True)["tags"]
    assert list(cloud.diff(VPC, "vpc", NETWORK, {"cidrBlock": "10.1.0.0/16"}).replaces) == ["cidrBlock"]


def test_the_other_region_works_on(tmp_path: Path) -> None:
    cloud = lost(tmp_path, region=OTHER)
    identity, outputs = cloud.create(VPC, "vpc", NETWORK)
    cloud.update(VPC, "vpc", identity, {**NETWORK, "tags": {"a": "b"}})
    assert cloud.read(VPC, "vpc", identity, outputs).id == identity
    assert cloud.invoke("aws:index/getRegion:getRegion")["region"] == OTHER
    cloud.delete(VPC, "vpc", identity)
    assert cloud.service.store.all() == []


def test_a_resource_with_a_region_of_its_own_goes_there_whatever_its_providers_is(tmp_path: Path) -> None:
    there, here = lost(tmp_path, region=OTHER), lost(tmp_path)
    with pytest.raises(RefusedError, match=SILENT.format("aws")):
        there.create(VPC, "one", {**NETWORK, "region": LOST})
    with pytest.raises(RefusedError, match=SILENT.format("aws")):
        there.invoke("aws:ec2/getVpc:getVpc", region=LOST)
    identity, outputs = here.create(VPC, "two", {**NETWORK, "region": OTHER})
    assert here.read(VPC, "two", identity, outputs).id == identity
    assert there.read(VPC, "two", identity).id == identity


@pytest.mark.parametrize(
    ("settings", "configured"),
    [
        ({"region": LOST}, False),
        ({"region": LOST, "stsRegion": LOST}, False),
        ({"region": OTHER, "stsRegion": LOST}, False),
        ({"region": LOST, "skipCredentialsValidation": "true"}, False),
        ({"region": LOST, "skipCredentialsValidation": "true", "skipRequestingAccountId": "true"}, True),
        ({"region": LOST, "stsRegion": OTHER}, True),
        ({"region": OTHER}, True),
    ],
)
def test_a_provider_is_configured_only_where_an_sts_answers_it(
    tmp_path: Path, settings: dict[str, Value], *, configured: bool
) -> None:
    if configured:
        assert Cloud(tmp_path, "aws", LOST, **settings).service.place.region == settings["region"]
    else:
        with pytest.raises(RefusedError, match=SILENT.format("aws") + ".*stsRegion"):
            Cloud(tmp_path, "aws", LOST, **settings)


def test_a_cluster_of_the_lost_region_does_not_answer_and_one_of_another_does(tmp_path: Path) -> None:
    gone = lost(tmp_path, "kubernetes", kubeconfig=kubeconfig(LOST))
    with pytest.raises(RefusedError, match=SILENT.format("kubernetes")):
        gone.create(CONFIG_MAP, "settings", SETTINGS)
    written: Value = f"clusters:\n- cluster:\n    server: 'https://x.gr7.{LOST}.eks.amazonaws.com:443'\n"
    with pytest.raises(RefusedError, match=SILENT.format("kubernetes")):
        lost(tmp_path, "kubernetes", kubeconfig=written).create(CONFIG_MAP, "settings", SETTINGS)
    there = lost(tmp_path, "kubernetes", kubeconfig=kubeconfig(OTHER))
    assert there.create(CONFIG_MAP, "settings", SETTINGS)[0] == "default/settings"


@pytest.mark.parametrize(
    ("package", "token", "setting"),
    [
        ("gcp", "gcp:compute/address:Address", "region"),
        ("azure-native", "azure-native:resources:ResourceGroup", "location"),
    ],
)
def test_a_region_of_another_cloud_can_be_lost_too(
    tmp_path: Path, package: str, token: str, setting: str
) -> None:
    with pytest.raises(RefusedError, match=SILENT.format(package)):
        Cloud(tmp_path, package, LOST, **{setting: LOST}).create(token, "thing", {})
    elsewhere = Cloud(tmp_path, package, LOST, **{setting: OTHER})
    identity, outputs = elsewhere.create(token, "thing", {})
    assert elsewhere.read(token, "thing", identity, outputs).id == identity


@pytest.mark.parametrize("where", [{"location": LOST}, {"region": LOST}, {"zone": f"{LOST}-b"}])
def test_a_resource_of_google_cloud_names_its_region_or_location(
    tmp_path: Path, where: dict[str, Value]
) -> None:
    cloud = Cloud(tmp_path, "gcp", LOST, region=OTHER)
    token = {
        "location": "gcp:storage/bucket:Bucket",
        "region": "gcp:compute/address:Address",
        "zone": "gcp:compute/instanceGroupNamedPort:InstanceGroupNamedPort",
    }[next(iter(where))]
    named: dict[str, Value] = {"group": "trading", "port": 30080} if "zone" in where else {}
    with pytest.raises(RefusedError, match=SILENT.format("gcp")):
        cloud.create(token, "thing", where | named)


@pytest.mark.parametrize(
    "token",
    [
        "gcp:pubsub/topic:Topic",
        "gcp:compute/backendService:BackendService",
        "gcp:compute/globalAddress:GlobalAddress",
    ],
)
def test_what_google_keeps_in_no_region_is_never_lost(tmp_path: Path, token: str) -> None:
    assert Cloud(tmp_path, "gcp", LOST, region=LOST).create(token, "thing", {})[0]


def test_nothing_is_lost_where_nothing_is_said(tmp_path: Path) -> None:
    assert Cloud(tmp_path, region="").create(VPC, "vpc", NETWORK)[0]
