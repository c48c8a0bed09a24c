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
from tests.components.aws.kit import REGION, deploy
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
from tests.components.kit import before, every, said, sources, the

MOVED = replace(PROD, active_region=DR_REGION)
HALF_OPEN = replace(PROD, open_to=OFFICE_ONLY.open_to)
NAMES = {DOMAIN, f"*.{DOMAIN}"}
BALANCERS = {REGION: "edge-balancer", DR_REGION: "dr-edge-balancer"}
CHECKS = {REGION: "failover-home-may-serve", DR_REGION: f"failover-{DR_REGION}"}
"""By region, what takes its records away where Route 53's checkers reach both entries."""


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
        assert sources(plan, record, "healthCheckId") == {CHECKS[region]}
        balancer = the(plan, lb.LoadBalancer, BALANCERS[region]).outputs
        assert said(record, "aliases") == [
            {"name": balancer["dnsName"], "zoneId": balancer["zoneId"], "evaluateTargetHealth": True}
        ]


@pytest.mark.parametrize(("shape", "held"), [(PROD, {"dr-edge-hold"}), (CLOSED_PROD, set[str]())])
def test_moving_to_the_other_region_changes_where_four_records_lead_and_replaces_nothing(
    shape: Shape, held: set[str]
) -> None:
    found = changes(shape, replace(shape, active_region=DR_REGION))
    assert {change.action for change in found.changes} == {"update"}
    records = [change for change in found.changes if change.resource.name not in held]
    assert len(found.changes) == len(records) + len(held)
    assert {change.resource.name for change in records} == {
        f"failover-{which}-{role}" for which in ("apex", "wildcard") for role in ("primary", "secondary")
    }
    moved = {one.path for change in records for one in change.properties}
    assert moved == {"aliases[0].name", "aliases[0].zoneId", "healthCheckId"}
    assert found.undetermined == 0


def test_there_are_never_two_records_of_one_role_even_half_way_through_a_move() -> None:
    old, after = entry(PROD), entry(MOVED)
    roles = {one.name: said(one, "setIdentifier") for one in every(old, route53.Record)}
    assert roles == {one.name: said(one, "setIdentifier") for one in every(after, route53.Record)}
    for name in NAMES:
        assert {said(one, "setIdentifier") for one in leading(old, name)} == {"primary", "secondary"}


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


def answers(plan: Plan, *away: str, ill: str = "") -> dict[tuple[str, str], int]:
    """What the entries say to who asks for a host and a path, by their rules. One that is away says nothing;
    behind one that is ill no pod can serve."""
    found = {
        (f"{region}.{DOMAIN}", HEALTH_PATH): 503 if region == ill else 200 for region in (REGION, DR_REGION)
    }
    for rule in every(plan, lb.ListenerRule):
        path = said(rule, "conditions", 0, "pathPattern", "values", 0)
        status = said(rule, "actions", 0, "fixedResponse", "statusCode")
        found[f"{region_of(plan, rule)}.{DOMAIN}", str(path)] = int(str(status))
    return {
        asked: status for asked, status in found.items() if asked[0].removesuffix(f".{DOMAIN}") not in away
    }


def healthy(plan: Plan, check: Resource, said_by: dict[tuple[str, str], int]) -> bool:
    """What Route 53 makes of the answers."""
    if said(check, "type") == "CALCULATED":
        children = [the(plan, route53.HealthCheck, one) for one in sources(plan, check, "childHealthchecks")]
        well = sum(healthy(plan, child, said_by) for child in children)
        return well >= int(str(said(check, "childHealthThreshold")))
    status = said_by.get((str(said(check, "fqdn")), str(said(check, "resourcePath"))), 504)
    return (200 <= status < 400) is not (said(check, "invertHealthcheck") is True)


def led_to(plan: Plan, said_by: dict[tuple[str, str], int]) -> str:
    """The region that customers come to: the primary's, unless only the secondary is healthy."""
    records = by_role(plan, DOMAIN)

    def well(role: str) -> bool:
        (check,) = sources(plan, records[role], "healthCheckId")
        return healthy(plan, the(plan, route53.HealthCheck, check), said_by)

    role = "SECONDARY" if well("SECONDARY") and not well("PRIMARY") else "PRIMARY"
    (balancer,) = sources(plan, records[role], "aliases")
    return next(region for region, name in BALANCERS.items() if name == balancer)


@pytest.mark.parametrize(
    ("away", "region"),
    [((), REGION), ((REGION,), DR_REGION), ((DR_REGION,), REGION), (tuple(BALANCERS), REGION)],
)
def test_customers_come_home_unless_only_home_is_away(away: tuple[str, ...], region: str) -> None:
    assert led_to(entry(PROD), answers(entry(PROD), *away)) == region


def test_a_home_that_comes_back_does_not_get_the_customers_though_no_record_could_be_changed() -> None:
    records, answered = entry(PROD), answers(entry(MOVED))
    assert led_to(records, answers(entry(PROD))) == REGION, "without the hold it would"
    assert led_to(records, answered) == DR_REGION


@pytest.mark.parametrize("shape", [PROD, MOVED])
def test_a_second_region_that_is_away_never_takes_home_down(shape: Shape) -> None:
    plan = entry(shape)
    home = the(plan, route53.HealthCheck, CHECKS[REGION])
    assert healthy(plan, home, answers(plan, DR_REGION))
    assert led_to(plan, answers(plan, DR_REGION)) == REGION


def test_a_home_that_is_held_or_away_or_ill_is_unhealthy_and_the_other_region_only_when_it_is_ill() -> None:
    for shape, ill in ((MOVED, ""), (MOVED, REGION), (PROD, REGION)):
        plan = entry(shape)
        assert not healthy(plan, the(plan, route53.HealthCheck, CHECKS[REGION]), answers(plan, ill=ill))
        assert healthy(plan, the(plan, route53.HealthCheck, CHECKS[DR_REGION]), answers(plan, ill=ill))


def test_once_the_roles_are_exchanged_pods_that_are_ill_do_not_bring_customers_to_a_copy() -> None:
    assert led_to(entry(MOVED), answers(entry(MOVED), ill=DR_REGION)) == DR_REGION


def test_the_hold_is_asked_for_as_often_and_from_where_the_entries_are() -> None:
    plan = entry(PROD)
    hold, own = (the(plan, route53.HealthCheck, f"failover-{one}") for one in ("home-not-held", DR_REGION))
    different = {
        name for name in {*hold.inputs, *own.inputs} if hold.inputs.get(name) != own.inputs.get(name)
    }
    assert different == {"resourcePath", "invertHealthcheck", "tags"}
    assert sources(plan, hold, "fqdn") == {f"failover-{DR_REGION}"}


def test_the_hold_is_not_asked_for_before_the_entry_answers_itself() -> None:
    plan = entry(PROD)
    hold = the(plan, route53.HealthCheck, "failover-home-not-held")
    assert address(lb.ListenerRule, "dr-edge-hold") in before(plan, hold)


def test_a_hold_wakes_nobody() -> None:
    plan = entry(PROD)
    watched = {
        check
        for one in every(plan, cloudwatch.MetricAlarm)
        if said(one, "namespace") == "AWS/Route53" and said(one, "metricName") == "HealthCheckStatus"
        for check in sources(plan, one, "dimensions")
    }
    assert watched == {f"failover-{REGION}", f"failover-{DR_REGION}"}


@pytest.mark.parametrize("shape", [CLOSED_PROD, HALF_OPEN])
def test_where_no_checker_could_ask_for_a_hold_home_depends_on_itself_alone(shape: Shape) -> None:
    plan = entry(shape)
    found = by_role(plan, DOMAIN)
    assert {one.name for one in every(plan, route53.HealthCheck)} == {
        f"failover-{region}" for region in BALANCERS
    }
    assert sources(plan, found["PRIMARY"], "healthCheckId") == {f"failover-{REGION}"}


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


def test_records_are_changed_through_the_region_that_does_not_go_with_home() -> None:
    plan = entry(PROD)
    for record in every(plan, route53.Record):
        if record.name.startswith("failover-"):
            assert region_of(plan, record) == DR_REGION, record.name


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
    assert {f"failover-{region}" for region in BALANCERS} <= {
        one.name for one in every(plan, route53.HealthCheck)
    }
    assert led_to(plan, answers(plan, REGION)) == DR_REGION
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
            hold=None,
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
            bell=None,
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
