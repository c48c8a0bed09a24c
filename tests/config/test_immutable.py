"""What a deployed stack cannot change is named with its old value, its new one and what would be lost."""

from __future__ import annotations

from config.immutable import changed, immutable_paths
from config.settings import Settings
from tests.config.desk import ADMINS, GOOGLE, Desk


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
            "admin_roles": [*ADMINS, "arn:aws:iam::111122223333:role/night-shift"],
        },
    ).settings
    assert changed(old, new) == []


def test_the_region_that_is_active_may_change_and_the_second_region_may_not(desk: Desk) -> None:
    cloud = {"provider": "aws", "account": "111122223333", "region": "us-east-1", "admin_roles": ADMINS}

    def settings(**more: str) -> Settings:
        return desk.settings(environment="staging", cloud=cloud | more).settings

    both = settings(dr_region="us-west-2")
    assert changed(both, settings(dr_region="us-west-2", active_region="us-west-2")) == []
    for other in (settings(), settings(dr_region="us-east-2")):
        (problem,) = changed(both, other)
        assert problem.path == "cloud.dr_region"
        assert "database" in problem.why


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
            {
                "account": "222233334444",
                "region": "us-west-2",
                "dr_region": "us-east-1",
                "admin_roles": ADMINS,
            },
        ),
        "gcp": (
            GOOGLE | {"region": "us-east1"},
            GOOGLE
            | {
                "project": "trading-2",
                "project_number": "234567890123",
                "region": "us-west1",
                "dr_region": "us-east1",
                "generation": 2,
            },
        ),
        "azure": (
            {"subscription": guid, "tenant": guid, "region": "eastus"},
            {"subscription": other, "tenant": other, "region": "westus2", "dr_region": "eastus"},
        ),
    }
    for provider, (before, after) in clouds.items():
        old = desk.settings(cloud={"provider": provider} | before).settings
        new = desk.settings(
            environment="staging",
            cloud={"provider": provider} | after,
            network={"cidr": "10.99.0.0/16", "dr_cidr": "10.98.0.0/16", "zones": 3},
            access={"client_cidr": "10.120.0.0/21"},
        ).settings
        found = {problem.path for problem in changed(old, new)}
        assert found == {".".join(map(str, path)) for path, _ in immutable_paths(provider)} - {
            "cloud.provider"
        }


def test_another_cloud_is_one_problem(desk: Desk) -> None:
    old = desk.settings().settings
    new = desk.settings(cloud=GOOGLE).settings
    assert [problem.path for problem in changed(old, new)] == ["cloud.provider"]
