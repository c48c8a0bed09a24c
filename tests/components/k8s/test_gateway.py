from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.k8s.entry import CLASSES, Implementation, Size, Waf, pods, service_name
from components.k8s.gateway import marks, quota
from components.k8s.namespaces import Quota
from components.k8s.places import GATEWAY_PORT
from components.k8s.priorities import URGENT
from plan.resource import Plan
from tests.components.k8s.manifests import hasty, names, objects, of, refused
from tests.components.k8s.ways_in import LOGIN, TARGETS, Cloud, door, gateway, gateway_args

NOTHING = Quota(cpu=0, memory_bytes=0, pods=0)
IMPLEMENTATIONS: tuple[Implementation, ...] = ("envoy", "nginx")
CLOUDS: tuple[Cloud, ...] = ("aws", "gcp")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return gateway("aws", login=LOGIN, waf=Waf(service="coraza", port=9000), mesh=True)


def opening(plan: Plan, name: str) -> dict[str, Any]:
    return of(plan, "NetworkPolicy", name)["spec"]


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_every_object_is_what_its_schema_allows(cloud: Cloud, implementation: Implementation) -> None:
    """The stacks use one variant each; the others must be right too."""
    assert refused(gateway(cloud, implementation=implementation, mesh=True)) == []


def test_a_firewall_and_a_login_are_what_their_schemas_allow(plan: Plan) -> None:
    assert refused(plan) == []


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_amazons_entry_is_told_each_pods_address_and_no_machine_has_a_port(
    implementation: Implementation,
) -> None:
    plan = gateway("aws", implementation=implementation)
    binding = of(plan, "TargetGroupBinding")["spec"]
    assert binding["targetGroupARN"] == TARGETS
    assert binding["targetType"] == "ip"
    assert binding["serviceRef"] == {"name": service_name(implementation), "port": GATEWAY_PORT}
    assert "networking" not in binding, "the security groups are the entry's"
    assert "nodePort" not in str([one for _, one in objects(plan)])
    assert quota(Size(), door("aws"), implementation, NOTHING).node_ports == 0


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_googles_entry_finds_the_gateway_on_the_same_port_of_every_machine(
    implementation: Implementation,
) -> None:
    plan = gateway("gcp", implementation=implementation)
    assert not names(plan, "TargetGroupBinding")
    proxy = of(plan, "EnvoyProxy" if implementation == "envoy" else "NginxProxy")["spec"]
    text = str(proxy)
    assert "30443" in text
    assert "'externalTrafficPolicy': 'Cluster'" in text, "a machine without a pod must not count as ill"
    assert quota(Size(), door("gcp"), implementation, NOTHING).node_ports >= 1


def test_a_pod_counts_as_ready_only_when_amazons_balancer_has_found_it_well() -> None:
    assert marks(door("aws")) == {"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"}
    assert marks(door("gcp")) == {}


def test_on_amazon_only_the_entrys_own_networks_come_in(plan: Plan) -> None:
    (rule,) = opening(plan, "from-entry")["ingress"]
    assert [peer["ipBlock"]["cidr"] for peer in rule["from"]] == ["10.16.0.0/24", "10.16.1.0/24"]
    assert [port["port"] for port in rule["ports"]] == [GATEWAY_PORT]


def test_on_google_what_another_machine_passes_on_is_not_dropped() -> None:
    """No address block means a machine of the cluster there: only a rule without peers lets it in."""
    (rule,) = opening(gateway("gcp"), "from-entry")["ingress"]
    assert "from" not in rule
    assert [port["port"] for port in rule["ports"]] == [GATEWAY_PORT]


def test_every_opening_is_for_the_gateways_own_pods_or_the_firewalls_or_the_meshs(plan: Plan) -> None:
    for _, policy in objects(plan):
        if policy["kind"] != "NetworkPolicy":
            continue
        name, selector = policy["metadata"]["name"], policy["spec"]["podSelector"]
        if name.startswith("mesh-"):
            assert selector == {}
        else:
            assert selector["matchLabels"] in (pods(), {"app.kubernetes.io/name": "coraza"}), name


def test_the_gateway_talks_to_web_services_its_controller_the_issuer_and_the_firewall_alone(
    plan: Plan,
) -> None:
    out = {
        policy["metadata"]["name"]
        for _, policy in objects(plan)
        if policy["kind"] == "NetworkPolicy" and "Egress" in policy["spec"]["policyTypes"]
    }
    assert out == {"to-api", "to-dashboard", "to-controller", "to-issuer", "to-firewall", "mesh-out"}
    (rule,) = opening(plan, "to-api")["egress"]
    assert [port["port"] for port in rule["ports"]] == [9000]
    (peer,) = rule["to"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "trading"}
    assert peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "api"


def test_the_issuer_may_be_anywhere_on_the_internet_and_nowhere_in_our_networks(plan: Plan) -> None:
    (rule,) = opening(plan, "to-issuer")["egress"]
    (peer,) = rule["to"]
    assert peer["ipBlock"]["cidr"] == "0.0.0.0/0"
    assert {"10.0.0.0/8", "169.254.0.0/16"} <= set(peer["ipBlock"]["except"])
    assert [port["port"] for port in rule["ports"]] == [443]
    inside = gateway("aws", login=replace(LOGIN, networks=["10.20.0.0/24"]))
    (peer,) = opening(inside, "to-issuer")["egress"][0]["to"]
    assert peer == {"ipBlock": {"cidr": "10.20.0.0/24"}}


@pytest.mark.parametrize(("implementation", "port"), [("envoy", 19001), ("nginx", 9113)])
def test_prometheus_and_nobody_else_comes_for_the_metrics(implementation: Implementation, port: int) -> None:
    (rule,) = opening(gateway(implementation=implementation), "metrics")["ingress"]
    assert [one["port"] for one in rule["ports"]] == [port]
    (peer,) = rule["from"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "monitoring"}


def test_without_login_and_firewall_there_is_no_way_to_either() -> None:
    assert not {"to-issuer", "to-firewall", "into-firewall", "mesh-in"} & names(gateway(), "NetworkPolicy")


def test_only_the_services_namespace_may_bring_routes_and_nothing_but_http_routes(plan: Plan) -> None:
    (listener,) = of(plan, "Gateway")["spec"]["listeners"]
    allowed = listener["allowedRoutes"]
    assert [kind["kind"] for kind in allowed["kinds"]] == ["HTTPRoute"]
    assert allowed["namespaces"]["from"] == "Selector"
    (name,) = allowed["namespaces"]["selector"]["matchExpressions"]
    assert (name["key"], name["values"]) == ("kubernetes.io/metadata.name", ["trading"])


def test_the_listener_serves_the_certificate_that_cert_manager_renews_to_whoever_says_no_name(
    plan: Plan,
) -> None:
    (listener,) = of(plan, "Gateway")["spec"]["listeners"]
    (reference,) = listener["tls"]["certificateRefs"]
    assert reference["name"] == of(plan, "Certificate", "gateway")["spec"]["secretName"]
    assert (listener["protocol"], listener["port"]) == ("HTTPS", GATEWAY_PORT)
    assert "hostname" not in listener, "a balancer says no name, and would be shut out"


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_the_gateway_waits_for_the_terms_of_its_pods_and_names_them(implementation: Implementation) -> None:
    plan = gateway(implementation=implementation)
    spec = of(plan, "Gateway")["spec"]
    parameters = spec["infrastructure"]["parametersRef"]
    assert of(plan, parameters["kind"], parameters["name"])
    assert spec["gatewayClassName"] == CLASSES[implementation]
    (made,) = [resource for resource in plan if resource.type.endswith("/v1:Gateway")]
    assert any(parameters["kind"] in urn for urn in made.dependencies)


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_every_object_waits_for_the_operator_that_brings_its_kind(
    cloud: Cloud, implementation: Implementation
) -> None:
    assert hasty(gateway(cloud, implementation=implementation, after_operator=True)) == []


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_who_answers_customers_comes_before_who_computes(implementation: Implementation) -> None:
    proxy = of(
        gateway(implementation=implementation), "EnvoyProxy" if implementation == "envoy" else "NginxProxy"
    )
    assert f"'priorityClassName': '{URGENT}'" in str(proxy["spec"])


def test_the_quota_holds_all_pods_twice_and_what_the_firewall_takes() -> None:
    size = Size(min_replicas=2, max_replicas=4, cpu_millis=500, memory_mib=256)
    bound = quota(size, door("aws"), "envoy", Quota(cpu=1, memory_bytes=2**20, pods=3))
    assert bound.pods == 2 * 4 + 3
    assert bound.cpu == 2 * 4 * 0.5 + 1
    assert bound.memory_bytes >= 2 * 4 * 256 * 2**20 + 2**20


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"door": replace(door("aws"), node_port=30443)}, "exactly one"),
        ({"door": replace(door("gcp"), node_port=None)}, "exactly one"),
        ({"trusted_hops": 0}, "expected 1 behind Amazon's balancer"),
        ({"implementation": "nginx", "login": LOGIN}, "login is set and the gateway is NGINX"),
        ({"implementation": "nginx", "waf": Waf(service="coraza", port=9000)}, "waf is set"),
    ],
)
def test_what_would_be_open_or_shut_by_mistake_is_refused_with_the_way_out(
    changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        gateway_args(**changes)
