"""What dev, staging and prod mean, and what they promise to the policies and to each other."""

from __future__ import annotations

import ipaddress
from fnmatch import fnmatch
from itertools import combinations
from typing import get_args

import pytest

from config import environments
from config.checks import SERVICE_CIDR
from config.environments import PROVIDERS, Profile, Provider, profile
from config.settings import Environment, Settings
from config.size_checks import architecture
from tests.config.desk import ADMINS, GOOGLE, Desk

ENVIRONMENTS = get_args(Environment)
EVERYWHERE = pytest.mark.parametrize(
    ("environment", "provider"), [(e, p) for e in ENVIRONMENTS for p in PROVIDERS]
)


@EVERYWHERE
def test_each_profile_is_complete_and_typed(environment: Environment, provider: Provider) -> None:
    assert isinstance(profile(environment, provider), Profile)


def test_a_profile_fills_what_settings_ask_for_and_a_person_need_not_know() -> None:
    said = {"environment", "cloud", "domain", "services", "budget", "alerts"}
    assert set(Settings.model_fields) - set(Profile.model_fields) == said


@EVERYWHERE
def test_a_stack_file_of_the_least_size_loads(
    desk: Desk, environment: Environment, provider: Provider
) -> None:
    guid = "00000000-0000-0000-0000-000000000001"
    cloud = {
        "aws": {
            "account": "111122223333",
            "region": "us-east-1",
            "dr_region": "us-west-2",
            "admin_roles": ADMINS,
        },
        "gcp": GOOGLE | {"dr_region": "us-east1"},
        "azure": {"subscription": guid, "tenant": guid, "region": "eastus", "dr_region": "westus2"},
    }[provider]
    if environment == "dev":
        del cloud["dr_region"]  # dev is thrown away, not rescued
    told = {"monitoring": {"pager": "pager-key"}} if environment == "prod" else {}  # somebody has to wake
    loaded = desk.settings(environment=environment, cloud={"provider": provider} | cloud, **told)
    assert loaded.settings.network == profile(environment, provider).network


def test_the_ranges_of_environments_are_apart_and_clear_of_services() -> None:
    profiles = [profile(environment, "aws") for environment in ENVIRONMENTS]
    ranges = [
        ipaddress.IPv4Network(cidr)
        for found in profiles
        for cidr in (found.network.cidr, found.network.dr_cidr, found.access.client_cidr)
    ]
    ranges.append(ipaddress.IPv4Network(SERVICE_CIDR))
    assert not [pair for pair in combinations(ranges, 2) if pair[0].overlaps(pair[1])]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_aws_machines_are_graviton_and_there_is_a_choice_of_spot(environment: Environment) -> None:
    cluster = profile(environment, "aws").cluster
    assert cluster.spot
    assert len(set(cluster.spot.instance_types)) >= 3
    kinds = cluster.on_demand.instance_types + cluster.spot.instance_types
    assert {architecture(kind) for kind in kinds} == {"arm64"}


@EVERYWHERE
def test_pools_stay_inside_the_cost_policies(environment: Environment, provider: Provider) -> None:
    most = {"dev": 3, "staging": 6, "prod": 30}[environment]
    families = {
        "dev": ["t4g*", "e2-*", "Standard_B*"],
        "staging": ["t4g*", "m7g*", "e2-*", "n2-*", "Standard_B*", "Standard_D2*"],
        "prod": ["*"],
    }[environment]
    cluster = profile(environment, provider).cluster
    for pool in (cluster.on_demand, cluster.spot):
        assert pool
        assert pool.min <= pool.max <= most
        assert all(any(fnmatch(kind, family) for family in families) for kind in pool.instance_types)


def test_nothing_shrinks_on_the_way_to_prod() -> None:
    dev, staging, prod = (profile(environment, "aws") for environment in ENVIRONMENTS)
    for low, high in ((dev, staging), (staging, prod)):
        assert low.network.zones <= high.network.zones
        assert low.database.instances < high.database.instances
        assert low.database.backup_days < high.database.backup_days
        assert low.database.units < high.database.units
        assert low.cluster.log_retention_days < high.cluster.log_retention_days
        assert low.protect <= high.protect
        assert low.storage.audit_days <= high.storage.audit_days


def test_prod_keeps_what_auditors_ask_for() -> None:
    prod = profile("prod", "aws")
    assert prod.protect
    assert prod.network.nat == "per-zone"
    assert prod.network.interface_endpoints
    assert prod.keys.deletion_days == 30
    assert prod.cluster.log_retention_days >= 365


def test_no_environment_opens_its_api_or_turns_flow_logs_off() -> None:
    for environment in ENVIRONMENTS:
        found = profile(environment, "aws")
        assert found.cluster.public_access_cidrs == ()
        assert found.network.flow_logs


def test_the_table_fits_on_a_screen() -> None:
    assert environments.__file__
    with open(environments.__file__, encoding="utf-8") as file:  # noqa: PTH123 - a module's own path
        lines = file.read().splitlines()
    first = next(number for number, text in enumerate(lines) if "dev   " in text and "staging" in text)
    last = next(number for number, text in enumerate(lines) if '"market.calendars"' in text)
    assert last - first < 40
