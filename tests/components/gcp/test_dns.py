"""What the zones promise: we answer for the domain, signed, hard to lose; two authorities vouch for it."""

from __future__ import annotations

from functools import cache

import pytest
from pulumi_gcp import compute, dns

from components.gcp.dns import Dns, DnsArgs
from components.gcp.vpc import Vpc
from plan.resource import Plan, Resource
from tests.components.gcp.kit import NAMING, deploy
from tests.components.gcp.support_network import VPC
from tests.components.kit import every, said, sources, the

DOMAIN = "trade.example.com"


@cache
def plan(*, internal: bool = True, protect: bool = True) -> Plan:
    """The zones of an internal entry, or of one that faces the internet."""
    if internal:
        return deploy(
            lambda opts: Dns(
                "dns",
                DnsArgs(
                    naming=NAMING,
                    domain=DOMAIN,
                    network_ids=[Vpc("vpc", VPC, opts).network_id],
                    protect=protect,
                ),
                opts,
            )
        )
    args = DnsArgs(naming=NAMING, domain=DOMAIN, network_ids=(), protect=protect)
    return deploy(lambda opts: Dns("dns", args, opts))


def zone(*, internal: bool = True, protect: bool = True) -> Resource:
    return the(plan(internal=internal, protect=protect), dns.ManagedZone, "dns-zone")


def part(*, internal: bool) -> Resource:
    return next(one for one in plan(internal=internal) if one.type == "trading-platform:gcp:Dns")


def test_the_outside_learns_the_zone_and_the_name_servers_that_the_parent_delegates_to() -> None:
    for internal in (True, False):
        found = zone(internal=internal)
        assert (said(found, "dnsName"), said(found, "visibility")) == (f"{DOMAIN}.", "public")
        outputs = part(internal=internal).outputs
        assert outputs["name_servers"] == found.outputs["nameServers"]
        assert outputs["zone_name"] == said(found, "name")
        assert outputs["zone_id"] == found.id


def test_answers_are_signed_with_keys_that_nobody_calls_weak() -> None:
    assert said(zone(), "dnssecConfig", "state") == "on"
    assert said(zone(), "dnssecConfig", "nonExistence") == "nsec3"
    assert [
        (
            said(zone(), "dnssecConfig", "defaultKeySpecs", number, "keyType"),
            said(zone(), "dnssecConfig", "defaultKeySpecs", number, "algorithm"),
        )
        for number in range(2)
    ] == [("keySigning", "ecdsap256sha256"), ("zoneSigning", "ecdsap256sha256")]


def test_who_asked_for_which_name_is_logged() -> None:
    assert said(zone(), "cloudLoggingConfig", "enableLogging") is True


@pytest.mark.parametrize("protect", [False, True])
def test_in_prod_no_zone_can_be_destroyed_in_dev_both_go_with_all_their_records(*, protect: bool) -> None:
    zones = [one for one in every(plan(protect=protect), dns.ManagedZone) if one.name.startswith("dns-")]
    assert len(zones) == 2
    for one in zones:
        assert one.options.protect is protect
        assert said(one, "forceDestroy") is not protect


def test_nobody_but_google_and_its_second_choice_may_issue_a_certificate_for_the_domain() -> None:
    authority = the(plan(), dns.RecordSet, "dns-authority")
    assert (said(authority, "name"), said(authority, "type")) == (f"{DOMAIN}.", "CAA")
    assert said(authority, "rrdatas") == [
        '0 issue "pki.goog"',
        '0 issue "letsencrypt.org"',
        '0 issuewild "pki.goog"',
        '0 issuewild "letsencrypt.org"',
    ]
    assert sources(plan(), authority, "managedZone") == {"dns-zone"}, "authorities ask outside"


def test_an_internal_entry_has_a_zone_of_the_same_domain_that_its_network_alone_sees() -> None:
    inside = the(plan(), dns.ManagedZone, "dns-private-zone")
    assert (said(inside, "dnsName"), said(inside, "visibility")) == (f"{DOMAIN}.", "private")
    assert "vpc-network" in sources(plan(), inside, "privateVisibilityConfig")
    network = said(inside, "privateVisibilityConfig", "networks", 0, "networkUrl")
    assert network == the(plan(), compute.Network).id
    assert said(inside, "dnssecConfig") is None, "Google signs no private zone"
    assert said(inside, "name") != said(zone(), "name")
    assert part(internal=True).outputs["private_zone_name"] == said(inside, "name")


def test_an_entry_that_faces_the_internet_has_no_second_zone() -> None:
    assert len(every(plan(internal=False), dns.ManagedZone)) == 1
    assert part(internal=False).outputs.get("private_zone_name") is None
