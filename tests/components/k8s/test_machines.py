from __future__ import annotations

from typing import Any

import pytest
from pulumi import ResourceOptions

from components.aws.node_pool import CAPACITY_LABEL
from components.contracts import Machines as CloudMachines
from components.k8s.machines import CAPACITY, Machines, MachinesArgs, Pool
from components.k8s.quiet_hours import busy_windows
from plan.resource import Plan
from tests.components.k8s.support import LABELS, deploy, the
from tests.components.kit import before

CLASS = {"role": "machines"}


def planned(*, standing: int = 2, spot: bool = True) -> Plan:
    args = MachinesArgs(
        labels=LABELS,
        cloud=CloudMachines(node_class=CLASS, settings={}, architecture="arm64", standing=standing),
        on_demand=Pool(instance_types=["m7g.large"], machines=6, cores=2),
        spot=Pool(instance_types=["m7g.large", "m6g.large"], machines=20, cores=2) if spot else None,
        busy=busy_windows(["XNYS"]),
    )
    return deploy(lambda provider: Machines("machines", args, ResourceOptions(provider=provider)))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned()


def pool(plan: Plan, capacity: str) -> dict[str, Any]:
    return the(plan, "NodePool", f"machines-{capacity}")["spec"]


def wanted(plan: Plan, capacity: str) -> dict[str, list[str]]:
    spec = pool(plan, capacity)["template"]["spec"]
    return {one["key"]: one["values"] for one in spec["requirements"]}


def test_the_machines_that_stand_count_towards_the_most(plan: Plan) -> None:
    assert pool(plan, "on-demand")["limits"] == {"nodes": "4", "cpu": "8"}
    assert pool(plan, "spot")["limits"] == {"nodes": "20", "cpu": "40"}


def test_no_machine_is_made_where_all_that_are_allowed_stand_already() -> None:
    found = planned(standing=6, spot=False)
    assert not found.of_type("kubernetes:karpenter.sh/v1:NodePool")


def test_what_may_be_taken_back_is_only_for_who_says_so(plan: Plan) -> None:
    spot, standing = (pool(plan, capacity)["template"] for capacity in ("spot", "on-demand"))
    assert spot["spec"]["taints"] == [{"key": CAPACITY, "value": "spot", "effect": "NoSchedule"}]
    assert "taints" not in standing["spec"]
    assert spot["metadata"]["labels"] == {CAPACITY: "spot"}
    assert wanted(plan, "spot")["karpenter.sh/capacity-type"] == ["spot"]
    assert wanted(plan, "on-demand")["karpenter.sh/capacity-type"] == ["on-demand"]


def test_the_label_is_that_of_the_managed_group() -> None:
    assert CAPACITY == CAPACITY_LABEL


def test_machines_are_of_the_kind_that_the_services_are_built_for(plan: Plan) -> None:
    assert wanted(plan, "spot")["kubernetes.io/arch"] == ["arm64"]
    assert wanted(plan, "spot")["node.kubernetes.io/instance-type"] == ["m7g.large", "m6g.large"]


def test_through_market_hours_no_machine_is_taken_to_save_money_or_to_renew_it(plan: Plan) -> None:
    always, kept = pool(plan, "on-demand")["disruption"]["budgets"]
    assert always == {"nodes": "10%"}
    assert kept["nodes"] == "0"
    assert set(kept["reasons"]) == {"Drifted", "Underutilized"}
    assert (kept["schedule"], kept["duration"]) == ("0 13 * * 1-5", "8h30m")


def test_no_machine_expires_because_that_asks_no_budget(plan: Plan) -> None:
    for capacity in ("on-demand", "spot"):
        assert pool(plan, capacity)["template"]["spec"]["expireAfter"] == "Never"


def test_a_pool_uses_the_class_and_waits_for_it(plan: Plan) -> None:
    assert the(plan, "EC2NodeClass")["spec"] == CLASS
    reference = pool(plan, "spot")["template"]["spec"]["nodeClassRef"]
    assert reference == {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "default"}
    for one in plan.of_type("kubernetes:karpenter.sh/v1:NodePool"):
        assert ("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", "machines-class") in before(plan, one)
