"""What the one network promises: nothing by itself, one way out that nobody takes over, names that stay."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from pulumi_gcp import compute, dns

from components.gcp.vpc import GOOGLE_ADDRESSES, GOOGLE_RANGE, PRIVATE_DOMAINS, Vpc
from tests.components.gcp.kit import PROJECT, deploy
from tests.components.gcp.support_network import VPC, vpc
from tests.components.kit import every, said, sources, the


def test_there_is_one_network_for_all_regions_and_no_subnet_comes_by_itself() -> None:
    network = the(vpc(), compute.Network)
    assert said(network, "autoCreateSubnetworks") is False
    assert said(network, "routingMode") == "GLOBAL"
    assert not every(vpc(), compute.Subnetwork)


def test_the_only_route_is_to_the_internet() -> None:
    assert said(the(vpc(), compute.Network), "deleteDefaultRoutesOnCreate") is True
    route = the(vpc(), compute.Route)
    assert said(route, "destRange") == "0.0.0.0/0"
    assert said(route, "nextHopGateway") == "default-internet-gateway"
    assert sources(vpc(), route, "network") == {"vpc-network"}


def test_no_learned_route_takes_the_way_out_over() -> None:
    """The office's router may offer itself as the way to everywhere, with any priority from 0 on."""
    assert said(the(vpc(), compute.Route), "priority") == 0


@pytest.mark.parametrize("domain", PRIVATE_DOMAINS)
def test_names_of_google_resolve_to_addresses_that_only_the_inside_reaches(domain: str) -> None:
    label = domain.replace(".", "-")
    zone = the(vpc(), dns.ManagedZone, f"vpc-{label}")
    assert (said(zone, "dnsName"), said(zone, "visibility")) == (f"{domain}.", "private")
    assert sources(vpc(), zone, "privateVisibilityConfig") == {"vpc-network"}
    records = [
        one for one in every(vpc(), dns.RecordSet) if sources(vpc(), one, "managedZone") == {zone.name}
    ]
    assert {said(one, "name") for one in records} == {f"{domain}.", f"*.{domain}."}
    for one in records:
        assert (said(one, "type"), said(one, "rrdatas")) == ("A", list(GOOGLE_ADDRESSES))


def test_a_pods_policy_that_opens_googles_range_opens_all_of_its_addresses() -> None:
    assert [IPv4Address(one) for one in GOOGLE_ADDRESSES] == list(IPv4Network(GOOGLE_RANGE))


def test_images_and_apis_are_among_the_names() -> None:
    assert {"googleapis.com", "pkg.dev", "gcr.io"} == set(PRIVATE_DOMAINS)


def test_every_question_for_a_name_is_logged() -> None:
    policy = the(vpc(), dns.Policy)
    assert said(policy, "enableLogging") is True
    assert sources(vpc(), policy, "networks") == {"vpc-network"}
    assert said(policy, "alternativeNameServerConfig") is None


@pytest.mark.parametrize("office", [False, True])
def test_the_office_asks_names_here_only_where_there_is_one(*, office: bool) -> None:
    assert said(the(vpc(office=office), dns.Policy), "enableInboundForwarding") is office


def test_the_outside_learns_the_network_and_what_its_machines_are_known_by() -> None:
    part = next(one for one in vpc() if one.type == "trading-platform:gcp:Vpc")
    assert part.outputs["network_id"] == f"projects/{PROJECT}/global/networks/trading-dev"
    assert part.outputs["network_name"] == "trading-dev"
    firewall = next(one for one in vpc() if one.type == "trading-platform:gcp:Firewall")
    assert part.outputs["machine_tags"] == firewall.outputs["machine_tags"]


def test_a_preview_shows_every_resource_of_the_deployment() -> None:
    preview = deploy(lambda opts: Vpc("vpc", VPC, opts), "preview")
    assert {one.urn for one in preview} == {one.urn for one in vpc()}
