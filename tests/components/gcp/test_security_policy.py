"""What the firewall promises: who is let in, what is refused, and that nothing is refused unwatched."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from pulumi_gcp import compute, monitoring

from plan.resource import Plan
from plan.value import Value
from tests.components.gcp.kit import CHANNELS
from tests.components.gcp.support_edge import (
    OFFICE,
    OFFICE_ONLY,
    PROD,
    RATE_LIMIT,
    Shape,
    alarm_filter,
    changes,
    entry,
    listed,
)
from tests.components.kit import before, every, said, sources, the, token

COUNTING = replace(PROD, blocking=False)
PAID = replace(PROD, ddos_advanced=True)
BLOCKING_OFFICE = replace(OFFICE_ONLY, blocking=True)
MANY = tuple(f"192.0.2.{number}/32" for number in range(23))
LAST = 2147483647


def rules(plan: Plan) -> list[dict[str, Value]]:
    """In the order in which they are asked."""
    found = listed(the(plan, compute.SecurityPolicy), "rules")
    return sorted(found, key=lambda one: int(str(one["priority"])))


def expression(rule: dict[str, Value]) -> str:
    match = rule["match"]
    assert isinstance(match, dict)
    expr = match.get("expr")
    return str(expr["expression"]) if isinstance(expr, dict) else ""


def networks(rule: dict[str, Value]) -> list[str]:
    match = rule["match"]
    assert isinstance(match, dict)
    config = match.get("config")
    if not isinstance(config, dict):
        return []
    assert match["versionedExpr"] == "SRC_IPS_V1"
    ranges = config["srcIpRanges"]
    assert isinstance(ranges, list)
    return [str(one) for one in ranges]


def let_in(plan: Plan) -> set[str]:
    """Networks whose requests can reach the entry."""
    passes = ("allow", "throttle")
    return {one for rule in rules(plan) if rule["action"] in passes for one in networks(rule)}


@pytest.mark.parametrize("shape", [PROD, COUNTING, OFFICE_ONLY, BLOCKING_OFFICE, PAID])
def test_whoever_is_in_no_named_network_is_refused_even_while_the_lists_only_count(shape: Shape) -> None:
    last = rules(entry(shape))[-1]
    assert (last["priority"], last["action"], networks(last)) == (LAST, "deny(403)", ["*"])
    assert not last.get("preview")
    anybody = "0.0.0.0/0" in shape.open_to
    assert let_in(entry(shape)) == ({"*"} if anybody else {OFFICE})


@pytest.mark.parametrize("blocking", [True, False])
def test_as_many_networks_come_in_as_are_named_ten_a_rule(*, blocking: bool) -> None:
    plan = entry(Shape(open_to=MANY, blocking=blocking))
    assert let_in(plan) == set(MANY)
    assert all(len(networks(one)) <= 10 for one in rules(plan))
    priorities = [one["priority"] for one in rules(plan)]
    assert len(set(map(str, priorities))) == len(priorities)


@pytest.mark.parametrize("shape", [PROD, COUNTING, PAID])
def test_what_a_limit_lets_in_has_passed_every_list(shape: Shape) -> None:
    actions = [str(one["action"]) for one in rules(entry(shape))]
    assert "deny(403)" not in actions[actions.index("throttle") : -1]
    assert set(actions[: actions.index("throttle")]) == {"deny(403)"}


def test_more_than_the_limit_is_refused_and_not_the_customer() -> None:
    (limit,) = [one for one in rules(entry(PROD)) if one["action"] == "throttle"]
    assert limit["rateLimitOptions"] == {
        "enforceOnKey": "IP",
        "conformAction": "allow",
        "exceedAction": "deny(429)",
        "rateLimitThreshold": {"count": RATE_LIMIT, "intervalSec": 300},
    }


def test_a_limit_that_google_does_not_count_to_is_counted_by_the_minute() -> None:
    (limit,) = [
        one for one in rules(entry(replace(PROD, rate_limit=2_000_000))) if one["action"] == "throttle"
    ]
    options = limit["rateLimitOptions"]
    assert isinstance(options, dict)
    assert options["rateLimitThreshold"] == {"count": 400_000, "intervalSec": 60}


def test_a_new_environment_counts_and_refuses_nobody_who_may_come_in() -> None:
    found = rules(entry(COUNTING))
    in_force = [one for one in found if not one.get("preview")]
    assert [one["action"] for one in in_force] == ["allow", "deny(403)"]
    assert networks(in_force[0]) == ["*"]


def test_an_environment_that_blocks_previews_nothing() -> None:
    assert not [one for one in rules(entry(PROD)) if one.get("preview")]


@pytest.mark.parametrize(
    "list_name", ["sqli", "xss", "lfi", "rfi", "rce", "protocolattack", "scannerdetection"]
)
def test_known_attacks_are_recognised_by_the_newest_list_at_its_least_jumpy(list_name: str) -> None:
    wanted = f"evaluatePreconfiguredWaf('{list_name}-v422-stable', {{'sensitivity': 1}})"
    assert wanted in [expression(one) for one in rules(entry(PROD))]


def test_log4shell_and_sql_in_json_are_recognised() -> None:
    said_ = " ".join(expression(one) for one in rules(entry(PROD)))
    assert "'cve-canary'" in said_
    assert "'json-sqli-canary'" in said_
    assert (
        said(the(entry(PROD), compute.SecurityPolicy), "advancedOptionsConfig", "jsonParsing") == "STANDARD"
    )


@pytest.mark.parametrize(
    ("method", "passes"), [("DELETE", True), ("PUT", True), ("PATCH", True), ("TRACE", False)]
)
def test_an_order_can_be_cancelled(method: str, *, passes: bool) -> None:
    found = [expression(one) for one in rules(entry(PROD))]
    assert not [one for one in found if "methodenforcement" in one], "it takes a DELETE for an attack"
    (ours,) = [one for one in found if one.startswith("!request.method.matches(")]
    pattern = re.findall(r"'(.+)'", ours)[0]
    assert bool(re.search(pattern, method)) is passes


def test_a_body_is_read_to_the_end_or_refused() -> None:
    plan = entry(PROD)
    size = str(said(the(plan, compute.SecurityPolicy), "advancedOptionsConfig", "requestBodyInspectionSize"))
    (largest,) = [
        re.findall(r"> (\d+)$", expression(one)) for one in rules(plan) if "content-length" in expression(one)
    ]
    assert int(largest[0]) == int(size.removesuffix("KB")) * 1024


@pytest.mark.parametrize(("shape", "level"), [(PROD, "NORMAL"), (COUNTING, "VERBOSE")])
def test_the_log_shows_what_matched_only_while_the_rules_are_tried(shape: Shape, level: str) -> None:
    policy = the(entry(shape), compute.SecurityPolicy)
    assert said(policy, "advancedOptionsConfig", "logLevel") == level


@pytest.mark.parametrize("shape", [PROD, PAID])
def test_a_flood_is_found_by_itself(shape: Shape) -> None:
    policy = the(entry(shape), compute.SecurityPolicy)
    assert said(policy, "adaptiveProtectionConfig", "layer7DdosDefenseConfig", "enable") is True


def test_nothing_is_bought_that_nobody_acknowledged() -> None:
    plan = entry(PROD)
    assert every(plan, compute.ProjectCloudArmorTier) == []
    paid = ("evaluateThreatIntelligence", "evaluateAdaptiveProtectionAutoDeploy")
    assert not [one for one in rules(plan) if expression(one).startswith(paid)], "Google would refuse them"


def test_the_paid_tier_is_the_one_without_a_year_and_comes_before_what_needs_it() -> None:
    plan = entry(PAID)
    assert said(the(plan, compute.ProjectCloudArmorTier), "cloudArmorTier") == "CA_ENTERPRISE_PAYGO"
    policy = the(plan, compute.SecurityPolicy)
    assert (token(compute.ProjectCloudArmorTier), "balancer-firewall-tier") in before(plan, policy)
    first, second = (expression(one) for one in rules(plan)[:2])
    assert first == "evaluateThreatIntelligence('iplist-known-malicious-ips')"
    assert second == "evaluateAdaptiveProtectionAutoDeploy()"


@pytest.mark.parametrize("shape", [PROD, COUNTING, OFFICE_ONLY, PAID])
def test_every_rule_fits_googles_limits(shape: Shape) -> None:
    found = rules(entry(shape))
    assert len([one for one in found if expression(one)]) <= 20, (
        "the quota of a project that asked for no more"
    )
    assert all(len(str(one["description"])) <= 64 for one in found)


def test_switching_the_paid_tier_or_blocking_on_replaces_nothing() -> None:
    for new in (PAID, COUNTING):
        assert "replace" not in {one.action for one in changes(PROD, new).changes}


@pytest.mark.parametrize(
    ("shape", "figure"), [(PROD, "request_count"), (COUNTING, "previewed_request_count")]
)
def test_somebody_hears_of_an_attack_also_while_nothing_is_refused(shape: Shape, figure: str) -> None:
    plan = entry(shape)
    alarm = the(plan, monitoring.AlertPolicy, "balancer-firewall-refused")
    assert f'"networksecurity.googleapis.com/https/{figure}"' in alarm_filter(alarm)
    assert 'metric.labels.blocked = "true"' in alarm_filter(alarm)
    assert sources(plan, alarm, "conditions") == {"balancer-firewall-policy"}
    assert said(alarm, "notificationChannels") == list(CHANNELS)
