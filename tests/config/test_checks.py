"""Rules between settings: each refuses what it is for, says why, and leaves the rest alone."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from config import checks, entry_checks, recovery_checks, size_checks, workload_checks
from config.checks import CHECKS, is_installed
from config.settings import Settings
from config.size_checks import architecture, cores
from tests.config.desk import ADMINS, GOOGLE, Desk

PAGER = {"pager": "pager-key"}
PROD_CLOUD = {
    "provider": "aws",
    "account": "111122223333",
    "region": "eu-west-1",
    "dr_region": "eu-central-1",
    "admin_roles": ADMINS,
}


def test_every_check_is_in_the_list_and_asks_for_sections_only() -> None:
    public = {
        function
        for module in (checks, entry_checks, recovery_checks, size_checks, workload_checks)
        for _, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and str(inspect.signature(function).return_annotation) == "Found"
    }
    assert set(CHECKS) == public
    for check in CHECKS:
        assert set(inspect.signature(check).parameters) <= {*Settings.model_fields, "stack", "installed"}
        assert check.__doc__


def test_a_check_is_not_asked_when_a_section_that_it_needs_is_not_valid() -> None:
    assert checks.run({}) == []
    assert checks.run({"environment": "prod"}) == []


@pytest.mark.parametrize(
    ("cidr", "accepted"),
    [
        ("10.0.0.0/16", True), ("10.255.240.0/20", True), ("172.16.0.0/16", True), ("192.168.0.0/16", True),
        ("100.64.0.0/16", True), ("100.127.0.0/18", True), ("172.31.0.0/16", True),
        ("10.0.0.0/15", False), ("10.0.0.0/21", False), ("100.128.0.0/16", False), ("172.32.0.0/16", False),
        ("192.169.0.0/16", False), ("9.0.0.0/16", False), ("11.0.0.0/16", False), ("0.0.0.0/16", False),
        ("172.20.0.0/16", False), ("172.20.240.0/20", False), ("172.21.0.0/16", True),
    ],
)  # fmt: skip
def test_a_network_is_private_of_usable_size_and_clear_of_services(
    desk: Desk, cidr: str, *, accepted: bool
) -> None:
    def load() -> object:
        return desk.settings(network={"cidr": cidr})

    if accepted:
        load()
    else:
        assert {problem.path for problem in desk.problems(load)} == {"network.cidr"}


def test_the_whole_of_the_internet_reaches_no_api_and_named_networks_do(desk: Desk) -> None:
    desk.settings(cluster={"public_access_cidrs": ["203.0.113.0/24", "198.51.100.7/32"]})
    given = ["203.0.113.0/24", "0.0.0.0/0", "10.0.0.0/8"]
    problems = desk.problems(lambda: desk.settings(cluster={"public_access_cidrs": given}))
    assert [problem.path for problem in problems] == [
        f"cluster.public_access_cidrs[{index}]" for index in (1, 2)
    ]
    assert problems[0].fix.startswith("public_access_cidrs: [203.0.113.0/24, 10.0.0.0/8]")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"cloud": PROD_CLOUD | {"dr_region": None}}, "cloud.dr_region"),
        ({"network": {"zones": 2}}, "network.zones"),
        ({"network": {"nat": "single"}}, "network.nat"),
        ({"protect": False}, "protect"),
        ({"database": {"instances": 1}}, "database.instances"),
        ({"database": {"min_capacity": 0}}, "database.min_capacity"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_dev_may_do_prod_may_not(desk: Desk, changes: dict[str, Any], path: str) -> None:
    desk.settings(
        **({"cloud": PROD_CLOUD, "cache": {"node_type": "cache.m7g.large", "replicas": 1}} | changes)
    )
    problems = desk.problems(
        lambda: desk.settings(**({"environment": "prod", "cloud": PROD_CLOUD, "monitoring": PAGER} | changes))
    )
    assert [problem.path for problem in problems] == [path]
    assert "prod" in problems[0].expected


def test_the_proposed_second_region_is_another_one_on_every_cloud(desk: Desk) -> None:
    guid = "00000000-0000-0000-0000-000000000001"
    for cloud in (
        {"provider": "aws", "account": "111122223333", "region": "sa-east-1", "admin_roles": ADMINS},
        GOOGLE,
        {"provider": "azure", "subscription": guid, "tenant": guid, "region": "uksouth"},
    ):
        (problem,) = desk.problems(
            lambda cloud=cloud: desk.settings(environment="prod", cloud=cloud, monitoring=PAGER)
        )
        proposed = problem.fix.split()[1]
        assert proposed != cloud["region"]
        desk.settings(environment="prod", cloud=cloud | {"dr_region": proposed}, monitoring=PAGER)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("m7g.large", "arm64"), ("t4g.medium", "arm64"), ("c7gn.xlarge", "arm64"), ("r8gd.2xlarge", "arm64"),
        ("im4gn.large", "arm64"), ("a1.large", "arm64"), ("x2gd.medium", "arm64"), ("g5g.xlarge", "arm64"),
        ("m7i.large", "amd64"), ("m7a.large", "amd64"), ("g5.xlarge", "amd64"), ("g4dn.xlarge", "amd64"),
        ("t3.large", "amd64"), ("u-6tb1.metal", "amd64"), ("gr6.4xlarge", "amd64"),
        ("trn1n.32xlarge", "amd64"),
    ],
)  # fmt: skip
def test_graviton_is_told_by_the_g_behind_the_generation(kind: str, expected: str) -> None:
    assert architecture(kind) == expected


def test_pools_of_two_architectures_are_fine_and_one_pool_of_two_is_not(desk: Desk) -> None:
    cluster = {
        "on_demand": {"instance_types": ["m7i.large"]},
        "spot": {"instance_types": ["m7g.large", "m6g.large", "c7g.large"]},
    }
    desk.settings(cluster=cluster)
    both = {"spot": {"instance_types": ["m7i.large", "m7g.large", "m7a.large"]}}
    (problem,) = desk.problems(lambda: desk.settings(cluster=both))
    assert problem.path == "cluster.spot.instance_types"
    assert problem.fix.startswith("instance_types: [m7i.large, m7a.large]")


def test_a_cluster_without_spot_has_one_pool_to_check(desk: Desk) -> None:
    assert desk.settings(cluster={"spot": None}).settings.cluster.spot is None


def test_looking_for_a_package_does_not_import_it() -> None:
    import sys  # noqa: PLC0415 - the test is about this very table

    before = set(sys.modules)
    assert not is_installed("no_such_package_anywhere")
    assert is_installed("xmlrpc")
    assert "xmlrpc" not in set(sys.modules) - before


def test_one_kind_of_spot_machine_is_refused_with_others_of_its_architecture(desk: Desk) -> None:
    (problem,) = desk.problems(lambda: desk.settings(cluster={"spot": {"instance_types": ["m7g.large"]}}))
    assert problem.path == "cluster.spot.instance_types"
    assert problem.fix.startswith("instance_types: [m7g.large, m6g.large, c7g.large]")


def test_a_cluster_that_would_let_nobody_in_is_refused_with_a_role_of_its_account(desk: Desk) -> None:
    cloud = {"provider": "aws", "account": "444455556666", "region": "us-east-1"}
    (problem,) = desk.problems(lambda: desk.settings(cloud=cloud))
    assert problem.path == "cloud.admin_roles"
    assert "arn:aws:iam::444455556666:role/" in problem.fix


@pytest.mark.parametrize(
    ("kind", "count"),
    [("t4g.medium", 2), ("m7g.medium", 1), ("m7g.large", 2), ("r6g.xlarge", 4), ("c7i.4xlarge", 16)],
)
def test_a_machine_type_tells_its_cpus(kind: str, count: int) -> None:
    assert cores(kind) == count
