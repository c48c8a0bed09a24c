"""What the platform's name promises: it leads to a region that is well, and a move replaces nothing."""

from __future__ import annotations

from dataclasses import replace

import pulumi
import pytest
from pulumi_aws import cloudwatch, lb, route53

from components.aws.failover import ALARM_REGION, Failover, FailoverArgs, Side
from components.contracts import Recovery
from components.naming import Naming
from plan.resource import Plan, Resource
from tests.components.aws.kit import REGION, deploy, every, said, sources, the
from tests.components.aws.support_data import address
from tests.components.aws.support_edge import (
    CLOSED_PROD,
    DEV,
    DOMAIN,
    DR_REGION,
    HEALTH_PATH,
    OFFICE_ONLY,
    PROD,
    Shape,
    changes,
    entry,
    part,
    region_of,
    topic,
)

MOVED = replace(PROD, active_region=DR_REGION)
HALF_OPEN = replace(PROD, open_to=OFFICE_ONLY.open_to)
NAMES = {DOMAIN, f"*.{DOMAIN}"}
BALANCERS = {REGION: "edge-balancer", DR_REGION: "dr-edge-balancer"}


def leading(plan: Plan, name: str) -> list[Resource]:
    """The address records of a name."""
    found = [one for one in every(plan, route53.Record) if said(one, "name") == name]
    return [one for one in found if said(one, "type") != "CAA"]


def by_role(plan: Plan, name: str) -> dict[object, Resource]:
    return {said(one, "failoverRoutingPolicies", 0, "type"): one for one in leading(plan, name)}


@pytest.mark.parametrize(
    ("shape", "active", "other"), [(PROD, REGION, DR_REGION), (MOVED, DR_REGION, REGION)]
)
@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_name_leads_to_the_active_region_and_while_that_is_ill_to_the_other(
    shape: Shape, active: str, other: str, name: str
) -> None:
    plan = entry(shape)
    found = by_role(plan, name)
    assert set(found) == {"PRIMARY", "SECONDARY"}
    for role, region in (("PRIMARY", active), ("SECONDARY", other)):
        record = found[role]
        assert sources(plan, record, "aliases") == {BALANCERS[region]}
        assert sources(plan, record, "healthCheckId") == {f"failover-{region}"}
        balancer = the(plan, lb.LoadBalancer, BALANCERS[region]).outputs
        assert said(record, "aliases") == [
            {"name": balancer["dnsName"], "zoneId": balancer["zoneId"], "evaluateTargetHealth": True}
        ]


@pytest.mark.parametrize("shape", [PROD, CLOSED_PROD])
def test_moving_to_the_other_region_changes_where_four_records_lead_and_replaces_nothing(
    shape: Shape,
) -> None:
    found = changes(shape, replace(shape, active_region=DR_REGION))
    assert {change.action for change in found.changes} == {"update"}
    assert {change.resource.name for change in found.changes} == {
        f"failover-{which}-{role}" for which in ("apex", "wildcard") for role in ("primary", "secondary")
    }
    moved = {one.path for change in found.changes for one in change.properties}
    assert moved == {"aliases[0].name", "aliases[0].zoneId", "healthCheckId"}
    assert found.undetermined == 0


def test_there_are_never_two_records_of_one_role_even_half_way_through_a_move() -> None:
    before, after = entry(PROD), entry(MOVED)
    roles = {one.name: said(one, "setIdentifier") for one in every(before, route53.Record)}
    assert roles == {one.name: said(one, "setIdentifier") for one in every(after, route53.Record)}
    for name in NAMES:
        assert {said(one, "setIdentifier") for one in leading(before, name)} == {"primary", "secondary"}


def test_an_open_entry_is_asked_from_outside_the_way_a_customer_asks() -> None:
    plan = entry(PROD)
    for region in (REGION, DR_REGION):
        check = the(plan, route53.HealthCheck, f"failover-{region}")
        assert said(check, "type") == "HTTPS"
        assert said(check, "fqdn") == f"{region}.{DOMAIN}"
        assert sources(plan, check, "fqdn") == {f"failover-{region}"}
        assert (said(check, "resourcePath"), said(check, "enableSni")) == (HEALTH_PATH, True)
        assert said(check, "invertHealthcheck") is None
        assert said(check, "disabled") is None, "a check that is off calls everything healthy"


def test_the_checkers_stand_on_three_continents_so_that_no_region_judges_itself_alone() -> None:
    checkers = said(the(entry(PROD), route53.HealthCheck, f"failover-{REGION}"), "regions")
    assert isinstance(checkers, list)
    assert {str(one).partition("-")[0] for one in checkers} == {"us", "eu", "ap"}


@pytest.mark.parametrize("shape", [CLOSED_PROD, HALF_OPEN])
def test_an_entry_that_checkers_cannot_reach_is_judged_by_its_regions_alarm(shape: Shape) -> None:
    plan = entry(shape)
    for region, prefix in ((REGION, ""), (DR_REGION, "dr-")):
        check = the(plan, route53.HealthCheck, f"failover-{region}")
        assert said(check, "type") == "CLOUDWATCH_METRIC"
        assert sources(plan, check, "cloudwatchAlarmName") == {f"{prefix}edge-unserved"}
        assert said(check, "cloudwatchAlarmRegion") == region
        assert said(check, "insufficientDataHealthStatus") == "Unhealthy", "silence is no health"


@pytest.mark.parametrize(("region", "balancer"), BALANCERS.items())
def test_a_person_reaches_either_region_by_its_own_name_whatever_its_state(
    region: str, balancer: str
) -> None:
    plan = entry(PROD)
    (own,) = leading(plan, f"{region}.{DOMAIN}")
    assert sources(plan, own, "aliases") == {balancer}
    assert said(own, "aliases", 0, "evaluateTargetHealth") is False
    assert said(own, "healthCheckId") is None


@pytest.mark.parametrize("shape", [DEV, OFFICE_ONLY])
def test_with_one_region_a_name_is_one_record_and_nothing_is_checked(shape: Shape) -> None:
    plan = entry(shape)
    assert every(plan, route53.HealthCheck) == []
    addresses = {said(one, "name") for one in every(plan, route53.Record) if said(one, "aliases")}
    assert addresses == NAMES
    for name in NAMES:
        (record,) = leading(plan, name)
        assert sources(plan, record, "aliases") == {"edge-balancer"}
        assert said(record, "setIdentifier") is None
        assert said(record, "failoverRoutingPolicies") is None


def test_a_second_region_gives_the_names_their_roles_in_place_and_one_after_the_other() -> None:
    found = changes(replace(PROD, dr=False), PROD)
    kept = {change.resource.name: change.action for change in found.changes if change.action != "create"}
    assert kept == {
        "dns-zone": "update",
        "failover-apex-primary": "update",
        "failover-wildcard-primary": "update",
    }
    plan = entry(PROD)
    for which in ("apex", "wildcard"):
        second = the(plan, route53.Record, f"failover-{which}-secondary")
        first = address(route53.Record, f"failover-{which}-primary")
        assert first in {(plan[urn].type, plan[urn].name) for urn in second.dependencies}


def test_there_are_addresses_of_ipv4_alone_as_there_are_in_the_networks() -> None:
    addresses = [one for one in every(entry(PROD), route53.Record) if said(one, "aliases")]
    assert {said(one, "type") for one in addresses} == {"A"}


def test_every_record_is_in_the_platforms_zone() -> None:
    plan = entry(PROD)
    assert {name for one in every(plan, route53.Record) for name in sources(plan, one, "zoneId")} == {
        "dns-zone"
    }


@pytest.mark.parametrize("region", [REGION, DR_REGION])
def test_somebody_outside_the_region_hears_that_it_is_away(region: str) -> None:
    plan = entry(PROD)
    alarm = the(plan, cloudwatch.MetricAlarm, f"failover-{region}-away")
    assert sources(plan, alarm, "dimensions") == {f"failover-{region}"}
    assert (said(alarm, "namespace"), said(alarm, "metricName")) == ("AWS/Route53", "HealthCheckStatus")
    assert region_of(plan, alarm) == ALARM_REGION == "us-east-1"
    assert said(alarm, "alarmActions") == [topic(ALARM_REGION)]
    assert said(alarm, "treatMissingData") == "breaching"
    assert (said(alarm, "statistic"), said(alarm, "comparisonOperator")) == ("Minimum", "LessThanThreshold")


def test_a_stack_with_nothing_in_us_east_1_moves_all_the_same() -> None:
    plan = entry(replace(PROD, here=False))
    assert len(every(plan, route53.HealthCheck)) == 2
    assert not [one for one in every(plan, cloudwatch.MetricAlarm) if one.name.startswith("failover-")]


def test_the_outside_learns_what_customers_call() -> None:
    assert part(entry(PROD), "failover").outputs == {"host_name": DOMAIN}


class Entry:
    """What failover reads of an entry."""

    def __init__(self, region: str) -> None:
        self.host_name = pulumi.Output.from_input(f"entry.{region}.elb.amazonaws.com")
        self.zone_id = pulumi.Output.from_input("Z35SXDOTRQ7X7K")
        self.target_group_id = pulumi.Output.from_input("none")


def recovery(reached: set[str], active_region: str = REGION) -> Recovery:
    """Of two entries, of which Route 53's checkers reach those of these regions."""
    found: list[Recovery] = []

    def side(region: str, seconds: int) -> Side:
        return Side(
            region=region,
            edge=Entry(region),
            reached_by_checkers=region in reached,
            unserved_alarm="unserved",
            alarm_seconds=seconds,
        )

    def program(opts: pulumi.ResourceOptions) -> None:
        args = FailoverArgs(
            naming=Naming("dev"),
            domain=DOMAIN,
            zone_id="Z1",
            home=side(REGION, 120),
            dr=side(DR_REGION, 180),
            active_region=active_region,
            health_path=HEALTH_PATH,
            topic_arn=None,
        )
        found.append(Failover("failover", args, opts).recovery)

    deploy(program)
    return found[0]


@pytest.mark.parametrize(
    ("reached", "detection"), [({REGION, DR_REGION}, 30), ({DR_REGION}, 120), ({REGION}, 180)]
)
def test_the_loss_of_a_region_costs_what_its_slower_entry_takes_to_be_missed_and_two_minutes(
    reached: set[str], detection: int
) -> None:
    found = recovery(reached)
    assert (found.part, found.detection, found.promotion, found.warm_up) == ("entry", detection, 60, 60)
    assert found.lag is None, "a name loses nothing"
    assert found.time == detection + 120


def test_what_is_promised_of_an_open_entry_is_what_its_checks_are_told() -> None:
    check = the(entry(PROD), route53.HealthCheck, f"failover-{REGION}")
    every_seconds, failures = said(check, "requestInterval"), said(check, "failureThreshold")
    assert isinstance(every_seconds, int)
    assert isinstance(failures, int)
    assert recovery({REGION, DR_REGION}).detection == every_seconds * failures


def test_a_region_without_an_entry_cannot_be_the_active_one() -> None:
    with pytest.raises(ValueError, match=r"'eu-west-1' has no entry: expected one of us-east-1, us-west-2"):
        recovery({REGION}, active_region="eu-west-1")
