from __future__ import annotations

from typing import Any

import pytest
from pulumi import ResourceOptions

from components.k8s.entry import pods
from components.k8s.mesh import Mesh, MeshArgs, MeshService, marks, principal
from components.k8s.places import GATEWAY_PORT
from plan.resource import Plan
from tests.components.k8s.manifests import hasty, objects, of, operator, refused
from tests.components.k8s.support import LABELS, deploy

PROMETHEUS = "cluster.local/ns/monitoring/sa/prometheus"
ENTRY = "cluster.local/ns/gateway/sa/gateway"


def mesh_args(**changes: Any) -> MeshArgs:
    wishes: dict[str, Any] = {
        "labels": LABELS,
        "services_namespace": "trading",
        "gateway_namespace": "gateway",
        "services": {
            "api": MeshService(port=9000, callers=["dashboard", "worker"], from_gateway=True),
            "dashboard": MeshService(port=9001, callers=[], from_gateway=True),
            "worker": MeshService(port=9002, callers=[], from_gateway=False),
        },
        "gateway_account": "gateway",
        "gateway_metrics_port": 19001,
        "prometheus_account": "prometheus",
    }
    return MeshArgs(**(wishes | changes))


@pytest.fixture(scope="module")
def plan() -> Plan:
    def room(provider: Any) -> None:
        Mesh("mesh", mesh_args(after=[operator()]), ResourceOptions(provider=provider))

    return deploy(room)


def policy(plan: Plan, kind: str, namespace: str, name: str) -> dict[str, Any]:
    found = [
        manifest["spec"]
        for _, manifest in objects(plan)
        if manifest["kind"] == kind
        and (manifest["metadata"].get("namespace"), manifest["metadata"]["name"]) == (namespace, name)
    ]
    assert len(found) == 1
    return found[0]


def may_call(plan: Plan, service: str) -> set[str]:
    (rule,) = policy(plan, "AuthorizationPolicy", "trading", service)["rules"]
    return {caller for source in rule["from"] for caller in source["source"]["principals"]}


def test_every_object_is_what_its_schema_allows_and_waits_for_the_mesh(plan: Plan) -> None:
    assert refused(plan) == []
    assert hasty(plan) == []


def test_a_namespace_is_in_the_mesh_by_a_label_and_only_when_it_is_switched_on() -> None:
    assert marks(on=True) == {"istio.io/dataplane-mode": "ambient"}
    assert marks(on=False) == {}


def test_a_service_takes_nothing_that_is_not_encrypted_and_signed(plan: Plan) -> None:
    spec = policy(plan, "PeerAuthentication", "trading", "default")
    assert spec == {"mtls": {"mode": "STRICT"}}, "without a selector: of every pod, on every port"


def test_the_gateway_takes_plain_traffic_on_the_entrys_port_alone(plan: Plan) -> None:
    spec = policy(plan, "PeerAuthentication", "gateway", "gateway")
    assert spec["mtls"] == {"mode": "STRICT"}
    assert spec["portLevelMtls"] == {str(GATEWAY_PORT): {"mode": "PERMISSIVE"}}
    assert spec["selector"]["matchLabels"] == pods(), "a port of its own needs a selector"


@pytest.mark.parametrize("namespace", ["trading", "gateway"])
def test_who_is_not_named_is_denied(plan: Plan, namespace: str) -> None:
    assert policy(plan, "AuthorizationPolicy", namespace, "deny-all") == {}


def test_only_those_who_have_business_there_may_call_a_service(plan: Plan) -> None:
    dashboard, worker = (principal("trading", name) for name in ("dashboard", "worker"))
    assert may_call(plan, "api") == {dashboard, worker, ENTRY, PROMETHEUS}
    assert may_call(plan, "dashboard") == {ENTRY, PROMETHEUS}
    assert may_call(plan, "worker") == {PROMETHEUS}, "no customer's request reaches a worker"


def test_a_call_is_allowed_on_the_services_port_alone(plan: Plan) -> None:
    for service, port in (("api", "9000"), ("dashboard", "9001"), ("worker", "9002")):
        spec = policy(plan, "AuthorizationPolicy", "trading", service)
        assert spec["action"] == "ALLOW"
        assert spec["selector"]["matchLabels"] == LABELS.selector(service)
        (rule,) = spec["rules"]
        assert rule["to"] == [{"operation": {"ports": [port]}}]


def test_no_rule_asks_what_ztunnel_cannot_see(plan: Plan) -> None:
    """It looks at connections: a rule with a path or a method would deny everything."""
    for _, manifest in objects(plan):
        for rule in manifest.get("spec", {}).get("rules", []):
            assert set(rule) <= {"from", "to"}
            assert all(set(one["operation"]) == {"ports"} for one in rule["to"])


def test_the_gateway_may_be_called_by_the_entry_which_has_no_identity_and_measured_by_prometheus(
    plan: Plan,
) -> None:
    entry, metrics = policy(plan, "AuthorizationPolicy", "gateway", "gateway")["rules"]
    assert entry == {"to": [{"operation": {"ports": [str(GATEWAY_PORT)]}}]}
    assert metrics["from"] == [{"source": {"principals": [PROMETHEUS]}}]


def test_a_caller_that_is_no_service_is_refused() -> None:
    services = {"api": MeshService(port=9000, callers=["dashbord"], from_gateway=True)}
    with pytest.raises(ValueError, match="dashbord, which is no service"):
        mesh_args(services=services)


def test_the_objects_carry_the_platforms_labels(plan: Plan) -> None:
    assert of(plan, "PeerAuthentication", "default")["metadata"]["labels"]["app.kubernetes.io/part-of"]
