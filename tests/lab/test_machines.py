"""Simulated machines, and how they behave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.aws import node_pool as aws
from components.gcp import node_pool as gcp
from lab import machines
from lab.kubernetes import Kubernetes
from lab.machines import STAGES, ZONES, Machines, add_machines, is_ready, remove_machine
from tests.lab.api_server import ApiServer, Asked, serving

READY = {"conditions": [{"type": "Ready", "status": "True"}]}


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with serving() as found:
        yield found


@pytest.fixture
def client(server: ApiServer, tmp_path: Path) -> Kubernetes:
    return Kubernetes(server.kubeconfig(tmp_path))


@pytest.fixture
def kwok(server: ApiServer) -> None:
    """Makes every machine ready once it is asked for."""

    def ready(asked: Asked) -> None:
        for path, found in server.objects.items():
            if asked.method == "GET" and "/nodes/" in path:
                found["status"] = {**found["status"], **READY}

    server.refuse = ready


def nodes(server: ApiServer) -> list[dict[str, Any]]:
    return [asked.body for asked in server.writes() if asked.body["kind"] == "Node"]


def test_the_label_and_the_taint_are_those_of_the_clouds() -> None:
    assert machines.CAPACITY_LABEL == aws.CAPACITY_LABEL == gcp.CAPACITY_LABEL


@pytest.mark.usefixtures("kwok")
def test_a_pool_has_as_many_machines_in_each_zone_each_with_an_address_of_its_own(
    client: Kubernetes, server: ApiServer
) -> None:
    assert len(add_machines(client, Machines(each=2))) == 2 * len(ZONES)
    add_machines(client, Machines(name="more", each=100))
    made = nodes(server)
    zones = [node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in made]
    assert {zone: zones.count(zone) for zone in zones} == dict.fromkeys(ZONES, 102)
    addresses = [node["status"]["addresses"][0]["address"] for node in made]
    assert len(set(addresses)) == len(made)


@pytest.mark.usefixtures("kwok")
def test_only_what_tolerates_it_comes_onto_a_spot_machine(client: Kubernetes, server: ApiServer) -> None:
    add_machines(client, Machines(name="spot", spot=True))
    add_machines(client, Machines(name="steady"))
    for node in nodes(server):
        spot = node["metadata"]["name"].startswith("spot")
        capacity = "spot" if spot else "on-demand"
        assert node["metadata"]["labels"]["trading-platform/capacity"] == capacity
        taint = {"key": "trading-platform/capacity", "value": "spot", "effect": "NoSchedule"}
        assert node["spec"]["taints"] == ([taint] if spot else [])


@pytest.mark.usefixtures("kwok")
def test_machines_that_are_there_are_not_made_again(client: Kubernetes, server: ApiServer) -> None:
    assert add_machines(client, Machines()) == add_machines(client, Machines())
    assert len(nodes(server)) == len(ZONES)


def test_machines_that_never_become_ready_are_not_waited_for_for_ever(client: Kubernetes) -> None:
    with pytest.raises(TimeoutError, match="3 simulated machines are ready"):
        add_machines(client, Machines(), wait=0.3)


def test_what_ran_on_a_machine_is_lost_with_it(client: Kubernetes, server: ApiServer) -> None:
    server.objects["/api/v1/nodes/a"] = {"metadata": {"name": "a", "uid": "1"}}
    pod = {"name": "web", "namespace": "trading", "uid": "2"}
    server.objects["/api/v1/namespaces/trading/pods/web"] = {"metadata": pod}
    server.objects["/api/v1/pods/web"] = {"metadata": pod}  # how a list over all namespaces finds it
    remove_machine(client, "a")
    assert list(server.objects) == ["/api/v1/pods/web"]
    assert server.writes()[-1].body["gracePeriodSeconds"] == 0


@pytest.mark.parametrize(
    ("thing", "ready"),
    [
        ({"metadata": {}, "status": READY}, True),
        ({"metadata": {}, "status": {"conditions": [{"type": "Ready", "status": "False"}]}}, False),
        ({"metadata": {}}, False),
        ({"metadata": {"deletionTimestamp": "now"}, "status": READY}, False),
        (
            {
                "metadata": {},
                "status": READY,
                "spec": {"taints": [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]},
            },
            False,
        ),
    ],
)
def test_ready_is_what_can_be_used(thing: dict[str, Any], *, ready: bool) -> None:
    assert is_ready(thing) is ready


def test_each_stage_acts_on_what_the_lab_has_and_leaves_alone_what_is_on_its_way_out() -> None:
    stages = {
        stage["metadata"]["name"]: stage for stage in yaml.safe_load_all(STAGES.read_text(encoding="utf-8"))
    }
    assert {stage["spec"]["resourceRef"]["kind"] for stage in stages.values()} == {"Node", "Pod"}
    for name in ("pod-starts", "pod-of-a-job-ends"):
        wanted = stages[name]["spec"]["selector"]["matchExpressions"]
        assert {"key": ".metadata.deletionTimestamp", "operator": "DoesNotExist"} in wanted
    assert stages["pod-ends"]["spec"]["next"] == {"delete": True}
