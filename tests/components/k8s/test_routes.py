from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.k8s.entry import LISTENER, NAME
from components.k8s.places import CANARY_SUFFIX, GATEWAY
from components.k8s.routes import Route
from plan.resource import Plan
from tests.components.k8s.manifests import hasty, names, objects, of, refused
from tests.components.k8s.ways_in import LOGIN, routes


@pytest.fixture(scope="module")
def plan() -> Plan:
    return routes()


def rules(plan: Plan, service: str) -> dict[str, dict[str, Any]]:
    return {rule["name"]: rule for rule in of(plan, "HTTPRoute", service)["spec"]["rules"]}


def policy_of(plan: Plan, kind: str, service: str, rule: str | None) -> dict[str, Any]:
    """The only policy of a kind that is meant for a rule of a service, or (None) for the whole route."""
    found = [
        manifest["spec"]
        for _, manifest in objects(plan)
        if manifest["kind"] == kind
        and any(
            target["name"] == service and target.get("sectionName") == rule
            for target in manifest["spec"]["targetRefs"]
        )
    ]
    assert len(found) == 1, f"{len(found)} policies of {kind} for {service} {rule}"
    return found[0]


@pytest.mark.parametrize("implementation", ["envoy", "nginx"])
def test_every_object_is_what_its_schema_allows(implementation: str) -> None:
    wanted = [Route(service="api", path="/api", access="open"), Route(service="web", path="/", access="open")]
    assert refused(routes(*wanted, implementation=implementation)) == []


def test_routes_with_logins_are_what_their_schemas_allow(plan: Plan) -> None:
    assert refused(plan) == []
    assert refused(routes(login=replace(LOGIN, scopes=["trade"]))) == []


def test_routes_join_the_platforms_one_listener_under_the_platforms_host(plan: Plan) -> None:
    for service in ("api", "dashboard"):
        spec = of(plan, "HTTPRoute", service)["spec"]
        assert spec["parentRefs"] == [{"name": NAME, "namespace": GATEWAY, "sectionName": LISTENER}]
        assert spec["hostnames"] == ["trade.example.com"]
    own = routes(Route(service="api", path="/", hosts=["api.example.com"]))
    assert of(own, "HTTPRoute")["spec"]["hostnames"] == ["api.example.com"]


def test_reading_is_told_from_writing_by_the_method_alone(plan: Plan) -> None:
    found = rules(plan, "api")
    assert {match["method"] for match in found["read"]["matches"]} == {"GET", "HEAD"}
    (write,) = found["write"]["matches"]
    assert "method" not in write, "whatever is not reading may change something"
    assert {match["path"]["value"] for match in [*found["read"]["matches"], write]} == {"/api"}


def test_an_order_is_never_sent_twice(plan: Plan) -> None:
    for service in ("api", "dashboard"):
        assert "retry" not in policy_of(plan, "BackendTrafficPolicy", service, "write")
        assert policy_of(plan, "BackendTrafficPolicy", service, "read")["retry"]["numRetries"] == 1


def test_each_rule_has_limits_for_rate_and_size_and_time(plan: Plan) -> None:
    for service in ("api", "dashboard"):
        for name, rule in rules(plan, service).items():
            limits = policy_of(plan, "BackendTrafficPolicy", service, name)
            assert limits["rateLimit"]["local"]["rules"]
            assert limits["circuitBreaker"]["maxPendingRequests"]
            assert rule["timeouts"] == {"request": "30s"}
    assert policy_of(plan, "BackendTrafficPolicy", "api", "read")["requestBuffer"]
    assert policy_of(plan, "BackendTrafficPolicy", "dashboard", "write")["requestBuffer"]
    assert "requestBuffer" not in policy_of(plan, "BackendTrafficPolicy", "dashboard", "read"), "WebSockets"


def test_the_token_has_to_be_ours_and_is_read_where_no_log_sees_it(plan: Plan) -> None:
    (provider,) = policy_of(plan, "SecurityPolicy", "api", None)["jwt"]["providers"]
    assert provider["issuer"] == LOGIN.issuer
    assert provider["audiences"] == list(LOGIN.audiences)
    assert provider["remoteJWKS"]["uri"] == LOGIN.keys_url
    assert provider["extractFrom"] == {"headers": [{"name": "Authorization", "valuePrefix": "Bearer "}]}
    sent_on = {one["header"]: one["claim"] for one in provider["claimToHeaders"]}
    assert sent_on == dict(LOGIN.claims)


def test_a_token_must_not_be_optional(plan: Plan) -> None:
    for _, manifest in objects(plan):
        if manifest["kind"] == "SecurityPolicy":
            assert not {"optional", "failOpen"} & manifest["spec"].get("jwt", {}).keys()
            assert "cors" not in manifest["spec"]


def test_browsers_carry_the_token_in_a_cookie_and_only_our_own_pages_may_change_anything(plan: Plan) -> None:
    policy = policy_of(plan, "SecurityPolicy", "dashboard", None)
    (provider,) = policy["jwt"]["providers"]
    assert provider["extractFrom"]["cookies"] == ["trading_session"]
    assert policy["csrf"] == {}
    assert "csrf" not in policy_of(plan, "SecurityPolicy", "api", None)


def test_a_token_without_the_scopes_is_refused() -> None:
    plan = routes(Route(service="api", path="/api"), login=replace(LOGIN, scopes=["trade", "read"]))
    authorization = policy_of(plan, "SecurityPolicy", "api", None)["authorization"]
    assert authorization["defaultAction"] == "Deny"
    (rule,) = authorization["rules"]
    assert rule["action"] == "Allow"
    assert rule["principal"]["jwt"]["scopes"] == ["trade", "read"]


def test_a_public_path_is_open_exactly_and_to_readers_alone(plan: Plan) -> None:
    public = rules(plan, "dashboard")["public"]
    assert {
        (match["path"]["type"], match["path"]["value"], match["method"]) for match in public["matches"]
    } == {
        ("Exact", "/sign-in", "GET"),
        ("Exact", "/sign-in", "HEAD"),
    }
    assert policy_of(plan, "SecurityPolicy", "dashboard", "public")["authorization"] == {
        "defaultAction": "Allow"
    }
    assert "public" not in rules(plan, "api")


def test_without_a_login_a_route_that_wants_a_token_stays_closed() -> None:
    plan = routes(Route(service="api", path="/api", public_paths=["/api/docs"]), login=None)
    assert not names(plan, "SecurityPolicy"), "the gateway's own policy denies"
    assert names(plan, "HTTPRoute") == {"api"}


def test_an_open_route_is_open_because_it_says_so() -> None:
    plan = routes(Route(service="api", path="/api", access="open"), login=None)
    assert policy_of(plan, "SecurityPolicy", "api", None)["authorization"] == {"defaultAction": "Allow"}


def test_a_route_is_limited_before_it_is_open(plan: Plan) -> None:
    for resource, manifest in objects(plan):
        if manifest["kind"] == "SecurityPolicy":
            before = " ".join(resource.dependencies)
            assert "HTTPRoute" in before
            assert "BackendTrafficPolicy" in before


def test_every_policy_waits_for_the_gateway() -> None:
    assert hasty(routes(after_operator=True)) == []


def test_all_of_the_traffic_is_the_stable_pods_until_a_rollout_moves_it_and_nothing_moves_it_back(
    plan: Plan,
) -> None:
    for rule in rules(plan, "api").values():
        weights = {backend["name"]: backend["weight"] for backend in rule["backendRefs"]}
        assert weights == {"api": 100, "api" + CANARY_SUFFIX: 0}
    for resource, manifest in objects(plan):
        if manifest["kind"] == "HTTPRoute":
            assert list(resource.options.ignore_changes) == ["spec.rules[*].backendRefs[*].weight"]


def test_a_service_without_a_second_one_has_all_of_its_traffic() -> None:
    plan = routes(Route(service="api", path="/api", by_weight=False))
    for rule in rules(plan, "api").values():
        assert rule["backendRefs"] == [{"name": "api", "port": 80}]


@pytest.mark.parametrize(
    ("route", "changes", "says"),
    [
        (Route(service="api", path="/"), {"implementation": "nginx"}, "wants a token"),
        (
            Route(service="api", path="/", access="open", public_paths=["/a"]),
            {"implementation": "nginx"},
            "no public_paths",
        ),
        (
            Route(service="web", path="/", browser=True),
            {"login": replace(LOGIN, cookie="")},
            "login.cookie is empty",
        ),
    ],
)
def test_what_would_stand_open_by_mistake_is_refused(
    route: Route, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        routes(route, **changes)


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"audiences": []}, "login.audiences is empty"), ({"keys_url": "http://login.example.com"}, "https://")],
)
def test_a_login_that_would_believe_too_much_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(LOGIN, **changes)
