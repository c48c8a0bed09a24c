"""What the entry promises: open to whom the settings name, encrypted all the way, and on record."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase

import pytest
from pulumi_aws import cloudwatch, ec2, lb, shield, sns, vpc

from components.aws.edge import TARGET_PORT, log_delivery
from components.naming import Naming
from plan.replace import replaces
from plan.resource import Plan
from tests.components.aws.kit import ACCOUNT, OFFICE, REGION
from tests.components.aws.support_data import address
from tests.components.aws.support_edge import (
    ANYWHERE,
    BUCKET,
    CLIENTS,
    CLOSED_PROD,
    DEV,
    DR_REGION,
    DRAIN_SECONDS,
    HEALTH_PATH,
    INSIDE,
    OFFICE_ONLY,
    PRIVATE,
    PROD,
    PUBLIC,
    Shape,
    changes,
    entry,
    part,
)
from tests.components.kit import before, every, said, sources, the
from tests.support import values

SHAPES = (DEV, OFFICE_ONLY, PROD, CLOSED_PROD)


def let_in(plan: Plan, part_name: str = "edge") -> set[tuple[object, object]]:
    """Network and port of each rule of the balancer's group."""
    rules = [
        one
        for one in every(plan, vpc.SecurityGroupIngressRule)
        if sources(plan, one, "securityGroupId") == {f"{part_name}-balancer"}
    ]
    assert all(said(one, "fromPort") == said(one, "toPort") for one in rules)
    assert {said(one, "ipProtocol") for one in rules} == {"tcp"}
    return {(said(one, "cidrIpv4"), said(one, "fromPort")) for one in rules}


@pytest.mark.parametrize("shape", [DEV, CLOSED_PROD])
def test_an_entry_that_is_open_to_nobody_is_reached_from_inside_alone(shape: Shape) -> None:
    plan = entry(shape)
    for balancer in every(plan, lb.LoadBalancer):
        assert said(balancer, "internal") is True
        assert said(balancer, "subnets") == list(PRIVATE)
    assert let_in(plan) == {(cidr, 443) for cidr in INSIDE}
    assert {said(one, "port") for one in every(plan, lb.Listener)} == {443}


@pytest.mark.parametrize("shape", [DEV, OFFICE_ONLY, CLOSED_PROD])
def test_the_whole_internet_is_named_nowhere_unless_the_settings_name_it(shape: Shape) -> None:
    leaves = [value for resource in entry(shape) for _, value in values(dict(resource.inputs))]
    assert not {ANYWHERE, "::/0"} & {value for value in leaves if isinstance(value, str)}


@pytest.mark.parametrize("shape", [OFFICE_ONLY, PROD])
def test_an_open_entry_lets_in_each_named_network_and_nobody_else(shape: Shape) -> None:
    plan = entry(shape)
    balancer = the(plan, lb.LoadBalancer, "edge-balancer")
    assert said(balancer, "internal") is False
    assert said(balancer, "subnets") == list(PUBLIC)
    assert let_in(plan) == {(cidr, port) for cidr in shape.open_to for port in (443, 80)}


def test_a_second_network_changes_nothing_for_the_first() -> None:
    found = changes(OFFICE_ONLY, replace(OFFICE_ONLY, open_to=("203.0.113.0/24", OFFICE)))
    assert [change.action for change in found.changes] == ["create", "create"]


def test_without_tls_one_is_only_told_where_to_go() -> None:
    listener = the(entry(PROD), lb.Listener, "edge-http")
    (action,) = [said(listener, "defaultActions", 0)]
    assert said(listener, "defaultActions", 1) is None
    assert action == {
        "type": "redirect",
        "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"},
    }


def test_the_second_regions_entry_says_whether_home_is_held_by_itself_and_before_any_pod_is_asked() -> None:
    plan = entry(PROD)
    rule = the(plan, lb.ListenerRule)
    assert sources(plan, rule, "listenerArn") == {"dr-edge-https"}
    assert said(rule, "priority") == 1
    assert said(rule, "actions", 0, "type") == "fixed-response"
    assert said(rule, "actions", 1) is None
    assert said(rule, "actions", 0, "fixedResponse", "statusCode") == "404", "not held"


def test_a_swap_turns_the_answer_round_in_place_and_changes_nothing_else_at_an_entry() -> None:
    found = changes(PROD, replace(PROD, active_region=DR_REGION)).changes
    (change,) = [one for one in found if one.resource.type.startswith("aws:lb/")]
    assert (change.resource.name, change.action) == ("dr-edge-hold", "update")
    turned = {one.path: one.new for one in change.properties}
    answer = "actions[0].fixedResponse"
    assert turned == {f"{answer}.statusCode": "200", f"{answer}.messageBody": "held"}
    assert set(replaces(change.resource.type)) == {"listenerArn", "region"}, "what a rule belongs to"


@pytest.mark.parametrize("shape", [DEV, OFFICE_ONLY, CLOSED_PROD, replace(PROD, dr=False)])
def test_nobody_is_held_where_nobody_could_ask_or_there_is_nowhere_else_to_go(shape: Shape) -> None:
    assert every(entry(shape), lb.ListenerRule) == []


def test_two_entries_that_only_an_office_reaches_hold_nobody() -> None:
    assert every(entry(replace(OFFICE_ONLY, dr=True)), lb.ListenerRule) == []


def test_the_balancer_reaches_the_gateway_and_nothing_else_and_the_gateway_knows_it() -> None:
    plan = entry(PROD)
    out = the(plan, vpc.SecurityGroupEgressRule, "edge-to-gateway")
    (group,) = sources(plan, out, "securityGroupId")
    assert group == "edge-balancer"
    assert len(every(plan, vpc.SecurityGroupEgressRule)) == len(every(plan, lb.LoadBalancer))
    assert said(out, "referencedSecurityGroupId") == CLIENTS
    into = the(plan, vpc.SecurityGroupIngressRule, "edge-into-gateway")
    assert said(into, "securityGroupId") == CLIENTS
    assert sources(plan, into, "referencedSecurityGroupId") == {group}
    ports = [(said(rule, "fromPort"), said(rule, "toPort")) for rule in (out, into)]
    assert ports == [(TARGET_PORT, TARGET_PORT)] * 2
    assert sources(plan, the(plan, lb.LoadBalancer, "edge-balancer"), "securityGroups") == {group}
    assert said(the(plan, ec2.SecurityGroup, "edge-balancer"), "egress") is None


def test_tls_is_as_aws_recommends_and_route_53_can_still_check() -> None:
    policy = str(said(the(entry(PROD), lb.Listener, "edge-https"), "sslPolicy"))
    assert policy.startswith("ELBSecurityPolicy-TLS13-1-2-"), "Route 53's checkers speak TLS up to 1.2"
    assert "-Res-" in policy, "ciphers with forward secrecy alone"
    assert "-PQ-" in policy, "what is recorded today is not read tomorrow"


@pytest.mark.parametrize("prefix", ["", "dr-"])
def test_nobody_is_served_before_the_certificate_has_been_issued(prefix: str) -> None:
    plan = entry(PROD)
    listener = the(plan, lb.Listener, f"{prefix}edge-https")
    assert sources(plan, listener, "certificateArn") == {f"{prefix}certificate-issued"}
    assert sources(plan, listener, "defaultActions") == {f"{prefix}edge-gateway"}
    assert sources(plan, listener, "loadBalancerArn") == {f"{prefix}edge-balancer"}


def test_it_is_encrypted_to_the_pod_and_a_pod_counts_once_it_can_serve() -> None:
    group = the(entry(DEV), lb.TargetGroup)
    assert said(group, "targetType") == "ip"
    assert said(group, "protocol") == said(group, "healthCheck", "protocol") == "HTTPS"
    assert said(group, "port") == TARGET_PORT
    assert TARGET_PORT >= 1024, "a pod needs no right for it"
    assert said(group, "healthCheck", "path") == HEALTH_PATH
    assert said(group, "healthCheck", "matcher") == "200", "a redirect is no health"
    assert said(group, "healthCheck", "timeout") < said(group, "healthCheck", "interval")  # pyright: ignore[reportOperatorIssue]


def test_a_pod_that_goes_may_finish_what_it_began() -> None:
    assert said(the(entry(DEV), lb.TargetGroup), "deregistrationDelay") == DRAIN_SECONDS


def test_no_client_is_tied_to_a_pod() -> None:
    assert said(the(entry(DEV), lb.TargetGroup), "stickiness", "enabled") is False


@pytest.mark.parametrize("shape", SHAPES)
def test_what_two_servers_could_read_differently_does_not_pass(shape: Shape) -> None:
    for balancer in every(entry(shape), lb.LoadBalancer):
        assert said(balancer, "dropInvalidHeaderFields") is True
        assert said(balancer, "desyncMitigationMode") == "defensive"
        assert said(balancer, "enableWafFailOpen") is False


def test_after_a_planned_move_no_client_stays_longer_than_minutes() -> None:
    kept = said(the(entry(DEV), lb.LoadBalancer), "clientKeepAlive")
    assert isinstance(kept, int)
    assert 60 <= kept <= 300


@pytest.mark.parametrize("log", ["accessLogs", "connectionLogs"])
def test_the_balancer_writes_its_logs_where_it_is_let_in_to_write_them(log: str) -> None:
    plan = entry(PROD)
    balancer = the(plan, lb.LoadBalancer, "edge-balancer")
    assert said(balancer, log, "enabled") is True
    statement = log_delivery(bucket_arn=f"arn:aws:s3:::{BUCKET}", account=ACCOUNT, region=REGION)
    day = f"AWSLogs/{ACCOUNT}/elasticloadbalancing/{REGION}/2026/01/01/one.log.gz"
    written = f"arn:aws:s3:::{said(balancer, log, 'bucket')}/{said(balancer, log, 'prefix')}/{day}"
    resources = statement["Resource"]
    assert isinstance(resources, list)
    assert len([one for one in resources if fnmatchcase(written, one)]) == 1
    ours = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/*"
    assert statement["Condition"] == {"ArnLike": {"aws:SourceArn": ours}}
    assert fnmatchcase(str(balancer.outputs["arn"]), ours)


def test_balancers_may_write_logs_and_do_nothing_else_in_the_bucket() -> None:
    statement = log_delivery(bucket_arn=f"arn:aws:s3:::{BUCKET}", account=ACCOUNT, region=DR_REGION)
    assert (statement["Effect"], statement["Action"]) == ("Allow", "s3:PutObject")
    assert statement["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert f":{DR_REGION}:" in str(statement["Condition"])
    assert all(f"/AWSLogs/{ACCOUNT}/" in one for one in list[str](statement["Resource"]))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("prefix", ["", "dr-"])
def test_the_log_bucket_stands_before_the_balancer_tries_it(prefix: str) -> None:
    plan = entry(PROD)
    balancer = the(plan, lb.LoadBalancer, f"{prefix}edge-balancer")
    assert address(sns.Topic, f"{prefix}bucket") in before(plan, balancer)


@pytest.mark.parametrize("shape", SHAPES)
def test_where_it_counts_the_balancer_is_protected_by_pulumi_and_by_aws(shape: Shape) -> None:
    for balancer in every(entry(shape), lb.LoadBalancer):
        assert balancer.options.protect is shape.protect
        assert said(balancer, "enableDeletionProtection") is shape.protect


@pytest.mark.parametrize("shape", SHAPES)
def test_traffic_can_be_moved_away_from_an_ill_zone_where_the_settings_say(shape: Shape) -> None:
    for balancer in every(entry(shape), lb.LoadBalancer):
        assert said(balancer, "enableZonalShift") is shape.zonal_shift


def test_opening_the_entry_makes_a_balancer_of_another_name_before_the_old_one_goes() -> None:
    replaced = [one for one in changes(DEV, OFFICE_ONLY).changes if one.action == "replace"]
    balancer = next(one for one in replaced if one.resource.type == "aws:lb/loadBalancer:LoadBalancer")
    assert {change.path for change in balancer.properties if change.replaces} == {"internal", "name"}
    assert not balancer.resource.options.delete_before_replace
    assert "aws:lb/targetGroup:TargetGroup" not in {one.resource.type for one in replaced}, "pods stay"


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_the_balancer_keeps_its_whole_name_in_every_environment(environment: str) -> None:
    for facing in ("internal", "public"):
        assert Naming(environment).of("load-balancer", "edge", facing).endswith(f"-edge-{facing}")


def test_the_paid_protection_is_added_to_a_public_balancer_and_never_bought() -> None:
    plan = entry(replace(OFFICE_ONLY, ddos_advanced=True))
    assert sources(plan, the(plan, shield.Protection), "resourceArn") == {"edge-balancer"}
    assert every(plan, shield.Subscription) == []


@pytest.mark.parametrize("shape", [OFFICE_ONLY, replace(DEV, ddos_advanced=True)])
def test_nothing_is_protected_that_nobody_asked_for_or_nobody_outside_can_reach(shape: Shape) -> None:
    assert every(entry(shape), shield.Protection) == []


def test_the_outside_learns_where_the_entry_is_where_pods_register_and_what_says_it_is_away() -> None:
    plan = entry(PROD)
    balancer = the(plan, lb.LoadBalancer, "dr-edge-balancer")
    assert part(plan, "dr-edge").outputs == {
        "host_name": balancer.outputs["dnsName"],
        "zone_id": balancer.outputs["zoneId"],
        "target_group_id": the(plan, lb.TargetGroup, "dr-edge-gateway").outputs["arn"],
        "unserved_alarm": said(the(plan, cloudwatch.MetricAlarm, "dr-edge-unserved"), "name"),
    }
