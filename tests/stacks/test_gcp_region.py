"""One Google region as a stack composes it: the rooms fit, and the twin is the same rooms."""

from __future__ import annotations

import ipaddress
from collections import Counter
from typing import Any

import pytest

from components import contracts
from components.base import Part
from components.gcp.alerts import Alerts
from components.gcp.cache import Cache
from components.gcp.cluster import Cluster
from components.gcp.database import Database
from components.gcp.dns import Dns
from components.gcp.edge import Edge
from components.gcp.identity import Identity
from components.gcp.keys import Keys
from components.gcp.network import Network
from components.gcp.operators import Operators
from components.gcp.registry import Registry
from components.gcp.secret_store import SecretStore
from components.gcp.storage import Storage
from plan.resource import Plan, Resource
from tests.components.kit import before, sources
from tests.support import GCP_STACKS, planned, pods_at_rest, said

ROOMS = [
    Alerts, Cache, Cluster, Database, Dns, Edge, Identity, Keys, Network, Operators, Registry, SecretStore,
    Storage,
]  # fmt: skip
SQL = "gcp:sql/databaseInstance:DatabaseInstance"
CACHE = "gcp:memorystore/instance:Instance"


def of_region(plan: Plan, place: str, *types: str) -> list[Resource]:
    """The resources of these types in the region that is ``home`` or ``dr``."""
    return [found for found in plan.of_type(*types) if found.name.startswith(f"gcp-{place}-")]


def the(plan: Plan, place: str, kind: str) -> Any:
    (found,) = of_region(plan, place, kind)
    return said(found)


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_gives_all_that_its_contract_promises(room: type[Part]) -> None:
    """The type checker holds the types; this holds the names, and that the engine is told of them."""
    contract = getattr(contracts, f"{room.__name__}Outputs")
    assert contract.__annotations__.keys() <= room.__annotations__.keys()


@pytest.mark.parametrize("stack", GCP_STACKS)
def test_every_provider_is_of_the_one_project_and_counts_its_calls_there(stack: str) -> None:
    providers = [said(found) for found in planned(stack).of_type("pulumi:providers:gcp")]
    assert len({found["project"] for found in providers}) == 1
    for found in providers:
        assert found["billingProject"] == found["project"]
        assert found["userProjectOverride"] == "true"


def test_objects_reach_the_cluster_by_a_kubeconfig_that_a_new_login_does_not_replace() -> None:
    plan = planned("dev-gcp")
    (provider,) = plan.of_type("pulumi:providers:kubernetes")
    (cluster,) = plan.of_type("gcp:container/cluster:Cluster")
    assert provider.property_dependencies["kubeconfig"] == (cluster.urn,)
    assert said(provider)["clusterIdentifier"] == said(cluster)["name"]


def test_the_twin_has_every_kind_of_thing_that_home_has() -> None:
    plan = planned("prod-gcp")

    def kinds(place: str) -> Counter[str]:
        return Counter(found.type for found in plan if found.name.startswith(f"gcp-{place}-"))

    assert {kind for kind in kinds("home") if kind not in kinds("dr")} == {
        "gcp:compute/globalAddress:GlobalAddress",  # one address leads to both
        "gcp:dns/dnsManagedZoneIamMember:DnsManagedZoneIamMember",
        "gcp:gkebackup/restorePlan:RestorePlan",
        "gcp:secretmanager/secretIamMember:SecretIamMember",  # identities are the project's
        "gcp:sql/database:Database",  # a copy has the original's
        "gcp:sql/user:User",
        "trading-platform:gcp:Identity",
        "trading-platform:gcp:OperatorAccounts",
    }
    assert not [kind for kind in kinds("dr") if kind not in kinds("home")]


def test_the_two_regions_share_a_network_and_no_address() -> None:
    plan = planned("prod-gcp")
    assert len(plan.of_type("gcp:compute/network:Network")) == 1
    ranges = {
        place: [
            ipaddress.IPv4Network(cidr)
            for subnet in of_region(plan, place, "gcp:compute/subnetwork:Subnetwork")
            for cidr in (
                said(subnet)["ipCidrRange"],
                *(more["ipCidrRange"] for more in said(subnet).get("secondaryIpRanges", [])),
            )
        ]
        for place in ("home", "dr")
    }
    assert len(ranges["home"]) == len(ranges["dr"]) == 6
    for place, own in (("home", "10.48.0.0/16"), ("dr", "10.49.0.0/16")):
        assert all(found.subnet_of(ipaddress.IPv4Network(own)) for found in ranges[place])


@pytest.mark.parametrize("place", ["home", "dr"])
def test_each_store_is_encrypted_with_its_own_regions_key_which_it_may_use(place: str) -> None:
    plan = planned("prod-gcp")
    stores = {SQL: "encryptionKeyName", CACHE: "kmsKey"}
    for kind, field in stores.items():
        for store in of_region(plan, place, kind):
            keys = {name for name in sources(plan, store, field) if not name.endswith("googleapis")}
            assert f"gcp-project-{place}-keys-data" in keys, store.name
            waits = {name for _, name in before(plan, store)}
            agent = "sqladmin" if kind == SQL else "memorystore"
            assert f"gcp-project-{place}-keys-data-{agent}" in waits, "the grant to who encrypts"


def test_the_twins_database_follows_homes_and_has_no_users_of_its_own() -> None:
    plan = planned("prod-gcp")
    (twin,) = of_region(plan, "dr", SQL)
    assert sources(plan, twin, "masterInstanceName") == {"gcp-home-database-instance"}
    assert not of_region(plan, "dr", "gcp:sql/user:User", "gcp:sql/database:Database")


def test_the_prod_twin_is_warm_machines_database_and_pods_stand_ready() -> None:
    plan = planned("prod-gcp")
    (pool,) = [
        said(found)
        for found in of_region(plan, "dr", "gcp:container/nodePool:NodePool")
        if "on-demand" in found.name
    ]
    assert pool["autoscaling"]["totalMinNodeCount"] == 3
    assert the(plan, "dr", SQL)["settings"]["availabilityType"] == "REGIONAL"
    assert pods_at_rest(plan) == {"api": 1, "dashboard": 1, "worker": 1}


def test_a_service_is_one_identity_in_both_regions_and_has_rights_of_its_own_in_each() -> None:
    plan = planned("prod-gcp")
    accounts = plan.of_type("kubernetes:core/v1:ServiceAccount")
    names = {said(found)["metadata"]["name"] for found in accounts}
    assert len(accounts) == 2 * len(names)
    assert len({str(said(found)["metadata"]["annotations"]) for found in accounts}) == len(names)
    for place in ("home", "dr"):
        rights = of_region(plan, place, "gcp:projects/iAMMember:IAMMember")
        mine = [said(found) for found in rights if "-store-access-" in found.name]
        assert {right["role"] for right in mine} >= {
            "roles/cloudsql.instanceUser",
            "roles/memorystore.dbConnectionUser",
        }
        assert all(right["condition"] for right in mine)
