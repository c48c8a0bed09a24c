"""What a deployed stack cannot change is named with its old value, its new one and what would be lost."""

from __future__ import annotations

from config.immutable import changed, immutable_paths
from tests.config.desk import ADMINS, Desk


def test_nothing_changed_is_no_problem(desk: Desk) -> None:
    settings = desk.settings().settings
    assert changed(settings, settings) == []


def test_what_may_change_is_no_problem(desk: Desk) -> None:
    old = desk.settings().settings
    new = desk.settings(
        domain="new.example.com",
        protect=True,
        cluster={"version": "1.36", "on_demand": {"max": 2}},
        cloud={
            "provider": "aws",
            "account": "111122223333",
            "region": "us-east-1",
            "dr_region": "us-west-2",
            "admin_roles": ADMINS,
        },
    ).settings
    assert changed(old, new) == []


def test_a_new_range_names_old_and_new_and_what_would_be_replaced(desk: Desk) -> None:
    (problem,) = changed(desk.settings().settings, desk.settings(network={"cidr": "10.99.0.0/16"}).settings)
    assert problem.path == "network.cidr"
    assert problem.given == "10.16.0.0/16 -> 10.99.0.0/16"
    assert "database" in problem.why
    assert problem.fix == "cidr: 10.16.0.0/16  # in trading-platform:network"


def test_every_immutable_field_of_each_cloud_is_found_when_it_changes(desk: Desk) -> None:
    guid, other = (f"00000000-0000-0000-0000-00000000000{number}" for number in (1, 2))
    clouds = {
        "aws": (
            {"account": "111122223333", "region": "us-east-1", "admin_roles": ADMINS},
            {"account": "222233334444", "region": "us-west-2", "admin_roles": ADMINS},
        ),
        "gcp": (
            {"project": "trading-1", "region": "us-east1"},
            {"project": "trading-2", "region": "us-west1"},
        ),
        "azure": (
            {"subscription": guid, "tenant": guid, "region": "eastus"},
            {"subscription": other, "tenant": other, "region": "westus2"},
        ),
    }
    for provider, (before, after) in clouds.items():
        old = desk.settings(cloud={"provider": provider} | before).settings
        new = desk.settings(
            environment="staging",
            cloud={"provider": provider} | after,
            network={"cidr": "10.99.0.0/16", "zones": 3},
        ).settings
        found = {problem.path for problem in changed(old, new)}
        assert found == {".".join(map(str, path)) for path, _ in immutable_paths(provider)} - {
            "cloud.provider"
        }


def test_another_cloud_is_one_problem(desk: Desk) -> None:
    old = desk.settings().settings
    new = desk.settings(cloud={"provider": "gcp", "project": "trading-1", "region": "us-east1"}).settings
    assert [problem.path for problem in changed(old, new)] == ["cloud.provider"]
