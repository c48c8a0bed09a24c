"""What the balancer promises: one entry for both regions, encrypted all the way, led by the active region."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pulumi_gcp import compute, networkservices

from components.gcp.balancer import NOTICED_SECONDS
from components.gcp.edge import GATEWAY_PORT_NAME
from plan.resource import Plan
from plan.value import Value
from tests.components.gcp.kit import ELSEWHERE, REGION
from tests.components.gcp.support_edge import (
    CLOSED_PROD,
    DEV,
    DOMAIN,
    DRAIN_SECONDS,
    HEALTH_PATH,
    NETWORK,
    OFFICE_ONLY,
    PROD,
    SHAPES,
    Shape,
    changes,
    entry,
    groups,
    listed,
    part,
    subnet,
)
from tests.components.kit import before, every, said, sources, the, token


def number(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


def told(backends: list[dict[str, Value]], field: str) -> set[str]:
    """What the backends of a region say in that field."""
    return {str(one[field]) for one in backends}


def by_region(plan: Plan) -> dict[str, list[dict[str, Value]]]:
    """The backends, by the region that their groups are in."""
    backends = listed(the(plan, compute.BackendService), "backends")
    return {
        region: found
        for region in (REGION, ELSEWHERE)
        if (found := [one for one in backends if one["group"] in groups(region)])
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_one_balancer_serves_every_group_of_every_region(shape: Shape) -> None:
    found = by_region(entry(shape))
    assert set(found) == ({REGION, ELSEWHERE} if shape.dr else {REGION})
    assert {region: len(backends) for region, backends in found.items()} == {
        region: len(groups(region)) for region in found
    }


@pytest.mark.parametrize(("shape", "scheme"), [(PROD, "EXTERNAL_MANAGED"), (CLOSED_PROD, "INTERNAL_MANAGED")])
def test_the_scheme_is_said_everywhere_for_its_default_is_public(shape: Shape, scheme: str) -> None:
    plan = entry(shape)
    said_by = [*every(plan, compute.BackendService), *every(plan, compute.GlobalForwardingRule)]
    assert {said(one, "loadBalancingScheme") for one in said_by} == {scheme}


@pytest.mark.parametrize("kind", [PROD, CLOSED_PROD])
@pytest.mark.parametrize(("active", "other"), [(REGION, ELSEWHERE), (ELSEWHERE, REGION)])
def test_customers_go_to_the_active_region_while_it_is_well(kind: Shape, active: str, other: str) -> None:
    found = by_region(entry(replace(kind, active_region=active)))
    assert told(found[active], "preference") == {"PREFERRED"}
    assert told(found[other], "preference") == {"DEFAULT"}
    assert told(found[active], "capacityScaler") == {"1"}


@pytest.mark.parametrize("shape", [PROD, CLOSED_PROD])
def test_reads_go_on_in_the_second_region_without_a_person(shape: Shape) -> None:
    assert told(by_region(entry(shape))[ELSEWHERE], "capacityScaler") == {"1"}


@pytest.mark.parametrize("shape", [PROD, CLOSED_PROD])
def test_a_home_that_comes_back_gets_nobody_while_the_other_region_works(shape: Shape) -> None:
    found = by_region(entry(replace(shape, active_region=ELSEWHERE)))
    assert told(found[REGION], "capacityScaler") == {"0"}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_burst_spills_into_a_region_that_can_only_read(shape: Shape) -> None:
    for backends in by_region(entry(shape)).values():
        for one in backends:
            assert one["balancingMode"] == "RATE", "the machines' load is reached by accident"
            assert number(one["maxRatePerInstance"]) >= 100_000


@pytest.mark.parametrize("shape", SHAPES)
def test_a_region_is_left_when_nothing_answers_and_a_zone_when_it_is_ill(shape: Shape) -> None:
    plan = entry(shape)
    policy = the(plan, networkservices.ServiceLbPolicies)
    assert said(policy, "failoverConfig", "failoverHealthThreshold") == 1, "the least that Google takes"
    assert said(policy, "autoCapacityDrain", "enable") is True
    assert said(policy, "isolationConfig") is None, "isolation prefers what is near, not what is active"
    assert said(policy, "location") == "global"
    service = the(plan, compute.BackendService)
    assert said(service, "serviceLbPolicy") == f"//networkservices.googleapis.com/{policy.id}"


@pytest.mark.parametrize("shape", [PROD, CLOSED_PROD])
def test_a_swap_changes_preference_and_home_and_nothing_else_about_the_balancer(shape: Shape) -> None:
    found = changes(shape, replace(shape, active_region=ELSEWHERE))
    assert {change.action for change in found.changes} == {"update"}
    assert found.undetermined == 0
    (change,) = [one for one in found.changes if one.resource.type == token(compute.BackendService)]
    fields = {one.path.rpartition(".")[2] for one in change.properties}
    assert fields == {"preference", "capacityScaler"}
    others = {one.resource.name for one in found.changes} - {change.resource.name}
    assert all(name.startswith("failover-") for name in others)


@pytest.mark.parametrize("shape", [PROD, CLOSED_PROD])
def test_no_dependency_turns_round_in_a_swap(shape: Shape) -> None:
    old, new = entry(shape), entry(replace(shape, active_region=ELSEWHERE))
    assert {one.urn: set(one.dependencies) for one in old} == {one.urn: set(one.dependencies) for one in new}


@pytest.mark.parametrize("shape", [DEV, OFFICE_ONLY])
def test_a_second_region_joins_in_place(shape: Shape) -> None:
    found = changes(shape, replace(shape, dr=True))
    assert {one.action for one in found.changes} == {"create", "update"}
    updated = {one.resource.name for one in found.changes if one.action == "update"}
    kind = "public" if shape.open_to else "internal"
    records = set() if shape.open_to else {"failover-apex-internal", "failover-wildcard-internal"}
    assert updated == {f"balancer-{kind}-service"} | records


def test_opening_the_entry_makes_all_of_it_anew_beside_what_is_there() -> None:
    old, new = entry(DEV), entry(OFFICE_ONLY)
    found = changes(DEV, OFFICE_ONLY)
    assert "replace" not in {one.action for one in found.changes}, "Google would refuse another scheme"
    kinds = (compute.BackendService, compute.URLMap, compute.TargetHttpsProxy, compute.GlobalForwardingRule)
    for kind in (*kinds, compute.HealthCheck, compute.SSLPolicy, networkservices.ServiceLbPolicies):
        names = [{said(one, "name") for one in every(plan, kind)} for plan in (old, new)]
        assert not names[0] & names[1], kind


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_encrypted_to_the_machine_and_a_machine_counts_once_it_can_serve(shape: Shape) -> None:
    plan = entry(shape)
    service, health = the(plan, compute.BackendService), the(plan, compute.HealthCheck)
    assert said(service, "protocol") == "HTTPS", "HTTP2 would carry no WebSocket"
    assert said(service, "portName") == GATEWAY_PORT_NAME
    assert sources(plan, service, "healthChecks") == {health.name}
    asked = said(health, "httpsHealthCheck")
    assert asked == {"host": DOMAIN, "portSpecification": "USE_SERVING_PORT", "requestPath": HEALTH_PATH}
    assert said(health, "httpHealthCheck") is None
    assert said(health, "logConfig", "enable") is True


def test_an_ill_machine_is_missed_as_soon_as_is_promised() -> None:
    health = the(entry(PROD), compute.HealthCheck)
    interval, wait = number(said(health, "checkIntervalSec")), number(said(health, "timeoutSec"))
    assert wait <= interval, "Google refuses a longer one"
    assert interval * number(said(health, "unhealthyThreshold")) + wait == NOTICED_SECONDS


@pytest.mark.parametrize("shape", SHAPES)
def test_no_client_is_tied_to_a_machine_and_a_machine_that_goes_may_finish(shape: Shape) -> None:
    service = the(entry(shape), compute.BackendService)
    assert said(service, "sessionAffinity") == "NONE"
    assert said(service, "connectionDrainingTimeoutSec") == DRAIN_SECONDS


@pytest.mark.parametrize("shape", SHAPES)
def test_a_stream_lives_for_minutes_so_that_a_planned_move_is_over_in_minutes(shape: Shape) -> None:
    longest = number(said(the(entry(shape), compute.BackendService), "timeoutSec"))
    assert 300 <= longest <= 900, "Google's own 30 s would cut every stream of quotes"
    assert 5 <= number(said(the(entry(shape), compute.TargetHttpsProxy), "httpKeepAliveTimeoutSec")) <= 600


@pytest.mark.parametrize("shape", SHAPES)
def test_every_request_is_in_the_log_for_what_the_firewall_did_is_nowhere_else(shape: Shape) -> None:
    assert said(the(entry(shape), compute.BackendService), "logConfig") == {"enable": True, "sampleRate": 1}


@pytest.mark.parametrize("shape", SHAPES)
def test_tls_has_forward_secrecy_and_nothing_older_than_1_2(shape: Shape) -> None:
    plan = entry(shape)
    policy, proxy = the(plan, compute.SSLPolicy), the(plan, compute.TargetHttpsProxy)
    assert (said(policy, "profile"), said(policy, "minTlsVersion")) == ("RESTRICTED", "TLS_1_2")
    assert sources(plan, proxy, "sslPolicy") == {policy.name}
    if shape.open_to:
        assert said(policy, "postQuantumKeyExchange") == "ENABLED", "what is recorded is not read tomorrow"


def test_an_order_cannot_be_sent_a_second_time_by_whoever_copied_its_first_packet() -> None:
    assert said(the(entry(PROD), compute.TargetHttpsProxy), "tlsEarlyData") == "DISABLED"


def test_a_public_proxy_takes_a_map_and_an_internal_one_the_certificate() -> None:
    outside, inside = (the(entry(shape), compute.TargetHttpsProxy) for shape in (PROD, CLOSED_PROD))
    assert str(said(outside, "certificateMap")).count("/certificateMaps/") == 1
    assert said(outside, "certificateManagerCertificates") is None
    assert str(said(inside, "certificateManagerCertificates", 0)).count("/certificates/") == 1
    assert said(inside, "certificateManagerCertificates", 1) is None
    assert said(inside, "certificateMap") is None


def test_a_public_entry_answers_at_its_one_address_and_without_tls_only_says_where_to_go() -> None:
    plan = entry(PROD)
    rules = {said(one, "portRange"): one for one in every(plan, compute.GlobalForwardingRule)}
    assert set(rules) == {"443", "80"}
    for rule in rules.values():
        assert sources(plan, rule, "ipAddress") == {"edge-public"}
        assert (said(rule, "networkTier"), said(rule, "subnetwork")) == ("PREMIUM", None)
    assert sources(plan, rules["443"], "target") == {"balancer-public-proxy"}
    plain = the(plan, compute.TargetHttpProxy)
    assert sources(plan, rules["80"], "target") == {plain.name}
    redirect = the(plan, compute.URLMap, "balancer-public-redirect")
    assert sources(plan, plain, "urlMap") == {redirect.name}
    assert said(redirect, "defaultService") is None
    assert said(redirect, "defaultUrlRedirect", "httpsRedirect") is True
    assert said(redirect, "defaultUrlRedirect", "stripQuery") is False


def test_an_internal_entry_answers_in_each_region_by_tls_alone() -> None:
    plan = entry(CLOSED_PROD)
    assert every(plan, compute.TargetHttpProxy) == []
    for region, edge in ((REGION, "edge"), (ELSEWHERE, "dr-edge")):
        rule = the(plan, compute.GlobalForwardingRule, f"balancer-internal-{region}")
        assert sources(plan, rule, "ipAddress") == {f"{edge}-internal"}
        assert sources(plan, rule, "target") == {"balancer-internal-proxy"}
        assert (said(rule, "portRange"), said(rule, "network")) == ("443", NETWORK)
        assert said(rule, "subnetwork") == subnet(region)
        assert said(rule, "networkTier") is None, "there is one tier inside"
        assert (token(compute.Network), "proxies") in before(plan, rule)


@pytest.mark.parametrize("shape", SHAPES)
def test_everything_that_comes_by_tls_goes_to_the_gateway(shape: Shape) -> None:
    plan = entry(shape)
    kind = "public" if shape.open_to else "internal"
    routes = the(plan, compute.URLMap, f"balancer-{kind}-routes")
    assert sources(plan, routes, "defaultService") == {f"balancer-{kind}-service"}
    assert sources(plan, the(plan, compute.TargetHttpsProxy), "urlMap") == {routes.name}
    assert said(routes, "pathMatchers") is None


def test_nobody_reaches_a_public_backend_past_the_firewall() -> None:
    plan = entry(OFFICE_ONLY)
    assert sources(plan, the(plan, compute.BackendService), "securityPolicy") == {"balancer-firewall-policy"}


@pytest.mark.parametrize("shape", [DEV, CLOSED_PROD, replace(CLOSED_PROD, ddos_advanced=True)])
def test_an_internal_entry_has_no_firewall_and_pays_for_none_for_google_has_none(shape: Shape) -> None:
    plan = entry(shape)
    assert every(plan, compute.SecurityPolicy) == every(plan, compute.ProjectCloudArmorTier) == []
    assert said(the(plan, compute.BackendService), "securityPolicy") is None


@pytest.mark.parametrize("shape", [DEV, CLOSED_PROD])
def test_an_internal_entry_says_nothing_that_only_a_public_one_takes(shape: Shape) -> None:
    plan = entry(shape)
    proxy = the(plan, compute.TargetHttpsProxy)
    assert said(proxy, "quicOverride") is said(proxy, "tlsEarlyData") is None
    assert said(the(plan, compute.BackendService), "customResponseHeaders") is None
    assert said(the(plan, compute.SSLPolicy), "postQuantumKeyExchange") is None


def test_a_browser_that_came_once_comes_by_tls_for_ever() -> None:
    headers = said(the(entry(PROD), compute.BackendService), "customResponseHeaders")
    assert isinstance(headers, list)
    assert [str(one).partition(":")[0] for one in headers] == ["Strict-Transport-Security"]


@pytest.mark.parametrize("shape", [PROD, CLOSED_PROD])
def test_the_outside_learns_at_which_address_each_region_answers(shape: Shape) -> None:
    plan = entry(shape)
    entries = part(plan, "balancer").outputs["entries"]
    assert isinstance(entries, dict)
    for region, edge in ((REGION, "edge"), (ELSEWHERE, "dr-edge")):
        assert entries[region] == part(plan, edge).outputs["host_name"]
