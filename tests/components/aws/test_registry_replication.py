"""What the registry's replication promises: our images, to the other region, wherever they are pushed."""

from __future__ import annotations

from functools import cache
from typing import Final

import pulumi
from pulumi_aws import ecr

from components.aws.registry import Registry, RegistryArgs
from components.aws.registry_replication import RegistryReplication, RegistryReplicationArgs
from components.naming import Naming
from components.providers import aws_provider
from plan.resource import Plan
from tests.components.aws.kit import ACCOUNT, REGION, deploy, key
from tests.components.aws.support_data import address
from tests.components.kit import before, every, said, the

THERE: Final = "us-west-2"
NAMING: Final = Naming("prod")


@cache
def registries() -> Plan:
    """Both regions' registries, and what sends images from each to the other."""

    def program(here: pulumi.ResourceOptions) -> None:
        provider = aws_provider("there", account=ACCOUNT, region=THERE)
        there = pulumi.ResourceOptions(provider=provider)
        made = {name: registry(name, opts) for name, opts in (("home", here), ("dr", there))}
        for name, other, region, opts in (("home", "dr", THERE, here), ("dr", "home", REGION, there)):
            RegistryReplication(
                f"{name}-replication",
                RegistryReplicationArgs(
                    naming=NAMING, account=ACCOUNT, destination_region=region, after=[made[other]]
                ),
                opts,
            )

    return deploy(program)


def registry(name: str, opts: pulumi.ResourceOptions) -> Registry:
    """A registry of two services."""
    return Registry(
        name,
        RegistryArgs(
            naming=NAMING,
            key_arn=key("data"),
            services=("api", "worker"),
            keep_images=9,
            manage_account_baseline=False,
            protect=True,
        ),
        opts,
    )


def rule(name: str) -> tuple[object, object]:
    """Where the one rule of that region sends what."""
    found = the(registries(), ecr.ReplicationConfiguration, f"{name}-replication-rules")
    rules = ("replicationConfiguration", "rules")
    assert said(found, *rules, 1) is None
    return said(found, *rules, 0, "destinations"), said(found, *rules, 0, "repositoryFilters")


def test_each_region_sends_to_the_other_so_a_switchover_changes_nothing() -> None:
    for name, region in (("home", THERE), ("dr", REGION)):
        destinations, _ = rule(name)
        assert destinations == [{"region": region, "registryId": ACCOUNT}], name


def test_every_repository_of_ours_is_sent_and_none_of_an_environment_that_begins_alike() -> None:
    _, filters = rule("home")
    prefix = "trading-prod-"
    assert filters == [{"filter": prefix, "filterType": "PREFIX_MATCH"}]
    names = [str(said(one, "name")) for one in every(registries(), ecr.Repository)]
    assert len(names) == 4
    assert all(name.startswith(prefix) for name in names)
    assert not "trading-production-api".startswith(prefix)


def test_a_registry_has_one_configuration_because_a_second_would_overwrite_it() -> None:
    found = every(registries(), ecr.ReplicationConfiguration)
    assert len({one.provider for one in found}) == len(found) == 2


def test_images_come_to_repositories_that_stand_already() -> None:
    plan = registries()
    waits = before(plan, the(plan, ecr.ReplicationConfiguration, "home-replication-rules"))
    assert {address(ecr.Repository, f"dr-{service}") for service in ("api", "worker")} <= waits
