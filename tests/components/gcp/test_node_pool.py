"""What a pool of machines promises: hardened, private, and honest about what may be taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pulumi_gcp import container

from components.gcp.node_pool import CAPACITY_LABEL, disk_type, one_type_each
from config.sections import NodePool
from plan.resource import Resource
from tests.components.gcp.kit import REGION, key, machines
from tests.components.gcp.support_cluster import DEV, PROD, Shape, cluster
from tests.components.kit import every, said, sources, the

STEADY = "cluster-on-demand-pool"


def pools(shape: Shape) -> list[Resource]:
    """Google's pools: the first are the machines that stay."""
    return every(cluster(shape), container.NodePool)


def steady(shape: Shape) -> Resource:
    """The pool of the machines that stay."""
    return the(cluster(shape), container.NodePool, STEADY)


def spot(shape: Shape) -> list[Resource]:
    """The pools of the machines that may be taken back."""
    return [one for one in pools(shape) if one.name != STEADY]


def test_a_pod_cannot_take_its_machines_credentials() -> None:
    for pool in pools(PROD):
        assert said(pool, "nodeConfig", "workloadMetadataConfig", "mode") == "GKE_METADATA"
        assert said(pool, "nodeConfig", "metadata", "disable-legacy-endpoints") == "true"
        assert said(pool, "nodeConfig", "kubeletConfig", "insecureKubeletReadonlyPortEnabled") == "FALSE"


def test_machines_have_no_public_address_and_start_only_what_google_signed() -> None:
    for pool in pools(PROD):
        assert said(pool, "networkConfig", "enablePrivateNodes") is True
        assert said(pool, "nodeConfig", "shieldedInstanceConfig") == {
            "enableSecureBoot": True,
            "enableIntegrityMonitoring": True,
        }
        assert said(pool, "nodeConfig", "imageType") == "COS_CONTAINERD"


def test_disks_are_encrypted_with_our_key_and_machines_are_the_clusters_own_account() -> None:
    plan = cluster(PROD)
    for pool in pools(PROD):
        assert said(pool, "nodeConfig", "bootDiskKmsKey") == key("data")
        assert said(pool, "nodeConfig", "diskSizeGb") == 50
        assert sources(plan, pool, "nodeConfig") == {"cluster-nodes-account"}
        assert sources(plan, pool, "cluster") == {"cluster-control-plane"}


def test_machines_stand_in_every_zone_of_the_cluster() -> None:
    for pool in pools(PROD):
        assert said(pool, "nodeLocations") == [f"{REGION}-{letter}" for letter in "abc"]


def test_only_what_says_so_runs_on_machines_that_may_be_taken_back() -> None:
    for pool in spot(PROD):
        assert said(pool, "nodeConfig", "spot") is True
        assert said(pool, "nodeConfig", "taints") == [
            {"key": CAPACITY_LABEL, "value": "spot", "effect": "NO_SCHEDULE"}
        ]
        assert said(pool, "nodeConfig", "labels") == {CAPACITY_LABEL: "spot"}
        assert said(pool, "autoscaling", "locationPolicy") == "ANY"
    assert said(steady(PROD), "nodeConfig", "spot") is False
    assert said(steady(PROD), "nodeConfig", "taints") is None
    assert said(steady(PROD), "nodeConfig", "labels") == {CAPACITY_LABEL: "on-demand"}
    assert said(steady(PROD), "autoscaling", "locationPolicy") == "BALANCED"


def test_each_spot_type_has_a_pool_and_together_they_keep_the_ceiling() -> None:
    """A shortage of one type leaves the others, and the bill is what the settings say."""
    found = {str(said(pool, "nodeConfig", "machineType")): pool for pool in spot(PROD)}
    assert set(found) == {"e2-standard-4", "n2-standard-2", "t2d-standard-4"}
    scaling: list[Any] = [said(pool, "autoscaling") for pool in found.values()]
    assert sum(one["totalMaxNodeCount"] for one in scaling) == 8
    assert sum(one["totalMinNodeCount"] for one in scaling) == 1
    assert said(found["e2-standard-4"], "autoscaling", "totalMinNodeCount") == 1, "the first choice"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 3, [(0, 1), (0, 1), (0, 1)]),
        (2, 2, [(1, 1), (1, 1)]),
        (4, 10, [(2, 4), (1, 3), (1, 3)]),
        (0, 1, [(0, 1)]),
    ],
)
def test_the_first_choices_get_what_does_not_divide_evenly(
    low: int, high: int, expected: list[tuple[int, int]]
) -> None:
    shares = one_type_each(machines("a-1", "b-1", "c-1", low=low, high=high))
    assert [(one.min, one.max) for one in shares] == expected


def test_a_type_that_is_named_twice_has_one_pool() -> None:
    assert len(one_type_each(machines("a-1", "a-1", low=0, high=4))) == 1


def test_the_number_of_machines_belongs_to_the_autoscaler() -> None:
    for pool in pools(PROD):
        assert set(pool.options.ignore_changes) == {"nodeCount", "initialNodeCount"}
    limits: Any = said(steady(PROD), "autoscaling")
    assert (limits["totalMinNodeCount"], limits["totalMaxNodeCount"]) == (2, 6)


@pytest.mark.parametrize(
    ("low", "high", "first"), [(2, 6, 1), (4, 9, 2), (0, 3, 0), (2, 2, 0), (5, 5, 1), (1, 3, 1)]
)
def test_a_pool_is_born_with_its_least_and_never_with_more_than_its_most(
    low: int, high: int, first: int
) -> None:
    pool = steady(replace(DEV, on_demand=machines("n2-standard-4", low=low, high=high)))
    assert said(pool, "initialNodeCount") == first
    assert first * 3 <= high


def name(settings: NodePool) -> object:
    """What the pool of these machines is called."""
    return said(steady(replace(DEV, on_demand=settings, spot=None)), "name")


def test_another_kind_of_machine_is_another_pool_beside_the_old_one() -> None:
    """Under the old name the old pool would have to go first, with all that runs on it."""
    old = machines("n2-standard-4", low=2, high=6)
    assert name(old) != name(machines("n2-standard-8", low=2, high=6))
    assert name(old) != name(NodePool(instance_types=("n2-standard-4",), min=2, max=6, disk_gib=51))
    assert len(str(name(old))) <= 40


def test_more_machines_of_the_same_kind_are_the_same_pool() -> None:
    assert name(machines("n2-standard-4", low=2, high=6)) == name(machines("n2-standard-4", low=3, high=9))


def test_no_two_pools_of_a_cluster_have_one_name() -> None:
    names = [said(pool, "name") for pool in pools(PROD)]
    assert len(set(names)) == len(names) == 4


def test_an_ill_machine_is_replaced_and_an_update_adds_one_before_it_takes_one() -> None:
    for pool in pools(PROD):
        assert said(pool, "management") == {"autoRepair": True, "autoUpgrade": True}
    assert said(steady(PROD), "upgradeSettings") == {
        "strategy": "SURGE",
        "maxSurge": 1,
        "maxUnavailable": 0,
    }
    for pool in spot(PROD):
        assert said(pool, "upgradeSettings", "maxUnavailable") == 1


def test_a_pool_that_goes_lets_the_services_keep_their_copies() -> None:
    for pool in pools(PROD):
        assert said(pool, "nodeDrainConfigs") == [{"respectPdbDuringNodePoolDeletion": True}]


@pytest.mark.parametrize(
    ("machine_type", "expected"),
    [
        ("e2-standard-2", "pd-balanced"),
        ("n2d-standard-4", "pd-balanced"),
        ("t2a-standard-4", "pd-balanced"),
        ("c3-standard-4", "pd-balanced"),
        ("n4-standard-4", "hyperdisk-balanced"),
        ("c4a-standard-4", "hyperdisk-balanced"),
        ("n4a-standard-4", "hyperdisk-balanced"),
    ],
)
def test_a_machine_gets_a_disk_that_its_family_takes(machine_type: str, expected: str) -> None:
    assert disk_type(machine_type) == expected


@pytest.mark.parametrize(
    ("machine_type", "expected"),
    [("n2-standard-4", None), ("c4a-standard-4", "NONE"), ("t2a-standard-4", "NONE")],
)
def test_pods_need_not_say_that_they_run_on_arm(machine_type: str, expected: str | None) -> None:
    """Google keeps pods off Arm machines, which here would leave them none."""
    pool = steady(replace(DEV, on_demand=machines(machine_type), spot=None))
    assert said(pool, "nodeConfig", "taintConfig", "architectureTaintBehavior") == expected


def test_a_pool_of_two_types_that_stay_is_refused_with_a_line_that_fixes_it() -> None:
    with pytest.raises(ValueError, match=r"2 machine types \(n2-standard-4, e2-standard-4\).*on_demand"):
        cluster(replace(DEV, on_demand=machines("n2-standard-4", "e2-standard-4")))
