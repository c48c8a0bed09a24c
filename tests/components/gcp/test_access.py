"""What the doors promise: groups reach one port of the gateway, the office the entry, and nobody a store."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from pulumi_gcp import compute, iap

from components.gcp.access import Access, AccessArgs
from components.gcp.office import LINKS, Company
from components.gcp.ranges import Ranges
from plan.resource import Plan
from tests.components.gcp.kit import CHANNELS, CIDR, NAMING, REGION, deploy
from tests.components.kit import every, said, sources, the

GROUPS = ("desk@example.com", "Desk@example.com", "research@example.com")
COMPANY = Company(
    gateways=("203.0.113.10",),
    asn=64999,
    cidrs=("192.168.0.0/20",),
    link_cidr=LINKS[1],
    shared_secret="a-secret-of-tests",
    secret_version=2,
)
ARGS = AccessArgs(
    naming=NAMING,
    region=REGION,
    cidr=CIDR,
    network_id="projects/p/global/networks/n",
    groups=GROUPS,
    gateway_port=30443,
    office=COMPANY,
    channels=CHANNELS,
)
MEMBER = iap.TunnelDestGroupIamMember


def recorded(args: AccessArgs = ARGS) -> Plan:
    return deploy(lambda opts: Access("access", args, opts))


def test_only_named_groups_have_the_right_and_each_has_its_own() -> None:
    members = every(recorded(), MEMBER)
    assert {said(one, "member") for one in members} == {f"group:{group}" for group in GROUPS}
    assert len({one.name for one in members}) == len(GROUPS)
    for one in members:
        assert said(one, "role") == "roles/iap.tunnelResourceAccessor"
        assert sources(recorded(), one, "destGroup") == {"access-gateway"}
        assert said(one, "region") == REGION


def test_a_group_reaches_the_gateways_port_and_no_other() -> None:
    for one in every(recorded(), MEMBER):
        assert said(one, "condition", "expression") == "destination.port == 30443"


def test_the_door_leads_to_machines_and_to_no_pod_and_no_store() -> None:
    door = the(recorded(), iap.TunnelDestGroup)
    ranges = Ranges(CIDR)
    assert said(door, "cidrs") == [ranges.machines]
    for hidden in (ranges.pods, ranges.stores, ranges.entry):
        assert not IPv4Network(ranges.machines).overlaps(IPv4Network(hidden))
    assert said(door, "fqdns") is None


def test_the_doors_name_has_only_what_google_takes_in_it() -> None:
    """Small letters and hyphens: a region in the name would be refused for its digit."""
    name = str(said(the(recorded(), iap.TunnelDestGroup), "groupName"))
    assert name.replace("-", "").isalpha()
    assert name.islower()
    assert 4 <= len(name) <= 63


def test_a_group_that_was_named_twice_has_one_right() -> None:
    assert len(every(recorded(replace(ARGS, groups=("a@example.com", "a@example.com"))), MEMBER)) == 1


def test_the_office_learns_the_entrys_range_and_none_of_machines_pods_and_stores() -> None:
    ranges = Ranges(CIDR)
    learned = said(the(recorded(), compute.Router), "bgp", "advertisedIpRanges")
    assert learned == [{"range": ranges.entry}]
    for hidden in (ranges.machines, ranges.pods, ranges.stores, ranges.proxies):
        assert not IPv4Network(ranges.entry).overlaps(IPv4Network(hidden))


def test_without_an_office_there_is_no_vpn_and_without_groups_no_door() -> None:
    people = recorded(replace(ARGS, office=None))
    assert not every(people, compute.HaVpnGateway)
    assert not every(people, compute.VPNTunnel)
    office = recorded(replace(ARGS, groups=()))
    assert not every(office, iap.TunnelDestGroup)
    assert not every(office, MEMBER)
    assert every(office, compute.VPNTunnel)


def test_a_door_for_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="a door that is for nobody"):
        recorded(replace(ARGS, groups=(), office=None))


def test_people_learn_what_to_call_the_door_and_the_office_where_to_connect() -> None:
    plan = recorded()
    part = next(one for one in plan if one.type == "trading-platform:gcp:Access")
    assert part.outputs["group_name"] == said(the(plan, iap.TunnelDestGroup), "groupName")
    addresses = part.outputs["vpn_addresses"]
    assert isinstance(addresses, list)
    assert len(addresses) == 2


def test_a_preview_shows_every_resource_of_the_deployment() -> None:
    preview = deploy(lambda opts: Access("access", ARGS, opts), "preview")
    assert {one.urn for one in preview} == {one.urn for one in recorded()}
