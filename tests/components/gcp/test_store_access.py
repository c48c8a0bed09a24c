"""What rights over stores promise: a service enters its own regions' stores, and is nobody to any other."""

from __future__ import annotations

from pulumi_gcp import projects

from tests.components.gcp.kit import ELSEWHERE, REGION, SERVICES
from tests.components.gcp.support_identity import database, email, platform, store
from tests.components.kit import every, said


def over_the_project(service: str) -> set[tuple[object, object]]:
    """A service's roles, each with its condition."""
    return {
        (said(one, "role"), said(one, "condition", "expression"))
        for one in every(platform(), projects.IAMMember)
        if said(one, "member") == f"serviceAccount:{email(service)}"
    }


def in_database(region: str) -> set[tuple[object, object]]:
    """What lets a service into a region's database."""
    only = f'resource.type == "sqladmin.googleapis.com/Instance" && resource.name == "{database(region)}"'
    return {("roles/cloudsql.client", only), ("roles/cloudsql.instanceUser", only)}


def test_a_service_enters_the_two_databases_and_the_two_caches_and_nothing_else() -> None:
    caches = {
        ("roles/memorystore.dbConnectionUser", f'resource.name == "{store(region)}"')
        for region in (REGION, ELSEWHERE)
    }
    assert over_the_project("api") == in_database(REGION) | in_database(ELSEWHERE) | caches


def test_a_service_that_asked_for_no_cache_enters_none() -> None:
    assert over_the_project("worker") == in_database(REGION) | in_database(ELSEWHERE)


def test_no_right_of_a_service_is_over_the_whole_project() -> None:
    for service in SERVICES:
        assert all(condition for _, condition in over_the_project(service))
