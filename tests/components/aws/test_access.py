"""What the VPN promises: people whom the directory knows, on the ways that were named, on the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Network
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_aws import cloudwatch, ec2, ec2clientvpn, vpc

from components.aws.access import Access, AccessArgs, Door, authorizations
from components.naming import Naming
from plan.resource import Plan
from tests.components.aws.kit import ACCOUNT, REGION, deploy, key
from tests.components.kit import before, every, said, sources, the

NETWORK: Final = "10.48.0.0/16"
RESOLVER: Final = "10.48.0.2/32"
DATABASES: Final = "10.48.208.0/20"
CERTIFICATE: Final = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/vpn"
STAFF: Final = f"arn:aws:iam::{ACCOUNT}:saml-provider/staff"
PORTAL: Final = f"arn:aws:iam::{ACCOUNT}:saml-provider/portal"
CLUSTER, DATABASE = "sg-cluster", "sg-database"
RULE = ec2clientvpn.AuthorizationRule
VPN: Final = AccessArgs(
    naming=Naming("prod"),
    network_id="vpc-prod",
    network_cidr=NETWORK,
    subnet_ids=("subnet-a", "subnet-b", "subnet-c"),
    associations=2,
    client_cidr="10.112.16.0/22",
    saml_provider_arn=STAFF,
    certificate_arn=CERTIFICATE,
    groups={"platform": (NETWORK,)},
    doors={"api": Door(group_id=CLUSTER), "database": Door(group_id=DATABASE, port=5432)},
    log_key_arn=key("logs"),
    log_days=365,
)


def recorded(args: AccessArgs) -> Plan:
    return deploy(lambda opts: Access("vpn", args, opts))


@cache
def plan() -> Plan:
    """The VPN as prod has it."""
    return recorded(VPN)


def test_people_log_in_at_the_companys_directory_and_nowhere_else() -> None:
    assert said(the(plan(), ec2clientvpn.Endpoint), "authenticationOptions") == [
        {"type": "federated-authentication", "samlProviderArn": STAFF}
    ]


def test_only_named_groups_get_in() -> None:
    for rule in every(plan(), RULE):
        assert said(rule, "accessGroupId") == "platform"
        assert said(rule, "authorizeAllGroups") is None
        assert sources(plan(), rule, "clientVpnEndpointId") == {"vpn-endpoint"}


def test_the_vpn_is_a_way_into_the_network_and_no_way_to_the_internet() -> None:
    endpoint = the(plan(), ec2clientvpn.Endpoint)
    assert said(endpoint, "splitTunnel") is True
    targets = [said(one, "targetNetworkCidr") for one in every(plan(), RULE)]
    assert all(IPv4Network(str(one)).subnet_of(IPv4Network(NETWORK)) for one in targets)
    assert not every(plan(), ec2clientvpn.Route)
    (out,) = every(plan(), vpc.SecurityGroupEgressRule)
    assert said(out, "cidrIpv4") == NETWORK
    assert sources(plan(), out, "securityGroupId") == {"vpn-security-group"}


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "10.0.0.0/8", "192.0.2.0/24"])
def test_a_group_that_would_leave_the_network_is_refused(cidr: str) -> None:
    with pytest.raises(ValueError, match=f"platform reaches {cidr}, expected a part of {NETWORK}"):
        recorded(replace(VPN, groups={"platform": (NETWORK, cidr)}))


def test_names_in_the_network_are_asked_inside_of_it() -> None:
    assert said(the(plan(), ec2clientvpn.Endpoint), "dnsServers") == ["10.48.0.2"]


def test_a_session_ends_with_the_working_day_and_does_not_renew_itself() -> None:
    endpoint = the(plan(), ec2clientvpn.Endpoint)
    assert said(endpoint, "sessionTimeoutHours") == 8
    assert said(endpoint, "disconnectOnSessionTimeout") is True


def test_every_connection_is_recorded_in_an_encrypted_log_that_is_there_first() -> None:
    endpoint = the(plan(), ec2clientvpn.Endpoint)
    assert said(endpoint, "connectionLogOptions", "enabled") is True
    group, stream = the(plan(), cloudwatch.LogGroup), the(plan(), cloudwatch.LogStream)
    assert said(endpoint, "connectionLogOptions", "cloudwatchLogGroup") == said(group, "name")
    assert said(endpoint, "connectionLogOptions", "cloudwatchLogStream") == said(stream, "name")
    assert {(one.type, one.name) for one in (group, stream)} <= before(plan(), endpoint)
    assert sources(plan(), stream, "logGroupName") == {group.name}
    assert said(group, "kmsKeyId") == key("logs")
    assert said(group, "retentionInDays") == 365


def test_who_connects_is_told_so() -> None:
    banner = the(plan(), ec2clientvpn.Endpoint)
    assert said(banner, "clientLoginBannerOptions", "enabled") is True
    text = str(said(banner, "clientLoginBannerOptions", "bannerText"))
    assert "trading-prod" in text
    assert "recorded" in text
    assert len(text) <= 1400


def test_a_door_is_open_to_the_vpn_alone_and_on_its_own_port_alone() -> None:
    doors = every(plan(), vpc.SecurityGroupIngressRule)
    assert {(said(one, "securityGroupId"), said(one, "fromPort"), said(one, "toPort")) for one in doors} == {
        (CLUSTER, 443, 443),
        (DATABASE, 5432, 5432),
    }
    for one in doors:
        assert sources(plan(), one, "referencedSecurityGroupId") == {"vpn-security-group"}
        assert said(one, "cidrIpv4") is None
        assert said(one, "ipProtocol") == "tcp"


def test_nothing_is_let_in_to_the_vpns_own_group() -> None:
    group = the(plan(), ec2.SecurityGroup)
    assert not said(group, "ingress")
    for one in every(plan(), vpc.SecurityGroupIngressRule):
        assert "vpn-security-group" not in sources(plan(), one, "securityGroupId")
    assert sources(plan(), the(plan(), ec2clientvpn.Endpoint), "securityGroupIds") == {"vpn-security-group"}


@pytest.mark.parametrize("zones", [1, 2, 3])
def test_the_vpn_stands_in_as_many_zones_as_are_paid_for(zones: int) -> None:
    found = every(recorded(replace(VPN, associations=zones)), ec2clientvpn.NetworkAssociation)
    assert [said(one, "subnetId") for one in found] == list(VPN.subnet_ids[:zones])
    assert [one.name for one in found] == [f"vpn-{letter}" for letter in "abc"[:zones]]


@pytest.mark.parametrize("zones", [0, 4])
def test_a_vpn_in_no_zone_or_in_one_that_is_not_there_is_refused(zones: int) -> None:
    with pytest.raises(ValueError, match=rf"in {zones} zone\(s\), expected 1 to 3"):
        recorded(replace(VPN, associations=zones))


@pytest.mark.parametrize("cidr", ["10.48.4.0/22", "10.0.0.0/12", "10.112.0.0/23", "10.0.0.0/11"])
def test_addresses_that_aws_would_refuse_or_that_are_the_networks_are_refused(cidr: str) -> None:
    with pytest.raises(ValueError, match=f"the VPN's clients have {cidr}, expected a /12 to /22"):
        recorded(replace(VPN, client_cidr=cidr, network_cidr=NETWORK if "48" in cidr else "10.1.0.0/16"))


@pytest.mark.parametrize("cidr", ["10.112.0.0/22", "172.16.0.0/12"])
def test_the_smallest_and_the_widest_range_of_clients_are_taken(cidr: str) -> None:
    found = the(recorded(replace(VPN, client_cidr=cidr)), ec2clientvpn.Endpoint)
    assert said(found, "clientCidrBlock") == cidr


@pytest.mark.parametrize(("provider", "portal"), [(None, "disabled"), (PORTAL, "enabled")])
def test_people_fetch_their_own_profile_where_the_directory_has_a_page_for_it(
    provider: str | None, portal: str
) -> None:
    endpoint = the(recorded(replace(VPN, self_service_provider_arn=provider)), ec2clientvpn.Endpoint)
    assert said(endpoint, "selfServicePortal") == portal
    assert said(endpoint, "authenticationOptions", 0, "selfServiceSamlProviderArn") == provider


def test_two_groups_whose_names_look_alike_are_two() -> None:
    names = ["sre", "SRE", "s.r.e", "x" * 40, "x" * 41, "0b9c-guid"]
    found = every(recorded(replace(VPN, groups=dict.fromkeys(names, (NETWORK,)))), RULE)
    assert {said(one, "accessGroupId") for one in found} == set(names)
    assert len({one.name for one in found}) == len(names)
    assert "vpn-sre-10-48-0-0-16" in {one.name for one in found}


def test_the_outside_learns_where_the_vpn_is() -> None:
    part = next(one for one in plan() if one.type == "trading-platform:aws:Access")
    endpoint = the(plan(), ec2clientvpn.Endpoint)
    assert part.outputs["endpoint_id"] == endpoint.id
    assert part.outputs["security_group_id"] == the(plan(), ec2.SecurityGroup).id
    assert str(part.outputs["dns_name"]).endswith(f".prod.clientvpn.{REGION}.amazonaws.com")


def test_a_preview_shows_every_resource_of_the_deployment() -> None:
    preview = deploy(lambda opts: Access("vpn", VPN, opts), "preview")
    assert {one.urn for one in preview} == {one.urn for one in plan()}


def reached(rules: Mapping[str, list[str]], address: IPv4Network) -> set[str]:
    """Who reaches an address, as AWS decides: by the rules of the narrowest network that holds it."""
    holding = {IPv4Network(one) for targets in rules.values() for one in targets}
    narrowest = max((one for one in holding if address.subnet_of(one)), key=lambda one: one.prefixlen)
    return {group for group, targets in rules.items() if str(narrowest) in targets}


@st.composite
def parts(draw: st.DrawFn) -> str:
    """A part of the network, from the whole of it to one address."""
    length = draw(st.integers(16, 32))
    number = draw(st.integers(0, 2 ** (length - 16) - 1))
    return str(IPv4Network(((10 << 24) + (48 << 16) + (number << (32 - length)), length)))


wishes = st.dictionaries(
    st.sampled_from(["platform", "analysts", "auditors"]),
    st.lists(parts(), min_size=1, max_size=3),
    min_size=1,
)


@given(wishes)
def test_a_group_reaches_what_it_was_given_whatever_the_others_were_given(
    wished: dict[str, list[str]],
) -> None:
    rules = authorizations(wished, RESOLVER.partition("/")[0])
    for cidr in (cidr for cidrs in wished.values() for cidr in cidrs):
        for address in _edges(cidr):
            entitled = {
                group
                for group, cidrs in wished.items()
                if str(address) == RESOLVER or any(address.subnet_of(IPv4Network(one)) for one in cidrs)
            }
            assert reached(rules, address) == entitled


def _edges(cidr: str) -> tuple[IPv4Network, IPv4Network]:
    """The first address and the last."""
    network = IPv4Network(cidr)
    return IPv4Network(network.network_address), IPv4Network(network.broadcast_address)


@given(wishes)
def test_every_group_can_ask_names(wished: dict[str, list[str]]) -> None:
    assert reached(authorizations(wished, "10.48.0.2"), IPv4Network(RESOLVER)) == set(wished)


@given(wishes)
def test_rules_come_in_one_order(wished: dict[str, list[str]]) -> None:
    for targets in authorizations(wished, "10.48.0.2").values():
        assert all(IPv4Network(one) < IPv4Network(other) for one, other in pairwise(targets))


def test_a_group_with_the_whole_network_keeps_the_part_that_another_group_gets() -> None:
    assert authorizations({"platform": [NETWORK], "analysts": [DATABASES]}, "10.48.0.2") == {
        "platform": [NETWORK, RESOLVER, DATABASES],
        "analysts": [RESOLVER, DATABASES],
    }


def test_where_everybody_has_the_whole_network_there_is_one_rule_a_group() -> None:
    assert authorizations({"platform": [NETWORK], "sre": [NETWORK]}, "10.48.0.2") == {
        "platform": [NETWORK],
        "sre": [NETWORK],
    }
