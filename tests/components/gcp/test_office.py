"""What the tunnels promise: two, modern, watched; the office learns one range and teaches its own alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from ipaddress import IPv4Interface, IPv4Network

import pulumi
import pytest
from pulumi_gcp import compute, monitoring

from components.gcp.office import LINKS, OUR_ASN, Company, Office, OfficeArgs
from plan.resource import Plan
from plan.value import Value
from tests.components.gcp.kit import CHANNELS, NAMING, REGION, deploy
from tests.components.kit import before, every, said, sources, the

SECRET = "not-in-any-state-0123456789"
ENTRY = "10.16.232.0/22"
COMPANY = Company(
    gateways=("203.0.113.10", "203.0.113.11"),
    asn=64999,
    cidrs=("192.168.0.0/20", "172.30.0.0/16"),
    link_cidr=LINKS[0],
    shared_secret=SECRET,
    secret_version=4,
)
ARGS = OfficeArgs(
    naming=NAMING,
    region=REGION,
    network_id="projects/p/global/networks/n",
    company=COMPANY,
    advertised=(ENTRY,),
    channels=CHANNELS,
)


@cache
def plan(company: Company = COMPANY) -> Plan:
    """Tunnels to a company's gateway."""
    return deploy(lambda opts: Office("office", replace(ARGS, company=company), opts))


def tunnels(company: Company = COMPANY) -> list[tuple[object, object]]:
    """Our interface and theirs, by tunnel."""
    return [
        (said(one, "vpnGatewayInterface"), said(one, "peerExternalGatewayInterface"))
        for one in every(plan(company), compute.VPNTunnel)
    ]


def test_each_of_our_two_interfaces_has_a_tunnel_to_an_address_of_its_own_where_there_are_two() -> None:
    assert tunnels() == [(0, 0), (1, 1)]
    theirs = the(plan(), compute.ExternalVpnGateway)
    assert said(theirs, "redundancyType") == "TWO_IPS_REDUNDANCY"
    assert said(theirs, "interfaces") == [
        {"id": 0, "ipAddress": "203.0.113.10"},
        {"id": 1, "ipAddress": "203.0.113.11"},
    ]


def test_an_office_with_one_address_has_both_tunnels_to_it() -> None:
    one = replace(COMPANY, gateways=("203.0.113.10",))
    assert tunnels(one) == [(0, 0), (1, 0)]
    assert (
        said(the(plan(one), compute.ExternalVpnGateway), "redundancyType") == "SINGLE_IP_INTERNALLY_REDUNDANT"
    )


@pytest.mark.parametrize("count", [0, 3])
def test_an_office_with_no_address_or_with_three_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=rf"has {count} addresses, expected 1 or 2"):
        plan(replace(COMPANY, gateways=("203.0.113.10",) * count))


def test_both_sides_speak_ike_2_and_have_one_modern_choice_of_ciphers() -> None:
    for one in every(plan(), compute.VPNTunnel):
        assert said(one, "ikeVersion") == 2
        for phase in ("phase1", "phase2"):
            assert said(one, "cipherSuite", phase, "encryptions") == ["AES-GCM-16-256"]
            assert said(one, "cipherSuite", phase, "integrities") is None, "the cipher brings its own"
        assert (
            said(one, "cipherSuite", "phase1", "dhs")
            == said(one, "cipherSuite", "phase2", "pfs")
            == ["Group-20"]
        )


def test_the_secret_is_in_no_plan_and_a_new_version_makes_the_tunnels_anew_one_name_at_a_time() -> None:
    for one in every(plan(), compute.VPNTunnel):
        assert said(one, "sharedSecret") is None
        assert said(one, "sharedSecretWoVersion") == "4"
        assert one.options.delete_before_replace is True
    for kind in (compute.RouterInterface, compute.RouterPeer):
        assert all(one.options.delete_before_replace for one in every(plan(), kind))
    assert not any(SECRET in text for one in plan() for text in _texts({**one.inputs, **one.outputs}))


def test_the_office_learns_the_way_to_the_entry_and_to_nothing_else() -> None:
    router = the(plan(), compute.Router)
    assert said(router, "bgp", "advertiseMode") == "CUSTOM"
    assert said(router, "bgp", "advertisedIpRanges") == [{"range": ENTRY}]
    assert said(router, "bgp", "advertisedGroups") is None
    for peer in every(plan(), compute.RouterPeer):
        assert said(peer, "advertiseMode") is None
        assert said(peer, "advertisedIpRanges") is None
        assert sources(plan(), peer, "router") == {"office-router"}


def test_of_what_the_office_announces_only_its_own_networks_are_believed() -> None:
    policy = the(plan(), compute.RouterRoutePolicy)
    assert said(policy, "type") == "ROUTE_POLICY_TYPE_IMPORT"
    theirs = (
        "destination.inAnyRange([prefix('192.168.0.0/20').orLonger(), prefix('172.30.0.0/16').orLonger()])"
    )
    assert [
        (said(policy, "terms", index, "match", "expression"), said(policy, "terms", index, "actions"))
        for index in range(2)
    ] == [(theirs, [{"expression": "accept()"}]), (f"!{theirs}", [{"expression": "drop()"}])]
    peers = every(plan(), compute.RouterPeer)
    assert len(peers) == 2
    for peer in peers:
        assert sources(plan(), peer, "importPolicies") == {"office-believed"}
        assert said(peer, "importPolicies") == [said(policy, "name")]


def test_our_number_is_private_and_never_the_offices() -> None:
    assert 4_200_000_000 <= OUR_ASN <= 4_294_967_294
    assert said(the(plan(), compute.Router), "bgp", "asn") == OUR_ASN
    assert {said(peer, "peerAsn") for peer in every(plan(), compute.RouterPeer)} == {64999}


@pytest.mark.parametrize("number", [0, 1])
def test_a_session_has_the_two_addresses_of_one_link_and_runs_through_its_own_tunnel(number: int) -> None:
    interface = the(plan(), compute.RouterInterface, f"office-interface-{number}")
    peer = the(plan(), compute.RouterPeer, f"office-peer-{number}")
    assert sources(plan(), interface, "vpnTunnel") == {f"office-tunnel-{number}"}
    assert sources(plan(), peer, "interface") == {f"office-interface-{number}"}
    here = IPv4Interface(str(said(interface, "ipRange")))
    assert here.network.subnet_of(IPv4Network(COMPANY.link_cidr))
    assert list(map(str, here.network.hosts())) == [said(peer, "ipAddress"), said(peer, "peerIpAddress")]
    assert said(peer, "ipAddress") == str(here.ip)


def test_the_regions_have_links_of_their_own() -> None:
    first, second = map(IPv4Network, LINKS)
    assert not first.overlaps(second)
    assert all(link.subnet_of(IPv4Network("169.254.0.0/16")) for link in (first, second))


def test_links_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"have 169\.254\.16\.0/30, expected a /29"):
        plan(replace(COMPANY, link_cidr="169.254.16.0/30"))


@pytest.mark.parametrize("number", [0, 1])
def test_a_tunnel_that_is_down_rings_and_so_does_one_that_brings_no_routes(number: int) -> None:
    for alarm, source, label in (
        ("tunnel", compute.VPNTunnel, "tunnel_name"),
        ("routes", compute.RouterPeer, "bgp_peer_name"),
    ):
        policy = the(plan(), monitoring.AlertPolicy, f"office-{alarm}-{number}")
        condition = said(policy, "conditions", 0, "conditionThreshold")
        assert isinstance(condition, dict)
        watched = next(one for one in every(plan(), source) if one.name.endswith(f"-{number}"))
        assert f'metric.labels.{label} = "{said(watched, "name")}"' in str(condition["filter"])
        assert f'resource.labels.region = "{REGION}"' in str(condition["filter"])
        assert (watched.type, watched.name) in before(plan(), policy)
        assert condition["evaluationMissingData"] == "EVALUATION_MISSING_DATA_ACTIVE", (
            "silence is no good sign"
        )
        assert said(policy, "notificationChannels") == list(CHANNELS)


def test_the_offices_people_learn_what_to_connect_to() -> None:
    part = next(one for one in plan() if one.type == "trading-platform:gcp:Office")
    assert part.outputs["peers"] == ["169.254.16.2", "169.254.16.6"]
    gateway = the(plan(), compute.HaVpnGateway)
    interfaces = gateway.outputs["vpnInterfaces"]
    assert isinstance(interfaces, list)
    assert part.outputs["addresses"] == [one["ipAddress"] for one in interfaces if isinstance(one, dict)]
    assert len(set(map(str, interfaces))) == 2


def test_a_preview_shows_every_resource_of_the_deployment() -> None:
    preview = deploy(lambda opts: Office("office", ARGS, opts), "preview")
    assert {one.urn for one in preview} == {one.urn for one in plan()}


def test_a_secret_that_another_room_made_stays_one() -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        company = replace(COMPANY, shared_secret=pulumi.Output.secret(SECRET))
        Office("office", replace(ARGS, company=company), opts)

    found = deploy(program)
    assert not any(SECRET in text for one in found for text in _texts({**one.inputs, **one.outputs}))


def _texts(value: Value) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [str(value)]
