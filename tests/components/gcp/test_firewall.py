"""What the firewall promises: nobody in or out who is not named, in whichever order rules were made."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Final

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_gcp import compute, projects, tags

from components.gcp.firewall import FRONT_ENDS, PEOPLE
from components.gcp.ranges import Ranges
from components.gcp.vpc import Vpc
from tests.components.gcp.kit import CIDR, NUMBER, PROJECT, deploy
from tests.components.gcp.support_network import (
    ELSEWHERES,
    FIX,
    GATEWAY,
    VPC,
    at,
    let_in,
    let_out,
    rules,
    verdict,
    vpc,
)
from tests.components.kit import before, every, said, sources, the, token

HERE, THERE = Ranges(CIDR), Ranges(ELSEWHERES)
POD, MACHINE = at(HERE.pods), at(HERE.machines)
OTHER_POD, OTHER_MACHINE = at(THERE.pods), at(THERE.machines)
STRANGER, COLLEAGUE = "198.51.100.7", "192.168.7.7"
GATEKEEPERS: Final = (at(FRONT_ENDS[0]), at(FRONT_ENDS[1]), at(HERE.proxies), at(THERE.proxies))

addresses = st.integers(0, 2**32 - 1).map(lambda number: ".".join(str(byte) for byte in number.to_bytes(4)))
ports = st.integers(1, 65535)


@pytest.mark.parametrize("source", [POD, MACHINE])
@pytest.mark.parametrize("target", [POD, MACHINE])
def test_pods_and_machines_of_a_region_talk_as_kubernetes_wants_it(source: str, target: str) -> None:
    assert let_in(vpc(), source, target, 10250, tagged=False)


@pytest.mark.parametrize("target", [POD, MACHINE])
def test_a_region_that_is_broken_into_is_no_way_into_the_other(target: str) -> None:
    for source in (OTHER_POD, OTHER_MACHINE, at(THERE.stores), at(THERE.entry)):
        assert not let_in(vpc(), source, target, GATEWAY)


@pytest.mark.parametrize("source", GATEKEEPERS)
def test_googles_balancers_and_health_checkers_reach_the_gateways_port_and_no_other(source: str) -> None:
    assert let_in(vpc(), source, POD, GATEWAY)
    assert let_in(vpc(), source, OTHER_POD, GATEWAY)
    for port in (22, 443, 10250, GATEWAY + 1):
        assert not let_in(vpc(), source, POD, port)


@pytest.mark.parametrize("source", GATEKEEPERS)
def test_a_machine_that_is_not_the_clusters_takes_nothing_from_balancers(source: str) -> None:
    assert not let_in(vpc(), source, MACHINE, GATEWAY, tagged=False)


@given(addresses, ports)
def test_nobody_else_gets_in_from_anywhere(source: str, port: int) -> None:
    named = (HERE.pods, HERE.machines, HERE.proxies, THERE.proxies, *FRONT_ENDS)
    let = let_in(vpc(), source, POD, port)
    assert not let or any(_in(source, cidr) for cidr in named)


def test_people_come_through_googles_proxy_only_where_access_is_built_and_each_time_is_logged() -> None:
    person = at(PEOPLE)
    assert not let_in(vpc(), person, POD, GATEWAY)
    assert let_in(vpc(people=True), person, POD, GATEWAY)
    assert not let_in(vpc(people=True), person, MACHINE, 22)
    assert not let_in(vpc(people=True), person, POD, GATEWAY, tagged=False)
    decided = verdict(vpc(people=True), "INGRESS", source=person, to=POD, port=GATEWAY)
    assert said(decided, "enableLogging") is True


def test_the_platform_reaches_itself_in_both_regions_whatever_the_port() -> None:
    """A store answers its cluster's protocol on ports of its own choice."""
    for target in (at(HERE.stores), at(THERE.stores), OTHER_POD):
        assert let_out(vpc(), POD, target, 11000)


def test_the_internet_is_reached_by_https_and_by_nothing_else() -> None:
    assert let_out(vpc(), POD, STRANGER)
    assert not let_out(vpc(), POD, STRANGER, 443, "udp")
    for port in (22, 25, 53, 80, 8443):
        assert not let_out(vpc(), POD, STRANGER, port)


@pytest.mark.parametrize("target", [COLLEAGUE, "10.99.0.1", "172.31.0.1", "100.64.0.1"])
def test_no_private_network_of_somebody_elses_is_reached_not_even_by_https(target: str) -> None:
    assert not let_out(vpc(), POD, target)


def test_an_exchange_with_a_port_of_its_own_is_reached_there_and_nowhere_else() -> None:
    plan = vpc(exits=(FIX,))
    assert not let_out(vpc(), POD, at(FIX.cidr), FIX.port)
    assert let_out(plan, POD, at(FIX.cidr), FIX.port)
    assert not let_out(plan, POD, STRANGER, FIX.port)
    assert not let_out(plan, POD, at(FIX.cidr), FIX.port + 1)


def test_every_refusal_is_logged() -> None:
    refusals = [rule for rule in rules(vpc(people=True)) if said(rule, "action") == "deny"]
    assert len(refusals) == 3
    assert all(said(rule, "enableLogging") is True for rule in refusals)


def test_the_list_ends_with_nobody_in_either_direction() -> None:
    for direction in ("INGRESS", "EGRESS"):
        last = [rule for rule in rules(vpc(exits=(FIX,))) if said(rule, "direction") == direction][-1]
        assert said(last, "action") == "deny"
        assert said(last, "targetSecureTags") is None
        assert said(last, "match", "layer4Configs") == [{"ipProtocol": "all"}]


def test_no_two_rules_have_one_place_in_the_list() -> None:
    places = [said(rule, "priority") for rule in rules(vpc(people=True, exits=(FIX,)))]
    assert len(set(places)) == len(places)


def test_no_rule_of_the_older_kind_is_made_and_none_would_count() -> None:
    assert not every(vpc(), compute.Firewall)
    network = the(vpc(), compute.Network)
    assert said(network, "networkFirewallPolicyEnforcementOrder") == "BEFORE_CLASSIC_FIREWALL"


def test_the_network_is_put_behind_the_list_when_all_of_it_is_written() -> None:
    plan = vpc(people=True, exits=(FIX,))
    association = the(plan, compute.NetworkFirewallPolicyAssociation)
    assert sources(plan, association, "attachmentTarget") == {"vpc-network"}
    assert sources(plan, association, "firewallPolicy") == {"vpc-firewall-policy"}
    written = {(rule.type, rule.name) for rule in rules(plan)}
    assert len(written) == 11
    assert written <= before(plan, association)
    for rule in rules(plan):
        assert sources(plan, rule, "firewallPolicy") == {"vpc-firewall-policy"}


def test_the_tag_is_one_of_the_firewall_in_this_network_alone() -> None:
    plan = vpc()
    key = the(plan, tags.TagKey)
    assert said(key, "purpose") == "GCE_FIREWALL"
    assert said(key, "parent") == f"projects/{PROJECT}"
    assert said(key, "purposeData") == {"network": f"{PROJECT}/trading-dev"}
    assert sources(plan, key, "purposeData") == {"vpc-network"}
    assert sources(plan, the(plan, tags.TagValue), "parent") == {"vpc-firewall-tag"}


def test_rules_for_the_clusters_machines_know_them_by_the_tag() -> None:
    plan = vpc(people=True)
    tagged = {rule.name for rule in rules(plan) if said(rule, "targetSecureTags")}
    assert tagged == {f"vpc-firewall-{name}" for name in ("front-ends", "proxies", "people")}
    for name in tagged:
        rule = the(plan, compute.NetworkFirewallPolicyRule, name)
        assert sources(plan, rule, "targetSecureTags") == {"vpc-firewall-machine"}


def test_gke_and_who_makes_machines_for_it_may_give_the_tag_and_nobody_else_is_named() -> None:
    plan = vpc()
    gke = f"serviceAccount:service-{NUMBER}@container-engine-robot.iam.gserviceaccount.com"
    users = {said(one, "member"): said(one, "role") for one in every(plan, projects.IAMMember)}
    assert users == dict.fromkeys(
        (gke, f"serviceAccount:{NUMBER}@cloudservices.gserviceaccount.com"), "roles/resourcemanager.tagUser"
    )
    holder = the(plan, tags.TagValueIamMember)
    assert (said(holder, "member"), said(holder, "role")) == (gke, "roles/resourcemanager.tagHoldAdmin")
    assert sources(plan, holder, "tagValue") == {"vpc-firewall-machine"}


def test_who_makes_machines_learns_the_tag_when_it_may_be_given_and_the_network_is_behind_its_list() -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        network = Vpc("vpc", VPC, opts)
        compute.InstanceTemplate(
            "machines",
            machine_type="e2-standard-2",
            disks=[],
            resource_manager_tags=network.machine_tags,
            opts=opts,
        )

    plan = deploy(program)
    machines = the(plan, compute.InstanceTemplate)
    key, value = the(plan, tags.TagKey), the(plan, tags.TagValue)
    assert said(machines, "resourceManagerTags") == {key.id: value.id}
    assert str(key.id).startswith("tagKeys/")
    assert str(value.id).startswith("tagValues/")
    first = {token(compute.NetworkFirewallPolicyAssociation), token(tags.TagValueIamMember)}
    first |= {token(projects.IAMMember), token(compute.NetworkFirewallPolicyRule)}
    assert first <= {kind for kind, _ in before(plan, machines)}


def _in(address: str, cidr: str) -> bool:
    return IPv4Address(address) in IPv4Network(cidr)
