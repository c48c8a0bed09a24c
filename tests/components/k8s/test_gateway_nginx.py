from __future__ import annotations

from typing import Any

import pytest

from components.gcp.balancer import GATEWAY_KEEPS_SECONDS
from components.k8s.entry import Limits, Size, pods, service_name
from components.k8s.gateway_nginx import HEALTH_PORT
from components.k8s.operator_table import NGINX
from plan.resource import Plan
from tests.components.k8s.manifests import names, of
from tests.components.k8s.ways_in import gateway


@pytest.fixture(scope="module")
def plan() -> Plan:
    limits = Limits(client_requests_per_minute=60, body_kib=256)
    return gateway("gcp", implementation="nginx", limits=limits, entry_addresses=["10.16.0.0/16"])


@pytest.fixture(scope="module")
def proxy(plan: Plan) -> dict[str, Any]:
    return of(plan, "NginxProxy")["spec"]


def test_the_entry_asks_for_health_where_the_traffic_is_and_a_pod_that_has_its_configuration_answers(
    plan: Plan, proxy: dict[str, Any]
) -> None:
    (rule,) = of(plan, "HTTPRoute", "health")["spec"]["rules"]
    (match,) = rule["matches"]
    assert match["path"] == {"type": "Exact", "value": "/healthz/ready"}
    probe = proxy["kubernetes"]["deployment"]["container"]["readinessProbe"]
    assert rule["filters"][0]["urlRewrite"]["path"]["replaceFullPath"] == probe["path"]
    assert rule["backendRefs"] == [{"name": service_name("nginx"), "port": probe["port"]}]
    assert probe["expose"] is True, "the Service would not have the port"


def test_the_health_route_may_join_the_gateway_and_reach_its_pods(plan: Plan) -> None:
    (listener,) = of(plan, "Gateway")["spec"]["listeners"]
    (name,) = listener["allowedRoutes"]["namespaces"]["selector"]["matchExpressions"]
    assert name["values"] == ["trading", "gateway"]
    for direction, key in (("health-in", "ingress"), ("health-out", "egress")):
        (rule,) = of(plan, "NetworkPolicy", direction)["spec"][key]
        assert [port["port"] for port in rule["ports"]] == [HEALTH_PORT]


def test_the_clients_address_is_the_first_that_is_not_the_entrys_own(proxy: dict[str, Any]) -> None:
    rewrite = proxy["rewriteClientIP"]
    assert rewrite["mode"] == "XForwardedFor"
    assert rewrite["setIPRecursively"] is True
    trusted = [address["value"] for address in rewrite["trustedAddresses"]]
    assert trusted == ["10.16.0.0/24", "10.16.1.0/24", "10.16.0.0/16"]
    assert "0.0.0.0/0" not in trusted


def test_clients_are_limited_each_for_itself_and_told_so(plan: Plan) -> None:
    limit = of(plan, "RateLimitPolicy")["spec"]["rateLimit"]
    (rule,) = limit["local"]["rules"]
    assert (rule["key"], rule["rate"]) == ("$binary_remote_addr", "60r/m")
    assert rule["noDelay"] is True, "a request that waits for its turn would hold a connection"
    assert limit["rejectCode"] == 429


def test_requests_bear_a_size_limit_and_idle_connections_outlast_the_entrys(plan: Plan) -> None:
    settings = of(plan, "ClientSettingsPolicy")["spec"]
    assert settings["body"]["maxSize"] == "256k"
    assert int(settings["keepAlive"]["timeout"]["server"].removesuffix("s")) > GATEWAY_KEEPS_SECONDS


def test_who_says_no_name_when_tls_begins_is_served(proxy: dict[str, Any]) -> None:
    assert proxy["disableSNIHostValidation"] is True


def test_the_scaler_owns_the_number_of_pods_and_one_goes_at_a_time(plan: Plan, proxy: dict[str, Any]) -> None:
    deployment = proxy["kubernetes"]["deployment"]
    assert "replicas" not in deployment
    assert deployment["autoscaling"]["minReplicas"] == Size().min_replicas
    budget = of(plan, "PodDisruptionBudget")["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"]["matchLabels"] == pods()


def test_a_pod_that_goes_serves_until_the_entry_has_forgotten_it(proxy: dict[str, Any]) -> None:
    deployment = proxy["kubernetes"]["deployment"]
    drain = deployment["container"]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert 0 < drain < deployment["pod"]["terminationGracePeriodSeconds"]


def test_nothing_of_envoy_is_left(plan: Plan) -> None:
    for kind in ("EnvoyProxy", "ClientTrafficPolicy", "BackendTrafficPolicy", "SecurityPolicy"):
        assert not names(plan, kind)
    assert not names(plan, "GatewayClass"), "its chart brings its own"
    (rule,) = of(plan, "NetworkPolicy", "to-controller")["spec"]["egress"]
    (peer,) = rule["to"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": NGINX}
