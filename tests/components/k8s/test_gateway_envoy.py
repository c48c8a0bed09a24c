from __future__ import annotations

import re
from typing import Any

import pytest

from components.gcp.balancer import GATEWAY_KEEPS_SECONDS
from components.k8s.entry import NAME, Limits, Size, Waf, account, pods, service_name
from components.k8s.gateway_envoy import controller_values, traffic_policy
from components.k8s.places import GATEWAY_PORT
from plan.resource import Plan
from tests.components.k8s.manifests import names, of
from tests.components.k8s.ways_in import LOGIN, Cloud, gateway


@pytest.fixture(scope="module")
def plan() -> Plan:
    return gateway("aws", login=LOGIN, limits=Limits(body_kib=256, client_requests_per_minute=60))


@pytest.fixture(scope="module")
def pod(plan: Plan) -> dict[str, Any]:
    return of(plan, "EnvoyProxy")["spec"]["provider"]["kubernetes"]


@pytest.fixture(scope="module")
def client(plan: Plan) -> dict[str, Any]:
    return of(plan, "ClientTrafficPolicy")["spec"]


def seconds(duration: str) -> int:
    found = re.fullmatch(r"(\d+)s", duration)
    assert found, duration
    return int(found[1])


def test_a_route_that_says_nothing_of_itself_is_closed(plan: Plan) -> None:
    policy = of(plan, "SecurityPolicy")["spec"]
    assert [(target["kind"], target["name"]) for target in policy["targetRefs"]] == [("Gateway", NAME)]
    assert policy["authorization"] == {"defaultAction": "Deny"}
    assert "cors" not in policy


@pytest.mark.parametrize(("cloud", "from_the_right"), [("aws", 1), ("gcp", 2)])
def test_a_client_cannot_choose_its_address_for_the_limits(cloud: Cloud, from_the_right: int) -> None:
    """Amazon's balancer appends the client's address, Google's the client's and its own."""
    detection = of(gateway(cloud), "ClientTrafficPolicy")["spec"]["clientIPDetection"]
    assert detection == {"xForwardedFor": {"numTrustedHops": from_the_right}}


def test_no_header_of_a_client_makes_envoy_repeat_a_request_or_speaks_for_the_token(
    client: dict[str, Any],
) -> None:
    thrown_away = client["headers"]["earlyRequestHeaders"]["removeOnMatch"]
    said = {(one["type"], one["value"]) for one in thrown_away}
    assert ("Prefix", "x-envoy-") in said
    assert {("Exact", header) for header in LOGIN.claims} < said


def test_the_entry_never_uses_a_connection_that_the_gateway_is_just_closing(
    plan: Plan, client: dict[str, Any]
) -> None:
    assert seconds(client["timeout"]["http"]["idleTimeout"]) > GATEWAY_KEEPS_SECONDS
    service = of(plan, "BackendTrafficPolicy")["spec"]["timeout"]["http"]
    assert seconds(service["connectionIdleTimeout"]) < 5, "the shortest that servers of common languages keep"


def test_tls_is_modern_and_what_is_recorded_today_is_not_read_tomorrow(client: dict[str, Any]) -> None:
    tls = client["tls"]
    assert tls["minVersion"] == "1.2"
    assert tls["ecdhCurves"][0] == "X25519MLKEM768"
    assert tls["alpnProtocols"] == ["h2", "http/1.1"]
    assert "ciphers" not in tls, "Envoy's own list has nothing without forward secrecy"


def test_a_path_means_the_same_to_the_gateway_and_to_the_service(client: dict[str, Any]) -> None:
    assert client["path"] == {"escapedSlashesAction": "RejectRequest", "disableMergeSlashes": False}
    assert client["headers"]["withUnderscoresAction"] == "RejectRequest"


def test_the_gateway_itself_answers_the_entry_whether_it_can_serve(client: dict[str, Any]) -> None:
    assert client["healthCheck"] == {"path": "/healthz/ready"}


def test_a_slow_or_endless_client_is_given_up(client: dict[str, Any]) -> None:
    http = client["timeout"]["http"]
    assert seconds(http["requestHeadersReceivedTimeout"]) <= 10
    assert seconds(http["requestReceivedTimeout"]) <= 30
    assert client["connection"]["connectionLimit"]["value"] == Limits().connections


def test_nothing_is_repeated_unless_a_rule_asks_for_it() -> None:
    assert "retry" not in traffic_policy(Limits())
    assert traffic_policy(Limits(), repeats=True)["retry"]["numRetries"] == 1


def test_each_client_has_a_limit_of_its_own_and_all_have_one_together() -> None:
    limits = Limits(client_requests_per_minute=60, requests_per_second=500)
    together, own = traffic_policy(limits)["rateLimit"]["local"]["rules"]
    assert "clientSelectors" not in together
    assert together["limit"] == {"requests": 500, "unit": "Second"}
    (selector,) = own["clientSelectors"]
    assert selector["sourceCIDR"] == {"type": "Distinct", "value": "0.0.0.0/0"}
    assert own["limit"] == {"requests": 60, "unit": "Minute"}


def test_a_request_that_is_too_long_is_refused_but_where_websockets_are_spoken() -> None:
    assert traffic_policy(Limits(body_kib=256))["requestBuffer"] == {"limit": "256Ki"}
    assert "requestBuffer" not in traffic_policy(Limits(), upgrades=True)


def test_the_firewall_sees_every_request_with_its_body_and_closes_the_way_when_it_fails() -> None:
    plan = gateway(waf=Waf(service="coraza", port=9000))
    policy = of(plan, "EnvoyExtensionPolicy")["spec"]
    assert [target["kind"] for target in policy["targetRefs"]] == ["Gateway"]
    (inspection,) = policy["extProc"]
    assert inspection["failOpen"] is False
    assert inspection["processingMode"]["request"] == {"body": "Buffered"}
    assert [(one["name"], one["port"]) for one in inspection["backendRefs"]] == [("coraza", 9000)]
    assert not names(gateway(), "EnvoyExtensionPolicy")


def test_the_pods_keep_the_restricted_standard_and_write_nowhere_but_in_their_scratch_space(
    pod: dict[str, Any],
) -> None:
    deployment = pod["envoyDeployment"]
    security = deployment["container"]["securityContext"]
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert security["readOnlyRootFilesystem"] is True
    assert security["runAsNonRoot"] is True
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    (volume,) = deployment["pod"]["volumes"]
    assert set(volume) == {"name", "emptyDir"}
    (second,) = deployment["patch"]["value"]["spec"]["template"]["spec"]["containers"]
    for mounts in (deployment["container"]["volumeMounts"], second["volumeMounts"]):
        assert [mount["name"] for mount in mounts] == [volume["name"]]


def test_memory_is_bounded_in_both_containers_and_cpu_is_not_throttled(pod: dict[str, Any]) -> None:
    resources = pod["envoyDeployment"]["container"]["resources"]
    assert resources["limits"] == {"memory": resources["requests"]["memory"]}
    (second,) = pod["envoyDeployment"]["patch"]["value"]["spec"]["template"]["spec"]["containers"]
    assert set(second["resources"]["limits"]) == {"memory"}


def test_the_scaler_owns_the_number_of_pods_and_looks_at_envoy_alone(pod: dict[str, Any]) -> None:
    assert "replicas" not in pod["envoyDeployment"]
    scaler = pod["envoyHpa"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (Size().min_replicas, Size().max_replicas)
    assert scaler["minReplicas"] >= 2
    (metric,) = scaler["metrics"]
    assert metric["containerResource"]["container"] == "envoy"


def test_one_pod_goes_at_a_time_and_none_before_its_successor_is_there(pod: dict[str, Any]) -> None:
    assert pod["envoyPDB"]["maxUnavailable"] == 1
    strategy = pod["envoyDeployment"]["strategy"]
    assert strategy["rollingUpdate"]["maxUnavailable"] == 0
    spread = pod["envoyDeployment"]["pod"]["topologySpreadConstraints"]
    assert {one["topologyKey"] for one in spread} == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    assert all(one["labelSelector"]["matchLabels"] == pods() for one in spread)


def test_a_pod_that_goes_answers_what_it_has_and_for_longer_than_a_request_lasts(plan: Plan) -> None:
    shutdown = of(plan, "EnvoyProxy")["spec"]["shutdown"]
    longest = seconds(traffic_policy(Limits())["timeout"]["http"]["requestTimeout"])
    assert seconds(shutdown["drainTimeout"]) >= seconds(shutdown["minDrainDuration"]) + longest


def test_no_label_that_may_change_is_on_the_pods(pod: dict[str, Any]) -> None:
    """Envoy Gateway makes each one part of the Service's selector: a new value cuts off every pod."""
    assert set(pod["envoyDeployment"]["pod"]["labels"]) == {"app.kubernetes.io/part-of"}
    assert "labels" not in of(gateway(), "Gateway")["spec"]["infrastructure"]


def test_the_pods_have_the_names_by_which_others_know_them(pod: dict[str, Any]) -> None:
    assert pod["envoyService"]["name"] == service_name("envoy")
    assert pod["envoyServiceAccount"]["name"] == account("envoy")


def test_the_port_of_the_machines_is_the_listeners(plan: Plan) -> None:
    service = of(gateway("gcp"), "EnvoyProxy")["spec"]["provider"]["kubernetes"]["envoyService"]
    (port,) = service["patch"]["value"]["spec"]["ports"]
    assert port == {"port": GATEWAY_PORT, "nodePort": 30443}
    assert of(plan, "EnvoyProxy")["spec"]["provider"]["kubernetes"]["envoyService"]["type"] == "ClusterIP"


def test_the_operator_is_told_to_make_pods_beside_their_gateway_and_sees_no_other_namespace() -> None:
    kubernetes = controller_values("gateway", "trading")["config"]["envoyGateway"]["provider"]["kubernetes"]
    assert kubernetes["deploy"] == {"type": "GatewayNamespace"}
    assert kubernetes["watch"] == {"type": "Namespaces", "namespaces": ["gateway", "trading"]}
