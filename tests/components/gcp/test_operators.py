"""What a Google region tells its operators: names, disks, backups and the door, each region its own."""

from __future__ import annotations

import re

import pytest

from components.gcp.edge import GATEWAY_PORT
from components.gcp.firewall import FRONT_ENDS, PEOPLE
from components.gcp.identity import BACKUPS
from components.gcp.ranges import Ranges
from tests.components.gcp.kit import CIDR, ELSEWHERE, PROJECT, REGION, TAGS, key
from tests.components.gcp.support_operators import (
    BUCKET,
    CLUSTERS,
    DOMAIN,
    HEALTH_PATH,
    ONE,
    OTHER_CIDR,
    TWO,
    ZONE,
    Shape,
    accounts,
    operators,
    told,
)


def test_both_regions_operators_are_the_same_identities() -> None:
    marks = accounts(TWO)["service_account_annotations"]
    for region in (REGION, ELSEWHERE):
        assert told(TWO, region)["service_account_annotations"] == marks


def test_secrets_are_read_from_the_project_by_whoever_the_pod_is() -> None:
    assert told()["secret_provider"] == {"gcpsm": {"projectID": PROJECT}}


def test_machines_are_not_karpenters_where_node_pools_scale_by_themselves() -> None:
    assert told().get("machines") is None
    assert "karpenter" not in told()["values"]


@pytest.mark.parametrize(
    ("machine_type", "disk"),
    [
        ("n2-standard-4", "pd-balanced"),
        ("e2-standard-2", "pd-balanced"),
        ("n4-standard-4", "hyperdisk-balanced"),
    ],
)
def test_a_pods_disk_is_one_that_the_machines_take_under_the_regions_own_key(
    machine_type: str, disk: str
) -> None:
    volumes = told(Shape(machine_type=machine_type))["volumes"]
    assert volumes["provisioner"] == "pd.csi.storage.gke.io"
    assert volumes["parameters"]["type"] == disk
    assert volumes["parameters"]["disk-encryption-kms-key"] == key("data", REGION)


def test_disks_say_who_pays_for_them() -> None:
    labels = dict(one.split("=") for one in told()["volumes"]["parameters"]["labels"].split(","))
    assert labels == TAGS.as_map()


def test_each_cluster_keeps_its_backups_in_a_folder_of_its_own_and_finds_the_others() -> None:
    stores = {region: told(TWO, region)["backup_store"] for region in (REGION, ELSEWHERE)}
    assert {region: store["prefix"] for region, store in stores.items()} == {
        region: f"{BACKUPS}/{CLUSTERS[region]}" for region in stores
    }
    assert stores[REGION]["twin_prefix"] == stores[ELSEWHERE]["prefix"]
    assert stores[ELSEWHERE]["twin_prefix"] == stores[REGION]["prefix"]
    assert told(ONE)["backup_store"]["twin_prefix"] is None
    assert {store["bucket"] for store in stores.values()} == {BUCKET}


def test_veleros_plugin_is_of_an_exact_version_and_signs_as_veleros_own_account() -> None:
    store = told()["backup_store"]
    assert re.fullmatch(r"[^:@]+-for-gcp:v\d+\.\d+\.\d+", store["plugin"])
    assert (store["provider"], store["config"]) == (
        "gcp",
        {"serviceAccount": accounts()["backup_account"]},
    )


def seen(name: str) -> bool:
    """Whether external-dns has anything to do with that name."""
    return bool(re.search(told()["values"]["external-dns"]["extraArgs"]["regex-domain-filter"], name))


@pytest.mark.parametrize("name", [f"grafana.{REGION}.{DOMAIN}", f"a-grafana.{REGION}.{DOMAIN}"])
def test_external_dns_writes_names_below_its_own_regions(name: str) -> None:
    assert seen(name)


def test_external_dns_knows_the_zone_by_its_name() -> None:
    """The filter is asked about the zone as well as about records."""
    assert seen(DOMAIN)
    args = told()["values"]["external-dns"]["extraArgs"]
    assert (args["zone-id-filter"], args["google-project"]) == (ZONE, PROJECT)


@pytest.mark.parametrize(
    "name",
    [
        f"api.{DOMAIN}",
        f"*.{DOMAIN}",
        f"{REGION}.{DOMAIN}",
        f"grafana.{ELSEWHERE}.{DOMAIN}",
        f"_acme-challenge.{DOMAIN}",
        f"grafana.{REGION}.{DOMAIN}.example.org",
        f"grafana.{REGION}x{DOMAIN}",
        f"x{DOMAIN}",
    ],
)
def test_what_customers_call_and_what_proves_the_certificate_is_nothing_to_external_dns(name: str) -> None:
    assert not seen(name)


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_names_are_written_where_who_uses_the_entry_looks_them_up(visibility: str) -> None:
    args = told(Shape(visibility=visibility))["values"]["external-dns"]["extraArgs"]
    assert args["google-zone-visibility"] == visibility


def test_two_clusters_in_one_zone_know_their_own_records() -> None:
    owners = {told(TWO, region)["values"]["external-dns"]["txtOwnerId"] for region in (REGION, ELSEWHERE)}
    assert owners == set(CLUSTERS.values())


def test_the_door_is_the_machines_port_and_no_target_group() -> None:
    door = told()["door"]
    assert (door["node_port"], door["target_group_id"]) == (GATEWAY_PORT, None)
    assert (door["health_path"], door["hops"]) == (HEALTH_PATH, 2)


def test_requests_come_from_the_balancers_of_both_regions_and_from_machines_that_pass_them_on() -> None:
    proxies = {Ranges(cidr).proxies for cidr in (CIDR, OTHER_CIDR)}
    assert set(told(TWO)["door"]["front_ends"]) == {
        *FRONT_ENDS,
        *proxies,
        PEOPLE,
        Ranges(CIDR).machines,
    }
    assert Ranges(OTHER_CIDR).machines in told(TWO, ELSEWHERE)["door"]["front_ends"]


def test_nobody_comes_through_the_proxy_for_people_where_the_settings_name_none() -> None:
    assert PEOPLE not in told(ONE)["door"]["front_ends"]


def test_a_region_makes_nothing_of_its_own_for_operators() -> None:
    plan = operators(TWO)
    for region in (REGION, ELSEWHERE):
        (part,) = [one for one in plan if one.name == f"operators-{region}"]
        assert not [one for one in plan if one.parent == part.urn]
